"""Lowers Java's expressions to values, with the calls and uses that stand in them.

It knows the node kinds of expressions; statements and class bodies inside them are reached through the state.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from loomgraph.facts import DefFlag, DefKind, Op, Param, ParamKind
from loomgraph.model import SymbolKind
from loomgraph.parse.languages.java import patterns, types
from loomgraph.parse.languages.java.state import COMMENTS, CONSTRUCTOR_NAME, METHOD_MARK, NONE, Expression, State

_SPREAD_NAME = re.compile(r"\.\.\.\s*(\w+)\s*$")
_BOOLEAN_OPERATORS = frozenset(("==", "!=", "<", ">", "<=", ">=", "&&", "||"))


def child(node: Node, field: str) -> Node:
    """The child that the grammar promises; the node itself where broken source lacks it."""
    return node.child_by_field_name(field) or node


def operands(node: Node) -> list[Node]:
    return [part for part in node.named_children if part.type not in COMMENTS]


# -- names ----------------------------------------------------------------------------------------------------------


def identifier(st: State, node: Node) -> int:
    name = st.text(node)
    at = st.builder.name(name)
    return at if st.is_local(name) else st.refer(at, node)


def field_access(st: State, node: Node) -> int:
    owner, field = node.child_by_field_name("object"), node.child_by_field_name("field")
    if owner is None or field is None:
        return st.unknown()
    base = st.expression(owner)
    if field.type == "this":  # Outer.this
        return st.builder.typed(base)
    if any(part.type == "super" for part in node.named_children[1:]):  # Outer.super.field
        base = st.builder.typed(base)
    return st.refer(st.builder.attr(base, st.text(field)), field)


def this(st: State, node: Node) -> int:
    return st.builder.this()


def super_(st: State, node: Node) -> int:
    return st.builder.super()


# -- calls ----------------------------------------------------------------------------------------------------------


def arguments(st: State, node: Node | None) -> list[int]:
    if node is None:
        return []
    return [st.expression(part) for part in node.named_children if part.type not in COMMENTS]


def call(st: State, callee: int, args: list[int], line: int, *, new: bool = False) -> int:
    """A call at ``line``, and its site."""
    at = st.builder.call(callee, args, new=new)
    st.builder.site(at, line)
    if st.lambdas:
        for number, arg in enumerate(args):
            st.pass_on(arg, at, number)
    return at


def method_invocation(st: State, node: Node) -> int:
    name_node = child(node, "name")
    name = st.text(name_node) + METHOD_MARK
    owner = node.child_by_field_name("object")
    if owner is None:
        callee = st.builder.name(name)
    else:
        base = st.expression(owner)
        if owner.type != "super" and any(part.type == "super" for part in node.children[1:-1]):
            base = st.builder.typed(base)  # Interface.super.method()
        callee = st.builder.attr(base, name)
    type_args = node.child_by_field_name("type_arguments")
    if type_args is not None:
        callee = st.builder.index(callee, [types.type_expression(st, part) for part in operands(type_args)])
    args = arguments(st, node.child_by_field_name("arguments"))
    return call(st, callee, args, name_node.start_point[0] + 1)


def constructor_invocation(st: State, node: Node) -> int:
    """``this(…)`` and ``super(…)``: the constructor of the class around, or of its superclass, is called."""
    which = child(node, "constructor")
    owner = node.child_by_field_name("object")
    if owner is not None:
        st.expression(owner)
    args = arguments(st, node.child_by_field_name("arguments"))
    around = st.enclosing_class()
    if around < 0:
        return st.unknown()
    callee = st.definition(around) if which.type == "this" else st.bases.get(around, NONE)
    if callee < 0:
        return st.unknown()
    return call(st, callee, args, which.start_point[0] + 1, new=True)


def creation(st: State, node: Node) -> int:
    """``new Type(…)``, ``outer.new Inner(…)``, ``new Type(…) { … }``."""
    type_node = child(node, "type")
    first = node.children[0]
    if first.type == "new" or not first.is_named:
        callee = types.type_expression(st, type_node, refer=False)
    else:
        base = st.expression(first)
        plain = type_node.named_children[0] if type_node.type == "generic_type" else type_node
        callee = st.builder.attr(base, st.text(plain))
    args = arguments(st, node.child_by_field_name("arguments"))
    name_node = type_node.named_children[0] if type_node.type == "generic_type" else type_node
    at = call(st, callee, args, name_node.end_point[0] + 1, new=True)
    last = node.named_children[-1]
    return anonymous(st, last, callee) if last.type == "class_body" else at


def anonymous(st: State, body: Node, base: int) -> int:
    """A class without a name whose parent is ``base``; gives an instance of it."""
    builder = st.builder
    draft = builder.define(
        "", DefKind.CLASS, SymbolKind.CLASS, body.start_point[0] + 1, body.end_point[0] + 1, flags=DefFlag.HIDDEN
    )
    draft.bases = [(base, "INHERITS")]
    st.bases[draft.index] = base
    st.enter(draft)
    st.class_bodies(st, body, draft)
    st.leave(draft)
    return builder.call(st.definition(draft.index), new=True)


def array_creation(st: State, node: Node) -> int:
    """``new Type[n][]`` and ``new Type[] { … }``."""
    element = types.type_expression(st, child(node, "type"))
    depth = 0
    for part in node.named_children:
        if part.type == "dimensions_expr":
            depth += 1
            st.visit(part)
        elif part.type == "dimensions":
            depth += sum(1 for bracket in part.children if bracket.type == "[")
    for _ in range(depth):
        element = st.builder.index(types.builtin(st, types.ARRAY), (element,))
    value = node.child_by_field_name("value")
    if value is not None:
        st.expression(value)
    return st.builder.typed(element)


def array_initializer(st: State, node: Node) -> int:
    return st.builder.seq(types.ARRAY, [st.expression(part) for part in operands(node)])


# -- functions as values ----------------------------------------------------------------------------------------------


def lambda_(st: State, node: Node) -> int:
    builder = st.builder
    line = node.start_point[0] + 1
    draft = builder.define("", DefKind.FUNCTION, SymbolKind.FUNCTION, line, node.end_point[0] + 1, flags=DefFlag.HIDDEN)
    st.enter(draft)
    _lambda_params(st, child(node, "parameters"), draft.params)
    builder.bind_params(draft)
    for param in draft.params:
        st.note_local(param.name)
    body = child(node, "body")
    if body.type == "block":
        st.visit(body)
    else:
        draft.returns.append(st.expression(body))
    st.leave(draft)
    at = st.definition(draft.index)
    st.lambdas[at] = [draft]
    return at


def _lambda_params(st: State, node: Node, params: list[Param]) -> None:
    if node.type == "identifier":
        params.append(Param(st.text(node), NONE, NONE, ParamKind.POSITIONAL))
        return
    for part in operands(node):
        if part.type == "identifier":
            params.append(Param(st.text(part), NONE, NONE, ParamKind.POSITIONAL))
        else:
            params += parameter(st, part)


def parameter(st: State, node: Node) -> list[Param]:
    """The parameter that ``node`` declares; none for the receiver, which is no parameter."""
    if node.type == "receiver_parameter":
        return []
    if node.type == "ERROR":
        return _annotated_spread(st, node)
    variadic = node.type == "spread_parameter"
    annotation, name = NONE, ""
    dimensions = node.child_by_field_name("dimensions")
    for part in operands(node):
        kind = part.type
        if kind in types.KINDS:
            annotation = types.type_expression(st, part)
        elif kind == "variable_declarator":
            name = st.text(child(part, "name"))
        elif kind == "identifier":
            name = st.text(part)
        elif kind != "dimensions":
            st.visit(part)
    annotation = types.array_of(st, annotation, dimensions)
    return [Param(name, annotation, NONE, ParamKind.STAR if variadic else ParamKind.POSITIONAL)]


def _annotated_spread(st: State, node: Node) -> list[Param]:
    """``Type @Annotation ... name``, which the grammar takes for an error."""
    named = _SPREAD_NAME.search(st.text(node))
    if named is None:
        return []
    annotation = next((types.type_expression(st, p) for p in node.named_children if p.type in types.KINDS), NONE)
    return [Param(named[1], annotation, NONE, ParamKind.STAR)]


def method_reference(st: State, node: Node) -> int:
    """``Type::method``, ``value::method``, ``Type::new``."""
    first = node.named_children[0]
    base = types.type_expression(st, first) if first.type in types.KINDS else st.expression(first)
    last = node.children[-1]
    for part in node.named_children[1:]:
        if part.type == "type_arguments":
            st.visit(part)
    if last.type == "new":
        return st.refer(st.builder.attr(base, CONSTRUCTOR_NAME), last)
    return st.refer(st.builder.attr(base, st.text(last) + METHOD_MARK), last)


# -- operators ------------------------------------------------------------------------------------------------------


def assignment(st: State, node: Node) -> int:
    left = st.expression(child(node, "left"))
    right = st.expression(child(node, "right"))
    st.expect(right, left)
    return left


def binary(st: State, node: Node) -> int:
    """Long chains of operators lean to the left: walked down in a loop, for they can be thousands deep."""
    spine = [node]
    left = node.child_by_field_name("left")
    while left is not None and left.type == "binary_expression":
        spine.append(left)
        left = left.child_by_field_name("left")
    value = st.expression(left) if left is not None else st.unknown()
    for part in reversed(spine):
        right = st.expression(child(part, "right"))
        operator = child(part, "operator").type
        if operator in _BOOLEAN_OPERATORS:
            value = st.builder.literal("boolean")
        else:
            value = st.builder.op(Op.BINOP, st.builder.intern(operator), value, right)
    return value


def unary(st: State, node: Node) -> int:
    value = st.expression(child(node, "operand"))
    return st.builder.literal("boolean") if node.children[0].type == "!" else value


def passed(st: State, node: Node) -> int:
    """The value of the one expression that ``node`` holds."""
    value = NONE
    for part in operands(node):
        value = st.expression(part)
    return value if value >= 0 else st.unknown()


def ternary(st: State, node: Node) -> int:
    st.expression(child(node, "condition"))
    parts = [st.expression(child(node, "consequence")), st.expression(child(node, "alternative"))]
    return st.same_lambdas(st.builder.union(parts), parts)


def cast(st: State, node: Node) -> int:
    parts = [types.type_expression(st, part) for part in node.children_by_field_name("type")]
    value = st.expression(child(node, "value"))
    if not parts:
        return value
    st.expect(value, parts[0])
    return st.builder.op(Op.CAST, parts[0], value)


def class_literal(st: State, node: Node) -> int:
    inner = types.type_expression(st, node.named_children[0])
    return st.builder.typed(st.builder.index(types.builtin(st, types.CLASS), (inner,)))


def array_access(st: State, node: Node) -> int:
    base = st.expression(child(node, "array"))
    return st.builder.index(base, (st.expression(child(node, "index")),))


# -- literals -------------------------------------------------------------------------------------------------------


def integer(st: State, node: Node) -> int:
    return st.builder.literal("long" if st.source[node.end_byte - 1] in b"lL" else "int")


def floating(st: State, node: Node) -> int:
    return st.builder.literal("float" if st.source[node.end_byte - 1] in b"fF" else "double")


def string(st: State, node: Node) -> int:
    for part in node.named_children:
        if part.type == "string_interpolation":
            st.visit(part)
    return st.builder.literal("String")


def _literal(type_name: str) -> Expression:
    return lambda st, node: st.builder.literal(type_name)


EXPRESSIONS: dict[str, Expression] = {
    "identifier": identifier,
    "field_access": field_access,
    "this": this,
    "super": super_,
    "method_invocation": method_invocation,
    "explicit_constructor_invocation": constructor_invocation,
    "object_creation_expression": creation,
    "array_creation_expression": array_creation,
    "array_initializer": array_initializer,
    "element_value_array_initializer": array_initializer,
    "lambda_expression": lambda_,
    "method_reference": method_reference,
    "assignment_expression": assignment,
    "binary_expression": binary,
    "unary_expression": unary,
    "update_expression": passed,
    "parenthesized_expression": passed,
    "ternary_expression": ternary,
    "cast_expression": cast,
    "class_literal": class_literal,
    "array_access": array_access,
    "instanceof_expression": patterns.instance_test,
    "switch_expression": patterns.switch,
    "string_literal": string,
    "character_literal": _literal("char"),
    "true": _literal("boolean"),
    "false": _literal("boolean"),
    "null_literal": _literal("null"),
    "decimal_integer_literal": integer,
    "hex_integer_literal": integer,
    "octal_integer_literal": integer,
    "binary_integer_literal": integer,
    "decimal_floating_point_literal": floating,
    "hex_floating_point_literal": floating,
    **dict.fromkeys(types.KINDS, types.type_expression),
}

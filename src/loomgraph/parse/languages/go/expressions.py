"""Go's expressions: operands, selectors, calls, composite literals, closures, operators.

Every function lowers one kind of node, records the sites in it and gives its expression (-1 when nothing is known
of its value). Knows types; reaches statements through the context alone.
"""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import DefFlag, DefKind, Op, SiteKind
from loomgraph.parse.builder import NONE, DefinitionDraft
from loomgraph.parse.languages.go import types
from loomgraph.parse.languages.go.context import UNIVERSE_TYPES, Context, Lower, line_of

_UNIVERSE_VALUES = {"true": "bool", "false": "bool", "nil": "nil", "iota": "int"}
_TYPED_BY_OPERAND = frozenset(("+", "-", "*", "/", "%", "&", "|", "^", "&^", "<<", ">>"))
_CONSTANTS = frozenset(
    ("int_literal", "float_literal", "imaginary_literal", "rune_literal")
    + ("interpreted_string_literal", "raw_string_literal")
)


def identifier(ctx: Context, node: Node) -> int:
    """A name used as a value (or, where the grammar cannot tell, as a type)."""
    name = ctx.text(node)
    if name == "_":
        return NONE
    at = ctx.builder.name(name)
    if ctx.is_local(name) or name in UNIVERSE_TYPES:
        return at
    if name in _UNIVERSE_VALUES:
        return ctx.builder.literal(_UNIVERSE_VALUES[name])
    return ctx.refer(at, node)


def selector(ctx: Context, node: Node) -> int:
    """``operand.field``: a field, a method value or expression, or a member of a package."""
    at, field = _selected(ctx, node)
    return ctx.refer(at, field) if field is not None else at


def _selected(ctx: Context, node: Node) -> tuple[int, Node | None]:
    """A selector without the site of its own name, and the node of that name."""
    operand, field = node.child_by_field_name("operand"), node.child_by_field_name("field")
    if operand is None or field is None:
        ctx.children(node)
        return NONE, None
    base = NONE
    if operand.type == "identifier":
        name = ctx.text(operand)
        if name in ctx.imports and not ctx.is_local(name):
            base = ctx.builder.name(name)  # the use of a package is told by its member
    if base == NONE:
        base = ctx.expression(operand)
    return ctx.builder.attr(base, ctx.text(field)), field


def _callee(ctx: Context, node: Node) -> tuple[int, Node]:
    """The expression of what is called and the node whose line says where; the name itself is no use of its own."""
    kind = node.type
    if kind in ("identifier", "type_identifier"):
        return ctx.builder.name(ctx.text(node)), node
    if kind == "selector_expression":
        at, field = _selected(ctx, node)
        return at, field or node
    if kind == "qualified_type":
        package, name = node.child_by_field_name("package"), node.child_by_field_name("name")
        if package is not None and name is not None:
            return ctx.builder.attr(ctx.builder.name(ctx.text(package)), ctx.text(name)), name
    if kind in ("index_expression", "type_instantiation_expression", "generic_type"):
        base = node.child_by_field_name("operand") or node.child_by_field_name("type")
        if base is not None:
            at, name = _callee(ctx, base)
            return ctx.builder.index(at, _type_or_index_arguments(ctx, node, base)), name
    if kind == "parenthesized_expression" and len(node.named_children) == 1:
        return _callee(ctx, node.named_children[0])
    return ctx.expression(node), node


def _type_or_index_arguments(ctx: Context, node: Node, base: Node) -> list[int]:
    arguments = node.child_by_field_name("type_arguments")
    if arguments is not None:
        return types.type_arguments(ctx, arguments)
    return [ctx.expression(child) for child in node.named_children if child != base and child.type != "comment"]


def call(ctx: Context, node: Node) -> int:
    """A call, a conversion or a use of a predeclared function: which of them, only resolution can tell."""
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None:
        ctx.children(node)
        return NONE
    callee, name = _callee(ctx, function)
    explicit = node.child_by_field_name("type_arguments")
    if explicit is not None:
        callee = ctx.builder.index(callee, types.type_arguments(ctx, explicit))
    given = arguments.named_children if arguments is not None else []
    values = [_argument(ctx, child) for child in given if child.type != "comment"]
    at = ctx.builder.call(callee, values)
    ctx.builder.site(at, line_of(name), SiteKind.CALL)
    return at


def _argument(ctx: Context, node: Node) -> int:
    if node.type == "variadic_argument":
        spread = node.named_children
        return ctx.builder.op(Op.STAR, ctx.expression(spread[0])) if spread else NONE
    return ctx.expression(node)


def conversion(ctx: Context, node: Node) -> int:
    """``[]T(x)``; the grammar also reads a call with type arguments and one operand as this."""
    target, operand = node.child_by_field_name("type"), node.child_by_field_name("operand")
    if target is None or operand is None:
        ctx.children(node)
        return NONE
    if target.type == "generic_type":
        callee, name = _callee(ctx, target)
        at = ctx.builder.call(callee, [ctx.expression(operand)])
        ctx.builder.site(at, line_of(name), SiteKind.CALL)
        return at
    return ctx.builder.op(Op.CAST, ctx.type(target), ctx.expression(operand))


def assertion(ctx: Context, node: Node) -> int:
    """``operand.(T)``."""
    target, operand = node.child_by_field_name("type"), node.child_by_field_name("operand")
    if target is None or operand is None:
        ctx.children(node)
        return NONE
    value = ctx.expression(operand)
    return ctx.builder.op(Op.CAST, ctx.type(target), value)


def index(ctx: Context, node: Node) -> int:
    """``operand[key]``: an element, or a generic function with its type arguments."""
    operand = node.child_by_field_name("operand")
    if operand is None:
        ctx.children(node)
        return NONE
    base = ctx.expression(operand)
    return ctx.builder.index(base, _type_or_index_arguments(ctx, node, operand))


def instantiation(ctx: Context, node: Node) -> int:
    """``F[A, B]`` without a call."""
    base = node.child_by_field_name("type")
    if base is None:
        ctx.children(node)
        return NONE
    arguments = [child for child in node.named_children if child != base and child.type != "comment"]
    return ctx.builder.index(ctx.expression(base), [ctx.type(child) for child in arguments])


def slice_of(ctx: Context, node: Node) -> int:
    """``operand[a:b]``."""
    operand = node.child_by_field_name("operand")
    values = {child.id: ctx.expression(child) for child in node.named_children}
    return ctx.builder.op(Op.SLICE, values[operand.id]) if operand is not None else NONE


def unary(ctx: Context, node: Node) -> int:
    """Addresses and indirections are transparent; a receive gives an element of its channel."""
    operand, operator = node.child_by_field_name("operand"), node.child_by_field_name("operator")
    if operand is None:
        ctx.children(node)
        return NONE
    value = ctx.expression(operand)
    sign = ctx.text(operator) if operator is not None else ""
    if sign == "<-":
        return ctx.builder.op(Op.ITER, value)
    return ctx.builder.literal("bool") if sign == "!" else value


def binary(ctx: Context, node: Node) -> int:
    """Operators keep the type of their operands, comparisons give ``bool``. Left-deep chains cost no depth."""
    chain: list[Node] = []
    left: Node | None = node
    while left is not None and left.type == "binary_expression":
        chain.append(left)
        left = left.child_by_field_name("left")
    value = ctx.expression(left) if left is not None else NONE
    constant = left is None or left.type in _CONSTANTS
    for part in reversed(chain):
        right, operator = part.child_by_field_name("right"), part.child_by_field_name("operator")
        other = ctx.expression(right) if right is not None else NONE
        if operator is None or ctx.text(operator) not in _TYPED_BY_OPERAND:
            value, constant = ctx.builder.literal("bool"), False
        elif constant and right is not None:
            value, constant = other, right.type in _CONSTANTS
    return value


def parenthesized(ctx: Context, node: Node) -> int:
    value = NONE
    for child in node.named_children:
        value = ctx.expression(child)
    return value


def string(ctx: Context, node: Node) -> int:
    return ctx.builder.string(ctx.source[node.start_byte + 1 : node.end_byte - 1].decode("utf-8", "replace"))


def closure(ctx: Context, node: Node) -> int:
    """A function literal: a hidden function whose sites belong to the function around it."""
    end_line = node.end_point[0] + 1
    draft = ctx.builder.define("", DefKind.FUNCTION, "function", line_of(node), end_line, flags=DefFlag.HIDDEN)
    function_body(ctx, draft, node)
    return ctx.builder.op(Op.DEF, draft.index)


def function_body(ctx: Context, draft: DefinitionDraft, node: Node) -> None:
    """Signature and body of a function of any kind, into ``draft``."""
    ctx.begin(draft)
    complete_function(ctx, draft, node)
    ctx.end(draft)


def complete_function(ctx: Context, draft: DefinitionDraft, node: Node) -> None:
    """As :func:`function_body`, for a draft whose scope is open."""
    named = types.signature(ctx, draft, node)
    ctx.builder.bind_params(draft)
    for param in draft.params:
        if param.name:
            ctx.note_local(param.name)
    for name, annotation, line in named:
        ctx.declare(name, ctx.builder.typed(annotation), line, typed=True)
    body = node.child_by_field_name("body")
    if body is not None:
        ctx.children(body)


# -- composite literals ---------------------------------------------------------------------------------------


def composite(ctx: Context, node: Node) -> int:
    """``T{…}``: an instance with its elements or keyed fields."""
    target, body = node.child_by_field_name("type"), node.child_by_field_name("body")
    if target is None or body is None:
        ctx.children(node)
        return NONE
    return literal_value(ctx, ctx.type(target), body, _keys_are_values(ctx, target))


def _keys_are_values(ctx: Context, target: Node) -> bool:
    """Whether a name before a colon is an expression: not for structs, nor for named types that may be structs."""
    if target.type == "type_identifier":
        declared = ctx.type_nodes.get(ctx.text(target))
        inner = declared.child_by_field_name("type") if declared is not None else None
        return inner is not None and inner.type in ("map_type", "slice_type", "array_type")
    return target.type in ("map_type", "slice_type", "array_type", "implicit_length_array_type")


def literal_value(ctx: Context, type_expr: int, node: Node, keys_are_values: bool) -> int:
    """The braces of a composite literal of type ``type_expr`` (-1 when unknown)."""
    container, key_type, element = types.element_types(ctx, type_expr)
    if not container and type_expr >= 0:
        item = ctx.builder.op(Op.ITER, ctx.builder.typed(type_expr))
        element = ctx.builder.op(Op.TYPEOF, item)
    values: list[int] = []
    fields: list[tuple[str, int]] = []
    for child in node.named_children:
        if child.type == "keyed_element":
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            name = "" if key is None else _key(ctx, key, type_expr, key_type, keys_are_values)
            inner = _element(ctx, value, element) if value is not None else NONE
            fields.append((name, inner))
        elif child.type != "comment":
            values.append(_element(ctx, child, element))
    if container or type_expr < 0:
        return ctx.builder.typed(type_expr) if type_expr >= 0 else NONE
    return ctx.builder.call(type_expr, values, [field for field in fields if field[0]], new=True)


def _element(ctx: Context, node: Node, element: int) -> int:
    inner = node.named_children[0] if node.type == "literal_element" and node.named_children else node
    if inner.type == "literal_value":
        return literal_value(ctx, element, inner, bool(types.element_types(ctx, element)[0]))
    return ctx.expression(inner)


def _key(ctx: Context, node: Node, type_expr: int, key_type: int, keys_are_values: bool) -> str:
    """Lower a key; gives the name of the field when it names one."""
    inner = node.named_children[0] if node.type == "literal_element" and node.named_children else node
    if inner.type == "identifier" and not keys_are_values and type_expr >= 0:
        name = ctx.text(inner)
        ctx.refer(ctx.builder.attr(ctx.builder.typed(type_expr), name), inner)
        return name
    _element(ctx, node, key_type)
    return ""


def _literal(type_name: str) -> Lower:
    def lower(ctx: Context, _node: Node) -> int:
        return ctx.builder.literal(type_name)

    return lower


EXPRESSIONS: dict[str, Lower] = {
    "identifier": identifier,
    "field_identifier": identifier,
    "selector_expression": selector,
    "call_expression": call,
    "type_conversion_expression": conversion,
    "type_assertion_expression": assertion,
    "index_expression": index,
    "type_instantiation_expression": instantiation,
    "slice_expression": slice_of,
    "unary_expression": unary,
    "binary_expression": binary,
    "parenthesized_expression": parenthesized,
    "func_literal": closure,
    "composite_literal": composite,
    "interpreted_string_literal": string,
    "raw_string_literal": string,
    "int_literal": _literal("int"),
    "float_literal": _literal("float64"),
    "imaginary_literal": _literal("complex128"),
    "rune_literal": _literal("rune"),
    "true": _literal("bool"),
    "false": _literal("bool"),
    "nil": _literal("nil"),
    "iota": _literal("int"),
}

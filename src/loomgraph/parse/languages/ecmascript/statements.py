"""Statements: variables, blocks, branches, loops."""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import BindingFlag, DefFlag, DefKind, Op
from loomgraph.parse.builder import NONE, DefinitionDraft
from loomgraph.parse.languages.ecmascript import (
    assignments,
    classes,
    commonjs,
    hoisting,
    jsdoc,
    modules,
    narrowing,
    objects,
    types,
)
from loomgraph.parse.languages.ecmascript.functions import (
    FUNCTION_VALUES,
    block,
    describe_function,
    lower_function,
    return_,
)
from loomgraph.parse.languages.ecmascript.patterns import take_apart
from loomgraph.parse.languages.ecmascript.walk import Handler, Local, Walk, line_of, unquote

_PATTERNS = frozenset({"object_pattern", "array_pattern"})


def function_declaration(walk: Walk, node: Node) -> int:
    draft = walk.hoisted.pop(node.start_byte, None)
    if draft is None:  # not in a statement list: `export default function () {}`
        return NONE
    if draft.kind == DefKind.CLASS:
        assignments.lower_constructor_function(walk, draft, node)
        return NONE
    describe_function(walk, draft, node, node)
    lower_function(walk, draft, node)
    return NONE


# -- variables ----------------------------------------------------------------------------------------------


def variables(walk: Walk, node: Node) -> int:
    kind = node.children[0].type if node.children else "var"
    doc = walk.doc_node
    for declarator in node.named_children:
        if declarator.type == "variable_declarator":
            walk.doc_node = doc
            _declarator(walk, declarator, node, kind)
    return NONE


def _declarator(walk: Walk, node: Node, whole: Node, kind: str) -> None:
    target, value_node = node.child_by_field_name("name"), node.child_by_field_name("value")
    if target is None:
        return
    flags = 0 if kind == "var" else BindingFlag.DECLARES
    if target.type in _PATTERNS:
        declared = walk.type(node.child_by_field_name("type"))
        value = walk.typed_value(walk, value_node, declared) if value_node is not None else walk.unknown()
        if declared >= 0:
            value = walk.builder.typed(declared)
        symbols = walk.at_top()
        take_apart(walk, target, value, lambda name, part: _destructured(walk, name, part, kind, flags, symbols))
        return
    name = walk.text(target)
    symbols = walk.at_top()
    walk.declare(name, Local(walk.builder.scope, symbols))
    function, asserted = _function_of(value_node)
    if function is not None:
        _function(walk, name, target, node, whole, flags, function, asserted)
    elif value_node is not None and value_node.type == "class":
        draft = classes.class_expression(walk, value_node, name, target)
        walk.declare(name, Local(walk.builder.scope, True, True, draft.index, (draft.index,)))
        walk.builder.bind_definition(draft, flags=flags)
    else:
        _value(walk, name, target, node, kind, flags, value_node)


def _function_of(node: Node | None) -> tuple[Node | None, Node | None]:
    """The function that a value is, through parentheses and assertions, and the type asserted for it."""
    asserted: Node | None = None
    while node is not None and node.type in objects.ASSERTIONS and node.named_children:
        if node.type in ("as_expression", "satisfies_expression") and len(node.named_children) > 1:
            asserted = asserted if asserted is not None else node.named_children[1]
        node = node.named_children[0]
    return (node, asserted) if node is not None and node.type in FUNCTION_VALUES else (None, None)


def _function(
    walk: Walk, name: str, target: Node, node: Node, whole: Node, flags: int, value_node: Node, asserted: Node | None
) -> None:
    """`const f = () => …`: a function called f."""
    declared = walk.type(node.child_by_field_name("type"))
    if asserted is not None:
        claimed = walk.type(asserted)
        declared = claimed if declared < 0 else declared
    result = objects.result_of(walk, declared)
    draft = assignments.function_value(walk, name, target, value_node, node, result=result)
    objects.declared_context(walk, draft, declared)
    if modules.is_exported(whole):
        draft.flags |= DefFlag.EXPORTED
    walk.declare(name, Local(walk.builder.scope, True, False, draft.index))
    walk.builder.bind_definition(draft, flags=flags)


def _value(walk: Walk, name: str, target: Node, node: Node, kind: str, flags: int, value_node: Node | None) -> None:
    builder = walk.builder
    declared = walk.type(node.child_by_field_name("type"))
    if declared < 0:
        declared = jsdoc.of_statement(walk)
    symbols = walk.at_top()
    literal = _object_of(value_node)
    parent: int | None = None
    if symbols or (literal is not None and objects.holds_functions(literal)):
        draft = _variable_symbol(walk, name, target, node, kind)
        parent = draft.index
    holder = NONE
    if literal is not None and value_node is not None:
        waiting: list[objects.Waiting] = []
        made = objects.object_literal(walk, literal, parent=parent, waiting=waiting)
        holder, value = made.index, walk.definition(made)
        if declared >= 0:
            objects.give_declared(walk, declared, waiting)
    else:
        value = walk.typed_value(walk, value_node, declared) if value_node is not None else NONE
        if name.encode() in walk.fields_of and declared < 0 and value >= 0:
            holder, value = _holder_beside(walk, value, parent, node)
    text = (
        unquote(walk.text(value_node))
        if kind == "const" and value_node is not None and value_node.type == "string"
        else ""
    )
    local = Local(builder.scope, symbols or parent is not None, declared >= 0, holder, (), text)
    walk.declare(name, local)
    if declared >= 0:
        builder.bind(name, builder.typed(declared), flags=flags | BindingFlag.TYPED, line=line_of(target))
    else:
        builder.bind(name, value if value >= 0 else walk.unknown(), flags=flags, line=line_of(target))


def _object_of(node: Node | None) -> Node | None:
    """The object literal that a value is, through `as const` and the like."""
    while node is not None and node.type in ("as_expression", "satisfies_expression", "parenthesized_expression"):
        if node.type == "as_expression" and not any(child.type == "const" for child in node.children):
            return None
        node = node.named_children[0] if node.named_children else None
    return node if node is not None and node.type == "object" else None


def _holder_beside(walk: Walk, value: int, parent: int | None, node: Node) -> tuple[int, int]:
    """Properties are set on the variable later: an object beside its value holds them."""
    if walk.builder.definitions and value >= 0:
        existing = commonjs.exports_of_value(walk, node.child_by_field_name("value"))
        if existing != NONE:
            return existing, value
    draft = walk.builder.define("", DefKind.CLASS, "object", line_of(node), line_of(node),
                                flags=DefFlag.HIDDEN | DefFlag.OBJECT, parent=parent)  # fmt: skip
    return draft.index, walk.builder.union([value, walk.builder.op(Op.DEF, draft.index)])


def _variable_symbol(walk: Walk, name: str, target: Node, node: Node, kind: str) -> DefinitionDraft:
    draft = walk.builder.define(
        name, DefKind.VALUE, "constant" if kind == "const" else "variable", line_of(node), node.end_point[0] + 1,
        name_line=line_of(target),
    )  # fmt: skip
    draft.signature, draft.doc = walk.folded(node.start_byte, node.end_byte), walk.take_doc()
    whole = node.parent
    if whole is not None and modules.is_exported(whole):
        draft.flags |= DefFlag.EXPORTED
    return draft


def _destructured(walk: Walk, target: Node, value: int, kind: str, flags: int, symbols: bool) -> None:
    name = walk.text(target)
    if symbols:
        walk.builder.define(
            name, DefKind.VALUE, "constant" if kind == "const" else "variable", line_of(target), line_of(target)
        )
    walk.declare(name, Local(walk.builder.scope, symbols))
    walk.builder.bind(name, value, flags=flags, line=line_of(target))


# -- blocks and branches ------------------------------------------------------------------------------------


def statement_block(walk: Walk, node: Node) -> int:
    walk.open_block()
    hoisting.hoist(walk, node.named_children, exported=False)
    block(walk, node.named_children)
    walk.close_block()
    return NONE


def if_(walk: Walk, node: Node) -> int:
    condition = node.child_by_field_name("condition")
    walk.expr(condition)
    consequence, alternative = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
    _branch(walk, consequence, narrowing.guards(condition, True))
    if alternative is not None:
        _branch(walk, alternative, narrowing.guards(condition, False))
    elif consequence is not None and _leaves(consequence):
        narrowing.bind_guards(walk, narrowing.guards(condition, False))
    return NONE


def _branch(walk: Walk, node: Node | None, found: list[narrowing.Guard]) -> None:
    if node is None:
        return
    walk.open_block()
    narrowing.bind_guards(walk, found)
    if node.type == "else_clause":
        for child in node.named_children:
            if child.type != "comment":
                walk.stmt(child)
    else:
        walk.stmt(node)
    walk.close_block()


def _leaves(node: Node) -> bool:
    """Whether a statement never goes on to the next one."""
    if node.type == "statement_block":
        last = next((child for child in reversed(node.named_children) if child.type != "comment"), None)
        return last is not None and _leaves(last)
    return node.type in ("return_statement", "throw_statement", "continue_statement", "break_statement")


def for_in(walk: Walk, node: Node) -> int:
    """`for (x of xs)`, `for (k in o)`, `for await`."""
    builder = walk.builder
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = node.child_by_field_name("operator")
    operand = walk.expr(right)
    is_in = operator is not None and operator.type == "in"
    value = builder.op(Op.KEYOF if is_in else Op.ITER, operand)
    if any(child.type == "await" for child in node.children):
        value = builder.op(Op.AWAIT, value)
    walk.open_block()
    kind = node.child_by_field_name("kind")
    if left is not None:
        if kind is None:
            take_apart(walk, left, value, lambda target, part: assignments.assign(walk, target, part))
        else:
            flags = BindingFlag.LOOP | (0 if kind.type == "var" else BindingFlag.DECLARES)
            take_apart(
                walk, left, value, lambda target, part: _destructured(walk, target, part, kind.type, flags, False)
            )
    body = node.child_by_field_name("body")
    if body is not None:
        walk.stmt(body)
    walk.close_block()
    return NONE


def scoped(walk: Walk, node: Node) -> int:
    """A statement whose parts share a block: `for (let i …)`, `switch`."""
    walk.open_block()
    for child in node.named_children:
        walk.stmt(child)
    walk.close_block()
    return NONE


def switch_body(walk: Walk, node: Node) -> int:
    walk.open_block()
    hoisting.hoist(walk, [each for case in node.named_children for each in case.named_children], exported=False)
    for case in node.named_children:
        block(walk, case.named_children)
    walk.close_block()
    return NONE


def catch(walk: Walk, node: Node) -> int:
    walk.open_block()
    parameter = node.child_by_field_name("parameter")
    declared = walk.type(node.child_by_field_name("type"))
    if parameter is not None:
        value = walk.builder.typed(declared) if declared >= 0 else walk.unknown()
        declares = BindingFlag.DECLARES
        take_apart(
            walk, parameter, value, lambda target, part: _destructured(walk, target, part, "let", declares, False)
        )
    body = node.child_by_field_name("body")
    if body is not None:
        walk.stmt(body)
    walk.close_block()
    return NONE


def parts(walk: Walk, node: Node) -> int:
    """A statement that is the sum of its parts."""
    for child in node.named_children:
        walk.stmt(child)
    return NONE


def nothing(walk: Walk, node: Node) -> int:
    return NONE


STATEMENTS: dict[str, Handler] = {
    "function_declaration": function_declaration,
    "generator_function_declaration": function_declaration,
    "function_signature": function_declaration,
    "class_declaration": classes.class_declaration,
    "abstract_class_declaration": classes.class_declaration,
    "interface_declaration": classes.interface_declaration,
    "enum_declaration": classes.enum_declaration,
    "type_alias_declaration": types.alias,
    "internal_module": modules.namespace,
    "module": modules.namespace,
    "ambient_declaration": modules.ambient,
    "import_statement": modules.import_statement,
    "import_alias": modules.import_alias,
    "export_statement": modules.export_statement,
    "lexical_declaration": variables,
    "variable_declaration": variables,
    "using_declaration": variables,
    "statement_block": statement_block,
    "if_statement": if_,
    "for_in_statement": for_in,
    "for_statement": scoped,
    "switch_body": switch_body,
    "catch_clause": catch,
    "return_statement": return_,
    "expression_statement": parts,
    "labeled_statement": parts,
    "comment": nothing,
    "empty_statement": nothing,
    "break_statement": nothing,
    "continue_statement": nothing,
    "debugger_statement": nothing,
    "statement_identifier": nothing,
    "hash_bang_line": nothing,
}

"""Go's statements: declarations of local names, blocks, loops, switches.

Every block is a scope; all declarations are typed once and for all, so that plain assignments bind nothing.
Knows expressions and types through the context.
"""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import BindingFlag, Op
from loomgraph.parse.builder import NONE
from loomgraph.parse.languages.go.context import Context, Visit, line_of

_COMMA_OK = frozenset(("index_expression", "type_assertion_expression", "unary_expression"))


def ignore(_ctx: Context, _node: Node) -> None:
    """Comments, labels and the like say nothing."""


def _operands(node: Node | None) -> list[Node]:
    """The expressions of a list, or the one expression that stands without a list."""
    if node is None:
        return []
    if node.type == "expression_list":
        return [child for child in node.named_children if child.type != "comment"]
    return [node]


def spread_values(ctx: Context, nodes: list[Node], wanted: int) -> list[int]:
    """The values of ``wanted`` names: one each, several results of one call, or a value and whether it is there."""
    values = [ctx.expression(node) for node in nodes]
    if len(values) == wanted:
        return values
    if len(values) != 1:
        return [NONE] * wanted
    if wanted == 2 and _bare(nodes[0]).type in _COMMA_OK:
        return [values[0], ctx.builder.literal("bool")]
    return [ctx.builder.op(Op.ELEM, values[0], at) for at in range(wanted)]


def _bare(node: Node) -> Node:
    """``node`` without parentheses round it."""
    while node.type == "parenthesized_expression" and node.named_children:
        node = node.named_children[-1]
    return node


def short_declaration(ctx: Context, node: Node) -> None:
    """``a, b := …``"""
    left = _operands(node.child_by_field_name("left"))
    values = spread_values(ctx, _operands(node.child_by_field_name("right")), len(left))
    _declare(ctx, left, values)


def _declare(ctx: Context, names: list[Node], values: list[int]) -> None:
    for name, value in zip(names, values, strict=True):
        if name.type == "identifier":
            ctx.declare(ctx.text(name), value, line_of(name))


def labeled(ctx: Context, node: Node) -> None:
    for child in node.named_children:
        if child.type != "label_name":
            ctx.statement(child)


def branch(ctx: Context, node: Node) -> None:
    """``if … else if … else``: a chain is one loop, its blocks nest as Go says."""
    opened = 0
    current: Node | None = node
    while current is not None and current.type == "if_statement":
        ctx.open_block()
        opened += 1
        for field in ("initializer", "condition"):
            part = current.child_by_field_name(field)
            if part is not None:
                ctx.statement(part)
        ctx.block(current.child_by_field_name("consequence"))
        current = current.child_by_field_name("alternative")
    ctx.block(current)
    for _ in range(opened):
        ctx.close_block()


def loop(ctx: Context, node: Node) -> None:
    """``for`` in all its forms."""
    ctx.open_block()
    body = node.child_by_field_name("body")
    for child in node.named_children:
        if child != body:
            ctx.statement(child)
    ctx.block(body)
    ctx.close_block()


def range_clause(ctx: Context, node: Node) -> None:
    """``k, v := range x``: what the names mean depends on the type of ``x``, so resolution decides."""
    right, left = node.child_by_field_name("right"), _operands(node.child_by_field_name("left"))
    subject = ctx.expression(right) if right is not None else NONE
    declares = any(child.type == ":=" for child in node.children)
    for at, name in enumerate(left):
        if not declares:
            ctx.expression(name)
        elif name.type == "identifier" and ctx.text(name) != "_":
            value = ctx.builder.op(Op.KEYOF if at == 0 else Op.ITER, subject)
            ctx.builder.bind(ctx.text(name), value, flags=BindingFlag.DECLARES | BindingFlag.LOOP, line=line_of(name))
            ctx.note_local(ctx.text(name))


def switch(ctx: Context, node: Node) -> None:
    """Expression switches and ``select``: a scope for the whole, one for each case."""
    ctx.open_block()
    for child in node.named_children:
        if child.type.endswith("_case"):
            ctx.block(child)
        else:
            ctx.statement(child)
    ctx.close_block()


def type_switch(ctx: Context, node: Node) -> None:
    """``switch v := x.(type)``: in a case with one type, ``v`` is of that type."""
    ctx.open_block()
    initializer, value = node.child_by_field_name("initializer"), node.child_by_field_name("value")
    if initializer is not None:
        ctx.statement(initializer)
    subject = ctx.expression(value) if value is not None else NONE
    alias = next(iter(_operands(node.child_by_field_name("alias"))), None)
    for child in node.named_children:
        if child.type not in ("type_case", "default_case"):
            continue
        ctx.open_block()
        tested = child.children_by_field_name("type")
        types = [ctx.type(part) for part in tested]
        if alias is not None:
            narrowed = len(types) == 1 and ctx.text(tested[0]) != "nil"
            bound = ctx.builder.op(Op.CAST, types[0], subject) if narrowed else subject
            ctx.declare(ctx.text(alias), bound, line_of(alias))
        skip = {part.id for part in tested}
        for part in child.named_children:
            if part.id not in skip:
                ctx.statement(part)
        ctx.close_block()
    ctx.close_block()


def receive(ctx: Context, node: Node) -> None:
    """``v, ok := <-ch`` in a ``select``."""
    left, right = _operands(node.child_by_field_name("left")), node.child_by_field_name("right")
    values = spread_values(ctx, [right] if right is not None else [], len(left) or 1)
    if any(child.type == ":=" for child in node.children):
        _declare(ctx, left, values)
    else:
        for name in left:
            ctx.expression(name)


def nested_block(ctx: Context, node: Node) -> None:
    ctx.block(node)


STATEMENTS: dict[str, Visit] = {
    "comment": ignore,
    "break_statement": ignore,
    "continue_statement": ignore,
    "goto_statement": ignore,
    "fallthrough_statement": ignore,
    "block": nested_block,
    "short_var_declaration": short_declaration,
    "labeled_statement": labeled,
    "if_statement": branch,
    "for_statement": loop,
    "range_clause": range_clause,
    "expression_switch_statement": switch,
    "select_statement": switch,
    "type_switch_statement": type_switch,
    "receive_statement": receive,
}

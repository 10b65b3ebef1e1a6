"""What a condition says about the types of names: `instanceof`, `typeof`, and combinations of them."""

from __future__ import annotations

from typing import NamedTuple

from tree_sitter import Node

from loomgraph.facts import BindingFlag, Op
from loomgraph.parse.languages.ecmascript.walk import Walk, line_of, unquote

_EQUAL = frozenset({"==", "==="})
_UNEQUAL = frozenset({"!=", "!=="})
_TESTED = frozenset({"identifier", "member_expression"})
_MAX_PARTS = 16
PREDICATE = "is "  # the member of a function that holds the type it tests for; no name in a source reads so


class Guard(NamedTuple):
    """``name`` is known to be of the type that ``type_node`` tells.

    By ``how`` that is a class ("instanceof"), a string ("typeof") or a function that tests for a type ("is").
    """

    name: Node
    type_node: Node
    how: str


def guards(condition: Node | None, positive: bool) -> list[Guard]:
    """What holds where ``condition`` is true (or, not ``positive``, false)."""
    found: list[Guard] = []
    pending = [(condition, positive)]
    while pending and len(found) < _MAX_PARTS:
        node, wanted = pending.pop()
        if node is None:
            continue
        kind = node.type
        if kind == "parenthesized_expression":
            pending += [(child, wanted) for child in node.named_children]
        elif kind == "unary_expression" and node.children[0].type == "!":
            pending.append((node.child_by_field_name("argument"), not wanted))
        elif kind == "binary_expression":
            _binary(node, wanted, pending, found)
        elif kind == "call_expression" and wanted:
            _call(node, found)
    return found


def _binary(node: Node, positive: bool, pending: list[tuple[Node | None, bool]], found: list[Guard]) -> None:
    operator_node = node.child_by_field_name("operator")
    operator = operator_node.type if operator_node is not None else ""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return
    if operator == ("&&" if positive else "||"):
        pending += [(right, positive), (left, positive)]
    elif operator == "instanceof":
        if positive and left.type in _TESTED and right.type in ("identifier", "member_expression"):
            found.append(Guard(left, right, "instanceof"))
    elif operator in (_EQUAL if positive else _UNEQUAL):
        if left.type == "string":
            left, right = right, left
        if left.type == "unary_expression" and left.children[0].type == "typeof" and right.type == "string":
            name = left.child_by_field_name("argument")
            if name is not None and name.type == "identifier":
                found.append(Guard(name, right, "typeof"))


def _call(node: Node, found: list[Guard]) -> None:
    """`isCircle(x)`: functions declared as `x is T` are named so; what is no such function tells nothing."""
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or function.type not in _TESTED:
        return
    last = function.child_by_field_name("property") if function.type == "member_expression" else function
    tested = arguments.named_children[0] if arguments.named_children else None
    if last is None or last.text is None or tested is None:
        return
    if last.text.startswith(b"is") and tested.type in _TESTED:
        found.append(Guard(tested, function, "is"))


def bind_guards(walk: Walk, found: list[Guard]) -> None:
    """Narrow the names from here to the end of the innermost block."""
    builder = walk.builder
    for guard in found:
        name = walk.text(guard.name)
        local = walk.find(name)
        if guard.how == "typeof":
            tested = builder.literal(unquote(walk.text(guard.type_node)))
        else:
            tested = _class_expression(walk, guard.type_node)
            if guard.how == "is":
                tested = builder.op(Op.TYPEOF, builder.attr(tested, PREDICATE))
        if guard.name.type == "member_expression":
            walk.member_guards.append((walk.frames[-1], name, tested))
            continue
        value = builder.op(Op.NARROW, builder.name(name), tested)
        scope = builder.scope if local is None else local.scope
        builder.bind(name, value, flags=BindingFlag.NARROWING, scope=scope, line=line_of(guard.name))


def narrowed_member(walk: Walk, node: Node, expression: int) -> int:
    """A member that a test around it says more about (until its block closes)."""
    text = walk.text(node)
    walk.member_guards = [guard for guard in walk.member_guards if any(guard[0] is frame for frame in walk.frames)]
    for _, tested, type_expression in reversed(walk.member_guards):
        if tested == text:
            return walk.builder.op(Op.NARROW, expression, type_expression)
    return expression


def _class_expression(walk: Walk, node: Node) -> int:
    """The class of an `instanceof` once more, for its meaning alone (its use is already recorded)."""
    if node.type == "identifier":
        return walk.use(node, walk.text(node), site=False)
    base, name = node.child_by_field_name("object"), node.child_by_field_name("property")
    if base is not None and name is not None and base.type == "this":
        return walk.builder.attr(walk.this_expression(), walk.text(name))
    if base is None or name is None or base.type not in ("identifier", "member_expression"):
        return walk.unknown()
    return walk.builder.attr(_class_expression(walk, base), walk.text(name))

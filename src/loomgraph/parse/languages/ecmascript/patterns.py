"""Destructuring: what each name of a pattern means, given the value that is taken apart."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from loomgraph.facts import Op
from loomgraph.parse.languages.ecmascript.walk import Walk, key_name

Bind = Callable[[Node, int], None]  # a target (a name, or in assignments any expression) and its value

_NAMES = frozenset({"identifier", "shorthand_property_identifier_pattern", "undefined"})


def take_apart(walk: Walk, pattern: Node, value: int, bind: Bind) -> None:
    """Call ``bind`` for each target of ``pattern``, in document order."""
    kind = pattern.type
    if kind in _NAMES:
        bind(pattern, value)
    elif kind == "object_pattern":
        _object(walk, pattern, value, bind)
    elif kind == "array_pattern":
        _array(walk, pattern, value, bind)
    elif kind in ("assignment_pattern", "object_assignment_pattern"):
        left, right = pattern.child_by_field_name("left"), pattern.child_by_field_name("right")
        if left is not None:
            take_apart(walk, left, walk.builder.union([value, walk.expr(right)]), bind)
    elif kind == "rest_pattern":
        for child in pattern.named_children[:1]:
            take_apart(walk, child, value, bind)
    else:
        bind(pattern, value)


def _object(walk: Walk, pattern: Node, value: int, bind: Bind) -> None:
    builder = walk.builder
    for child in pattern.named_children:
        kind = child.type
        if kind == "shorthand_property_identifier_pattern":
            bind(child, builder.attr(value, walk.text(child)))
        elif kind == "object_assignment_pattern":
            left, right = child.child_by_field_name("left"), child.child_by_field_name("right")
            if left is not None:
                member = builder.attr(value, walk.text(left))
                take_apart(walk, left, builder.union([member, walk.expr(right)]), bind)
        elif kind == "pair_pattern":
            key, target = child.child_by_field_name("key"), child.child_by_field_name("value")
            if key is not None and target is not None:
                take_apart(walk, target, builder.attr(value, key_name(walk, key)), bind)
        elif kind == "rest_pattern":
            for target in child.named_children[:1]:
                take_apart(walk, target, value, bind)


def _array(walk: Walk, pattern: Node, value: int, bind: Bind) -> None:
    builder = walk.builder
    at = 0
    for child in pattern.children:
        if child.type == ",":
            at += 1
        elif child.type == "rest_pattern":
            for target in child.named_children[:1]:
                take_apart(walk, target, builder.op(Op.SLICE, value), bind)
        elif child.is_named and child.type != "comment":
            take_apart(walk, child, builder.op(Op.ELEM, value, at), bind)

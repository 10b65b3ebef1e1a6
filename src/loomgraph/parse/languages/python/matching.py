"""``match`` statements: what each case proves of the subject and binds."""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import BindingFlag, Op
from loomgraph.parse.builder import NONE
from loomgraph.parse.languages.python import nodes as k
from loomgraph.parse.languages.python.definitions import block
from loomgraph.parse.languages.python.nodes import meaningful
from loomgraph.parse.languages.python.state import REF, State


def match(s: State, node: Node) -> None:
    children = meaningful(node)
    subjects = [c for c in children if c.kind_id != k.BLOCK]
    values = [s.expr(c) for c in subjects]
    subject = values[0] if len(values) == 1 else s.b.seq("tuple", values)
    name = s.text(subjects[0]) if len(subjects) == 1 and subjects[0].kind_id == k.IDENTIFIER else ""
    for body in children:
        if body.kind_id == k.BLOCK:
            for clause in meaningful(body):
                if clause.kind_id == k.CASE_CLAUSE:
                    _case(s, clause, subject, name)


def _case(s: State, clause: Node, subject: int, name: str) -> None:
    s.b.open_block()
    patterns = [c for c in meaningful(clause) if c.kind_id == k.CASE_PATTERN]
    if len(patterns) == 1:
        proved = pattern(s, patterns[0], subject)
        if proved != NONE and name:
            value = s.b.op(Op.NARROW, s.b.name(name), proved)
            s.b.bind(name, value, flags=BindingFlag.NARROWING, line=clause.start_point[0] + 1)
    else:
        for at, each in enumerate(patterns):
            pattern(s, each, s.b.op(Op.ELEM, subject, at))
    for child in meaningful(clause):
        if child.kind_id == k.IF_CLAUSE:
            s.children(child)
        elif child.kind_id == k.BLOCK:
            block(s, child)
    s.b.close_block()


def pattern(s: State, node: Node, subject: int) -> int:
    """Bind what ``node`` captures of ``subject``; gives the type that it proves, or NONE."""
    kind = node.kind_id
    children = meaningful(node)
    if kind == k.CASE_PATTERN:
        return pattern(s, children[0], subject) if children else NONE
    if kind == k.DOTTED_NAME:
        if len(children) == 1:
            _capture(s, children[0], subject)
        else:
            _dotted(s, node)
        return NONE
    if kind == k.AS_PATTERN:
        proved = pattern(s, children[0], subject)
        _capture(s, children[-1], s.b.op(Op.NARROW, subject, proved) if proved != NONE else subject)
        return proved
    if kind == k.CLASS_PATTERN:
        return _class(s, children, subject)
    if kind == k.UNION_PATTERN:
        each = [pattern(s, c, subject) if c.kind_id != k.DOTTED_NAME else _none(_dotted(s, c)) for c in children]
        return s.b.union(each) if each and NONE not in each else NONE
    if kind == k.DICT_PATTERN:
        for child in children:
            if child.kind_id == k.CASE_PATTERN:
                pattern(s, child, s.b.op(Op.DICTITEM, subject))
        return NONE
    if kind == k.SPLAT_PATTERN:
        if children:
            _capture(s, children[0], s.b.seq("list", [subject]))
        return NONE
    for at, child in enumerate(children):
        if child.kind_id == k.CASE_PATTERN:
            pattern(s, child, s.b.op(Op.ELEM, subject, at))
    return NONE


def _capture(s: State, node: Node, value: int) -> None:
    name = s.text(node)
    if name != "_":
        s.bind(name, value, node.start_point[0] + 1)


def _dotted(s: State, node: Node) -> int:
    first, *rest = meaningful(node)
    at = s.use(s.text(first), first)
    for part in rest:
        at = s.b.attr(at, s.text(part))
        s.b.site(at, part.start_point[0] + 1, REF)
    return at


def _class(s: State, children: list[Node], subject: int) -> int:
    """``case Point(x=px)``: the subject is a Point, and px its attribute x."""
    proved = _dotted(s, children[0])
    narrowed = s.b.op(Op.NARROW, subject, proved)
    for argument in children[1:]:
        inner = meaningful(argument)
        if inner and inner[0].kind_id == k.KEYWORD_PATTERN:
            name_node, value_node = meaningful(inner[0])[:2]
            pattern(s, value_node, s.b.attr(narrowed, s.text(name_node)))
        else:
            pattern(s, argument, s.nothing())
    return proved


def _none(value: int) -> int:
    """A value in a pattern proves nothing of the type."""
    return NONE

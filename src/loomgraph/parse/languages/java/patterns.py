"""Lowers what tests and takes apart values: ``instanceof``, ``switch``, type and record patterns.

A test without a variable narrows nothing in Java; a pattern's variable is a local of the tested type. Statements
and expressions inside are reached through the state.
"""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import BindingFlag, Op
from loomgraph.parse.languages.java import types
from loomgraph.parse.languages.java.state import COMMENTS, NONE, State

_ARMS = frozenset(("switch_rule", "switch_block_statement_group"))
_STATEMENT_ARMS = frozenset(("block", "throw_statement"))


def instance_test(st: State, node: Node) -> int:
    """``x instanceof Type name`` and ``x instanceof Record(…)``."""
    left, right, name = (node.child_by_field_name(field) for field in ("left", "right", "name"))
    value = st.expression(left) if left is not None else st.unknown()
    wanted = types.type_expression(st, right) if right is not None else NONE
    if name is not None and wanted >= 0:
        st.declare(st.text(name), st.builder.typed(wanted), name.start_point[0] + 1)
    found = node.child_by_field_name("pattern")
    if found is not None:
        pattern(st, found, value)
    return st.builder.literal("boolean")


def pattern(st: State, node: Node, value: int) -> None:
    """Declares the variables of a pattern that ``value`` is matched with."""
    kind = node.type
    if kind == "record_pattern":
        _record(st, node)
    elif kind == "type_pattern" or kind == "record_pattern_component":
        _typed(st, node, value)
    else:
        for part in node.named_children:
            pattern(st, part, value)


def _typed(st: State, node: Node, value: int) -> None:
    wanted, line = NONE, node.start_point[0] + 1
    for part in node.named_children:
        if part.type in types.KINDS:
            wanted = types.type_expression(st, part)
        elif part.type == "identifier":
            if wanted >= 0:
                st.declare(st.text(part), st.builder.typed(wanted), line)
            else:  # var
                st.declare(st.text(part), value, line, BindingFlag.DECLARES)


def _record(st: State, node: Node) -> None:
    parts = [part for part in node.named_children if part.type not in COMMENTS]
    record = st.builder.typed(types.type_expression(st, parts[0]))
    for body in parts[1:]:
        components = [part for part in body.named_children if part.type not in COMMENTS]
        for at, component in enumerate(components):
            pattern(st, component, st.builder.op(Op.ELEM, record, at))


def switch(st: State, node: Node) -> int:
    """A switch, as a statement or as an expression: its value is that of one of its arms."""
    condition, body = node.child_by_field_name("condition"), node.child_by_field_name("body")
    subject = st.expression(condition) if condition is not None else st.unknown()
    results: list[int] = []
    st.yields.append(results)
    st.open()
    for arm in body.named_children if body is not None else ():
        if arm.type == "switch_rule":
            st.open()
            _rule(st, arm, subject, results)
            st.close()
        elif arm.type in _ARMS:
            _group(st, arm, subject)
    st.close()
    st.yields.pop()
    if not results:
        return st.unknown()
    return st.same_lambdas(st.builder.union(results), results)


def _rule(st: State, arm: Node, subject: int, results: list[int]) -> None:
    """``case … -> expression;``, ``case … -> { … }``."""
    for part in arm.named_children:
        if part.type == "switch_label":
            _label(st, part, subject)
        elif part.type in _STATEMENT_ARMS:
            st.visit(part)
        elif part.type == "expression_statement":
            for inner in part.named_children:
                if inner.type not in COMMENTS:
                    results.append(st.expression(inner))


def _group(st: State, arm: Node, subject: int) -> None:
    """``case …: statements``; what they declare is known in the arms below too."""
    for part in arm.named_children:
        if part.type == "switch_label":
            _label(st, part, subject)
        else:
            st.visit(part)


def _label(st: State, label: Node, subject: int) -> None:
    for part in label.named_children:
        if part.type == "pattern":
            pattern(st, part, subject)
        elif part.type == "identifier":  # a constant of the subject's enum, or any constant in reach
            name = st.text(part)
            st.refer(st.builder.attr(subject, name), part)
            if not st.is_local(name):
                st.refer(st.builder.name(name), part)
        else:
            st.visit(part)

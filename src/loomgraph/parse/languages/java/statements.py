"""Lowers Java's statements: local variables, loops, try, return, and the blocks round them.

Statements that only hold others need no word here: the state visits what they hold.
"""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import BindingFlag, Op
from loomgraph.parse.languages.java import types
from loomgraph.parse.languages.java.state import NONE, Action, State


def block(st: State, node: Node) -> None:
    st.open()
    for part in node.named_children:
        st.visit(part)
    st.close()


def declared_type(st: State, node: Node) -> int:
    """The type of a declaration, -1 for ``var``; its annotations are visited."""
    first = node.named_children[0]
    if first.type == "modifiers":
        st.visit(first)
    type_node = node.child_by_field_name("type")
    return types.type_expression(st, type_node) if type_node is not None else NONE


def local_variables(st: State, node: Node) -> None:
    declared = declared_type(st, node)
    for declarator in node.children_by_field_name("declarator"):
        variable(st, declarator, declared)


def variable(st: State, node: Node, declared: int) -> None:
    """One variable of a declaration, a resource or the head of a loop."""
    name, value_node = node.child_by_field_name("name"), node.child_by_field_name("value")
    wanted = types.array_of(st, declared, node.child_by_field_name("dimensions"))
    value = st.expression(value_node) if value_node is not None else NONE
    if name is None:
        return
    line = name.start_point[0] + 1
    if wanted >= 0:
        if value >= 0:
            st.expect(value, wanted)
        st.declare(st.text(name), st.builder.typed(wanted), line)
    else:
        st.declare(st.text(name), value if value >= 0 else st.unknown(), line, BindingFlag.DECLARES)


def for_each(st: State, node: Node) -> None:
    st.open()
    declared = declared_type(st, node)
    value = node.child_by_field_name("value")
    many = st.expression(value) if value is not None else st.unknown()
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if name is not None:
        line = name.start_point[0] + 1
        if declared >= 0:
            wanted = types.array_of(st, declared, node.child_by_field_name("dimensions"))
            st.declare(st.text(name), st.builder.typed(wanted), line)
        else:
            st.declare(st.text(name), st.builder.op(Op.ITER, many), line, BindingFlag.DECLARES | BindingFlag.LOOP)
    if body is not None:
        st.visit(body)
    st.close()


def resource(st: State, node: Node) -> None:
    if node.child_by_field_name("name") is None:  # a variable declared before
        for part in node.named_children:
            st.visit(part)
        return
    variable(st, node, declared_type(st, node))


def catch_parameter(st: State, node: Node) -> None:
    caught: list[int] = []
    for part in node.named_children:
        if part.type == "catch_type":
            caught = types.type_list(st, part)
        elif part.type == "identifier":
            value = st.builder.typed(st.builder.union(caught)) if caught else st.unknown()
            st.declare(st.text(part), value, part.start_point[0] + 1)
        else:
            st.visit(part)


def return_(st: State, node: Node) -> None:
    draft = st.builder.definitions[st.builder.scope]
    for part in node.named_children:
        value = st.expression(part) if part.type in st.expressions else NONE
        if value >= 0:
            draft.returns.append(value)
            if value in st.lambdas and draft.result >= 0:
                st.expect(value, draft.result)


def yield_(st: State, node: Node) -> None:
    for part in node.named_children:
        if part.type in st.expressions:
            value = st.expression(part)
            if st.yields:
                st.yields[-1].append(value)


def labeled(st: State, node: Node) -> None:
    for part in node.named_children[1:]:
        st.visit(part)


def nothing(st: State, node: Node) -> None:
    """What holds no expression: jumps, comments, an empty package."""


ACTIONS: dict[str, Action] = {
    "block": block,
    "constructor_body": block,
    "for_statement": block,
    "try_with_resources_statement": block,
    "try_statement": block,
    "catch_clause": block,
    "local_variable_declaration": local_variables,
    "enhanced_for_statement": for_each,
    "resource": resource,
    "catch_formal_parameter": catch_parameter,
    "return_statement": return_,
    "yield_statement": yield_,
    "labeled_statement": labeled,
    "break_statement": nothing,
    "continue_statement": nothing,
    "line_comment": nothing,
    "block_comment": nothing,
}

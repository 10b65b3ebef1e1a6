"""Lowers what classes hold: fields, methods, constructors, initialisers, and the annotations on them.

Bodies and initial values are reached through the state.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

from tree_sitter import Node

from loomgraph.facts import BindingFlag, DefFlag, DefKind, ParamKind, SiteKind
from loomgraph.model import SymbolKind
from loomgraph.parse.builder import DefinitionDraft
from loomgraph.parse.languages.java import doc, expressions, types
from loomgraph.parse.languages.java.state import COMMENTS, CONSTRUCTOR_NAME, METHOD_MARK, NONE, Action, State

_FLAGS = {
    "static": DefFlag.STATIC,
    "abstract": DefFlag.ABSTRACT,
    "private": DefFlag.PRIVATE,
    "public": DefFlag.EXPORTED,
}
_ANNOTATIONS = frozenset(("annotation", "marker_annotation"))
_KNOWN = tomllib.loads((Path(__file__).parent / "annotations.toml").read_text(encoding="utf-8"))
_TESTS, _CALLED = frozenset(_KNOWN["tests"]), frozenset(_KNOWN["called"])


class Modifiers(NamedTuple):
    """What stands before a declaration: flags, annotations, and the byte at which the signature starts."""

    flags: int
    annotations: list[Node]
    start: int
    final: bool


def modifiers(node: Node) -> Modifiers:
    first = node.children[0] if node.child_count else node
    if first.type != "modifiers":
        return Modifiers(0, [], node.start_byte, False)
    flags, annotations, start, final = 0, [], -1, False
    for part in first.children:
        kind = part.type
        if kind in _ANNOTATIONS:
            annotations.append(part)
            continue
        if start < 0 and kind not in COMMENTS:
            start = part.start_byte
        flags |= _FLAGS.get(kind, 0)
        final = final or kind == "final"
    return Modifiers(flags, annotations, start if start >= 0 else first.end_byte, final)


def decorate(st: State, draft: DefinitionDraft, annotations: list[Node]) -> None:
    """The annotations of a definition; call before its scope begins."""
    builder = st.builder
    owner = builder.owner
    builder.owner = draft.index
    for node in annotations:
        name = node.child_by_field_name("name")
        if name is None:
            continue
        at = types.type_expression(st, name, refer=False)
        draft.decorators.append(at)
        builder.site(at, name.start_point[0] + 1, SiteKind.DECORATE)
        short = st.text(name).rpartition(".")[2]
        if short in _TESTS:
            draft.flags |= DefFlag.TEST | DefFlag.ENTRY_POINT
        elif short in _CALLED:
            draft.flags |= DefFlag.ENTRY_POINT
        annotation_arguments(st, node)
    builder.owner = owner


def annotation_arguments(st: State, node: Node) -> None:
    listed = node.child_by_field_name("arguments")
    for part in listed.named_children if listed is not None else ():
        value = part.child_by_field_name("value") if part.type == "element_value_pair" else part
        if value is not None:
            st.visit(value)


# -- fields ---------------------------------------------------------------------------------------------------------


def field_symbol(
    st: State, name: str, node: Node, line: int, flags: int, *, symbol: SymbolKind = SymbolKind.FIELD
) -> DefinitionDraft:
    return st.builder.define(
        name, DefKind.VALUE, symbol, node.start_point[0] + 1, node.end_point[0] + 1, name_line=line, flags=flags
    )


def enter_field(st: State, draft: DefinitionDraft) -> None:
    """The initial value of a field: what it calls is called by the class, what it defines lies under the field."""
    owner = st.builder.owner
    st.enter(draft)
    st.builder.owner = owner


def field(st: State, node: Node) -> None:
    words = modifiers(node)
    around = st.builder.definitions[st.builder.scope]
    flags = words.flags
    constant = words.final and bool(flags & DefFlag.STATIC)
    if node.type == "constant_declaration" or around.flags & DefFlag.INTERFACE:
        flags, constant = flags | DefFlag.STATIC | DefFlag.EXPORTED, True
    declared = NONE
    text = doc.javadoc(st, node)
    declarators = node.children_by_field_name("declarator")
    for number, declarator in enumerate(declarators):
        name_node = declarator.child_by_field_name("name")
        if name_node is None:
            continue
        draft = field_symbol(
            st, st.text(name_node), node, name_node.start_point[0] + 1, flags,
            symbol=SymbolKind.CONSTANT if constant else SymbolKind.FIELD,
        )  # fmt: skip
        draft.doc = text
        value = declarator.child_by_field_name("value")
        end = value.start_byte if value is not None else declarator.end_byte
        first = declarators[0].start_byte
        draft.signature = doc.signature(st, words.start, end if number == 0 else first)
        if number:
            draft.signature += " " + doc.signature(st, declarator.start_byte, end)
        decorate(st, draft, words.annotations if number == 0 else [])
        if number == 0:
            declared = _field_type(st, node, draft)
        _field_value(st, draft, declarator, declared)


def _field_type(st: State, node: Node, draft: DefinitionDraft) -> int:
    """The declared type, looked up from inside the class: it may be declared further down."""
    type_node = node.child_by_field_name("type")
    if type_node is None:
        return NONE
    st.enter(draft)
    declared = types.type_expression(st, type_node)
    st.leave(draft)
    return declared


def _field_value(st: State, draft: DefinitionDraft, declarator: Node, declared: int) -> None:
    wanted = types.array_of(st, declared, declarator.child_by_field_name("dimensions"))
    typed = st.builder.typed(wanted) if wanted >= 0 else st.unknown()
    st.builder.bind(draft.name, typed, flags=BindingFlag.TYPED, line=draft.name_line)
    draft.result = wanted
    value = declarator.child_by_field_name("value")
    if value is None:
        return
    enter_field(st, draft)
    initial = st.expression(value)
    if wanted >= 0:
        st.expect(initial, wanted)
    st.leave(draft)


# -- methods and constructors ---------------------------------------------------------------------------------------


def method(st: State, node: Node) -> None:
    name_node = node.child_by_field_name("name")
    if name_node is None:
        return
    body = node.child_by_field_name("body")
    draft = _function(st, node, name_node, SymbolKind.METHOD, body)
    if st.builder.definitions[draft.parent].flags & DefFlag.INTERFACE:
        if not draft.flags & DefFlag.PRIVATE:
            draft.flags |= DefFlag.EXPORTED
        if body is None:
            draft.flags |= DefFlag.ABSTRACT
    st.builder.bind(
        draft.name + METHOD_MARK, st.definition(draft.index), flags=BindingFlag.DEFINES, line=draft.name_line
    )
    _enter_function(st, node, draft)
    type_node = node.child_by_field_name("type")
    if type_node is not None:
        result = types.type_expression(st, type_node)
        draft.result = types.array_of(st, result, node.child_by_field_name("dimensions"))
    value = node.child_by_field_name("value")  # the default of an annotation's element
    for part in (body, value):
        if part is not None:
            st.visit(part)
    st.leave(draft)
    st.type_params.pop()


def constructor(st: State, node: Node) -> None:
    name_node = node.child_by_field_name("name")
    if name_node is None:
        return
    body = node.child_by_field_name("body")
    draft = _function(st, node, name_node, SymbolKind.CONSTRUCTOR, body)
    draft.flags |= DefFlag.CONSTRUCTOR
    st.builder.bind(CONSTRUCTOR_NAME, st.definition(draft.index), flags=BindingFlag.DEFINES, line=draft.name_line)
    _enter_function(st, node, draft)
    first = next(iter(expressions.operands(body)), None) if body is not None else None
    if first is None or first.type != "explicit_constructor_invocation":
        base = st.bases.get(draft.parent, NONE)
        if base >= 0:  # the call of the superclass's constructor that is not written
            expressions.call(st, base, [], draft.name_line, new=True)
    if body is not None:
        st.visit(body)
    st.leave(draft)
    st.type_params.pop()


def _function(st: State, node: Node, name: Node, symbol: SymbolKind, body: Node | None) -> DefinitionDraft:
    words = modifiers(node)
    draft = st.builder.define(
        st.text(name), DefKind.FUNCTION, symbol, node.start_point[0] + 1, node.end_point[0] + 1,
        name_line=name.start_point[0] + 1, flags=words.flags,
    )  # fmt: skip
    draft.doc = doc.javadoc(st, node)
    draft.signature = doc.signature(st, words.start, body.start_byte if body is not None else node.end_byte)
    decorate(st, draft, words.annotations)
    if draft.name == "main" and draft.flags & DefFlag.STATIC:
        draft.flags |= DefFlag.ENTRY_POINT
    return draft


def _enter_function(st: State, node: Node, draft: DefinitionDraft) -> None:
    """Begins a function and lowers its head: types there are looked up from inside."""
    st.enter(draft)
    types.type_parameters(st, node.child_by_field_name("type_parameters"), draft)
    listed = node.child_by_field_name("parameters")
    if listed is not None:
        for part in expressions.operands(listed):
            draft.params += expressions.parameter(st, part)
        if draft.params and draft.params[-1].kind == ParamKind.STAR:
            draft.flags |= DefFlag.VARIADIC
    elif node.type == "compact_constructor_declaration":
        draft.params = list(st.builder.definitions[draft.parent].params)
    st.builder.bind_params(draft)
    for param in draft.params:
        st.note_local(param.name)
    thrown = next((part for part in node.named_children if part.type == "throws"), None)
    if thrown is not None:
        types.type_list(st, thrown)


def initializer(st: State, node: Node) -> None:
    """``{ … }`` or ``static { … }`` in a class: a scope without a name; what it calls is called by the class."""
    draft = st.builder.define(
        "", DefKind.FUNCTION, SymbolKind.FUNCTION, node.start_point[0] + 1, node.end_point[0] + 1,
        flags=DefFlag.HIDDEN | (DefFlag.STATIC if node.type == "static_initializer" else 0),
    )  # fmt: skip
    st.enter(draft)
    for part in node.named_children:
        st.visit(part)
    st.leave(draft)


MEMBERS: dict[str, Action] = {
    "field_declaration": field,
    "constant_declaration": field,
    "method_declaration": method,
    "annotation_type_element_declaration": method,
    "constructor_declaration": constructor,
    "compact_constructor_declaration": constructor,
}

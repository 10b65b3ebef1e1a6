"""Lowers Java's type declarations: classes, interfaces, enums, records, annotation types, and their bodies.

The members inside are reached through the state.
"""

from __future__ import annotations

from typing import NamedTuple

from tree_sitter import Node

from loomgraph.facts import BindingFlag, DefFlag, DefKind, Param
from loomgraph.model import SymbolKind
from loomgraph.parse.builder import DefinitionDraft
from loomgraph.parse.languages.java import doc, expressions, members, types
from loomgraph.parse.languages.java.state import COMMENTS, METHOD_MARK, NONE, Action, State


class _Form(NamedTuple):
    symbol: SymbolKind
    flags: int


_FORMS = {
    "class_declaration": _Form(SymbolKind.CLASS, 0),
    "interface_declaration": _Form(SymbolKind.INTERFACE, DefFlag.INTERFACE | DefFlag.ABSTRACT),
    "annotation_type_declaration": _Form(SymbolKind.INTERFACE, DefFlag.INTERFACE | DefFlag.ABSTRACT),
    "enum_declaration": _Form(SymbolKind.ENUM, DefFlag.ENUM),
    "record_declaration": _Form(SymbolKind.CLASS, DefFlag.DATACLASS),
}
_CONSTRUCTORS = frozenset(("constructor_declaration", "compact_constructor_declaration"))


def type_declaration(st: State, node: Node) -> None:
    name_node = node.child_by_field_name("name")
    if name_node is None:
        return
    form = _FORMS[node.type]
    builder = st.builder
    words = members.modifiers(node)
    flags = form.flags | words.flags
    if builder.definitions[builder.scope].kind == DefKind.CLASS and node.type != "class_declaration":
        flags |= DefFlag.STATIC
    draft = builder.define(
        st.text(name_node), DefKind.CLASS, form.symbol, node.start_point[0] + 1, node.end_point[0] + 1,
        name_line=name_node.start_point[0] + 1, flags=flags,
    )  # fmt: skip
    body = node.child_by_field_name("body")
    draft.doc = doc.javadoc(st, node)
    draft.signature = doc.signature(st, words.start, body.start_byte if body is not None else node.end_byte)
    builder.bind_definition(draft, _binding_flags(st))
    members.decorate(st, draft, words.annotations)
    owner, builder.owner = builder.owner, draft.index
    types.type_parameters(st, node.child_by_field_name("type_parameters"), draft)
    _bases(st, node, draft)
    builder.owner = owner
    st.enter(draft)
    if node.type == "record_declaration":
        _components(st, node, draft, body)
    if body is not None:
        st.class_bodies(st, body, draft)
    st.leave(draft)
    st.type_params.pop()


def _binding_flags(st: State) -> int:
    """A class in a method is known in its block only."""
    scope = st.builder.definitions[st.builder.scope]
    return BindingFlag.DECLARES if scope.kind == DefKind.FUNCTION else 0


def _bases(st: State, node: Node, draft: DefinitionDraft) -> None:
    superclass = node.child_by_field_name("superclass")
    if superclass is not None:
        for base in types.type_list(st, superclass, refer=False)[:1]:
            draft.bases.append((base, "INHERITS"))
            st.bases[draft.index] = base
    for part in node.named_children:
        kind = part.type
        if kind == "super_interfaces":
            draft.bases += [(base, "IMPLEMENTS") for base in types.type_list(st, part, refer=False)]
        elif kind == "extends_interfaces":
            draft.bases += [(base, "INHERITS") for base in types.type_list(st, part, refer=False)]
        elif kind == "permits":
            types.type_list(st, part)


def _components(st: State, node: Node, draft: DefinitionDraft, body: Node | None) -> None:
    """A record's components: fields, parameters of its constructor, and accessors where none is written."""
    listed = node.child_by_field_name("parameters")
    written = _written_accessors(st, body)
    for part in listed.named_children if listed is not None else ():
        for param in expressions.parameter(st, part):
            draft.params.append(param)
            value = st.builder.typed(param.annotation) if param.annotation >= 0 else st.unknown()
            line = part.start_point[0] + 1
            if param.name in written:
                members.field_symbol(st, param.name, part, line, DefFlag.PRIVATE)
            else:
                _accessor(st, param, part, line)
            st.builder.bind(param.name, value, flags=BindingFlag.TYPED, line=line)


def _accessor(st: State, param: Param, node: Node, line: int) -> None:
    accessor = st.builder.define(
        param.name, DefKind.FUNCTION, SymbolKind.PROPERTY, line, node.end_point[0] + 1, flags=DefFlag.EXPORTED
    )
    accessor.result = param.annotation
    accessor.signature = doc.signature(st, node.start_byte, node.end_byte)
    st.builder.bind(param.name + METHOD_MARK, st.definition(accessor.index), flags=BindingFlag.DEFINES, line=line)


def _written_accessors(st: State, body: Node | None) -> set[str]:
    found = set()
    for part in body.named_children if body is not None else ():
        if part.type == "method_declaration":
            name, params = part.child_by_field_name("name"), part.child_by_field_name("parameters")
            if name is not None and params is not None and not params.named_child_count:
                found.add(st.text(name))
    return found


def class_body(st: State, body: Node, draft: DefinitionDraft) -> None:
    """What a class holds; its scope has begun."""
    constructs = False
    for part in _flat(body):
        kind = part.type
        if kind == "block" or kind == "static_initializer":
            members.initializer(st, part)
        else:
            constructs = constructs or kind in _CONSTRUCTORS
            st.visit(part)
    base = st.bases.get(draft.index, NONE)
    if base >= 0 and not constructs and not draft.flags & DefFlag.HIDDEN:  # the constructor that is not written
        expressions.call(st, base, [], draft.name_line, new=True)


def _flat(body: Node) -> list[Node]:
    found: list[Node] = []
    for part in body.named_children:
        if part.type == "enum_body_declarations":
            found += part.named_children
        elif part.type not in COMMENTS:
            found.append(part)
    return found


def enum_constant(st: State, node: Node) -> None:
    """A constant of an enum: an instance, made by a constructor, perhaps of a class of its own."""
    name_node = node.child_by_field_name("name")
    around = st.enclosing_class()
    if name_node is None or around < 0:
        return
    builder = st.builder
    name, line = st.text(name_node), name_node.start_point[0] + 1
    draft = members.field_symbol(st, name, node, line, DefFlag.STATIC | DefFlag.EXPORTED, symbol=SymbolKind.ENUM_MEMBER)
    draft.doc = doc.javadoc(st, node)
    draft.signature = name
    of_enum = st.definition(around)
    builder.bind(name, builder.typed(of_enum), flags=BindingFlag.TYPED, line=line)
    words = members.modifiers(node)
    members.decorate(st, draft, words.annotations)
    members.enter_field(st, draft)
    args = expressions.arguments(st, node.child_by_field_name("arguments"))
    expressions.call(st, of_enum, args, line, new=True)
    body = node.child_by_field_name("body")
    if body is not None:
        expressions.anonymous(st, body, of_enum)
    st.leave(draft)


def annotation(st: State, node: Node) -> None:
    """An annotation on something that is no symbol."""
    name = node.child_by_field_name("name")
    if name is not None:
        types.type_expression(st, name)
    members.annotation_arguments(st, node)


def package(st: State, node: Node) -> None:
    for part in node.named_children:
        if part.type in ("identifier", "scoped_identifier"):
            st.builder.package = "".join(st.text(part).split())
        else:
            st.visit(part)


def import_(st: State, node: Node) -> None:
    line = node.start_point[0] + 1
    kinds = [part.type for part in node.children]
    static, star = "static" in kinds, "asterisk" in kinds
    names = [part for part in node.named_children if part.type in ("identifier", "scoped_identifier")]
    if not names:
        return
    dotted = "".join(st.text(names[0]).split())
    kind = "static" if static else "import"
    if star:
        st.builder.bind_import(dotted, "*", "", line, kind=kind)
        return
    module, _, name = dotted.rpartition(".")
    st.builder.bind_import(module, name, name, line, kind=kind)
    if static:  # may name methods, fields and classes at once
        st.builder.bind_import(module, name + METHOD_MARK, name + METHOD_MARK, line, kind="static")


DECLARATIONS: dict[str, Action] = {
    **dict.fromkeys(_FORMS, type_declaration),
    "enum_constant": enum_constant,
    "annotation": annotation,
    "marker_annotation": annotation,
    "package_declaration": package,
    "import_declaration": import_,
}

"""Declarations are known in their whole block: define and bind them before its statements are walked.

Declarations of one name in one block merge (a class with a namespace, an interface with an interface, overloads
with their implementation): the name is bound once, to all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from loomgraph.facts import BindingFlag, DefFlag, DefKind
from loomgraph.parse.builder import DefinitionDraft
from loomgraph.parse.languages.ecmascript.walk import Local, Walk, line_of


class _Form(NamedTuple):
    kind: DefKind
    symbol_kind: str
    flags: int
    is_type: bool


_NO_FLAGS = 0
_FORMS = {
    "function_declaration": _Form(DefKind.FUNCTION, "function", _NO_FLAGS, False),
    "generator_function_declaration": _Form(DefKind.FUNCTION, "function", _NO_FLAGS, False),
    "function_signature": _Form(DefKind.FUNCTION, "function", DefFlag.OVERLOAD, False),
    "class_declaration": _Form(DefKind.CLASS, "class", _NO_FLAGS, True),
    "abstract_class_declaration": _Form(DefKind.CLASS, "class", DefFlag.ABSTRACT, True),
    "interface_declaration": _Form(DefKind.CLASS, "interface", DefFlag.INTERFACE, True),
    "enum_declaration": _Form(DefKind.CLASS, "enum", DefFlag.ENUM, True),
    "type_alias_declaration": _Form(DefKind.TYPE, "interface", _NO_FLAGS, True),
    "internal_module": _Form(DefKind.CLASS, "namespace", DefFlag.OBJECT, True),
    "module": _Form(DefKind.CLASS, "namespace", DefFlag.OBJECT, True),
}
_MERGE_RANK = {"class": 5, "function": 4, "enum": 3, "interface": 2, "namespace": 1}  # which declaration stands for all
_WRAPPERS = frozenset({"export_statement", "ambient_declaration", "expression_statement"})
_VARIABLES = frozenset({"lexical_declaration", "variable_declaration"})


def hoist(walk: Walk, nodes: list[Node], *, exported: bool) -> None:
    """Define and bind the declarations among the statements of a block; declare the names of its variables."""
    groups: dict[str, list[DefinitionDraft]] = {}
    symbols = walk.at_top()
    for node in _flat(nodes):
        kind = node.type
        is_exported = exported
        while kind in _WRAPPERS:
            is_exported = is_exported or kind == "export_statement"
            inner = _declaration(node)
            if inner is None:
                break
            node, kind = inner, inner.type
        if kind in _VARIABLES:
            _variables(walk, node, symbols)
        elif kind in _FORMS:
            _define(walk, node, _FORMS[kind], is_exported, groups)
    for name, drafts in groups.items():
        _bind(walk, name, drafts)


def _flat(nodes: list[Node]) -> Iterator[Node]:
    """The nodes, with what stands inside broken syntax."""
    for node in nodes:
        if node.type == "ERROR":
            yield from _flat(node.named_children)
        else:
            yield node


def _declaration(node: Node) -> Node | None:
    """The declaration inside `export …`, `declare …` or an expression statement."""
    if node.type == "expression_statement":
        first = node.named_children[0] if node.named_children else None
        return first if first is not None and first.type == "internal_module" else None
    declaration = node.child_by_field_name("declaration")
    if declaration is None and node.type == "ambient_declaration":
        declaration = next((child for child in node.named_children if child.type != "comment"), None)
    return declaration


def _variables(walk: Walk, node: Node, symbols: bool) -> None:
    for declarator in node.named_children:
        name_node = declarator.child_by_field_name("name")
        if name_node is not None and name_node.type == "identifier":
            typed = declarator.child_by_field_name("type") is not None
            walk.declare(walk.text(name_node), Local(walk.builder.scope, symbols, typed))


def constructs(walk: Walk, name: str, node: Node) -> bool:
    """Whether a function is used as a class: it has a prototype, or sets `this` and is called with `new`."""
    raw = name.encode()
    if raw in walk.prototype_of:
        return True
    return (name[:1].isupper() or raw in walk.new_of) and b"this." in walk.source[node.start_byte : node.end_byte]


def _define(walk: Walk, node: Node, form: _Form, exported: bool, groups: dict[str, list[DefinitionDraft]]) -> None:
    name_node = node.child_by_field_name("name")
    if name_node is None or name_node.type == "string":
        return
    while name_node.type == "nested_identifier":  # `namespace A.B`: the outermost is what this block declares
        outer = name_node.child_by_field_name("object")
        if outer is None:
            return
        name_node = outer
    name = walk.text(name_node)
    kind, symbol_kind = form.kind, form.symbol_kind
    if node.type == "function_declaration" and constructs(walk, name, node):
        kind, symbol_kind = DefKind.CLASS, "class"
    elif kind == DefKind.TYPE:
        value = node.child_by_field_name("value")
        if value is not None and value.type == "object_type":
            kind = DefKind.CLASS
    draft = walk.builder.define(
        name, kind, symbol_kind, line_of(node), node.end_point[0] + 1, name_line=line_of(name_node), flags=form.flags
    )
    if kind == DefKind.CLASS and form.kind == DefKind.TYPE:
        draft.flags |= DefFlag.INTERFACE
    if exported:
        draft.flags |= DefFlag.EXPORTED
    walk.hoisted[node.start_byte] = draft
    groups.setdefault(name, []).append(draft)
    known = walk.frames[-1].get(name)
    types = known.types if known is not None else ()
    if form.is_type or kind == DefKind.CLASS:
        types += (draft.index,)
    holder = draft.index if kind != DefKind.TYPE else -1
    if known is not None and known.holder >= 0 and not form.is_type:
        types = known.types  # overloads and functions beside a namespace
    walk.declare(name, Local(walk.builder.scope, True, True, holder, types))


def _bind(walk: Walk, name: str, drafts: list[DefinitionDraft]) -> None:
    """Bind a name to what it was declared as; the overloads of a function first, its implementation last.

    What merges with the declaration that stands for the name is noted in ``extra["merged"]``.
    """
    builder = walk.builder
    overloads = [draft for draft in drafts if draft.flags & DefFlag.OVERLOAD]
    others = [draft for draft in drafts if not draft.flags & DefFlag.OVERLOAD]
    if overloads and not any(draft.kind == DefKind.FUNCTION for draft in others):
        # An ambient function: one of its signatures has to stand for it.
        overloads[-1].flags &= ~DefFlag.OVERLOAD
        others.insert(0, overloads.pop())
    for draft in overloads:
        builder.bind_definition(draft, flags=BindingFlag.DECLARES)
    main = max(others, key=lambda draft: (_MERGE_RANK.get(draft.symbol_kind, 0), -draft.index))
    if main.kind == DefKind.FUNCTION:  # a function declared twice: the later one counts
        main = [draft for draft in others if draft.kind == DefKind.FUNCTION][-1]
    builder.bind_definition(main, flags=BindingFlag.DECLARES)
    merged = [draft.index for draft in others if draft is not main and draft.kind != DefKind.FUNCTION]
    if merged:
        table = builder.extra.setdefault("merged", {})
        assert isinstance(table, dict)
        table[main.index] = merged
    types = [draft for draft in (main, *others) if draft.kind in (DefKind.CLASS, DefKind.TYPE)]
    if types and len(others) > 1:
        local = walk.frames[-1][name]
        walk.frames[-1][name] = local._replace(holder=main.index, types=(types[0].index,))

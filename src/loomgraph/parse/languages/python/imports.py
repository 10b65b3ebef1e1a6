"""Imports, and the names that ``__all__`` gives to others."""

from __future__ import annotations

from typing import Final

from tree_sitter import Node

from loomgraph.parse.languages.python import nodes as k
from loomgraph.parse.languages.python.nodes import meaningful
from loomgraph.parse.languages.python.state import State

_TYPING: Final = frozenset({"typing", "typing_extensions", "collections.abc"})


def plain_import(s: State, node: Node) -> None:
    """``import a.b`` binds ``a``; ``import a.b as c`` binds the module itself."""
    for child in meaningful(node):
        line = child.start_point[0] + 1
        if child.kind_id == k.ALIASED_IMPORT:
            module_node, alias_node = meaningful(child)
            module, alias = s.text(module_node), s.text(alias_node)
            _bind(s, module, "", alias, line, 0, "import")
        else:
            module = s.text(child)
            alias, dot, _ = module.partition(".")
            if dot:
                s.b.bind_import(module, "", "", line, kind="import")
            _bind(s, alias, "", alias, line, 0, "import")
        s.modules.add(alias)
        if module in _TYPING:
            s.typing_modules.add(alias)


def from_import(s: State, node: Node) -> None:
    module = ""
    level = 0
    seen_module = False
    for child in meaningful(node):
        kind = child.kind_id
        line = child.start_point[0] + 1
        if not seen_module:
            seen_module = True
            if kind == k.RELATIVE_IMPORT:
                for part in meaningful(child):
                    if part.kind_id == k.IMPORT_PREFIX:
                        level = s.text(part).count(".")
                    else:
                        module = s.text(part)
            else:
                module = s.text(child)
        elif kind == k.WILDCARD_IMPORT:
            s.b.bind_import(module, "*", "", line, level=level, kind="from")
            s.opaque_names = True
        elif kind == k.ALIASED_IMPORT:
            name_node, alias_node = meaningful(child)
            _bind(s, module, s.text(name_node), s.text(alias_node), line, level, "from")
        else:
            name = s.text(child)
            _bind(s, module, name, name, line, level, "from")


def _bind(s: State, module: str, name: str, alias: str, line: int, level: int, kind: str) -> None:
    redirected = s.frame.redirect.get(alias)
    s.declare(alias)
    s.frame.symbols.add(alias)
    if name and module in _TYPING and not level:
        s.typing[alias] = name
    if redirected is not None:
        outer, s.b.scope = s.b.scope, redirected
        s.b.bind_import(module, name, alias, line, level=level, kind=kind)
        s.b.scope = outer
    else:
        s.b.bind_import(module, name, alias, line, level=level, kind=kind)


def exported_names(s: State, node: Node) -> None:
    """The names in a value given to ``__all__``; anything but names written out makes the list open."""
    if node.kind_id in (k.LIST, k.TUPLE, k.EXPRESSION_LIST, k.PARENTHESIZED):
        for child in meaningful(node):
            if child.kind_id == k.STRING:
                s.b.export(s.text(child).strip("\"'"), line=child.start_point[0] + 1)
            else:
                s.opaque_all = True
    elif node.kind_id == k.BINARY_OPERATOR:
        for child in meaningful(node):
            exported_names(s, child)
    else:
        s.opaque_all = True

"""Rows that were given → the symbols they are in a store: one way for whoever writes them and whoever shows them.

It must not know where rows come from.
"""

from __future__ import annotations

import re

from loomgraph.knowledge import GivenEntity, place_of, symbol_kind
from loomgraph.model import Symbol, SymbolKind
from loomgraph.store.base import last_name

_WHOLE = frozenset({SymbolKind.MODULE, SymbolKind.FILE, SymbolKind.NAMESPACE, SymbolKind.PACKAGE, SymbolKind.OBJECT})
_DOTTED = re.compile(r"[\w.#]*[.#](\w+)")


def symbol_of(path: str, row: GivenEntity) -> Symbol:
    """The symbol of an entity that the file at ``path`` was given."""
    name, kind, place = row.entity_name, symbol_kind(row.entity_type), place_of(row.source_id, row.file_path)
    return Symbol(
        name, kind, short_name(name, kind), path, place.line, place.end, place.line, "", "", "", row.description or "",
    )  # fmt: skip


def short_name(name: str, kind: SymbolKind) -> str:
    """What a call site would say: the last part of a dotted name, unless it is the name of a file or of no code."""
    if kind not in _WHOLE and "::" not in name and (match := _DOTTED.fullmatch(name)):
        return match[1]
    return last_name(name)

"""Rows that were given → the symbols and edges they are in a store: one way for whoever writes them and whoever shows
them.

It must not know where rows come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from loomgraph.errors import GraphDamaged
from loomgraph.knowledge import GivenEntity, GivenRelation, Packed, place_of, symbol_kind
from loomgraph.model import Edge, Resolution, Symbol, SymbolKind
from loomgraph.store.base import last_name

_WHOLE = frozenset({SymbolKind.MODULE, SymbolKind.FILE, SymbolKind.NAMESPACE, SymbolKind.PACKAGE, SymbolKind.OBJECT})
_DOTTED = re.compile(r"[\w.#]*[.#](\w+)")
_MOST_SITES = 1_000_000
_EXACT = Resolution.EXACT  # an enumeration is slow to ask


def packed_rows(path: str, data: bytes) -> Packed:
    """The rows of the inserted file at ``path``, to look at some of them; raises ``GraphDamaged``."""
    try:
        return Packed(data)
    except (ValueError, msgspec.MsgspecError) as error:
        raise GraphDamaged(path=path, reason=f"its inserted rows cannot be read ({error})") from error


def symbol_of(path: str, row: GivenEntity) -> Symbol:
    """The symbol of an entity that the file at ``path`` was given."""
    name, kind, place = row.entity_name, symbol_kind(row.entity_type), place_of(row.source_id, row.file_path)
    return Symbol(
        name, kind, short_name(name, kind), path, place.line, place.end, place.line, "", "", "", row.description or "",
    )  # fmt: skip


def edges_of(path: str, row: GivenRelation, kinds: Iterable[str]) -> list[Edge]:
    """The edges of a relation that the file at ``path`` was given: one of each of the ``kinds`` it names."""
    line, weight = place_of(row.source_id, row.file_path).line, row.weight
    count = 1 if weight is None or weight == 1.0 else min(max(1, round(weight)), _MOST_SITES)
    lines = (line,) if line else ()
    return [Edge(kind, row.src_id, row.tgt_id, path, lines, count, _EXACT) for kind in kinds]


def short_name(name: str, kind: SymbolKind) -> str:
    """What a call site would say: the last part of a dotted name, unless it is the name of a file or of no code."""
    if kind not in _WHOLE and "::" not in name and (match := _DOTTED.fullmatch(name)):
        return match[1]
    return last_name(name)

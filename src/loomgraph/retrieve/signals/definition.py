"""The definition signal: the passage defines what the question names.

The more definitions share a name, the less each of them counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from loomgraph.model import Symbol, SymbolKind
from loomgraph.retrieve.question import last_part, parts
from loomgraph.retrieve.signals.pool import Found

if TYPE_CHECKING:
    from loomgraph.retrieve.view import View
    from loomgraph.store.base import Reader

_NAMESAKES = 40  # definitions of one name that are looked at
_CONTAINERS = frozenset((
    SymbolKind.CLASS, SymbolKind.INTERFACE, SymbolKind.STRUCT, SymbolKind.ENUM, SymbolKind.MODULE, SymbolKind.NAMESPACE,
))  # fmt: skip


def find(reader: Reader, view: View, names: Sequence[str]) -> Iterator[Found]:
    """The passages that define any of ``names``."""
    by_name = [definitions(reader, name) for name in names]
    contents = view.contents(reader, [one.file for symbols in by_name for one in symbols])
    found: dict[tuple[int, int], float] = {}
    for symbols in by_name:
        share = 1.0 / (1.0 + 0.1 * (len(symbols) - 1))
        for symbol in symbols:
            place = contents[symbol.file].place_of(symbol)
            if place >= 0:
                passage = view.files[symbol.file].number, place
                found[passage] = max(found.get(passage, 0.0), share * (1.0 if symbol.kind in _CONTAINERS else 0.8))
    if found:
        files, places = np.array(list(found), np.intp).T
        yield Found("definition", files, places, np.array(list(found.values())))


def definitions(reader: Reader, name: str) -> list[Symbol]:
    """The symbols a dotted name may mean: those whose own names end in it."""
    last = last_part(name)
    spellings = dict.fromkeys((last, last.lower(), last[:1].upper() + last[1:]))
    named = [s for s in reader.symbols_named(list(spellings)) if s.file]
    named = [s for s in named if s.name == last] or named
    wanted = parts(name)
    if len(wanted) > 1:
        exact = [s for s in named if s.qualified_name.split(".")[-len(wanted) :] == wanted]
        named = exact or [s for s in named if wanted[-2].lower() in s.id.lower()] or named
    return named[:_NAMESAKES]

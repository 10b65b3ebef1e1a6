"""Given: what was inserted behind the symbols and edges of one answer, each row read once however often it is needed.

A relation that was inserted is looked at for its edge, for its words and at last to be shown as it was given. It must
not know how anything is ranked or shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from loomgraph.knowledge import UNKNOWN_SOURCE, bucket, edge_kinds
from loomgraph.retrieve.view import GivenContent
from loomgraph.store.base import edge_order
from loomgraph.store.inserted import edges_of

if TYPE_CHECKING:
    from loomgraph.knowledge import GivenEntity, GivenRelation
    from loomgraph.model import Edge, Symbol
    from loomgraph.retrieve.answer import Entity, Relation
    from loomgraph.retrieve.view import View
    from loomgraph.store.base import Reader

_TOLD = 60  # files that are opened to see what relations say


class Given:
    """The inserted rows of one moment of a graph, as far as one question leads to them."""

    def __init__(self, view: View, reader: Reader) -> None:
        self._view = view
        self._reader = reader
        self._relations: dict[tuple[str, str], list[GivenRelation]] = {}  # by file and source
        self._kinds: dict[str, dict[str, str]] = {}

    def edges_from(self, symbols: Sequence[Symbol]) -> list[Edge]:
        """The edges that begin at symbols. Those in a symbol's own inserted file are taken from its rows, which are
        open: nothing else is to be read of them."""
        contents = self._contents(one.file for one in symbols)
        found: list[Edge] = []
        for one in symbols:
            if one.file in contents:
                for row in self._rows(contents, one.file, one.id):
                    found += edges_of(one.file, row, self._kinds_of(row))
        found += self._reader.strays_from([one.id for one in symbols if one.file in contents])
        if others := [one.id for one in symbols if one.file not in contents]:
            found += self._reader.edges_from(others)
        return sorted(dict.fromkeys(found), key=edge_order)

    def told(self, edges: Sequence[Edge]) -> list[str]:
        """What was said of relations where they were inserted: keywords and description, "" of all others."""
        contents = self._contents(sorted({edge.file for edge in edges if self._is_given(edge.file)})[:_TOLD])
        found = []
        for edge in edges:
            rows = self._rows(contents, edge.file, edge.source) if edge.file in contents else ()
            found.append(" ".join([f"{row.keywords} {row.description}" for row in rows if row.tgt_id == edge.target]))
        return found

    def entities(self, shown: Sequence[Entity]) -> list[GivenEntity | None]:
        """The row behind each of some entities, None of those that nobody gave."""
        places = [_place(one.symbol.file, one.symbol.id) for one in shown]
        contents = self._contents(places)
        return [
            contents[path].rows.entity(one.symbol.id) if path in contents else None
            for one, path in zip(shown, places, strict=True)
        ]

    def relations(self, shown: Sequence[Relation]) -> list[GivenRelation | None]:
        """The row behind each of some relations, None of those that nobody gave."""
        places = [_place(one.file, one.source) for one in shown]
        contents = self._contents(places)
        found: list[GivenRelation | None] = []
        for one, path in zip(shown, places, strict=True):
            rows = self._rows(contents, path, one.source) if path in contents else ()
            behind = (row for row in rows if row.tgt_id == one.target and one.kind in self._kinds_of(row))
            found.append(next(behind, None))
        return found

    def _is_given(self, path: str) -> bool:
        file = self._view.files.get(path)
        return file is not None and bool(file.given)

    def _contents(self, paths: Iterable[str]) -> dict[str, GivenContent]:
        """Those of some files that were inserted."""
        found = self._view.contents(self._reader, [path for path in paths if self._is_given(path)])
        return {path: content for path, content in found.items() if isinstance(content, GivenContent)}

    def _rows(self, contents: Mapping[str, GivenContent], path: str, source: str) -> list[GivenRelation]:
        """The relations that a file says of a name."""
        rows = self._relations.get((path, source))
        if rows is None:
            rows = self._relations[path, source] = contents[path].rows.relations_from(source)
        return rows

    def _kinds_of(self, row: GivenRelation) -> dict[str, str]:
        kinds = self._kinds.get(row.keywords)
        if kinds is None:
            kinds = self._kinds[row.keywords] = edge_kinds(row.keywords)
        return kinds


def _place(shown: str, name: str) -> str:
    """The file that an answer shows, as it lies in the graph."""
    return bucket(name) if shown == UNKNOWN_SOURCE else shown

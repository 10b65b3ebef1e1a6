"""Given: what was inserted behind the symbols and edges of one answer, each row read once however often it is needed.

A relation that was inserted is looked at for its edge, for its words and at last to be shown as it was given. It must
not know how anything is ranked or shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from loomgraph.knowledge import UNKNOWN_SOURCE, bucket, edge_kinds
from loomgraph.retrieve.view import GivenContent
from loomgraph.store.base import edge_order
from loomgraph.store.inserted import edges_of

if TYPE_CHECKING:
    from loomgraph.knowledge import GivenEntity, GivenRelation, Packed
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
        self._files: dict[str, Packed] = {}
        self._relations: dict[tuple[str, str], list[GivenRelation]] = {}  # by file and source
        self._kinds: dict[str, dict[str, str]] = {}

    def edges_from(self, symbols: Sequence[Symbol]) -> list[Edge]:
        """The edges that begin at symbols. Those in a symbol's own inserted file are taken from its rows, which are
        open: nothing else is to be read of them."""
        self._open([one.file for one in symbols])
        found: list[Edge] = []
        given: list[str] = []
        others: list[str] = []
        for one in symbols:
            (given if one.file in self._files else others).append(one.id)
            for row in self._from(one.file, one.id):
                found += edges_of(one.file, row, self._kinds_of(row))
        found += self._reader.strays_from(given)
        if others:
            found += self._reader.edges_from(others)
        return sorted(dict.fromkeys(found), key=edge_order)  # a row of what is outside the project is a stray, too

    def told(self, edges: Sequence[Edge]) -> list[str]:
        """What was said of relations where they were inserted: keywords and description, "" of all others."""
        files = set(sorted({edge.file for edge in edges if self._is_given(edge.file)})[:_TOLD])
        self._open(files)
        found = []
        for edge in edges:
            rows = self._from(edge.file, edge.source) if edge.file in files else ()
            found.append(" ".join([f"{row.keywords} {row.description}" for row in rows if row.tgt_id == edge.target]))
        return found

    def entities(self, shown: Sequence[Entity]) -> list[GivenEntity | None]:
        """The row behind each of some entities, None of those that nobody gave."""
        places = [_place(one.symbol.file, one.symbol.id) for one in shown]
        self._open(places)
        files = [self._files.get(path) for path in places]
        return [
            file.entity(one.symbol.id) if file is not None else None for one, file in zip(shown, files, strict=True)
        ]

    def relations(self, shown: Sequence[Relation]) -> list[GivenRelation | None]:
        """The row behind each of some relations, None of those that nobody gave."""
        places = [_place(one.file, one.source) for one in shown]
        self._open(places)
        found: list[GivenRelation | None] = []
        for one, path in zip(shown, places, strict=True):
            rows = (row for row in self._from(path, one.source) if row.tgt_id == one.target)
            found.append(next((row for row in rows if one.kind in self._kinds_of(row)), None))
        return found

    def _is_given(self, path: str) -> bool:
        file = self._view.files.get(path)
        return file is not None and bool(file.given)

    def _open(self, paths: Iterable[str]) -> None:
        """Have the rows of those of some files that were inserted."""
        new = [path for path in paths if path not in self._files and self._is_given(path)]
        for path, content in self._view.contents(self._reader, new).items():
            if isinstance(content, GivenContent):
                self._files[path] = content.rows

    def _from(self, path: str, source: str) -> list[GivenRelation]:
        """The relations that an open file says of a name."""
        rows = self._relations.get((path, source))
        if rows is None:
            file = self._files.get(path)
            rows = self._relations[path, source] = file.relations_from(source) if file is not None else []
        return rows

    def _kinds_of(self, row: GivenRelation) -> dict[str, str]:
        kinds = self._kinds.get(row.keywords)
        if kinds is None:
            kinds = self._kinds[row.keywords] = edge_kinds(row.keywords)
        return kinds


def _place(shown: str, name: str) -> str:
    """The file that an answer shows, as it lies in the graph."""
    return bucket(name) if shown == UNKNOWN_SOURCE else shown

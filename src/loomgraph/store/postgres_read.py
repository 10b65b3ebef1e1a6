"""Reads of the PostgreSQL store: one connection inside one transaction. Writes nothing, decides nothing.

What is read and in which order is :class:`SqliteReader`'s; here is only what the other database says otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from types import ModuleType
from typing import Any, ClassVar

from psycopg import RawCursor

from loomgraph.model import Edge, Symbol, UnresolvedCall
from loomgraph.store import postgres_passages as passages
from loomgraph.store import postgres_sql as sql
from loomgraph.store import sqlite_rows as rows
from loomgraph.store.base import PassageHits, PassageTerms, edge_order
from loomgraph.store.file_order import FileOrder, LastOrder
from loomgraph.store.postgres_database import Connection
from loomgraph.store.sqlite_read import SqliteReader

_BATCH = 5_000  # texts sent at a time
_SOME = 200  # files read at a time where all are


def plain(value: Any) -> Any:
    """A value as it may be sent: a text without NUL, which PostgreSQL holds in none."""
    return rows.without_nul(value) if isinstance(value, str) else value


class PostgresReader(SqliteReader):
    """A project's graph at the moment the transaction began (see :class:`loomgraph.store.base.Reader`)."""

    __slots__ = ("_cursor", "_order", "_orders", "_workspace")
    _sql: ClassVar[ModuleType] = sql

    def __init__(self, connection: Connection, workspace: int, orders: LastOrder | None = None) -> None:
        self._cursor = RawCursor(connection)
        self._workspace = workspace
        self._generation = None
        self._kinds = None
        self._orders = orders or LastOrder()
        self._order: FileOrder | None = None

    # -- running statements ----------------------------------------------------------------------------------

    def _rows(self, statement: str, parameters: Iterable[Any] = ()) -> list[Any]:
        values = [self._workspace, *map(plain, parameters)]
        return self._cursor.execute(statement, values, binary=True).fetchall()

    def _many(self, statement: str, values: Collection[str], before: tuple[Any, ...] = ()) -> Iterator[Any]:
        texts = [rows.without_nul(rows.encode_text(value)) for value in dict.fromkeys(values)]
        return self._many_numbers(statement, texts, before)

    def _many_numbers(self, statement: str, values: list[Any], before: tuple[Any, ...] = ()) -> Iterator[Any]:
        for start in range(0, len(values), _BATCH):
            yield from self._rows(statement, (*before, values[start : start + _BATCH]))

    def _kind_filter(self, kinds: Collection[str] | None) -> str:
        if kinds is None:
            return ""
        wanted = {str(kind) for kind in kinds}
        numbers = sorted(number for number, name in self._kind_names().items() if name in wanted)
        return f"AND e.kind = ANY('{{{','.join(map(str, numbers))}}}'::int[])"

    # -- rows that are written otherwise ---------------------------------------------------------------------

    def _symbols(self, found: Iterable[Any]) -> list[Symbol]:
        return super()._symbols(_with_parent(row) for row in found)

    def _edges(self, found: Iterable[Any]) -> list[Edge]:
        return super()._edges((*row[:5], _meant(row[5])) for row in found)

    def _dangling(self, found: Iterable[Any]) -> list[list[UnresolvedCall]]:
        return super()._dangling((*row[:3], _meant(row[3])) for row in found)

    # -- what is found by terms ------------------------------------------------------------------------------

    def _marked_numbers(self, marks: set[int]) -> set[int]:
        return {number for (number,) in self._many_numbers(sql.FILES_BY_MARK, list(marks))}

    def search_passages(
        self, terms: Sequence[str], weights: Sequence[float], limit: int, *, cards: bool = False
    ) -> PassageHits:
        found = passages.search(self._rows, passages.CARDS if cards else passages.CHUNKS, terms, weights, limit)
        if self._order is None:
            self._order = self._orders.of(self.generation(), lambda: self._plain(sql.PATHS))
        return PassageHits.best(self._order.of(found.files), found.places, found.scores, limit)

    def passage_counts(self, terms: Sequence[str]) -> list[int]:
        return passages.counts(self._rows, terms)

    def _said_passages(self, file: int) -> tuple[list[PassageTerms], int]:
        for cards, data in self._rows(sql.PASSAGES_SAID, (file,)):
            return passages.unpack_passages(data), cards
        return [], 0

    def _said_marks(self, file: int) -> list[int]:
        return [mark for (marks,) in self._rows(sql.TERMS_OF_FILE, (file,)) for mark in marks]

    # -- all of it: many files at a time, since each question is a journey -----------------------------------

    def all_edges(self, kinds: Collection[str] | None = None) -> Iterator[Edge]:
        statement = sql.EDGES_IN.replace("{kinds}", self._kind_filter(kinds))
        for paths in _some(self._paths()):
            yield from sorted(self._edges(self._many(statement, paths)), key=edge_order)

    def all_links(self, kinds: Collection[str]) -> Iterator[tuple[str, str]]:
        statement = sql.LINKS_IN.replace("{kinds}", self._kind_filter(kinds))
        decode = rows.link_from(self._kind_names())
        files = [number for _, number in sorted((path, number) for number, path in self._plain(sql.PATHS))]
        for numbers in _some(files):
            found = self._rows(statement, (numbers,))
            links = rows.read_all(lambda row: (row[0], *decode(row[1:])), found)
            place = {number: at for at, number in enumerate(numbers)}
            links.sort(key=lambda link: (place[link[0]], *link[1:]))
            yield from ((source, target) for _, source, _, target in links)

    def all_unresolved(self) -> Iterator[UnresolvedCall]:
        for paths in _some(self._paths()):
            yield from self.unresolved_in(paths)

    def lost_ends(self) -> int:
        """Edges whose ends or file are not there: none, unless the database is damaged."""
        return self._number(sql.LOST_ENDS)


def _some(items: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), _SOME):
        yield items[start : start + _SOME]


def said(value: int | str) -> str:
    """A number or a text as one text."""
    return f"={value}" if isinstance(value, str) else str(value)


def _meant(value: str) -> int | str:
    """What :func:`said` was given."""
    return value[1:] if value[:1] == "=" else int(value)


def _with_parent(row: Sequence[Any]) -> tuple[Any, ...]:
    return (*row[:7], _meant(row[7]), *row[8:])

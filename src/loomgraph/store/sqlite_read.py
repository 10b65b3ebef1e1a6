"""Reads of the SQLite store: one connection inside one read transaction. Writes nothing, decides nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from types import ModuleType
from typing import Any, ClassVar

from loomgraph.model import Chunk, Edge, EdgeKind, Problem, Symbol, SymbolFlag, UnresolvedCall
from loomgraph.store import sqlite_rows as rows
from loomgraph.store import sqlite_sql as sql
from loomgraph.store.base import (
    Counts,
    FileGraph,
    FileRecord,
    PassageHits,
    PassageTerms,
    edge_order,
    symbol_order,
    term_mark,
    unresolved_order,
)
from loomgraph.store.sqlite_passages import PassageSearch, Remembered
from loomgraph.store.sqlite_rows import encode_text

_SOME = 200  # files read at a time where all are
_BATCH = 900  # SQLite allows 999 parameters in its oldest builds


class SqliteReader:
    """The graph at the moment the transaction began (see :class:`loomgraph.store.base.Reader`)."""

    __slots__ = ("_connection", "_generation", "_kinds", "_remembered", "_search")
    _sql: ClassVar[ModuleType] = sql  # another database says the same in other words

    def __init__(self, connection: sqlite3.Connection, remembered: Remembered | None = None) -> None:
        self._connection = connection
        self._generation: int | None = None
        self._kinds: dict[int, str] | None = None
        self._remembered = remembered or Remembered()  # what one reader has learned of passages, the next need not
        self._search: PassageSearch | None = None

    # -- running statements ----------------------------------------------------------------------------------

    def _rows(self, statement: str, parameters: Iterable[Any] = ()) -> list[Any]:
        try:
            return self._connection.execute(statement, tuple(parameters)).fetchall()
        except UnicodeDecodeError as error:  # SQLite speaks of a schema that is no text
            raise rows.UnreadableRow(str(error)) from error

    def _plain(self, statement: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        return rows.read_all(rows.plain_row, self._rows(statement, parameters))

    def _many(self, statement: str, values: Collection[str], before: tuple[Any, ...] = ()) -> Iterator[Any]:
        """Rows of a statement with ``{many}`` in it, for any number of distinct values."""
        return self._many_numbers(statement, [encode_text(value) for value in dict.fromkeys(values)], before)

    def _many_numbers(self, statement: str, values: list[Any], before: tuple[Any, ...] = ()) -> Iterator[Any]:
        for start in range(0, len(values), _BATCH):
            batch = values[start : start + _BATCH]
            # As many as the next power of two, the last again and again: to prepare a statement with hundreds of
            # parameters takes longer than to run it, and those of few lengths stay prepared.
            batch += batch[-1:] * (min(1 << (len(batch) - 1).bit_length(), _BATCH) - len(batch))
            yield from self._rows(statement.replace("{many}", ",".join("?" * len(batch))), (*before, *batch))

    def _kind_names(self) -> dict[int, str]:
        if self._kinds is None:
            self._kinds = dict(self._plain(self._sql.KINDS))
        return self._kinds

    def _kind_number(self, kind: str) -> int:
        return next((number for number, name in self._kind_names().items() if name == kind), -1)

    def _kind_filter(self, kinds: Collection[str] | None) -> str:
        if kinds is None:
            return ""
        wanted = {str(kind) for kind in kinds}
        numbers = sorted(number for number, name in self._kind_names().items() if name in wanted)
        return f"AND e.kind IN ({','.join(map(str, numbers))})"

    # -- the graph itself ------------------------------------------------------------------------------------

    def generation(self) -> int:
        if self._generation is None:
            found = rows.read_all(lambda row: int(row[0]), self._rows(self._sql.GENERATION))
            self._generation = next(iter(found), 0)
        return self._generation

    def meta(self) -> dict[str, str]:
        return dict(sorted(self._plain(self._sql.META)))

    def counts(self) -> Counts:
        """What the last update counted: counting a large graph takes longer than finding that nothing changed."""
        kept = rows.read_all(rows.counts_from, self._rows(self._sql.COUNTS))
        return kept[0] if kept else self.counted()

    def counted(self) -> Counts:
        """The rows of the graph, counted."""
        kinds = self._kind_names()
        edges: dict[tuple[int, int], int] = {}
        for sign, statement in ((1, self._sql.COUNT_EDGES), (-1, self._sql.COUNT_HIDDEN)):
            for kind, resolution, count in self._plain(statement):
                edges[kind, resolution] = edges.get((kind, resolution), 0) + sign * count
        triples = [(kind, resolution, count) for (kind, resolution), count in edges.items()]
        named = rows.read_all(lambda row: (kinds[row[0]], str(rows.RESOLUTIONS[row[1]]), row[2]), triples)
        by_kind: dict[str, int] = {}
        by_resolution: dict[str, int] = {}
        for name, sureness, count in named:
            by_kind[name] = by_kind.get(name, 0) + count
            by_resolution[sureness] = by_resolution.get(sureness, 0) + count
        calls = self._rows(self._sql.DANGLING, (self._kind_number(EdgeKind.CALLS),))
        dangling = sum(map(len, self._dangling(calls)))
        by_language = dict(self._plain(self._sql.COUNT_FILES))
        symbols = dict(self._plain(self._sql.COUNT_SYMBOLS))
        return Counts(
            files=sum(by_language.values()),
            symbols=sum(symbols.values()),
            externals=self._number(self._sql.COUNT_EXTERNALS),
            edges=sum(by_kind.values()),
            unresolved=self._number(self._sql.COUNT_UNRESOLVED) + dangling,
            chunks=self._number(self._sql.COUNT_CHUNKS),
            problems=self._number(self._sql.COUNT_PROBLEMS),
            symbols_by_kind=_sorted_counts(symbols),
            edges_by_kind=_sorted_counts(by_kind),
            edges_by_resolution=_sorted_counts(by_resolution),
            files_by_language=_sorted_counts(by_language),
        )

    def _number(self, statement: str) -> int:
        return next(int(number) for (number,) in self._rows(statement))

    # -- files -----------------------------------------------------------------------------------------------

    def files(self) -> list[FileRecord]:
        return sorted(rows.read_all(rows.file_from, self._rows(self._sql.FILES)), key=lambda record: record.path)

    def file(self, path: str) -> FileRecord | None:
        return next(iter(rows.read_all(rows.file_from, self._rows(self._sql.FILE, (encode_text(path),)))), None)

    def problems(self) -> list[Problem]:
        found = [Problem(path, line, reason) for path, line, reason in self._plain(self._sql.PROBLEMS)]
        return sorted(found, key=lambda problem: problem.file)

    def chunks_in(self, paths: Collection[str]) -> list[Chunk]:
        groups = rows.read_all(rows.unpack_chunks, self._many(self._sql.CHUNKS, paths))
        return [chunk for group in sorted(groups, key=lambda group: group[0].file) for chunk in group]

    def search_passages(
        self, terms: Sequence[str], weights: Sequence[float], limit: int, *, cards: bool = False
    ) -> PassageHits:
        return self._passages().search(terms, weights, limit, cards)

    def passage_counts(self, terms: Sequence[str]) -> list[int]:
        return self._passages().counts(terms)

    def _passages(self) -> PassageSearch:
        if self._search is None:
            passages = self._remembered.of(self.generation(), self._rows)
            self._search = PassageSearch(passages, self._rows)
        return self._search

    def vectors(self, paths: Collection[str] | None = None) -> Iterator[tuple[str, bytes]]:
        if paths is None:
            yield from sorted(self._plain(self._sql.VECTORS))
        else:
            yield from sorted(rows.read_all(rows.plain_row, self._many(self._sql.VECTORS_OF, paths)))

    def without_vectors(self) -> list[str]:
        return sorted(path for (path,) in self._plain(self._sql.WITHOUT_VECTORS))

    def said(self) -> Iterator[FileGraph]:
        for number, record in sorted(self._numbered(), key=lambda one: one[1].path):
            path = (encode_text(record.path),)
            passages, cards = self._said_passages(number)
            calls = rows.read_all(rows.unresolved_from, self._rows(self._sql.UNRESOLVED_SAID, (number,)))
            yield FileGraph(
                record, self.symbols_in([record.path]), self._edges(self._rows(self._sql.EDGES_SAID, path)),
                list(chain.from_iterable(calls)), self.chunks_in([record.path]),
                [Problem(*found) for found in self._plain(self._sql.PROBLEMS_SAID, path)],
                passages=passages, vectors=b"".join(data for _, data in self.vectors([record.path])), cards=cards,
                marks=self._said_marks(number),
            )  # fmt: skip

    def _numbered(self) -> list[tuple[int, FileRecord]]:
        numbers = {rows.decode_text(path): number for number, path in self._plain(self._sql.PATHS)}
        return [(numbers[record.path], record) for record in self.files()]

    def _said_passages(self, file: int) -> tuple[list[PassageTerms], int]:
        """The passages of a file, and how many of them are cards."""
        for cards, terms in self._plain(self._sql.PASSAGES_SAID, (file,)):
            return rows.read_all(lambda row: rows.part_passages(row[0]), [(terms,)])[0], cards
        return [], 0

    def _said_marks(self, file: int) -> list[int]:
        packed = rows.read_all(lambda row: rows.unpack_numbers(row[0]), self._rows(self._sql.TERMS_OF_FILE, (file,)))
        numbers = list(chain.from_iterable(packed))
        return sorted(mark for (mark,) in self._many_numbers(self._sql.MARKS_SAID, numbers))

    def facts(self, keys: Collection[str]) -> dict[str, bytes]:
        return dict(rows.read_all(rows.plain_row, self._many(self._sql.FACTS, keys)))

    def kept(self) -> list[str]:
        return sorted({key for (keys,) in self._plain(self._sql.KEPT) for key in keys.split("\n")})

    def dependents(self, paths: Collection[str] = (), keys: Collection[str] = ()) -> list[str]:
        return self._marked({*(term_mark("p", path) for path in paths), *(term_mark("k", key) for key in keys)})

    def dependent_count(self, path: str) -> int:
        return len(self._marked_numbers({term_mark("p", path)}))

    def files_defining(self, name: str) -> list[str]:
        return self._marked({term_mark("d", name)})

    def files_calling(self, name: str) -> list[str]:
        return self._marked({term_mark("c", name)})

    def _marked(self, marks: set[int]) -> list[str]:
        paths = self._many_numbers(self._sql.PATHS_BY_ID, list(self._marked_numbers(marks)))
        return sorted(path for (path,) in rows.read_all(rows.plain_row, paths))

    def _marked_numbers(self, marks: set[int]) -> set[int]:
        numbers: set[int] = set()
        packed = self._many_numbers(self._sql.FILES_BY_MARK, list(marks))
        numbers.update(*rows.read_all(lambda row: rows.unpack_numbers(row[0]), packed))
        return numbers

    # -- symbols ---------------------------------------------------------------------------------------------

    def symbols(self, ids: Collection[str]) -> dict[str, Symbol]:
        found = {symbol.id: symbol for symbol in self._symbols(self._many(self._sql.SYMBOLS_BY_KEY, ids))}
        return {symbol_id: found[symbol_id] for symbol_id in ids if symbol_id in found}

    def flagged(self, ids: Collection[str], flag: SymbolFlag) -> set[str]:
        return {key for (key,) in rows.read_all(rows.plain_row, self._many(self._sql.FLAGGED, ids, (int(flag),)))}

    def symbols_in(self, paths: Collection[str]) -> list[Symbol]:
        return sorted(self._symbols(self._many(self._sql.SYMBOLS_BY_PATH, paths)), key=symbol_order)

    def symbols_named(self, names: Collection[str]) -> list[Symbol]:
        return sorted(self._symbols(self._many(self._sql.SYMBOLS_BY_NAME, names)), key=symbol_order)

    def names(self, part: str = "") -> list[str]:
        wanted = part.casefold()
        return sorted(name for (name,) in self._plain(self._sql.NAMES) if wanted in name.casefold())

    def all_symbols(self) -> Iterator[Symbol]:
        yield from sorted(self._symbols(self._rows(self._sql.SYMBOLS_EXTERNAL)), key=symbol_order)
        paths = self._paths()
        for start in range(0, len(paths), _SOME):
            yield from self.symbols_in(paths[start : start + _SOME])

    def _paths(self) -> list[str]:
        return sorted(path for _, path in self._plain(self._sql.PATHS))

    # -- edges -----------------------------------------------------------------------------------------------

    def edges_from(self, ids: Collection[str], kinds: Collection[str] | None = None) -> list[Edge]:
        chosen = self._kind_filter(kinds)
        found: list[Edge] = []
        for statement in (self._sql.EDGES_FROM, self._sql.EDGES_FROM_STRAYS):
            found += self._edges(self._many(statement.replace("{kinds}", chosen), ids))
        found.sort(key=edge_order)
        return found

    def edges_to(self, ids: Collection[str], kinds: Collection[str] | None = None) -> list[Edge]:
        statement = self._sql.EDGES_TO.replace("{kinds}", self._kind_filter(kinds))
        return sorted(self._edges(self._many(statement, ids)), key=edge_order)

    def strays_from(self, ids: Collection[str]) -> list[Edge]:
        if not self._rows(self._sql.ANY_STRAY):  # as it is in most graphs
            return []
        statement = self._sql.EDGES_FROM_STRAYS.replace("{kinds}", "")
        return sorted(self._edges(self._many(statement, ids)), key=edge_order)

    def all_edges(self, kinds: Collection[str] | None = None) -> Iterator[Edge]:
        statement = self._sql.EDGES_IN.replace("{kinds}", self._kind_filter(kinds))
        for path in self._paths():
            yield from sorted(self._edges(self._rows(statement, (encode_text(path),))), key=edge_order)

    def all_links(self, kinds: Collection[str]) -> Iterator[tuple[str, str]]:
        statement = self._sql.LINKS_IN.replace("{kinds}", self._kind_filter(kinds))
        decode = rows.link_from(self._kind_names())
        for _, number in sorted((path, number) for number, path in self._plain(self._sql.PATHS)):
            found = sorted(rows.read_all(decode, self._rows(statement, (number,))))
            yield from ((source, target) for source, _, target in found)

    def _symbols(self, found: Iterable[Any]) -> list[Symbol]:
        return rows.read_all(rows.symbol_from, found)

    def _dangling(self, found: Iterable[Any]) -> list[list[UnresolvedCall]]:
        return rows.read_all(rows.dangling_from, found)

    def _edges(self, found: Iterable[Any]) -> list[Edge]:
        return rows.read_all(rows.edge_from(self._kind_names()), found)

    # -- unresolved calls ------------------------------------------------------------------------------------

    def unresolved_named(self, names: Collection[str]) -> list[UnresolvedCall]:
        return self._unresolved(self._sql.UNRESOLVED_BY_NAME, self._sql.DANGLING_BY_NAME, names)

    def unresolved_in(self, paths: Collection[str]) -> list[UnresolvedCall]:
        return self._unresolved(self._sql.UNRESOLVED_BY_PATH, self._sql.DANGLING_BY_PATH, paths)

    def all_unresolved(self) -> Iterator[UnresolvedCall]:
        for path in self._paths():
            yield from self.unresolved_in([path])

    def _unresolved(self, statement: str, dangling: str, values: Collection[str]) -> list[UnresolvedCall]:
        groups = rows.read_all(rows.unresolved_from, self._many(statement, values))
        calls = self._kind_number(EdgeKind.CALLS)
        groups += self._dangling(self._many(dangling, values, (calls,)))
        return sorted(chain.from_iterable(groups), key=unresolved_order)


def _sorted_counts(counts: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """Greatest first, then by name; what is not there is left out."""
    return tuple(sorted(((key, count) for key, count in counts.items() if count), key=lambda item: (-item[1], item[0])))

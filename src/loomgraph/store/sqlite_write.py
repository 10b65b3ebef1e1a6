"""Applies one update to the SQLite store, inside a transaction that its caller begins and commits.

Takes one file at a time and keeps nothing of it but integer ids. Must not know where files come from or what their
edges mean. What it remembers until the end: which symbols may have lost their last edge, which facts their last user.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, ClassVar, Protocol

from loomgraph.errors import ConflictingUpdate
from loomgraph.model import Edge, Symbol, UnresolvedCall
from loomgraph.store import sqlite_rows as rows
from loomgraph.store import sqlite_sql as sql
from loomgraph.store.base import (
    EXTERNAL_PREFIX,
    FileGraph,
    FileRecord,
    PassageTerms,
    Update,
    external_symbol,
    last_name,
    placeholder_symbol,
)
from loomgraph.store.sqlite_passages import PassageWriter
from loomgraph.store.sqlite_read import SqliteReader
from loomgraph.store.sqlite_rows import encode_text
from loomgraph.store.sqlite_terms import TermChanges, TermWriter

_BATCH = 900
_SLIGHT = 16  # files


class _Ids(dict[str, int]):
    """Symbol ids → numbers. An id that is not there gets the next number; ``new`` are those without a row yet."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.new: dict[str, int] = {}

    def __missing__(self, symbol_id: str) -> int:
        self.last += 1
        self[symbol_id] = self.new[symbol_id] = self.last
        return self.last


class PassageChanges(Protocol):
    """What an update does to what passages are found by, whatever database it lies in."""

    def put(self, file: int, passages: Sequence[PassageTerms], cards: int) -> None:
        """The file, which has none, has these passages; the last ``cards`` of them are cards."""

    def drop(self, file: int) -> None:
        """The file has no passages."""

    def finish(self) -> None:
        """Write what changed."""


class SqliteWriter:
    """One update. ``path`` is the store's, for messages."""

    _sql: ClassVar[ModuleType] = sql  # another database says the same in other words

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self._connection = connection
        self._start(path)

    def _start(self, path: str) -> None:
        self._path = path
        self._put_paths: set[str] = set()
        self._changed: set[str] = set()
        self._defined: set[int] = set()  # numbers of symbols this update defines
        self._loose: set[int] = set()  # symbols that may be unreached now
        self._facts: set[str] = set()  # keys of facts that may be unused now
        self._held: set[int] = set()  # ends of edges of inserted files: placeholders, unless somebody defines them
        self._inserted: set[int] | None = None  # the inserted files, once somebody asked

    def apply(self, update: Update, generation: int) -> None:
        self._generation = generation
        self._begin(update.wipe)
        for path in update.delete:
            self._delete(path)
        for record in update.touch:
            self._touch(record)
        self._put_facts(update.facts)
        for graph in update.replace:
            self._put(graph)
        self._put_vectors(update.vectors)
        self._finish(update.meta, generation)
        del self._terms, self._passages  # which know this writer: a cycle would keep all that was gathered

    def _begin(self, wipe: bool) -> None:
        self._wiped = wipe
        if wipe:
            for statement in self._sql.WIPE:
                self._run(statement)
        self._last_file = self._number(self._sql.LAST_FILE)
        self._ids = _Ids(self._number(self._sql.LAST_SYMBOL))
        self._kinds: dict[str, int] = {rows.decode_text(name): number for number, name in self._run(self._sql.KINDS)}
        # An empty graph has nothing to look up and nothing to keep sorted.
        self._first = not self._last_file and not self._ids.last
        if self._first:
            for name in self._sql.LATE_INDEXES:
                self._run(f"DROP INDEX {name}")
        self._terms = self._term_writer()
        self._passages = self._passage_writer()

    def _passage_writer(self) -> PassageChanges:
        return PassageWriter(self._ask, self._run_all, self._generation)

    def _term_writer(self) -> TermChanges:
        return TermWriter(self._connection, self._many, first=self._first)

    def _kept(self) -> list[str]:
        return SqliteReader(self._connection).kept()

    def _run(self, statement: Any, values: Sequence[Any] = ()) -> Any:
        return self._connection.execute(statement, values)

    def _run_all(self, statement: Any, values: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(statement, values)

    def _ask(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        found: list[Any] = self._run(statement, values).fetchall()
        return found

    def _settle(self) -> None:
        """All rows of files are given: what follows asks about them."""
        self._passages.finish()

    @property
    def same(self) -> bool:
        """Whether the graph holds as much as before: only vectors or meta entries came."""
        return not self._changed and not self._wiped

    @property
    def slight(self) -> bool:
        """Whether the update changed so little that counting the whole graph would be most of its work."""
        return 0 < len(self._changed) <= _SLIGHT and bool(self._inserted_files())

    def _number(self, statement: str) -> int:
        return next(int(number) for (number,) in self._run(statement))

    def _many(self, statement: str, values: Sequence[Any]) -> Iterator[Any]:
        for start in range(0, len(values), _BATCH):
            batch = values[start : start + _BATCH]
            yield from self._run(statement.replace("{many}", ",".join("?" * len(batch))), batch).fetchall()

    def _conflict(self, reason: str) -> ConflictingUpdate:
        return ConflictingUpdate(path=self._path, reason=reason)

    # -- files -----------------------------------------------------------------------------------------------

    def _find_file(self, path: str) -> int | None:
        """The number of a file of the graph; its facts may lose their last user."""
        self._changed.add(path)
        found = None if self._first else self._run(self._sql.FILE_BY_PATH, (encode_text(path),)).fetchone()
        if found is None:
            return None
        number, digest, language, rules = found
        self._facts.add(rows.facts_key(digest, language, rules))
        return int(number)

    def _delete(self, path: str) -> None:
        number = self._find_file(path)
        if number is not None:
            self._clear(number)
            self._clear_passages(number)
            self._make_ghosts(dict(self._run(self._sql.OWN_SYMBOLS, (number,))))
            self._run(self._sql.DROP_FILE, (number,))

    def _touch(self, record: FileRecord) -> None:
        number = self._find_file(record.path)
        if number is None:
            raise self._conflict(f"it touches {record.path}, which the graph does not hold")
        self._run(self._sql.PUT_FILE, rows.file_row(number, record))

    def _clear(self, number: int) -> None:
        """Take away what a file says, but for its symbols."""
        self._loose.update(target for (target,) in self._run(self._sql.TARGETS, (number,)))
        self._loose.update(source for (source,) in self._run(self._sql.STRAY_SOURCES, (number,)))
        self._terms.drop(number)
        for statement in self._sql.DROP_OF_FILE:
            self._run(statement, (number,))

    def _clear_passages(self, number: int) -> None:
        self._passages.drop(number)
        self._run(self._sql.DROP_VECTORS, (number,))

    def _put_passages(self, number: int, graph: FileGraph, known: bool) -> None:
        """Write by what the chunks of a file are found, unless they stay as they were."""
        if graph.passages is None:
            return
        if known:
            self._clear_passages(number)
        self._passages.put(number, graph.passages, graph.cards)
        if graph.vectors:
            self._run(self._sql.PUT_VECTORS, (number, graph.vectors))

    def _put_vectors(self, vectors: Mapping[str, bytes]) -> None:
        """Vectors that followed their passages."""
        if vectors:
            self._settle()
        for path, data in vectors.items():
            found = self._run(self._sql.FILE_BY_PATH, (encode_text(path),)).fetchone()
            if found is None:
                raise self._conflict(f"it has vectors of {path}, which the graph does not hold")
            self._run(self._sql.DROP_VECTORS, (found[0],))
            if data:
                self._run(self._sql.PUT_VECTORS, (found[0], data))

    def _put(self, graph: FileGraph) -> None:
        record = graph.record
        if record.path in self._put_paths:
            raise self._conflict(f"it replaces {record.path} twice")
        self._put_paths.add(record.path)
        number = self._find_file(record.path)
        old: dict[int, str] = {}
        known = number is not None
        if number is None:
            number = self._last_file = self._last_file + 1
        else:
            self._clear(number)
            old = dict(self._run(self._sql.OWN_SYMBOLS, (number,)))
        self._run(self._sql.PUT_FILE, rows.file_row(number, record))
        symbols, edges, unresolved = list(graph.symbols), list(graph.edges), list(graph.unresolved)
        self._check(record.path, symbols, edges, unresolved)
        if not self._first:
            self._find_ids(symbols, edges, unresolved)
        own = self._put_symbols(number, symbols, record.inserted)
        self._make_ghosts({number: key for number, key in old.items() if number not in own})
        strays = self._put_edges(number, edges, own) | self._put_unresolved(number, unresolved, own)
        if record.inserted:
            self._note_inserted(number, edges)
        self._run_all(self._sql.PUT_STRAY, [(source, number) for source in sorted(strays)])
        self._run_all(
            self._sql.PUT_PROBLEM, [(number, at, p.line, encode_text(p.reason)) for at, p in enumerate(graph.problems)]
        )
        count, data = rows.pack_chunks(graph.chunks)
        if count:
            self._run(self._sql.PUT_CHUNKS, (number, count, data))
        self._put_passages(number, graph, known)
        self._terms.put(number, graph)

    def _check(self, path: str, *groups: Sequence[Symbol | Edge | UnresolvedCall]) -> None:
        for group in groups:
            if {item.file for item in group} - {path}:
                raise self._conflict(f"what {path} says holds something of another file")

    # -- symbols ---------------------------------------------------------------------------------------------

    def _find_ids(self, symbols: list[Symbol], edges: list[Edge], unresolved: list[UnresolvedCall]) -> None:
        """Learn the numbers that the graph already has for the symbols in a file's graph."""
        wanted = {symbol.id for symbol in symbols}
        wanted.update(edge.source for edge in edges)
        wanted.update(edge.target for edge in edges)
        wanted.update(call.source for call in unresolved)
        encoded = {encode_text(symbol_id): symbol_id for symbol_id in wanted if symbol_id not in self._ids}
        for key, number in self._many(self._sql.KEYS, list(encoded)):
            self._ids[encoded[key]] = number

    def _put_symbols(self, file: int, symbols: list[Symbol], inserted: bool) -> set[int]:
        ids = self._ids
        own = {ids[symbol.id] for symbol in symbols}
        taken = self._taken(own, file)
        given = self._inserted_files() if taken else set()
        lost = {number for number, owner in taken.items() if owner not in given} | own & self._defined
        if len(own) < len(symbols) or (lost and not inserted):
            raise self._conflict(f"a symbol of {symbols[0].file} is defined twice")
        if lost:
            symbols = [symbol for symbol in symbols if ids[symbol.id] not in lost]
            own -= lost
        # what another file loses by this is a stray in it from now on
        self._run_all(self._sql.ADD_STRAY, [(number, owner) for number, owner in taken.items() if number in own])
        self._defined |= own
        self._run_all(self._sql.PUT_SYMBOL, [rows.symbol_row(ids[symbol.id], symbol, file) for symbol in symbols])
        for symbol in symbols:
            ids.new.pop(symbol.id, None)
        return own

    def _taken(self, own: set[int], file: int) -> dict[int, int]:
        """Which of these symbols other files of the graph hold."""
        if self._first:
            return {}
        return {number: owner for number, owner in self._many(self._sql.OWNERS, sorted(own)) if owner != file}

    def _inserted_files(self) -> set[int]:
        if self._inserted is None:
            self._inserted = {number for (number,) in self._run(self._sql.INSERTED_FILES)}
        return self._inserted

    def _note_inserted(self, file: int, edges: list[Edge]) -> None:
        self._inserted_files().add(file)
        self._held.update(self._ids[edge.source] for edge in edges)
        self._held.update(self._ids[edge.target] for edge in edges)

    def _make_ghosts(self, old: Mapping[int, str]) -> None:
        self._run_all(
            self._sql.MAKE_GHOST, [(encode_text(last_name(rows.decode_text(key))), n) for n, key in old.items()]
        )
        self._loose.update(old)

    # -- edges and unresolved calls --------------------------------------------------------------------------

    def _put_edges(self, file: int, edges: list[Edge], own: set[int]) -> set[int]:
        """Write the edges whose sites lie in a file; gives the sources that the file does not hold."""
        ids, kinds, codes, lines = self._ids, self._kinds, rows.RESOLUTION_CODES, rows.encode_lines
        for kind in {edge.kind for edge in edges}.difference(kinds):
            kinds[str(kind)] = len(kinds) + 1
            self._run(self._sql.ADD_KIND, (kinds[str(kind)], encode_text(str(kind))))
        found = [
            (
                file, ids[source], kinds[kind], ids[target], codes[resolution],
                at[0] if count == len(at) == 1 else lines(at, count),
            )
            for kind, source, target, _, at, count, resolution in edges
        ]  # fmt: skip
        try:
            found.sort()
            self._run_all(self._sql.PUT_EDGE, found)
        except (sqlite3.IntegrityError, TypeError) as error:
            raise self._conflict(f"{edges[0].file} has two edges of one kind, source and target") from error
        return {row[1] for row in found} - own

    def _put_unresolved(self, file: int, calls: list[UnresolvedCall], own: set[int]) -> set[int]:
        sites: dict[tuple[int, str, int, int, int], int] = {}
        for call in calls:
            site = (file, encode_text(call.name), call.line, self._ids[call.source], call.arity)
            sites[site] = sites.get(site, 0) + 1
        self._run_all(self._sql.PUT_UNRESOLVED, [(*site, count) for site, count in sorted(sites.items())])
        return {site[3] for site in sites} - own

    # -- the end -----------------------------------------------------------------------------------------------

    def _put_facts(self, facts: Mapping[str, bytes] | Iterable[tuple[str, bytes]]) -> None:
        for key, data in facts.items() if isinstance(facts, Mapping) else facts:
            self._run(self._sql.ADD_FACTS, (encode_text(key), data))
            self._facts.add(key)

    def keep(self, facts: Mapping[str, bytes]) -> None:
        """Facts for an update to come, and nothing else."""
        self._put_facts(facts)
        self._run(self._sql.KEEP, (encode_text("\n".join(facts)),))

    def _finish(self, meta: Mapping[str, str], generation: int) -> None:
        self._run_all(
            self._sql.PUT_SYMBOL, [self._unowned_row(symbol_id, number) for symbol_id, number in self._ids.new.items()]
        )
        if self._first:
            for statement in self._sql.LATE_INDEXES.values():
                self._run(statement)
        self._settle()
        self._run_all(self._sql.DROP_UNREACHED, [(number,) for number in sorted(self._loose)])
        self._hold()
        self._terms.finish()
        self._facts.update(self._kept())
        self._run(self._sql.DROP_KEPT)
        digests = sorted({key.rsplit(":", 2)[0] for key in self._facts})
        used = {rows.facts_key(*row) for row in self._many(self._sql.FACTS_KEYS, digests)}
        self._run_all(self._sql.DROP_FACTS, [(encode_text(key),) for key in sorted(self._facts - used)])
        for name, value in (*meta.items(), ("", str(generation))):
            if value:
                self._run(self._sql.SET_META, (encode_text(name), encode_text(value)))
            else:
                self._run(self._sql.DROP_META, (encode_text(name),))

    def _hold(self) -> None:
        """Make placeholders of what edges of inserted files reach, and ghosts of those that none reaches any more."""
        loose = [(number,) for number in sorted(self._loose - self._defined)]
        if loose and self._run(self._sql.ANY_PLACEHOLDER).fetchone():
            self._run_all(self._sql.LET_GO, loose)
        if (loose or self._held) and self._inserted_files():
            self._run_all(self._sql.HOLD, loose)
            if not self._first:
                new = set(self._ids.new.values())
                self._run_all(self._sql.HOLD, [(number,) for number in sorted(self._held - self._defined - new)])

    def _unowned_row(self, symbol_id: str, number: int) -> tuple[Any, ...]:
        """The row of a symbol that edges name and no file defines: external, a placeholder, or a ghost."""
        if symbol_id.startswith(EXTERNAL_PREFIX):
            return rows.symbol_row(number, external_symbol(symbol_id), None)
        if number in self._held:
            return rows.symbol_row(number, placeholder_symbol(symbol_id), None)
        return rows.ghost_row(number, symbol_id, last_name(symbol_id))

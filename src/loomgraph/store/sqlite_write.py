"""Applies one update to the SQLite store, inside a transaction that its caller begins and commits.

Takes one file at a time and keeps nothing of it but integer ids. Must not know where files come from or what their
edges mean. What it remembers until the end: which symbols may have lost their last edge, which marks changed.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from loomgraph.errors import ConflictingUpdate
from loomgraph.model import Edge, Symbol, UnresolvedCall
from loomgraph.store import sqlite_rows as rows
from loomgraph.store import sqlite_sql as sql
from loomgraph.store.base import EXTERNAL_PREFIX, FileGraph, FileRecord, Update, external_symbol, last_name
from loomgraph.store.sqlite_rows import encode_text

_BATCH = 900


class SqliteWriter:
    """One update. ``path`` is the store's, for messages."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self._run = connection.execute
        self._run_all = connection.executemany
        self._path = path
        self._first = False  # the graph is empty: nothing to look up, nothing to keep sorted
        self._kinds: dict[str, int] = {name: number for number, name in self._run(sql.KINDS)}
        self._last_file = 0
        self._last_symbol = 0
        self._put_paths: set[str] = set()
        self._ids: dict[str, int] = {}
        self._new: dict[str, int] = {}  # given an id, row not written yet
        self._defined: set[int] = set()
        self._loose: set[int] = set()  # symbols that may be unreached now
        self._facts: set[str] = set()  # keys of facts that may be unused now
        self._marks_added: dict[int, array[int]] = {}
        self._marks_dropped: dict[int, set[int]] = {}

    def apply(self, update: Update, generation: int) -> None:
        if update.wipe:
            for table in sql.TABLES:
                self._run(f"DELETE FROM {table}")
            self._kinds = {}
        self._last_file = self._number(sql.LAST_FILE)
        self._last_symbol = self._number(sql.LAST_SYMBOL)
        self._first = not self._last_file and not self._last_symbol
        if self._first:
            for name in sql.LATE_INDEXES:
                self._run(f"DROP INDEX {name}")
        for path in update.delete:
            self._delete(path)
        for record in update.touch:
            self._touch(record)
        self._put_facts(update.facts)
        for graph in update.replace:
            self._put(graph)
        self._finish(update.meta, generation)

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
        found = None if self._first else self._run(sql.FILE_BY_PATH, (encode_text(path),)).fetchone()
        if found is None:
            return None
        number, digest, language, rules = found
        self._facts.add(rows.facts_key(digest, language, rules))
        return int(number)

    def _delete(self, path: str) -> None:
        number = self._find_file(path)
        if number is not None:
            self._clear(number)
            self._make_ghosts(dict(self._run(sql.OWN_SYMBOLS, (number,))))
            self._run(sql.DROP_FILE, (number,))

    def _touch(self, record: FileRecord) -> None:
        number = self._find_file(record.path)
        if number is None:
            raise self._conflict(f"it touches {record.path}, which the graph does not hold")
        self._run(sql.PUT_FILE, rows.file_row(number, record))

    def _clear(self, number: int) -> None:
        """Take away what a file says, but for its symbols."""
        self._loose.update(target for (target,) in self._run(sql.TARGETS, (number,)))
        self._loose.update(source for (source,) in self._run(sql.STRAY_SOURCES, (number,)))
        for (data,) in self._run(sql.MARKS_OF_FILE, (number,)):
            for mark in rows.unpack_numbers(data, "q"):
                self._marks_dropped.setdefault(mark, set()).add(number)
        for statement in sql.DROP_OF_FILE:
            self._run(statement, (number,))

    def _put(self, graph: FileGraph) -> None:
        record = graph.record
        if record.path in self._put_paths:
            raise self._conflict(f"it replaces {record.path} twice")
        self._put_paths.add(record.path)
        number = self._find_file(record.path)
        old: dict[int, str] = {}
        if number is None:
            number = self._last_file = self._last_file + 1
        else:
            self._clear(number)
            old = dict(self._run(sql.OWN_SYMBOLS, (number,)))
        self._run(sql.PUT_FILE, rows.file_row(number, record))
        symbols, edges, unresolved = list(graph.symbols), list(graph.edges), list(graph.unresolved)
        self._check(record.path, symbols, edges, unresolved)
        self._give_ids(symbols, edges, unresolved)
        own = self._put_symbols(number, symbols)
        self._make_ghosts({number: key for number, key in old.items() if number not in own})
        strays = self._put_edges(number, edges, own) | self._put_unresolved(number, unresolved, own)
        self._run_all(sql.PUT_STRAY, [(source, number) for source in sorted(strays)])
        self._run_all(
            sql.PUT_PROBLEM, [(number, at, p.line, encode_text(p.reason)) for at, p in enumerate(graph.problems)]
        )
        count, data = rows.pack_chunks(graph.chunks)
        if count:
            self._run(sql.PUT_CHUNKS, (number, count, data))
        self._put_marks(number, graph)

    def _check(self, path: str, *groups: Sequence[Symbol | Edge | UnresolvedCall]) -> None:
        for group in groups:
            if any(item.file != path for item in group):
                raise self._conflict(f"what {path} says holds something of another file")

    # -- symbols ---------------------------------------------------------------------------------------------

    def _give_ids(self, symbols: list[Symbol], edges: list[Edge], unresolved: list[UnresolvedCall]) -> None:
        """See that every symbol id in a file's graph has a number."""
        ids = self._ids
        wanted = dict.fromkeys(symbol.id for symbol in symbols)
        for edge in edges:
            wanted[edge.source] = wanted[edge.target] = None
        for call in unresolved:
            wanted[call.source] = None
        missing = [symbol_id for symbol_id in wanted if symbol_id not in ids]
        if missing and not self._first:
            self._ids_of_graph(missing)
            missing = [symbol_id for symbol_id in missing if symbol_id not in ids]
        for symbol_id in missing:
            self._last_symbol += 1
            ids[symbol_id] = self._new[symbol_id] = self._last_symbol

    def _ids_of_graph(self, symbol_ids: list[str]) -> None:
        encoded = {encode_text(symbol_id): symbol_id for symbol_id in symbol_ids}
        for key, number in self._many(sql.KEYS, list(encoded)):
            self._ids[encoded[key]] = number

    def _put_symbols(self, file: int, symbols: list[Symbol]) -> set[int]:
        ids, new = self._ids, self._new
        own = {ids[symbol.id] for symbol in symbols}
        if len(own) < len(symbols) or not own.isdisjoint(self._defined) or self._taken(own, file):
            raise self._conflict(f"a symbol of {symbols[0].file} is defined twice")
        self._defined |= own
        self._run_all(sql.PUT_SYMBOL, [rows.symbol_row(ids[symbol.id], symbol, file) for symbol in symbols])
        for symbol in symbols:
            new.pop(symbol.id, None)
        return own

    def _taken(self, own: set[int], file: int) -> bool:
        """Whether another file of the graph holds one of these symbols."""
        if self._first:
            return False
        known = sorted(own.difference(self._new.values()) if len(self._new) < len(own) else own)
        return any(owner not in (None, file) for (owner,) in self._many(sql.OWNERS, known))

    def _make_ghosts(self, old: Mapping[int, str]) -> None:
        self._run_all(sql.MAKE_GHOST, [(encode_text(last_name(rows.decode_text(key))), n) for n, key in old.items()])
        self._loose.update(old)

    # -- edges, unresolved calls, marks ------------------------------------------------------------------------

    def _put_edges(self, file: int, edges: list[Edge], own: set[int]) -> set[int]:
        """Write the edges whose sites lie in a file; gives the sources that the file does not hold."""
        ids, kinds, codes, lines = self._ids, self._kinds, rows.RESOLUTION_CODES, rows.encode_lines
        for kind in {edge.kind for edge in edges}.difference(kinds):
            kinds[str(kind)] = len(kinds) + 1
            self._run(sql.ADD_KIND, (kinds[str(kind)], encode_text(str(kind))))
        found = [
            (file, ids[e.source], kinds[e.kind], ids[e.target], codes[e.resolution], lines(e.lines, e.count))
            for e in edges
        ]
        try:
            found.sort()
            self._run_all(sql.PUT_EDGE, found)
        except (sqlite3.IntegrityError, TypeError) as error:
            raise self._conflict(f"{edges[0].file} has two edges of one kind, source and target") from error
        return {row[1] for row in found} - own

    def _put_unresolved(self, file: int, calls: list[UnresolvedCall], own: set[int]) -> set[int]:
        sites: dict[tuple[int, str, int, int, int], int] = {}
        for call in calls:
            site = (file, encode_text(call.name), call.line, self._ids[call.source], call.arity)
            sites[site] = sites.get(site, 0) + 1
        self._run_all(sql.PUT_UNRESOLVED, [(*site, count) for site, count in sorted(sites.items())])
        return {site[3] for site in sites} - own

    def _put_marks(self, file: int, graph: FileGraph) -> None:
        groups = (("p", graph.depends), ("k", graph.keys), ("d", graph.defined), ("c", graph.called))
        marks = {rows.mark(letter, text) for letter, texts in groups for text in texts}
        if not marks:
            return
        self._run(sql.PUT_FILE_MARKS, (file, rows.pack_numbers(marks, "q")))
        added = self._marks_added
        for mark in marks:
            files = added.get(mark)
            if files is None:
                added[mark] = array("I", (file,))
            else:
                files.append(file)

    # -- the end -----------------------------------------------------------------------------------------------

    def _put_facts(self, facts: Mapping[str, bytes] | Iterable[tuple[str, bytes]]) -> None:
        for key, data in facts.items() if isinstance(facts, Mapping) else facts:
            self._run(sql.ADD_FACTS, (encode_text(key), data))
            self._facts.add(key)

    def _finish(self, meta: Mapping[str, str], generation: int) -> None:
        self._run_all(sql.PUT_SYMBOL, [self._unowned_row(symbol_id, number) for symbol_id, number in self._new.items()])
        if self._first:
            for statement in sql.LATE_INDEXES.values():
                self._run(statement)
        self._run_all(sql.DROP_UNREACHED, [(number,) for number in sorted(self._loose)])
        self._write_marks()
        used = {rows.facts_key(*row) for row in self._run(sql.FACTS_KEYS)}
        self._run_all(sql.DROP_FACTS, [(encode_text(key),) for key in sorted(self._facts - used)])
        for name, value in (*meta.items(), ("", str(generation))):
            if value:
                self._run(sql.SET_META, (encode_text(name), encode_text(value)))
            else:
                self._run(sql.DROP_META, (encode_text(name),))

    @staticmethod
    def _unowned_row(symbol_id: str, number: int) -> tuple[Any, ...]:
        """The row of a symbol that edges name and no file defines: external, or a ghost."""
        if symbol_id.startswith(EXTERNAL_PREFIX):
            return rows.symbol_row(number, external_symbol(symbol_id), None)
        return rows.ghost_row(number, symbol_id, last_name(symbol_id))

    def _write_marks(self) -> None:
        """Bring the inverted index up to date, one row for each mark that changed."""
        dropped, added = self._marks_dropped, self._marks_added
        changed = sorted({*dropped, *added})
        old: dict[int, bytes] = {} if self._first else dict(self._many(sql.MARK, changed))
        puts: list[tuple[int, bytes]] = []
        drops: list[tuple[int]] = []
        for mark in changed:
            before = set(rows.unpack_numbers(old[mark], "I")) if mark in old else set()
            after = (before - dropped.get(mark, set())).union(added.get(mark, ()))
            if not after:
                drops.append((mark,))
            elif after != before:
                puts.append((mark, rows.pack_numbers(after, "I")))
        self._run_all(sql.PUT_MARK, puts)
        self._run_all(sql.DROP_MARK, drops)

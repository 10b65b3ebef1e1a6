"""Writes of the PostgreSQL store: one update inside one transaction. Begins and ends none.

What an update does is :class:`SqliteWriter`'s. A journey to the server takes longer than the work there, so rows are
gathered and sent by COPY; what the update asks meanwhile is about the rows that were there before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType
from typing import Any, ClassVar

from psycopg import RawCursor

from loomgraph.model import Edge
from loomgraph.store import postgres_sql as sql
from loomgraph.store import sqlite_rows as rows
from loomgraph.store.postgres_database import Connection
from loomgraph.store.postgres_passages import PassageWriter
from loomgraph.store.postgres_read import PostgresReader, plain, said
from loomgraph.store.postgres_terms import PostgresTerms
from loomgraph.store.sqlite_write import SqliteWriter

_BATCH = 5_000  # texts sent at a time
_MOST = 50_000  # rows gathered of a table
_FEW = 50  # rows: to make a table for COPY takes longer than to send them


class PostgresWriter(SqliteWriter):
    """One update. ``path`` is the store's, for messages."""

    _sql: ClassVar[ModuleType] = sql

    def __init__(self, connection: Connection, workspace: int, path: str) -> None:
        self._reader = PostgresReader(connection, workspace)
        self._loads = Loads(connection, workspace)
        self._cursor = RawCursor(connection)
        self._workspace = workspace
        self._start(path)

    # -- running statements ----------------------------------------------------------------------------------

    def _run(self, statement: str | sql.Load, values: Sequence[Any] = ()) -> Any:
        if isinstance(statement, sql.Load):
            return self._loads.put(statement, [tuple(values)])
        return self._cursor.execute(statement, [self._workspace, *map(plain, values)], binary=True)

    def _run_all(self, statement: str | sql.Load, values: Iterable[Sequence[Any]]) -> None:
        """Rows to write, or one statement that takes their columns."""
        if isinstance(statement, sql.Load):
            self._loads.put(statement, values)
        elif columns := [[plain(value) for value in column] for column in zip(*values, strict=True)]:
            self._cursor.execute(statement, [self._workspace, *columns])

    def _ask(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        found = self._run(statement, values)
        return found.fetchall() if found.description else []

    def _many(self, statement: str, values: Sequence[Any]) -> Iterator[Any]:
        for start in range(0, len(values), _BATCH):
            yield from self._ask(statement, ([plain(value) for value in values[start : start + _BATCH]],))

    # -- what lies otherwise ---------------------------------------------------------------------------------

    def _passage_writer(self) -> PassageWriter:
        return PassageWriter(self._ask, self._loads.put, self._last_file)

    def _term_writer(self) -> PostgresTerms:
        return PostgresTerms(self._ask, self._loads.put, first=self._first)

    def _kept(self) -> list[str]:
        return self._reader.kept()

    def _put_edges(self, file: int, edges: list[Edge], own: set[int]) -> set[int]:
        if len({(edge.kind, edge.source, edge.target) for edge in edges}) < len(edges):
            raise self._conflict(f"{edges[0].file} has two edges of one kind, source and target")
        return super()._put_edges(file, edges, own)

    def _settle(self) -> None:
        super()._settle()
        self._loads.flush()

    def finish(self) -> None:
        """Send what is still gathered."""
        self._loads.flush()

    def count(self) -> None:
        """Keep what the graph holds for whoever asks, or forget it when counting would be most of the work."""
        if self.slight:
            self._run(sql.DROP_COUNTS)
        elif not self.same:
            self._cursor.execute(sql.WHOLE, prepare=False)
            self._run(sql.SET_COUNTS, (rows.pack_counts(self._reader.counted()),))


class Loads:
    """Rows gathered by table, to be sent many at a time."""

    def __init__(self, connection: Connection, workspace: int) -> None:
        self._cursor = RawCursor(connection)
        self._workspace = workspace
        self._rows: dict[str, dict[Any, sql.Row]] = {}
        self._loads: dict[str, sql.Load] = {}
        self._made: set[str] = set()  # tables to COPY to, of this transaction

    def put(self, load: sql.Load, found: Iterable[Sequence[Any]]) -> None:
        self._loads[load.table] = load
        gathered = self._rows.setdefault(load.table, {})
        for row in map(_SHAPES.get(load.table, tuple), found):
            gathered[row[0] if load.drop else len(gathered)] = row
        if len(gathered) >= _MOST:
            self._send(load, gathered)

    def flush(self) -> None:
        for table, gathered in self._rows.items():
            if gathered:
                self._send(self._loads[table], gathered)

    def _send(self, load: sql.Load, gathered: dict[Any, sql.Row]) -> None:
        columns = ", ".join(load.types)
        if load.drop:
            self._cursor.execute(load.drop, [self._workspace, list(gathered)])
        if len(gathered) <= _FEW:
            marks = ", ".join(f"${at}::{kind}" for at, kind in enumerate(load.types.values(), 2))
            statement = f"INSERT INTO loomgraph.{load.table} (workspace, {columns}) VALUES ($1, {marks})"
            self._cursor.executemany(statement, [(self._workspace, *row) for row in gathered.values()])
        else:
            self._copy(load, columns, gathered.values())
        gathered.clear()

    def _copy(self, load: sql.Load, columns: str, found: Iterable[sql.Row]) -> None:
        """COPY knows no row-level security: rows come into a table of this transaction, and from there to their own."""
        name = f"load_{load.table}"
        if load.table not in self._made:
            self._made.add(load.table)
            like = f"SELECT {columns} FROM loomgraph.{load.table} WHERE workspace = $1 LIMIT 0"
            like = like.replace("$1", str(self._workspace))
            self._cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {like}")
        with self._cursor.copy(f"COPY {name} ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(list(load.types.values()))
            for row in found:
                copy.write_row(row)
        self._cursor.execute(
            f"INSERT INTO loomgraph.{load.table} (workspace, {columns}) SELECT $1, {columns} FROM {name}",
            [self._workspace],
        )
        self._cursor.execute(f"TRUNCATE {name}")


# -- rows whose values PostgreSQL holds otherwise -----------------------------------------------------------------


def _edge(row: Sequence[Any]) -> sql.Row:
    return (*row[:5], said(row[5]))


def _symbol(row: Sequence[Any]) -> sql.Row:
    parent, flags = row[8], row[13]
    if parent is None:  # a ghost
        return _texts(row)
    return (*map(plain, row[:8]), plain(said(parent)), *map(plain, row[9:13]), int(flags))


def _texts(row: Sequence[Any]) -> sql.Row:
    return tuple(map(plain, row))


_SHAPES = {
    "edges": _edge,
    "symbols": _symbol,
    "files": _texts,
    "unresolved": _texts,
    "problems": _texts,
    "facts": _texts,
}

"""The SQLite store: one file a project, in write-ahead mode. Opens, closes, begins, commits, and names what failed.

What is read and written is in ``sqlite_read`` and ``sqlite_write``, every statement in ``sqlite_sql``. Uses nothing
that a plain build of SQLite ≥ 3.35 lacks: no extension is loaded.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import quote

from loomgraph.errors import (
    DiskFull,
    GraphBusy,
    GraphChanged,
    GraphDamaged,
    GraphMissing,
    GraphNewer,
    GraphOlder,
    StoreError,
    StoreUnwritable,
)
from loomgraph.store import sqlite_rows as rows
from loomgraph.store import sqlite_sql as sql
from loomgraph.store.base import Reader, Update
from loomgraph.store.sqlite_passages import Remembered
from loomgraph.store.sqlite_read import SqliteReader
from loomgraph.store.sqlite_rows import UnreadableRow
from loomgraph.store.sqlite_write import SqliteWriter

_CHECKPOINT_ABOVE = 4 << 20  # a log that grew beyond this many bytes is folded back into the graph at once
_READING_CACHE, _WRITING_CACHE = 16 << 20, 8 << 20  # bytes of pages that a connection keeps at most
# The system keeps the rest, and questions read few pages twice: four times as much saves a hundredth of their time.
# The file is not mapped (PRAGMA mmap_size), though that would save another: one question maps most of a graph, which
# counts as this process's memory, and a file that somebody cuts short would kill a server with all its projects where
# a read gives an error of one.
_LEAN_CACHE = 1 << 20
_CONNECTION = 100_000  # bytes of a connection without its pages, about
_MOST_IDLE = 4  # connections kept for the next readers; more than that at once are rare
_HARMLESS = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_FAILURES: tuple[tuple[tuple[int, ...], type[StoreError]], ...] = (
    ((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED), GraphBusy),
    ((sqlite3.SQLITE_FULL,), DiskFull),
    ((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB), GraphDamaged),
    (
        (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM),
        StoreUnwritable,
    ),
)


class SqliteStore:
    """A project's graph in the file ``path`` (see :class:`loomgraph.store.base.Store`).

    ``create`` makes an empty graph when there is no file. ``wait`` is how many seconds an update waits for another
    process's update to end. A ``lean`` store holds little memory between questions, for a process that keeps many open.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, create: bool = False, wait: float = 5.0, lean: bool = False
    ) -> None:
        self.path = Path(path)
        self._wait = wait
        self._lean = lean
        self._idle: list[sqlite3.Connection] = []
        self._writer: sqlite3.Connection | None = None
        self._remembered = Remembered()
        self._file = self._identity()  # which file the idle connections are to
        self._writer_file = self._file
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._closed = False
        try:
            with self._naming_failures():
                self._idle.append(self._open())
        except GraphMissing:
            if not create:
                raise
            self._create()

    # -- opening ---------------------------------------------------------------------------------------------

    def _connect(self, mode: str) -> sqlite3.Connection:
        if self._closed:
            raise StoreError(path=str(self.path), reason="it was closed")
        return sqlite3.connect(
            f"file:{quote(os.fsencode(self.path))}?mode={mode}", uri=True, timeout=self._wait, isolation_level=None,
            check_same_thread=False, cached_statements=128,
        )  # fmt: skip

    def _open(self) -> sqlite3.Connection:
        """A connection for reading, to a graph of this format."""
        if not self.path.exists():
            raise GraphMissing(path=str(self.path))
        try:
            return self._opened()
        except UnicodeDecodeError as error:  # SQLite speaks of a schema that is no text
            raise GraphDamaged(path=str(self.path), reason=str(error)) from error

    def _opened(self) -> sqlite3.Connection:
        writable = os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK)
        connection = self._connect("rw" if writable else "ro")
        try:
            connection.execute(f"PRAGMA cache_size = -{self._reading_cache >> 10}")
            self._check_format(connection)
            connection.execute("PRAGMA query_only = 1")
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_format(self, connection: sqlite3.Connection) -> None:
        ((application,),) = connection.execute("PRAGMA application_id").fetchall()
        ((found,),) = connection.execute("PRAGMA user_version").fetchall()
        if not application and not found and not connection.execute("SELECT 1 FROM sqlite_master").fetchall():
            raise GraphMissing(path=str(self.path))  # its making was interrupted
        if application != sql.APPLICATION_ID:
            raise GraphDamaged(path=str(self.path), reason="the file is not a graph of loomgraph")
        if found > sql.FORMAT:
            raise GraphNewer(path=str(self.path), found=found, known=sql.FORMAT)
        if found < sql.FORMAT:
            raise GraphOlder(path=str(self.path), found=found, known=sql.FORMAT)

    def _create(self) -> None:
        """Make the file with its tables; of two processes that try at once, one does and the other finds it done."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnwritable(path=str(self.path.parent), reason=error.strerror or str(error)) from error
        with self._naming_failures():
            connection = self._connect("rwc")
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                ((found,),) = connection.execute("PRAGMA user_version").fetchall()
                if not found:
                    for statement in (*sql.SCHEMA.split(";\n"), *sql.LATE_INDEXES.values()):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id = {sql.APPLICATION_ID}")
                    connection.execute(f"PRAGMA user_version = {sql.FORMAT}")
                connection.execute("COMMIT")
            finally:
                connection.close()

    # -- reading ---------------------------------------------------------------------------------------------

    def read(self) -> AbstractContextManager[Reader]:
        return self._read()

    @contextmanager
    def _read(self) -> Iterator[Reader]:
        with self._naming_failures():
            self._follow()
            with self._guard:
                file, connection = self._file, self._idle.pop() if self._idle else None
            connection = connection or self._open()
            try:
                connection.execute("BEGIN")
                reader = SqliteReader(connection, self._remembered)
                reader.generation()  # the first read fixes what the transaction sees
                yield reader
                connection.execute("ROLLBACK")
            except BaseException:
                connection.close()
                raise
            with self._guard:
                if self._closed or self._file != file or len(self._idle) >= _MOST_IDLE:
                    connection.close()
                else:
                    self._idle.append(connection)

    def _identity(self) -> tuple[int, int] | None:
        """Which file lies at the path, if any."""
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _follow(self) -> None:
        """Let go of a file that another process has replaced or deleted."""
        with self._guard:
            found = self._identity()
            if found != self._file:
                for connection in self._idle:
                    connection.close()
                self._idle, self._file, self._remembered = [], found, Remembered()

    # -- writing ---------------------------------------------------------------------------------------------

    def apply(self, update: Update) -> int:
        with self._writing, self._naming_failures():
            connection = self._writing_connection()
            with _transaction(connection):
                generation = SqliteReader(connection).generation()
                if update.expects is not None and update.expects != generation:
                    raise GraphChanged(path=str(self.path))
                writer = SqliteWriter(connection, str(self.path))
                writer.apply(update, generation + 1)
                if writer.slight:
                    connection.execute(sql.DROP_COUNTS)  # whoever wants to know counts
                elif not writer.same:
                    counts = SqliteReader(connection).counted()
                    connection.execute(sql.SET_COUNTS, (rows.pack_counts(counts),))
            self._fold(connection)
            if not writer.slight and not writer.same:
                connection.execute("PRAGMA shrink_memory")  # a long update leaves tens of megabytes of pages behind
            return generation + 1

    def keep(self, facts: Mapping[str, bytes]) -> None:
        if not facts:
            return
        with self._writing, self._naming_failures():
            connection = self._writing_connection()
            with _transaction(connection):
                SqliteWriter(connection, str(self.path)).keep(facts)

    def _writing_connection(self) -> sqlite3.Connection:
        self._follow()
        if self._writer and self._writer_file != self._file:
            self._writer.close()
            self._writer = None
        if not self._writer:
            self._writer, self._writer_file = self._open_writer(), self._file
        return self._writer

    def _open_writer(self) -> sqlite3.Connection:
        connection = self._open()
        connection.execute("PRAGMA query_only = 0")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{_WRITING_CACHE >> 10}")
        connection.execute("PRAGMA journal_size_limit = 0")
        return connection

    def _fold(self, connection: sqlite3.Connection) -> None:
        """Move a long log into the graph's file unless a reader still needs it; the next update tries again."""
        log = Path(f"{self.path}-wal")
        if log.exists() and log.stat().st_size > _CHECKPOINT_ABOVE:
            connection.execute("PRAGMA busy_timeout = 0")
            try:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.OperationalError as error:
                # The update is committed and safe in the log: a disk too full to fold it is not a failed update.
                if error.sqlite_errorcode & 0xFF not in (
                    sqlite3.SQLITE_BUSY,
                    sqlite3.SQLITE_FULL,
                    sqlite3.SQLITE_IOERR,
                ):
                    raise
            finally:
                connection.execute(f"PRAGMA busy_timeout = {int(self._wait * 1000)}")

    @property
    def _reading_cache(self) -> int:
        return _LEAN_CACHE if self._lean else _READING_CACHE

    def memory(self) -> int:
        """Bytes that are held between two questions, at most: each keeps pages of the graph for the next."""
        try:
            size = os.stat(self.path).st_size
        except OSError:
            return 0
        writing = min(size, _WRITING_CACHE) if self._writer and not self._lean else 0
        kept = writing + self._remembered.nbytes
        return len(self._idle) * (_CONNECTION + min(size, self._reading_cache)) + kept

    # -- care ------------------------------------------------------------------------------------------------

    def verify(self) -> None:
        with self._naming_failures():
            connection = self._open()
            try:
                ((verdict, *_), *_) = connection.execute("PRAGMA quick_check(1)").fetchall()
            finally:
                connection.close()
        if verdict != "ok":
            raise GraphDamaged(path=str(self.path), reason=" ".join(str(verdict).split()))

    def close(self) -> None:
        """Close every connection; one still reading is closed when it ends."""
        with self._writing, self._guard:
            self._closed = True
            connections = [*self._idle, *filter(None, [self._writer])]
            self._idle, self._writer, self._remembered = [], None, Remembered()
            for connection in connections:
                connection.close()

    @contextmanager
    def _naming_failures(self) -> Iterator[None]:
        """What SQLite could not do, as the error that says what to do about it."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            for codes, kind in _FAILURES:
                if code in codes:
                    raise kind(path=str(self.path), reason=str(error)) from error
            if "no such" in str(error) or "decode" in str(error):  # a table is gone, a text is no text
                raise GraphDamaged(path=str(self.path), reason=str(error)) from error
            raise StoreError(path=str(self.path), reason=str(error)) from error
        except UnreadableRow as error:
            raise GraphDamaged(path=str(self.path), reason=str(error)) from error


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """What is written inside is written whole or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise

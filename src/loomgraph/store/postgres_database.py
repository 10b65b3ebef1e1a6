"""A PostgreSQL server as stores and catalogs use it: connections, transactions, locks, and what failed by its name.

One pool a process and address. A transaction's first statement is tried again on another connection when the one it
was sent on is gone: nothing has been done by then. Behind a pooler that shares a server's connections between
transactions (PgBouncer), nothing outlives a transaction here: settings, roles and locks are all local to one, and
prepared statements are left alone. It must not know what lies in any table.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any, ClassVar

import psycopg
from psycopg import errors as failures
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from loomgraph.errors import DatabaseUnavailable, DiskFull, GraphBusy, GraphDamaged, LoomGraphError, StoreError
from loomgraph.store import postgres_schema as schema

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

_MOST = 10  # connections a process has at once
_PREPARE_FROM = 3  # times a statement runs before the server keeps its plan
_IDLE, _LIFE = 300.0, 3600.0  # seconds that a connection is kept unused, and at most
_FIRST_PAUSE, _LAST_PAUSE = 0.005, 0.25
_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITING = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
# A question walks from few rows to few rows, in the order in which it is written. What the server knows of a table
# that was just filled is wrong, and a plan by it reads the whole of it; to compile a plan takes longer than to run it.
_PLANS = (
    "SET LOCAL jit = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;"
    " SET LOCAL enable_mergejoin = off; SET LOCAL join_collapse_limit = 1;"
    " SET LOCAL plan_cache_mode = force_generic_plan;"
)
_GONE = (
    failures.AdminShutdown, failures.CrashShutdown, failures.CannotConnectNow, failures.TooManyConnections,
    failures.IdleInTransactionSessionTimeout,
)  # fmt: skip
_BUSY = (failures.LockNotAvailable, failures.DeadlockDetected, failures.SerializationFailure)
_DAMAGED = (failures.DataCorrupted, failures.IndexCorrupted)


class Database:
    """The server and database that ``url`` names. ``wait`` is how many seconds a connection may take."""

    _shared: ClassVar[dict[tuple[int, str], Database]] = {}
    _guard: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, url: str, *, wait: float = 5.0, most: int = _MOST) -> None:
        self.address = address_of(url)
        self.url = url
        self._wait = wait
        self._users = 1
        self._ready = threading.Lock()
        self._found: schema.Found | None = None
        given = {"connect_timeout": str(max(2, round(wait))), "application_name": "loomgraph"}
        self._server = make_conninfo("", **{**given, **conninfo_to_dict(url), "client_encoding": "utf8"})
        self._pool = self._new_pool(most)
        self._locks = self._new_pool(2 * most)  # its own, or those who wait for a lock starve the one who has it
        self._away = False  # no connection came the last time

    @classmethod
    def shared(cls, url: str) -> Database:
        """The one of this process for ``url``; whoever asked for it closes it, and the last to do so ends it."""
        with cls._guard:
            found = cls._shared.get((os.getpid(), url))
            if found is None:
                found = cls._shared[os.getpid(), url] = cls(url)
            else:
                found._users += 1
            return found

    def close(self) -> None:
        """Give it back; its connections are closed when nobody has it any more."""
        with self._guard:
            self._users -= 1
            if self._users > 0:
                return
            self._shared.pop((os.getpid(), self.url), None)
        for pool in (self._pool, self._locks):
            pool.close()

    def _new_pool(self, most: int) -> ConnectionPool[Connection]:
        return ConnectionPool(
            self._server,
            kwargs={"autocommit": True, "prepare_threshold": _PREPARE_FROM}, min_size=0, max_size=most, open=False,
            configure=_configure, timeout=self._wait, max_idle=_IDLE, max_lifetime=_LIFE, reconnect_timeout=self._wait,
            num_workers=2,
        )  # fmt: skip

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __str__(self) -> str:
        return self.address

    __repr__ = __str__

    # -- what is there ---------------------------------------------------------------------------------------

    def migrate(self) -> schema.Found:
        """Bring the tables up to date, once; gives what the database is. Raises ``SchemaNewer``, ``SchemaOlder``."""
        with self._ready:
            if self._found is None:
                with self._naming_failures(), self._lease("SELECT 1", self._pool) as (connection, _):
                    self._found = schema.migrate(connection, self.address)
            return self._found

    # -- transactions ----------------------------------------------------------------------------------------

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """One transaction on the tables that belong to no project."""
        self.migrate()
        with self._transaction(_WRITING) as connection:
            yield connection

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of one statement that reads tables that belong to no project: one way there and back."""
        self.migrate()
        with self._naming_failures(), self._lease(statement, self._pool, values) as (_, cursor):
            return cursor.fetchall()

    @contextmanager
    def reading(self, workspace: int) -> Iterator[Connection]:
        """One moment of a project's rows, and of no other's."""
        with self._transaction(self._only(workspace, _READING)) as connection:
            yield connection

    @contextmanager
    def writing(self, workspace: int) -> Iterator[Connection]:
        """One change of a project's rows, whole or not at all."""
        with self._transaction(self._only(workspace, _WRITING)) as connection:
            yield connection

    def _only(self, workspace: int, opening: str) -> str:
        """Begin a transaction in which only rows of one project can be seen or written, by plans that walk indexes.

        The SELECT is the first that sees rows: what a reader sees is fixed by it.
        """
        role = f"SET LOCAL ROLE {schema.ROLE};" if self.migrate().powerful else ""
        return f"{opening};{_PLANS}{role}SELECT set_config('loomgraph.workspace', '{int(workspace)}', true)"

    @contextmanager
    def exclusive(
        self, name: str, *, timeout: float = 60.0, waiting: Callable[[str], None] | None = None
    ) -> Iterator[None]:
        """Hold the lock ``name`` against every process that uses this database; raises ``GraphBusy`` after ``timeout``
        seconds. ``waiting`` is called once, with the holder, when there is something to wait for.

        The lock is a transaction's: it ends with its connection, whatever becomes of this process.
        """
        key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little", signed=True)
        deadline = time.monotonic() + timeout
        pause, told = _FIRST_PAUSE, False
        with self._transaction(_WRITING, self._locks) as connection:
            while not _one(connection, "SELECT pg_try_advisory_xact_lock(%s)", key):
                if waiting is not None and not told:
                    waiting(_holder(connection, key))
                    told = True
                if time.monotonic() >= deadline:
                    raise GraphBusy(path=f"{name} in {self.address}")
                time.sleep(min(pause, max(deadline - time.monotonic(), 0)))
                pause = min(2 * pause, _LAST_PAUSE)
            # Lets go of what the last statement saw: or VACUUM and indexes that are made wait as long as this holds.
            connection.execute("SELECT 1", prepare=False)
            yield

    @contextmanager
    def _transaction(self, opening: str, pool: ConnectionPool[Connection] | None = None) -> Iterator[Connection]:
        with self._naming_failures(), self._lease(opening, pool or self._pool) as (connection, _):
            try:
                yield connection
            except BaseException:
                if not connection.closed:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _lease(
        self, opening: str, pool: ConnectionPool[Connection], values: tuple[object, ...] = ()
    ) -> Iterator[tuple[Connection, Cursor]]:
        """A connection that has answered ``opening``, and its answer.

        Those of the pool may have died since they were used. A server that starts anew is waited for, but not by
        everybody who comes while it is away.
        """
        pool.open()
        if self._away:
            self._look_again()
        deadline = time.monotonic() + self._wait
        while True:
            try:
                connection = pool.getconn(timeout=max(deadline - time.monotonic(), 0.1))
            except PoolTimeout as error:
                self._away = True
                raise DatabaseUnavailable(path=self.address, reason=self._why_no_connection(pool)) from error
            try:
                cursor = connection.execute(opening, values or None, prepare=None if values else False)
                break
            except psycopg.OperationalError:
                lost = connection.closed
                pool.putconn(connection)
                if not lost or time.monotonic() >= deadline:
                    raise
            except BaseException:
                pool.putconn(connection)
                raise
        try:
            yield connection, cursor
        finally:
            pool.putconn(connection)

    # -- failures --------------------------------------------------------------------------------------------

    @contextmanager
    def _naming_failures(self) -> Iterator[None]:
        """What PostgreSQL could not do, as the error that says what to do about it."""
        try:
            yield
        except psycopg.Error as error:
            raise self.named(error) from error

    def named(self, error: psycopg.Error) -> LoomGraphError:
        """The error of this program for one of the driver's."""
        reason = " ".join((error.diag.message_primary or str(error)).split())
        kind: type[StoreError] = StoreError
        if isinstance(error, _BUSY):
            kind = GraphBusy
        elif isinstance(error, failures.DiskFull):
            kind = DiskFull
        elif isinstance(error, _DAMAGED):
            kind = GraphDamaged
        elif isinstance(error, _GONE) or _is_lost(error):
            kind = DatabaseUnavailable
        return kind(path=self.address, reason=reason)

    def _why_no_connection(self, pool: ConnectionPool[Connection]) -> str:
        """The pool only knows that none came in time."""
        stats = pool.get_stats()
        if stats.get("pool_available", 0) == 0 and stats.get("pool_size", 0) >= pool.max_size:
            return f"all {pool.max_size} connections of this process were in use for {self._wait:g} seconds"
        return self._refusal() or f"no connection came within {self._wait:g} seconds"

    def _refusal(self) -> str:
        """Why the server cannot be connected to; "" when it can."""
        try:
            psycopg.connect(self._server).close()
        except psycopg.Error as error:
            return " ".join(str(error).split())
        return ""

    def _look_again(self) -> None:
        refusal = self._refusal()
        if refusal:
            raise DatabaseUnavailable(path=self.address, reason=refusal)
        self._away = False


def _is_lost(error: psycopg.Error) -> bool:
    """Whether the connection is gone: the driver alone says so, or the server by a code of class 08."""
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate.startswith("08")


def address_of(url: str) -> str:
    """What may be shown of a database's URL: no password. Raises ``StoreError`` for what is no URL."""
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:  # it quotes what it was given, passwords too
        raise StoreError(path="(a database)", reason="its address is not one of PostgreSQL's: postgresql://…") from None
    user = f"{given['user']}@" if given.get("user") else ""
    port = f":{given['port']}" if given.get("port") else ""
    return f"postgresql://{user}{given.get('host', 'localhost')}{port}/{given.get('dbname', '')}"


def answer(connection: Connection, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows of a statement written in this program."""
    return connection.execute(statement, values or None).fetchall()


def _one(connection: Connection, statement: str, *values: object) -> Any:
    return answer(connection, statement, *values)[0][0]


def _holder(connection: Connection, key: int) -> str:
    """The server's process that holds an advisory lock."""
    found = answer(
        connection,
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
        " AND (classid::bigint << 32 | objid::bigint) = %s", key,
    )  # fmt: skip
    return f"{found[0][0]} of the database" if found else ""


def _configure(connection: Connection) -> None:
    """Behind a pooler the server's own process is another than the one that answered: its plans are others' too."""
    if _one(connection, "SELECT pg_backend_pid()") != connection.info.backend_pid:
        connection.prepare_threshold = None

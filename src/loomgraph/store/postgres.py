"""The PostgreSQL store: one project's rows in a database that many processes and hosts share.

Connections, transactions and failures are ``postgres_database``'s, tables ``postgres_schema``'s; what is read and
written is in ``postgres_read`` and ``postgres_write``. It must not know what the project is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from loomgraph.errors import GraphChanged, GraphDamaged, StoreError
from loomgraph.store import postgres_sql as sql
from loomgraph.store.base import Reader, Update
from loomgraph.store.file_order import LastOrder
from loomgraph.store.postgres_database import Connection, Database
from loomgraph.store.postgres_read import PostgresReader
from loomgraph.store.postgres_write import PostgresWriter
from loomgraph.store.sqlite_rows import UnreadableRow

_CONNECTION = 100_000  # bytes of what the driver keeps for a project, about


class PostgresStore:
    """The graph of the project ``workspace`` (see :class:`loomgraph.store.base.Store`); one without rows is empty.

    Closing gives ``database`` back. ``wait`` is how many seconds an update waits for another one to end. ``lean`` says
    that many are open: this store keeps next to nothing between questions anyway.
    """

    def __init__(self, database: Database, workspace: int, *, wait: float = 5.0, lean: bool = False) -> None:
        self._database = database
        self._workspace = workspace
        self._wait = wait
        self._closed = False
        self._name = f"{database} (project {workspace})"
        self._orders = LastOrder()
        try:
            database.migrate()
        except BaseException:
            self.close()
            raise

    # -- reading ---------------------------------------------------------------------------------------------

    def read(self) -> AbstractContextManager[Reader]:
        return self._read()

    @contextmanager
    def _read(self) -> Iterator[PostgresReader]:
        self._check_open()
        with self._naming_damage(), self._database.reading(self._workspace) as connection:
            yield PostgresReader(connection, self._workspace, self._orders)

    # -- writing ---------------------------------------------------------------------------------------------

    def apply(self, update: Update) -> int:
        with self._writing() as connection:
            generation = PostgresReader(connection, self._workspace).generation()
            if update.expects is not None and update.expects != generation:
                raise GraphChanged(path=self._name)
            writer = PostgresWriter(connection, self._workspace, self._name)
            writer.apply(update, generation + 1)
            writer.finish()
            writer.count()
            return generation + 1

    def keep(self, facts: Mapping[str, bytes]) -> None:
        if not facts:
            return
        with self._writing() as connection:
            writer = PostgresWriter(connection, self._workspace, self._name)
            writer.keep(facts)
            writer.finish()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that no other update of this graph runs beside."""
        self._check_open()
        with self._naming_damage(), self._database.writing(self._workspace) as connection:
            connection.execute(f"SET LOCAL lock_timeout = {max(1, int(self._wait * 1000))}", prepare=False)
            connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('update', %s))", (self._workspace,))
            yield connection

    def memory(self) -> int:
        return _CONNECTION + self._orders.nbytes

    # -- care ------------------------------------------------------------------------------------------------

    def verify(self) -> None:
        self._check_open()
        with self._naming_damage(), self._database.reading(self._workspace) as connection:
            connection.execute(sql.WHOLE, prepare=False)
            reader = PostgresReader(connection, self._workspace)
            if lost := reader.lost_ends():
                raise GraphDamaged(path=self._name, reason=f"{lost} edges lead to nothing")
            counted = reader.counted()
            if reader.counts() != counted:
                raise GraphDamaged(path=self._name, reason="it does not hold what its last update wrote")

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._database.close()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(path=self._name, reason="it was closed")

    @contextmanager
    def _naming_damage(self) -> Iterator[None]:
        try:
            yield
        except UnreadableRow as error:
            raise GraphDamaged(path=self._name, reason=str(error)) from error


def remove(database: Database, workspace: int) -> None:
    """Throw away every row of a project's graph."""
    with database.writing(workspace) as connection:
        for statement in sql.WIPE:
            connection.execute(statement.replace("$1", "%s"), (workspace,))

"""A graph in a PostgreSQL database, with what this machine makes from it in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loomgraph.engines.places import UPDATE
from loomgraph.errors import GraphMissing
from loomgraph.settings.values import Secret
from loomgraph.store import postgres_projects as sql
from loomgraph.store.base import Store
from loomgraph.store.postgres import PostgresStore, remove
from loomgraph.store.postgres_database import Database, address_of, answer


@dataclass(frozen=True, slots=True)
class DatabasePlace:
    """The rows of the project ``workspace`` (see :class:`loomgraph.engines.places.GraphPlace`)."""

    url: Secret
    workspace: int
    cache: Path
    store: str = "postgresql"

    def __str__(self) -> str:
        return f"{address_of(self.url.reveal())} (project {self.workspace})"

    def identity(self) -> object:
        """A project's number is never given again."""
        return self.workspace

    def open(self, *, create: bool = False, wait: float = 10.0, lean: bool = False) -> Store:
        """A project without rows is an empty graph: there is nothing to create."""
        return PostgresStore(Database.shared(self.url.reveal()), self.workspace, wait=wait, lean=lean)

    def reopen(self) -> Store:
        return self.open()

    @contextmanager
    def alone(
        self, *, timeout: float = 60.0, waiting: Callable[[str], None] | None = None, what: str = UPDATE
    ) -> Iterator[None]:
        """Raises ``GraphMissing`` when the project was deleted while somebody else held the lock."""
        held = f"{what} of project {self.workspace}"
        with (
            Database.shared(self.url.reveal()) as database,
            database.exclusive(held, timeout=timeout, waiting=waiting),
        ):
            with database.connection() as connection:
                if not answer(connection, sql.KNOWN, self.workspace):
                    raise GraphMissing(path=str(self))
            yield

    def remove(self) -> None:
        with Database.shared(self.url.reveal()) as database:
            remove(database, self.workspace)

"""Where a native graph lies: how its store is opened, who may change it, and where files made from it are kept.

A place is a name, not a thing that is open: it may be passed to another process. It must not know what a graph holds,
nor what its project is called.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from loomgraph.errors import StoreUnwritable
from loomgraph.store.base import Store

UPDATE, VECTORS = "update", "vectors"  # what may be done by one at a time


class GraphPlace(Protocol):
    """The place of one graph; as text it is named so in errors."""

    @property
    def store(self) -> str:
        """What sort of store it is: "sqlite", "postgresql"."""

    @property
    def cache(self) -> Path:
        """A folder of this machine for what is made from the graph; it may be deleted at any time."""

    def identity(self) -> object:
        """Which graph lies there now: one that was put in its place has another."""

    def open(self, *, create: bool = False, wait: float = 10.0, lean: bool = False) -> Store:
        """The graph's store. ``create`` makes an empty graph when there is none."""

    def reopen(self) -> Store:
        """The graph's store in another process."""

    def alone(
        self, *, timeout: float = 60.0, waiting: Callable[[str], None] | None = None, what: str = UPDATE
    ) -> AbstractContextManager[None]:
        """Nobody else, in this process or another, updates the graph meanwhile (or does ``what``); raises
        ``GraphBusy``."""

    def remove(self) -> None:
        """Throw the graph away, readable or not."""


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A graph in an SQLite file, with its lock and its cache beside it."""

    path: Path
    store: str = "sqlite"

    def __str__(self) -> str:
        return str(self.path)

    @property
    def cache(self) -> Path:
        return self.path.parent

    def identity(self) -> object:
        try:
            found = self.path.stat()
        except OSError:
            return object()  # like no other
        return found.st_dev, found.st_ino

    def open(self, *, create: bool = False, wait: float = 10.0, lean: bool = False) -> Store:
        from loomgraph.store.sqlite import SqliteStore

        return SqliteStore(self.path, create=create, wait=wait, lean=lean)

    def reopen(self) -> Store:
        return self.open()

    def alone(
        self, *, timeout: float = 60.0, waiting: Callable[[str], None] | None = None, what: str = UPDATE
    ) -> AbstractContextManager[None]:
        from loomgraph.indexing.lock import exclusive

        return exclusive(self.path.parent / f"{what}.lock", timeout=timeout, waiting=waiting)

    def remove(self) -> None:
        """Its log goes before itself: a log without a graph says nothing, the reverse could."""
        for path in (Path(f"{self.path}-wal"), Path(f"{self.path}-shm"), self.path):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise StoreUnwritable(path=str(path), reason=error.strerror or str(error)) from error

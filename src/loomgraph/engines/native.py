"""The native engine: one project's graph in one SQLite file, filled from a folder or from a document.

It puts the store, the index and the formats together and adds nothing to what they do. It must not know what a
project is called, nor where projects lie.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from loomgraph.errors import GraphDamaged, GraphNewer, GraphOlder, StoreUnwritable
from loomgraph.store.base import FileGraph, Reader, Update
from loomgraph.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from loomgraph.indexing.build import IndexOptions, IndexResult, Progress, WaitingCallback

LOCK = "update.lock"


class NativeEngine:
    """One project's graph. ``create`` makes an empty one when there is none; ``wait`` is in seconds."""

    def __init__(self, graph: Path, *, create: bool = False, wait: float = 10.0) -> None:
        self.graph = graph
        self._wait = wait
        self._store = SqliteStore(graph, create=create, wait=wait)

    @classmethod
    def rebuild(cls, graph: Path, *, wait: float = 10.0) -> NativeEngine:
        """Open a graph that is about to be built anew: one that cannot be read is thrown away first."""
        try:
            engine = cls(graph, create=True, wait=wait)
            try:
                engine.verify()
            except BaseException:
                engine.close()
                raise
        except (GraphDamaged, GraphNewer, GraphOlder):
            from loomgraph.indexing.lock import exclusive

            with exclusive(graph.parent / LOCK, timeout=wait):
                _remove(graph)
            engine = cls(graph, create=True, wait=wait)
        return engine

    def update(self, root: str, options: IndexOptions, progress: Progress, waiting: WaitingCallback) -> IndexResult:
        """Bring the graph up to date with the code in ``root``."""
        from loomgraph.indexing import build

        reopen = partial(SqliteStore, self.graph, wait=self._wait)
        return build.update(
            self._store, root, options, reopen=reopen, progress=progress,
            lock=self.graph.parent / LOCK, lock_wait=self._wait, waiting=waiting,
        )  # fmt: skip

    def insert(self, graphs: Iterable[FileGraph]) -> None:
        """Replace what some files say."""
        from loomgraph.indexing.lock import exclusive

        with exclusive(self.graph.parent / LOCK, timeout=self._wait):
            self._store.apply(Update(replace=graphs))

    @contextlib.contextmanager
    def read(self) -> Iterator[Reader]:
        """The graph as it is now, for questions and exports."""
        with self._store.read() as reader:
            yield reader

    def verify(self) -> None:
        """Look for damage; raises ``GraphDamaged``."""
        self._store.verify()

    def close(self) -> None:
        self._store.close()

    def __enter__(self) -> NativeEngine:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _remove(graph: Path) -> None:
    """Throw a graph away, its log before itself: a log without a graph says nothing, the reverse could."""
    for path in (Path(f"{graph}-wal"), Path(f"{graph}-shm"), graph):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnwritable(path=str(path), reason=error.strerror or str(error)) from error

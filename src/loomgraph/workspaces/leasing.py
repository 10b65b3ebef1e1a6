"""How use cases get at engines: on lease, by the name of the project.

Two implementations: :class:`OpenAndClose` here, for a process that answers once and ends, and
:class:`loomgraph.workspaces.manager.Manager`, which keeps engines open between leases. This module must not know what
an engine is asked.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from loomgraph.engines.base import Engine
from loomgraph.engines.native import NativeEngine
from loomgraph.settings.storing import LIGHTRAG
from loomgraph.workspaces.catalog import Catalog, Project

if TYPE_CHECKING:
    from loomgraph.engines.lightrag.hosts import Hosts
    from loomgraph.settings import Settings


class Engines(Protocol):
    """Engines of projects, handed out for a while."""

    def lease(self, name: str, *, create: bool = False, rebuild: bool = False) -> AbstractContextManager[Engine]:
        """The engine of a project; raises ``UnknownProject``.

        ``create`` makes an empty graph in a project that has none, ``rebuild`` opens one about to be built anew, also
        when it is damaged.
        """

    def forget(self, name: str) -> None:
        """Let go of a project that is about to be moved or deleted: keep nothing of it open that nobody holds."""

    def close(self) -> None:
        """Close whatever is open; nothing can be leased afterwards."""


class EngineOpener:
    """Opens the engine of a project, of the kind it was made with.

    ``lean`` is for engines that are kept open among many, ``later`` for those that leave vectors of large inserts to
    whoever embeds; ``wait`` is in seconds. Closing ends the processes in which LightRAG runs.
    """

    def __init__(
        self, settings: Settings, *, lean: bool = False, later: bool = False, wait: float | None = None
    ) -> None:  # fmt: skip
        self._settings = settings
        self._lean = lean
        self._later = later
        self._wait = settings.lock_wait if wait is None else wait
        self._hosts: Hosts | None = None
        self._guard = threading.Lock()

    def __call__(self, project: Project, *, create: bool, rebuild: bool) -> Engine:
        embedding = self._settings.embedding
        if project.engine == LIGHTRAG:
            from loomgraph.engines.lightrag.engine import LightRagEngine

            hosts = self._lightrag()
            return LightRagEngine(
                project.place, hosts, name=project.name, create=create, wait=self._wait, lean=self._lean
            )
        if rebuild:
            return NativeEngine.rebuild(project.place, wait=self._wait, embedding=embedding)
        return NativeEngine(
            project.place, create=create, wait=self._wait, embedding=embedding, lean=self._lean, later=self._later
        )  # fmt: skip

    def _lightrag(self) -> Hosts:
        from loomgraph.engines.lightrag.hosts import Hosts

        with self._guard:
            if self._hosts is None:
                self._hosts = Hosts(self._settings.lightrag, self._settings.embedding, self._settings.llm)
            return self._hosts

    def close(self) -> None:
        """End the processes of LightRAG; engines are closed before."""
        with self._guard:
            hosts, self._hosts = self._hosts, None
        if hosts is not None:
            hosts.close()


def make_empty(project: Project) -> None:
    """An empty graph in a project that is being made, so that nobody finds one without."""
    NativeEngine(project.place, create=True).close()


class OpenAndClose:
    """Opens an engine for each lease and closes it at its end."""

    def __init__(self, catalog: Catalog, opener: EngineOpener) -> None:
        self._catalog = catalog
        self._opener = opener

    @contextlib.contextmanager
    def lease(self, name: str, *, create: bool = False, rebuild: bool = False) -> Iterator[Engine]:
        project, identity = self._catalog.get(name), self._catalog.identity(name)
        with (
            self._catalog.staying(name, identity),
            contextlib.closing(self._opener(project, create=create, rebuild=rebuild)) as engine,
        ):
            yield engine

    def forget(self, name: str) -> None:
        """Nothing is open between leases."""

    def close(self) -> None:
        """End what engines have started."""
        self._opener.close()

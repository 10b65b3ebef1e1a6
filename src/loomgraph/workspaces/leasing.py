"""How use cases get at engines: on lease, by the name of the project.

Two implementations: :class:`OpenAndClose` here, for a process that answers once and ends, and
:class:`loomgraph.workspaces.manager.Manager`, which keeps engines open between leases. This module must not know what
an engine is asked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from loomgraph.engines.native import NativeEngine
from loomgraph.settings import EmbeddingSettings
from loomgraph.workspaces.folders import Project, ProjectFolders


class Engines(Protocol):
    """Engines of projects, handed out for a while."""

    def lease(self, name: str, *, create: bool = False, rebuild: bool = False) -> AbstractContextManager[NativeEngine]:
        """The engine of a project; raises ``UnknownProject``.

        ``create`` makes an empty graph in a project that has none, ``rebuild`` opens one about to be built anew, also
        when it is damaged.
        """

    def forget(self, name: str) -> None:
        """Let go of a project that is about to be moved or deleted: keep nothing of it open that nobody holds."""

    def close(self) -> None:
        """Close whatever is open; nothing can be leased afterwards."""


def open_native(
    project: Project, *, create: bool, rebuild: bool, wait: float, embedding: EmbeddingSettings | None = None,
    lean: bool = False,
) -> NativeEngine:  # fmt: skip
    """The native engine of a project; ``lean`` is for one that is kept open among many."""
    if rebuild:
        return NativeEngine.rebuild(project.graph, wait=wait, embedding=embedding)
    return NativeEngine(project.graph, create=create, wait=wait, embedding=embedding, lean=lean)


def make_empty(project: Project) -> None:
    """An empty graph in a project that is being made, so that nobody finds one without."""
    NativeEngine(project.graph, create=True).close()


class OpenAndClose:
    """Opens an engine for each lease and closes it at its end."""

    def __init__(self, folders: ProjectFolders, *, wait: float, embedding: EmbeddingSettings | None = None) -> None:
        self._folders = folders
        self._wait = wait
        self._embedding = embedding

    @contextlib.contextmanager
    def lease(self, name: str, *, create: bool = False, rebuild: bool = False) -> Iterator[NativeEngine]:
        project, identity = self._folders.get(name), self._folders.identity(name)
        with (
            self._folders.staying(name, identity),
            open_native(project, create=create, rebuild=rebuild, wait=self._wait, embedding=self._embedding) as engine,
        ):
            yield engine

    def forget(self, name: str) -> None:
        """Nothing is open between leases."""

    def close(self) -> None:
        """Nothing is open between leases."""

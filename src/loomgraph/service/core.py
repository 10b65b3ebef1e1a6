"""What every use case stands on: the settings, where one stands, the projects, and the engines on lease.

Use cases are written by topic, each a class over :class:`Core` in a module of its own; ``service.Service`` is all of
them together. This module must not know any use case, nor how engines are kept.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from loomgraph.workspaces.folders import Project, ProjectFolders
from loomgraph.workspaces.leasing import Engines, OpenAndClose

if TYPE_CHECKING:
    from loomgraph.service.asking import Asking
    from loomgraph.settings import Settings
    from loomgraph.store.base import Reader


class Core:
    """One set of settings, as seen from the folder ``here``. ``engines`` says how graphs are opened and kept."""

    def __init__(self, settings: Settings, here: Path, engines: Engines | None = None) -> None:
        self.settings = settings
        self.here = here
        self.folders = ProjectFolders(settings.data_dir)
        self.engines: Engines = engines or OpenAndClose(self.folders, wait=settings.lock_wait)

    @staticmethod
    def plain(answer: object) -> object:
        """An answer as JSON types: the same on every surface."""
        from loomgraph.service.answers import plain

        return plain(answer)

    def find_project(self, name: str = "") -> Project:
        """The project of that name; without one the project of the settings, else the one that holds this folder."""
        name = name or self.settings.project
        return self.folders.get(name) if name else self.folders.holding(self.here)

    @contextlib.contextmanager
    def reading(self, project: str = "") -> Iterator[tuple[Project, Reader]]:
        """A project's graph as it is now."""
        found = self.find_project(project)
        with self.engines.lease(found.name) as engine, engine.read() as reader:
            yield found, reader

    @contextlib.contextmanager
    def asking(self, project: str) -> Iterator[Asking]:
        """A project's graph, ready for questions."""
        from loomgraph.service.asking import Asking

        with self.reading(project) as (found, reader):
            yield Asking(found.root, reader, self.here)

    def read_text(self, path: str) -> str:
        """A text file of the user's; ``-`` is standard input."""
        from loomgraph.service import files

        return files.read_text(Path(path) if path == "-" else self.here / path)


def now() -> str:
    """This moment, as graphs and registries note it."""
    return datetime.now(UTC).isoformat(timespec="seconds")

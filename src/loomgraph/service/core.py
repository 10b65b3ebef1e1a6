"""What every use case stands on: the settings, where one stands, the projects, and the engines on lease.

Use cases are written by topic, each a class over :class:`Core` in a module of its own; ``service.Service`` is all of
them together. This module must not know any use case, nor how engines are kept.
"""

from __future__ import annotations

import contextlib
import copy
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from loomgraph.errors import Forbidden, NoProjectHere, NothingIndexed, ProjectTaken, UnknownProject
from loomgraph.workspaces import names as project_names
from loomgraph.workspaces.catalog import Catalog, Project
from loomgraph.workspaces.leasing import EngineOpener, Engines, OpenAndClose, make_empty
from loomgraph.workspaces.opening import open_catalog
from loomgraph.workspaces.rights import EVERYTHING, Rights

if TYPE_CHECKING:
    from loomgraph.service.asking import Asking
    from loomgraph.settings import Settings
    from loomgraph.store.base import Reader


Part = TypeVar("Part")


class Shared:
    """What lives as long as the service, whoever it is seen by: made when it is first asked for."""

    def __init__(self) -> None:
        self._parts: dict[type, Any] = {}
        self._guard = threading.Lock()

    def once(self, kind: type[Part], make: Callable[[], Part]) -> Part:
        """The one ``kind``, made by whoever asks first."""
        with self._guard:
            if kind not in self._parts:
                self._parts[kind] = make()
            found: Part = self._parts[kind]
            return found

    def made(self, kind: type[Part]) -> Part | None:
        """The one ``kind`` if anybody has asked for it."""
        with self._guard:
            return self._parts.get(kind)


class Core:
    """One set of settings, as seen from the folder ``here`` by somebody with ``rights``.

    ``engines`` says how graphs are opened and kept. A project without a right to read it is as if it were not there.
    """

    local = True  # whether whoever asks sees this machine's files as paths
    later = False  # whether a server makes vectors after the changes that need them

    def __init__(
        self, settings: Settings, here: Path, engines: Engines | None = None, catalog: Catalog | None = None
    ) -> None:
        self.settings = settings
        self.here = here
        self.catalog = catalog or open_catalog(settings)
        self.engines: Engines = engines or OpenAndClose(self.catalog, EngineOpener(settings, later=self.later))
        self.rights: Rights = EVERYTHING
        self.shared = Shared()

    def close(self) -> None:
        """Close whatever graphs are open, and let go of their catalog."""
        self.engines.close()
        self.catalog.close()

    def seen_by(self, rights: Rights) -> Self:
        """The same service, as somebody with these rights sees it."""
        other = copy.copy(self)
        other.rights = rights
        return other

    @staticmethod
    def plain(answer: object) -> object:
        """An answer as JSON types: the same on every surface."""
        from loomgraph.service.answers import plain

        return plain(answer)

    def find_project(self, name: str = "") -> Project:
        """The project of that name; without one the project of the settings, else the one that holds this folder."""
        name = name or self.settings.project
        if not name:
            found = self.catalog.holding(self.here)
            if not self.rights.may_read(found.name):
                raise NoProjectHere(path=str(self.here))
            return found
        if not self.rights.may_read(project_names.check(name)):
            raise UnknownProject(name=name)
        return self.catalog.get(name)

    def visible(self) -> list[Project]:
        """Every project that may be read."""
        return [project for project in self.catalog.all() if self.rights.may_read(project.name)]

    def writable(self, name: str = "") -> Project:
        """A project as :meth:`find_project` gives it, to be changed; raises ``Forbidden``."""
        found = self.find_project(name)
        self._may_write(found.name)
        return found

    def for_insert(self, name: str) -> Project:
        """A project to insert into: made when it is not there and the settings allow it."""
        self._may_write(project_names.check(name))
        try:
            return self.catalog.get(name)
        except UnknownProject:
            if not self.settings.server.create_projects:
                raise
        try:
            return self.make_project(name)
        except ProjectTaken as error:
            if error.name != name:
                raise
            return self.catalog.get(name)  # another was quicker

    def may_insert(self, name: str) -> None:
        """Raise unless :meth:`for_insert` would give a project."""
        self._may_write(project_names.check(name))
        if not self.settings.server.create_projects:
            self.catalog.get(name)

    def make_project(self, name: str, engine: str = "") -> Project:
        """A new project with an empty graph, answered by ``engine`` (that of the settings); raises ``ProjectTaken``."""
        self._may_write(project_names.check(name))
        try:
            return self.catalog.create(name, "", now(), make_empty, engine=engine or self.settings.storing.engine)
        except ProjectTaken as error:
            if self.rights.may_read(error.name):
                raise
            raise ProjectTaken(name=name, root="another graph") from None

    def _may_write(self, name: str) -> None:
        if not self.rights.may_write(name):
            if not self.rights.may_read(name):
                raise UnknownProject(name=name)
            raise Forbidden(reason=f"it may only read {name}")

    def vectors_wanted(self, found: Project) -> None:
        """A project was found to lack vectors: a server makes them in a while, nobody else does anything."""

    def fill_vectors(self) -> None:
        """See to the vectors that others have noted to be missing: a server does, nobody else."""

    def needs_admin(self) -> None:
        """Raise ``Forbidden`` unless everything is allowed."""
        if not self.rights.admin:
            raise Forbidden(reason="only an administrator's key can")

    @contextlib.contextmanager
    def reading(self, project: str = "") -> Iterator[tuple[Project, Reader]]:
        """A project's graph as it is now."""
        found = self.find_project(project)
        with self.engines.lease(found.name) as engine, engine.read() as reader:
            if found.root and not reader.generation():  # what an interrupted first index leaves
                raise NothingIndexed(name=found.name, root=found.root)
            yield found, reader

    @contextlib.contextmanager
    def asking(self, project: str) -> Iterator[Asking]:
        """A project's graph, ready for questions."""
        from loomgraph.service.asking import Asking

        with self.reading(project) as (found, reader):
            yield Asking(found.root, reader, self.here if self.local else None)

    def read_text(self, path: str) -> str:
        """A text file of the user's; ``-`` is standard input."""
        self.needs_admin()
        from loomgraph.service import files

        return files.read_text(Path(path) if path == "-" else self.here / path)


def now() -> str:
    """This moment, as graphs and registries note it."""
    return datetime.now(UTC).isoformat(timespec="seconds")

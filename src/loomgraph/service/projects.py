"""Projects as such: which there are, what they hold, other names, deletion, and the doctor's look at them.

This module must not know what a graph says.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from loomgraph.errors import GraphBusy, GraphMissing, LoomGraphError, UnknownProject, UpdateRunning
from loomgraph.service.core import Core
from loomgraph.service.wanted import Wanted
from loomgraph.settings.storing import LIGHTRAG
from loomgraph.workspaces.catalog import Project
from loomgraph.workspaces.leasing import EngineOpener, OpenAndClose

if TYPE_CHECKING:
    from loomgraph.service.answers import DoctorReport, ProjectInfo

_Count = tuple[int, int, int, str]


class Projects(Core):
    """What is done with whole projects."""

    def project_names(self) -> list[Project]:
        """Every project, without a look at its graph."""
        return self.visible()

    def projects(self) -> list[ProjectInfo]:
        """Every project with its counts."""
        return [self._info(project) for project in self.visible()]

    def project(self, name: str) -> ProjectInfo:
        """One project with its counts."""
        return self._info(self.find_project(name))

    def create_project(self, name: str, engine: str = "") -> ProjectInfo:
        """Make a project with an empty graph, answered by ``engine`` (that of the settings).

        Raises ``ProjectTaken``, also when another's name looks alike.
        """
        return self._info(self.make_project(name, engine))

    def rename_project(self, name: str, new_name: str) -> ProjectInfo:
        """Give a project another name; rights on it follow."""
        from loomgraph.workspaces.keys import Keys

        self.needs_admin()
        with self._alone(self.find_project(name)):
            self.engines.forget(name)
            renamed = self.catalog.rename(name, new_name)
            Keys(self.catalog.key_storage()).rename_project(name, new_name)
            Wanted(self.settings.data_dir).rename(name, new_name)
        return self._info(renamed)

    def delete_project(self, name: str, *, wait: float | None = None) -> None:
        """Delete a project's graph; raises ``UpdateRunning`` when an update of it still runs after ``wait`` seconds."""
        project = self.writable(name)
        if project.engine == LIGHTRAG:  # whose rows may lie on servers that know nothing of this catalog
            self.clear_project(name)
        with self._alone(project, wait):
            self.engines.forget(name)
            self.catalog.delete(name)

    def clear_project(self, name: str) -> int:
        """Empty a project's graph; gives how many of its storages. Raises ``UpdateRunning`` while an update runs."""
        project = self.writable(name)
        with self._alone(project, wait=0):
            pass
        with self.engines.lease(project.name, create=True) as engine:
            return engine.clear()

    @contextlib.contextmanager
    def _alone(self, project: Project, wait: float | None = None) -> Iterator[None]:
        """Nobody else updates the project meanwhile."""
        with contextlib.ExitStack() as stack:
            try:
                timeout = self.settings.lock_wait if wait is None else wait
                stack.enter_context(project.place.alone(timeout=timeout))
            except GraphMissing:
                raise UnknownProject(name=project.name) from None
            except GraphBusy:
                raise UpdateRunning(name=project.name) from None
            yield

    def _info(self, project: Project) -> ProjectInfo:
        from loomgraph.service.answers import ProjectInfo

        size, changed, stamp = self.catalog.extent(project)
        files, symbols, edges, problem = self.shared.once(_Counted, _Counted).of(project, stamp, self._count)
        indexed = datetime.fromtimestamp(changed, UTC).isoformat(timespec="seconds") if changed else ""
        return ProjectInfo(
            project.name,
            project.root,
            str(project.place),
            project.created,
            indexed,
            size,
            files,
            symbols,
            edges,
            problem,
            project.engine,
        )

    def _count(self, project: Project) -> _Count:
        """What a graph holds, looked up without a place among the open ones: a list must not close what others use."""
        try:
            engines = OpenAndClose(self.catalog, EngineOpener(self.settings, wait=0))
            with engines.lease(project.name) as engine, engine.read() as reader:
                counts = reader.counts()
                return counts.files, counts.symbols, counts.edges, ""
        except LoomGraphError as error:
            return 0, 0, 0, str(error)

    def doctor(self, *, project: str = "") -> DoctorReport:
        """Check the installation, the settings and the graphs."""
        from loomgraph.service.doctor import examine

        self.needs_admin()
        return examine(self.settings, self.catalog, project, self.engines.lease)


class _Counted:
    """What graphs hold, remembered until they change: a list of a thousand projects opens none twice."""

    def __init__(self) -> None:
        self._found: dict[Project, tuple[Hashable, _Count]] = {}

    def of(self, project: Project, stamp: Hashable, count: Callable[[Project], _Count]) -> _Count:
        """The counts of a project whose graph has this stamp."""
        seen, found = self._found.get(project, (None, None))
        if found is None or seen != stamp:
            found = count(project)
            if not found[3]:
                self._found[project] = (stamp, found)
        return found

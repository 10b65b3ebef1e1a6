"""Projects as such: which there are, what they hold, other names, deletion, and the doctor's look at them.

This module must not know what a graph says.
"""

from __future__ import annotations

import contextlib
import os
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from loomgraph.engines.native import LOCK
from loomgraph.errors import LoomGraphError
from loomgraph.service.core import Core
from loomgraph.workspaces.folders import Project

if TYPE_CHECKING:
    from loomgraph.service.answers import DoctorReport, ProjectInfo


class Projects(Core):
    """What is done with whole projects."""

    def project_names(self) -> list[Project]:
        """Every project, without a look at its graph."""
        return self.folders.all()

    def projects(self) -> list[ProjectInfo]:
        """Every project with its counts."""
        return [self._info(project) for project in self.folders.all()]

    def project(self, name: str) -> ProjectInfo:
        """One project with its counts."""
        return self._info(self.folders.get(name))

    def rename_project(self, name: str, new_name: str) -> ProjectInfo:
        """Give a project another name."""
        with self._alone(self.folders.get(name)):
            self.engines.forget(name)
            renamed = self.folders.rename(name, new_name)
        return self._info(renamed)

    def delete_project(self, name: str) -> None:
        """Delete a project's graph."""
        with self._alone(self.folders.get(name)):
            self.engines.forget(name)
            self.folders.delete(name)

    def _alone(self, project: Project) -> AbstractContextManager[None]:
        """Nobody else updates the project meanwhile."""
        from loomgraph.indexing.lock import exclusive

        return exclusive(project.folder / LOCK, timeout=self.settings.lock_wait)

    def _info(self, project: Project) -> ProjectInfo:
        from loomgraph.service.answers import ProjectInfo

        files = symbols = edges = 0
        problem = ""
        try:
            with self.engines.lease(project.name) as engine, engine.read() as reader:
                counts = reader.counts()
                files, symbols, edges = counts.files, counts.symbols, counts.edges
        except LoomGraphError as error:
            problem = str(error)
        size, changed = _size(project.folder)
        indexed = datetime.fromtimestamp(changed, UTC).isoformat(timespec="seconds") if changed else ""
        return ProjectInfo(
            project.name,
            project.root,
            str(project.graph),
            project.created,
            indexed,
            size,
            files,
            symbols,
            edges,
            problem,
        )

    def doctor(self, *, project: str = "") -> DoctorReport:
        """Check the installation, the settings and the graphs."""
        from loomgraph.service.doctor import examine

        chosen = [self.folders.get(project)] if project else self.folders.all()
        return examine(self.settings, self.folders, chosen, self.engines.lease)


def _size(folder: Path) -> tuple[int, float]:
    """How many bytes a project's folder takes, and when its graph was last written."""
    total, changed = 0, 0.0
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            status = entry.stat(follow_symlinks=False)
            total += status.st_size
            if entry.name.startswith("graph.db") and not entry.name.endswith("-shm"):
                changed = max(changed, status.st_mtime)
    return total, changed

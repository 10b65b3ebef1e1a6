"""The catalog of projects: which there are, what is known of each, and where its graph lies.

Two implementations: :class:`loomgraph.workspaces.folders.ProjectFolders`, a folder each, and
:class:`loomgraph.workspaces.postgres.ProjectTable`, a row each in a database. Reading never makes a project, and a
project is never seen half made, half renamed or half deleted. This module must not know what a graph holds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from loomgraph.engines.places import GraphPlace
from loomgraph.errors import NoProjectHere, ProjectTaken, SeveralProjectsHere
from loomgraph.settings.storing import NATIVE
from loomgraph.workspaces import names

if TYPE_CHECKING:  # hashes take a while to load, and most commands need none
    from loomgraph.workspaces.keys import KeyStorage

IMPORTED = "an imported graph"  # in place of a root, for words


@dataclass(frozen=True, slots=True)
class Project:
    """A project: its name, the folder of the code it describes ("" when it was imported), and where its graph lies.

    ``folder`` holds what this machine keeps for it; ``id`` stays the same whatever the project is called.
    """

    name: str
    folder: Path
    root: str
    created: str
    place: GraphPlace
    engine: str = NATIVE
    id: str = ""


class Extent(NamedTuple):
    """How many bytes a project takes, when its graph was last written, and a stamp that changes with the graph."""

    size: int
    changed: float
    stamp: Hashable


class Catalog(Protocol):
    """The projects of one data folder or one database."""

    def all(self) -> list[Project]:
        """Every project, by name."""

    def get(self, name: str) -> Project:
        """The project of that name; raises ``UnknownProject``."""

    def identity(self, name: str) -> Hashable:
        """Which project of that name there is now; raises ``UnknownProject``. Cheap: asked for every lease."""

    def staying(self, name: str, identity: Hashable) -> AbstractContextManager[None]:
        """Say what is the matter with a graph whose project another process moves away meanwhile.

        Raises ``UnknownProject``, or ``GraphChanged`` when there is another project of that name by now.
        """

    def extent(self, project: Project) -> Extent:
        """How large a project is, without a look into its graph."""

    def holding(self, folder: Path) -> Project:
        """The project whose root holds ``folder``: the nearest root wins, two with the same root are an error."""

    def for_root(self, root: Path, name: str = "") -> tuple[Project, bool]:
        """The project for the code in ``root``, and whether it is yet to be made (with :meth:`create`).

        Without a name it is the one project that already has this root, else one named after the folder.
        """

    def create(
        self, name: str, root: str, created: str, fill: Callable[[Project], object] | None = None, *,
        engine: str = NATIVE,
    ) -> Project:  # fmt: skip
        """Make a project; nobody ever sees it without what ``fill`` puts into it. Raises ``ProjectTaken``."""

    def rename(self, name: str, new_name: str) -> Project:
        """Give a project another name."""

    def delete(self, name: str) -> None:
        """Take a project away with all its data."""

    def sweep(self) -> int:
        """Remove what deletions that were killed left behind; gives how many."""

    def key_storage(self) -> KeyStorage:
        """Where the keys of those who may use these projects are kept; it lasts until the catalog is closed."""

    def condition(self) -> tuple[bool, str] | None:
        """Whether all is well with the server that projects lie on, and in words how it is; None without one.

        Raises the error of a server that cannot be looked at.
        """

    def close(self) -> None:
        """Let go of what the catalog holds open."""


def nearest(projects: Iterable[Project], folder: Path) -> Project:
    """Of ``projects`` the one whose root holds ``folder`` (see :meth:`Catalog.holding`)."""
    where = os.path.realpath(folder)
    around = [project for project in projects if project.root and _within(where, project.root)]
    if not around:
        raise NoProjectHere(path=where)
    longest = max(len(project.root) for project in around)
    found = [project for project in around if len(project.root) == longest]
    if len(found) > 1:
        raise SeveralProjectsHere(path=where, names=[project.name for project in found])
    return found[0]


def matching(projects: Iterable[Project], where: str, name: str) -> Project | str:
    """Of ``projects`` the one for the code in ``where`` (see :meth:`Catalog.for_root`), or the name of a new one."""
    projects = list(projects)
    if not name:
        same = [project for project in projects if project.root == where]
        if len(same) > 1:
            raise SeveralProjectsHere(path=where, names=sorted(project.name for project in same))
        if same:
            return same[0]
    name = names.check(name) if name else names.from_folder(os.path.basename(where))
    for project in projects:
        if project.name == name and project.root == where:
            return project
        if project.name.lower() == name.lower():
            raise taken(project)
    return name


def taken(project: Project) -> ProjectTaken:
    """The error of whoever wants a name that a project has."""
    return ProjectTaken(name=project.name, root=project.root or IMPORTED)


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)

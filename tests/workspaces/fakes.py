"""Engines that only count: what the manager must never do to them raises here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from loomgraph.errors import GraphDamaged, GraphMissing
from loomgraph.workspaces.folders import Project, ProjectFolders
from loomgraph.workspaces.manager import Limits, Manager


class FakeEngine:
    """Remembers whether it is closed and who holds it."""

    def __init__(self, garage: Garage, project: Project, size: int) -> None:
        self.garage, self.project, self.size = garage, project, size
        try:
            self.made = (project.folder / "project.json").stat().st_ino
        except FileNotFoundError:
            raise GraphMissing(path=str(project.folder)) from None
        self.closed = False
        self.holders = 0

    def memory(self) -> int:
        assert not self.closed, "asked after it was closed"
        return self.size

    def close(self) -> None:
        with self.garage.lock:
            assert not self.closed, "closed twice"
            assert not self.holders, "closed while somebody holds it"
            self.closed = True
            self.garage.open -= 1


class Garage:
    """Opens fake engines, and knows how many are open at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.engines: list[FakeEngine] = []
        self.open = self.most = 0
        self.broken: set[str] = set()
        self.sizes: dict[str, int] = {}
        self.before_opening: Callable[[str], object] = lambda _: None

    def __call__(self, project: Project, *, create: bool, rebuild: bool) -> FakeEngine:
        self.before_opening(project.name)
        if project.name in self.broken:
            raise GraphDamaged(path=project.name, reason="broken")
        engine = FakeEngine(self, project, self.sizes.get(project.name, 1))
        with self.lock:
            self.engines.append(engine)
            self.open += 1
            self.most = max(self.most, self.open)
        return engine

    def opened(self, name: str) -> list[FakeEngine]:
        """All engines ever opened for a name."""
        return [engine for engine in self.engines if engine.project.name == name]


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def folders_of(data: Path, *names: str) -> ProjectFolders:
    """A data folder with empty projects."""
    folders = ProjectFolders(data)
    for name in names:
        folders.create(name, "", "")
    return folders


def manager_of(
    folders: ProjectFolders, garage: Garage, *, clock: Clock | None = None, grown: Callable[[], int] = lambda: 0,
    **limits: float,
) -> Manager[FakeEngine]:  # fmt: skip
    """A manager of fake engines without a thread of its own."""
    chosen = Limits(**{"idle": 0.0, "patience": 0.0, **limits})  # type: ignore[arg-type]
    return Manager(folders, garage, chosen, clock=clock or Clock(), measure=grown)

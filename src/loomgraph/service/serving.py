"""The service for a process that answers for long: graphs stay open between requests, within limits.

This module must not know what serves: HTTP, MCP or anything else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from loomgraph.errors import LightRagMerged
from loomgraph.service.filler import Filler, FillReport
from loomgraph.service.service import Service
from loomgraph.settings.storing import LIGHTRAG
from loomgraph.workspaces.leasing import EngineOpener
from loomgraph.workspaces.manager import Limits, Manager, Report
from loomgraph.workspaces.opening import open_catalog

if TYPE_CHECKING:
    from loomgraph.engines.base import Engine
    from loomgraph.settings import Settings
    from loomgraph.workspaces.catalog import Catalog, Project


class LongService(Service):
    """All use cases, on graphs that stay open, for callers elsewhere."""

    local = False
    engines: Manager[Engine]

    def __init__(
        self, settings: Settings, here: Path, engines: Manager[Engine], catalog: Catalog, opener: EngineOpener,
        *, later: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(settings, here, engines, catalog)
        self._opener = opener
        self.later = later
        self._filler = Filler(settings, catalog) if later else None

    def engine_counts(self) -> Report:
        """What is open and what has happened to it, for health and metrics."""
        return self.engines.report()

    def vectors_wanted(self, found: Project) -> None:
        if self._filler is not None:
            self._filler.noticed(found.name)

    def fill_vectors(self) -> None:
        if self._filler is not None:
            self._filler.start()

    def filling(self) -> FillReport:
        """How many projects lack vectors, for health and metrics."""
        return self._filler.report() if self._filler is not None else FillReport()

    def close(self) -> None:
        """Give jobs that run back to the queue, let requests end, then close every graph."""
        self.stop_jobs()
        if self._filler is not None:
            self._filler.close()
        super().close()
        self._opener.close()


def open_service(settings: Settings, *, later: bool = False) -> LongService:
    """A service to be closed at the end. It stands in the data folder, which no project's root holds.

    With ``later`` large inserts end without their vectors, which it sees to by itself. Raises ``LightRagMerged``.
    """
    catalog = open_catalog(settings)
    merging = settings.lightrag.merging
    if merging and any(project.engine == LIGHTRAG for project in catalog.all()):
        raise LightRagMerged(names=merging)
    opener = EngineOpener(settings, lean=True, later=later)
    keeping = settings.keeping
    manager: Manager[Engine] = Manager(
        catalog,
        opener,
        Limits(keeping.max_open, keeping.idle_seconds, keeping.memory_budget, keeping.open_wait),
    )
    return LongService(settings, settings.data_dir, manager, catalog, opener, later=later)


@contextlib.contextmanager
def serving(settings: Settings) -> Iterator[LongService]:
    """A service that is closed at the end."""
    service = open_service(settings)
    try:
        yield service
    finally:
        service.close()

"""The service for a process that answers for long: graphs stay open between requests, within limits.

This module must not know what serves: HTTP, MCP or anything else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from loomgraph.service.service import Service
from loomgraph.workspaces.folders import ProjectFolders
from loomgraph.workspaces.leasing import open_native
from loomgraph.workspaces.manager import Limits, Manager, Report

if TYPE_CHECKING:
    from loomgraph.engines.native import NativeEngine
    from loomgraph.settings import Settings


class LongService(Service):
    """All use cases, on graphs that stay open, for callers elsewhere."""

    local = False
    engines: Manager[NativeEngine]

    def engine_counts(self) -> Report:
        """What is open and what has happened to it, for health and metrics."""
        return self.engines.report()

    def close(self) -> None:
        """Give jobs that run back to the queue, let requests end, then close every graph."""
        self.stop_jobs()
        self.engines.close()


def open_service(settings: Settings) -> LongService:
    """A service to be closed at the end. It stands in the data folder, which no project's root holds."""
    folders = ProjectFolders(settings.data_dir)
    keeping = settings.keeping
    manager: Manager[NativeEngine] = Manager(
        folders,
        partial(open_native, wait=settings.lock_wait, embedding=settings.embedding, lean=True),
        Limits(keeping.max_open, keeping.idle_seconds, keeping.memory_budget, keeping.open_wait),
    )
    return LongService(settings, settings.data_dir, manager)


@contextlib.contextmanager
def serving(settings: Settings) -> Iterator[LongService]:
    """A service that is closed at the end."""
    service = open_service(settings)
    try:
        yield service
    finally:
        service.close()

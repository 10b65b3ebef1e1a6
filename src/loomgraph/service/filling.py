"""Vectors from a server for graphs that lack some: right after a change, and whenever somebody asks.

This module must not know how a graph is changed, nor what vectors are made of.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from loomgraph.errors import BadInput, GraphBusy, ModelServerError
from loomgraph.service.core import Core

if TYPE_CHECKING:
    from loomgraph.indexing.build import Progress
    from loomgraph.service.answers import Filled

_REST = 30.0  # seconds in which a server that failed holds up no other change


def _nothing(*_: object, **__: object) -> None:
    """For callers who want no progress."""


class _Failed:
    """Until when a server is left alone, and why."""

    until = 0.0
    why = ""


class Filling(Core):
    """Graphs and their vectors."""

    def embed(self, project: str = "", *, progress: Progress = _nothing) -> Filled:
        """Fill in what vectors a project lacks. Raises ``EmbeddingUnreachable``; what came until then is kept."""
        from loomgraph.service.answers import Filled

        found = self.writable(project)
        if not self.settings.embedding.remote:
            raise BadInput(reason="No embedding server is set: the built-in vectors are made with the graph.")
        began = time.monotonic()
        with self.engines.lease(found.name) as engine:
            done = engine.embed(progress)
        return Filled(found.name, done.files, done.missing, done.shortened, round(time.monotonic() - began, 3))


def vectors_follow(service: Core, project: str, progress: Progress = _nothing) -> tuple[str, ...]:
    """Fill in what a change has left; what the server does not give is said, and is no failure of the change."""
    if not service.settings.embedding.remote:
        return ()
    failed = service.shared.once(_Failed, _Failed)
    if time.monotonic() < failed.until:
        return (_missing(failed.why),)
    try:
        with service.engines.lease(project) as engine:
            done = engine.embed(progress)
    except ModelServerError as error:
        failed.until, failed.why = time.monotonic() + _REST, str(error)
        return (_missing(failed.why),)
    except GraphBusy as error:
        return (_missing(str(error)),)
    if done.shortened:
        return (f"{done.shortened:,} passages were longer than the model takes: it read their beginning",)
    return ()


def _missing(why: str) -> str:
    reason = " ".join(why.split())
    return f"vectors are missing, so what changed is found by words and names until `loomgraph embed`: {reason}"

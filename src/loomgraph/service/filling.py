"""Vectors for graphs that lack some: right after a change, a while after it, and whenever somebody asks.

This module must not know how a graph is changed, nor what vectors are made of.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from loomgraph.errors import BadInput, GraphBusy, ModelServerError
from loomgraph.service.core import Core
from loomgraph.service.wanted import Wanted
from loomgraph.settings.embedding import NONE
from loomgraph.settings.storing import NATIVE

if TYPE_CHECKING:
    from loomgraph.indexing.build import Progress
    from loomgraph.service.answers import Filled

_FOLLOWING = "vectors follow: until they are there, what changed is found by words, names and the graph"
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
        if self.settings.embedding.name == NONE:
            raise BadInput(reason="No embedding is set: there are no vectors to make.")
        began = time.monotonic()
        with self.engines.lease(found.name) as engine:
            done = engine.embed(progress)
        return Filled(found.name, done.files, done.missing, done.shortened, round(time.monotonic() - began, 3))


def vectors_follow(
    service: Core, project: str, progress: Progress = _nothing, *, left: bool = False
) -> tuple[str, ...]:  # fmt: skip
    """Fill in what a change has left: a server's vectors always, others if it says so. What is not given is said, and
    is no failure of the change. Where a server sees to vectors, it does so when the change is long over."""
    if not (left or service.settings.embedding.remote):
        return ()
    if service.later:
        return _noted(service, project) if left or _lacks_some(service, project) else ()
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


def _lacks_some(service: Core, project: str) -> bool:
    if service.catalog.get(project).engine != NATIVE:  # another engine makes its own
        return False
    with service.engines.lease(project) as engine:
        return engine.health().without_vectors > 0


def _noted(service: Core, project: str) -> tuple[str, ...]:
    """Leave a project's vectors to the server."""
    Wanted(service.settings.data_dir).add(project)
    service.vectors_wanted(service.catalog.get(project))
    return (_FOLLOWING,)


def _missing(why: str) -> str:
    reason = " ".join(why.split())
    return f"vectors are missing, so what changed is found by words and names until `loomgraph embed`: {reason}"

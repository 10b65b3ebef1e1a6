"""What a route works with: the parts of the server, and the call: whose it is, to which project, and how it is done.

This module must not know any route.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Path, Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer

from loomgraph.errors import ConflictingProject, DatabaseUnavailable, Unauthorized, UnknownProject, printable
from loomgraph.server import replies
from loomgraph.server.auth import Guard
from loomgraph.server.metrics import Metrics, resident_bytes
from loomgraph.server.work import Children, Pool, Turns
from loomgraph.service import Service
from loomgraph.service.serving import LongService

Result = TypeVar("Result")
WORKSPACE = "LIGHTRAG-WORKSPACE"
_LOOK = 0.2  # seconds between two looks at a client
_KEY = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="key")
_BEARER = HTTPBearer(auto_error=False, scheme_name="bearer")


@dataclass(slots=True)
class Parts:
    """The parts of one server process. ``only``: the one project it serves, "" for all."""

    service: LongService
    questions: Pool
    worded: Pool
    changes: Pool
    children: Children
    turns: Turns
    metrics: Metrics
    guard: Guard
    default: str
    only: str = ""

    def counts(self) -> dict[str, float]:
        """How things stand in this process."""
        found, filling = self.service.engine_counts(), self.service.filling()
        return {
            "open_projects": found.open,
            "evictions": found.evicted_count + found.evicted_idle + found.evicted_memory,
            "engine_bytes": found.reported,
            "jobs_running": self.children.running,
            "filling_projects": filling.projects,
            "files_without_vectors": filling.files,
            "resident_bytes": resident_bytes(),
        }

    def all_counts(self) -> dict[str, float]:
        """The same, and how things stand with the jobs of all processes."""
        queued, running = self.service.job_counts()
        return {**self.counts(), "index_jobs_queued": queued, "index_jobs_running": running}

    def models(self, *, llm: bool = True) -> Pool:
        """Where a question may wait for servers of models, which others' questions shall not: they may be slow."""
        given = self.service.settings
        return self.worded if given.embedding.remote or (llm and given.llm.ready) else self.questions

    def close(self) -> None:
        """Let what runs end, and close every graph."""
        self.questions.shut()
        self.worded.shut()
        self.changes.shut()
        self.service.close()


@dataclass(slots=True)
class Call:
    """A request to one project, with the service as the one who asks may see it."""

    parts: Parts
    request: Request
    project: str
    service: Service

    async def ask(self, function: Callable[..., Result], *arguments: Any, **named: Any) -> Result:
        """A question, in a thread."""
        return await self.parts.questions.run(function, *arguments, **named)

    async def change(self, function: Callable[..., Result], *arguments: Any, **named: Any) -> Result:
        """A small change, in a thread of those that questions do not wait for."""
        return await self.parts.changes.run(function, *arguments, **named)

    async def write(self, function: Callable[..., Result], *arguments: Any, **named: Any) -> Result:
        """A small change to the graph, when it is the project's turn."""
        async with self._turn():
            return await self.change(function, *arguments, **named)

    async def write_apart(self, task: str, **arguments: Any) -> Any:
        """A long one, in a process of its own."""
        async with self._turn():
            return await self.apart(task, **arguments)

    def _turn(self) -> contextlib.AbstractAsyncContextManager[None]:
        """Whoever may not write is told so at once, and not how long others take."""
        allowed = self.service.rights.may_write(self.project)
        return self.parts.turns.of(self.project) if allowed else contextlib.nullcontext()

    async def apart(self, task: str, **arguments: Any) -> Any:
        """Something long, in a process of its own."""
        found = await self.parts.children.run(self.service.rights, task, **arguments)
        self.parts.service.fill_vectors()
        return found

    @contextlib.asynccontextmanager
    async def watched(self, gone: Callable[[], None]) -> AsyncIterator[None]:
        """Calls ``gone`` should the client leave meanwhile."""

        async def watch() -> None:
            while not await self.request.is_disconnected():
                await asyncio.sleep(_LOOK)
            gone()

        task = asyncio.create_task(watch())
        try:
            yield
        finally:
            task.cancel()

    async def answer(
        self, function: Callable[..., Any], *arguments: Any, pool: Pool | None = None, **named: Any
    ) -> replies.Reply:
        """A question whose answer is plain data, made JSON in the same thread.

        A database that went away in the midst of it is asked once more: nothing has been said yet.
        """
        pack = replies.packs(self.request)

        def work() -> tuple[bytes, dict[str, str]]:
            try:
                answer = function(*arguments, **named)
            except DatabaseUnavailable:
                answer = function(*arguments, **named)
            found = self.service.plain(answer)
            return replies.body(replies.encode(found), pack)

        content, headers = await (pool or self.parts.questions).run(work)
        return replies.Reply(content, headers=headers)


# -- which project, and whether one may -------------------------------------------------------------------------


def parts_of(request: Request) -> Parts:
    """The parts of the server that answers this request."""
    found = request.app.state.parts
    assert isinstance(found, Parts)
    return found


def seen_by(request: Request) -> Service:
    """The service as the one who asks may see it; raises ``Unauthorized`` for somebody without a key."""
    found = request.state.service
    if found is None:
        raise Unauthorized
    assert isinstance(found, Service)
    return found


async def in_path(
    request: Request,
    project: Annotated[str, Path(description="The project.", max_length=200, examples=["my-project"])],
) -> None:
    """The project is in the path; a header beside it must not name another."""
    named = _in_headers(request)
    if named and named != project:
        raise ConflictingProject(reason="the path and the header differ")
    request.state.project = project


async def in_header(
    request: Request,
    workspace: Annotated[
        str | None, Header(alias=WORKSPACE, description="The project; `default` when missing.", max_length=200)
    ] = None,
) -> None:
    """The project is in the header, or it is the one for who names none."""
    request.state.project = _in_headers(request) or parts_of(request).default


def _in_headers(request: Request) -> str:
    named = {value.strip() for value in request.headers.getlist(WORKSPACE)}
    if len(named) > 1:
        raise ConflictingProject(reason="it has several headers LIGHTRAG-WORKSPACE")
    return named.pop() if named else ""


async def keys(
    _key: Annotated[str | None, Security(_KEY)] = None, _bearer: Annotated[Any, Security(_BEARER)] = None
) -> None:
    """For the documentation alone: keys are checked before a route is even looked for."""


async def call_of(request: Request) -> Call:
    """The call; an instance that serves one project knows no other."""
    parts = parts_of(request)
    project = getattr(request.state, "project", "")  # none where the request is wrong, which is told soon
    if parts.only and project != parts.only:
        raise UnknownProject(name=printable(project)[:100])
    return Call(parts, request, project, seen_by(request))


Called = Annotated[Call, Depends(call_of)]


# -- lists in queries -------------------------------------------------------------------------------------------


def several(values: Iterator[str] | list[str] | None) -> list[str]:
    """The items of a parameter that may be given several times, or once with commas."""
    return [part for value in values or () for part in re.split(r"\s*,\s*", value.strip()) if part]

"""Indexes that the server runs by itself, as jobs: started, looked at, followed as server-sent events, cancelled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse

from loomgraph.errors import UnknownJob
from loomgraph.server import replies
from loomgraph.server.context import Call, Called
from loomgraph.server.models import example
from loomgraph.server.replies import Reply
from loomgraph.server.routes.query import UNBUFFERED
from loomgraph.server.schemas import answers
from loomgraph.service.job_book import Job

router = APIRouter(tags=["jobs"])
_PAUSE = 0.2  # seconds between two looks at a job that somebody follows
_PULSE = 15.0  # seconds after which a line is sent though nothing happened, so that the connection stays
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Until the job has ended."}
}


JobId = Annotated[str, Path(description="The id that the job was answered with.")]


class IndexRequest(BaseModel):
    """What to index: a folder of the server, a git repository, or, with neither, what the project holds, again."""

    model_config = example(path="/srv/code/shop")
    path: str = Field(default="", max_length=4096, description="A folder below one of the setting `index_roots`.")
    url: str = Field(default="", max_length=4096, description="A repository that the setting `index_urls` allows.")
    ref: str = Field(default="", max_length=256, description="Its branch, tag or commit.")
    rebuild: bool = False


@router.post("/index", status_code=202, responses=answers(Job, 202))
async def index(call: Called, body: IndexRequest) -> Reply:
    """Queue an index. One runs at a time in a project; the answer is the job to look at."""
    job = await call.change(call.service.start_index, call.project, **body.model_dump())
    return _shown(call, job, 202)


@router.get("/jobs", responses=answers(dict[str, list[Job]]))
async def jobs(call: Called) -> Reply:
    """The jobs of a project, the newest first."""
    return await call.answer(lambda: {"jobs": call.service.jobs(call.project)})


@router.get("/jobs/{job_id}", responses=answers(Job))
async def job(call: Called, job_id: JobId) -> Reply:
    """A job as it is now."""
    return _shown(call, await _job(call, job_id))


@router.get("/jobs/{job_id}/events", responses=_EVENTS, response_class=StreamingResponse)
async def events(call: Called, job_id: JobId) -> StreamingResponse:
    """A job after every change, as server-sent events, until it has ended."""
    first = await _job(call, job_id)
    return StreamingResponse(_followed(call, first), media_type="text/event-stream", headers=UNBUFFERED)


@router.delete("/jobs/{job_id}", responses=answers(Job))
async def cancel(call: Called, job_id: JobId) -> Reply:
    """Cancel a job; the graph stays as it was before."""
    await _job(call, job_id)
    return _shown(call, await call.change(call.service.cancel_job, job_id))


@router.post("/jobs/{job_id}/resume", responses=answers(Job))
async def resume(call: Called, job_id: JobId) -> Reply:
    """Queue a job again that was interrupted, cancelled or failed."""
    await _job(call, job_id)
    return _shown(call, await call.change(call.service.resume_job, job_id))


async def _job(call: Call, job_id: str) -> Job:
    found = await call.ask(call.service.job, job_id)
    if found.project != call.project:
        raise UnknownJob(id=job_id)
    return found


def _shown(call: Call, found: Job, status: int = 200) -> Reply:
    return Reply(call.service.plain(found), status)


async def _followed(call: Call, found: Job) -> AsyncIterator[bytes]:
    seen, told = -1, time.monotonic()
    while True:
        if found.revision != seen:
            seen, told = found.revision, time.monotonic()
            said = replies.encode(call.service.plain(found))
            yield b"event: %s\nid: %d\ndata: %s\n\n" % (b"end" if found.over else b"job", found.revision, said)
        elif time.monotonic() - told > _PULSE:
            told = time.monotonic()
            yield b": still there\n\n"
        if found.over:
            return
        await asyncio.sleep(_PAUSE)
        found = await _job(call, found.id)

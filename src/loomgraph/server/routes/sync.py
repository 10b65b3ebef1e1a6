"""Pushes: a client says which files a project is to hold, sends what the server lacks, and has it all taken in at once.

Bodies are lines of JSON, packed or not. The long parts run in a process of their own.
"""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path

from loomgraph.server import replies
from loomgraph.server.bodies import spooled
from loomgraph.server.context import Call, Called
from loomgraph.server.replies import Reply
from loomgraph.server.schemas import answers
from loomgraph.service.answers import IndexSummary
from loomgraph.service.syncing import PushPlan, PushReceived

router = APIRouter(tags=["sync"])
LONG = 8 << 20  # bytes; the manifest of ten thousand files has one


def _lines(about: str, example: str) -> dict[str, Any]:
    content = {replies.NDJSON: {"schema": {"type": "string", "description": about}, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


_PLAN = _lines("A line a file.", '{"path": "src/a.py", "hash": "d41d8cd98f00b204e9800998ecf8427e", "size": 0}\n')
_CONTENT = _lines("A line a content.", '{"hash": "d41d8cd98f00b204e9800998ecf8427e", "text": ""}\n')
_FILE = {"type": "object", "required": ["path"], "properties": {
    "path": {"type": "string"}, "content": {"type": "string"}, "base64": {"type": "string"}}}  # fmt: skip
_FILES = {"requestBody": {"required": True, "content": {replies.JSON: {
    "schema": {"type": "object", "properties": {
        "files": {"type": "array", "items": _FILE}, "delete": {"type": "array", "items": {"type": "string"}}}},
    "example": {"files": [{"path": "src/a.py", "content": "def a(): ...\n"}], "delete": ["src/b.py"]}}}}}  # fmt: skip


PlanId = Annotated[str, Path(description="What the plan was answered with.")]


@router.post("/sync/plan", openapi_extra=_PLAN, responses=answers(PushPlan))
async def plan(call: Called) -> Reply:
    """Begin a push: every file the project is to hold, with its hash (BLAKE2b, 128 bits, hexadecimal) and size."""
    async with _body(call) as body:
        return await _answer(call, "sync_plan", body)


@router.post("/sync/{plan_id}/content", openapi_extra=_CONTENT, responses=answers(PushReceived))
async def content(call: Called, plan_id: PlanId) -> Reply:
    """Send contents that the server lacks, in any number of requests; a push that broke off goes on here."""
    async with _body(call) as body:
        return await _answer(call, "sync_content", body, plan=plan_id)


@router.post("/sync/{plan_id}/commit", responses=answers(IndexSummary))
async def commit(call: Called, plan_id: PlanId) -> Reply:
    """Make the project what the push says, in one transaction; 409 while contents are lacking."""
    return Reply(call.service.plain(await call.write_apart("sync_commit", project=call.project, plan=plan_id)))


@router.post("/sync", openapi_extra=_FILES, responses=answers(IndexSummary))
async def files(call: Called) -> Reply:
    """Replace what the named files say, and forget those to be deleted, in one transaction; others stay."""
    async with _body(call) as body:
        return Reply(call.service.plain(await call.write_apart("sync_files", project=call.project, body=body)))


async def _answer(call: Call, task: str, body: bytes | FilePath, **named: Any) -> Reply:
    """Small parts are read in a thread; long ones apart: what they take of memory ends with their process."""
    if isinstance(body, bytes) or body.stat().st_size < LONG:
        done = await call.change(getattr(call.service, task), project=call.project, body=body, **named)
    else:
        done = await call.apart(task, project=call.project, body=body, **named)
    return Reply(call.service.plain(done))


def _body(call: Call) -> Any:
    settings = call.service.settings
    return spooled(call.request, settings.data_dir, settings.server.max_body_bytes)

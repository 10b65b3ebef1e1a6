"""A graph written out, line by line as it is read: for another tool, another server, or a copy."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from loomgraph.server import replies
from loomgraph.server.context import Call, Called

router = APIRouter(tags=["structure"])
_LINES = 500  # a step: often enough that others get their turn, not so often that steps are the work
_TYPES = {"edges": replies.NDJSON, "jsonl": replies.NDJSON, "custom-kg": replies.JSON, "graphml": "application/xml"}
_DOCUMENTS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The graph.", "content": {kind: {"schema": {}} for kind in _TYPES.values()}}
}


@router.get("/export", responses=_DOCUMENTS, response_class=StreamingResponse)
async def export(
    call: Called,
    format: Annotated[
        Literal["edges", "jsonl", "custom-kg", "graphml"], Query(description="How it is written.")
    ] = "jsonl",
    externals: Annotated[bool, Query(description="Also what lies outside the project.")] = False,
) -> StreamingResponse:
    """The whole graph, as `loomgraph export` writes it."""
    steps = _steps(call, format, externals)
    first = await call.ask(next, steps, b"")  # an unknown project is an answer of its own, not a stream that breaks off
    return StreamingResponse(_sent(call, first, steps), media_type=_TYPES[format])


def _steps(call: Call, format_name: str, externals: bool) -> Iterator[bytes]:
    with call.service.export(format_name, project=call.project, externals=externals) as lines:
        while piece := list(islice(lines, _LINES)):
            yield "".join(line if line.endswith("\n") else line + "\n" for line in piece).encode("utf-8", "replace")


async def _sent(call: Call, first: bytes, steps: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async with contextlib.aclosing(call.parts.questions.stream(steps)) as found:
        async for piece in found:
            yield piece

"""Questions in plain language: in LightRAG's words (/query…), and in LoomGraph's own (/search, /ask).

An answer is worked out in a thread; a stream is sent line by line as it comes, and stops when nobody listens.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Iterator
from typing import Any, Protocol

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from loomgraph.server import replies
from loomgraph.server.context import Call, Called
from loomgraph.server.models import AskRequest, QueryDataResponse, QueryRequest, QueryResponse, SearchRequest
from loomgraph.server.replies import Reply
from loomgraph.server.schemas import answers
from loomgraph.service.answers import Answer, Hits
from loomgraph.service.telling import Stop

router = APIRouter(tags=["query"])
_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {replies.NDJSON: {"schema": {"type": "string"}, "example":
    '{"references": [{"reference_id": "1", "file_path": "src/cart.py"}]}\n{"response": "The total"}\n'}}}}  # fmt: skip
# Proxies that gather answers would hold tokens back.
UNBUFFERED = {"x-accel-buffering": "no"}


class Lines(Protocol):
    """Lines of an answer as they come; ``cancel`` ends them from any thread."""

    def __iter__(self) -> Iterator[dict[str, Any]]: ...

    def cancel(self) -> None: ...


@router.post("/query", response_model=QueryResponse)
async def query(call: Called, body: QueryRequest) -> Reply:
    """An answer with references: in words when there is a language model, else the symbols and the code themselves."""
    text, params = _params(call, body)
    stop = Stop()
    async with call.watched(stop.cancel):
        return await call.answer(
            call.service.query, text, params, project=call.project, stop=stop, pool=call.parts.models()
        )


@router.post("/query/stream", responses=_STREAM, response_class=StreamingResponse)
async def query_stream(call: Called, body: QueryRequest) -> StreamingResponse:
    """The same as NDJSON: first the references, then the answer in pieces, `{"error"}` should it break off."""
    text, params = _params(call, body)
    lines = await call.parts.models().run(call.service.query_stream, text, params, project=call.project)
    return StreamingResponse(sent(call, lines), media_type=replies.NDJSON, headers=UNBUFFERED)


@router.post("/query/data", response_model=QueryDataResponse)
async def query_data(call: Called, body: QueryRequest) -> Reply:
    """What an answer would rest on: entities, relationships, chunks, references. No language model is asked."""
    text, params = _params(call, body)
    pool = call.parts.models(llm=call.service.settings.llm.keywords)
    return await call.answer(call.service.query_data, text, params, project=call.project, pool=pool)


def _params(call: Call, body: QueryRequest) -> tuple[str, Any]:
    from loomgraph.service import wording

    given = body.model_dump(exclude_none=True, exclude={"query"})
    return body.query, wording.params(given)


async def sent_dicts(call: Call, lines: Lines) -> AsyncGenerator[dict[str, Any], None]:
    """Lines as they come, each step in a thread. Whoever stops listening stops them, and the language model, too."""
    steps = call.parts.models().stream(iter(lines))
    done = False
    try:
        async for one in steps:
            yield one
        done = True
    finally:
        if not done:
            lines.cancel()


async def sent(call: Call, lines: Lines) -> AsyncGenerator[bytes, None]:
    """The same as NDJSON."""
    async with contextlib.aclosing(sent_dicts(call, lines)) as found:
        async for one in found:
            yield replies.line(one)


@router.post("/search", responses=answers(Hits))
async def search(call: Called, body: SearchRequest) -> Reply:
    """Ranked definitions and passages, as `loomgraph search --json` gives them."""
    pool = call.parts.models(llm=False)
    return await call.answer(call.service.search, body.query, projects=[call.project], wish=_wish(body), pool=pool)


@router.post("/ask", responses=answers(Answer))
async def ask(call: Called, body: AskRequest) -> Reply:
    """Symbols, relations, quoted code and what the graph says itself, as `loomgraph ask --json` gives them."""
    pool = call.parts.models(llm=False)
    return await call.answer(call.service.ask, body.query, projects=[call.project], wish=_wish(body), pool=pool)


def _wish(body: SearchRequest) -> Any:
    from loomgraph.service.retrieval import Wish

    given = body.model_dump(exclude={"query"})
    return Wish(**given)

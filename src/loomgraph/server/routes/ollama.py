"""The routes of Ollama's API: chat front ends talk to a project as if it were a model, whose name is the project's.

The model "loomgraph" is the project of the path, of the header, or the default one. What a message begins with chooses
the mode, as in LightRAG: ``/local …``, ``/mix[an instruction] …``, ``/context …``, ``/bypass …``.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from loomgraph.errors import InvalidRequest
from loomgraph.server import replies
from loomgraph.server.context import Call, call_of, parts_of
from loomgraph.server.models import example
from loomgraph.server.replies import Reply
from loomgraph.server.routes.projects import visible
from loomgraph.server.routes.query import UNBUFFERED, sent_dicts
from loomgraph.service.telling import Stop

router = APIRouter(tags=["ollama"])
ITSELF = "loomgraph"
_VERSION = "0.9.3"  # of Ollama's API: front ends ask for at least this
_PREFIX = re.compile(r"/([a-z]*)(?:\[(.*?)\])?(?:\s|(?<=\])|$)(.*)", re.DOTALL)
_MODES = ("naive", "local", "global", "hybrid", "mix", "bypass")
Words = Annotated[str, Field(max_length=1_000_000)]


class Message(BaseModel):
    """One message of a chat."""

    model_config = ConfigDict(extra="ignore")
    role: str = Field(max_length=100)
    content: Words = ""


class ChatRequest(BaseModel):
    """A chat; the last message asks."""

    model_config = example(
        model="shop", messages=[{"role": "user", "content": "/local what is a cart"}], stream=False
    ) | ConfigDict(extra="ignore")
    model: str = Field(default=ITSELF, max_length=200)
    messages: list[Message] = Field(max_length=10_000)
    stream: bool = True
    system: Words | None = None


class GenerateRequest(BaseModel):
    """A prompt."""

    model_config = example(model="shop", prompt="what is a cart", stream=False) | ConfigDict(extra="ignore")
    model: str = Field(default=ITSELF, max_length=200)
    prompt: Words
    stream: bool = True
    system: Words | None = None


@router.get("/api/version")
async def ollama_version() -> Reply:
    """The version of the API that is spoken here."""
    return Reply({"version": _VERSION})


@router.get("/api/tags")
async def tags(request: Request) -> Reply:
    """The projects one may read, as models."""
    return Reply({"models": [_model(name) for name in await _names(request)]})


@router.get("/api/ps")
async def running(request: Request) -> Reply:
    """The same as models that are loaded."""
    later = datetime.fromtimestamp(time.time() + 3600, UTC).isoformat()
    models = [_model(name) for name in await _names(request)]
    for one in models:
        one.pop("modified_at")
    return Reply({"models": [{**one, "expires_at": later, "size_vram": 0} for one in models]})


async def _names(request: Request) -> list[str]:
    parts = parts_of(request)
    return [ITSELF, *await parts.questions.run(visible, request)]


def _model(name: str) -> dict[str, Any]:
    details = {"parent_model": "", "format": "graph", "family": ITSELF, "families": [ITSELF],
               "parameter_size": "0B", "quantization_level": "none"}  # fmt: skip
    full = f"{name}:latest"
    digest = sha256(name.encode()).hexdigest()
    return {"name": full, "model": full, "modified_at": _now(), "size": 0, "digest": digest, "details": details}


@router.post("/api/chat", response_model=None)
async def chat(request: Request, body: ChatRequest) -> Response:
    """An answer to the last message, about the project that the model names."""
    if not body.messages:
        raise InvalidRequest(reason="messages is empty")
    *before, last = body.messages
    history = [{"role": one.role, "content": one.content} for one in before]
    if body.system:
        history.insert(0, {"role": "system", "content": body.system})
    return await _answer(await _call(request, body.model), body.model, last.content, history, body.stream, chat=True)


@router.post("/api/generate", response_model=None)
async def generate(request: Request, body: GenerateRequest) -> Response:
    """An answer to a prompt, about the project that the model names."""
    history = [{"role": "system", "content": body.system}] if body.system else []
    return await _answer(await _call(request, body.model), body.model, body.prompt, history, body.stream, chat=False)


async def _call(request: Request, model: str) -> Call:
    """Models name projects; the server's own model is the project that the request names otherwise."""
    name = model.removesuffix(":latest")
    if name not in ("", ITSELF):
        request.state.project = name
    return await call_of(request)


def read_prompt(text: str) -> tuple[str, dict[str, Any]]:
    """What is asked, and the parameters that it begins with."""
    found = _PREFIX.fullmatch(text)
    if not found or found[1] not in ("", "context", *_MODES):
        return text, {}
    word, instruction, rest = found[1], found[2], found[3].strip()
    if not word and instruction is None:
        return text, {}
    given: dict[str, Any] = {"mode": word} if word in _MODES else {}
    if word == "context":
        given["only_need_context"] = True
    if instruction:
        given["user_prompt"] = instruction
    return rest, given


async def _answer(
    call: Call, model: str, prompt: str, history: list[dict[str, str]], stream: bool, *, chat: bool
) -> Response:
    from loomgraph.service import wording

    text, given = read_prompt(prompt)
    if not text.strip():
        raise InvalidRequest(reason="the message is empty")
    params = wording.params({**given, "conversation_history": history, "include_references": False})
    shape = _Shape(model, chat)
    if stream:
        lines = await call.parts.models().run(call.service.query_stream, text, params, project=call.project)
        pieces = shape.stream(sent_dicts(call, lines))
        return StreamingResponse(pieces, media_type=replies.NDJSON, headers=UNBUFFERED)
    stop = Stop()
    async with call.watched(stop.cancel):
        found = await call.parts.models().run(call.service.query, text, params, project=call.project, stop=stop)
    return Reply(shape.whole(str(found["response"])))


class _Shape:
    """How pieces of an answer are sent."""

    def __init__(self, model: str, chat: bool) -> None:
        self._model = model
        self._chat = chat
        self._began = time.perf_counter_ns()

    async def stream(self, lines: AsyncGenerator[dict[str, Any], None]) -> AsyncGenerator[bytes, None]:
        """The pieces as they come, then the figures."""
        count = 0
        async with contextlib.aclosing(lines):
            async for one in lines:
                text = one.get("response") or (f"\n\n{one['error']}" if "error" in one else "")
                if text:
                    count += 1
                    yield replies.line(self._piece(str(text), done=False))
        yield replies.line({**self._piece("", done=True), **self._figures(count)})

    def whole(self, text: str) -> dict[str, Any]:
        return {**self._piece(text, done=True), **self._figures(len(text) // 4)}

    def _piece(self, text: str, *, done: bool) -> dict[str, Any]:
        said: dict[str, Any] = {"model": self._model, "created_at": _now(), "done": done}
        if self._chat:
            said["message"] = {"role": "assistant", "content": text, "images": None}
        else:
            said["response"] = text
        if done:
            said["done_reason"] = "stop"
        return said

    def _figures(self, count: int) -> dict[str, Any]:
        took = time.perf_counter_ns() - self._began
        figures = {"total_duration": took, "load_duration": 0, "prompt_eval_count": 0, "prompt_eval_duration": 0,
                   "eval_count": count, "eval_duration": took}  # fmt: skip
        return figures if self._chat else {**figures, "context": []}


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")

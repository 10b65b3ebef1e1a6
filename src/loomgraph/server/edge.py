"""Around every request: its id, whose it is, what may be sent, how long it may take, one line in the log, the counts.

It is plain ASGI, so that streams pass through untouched, and the one place of the server that catches everything:
whatever escapes a route is logged whole and answered with nothing but its code.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loomgraph.errors import BodyTooLarge, BodyTooSlow, LoomGraphError
from loomgraph.server import failures
from loomgraph.server.auth import Guard
from loomgraph.server.metrics import Metrics
from loomgraph.settings import Settings

logger = logging.getLogger("loomgraph.request")
SMALL_BODY = 8 * 1024 * 1024
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LARGE = re.compile(r".*/(?:insert_custom_kg|sync(?:/.*)?)")
_ALIAS = re.compile(r"/p/([^/]+)(/.*)?")
_HEADERS = (("x-content-type-options", "nosniff"), ("cache-control", "no-store"), ("referrer-policy", "no-referrer"))


class Edge:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, settings: Settings, guard: Guard, metrics: Metrics) -> None:
        self._app = app
        self._limits = settings.server
        self._hide = str(settings.data_dir)
        self._guard = guard
        self._metrics = metrics
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        _shorten(scope)
        answer = _Answer(scope, send)
        body = _Body(scope, receive, self._most(scope["path"]), self._limits.body_timeout)
        scope.setdefault("state", {}).update(request_id=answer.id, refused=None, service=None)
        self._running += 1
        try:
            await self._answer(scope, body, answer)
        finally:
            self._running -= 1
            self._note(scope, answer)

    async def _answer(self, scope: Scope, body: _Body, answer: _Answer) -> None:
        try:
            scope["state"]["service"] = await self._guard.admitted(Headers(scope=scope), scope)
            body.check_length()
            await self._app(scope, body, answer)
        except LoomGraphError as error:
            await self._fail(failures.of(error, scope, self._hide), scope, body, answer)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            refused = scope["state"]["refused"]
            if refused is not None:
                await self._fail(failures.of(refused, scope, self._hide), scope, body, answer)
                return
            logger.error("unexpected", exc_info=error, extra={"request_id": answer.id})
            await self._fail(failures.unexpected(scope), scope, body, answer)

    async def _fail(self, reply: Any, scope: Scope, body: _Body, answer: _Answer) -> None:
        if not answer.started:
            await reply(scope, body, answer)

    def _most(self, path: str) -> int:
        large = _LARGE.fullmatch(path) is not None
        return self._limits.max_body_bytes if large else min(SMALL_BODY, self._limits.max_body_bytes)

    def _note(self, scope: Scope, answer: _Answer) -> None:
        seconds = time.perf_counter() - answer.began
        route = _route(scope)
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self._metrics.request(method, route, answer.status, seconds)
        self._metrics.set(requests_running=self._running)
        state = scope["state"]
        code = state.get("code", "")
        if code:
            self._metrics.failure(code)
        logger.info(
            "request",
            extra={
                "request_id": answer.id, "method": method, "route": route, "status": answer.status, "code": code,
                "ms": round(seconds * 1000, 2), "project": state.get("project", ""), "client": _client(scope),
                "key": _key(state.get("service")), "bytes": answer.bytes,
            },
        )  # fmt: skip


_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})


class _Answer:
    """What is sent back: it gets the id and the headers of all answers, and is counted."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        given = Headers(scope=scope).get("x-request-id", "")
        self.id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        self.status = failures.GONE  # until there is another
        self.started = False
        self.bytes = 0
        self.began = time.perf_counter()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = self.id
            for name, value in _HEADERS:
                headers.setdefault(name, value)
        elif message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))
        await self._send(message)


class _Body:
    """What is received: no more than may be, and not more slowly."""

    def __init__(self, scope: Scope, receive: Receive, most: int, seconds: float) -> None:
        self._scope = scope
        self._receive = receive
        self._most = most
        self._seconds = seconds
        self._had = 0
        self._done = False

    def check_length(self) -> None:
        """Refuse a body that says itself that it is too large before a byte of it is read."""
        said = Headers(scope=self._scope).get("content-length", "")
        if said.isdigit() and int(said[:20]) > self._most:
            self._refuse(BodyTooLarge(limit=self._most))

    async def __call__(self) -> Message:
        if self._done:  # what comes now is that the client went away: it may take as long as it takes
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), self._seconds)
        except TimeoutError:
            self._refuse(BodyTooSlow(reason=f"nothing came for {self._seconds:g} seconds"))
        if message["type"] == "http.request":
            self._had += len(message.get("body", b""))
            self._done = not message.get("more_body", False)
            if self._had > self._most:
                self._refuse(BodyTooLarge(limit=self._most))
        return message

    def _refuse(self, error: LoomGraphError) -> None:
        self._done = True
        self._scope["state"]["refused"] = error
        raise error


def _shorten(scope: Scope) -> None:
    """``/p/NAME/…`` is short for ``/api/v1/projects/NAME/…``."""
    found = _ALIAS.fullmatch(scope["path"])
    if found:
        scope["path"] = f"/api/v1/projects/{found[1]}{found[2] or ''}"
        scope["raw_path"] = scope["path"].encode("utf-8", "surrogateescape")


def _route(scope: Scope) -> str:
    """The route as it is declared, so that no count is kept for each project and none for made-up paths."""
    route = scope.get("route")
    path = getattr(route, "path_format", "") or getattr(route, "path", "")
    return str(path) or "(none)"


def _key(service: Any) -> str:
    """The id of the key that came, which is not the key."""
    return "" if service is None else str(service.rights.key)


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""

"""Every error as one JSON shape: {"error": {"code", "message", "details", "request_id"}, "detail"}.

``detail`` is what LightRAG's clients read: the message, or the list of places of a request that is not valid. This
module must not know who raises.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Scope

from loomgraph.errors import InvalidRequest, LoomGraphError, MethodNotAllowed, UnknownRoute, printable, response_to
from loomgraph.server.replies import Reply

GONE = 499  # what is counted and logged of a client that went away
_BUSY = 503
_INTERNAL = "Something went wrong in the server; its log says what, under this request's id."


def document(code: str, message: str, details: Mapping[str, Any], request_id: str, detail: object = None) -> Any:
    """An error as JSON types."""
    error = {"code": code, "message": message, "details": dict(details), "request_id": request_id}
    return {"error": error, "detail": message if detail is None else detail}


def request_id(scope: Scope) -> str:
    """The id of a request, as its answer and the log name it."""
    return str(scope.get("state", {}).get("request_id", ""))


def of(error: LoomGraphError, scope: Scope, hide: str = "") -> Reply:
    """The answer to an error of ours; ``hide`` is the folder of the data, which is nobody's business outside."""
    status = response_to(error).http
    scope.setdefault("state", {})["code"] = error.code
    details = _hidden(_plain(error.details), hide)
    places = details.pop("errors", None) if isinstance(details, dict) else None
    if places is not None:
        details["errors"] = places
    message = " ".join(_hidden(str(error), hide).split())
    found = document(error.code, message, details, request_id(scope), places)
    headers = {"retry-after": _seconds(error)} if status == _BUSY else {}
    if status in (408, 413):  # what is left of the body is not read
        headers["connection"] = "close"
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return Reply(found, status, headers=headers)


def _seconds(error: LoomGraphError) -> str:
    """When to try again: what the error says, a second otherwise."""
    said = error.details.get("retry_after", 1)
    return str(max(1, math.ceil(said))) if isinstance(said, (int, float)) else "1"


def unexpected(scope: Scope) -> Reply:
    """The answer to an error that nobody foresaw: it says nothing about what is inside."""
    scope.setdefault("state", {})["code"] = "internal"
    return Reply(document("internal", _INTERNAL, {}, request_id(scope)), 500)


def install(app: FastAPI, hide: str) -> None:
    """Answer the errors of routes, of requests that are not valid, and of paths that are not there."""

    async def ours(request: Request, error: Exception) -> Reply:
        assert isinstance(error, LoomGraphError)
        return of(error, request.scope, hide)

    async def invalid(request: Request, error: Exception) -> Reply:
        assert isinstance(error, RequestValidationError)
        places = [_place(one) for one in error.errors()]
        reason = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in places[:3])
        return of(InvalidRequest(reason=printable(reason), errors=places), request.scope, hide)

    async def http(request: Request, error: Exception) -> Reply:
        assert isinstance(error, HTTPException)
        refused = request.scope.get("state", {}).get("refused")
        if isinstance(refused, LoomGraphError):  # while the framework read the body, which hides what was raised
            return of(refused, request.scope, hide)
        found = of(_translated(request, error), request.scope, hide)
        found.headers.update(error.headers or {})
        return found

    async def gone(request: Request, error: Exception) -> Response:
        return Response(status_code=GONE)  # which nobody hears

    async def any_other(request: Request, error: Exception) -> Reply:
        return unexpected(request.scope)

    app.add_exception_handler(Exception, any_other)
    app.add_exception_handler(LoomGraphError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(ClientDisconnect, gone)


def _translated(request: Request, error: HTTPException) -> LoomGraphError:
    path = printable(request.url.path)[:200]
    if error.status_code == 404:
        return UnknownRoute(path=path)
    if error.status_code == 405:
        return MethodNotAllowed(path=path, method=printable(request.method)[:20])
    return InvalidRequest(reason=str(error.detail))


def _place(error: Mapping[str, Any]) -> dict[str, Any]:
    """Where a request is wrong and how; not what it held, which may be long or secret."""
    where = [part if isinstance(part, int) else printable(str(part)) for part in error.get("loc", ())]
    return {"loc": where, "msg": printable(str(error.get("msg", ""))), "type": str(error.get("type", ""))}


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float)) else printable(str(value))


def _hidden(value: Any, folder: str) -> Any:
    if not folder:
        return value
    if isinstance(value, str):
        return value.replace(folder.rstrip("/") + "/", "").replace(folder, "")
    if isinstance(value, dict):
        return {key: _hidden(item, folder) for key, item in value.items()}
    return [_hidden(item, folder) for item in value] if isinstance(value, list) else value

"""An answer that is an error → the error of the one tree, by its code; by its status when the server has no codes.

LoomGraph answers ``{"error": {"code", "message", "details"}}``; LightRAG ``{"detail": …}``. This module must not know
what was asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from loomgraph import errors
from loomgraph.errors import LoomGraphError, ServerFailed

_BY_STATUS: dict[int, type[LoomGraphError]] = {
    400: errors.BadInput, 401: errors.Unauthorized, 403: errors.Forbidden, 404: errors.NotFound,
    413: errors.BodyTooLarge, 422: errors.InvalidRequest, 503: errors.ServerBusy,
}  # fmt: skip
_LONGEST = 2000


def error_of(url: str, status: int, body: bytes) -> LoomGraphError:
    """The error that an answer with this status and body is."""
    try:
        plain: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        plain = None
    said = plain.get("error") if isinstance(plain, dict) else None
    if isinstance(said, dict) and isinstance(said.get("code"), str):
        details = said.get("details")
        kind = _by_code().get(said["code"])
        if kind is not None:
            return _rebuilt(kind, str(said.get("message", "")), details if isinstance(details, dict) else {})
    reason = _reason(plain, body)
    found = _BY_STATUS.get(status)
    if found is None:
        return ServerFailed(url=url, status=status, reason=reason)
    return _rebuilt(found, reason, {"url": url, "status": status, "reason": reason})


def _by_code() -> dict[str, type[LoomGraphError]]:
    return {kind.code: kind for kind in _kinds(LoomGraphError)}


def _kinds(kind: type[LoomGraphError]) -> Iterator[type[LoomGraphError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)


def _rebuilt(kind: type[LoomGraphError], message: str, details: dict[str, Any]) -> LoomGraphError:
    """An error with the message of the server, whatever its own would be of these details."""
    found = kind.__new__(kind)
    found.details = {name: tuple(value) if isinstance(value, list) else value for name, value in details.items()}
    Exception.__init__(found, message)
    return found


def _reason(plain: Any, body: bytes) -> str:
    detail = plain.get("detail") if isinstance(plain, dict) else None
    if isinstance(detail, list):  # places of a request that is not valid
        return "; ".join(
            f"{'.'.join(map(str, one.get('loc', ())))}: {one.get('msg', '')}" for one in detail if isinstance(one, dict)
        )[:_LONGEST]
    if isinstance(detail, str):
        return detail[:_LONGEST]
    return " ".join(body[:_LONGEST].decode("utf-8", "replace").split()) or "nothing"

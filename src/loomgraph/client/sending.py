"""How a call is sent: addresses, time limits, when it is sent again, and what a failure is called.

Sent again is only what may be: a call that says so, when no answer came or the server says that it is busy; and any
call that never left. One that took too long is not: the server may be at it still. This module does no input or
output.
"""

from __future__ import annotations

import random
from typing import Any, TypeVar

import httpx

from loomgraph.client.calls import Call, Limits
from loomgraph.client.failures import error_of
from loomgraph.client.places import Place
from loomgraph.errors import LoomGraphError, ServerFailed, ServerTooSlow, ServerUnreachable

Answer = TypeVar("Answer")
ATTEMPTS = 4
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_TRY_AGAIN = (429, 502, 503, 504)
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def request(http: httpx.Client | httpx.AsyncClient, place: Place, call: Call[Any], limits: Limits) -> httpx.Request:
    """The request that a call is at a place."""
    base = place.root if call.root else place.base
    headers = {"Content-Type": "application/json"} if call.body is not None else {}
    seconds = getattr(limits, call.limit)
    return http.build_request(
        call.method, base + call.path, params=list(call.parameters) or None, content=call.body,
        headers={**headers, **place.headers, **call.headers},
        timeout=httpx.Timeout(seconds, connect=min(seconds, limits.connect)),
    )  # fmt: skip


def answer(call: Call[Answer], response: httpx.Response) -> Answer:
    """The answer that a response holds; raises the error that it is."""
    if response.is_success:
        try:
            return call.read(response.content)
        except ValueError as error:  # msgspec's errors are some
            reason = f"what this client cannot read ({error}): is it a LoomGraph server?"
            raise ServerFailed(url=_shown(response), status=response.status_code, reason=reason) from None
    raise error_of(_shown(response), response.status_code, response.content)


def failure(error: httpx.TransportError | httpx.InvalidURL, place: Place, seconds: float) -> LoomGraphError:
    """What an error of the connection is called."""
    if isinstance(error, (httpx.ReadTimeout, httpx.WriteTimeout)):
        return ServerTooSlow(url=place.root, seconds=f"{seconds:g}")
    return ServerUnreachable(url=place.root, reason=str(error) or type(error).__name__)


def pause(attempt: int, call: Call[Any], cause: httpx.Response | httpx.TransportError) -> float | None:
    """How long to wait before a call is sent again; nothing when it must not be."""
    if attempt >= ATTEMPTS:
        return None
    usual: float = min(_LONGEST_PAUSE, _FIRST_PAUSE * 4 ** (attempt - 1)) * random.uniform(0.5, 1.0)
    if isinstance(cause, httpx.Response):
        if cause.status_code not in _TRY_AGAIN or not (call.again or cause.status_code == 503):
            return None  # 503 comes before anything was done
        return max(usual, min(_LONGEST_PAUSE, _seconds(cause.headers.get("retry-after", ""))))
    if isinstance(cause, NEVER_LEFT):
        return usual
    slow = isinstance(cause, (httpx.ReadTimeout, httpx.WriteTimeout))
    return usual if call.again and not slow else None


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0


def _shown(response: httpx.Response) -> str:
    """The address that answered, without what may be secret in it."""
    return str(response.request.url.copy_with(query=None, userinfo=b""))

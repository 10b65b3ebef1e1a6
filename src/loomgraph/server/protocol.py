"""The connection: uvicorn's own, with a time limit for the headers of a request and a bound on their size.

Without it, somebody who sends a byte now and then could hold any number of connections for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST_HEADERS = 64 * 1024
HEADER_SECONDS = 20.0


class GuardedConfig(uvicorn.Config):
    """uvicorn's configuration, and how long the headers of a request may take."""

    header_seconds = HEADER_SECONDS


class GuardedProtocol(HttpToolsProtocol):
    """One connection."""

    _timer: asyncio.TimerHandle | None = None
    _had = 0
    _reading_headers = True

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._reading_headers:
            self._had += len(data)
            if self._timer is None:  # the first bytes of a further request
                self._wait()
        super().data_received(data)
        if self._reading_headers and self._had > _MOST_HEADERS and not self.transport.is_closing():
            self.send_400_response("The headers are too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reading_headers = True

    def on_headers_complete(self) -> None:
        self._rest()
        self._reading_headers = False
        self._had = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._reading_headers = True
        self._had = 0

    def _wait(self) -> None:
        self._timer = self.loop.call_later(getattr(self.config, "header_seconds", HEADER_SECONDS), self._give_up)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.transport.abort()

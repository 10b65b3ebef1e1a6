"""Another application below this one's address, made when its path is first asked for.

What is never asked for costs neither memory nor time to start: an instance without agents need not hold what answers
them. This module must not know what is mounted.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from loomgraph.service import Service


class Mount(NamedTuple):
    """The path that an application answers at, and what makes it, given the service and who it is for."""

    path: str
    make: Callable[[Service, Callable[[Request], Service]], Any]


class Later:
    """The application of a mount, once somebody has asked for it."""

    def __init__(self, path: str, make: Callable[[], Any]) -> None:
        self.route = Route(path, endpoint=self)
        self._make = make
        self._asked = asyncio.Event()
        self._ended = asyncio.Event()
        self._made: asyncio.Future[Any] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer; the first to ask waits until it is there."""
        assert self._made is not None, "asked outside of its lifespan"
        self._asked.set()
        app = await asyncio.shield(self._made)
        await app.router(scope, receive, send)

    @contextlib.asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """The time in which it may be asked for."""
        self._made = asyncio.get_running_loop().create_future()
        keeper = asyncio.create_task(self._keep(self._made))
        try:
            yield
        finally:
            self._ended.set()
            if not self._asked.is_set():
                keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper

    async def _keep(self, made: asyncio.Future[Any]) -> None:
        """Hold the application's own lifespan: who enters it must be who leaves it."""
        await self._asked.wait()
        try:
            app = await asyncio.to_thread(self._make)
            async with app.router.lifespan_context(app):
                made.set_result(app)
                await self._ended.wait()
        except Exception as error:
            if made.done():
                raise
            made.set_exception(error)

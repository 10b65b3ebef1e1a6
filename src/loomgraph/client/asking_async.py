"""The client for programs with an event loop: the same as ``asking``, awaited.

This module must not know how a call is put together or sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx
import msgspec

from loomgraph.client import answers, calls, sending
from loomgraph.client.calls import Call, Kg, Limits
from loomgraph.client.places import Place, Places
from loomgraph.client.pushing import Files, ProgressCallback, Push
from loomgraph.errors import BadInput, LoomGraphError

Answer = TypeVar("Answer")
_CALLS = ("CALLS",)
_HEALTH_AT_ONCE = 16


class AsyncGraphs:
    """Every project of a map. Use it as a context manager, or close it."""

    def __init__(
        self, places: Places | Mapping[str, Place | str] | str, *, key: str = "", limits: Limits | None = None
    ) -> None:
        if isinstance(places, str):
            places = Places(server=Place(places, key=key))
        self.places = places if isinstance(places, Places) else Places(places)
        self.limits = limits or Limits()
        self._http = httpx.AsyncClient(follow_redirects=False)

    @classmethod
    def load(cls, path: str | Path, *, limits: Limits | None = None) -> AsyncGraphs:
        """The projects of a map in a file."""
        return cls(Places.load(path), limits=limits)

    def __getitem__(self, name: str) -> AsyncProject:
        return AsyncProject(self, self.places[name], name)

    async def __aenter__(self) -> AsyncGraphs:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    # -- the server, and all projects -------------------------------------------------------------------------

    async def projects(self) -> list[answers.ProjectInfo]:
        """The projects of the server that one may read."""
        return await self.run(self._server(), calls.projects())

    async def create_project(self, name: str, engine: str = "") -> answers.ProjectInfo:
        """An empty project on the server, on its usual engine or another."""
        return await self.run(self._server(), calls.create_project(name, engine))

    async def health(self) -> dict[str, answers.Health]:
        """How every project of the map is, asked at once; one that cannot be asked says why. Without a map, how the
        server is, under ""."""
        if not self.places:
            return {"": await self._health(self._server(), True)}
        room = asyncio.Semaphore(_HEALTH_AT_ONCE)

        async def one(place: Place) -> answers.Health:
            async with room:
                return await self._health(place, False)

        found = await asyncio.gather(*map(one, self.places.values()))
        return dict(zip(self.places, found, strict=True))

    async def _health(self, place: Place, root: bool) -> answers.Health:
        try:
            return await self.run(place, calls.health(root))
        except LoomGraphError as error:
            return answers.Health("unreachable", str(error))

    def _server(self) -> Place:
        if self.places.server is None:
            raise BadInput(reason="This map names no server, only projects.")
        return self.places.server

    # -- sending ----------------------------------------------------------------------------------------------

    async def run(self, place: Place, call: Call[Answer]) -> Answer:
        """Send a call, and again as long as that is right and may help."""
        attempt = 0
        while True:
            attempt += 1
            cause: httpx.Response | httpx.TransportError
            try:
                cause = await self._http.send(sending.request(self._http, place, call, self.limits))
            except httpx.TransportError as error:
                cause = error
            if isinstance(cause, httpx.Response) and cause.is_success:
                return sending.answer(call, cause)
            rest = sending.pause(attempt, call, cause)
            if rest is None:
                return self._give_up(place, call, cause)
            await asyncio.sleep(rest)

    def _give_up(self, place: Place, call: Call[Answer], cause: httpx.Response | httpx.TransportError) -> Answer:
        if isinstance(cause, httpx.Response):
            return sending.answer(call, cause)
        raise sending.failure(cause, place, getattr(self.limits, call.limit)) from None

    async def lines(self, place: Place, call: Call[answers.Piece]) -> AsyncIterator[answers.Piece]:
        """Send a call whose answer comes line by line. It is never sent again."""
        decoder = msgspec.json.Decoder(answers.Piece)
        response: httpx.Response | None = None
        try:
            response = await self._http.send(sending.request(self._http, place, call, self.limits), stream=True)
            if not response.is_success:
                await response.aread()
                sending.answer(call, response)
            async for line in response.aiter_lines():
                if line.strip():
                    yield decoder.decode(line)
        except httpx.TransportError as error:
            raise sending.failure(error, place, self.limits.query) from None
        finally:
            if response is not None:
                await response.aclose()


class AsyncProject:
    """One project."""

    def __init__(self, graphs: AsyncGraphs, place: Place, name: str) -> None:
        self._graphs = graphs
        self.place = place
        self.name = name

    async def _run(self, call: Call[Answer]) -> Answer:
        return await self._graphs.run(self.place, call)

    async def insert_custom_kg(self, kg: Kg) -> answers.Inserted:
        """Insert chunks, entities and relationships; ``kg`` is a mapping of them, or its JSON."""
        return await self._run(calls.insert_custom_kg(kg))

    async def delete_by_source(self, source_ids: Sequence[str]) -> answers.Deleted:
        return await self._run(calls.delete_by_source(source_ids))

    async def query(self, text: str, mode: str = "mix", **options: Any) -> answers.QueryAnswer:
        """An answer in words; ``options`` are LightRAG's: top_k, only_need_context, conversation_history, …"""
        return await self._run(calls.query(text, mode, options))

    def stream(self, text: str, mode: str = "mix", **options: Any) -> AsyncIterator[answers.Piece]:
        """The same in pieces. Closing the iterator ends the answer on the server too."""
        return self._graphs.lines(self.place, calls.stream(text, mode, options))

    async def data(self, text: str, mode: str = "mix", **options: Any) -> answers.QueryData:
        """What an answer would rest on."""
        return await self._run(calls.data(text, mode, options))

    async def search(self, text: str, mode: str = "mix", top: int = 10, **options: Any) -> answers.Hits:
        """Ranked definitions and passages."""
        return await self._run(calls.search(text, mode, top, options))

    async def find(self, text: str, kinds: Sequence[str] = (), limit: int = 50) -> answers.Found:
        return await self._run(calls.find(text, kinds, limit))

    async def show(self, symbol: str, limit: int = 10) -> answers.Shown:
        return await self._run(calls.show(symbol, limit))

    async def callers(
        self, symbol: str, depth: int = 1, kinds: Sequence[str] = _CALLS, overrides: bool = False, limit: int = 0
    ) -> answers.Reached:
        return await self._run(calls.reached("/callers", symbol, depth, kinds, overrides, limit))

    async def callees(
        self, symbol: str, depth: int = 1, kinds: Sequence[str] = _CALLS, overrides: bool = False, limit: int = 0
    ) -> answers.Reached:
        return await self._run(calls.reached("/callees", symbol, depth, kinds, overrides, limit))

    async def path(
        self, source: str, target: str, kinds: Sequence[str] = _CALLS, overrides: bool = True
    ) -> answers.Route:  # fmt: skip
        return await self._run(calls.path(source, target, kinds, overrides))

    async def impact(
        self, symbols: Sequence[str] = (), files: Sequence[str] = (), diff: str | None = None, depth: int = 3,
        limit: int = 0,
    ) -> answers.Impact:  # fmt: skip
        return await self._run(calls.impact(symbols, files, diff, depth, limit))

    async def hierarchy(self, symbol: str, depth: int = 0) -> answers.Hierarchy:
        return await self._run(calls.hierarchy(symbol, depth))

    async def stats(self) -> answers.Stats:
        return await self._run(calls.stats())

    async def health(self) -> answers.Health:
        return await self._run(calls.health())

    async def delete(self) -> None:
        """Delete the project from its server."""
        await self._run(calls.delete_project())

    async def sync(self, files: Mapping[str, str], delete: Sequence[str] = ()) -> answers.Pushed:
        """Replace what these files say, in one transaction; others stay."""
        return await self._run(calls.sync(files, delete))

    async def push(self, files: Files, progress: ProgressCallback | None = None) -> answers.Pushed:
        """Make the project's graph that of these files, sending what the server lacks."""
        push = Push(files, progress)
        plan = await self._run(push.plan())
        for call in push.contents(plan):
            await self._run(call)
        if progress is not None:
            progress("build", 0, 0)
        return await self._run(calls.push_commit(plan.plan))

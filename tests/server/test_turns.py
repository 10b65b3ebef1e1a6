"""Who writes a project waits for those before him, holds up nobody else's, and is told when it takes too long."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from loomgraph.errors import GraphBusy, ServerBusy
from loomgraph.indexing.lock import exclusive
from loomgraph.server.work import Turns
from tests.server.conftest import Running
from tests.server.kgs import numbered

SMALL, LARGE = 1, 1500  # rows: done in a thread, and in a process of its own


def insert(server: Running, project: str, body: object) -> httpx.Response:
    with server.client() as client:
        return client.post(f"/p/{project}/insert_custom_kg", json=body)


def lock_of(server: Running, project: str) -> Path:
    return server.data / project / "update.lock"


@pytest.mark.parametrize(("rows", "writers"), [(SMALL, 12), (LARGE, (os.cpu_count() or 1) + 1)])
def test_writers_of_one_project_hold_up_no_other(serve: Callable[..., Running], rows: int, writers: int) -> None:
    server = serve(LOOMGRAPH_EMBEDDING="none")
    for project in ("held", "free"):
        assert insert(server, project, numbered(1)).status_code == 200
    with ThreadPoolExecutor(writers) as pool:
        with exclusive(lock_of(server, "held")):
            waiting = [pool.submit(insert, server, "held", numbered(rows)) for _ in range(writers)]
            for size in (SMALL, LARGE):
                assert insert(server, "free", numbered(size)).status_code == 200
            assert not any(one.done() for one in waiting)
        assert {one.result().status_code for one in waiting} == {200}


def test_who_waits_too_long_is_told_to_come_back(serve: Callable[..., Running]) -> None:
    server = serve(LOOMGRAPH_EMBEDDING="none", LOOMGRAPH_LOCK_WAIT="0.3")
    assert insert(server, "held", numbered(1)).status_code == 200
    with exclusive(lock_of(server, "held")), ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: insert(server, "held", numbered(1)), range(3)))
    assert {one.status_code for one in answers} == {503}
    assert {one.json()["error"]["code"] for one in answers} == {"graph_busy"}
    assert all(one.headers["retry-after"] for one in answers)
    assert insert(server, "held", numbered(1)).status_code == 200


def test_where_every_graph_is_held_one_more_must_come_back(serve: Callable[..., Running]) -> None:
    server = serve("--max-open", "1", LOOMGRAPH_EMBEDDING="none", LOOMGRAPH_OPEN_WAIT="0.1")
    large = [{"entity_name": f"f{number}", "description": "x" * 10_000} for number in range(3000)]
    assert insert(server, "held", {"entities": large}).status_code == 200
    assert insert(server, "free", numbered(2)).status_code == 200
    asked = {"symbol": "f0"}
    with server.client() as reader, server.client() as client:
        with reader.stream("GET", "/p/held/export") as export:  # more than is sent to somebody who does not read on
            lines = export.iter_lines()
            next(lines)
            refused = client.get("/p/free/callers", params=asked)
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "server_busy")
            assert int(refused.headers["retry-after"]) >= 1
            assert client.get("/p/held/callers", params=asked).status_code == 200
        for _ in range(100):
            if client.get("/p/free/callers", params=asked).status_code == 200:
                break
            time.sleep(0.05)
        assert client.get("/p/free/callers", params=asked).json()["total"] == 1


def test_turns_are_taken_in_order_and_those_who_leave_are_forgotten() -> None:
    taken: list[int] = []

    async def change(turns: Turns, number: int) -> None:
        async with turns.of("shop"):
            taken.append(number)
            await asyncio.sleep(0)

    async def main() -> None:
        turns = Turns(3, 60)
        async with turns.of("shop"), turns.of("other"):
            several = [asyncio.create_task(change(turns, number)) for number in range(3)]
            await asyncio.sleep(0.01)
            assert (taken, turns.waiting) == ([], 3)
            with pytest.raises(ServerBusy):
                await change(turns, 3)
            several[1].cancel()
            await asyncio.sleep(0.01)
            assert turns.waiting == 2
        await asyncio.gather(*several, return_exceptions=True)
        assert (taken, turns.waiting) == ([0, 2], 0)
        impatient = Turns(3, 0.01)
        async with impatient.of("shop"):
            with pytest.raises(GraphBusy):
                await change(impatient, 4)
        await change(impatient, 5)

    asyncio.run(main())
    assert taken == [0, 2, 5]

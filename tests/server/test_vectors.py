"""Vectors that follow a large insert, through real servers: answered before them, killed among them, with workers."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.conftest import Running, running
from tests.servers.postgres import Postgres
from tests.service.test_filler import body

_LARGE = 6000  # entities: more than one update writes the vectors of


def insert(client: httpx.Client, count: int, project: str = "large") -> dict[str, Any]:
    answer = client.post(f"/p/{project}/insert_custom_kg", content=body(count), headers={"Connection": "close"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found.keys() == {"status", "message", "details"}
    assert found["details"]["entities_count"] == count
    return found


def missing(client: httpx.Client, project: str = "large") -> int:
    found = client.get(f"/p/{project}/health").json()
    assert found["status"] == "healthy", found
    return int(found["files_without_vectors"])


def comes(client: httpx.Client, project: str = "large") -> None:
    """Wait until every vector is in."""
    deadline = time.monotonic() + 90
    while missing(client, project):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def asked(client: httpx.Client, project: str = "large") -> tuple[int, list[str]]:
    """How many entities a question finds, and what is noted."""
    found = client.post(f"/p/{project}/query/data", json={"query": "sign the session"}).json()
    return len(found["data"]["entities"]), found["metadata"].get("notes", [])


def test_an_insert_is_answered_and_answers_before_its_vectors(serve: Callable[..., Running]) -> None:
    server = serve()
    with server.client() as client:
        notes = insert(client, _LARGE)["details"]["notes"]
        assert ["vectors follow" in note for note in notes] == [True]
        assert missing(client) > 0
        found, notes = asked(client)
        assert found > 5
        assert any("no vectors yet" in note for note in notes)
        assert "loomgraph_files_without_vectors" in client.get("/metrics").text
        comes(client)
        found, notes = asked(client)
        assert (found > 5, notes) == (True, [])
        small = client.post("/p/large/insert_custom_kg", json={"entities": [{"entity_name": "one more"}]}).json()
        assert "notes" not in small["details"]
        assert missing(client) == 0
        deadline = time.monotonic() + 30
        while server.helpers("filling_child"):  # it holds memory that nobody needs any more
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert "Traceback" not in server.said()


def test_vectors_come_though_the_server_is_killed_among_them(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server, server.client() as client:
        insert(client, _LARGE)
        server.process.kill()
        server.process.wait()
    with running(tmp_path / "data") as server, server.client() as client:
        assert asked(client)[0] > 5
        comes(client)
        assert asked(client)[1] == []
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) in (0, -signal.SIGTERM)


def test_a_server_told_to_end_leaves_the_rest_to_the_next(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server, server.client() as client:
        insert(client, 3 * _LARGE)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        client.close()
        assert server.process.wait(20) in (0, -signal.SIGTERM)
        assert time.monotonic() - began < 15
        assert "Traceback" not in server.said()
    with running(tmp_path / "data") as server, server.client() as client:
        assert missing(client) > 0
        comes(client)


def test_vectors_come_though_the_process_that_makes_them_is_killed(serve: Callable[..., Running]) -> None:
    server = serve()
    with server.client() as client:
        insert(client, _LARGE)
        deadline = time.monotonic() + 30
        while not (found := server.helpers("filling_child")):
            assert time.monotonic() < deadline
        os.kill(found[0], signal.SIGKILL)
        assert asked(client)[0] > 5
        comes(client)
        assert "the process that made them ended" in server.said()
        assert server.helpers("filling_child") != found


def test_workers_fill_each_project_once_and_go_on_for_one_that_dies(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--workers", "2") as server, server.client() as client:
        for name in ("a", "b"):
            insert(client, _LARGE, name)
        os.kill(server.workers()[0], signal.SIGKILL)
        for name in ("a", "b"):
            _patiently(lambda name=name: comes(client, name))
        _patiently(lambda: asked(client, "a"))
        assert "Traceback" not in server.said()


def _patiently(ask: Callable[[], object]) -> None:
    """Again where the worker that answered was the one that died."""
    for left in range(5, 0, -1):
        try:
            ask()
        except httpx.TransportError:
            assert left > 1
            time.sleep(0.2)
            continue
        return


@pytest.mark.parametrize("workers", ["1", "2"])
def test_projects_in_a_database_are_filled_too(tmp_path: Path, postgres_vector: Postgres, workers: str) -> None:
    with postgres_vector.database() as url:
        for size, restart in ((_LARGE, False), (3 * _LARGE, True)):
            with (
                running(tmp_path / "data", "--workers", workers, LOOMGRAPH_STORE=url) as server,
                server.client() as client,
            ):
                assert "notes" in insert(client, size, f"p{size}")["details"]
                assert asked(client, f"p{size}")[0] > 5
                if not restart:
                    comes(client, f"p{size}")
                    assert asked(client, f"p{size}")[1] == []
        with running(tmp_path / "data", LOOMGRAPH_STORE=url) as server, server.client() as client:
            comes(client, f"p{3 * _LARGE}")

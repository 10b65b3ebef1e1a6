"""Who may do what: keys of projects see nothing else, and nothing tells a project they may not read from none."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.server.conftest import RUN, Running, environment
from tests.server.kgs import SHOP, numbered

MASTER = "master-key-of-the-tests"


def key(data: Path, *options: str) -> str:
    """A new key, made as a user makes it."""
    command = [sys.executable, "-c", RUN, "keys", "create", "--json", *options]
    done = subprocess.run(command, env=environment(data), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: str = json.loads(done.stdout)["token"]
    return found


@pytest.fixture
def guarded(serve: Callable[..., Running]) -> Running:
    found = serve(LOOMGRAPH_API_KEY=MASTER)
    with found.client(headers={"X-API-Key": MASTER}) as client:
        assert client.post("/p/mine/insert_custom_kg", json=SHOP).status_code == 200
        assert client.post("/p/theirs/insert_custom_kg", json=SHOP).status_code == 200
    return found


def test_without_a_key_only_that_it_lives_is_told(guarded: Running) -> None:
    with guarded.client() as client:
        health = client.get("/health")
        assert health.status_code == 200
        assert "configuration" not in health.json()
        assert client.get("/auth-status").json()["api_key_needed"] is True
        for path in ("/api/v1/projects", "/metrics", "/api/workspaces", "/p/mine/stats", "/p/nobody/stats", "/nowhere"):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized"), path
            assert answer.headers["www-authenticate"] == "Bearer"
        assert client.post("/query", json={"query": "x"}).status_code == 401
        assert client.post("/mcp", json={}).status_code == 401


def test_both_headers_carry_a_key(guarded: Running) -> None:
    with guarded.client() as client:
        for headers in (
            {"X-API-Key": MASTER},
            {"Authorization": f"Bearer {MASTER}"},
            {"authorization": f"bearer {MASTER}"},
        ):
            assert client.get("/p/mine/stats", headers=headers).status_code == 200
        for headers in ({"X-API-Key": MASTER[:-1]}, {"Authorization": f"Basic {MASTER}"},
                        {"X-API-Key": MASTER, "Authorization": "Bearer other"}):  # fmt: skip
            assert client.get("/p/mine/stats", headers=headers).status_code == 401
        assert client.get(f"/p/mine/stats?api_key_header_value={MASTER}").status_code == 401


def test_a_key_of_one_project_learns_nothing_of_others(guarded: Running) -> None:
    token = key(guarded.data, "--write", "mine")
    with guarded.client(headers={"X-API-Key": token}) as client:
        assert client.get("/api/workspaces").json() == {"workspaces": ["mine"], "count": 1}
        assert [one["name"] for one in client.get("/api/v1/projects").json()["projects"]] == ["mine"]
        assert [one["name"] for one in client.get("/api/tags").json()["models"]] == ["loomgraph:latest", "mine:latest"]
        calls: list[tuple[str, str, object]] = [
            ("GET", "/stats", None), ("GET", "/health", None), ("GET", "/graph/entities/all", None),
            ("DELETE", "", None),
            ("POST", "/query", {"query": "total"}), ("POST", "/query/data", {"query": "total"}),
            ("POST", "/insert_custom_kg", SHOP), ("DELETE", "/graph/clear", None), ("GET", "/jobs", None),
            ("DELETE", "/graph/by_source", {"source_ids": ["src/a.py"]}), ("GET", "/export", None),
            ("POST", "/graph/entity/create", {"entity_name": "x", "entity_data": {}}),
            ("POST", "/index", {"path": "/x"}),
            ("POST", "/sync/plan", None), ("POST", "/api/chat", {"messages": [{"role": "user", "content": "total"}]}),
            ("PATCH", "", {"name": "mine2"}),
        ]  # fmt: skip
        for method, path, body in calls:
            there = client.request(method, f"/api/v1/projects/theirs{path}", json=body)
            none = client.request(method, f"/api/v1/projects/nobody{path}", json=body)
            assert _same(there) == _same(none), (method, path)
            assert there.status_code == (403 if method == "PATCH" else 404), (method, path, there.text)
        assert client.get("/metrics").status_code == 403
        assert client.post("/api/v1/projects", json={"name": "theirs"}).status_code == 404
        assert client.post("/api/v1/projects", json={"name": "other"}).status_code == 404
        header = client.get("/stats", headers={"LIGHTRAG-WORKSPACE": "theirs"})
        assert header.status_code == 404
        assert client.post("/insert_custom_kg", json=SHOP).status_code == 404  # the default one is not theirs either
        assert client.post("/p/mine/insert_custom_kg", json=SHOP).status_code == 200


def _same(answer: httpx.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    return answer.status_code, json.dumps([error["code"], error["message"]]).replace("theirs", "X").replace(
        "nobody", "X"
    )


def test_a_key_that_may_read_may_not_write(guarded: Running) -> None:
    token = key(guarded.data, "--read", "mine")
    with guarded.client(headers={"X-API-Key": token}) as client:
        assert client.post("/p/mine/query/data", json={"query": "total"}).status_code == 200
        calls = (("POST", "/insert_custom_kg", SHOP), ("POST", "/insert_custom_kg", numbered(3000)),
                 ("DELETE", "/graph/clear", None), ("DELETE", "", None))  # fmt: skip
        for method, path, body in calls:
            answer = client.request(method, f"/api/v1/projects/mine{path}", json=body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden"), (method, path)


def test_keys_are_in_no_log(guarded: Running) -> None:
    with guarded.client() as client:
        client.get("/p/mine/stats", headers={"X-API-Key": MASTER})
        client.get("/p/mine/stats?key=question-secret", headers={"Authorization": "Bearer wrong-secret"})
    said = guarded.said()
    assert MASTER not in said
    assert "secret" not in said
    lines = [json.loads(line) for line in said.splitlines()]
    assert {"request_id", "method", "route", "status", "ms"} <= set(lines[-1])


def test_it_does_not_listen_beyond_this_machine_without_keys(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUN, "serve", "--port", "0", "--host", "0.0.0.0"]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "--insecure" in done.stderr

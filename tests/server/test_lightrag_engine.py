"""A server whose projects are on LightRAG, asked as clients of LightRAG ask, and as ours do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.lightrag.storages import LIGHTRAG

from .conftest import RUN, Running, environment, running
from .kgs import SHOP

pytestmark = pytest.mark.skipif(not LIGHTRAG.exists(), reason="no LightRAG in .venv-lightrag: run `make lightrag`")

FOLDED: dict[str, Any] = {
    "chunks": [{"content": "def login(): return check()", "source_id": "src/auth/__init__.py:1-9"}],
    "entities": [{"entity_name": "login", "source_id": "src/auth/__init__.py:1-9"}],
    "relationships": [
        {"src_id": "login", "tgt_id": "check", "keywords": "calls", "description": "asks it"},
        {"src_id": "check", "tgt_id": "login", "keywords": "imports", "description": "needs it"},
        {"src_id": "login", "tgt_id": "login", "keywords": "calls", "description": "again"},
    ],
}


def on_lightrag(data: Path, *options: str) -> Any:
    return running(data, *options, LOOMGRAPH_ENGINE="lightrag", LOOMGRAPH_LIGHTRAG_PYTHON=str(LIGHTRAG))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with on_lightrag(tmp_path_factory.mktemp("lightrag") / "data") as found:
        yield found


def hosts_of(server: Running) -> list[int]:
    """LightRAG's processes, of the server and of all it has started."""
    listed = subprocess.run(["ps", "-wweo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    own = {server.process.pid}
    for _ in range(4):  # generations
        own |= {int(pid) for pid, parent, _ in rows if int(parent) in own}
    return [int(pid) for pid, _, args in rows if int(pid) in own and "lightrag/host.py" in args]


def test_the_dialect_is_answered_by_lightrag(server: Running) -> None:
    with server.client(headers={"LIGHTRAG-WORKSPACE": "shop"}) as client:
        inserted = client.post("/insert_custom_kg", json={"custom_kg": FOLDED})
        assert inserted.status_code == 200, inserted.text
        assert [note.partition(" ")[0] for note in inserted.json()["details"]["notes"]] == ["1", "1"]
        for mode in ("local", "global", "hybrid", "mix"):
            answer = client.post("/query/data", json={"query": "login check", "mode": mode}).json()
            assert answer["status"] == "success", mode
            relations = {(row["src_id"], row["keywords"], row["tgt_id"]) for row in answer["data"]["relationships"]}
            assert relations == {("login", "calls", "check"), ("check", "imports", "login")}, mode
            assert [row["file_path"] for row in answer["data"]["chunks"]] == ["src/auth/__init__.py"], mode
        said = client.post("/query", json={"query": "login", "mode": "naive"}).json()
        assert said["references"] == [{"reference_id": "1", "file_path": "src/auth/__init__.py"}]
        assert (said["llm_generated"], "def login" in said["response"]) == (False, True)
        bypass = client.post("/query", json={"query": "hello", "mode": "bypass"}).json()
        assert bypass["error"]["code"] == "llm_not_set"
        graph = client.get("/graphs", params={"label": "login"}).json()
        assert sorted(edge["properties"]["keywords"] for edge in graph["edges"]) == ["calls", "calls", "imports"]
        health = client.get("/health").json()
        assert (health["status"], health["engine"], len(health["notes"])) == ("healthy", "lightrag", 2)


def test_structure_is_answered_from_the_rows(server: Running) -> None:
    with server.client() as client:
        client.post("/p/structure/insert_custom_kg", json=FOLDED)
        callers = client.get("/p/structure/callers", params={"symbol": "check"})
        assert callers.status_code == 200, callers.text
        assert "login" in callers.text
        exported = client.get("/p/structure/export", params={"format": "custom-kg"})
        assert exported.status_code == 200, exported.text
        assert {row["description"] for row in exported.json()["relationships"]} == {"asks it", "needs it", "again"}


def test_source_code_is_not_indexed_into_it(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.py").write_text("def f(): ...\n")
    done = subprocess.run(
        [sys.executable, "-c", RUN, "index", str(tmp_path / "code")], capture_output=True, text=True, timeout=60,
        env=environment(tmp_path / "data", LOOMGRAPH_ENGINE="lightrag"),
    )  # fmt: skip
    assert done.returncode == 8, done
    assert "The engine lightrag cannot index source code. Projects of the engine native can." in done.stderr


def test_projects_are_made_on_either_engine(server: Running) -> None:
    with server.client() as client:
        made = client.post("/api/v1/projects", json={"name": "own", "engine": "native"})
        assert made.status_code == 201, made.text
        client.post("/p/own/insert_custom_kg", json=FOLDED)
        assert client.get("/p/own/health").json()["engine"] == "native"
        assert not (server.data / "own" / "lightrag").exists()
        assert client.post("/api/v1/projects", json={"name": "x", "engine": "other"}).status_code == 422


def test_a_killed_lightrag_costs_nobody_but_who_waits_for_it(server: Running) -> None:
    with server.client() as client:
        client.post("/p/killed/insert_custom_kg", json=SHOP)
        before = client.post("/p/killed/query/data", json={"query": "checkout", "mode": "local"}).json()["data"]
        hosts = hosts_of(server)
        assert hosts
        for pid in hosts:
            os.kill(pid, signal.SIGKILL)
        after = client.post("/p/killed/query/data", json={"query": "checkout", "mode": "local"})
        if after.status_code == 503:  # the pipe broke under this very request
            assert after.json()["error"]["code"] == "lightrag_ended"
            after = client.post("/p/killed/query/data", json={"query": "checkout", "mode": "local"})
        assert after.json()["data"] == before
        assert not set(hosts_of(server)) & set(hosts)


def test_it_is_all_there_in_another_server_and_deleted_whole(tmp_path: Path) -> None:
    data = tmp_path / "data"
    question = {"query": "who takes the money for a cart", "mode": "mix"}
    with on_lightrag(data) as server, server.client() as client:
        for name in ("one", "two"):
            client.post(f"/p/{name}/insert_custom_kg", json=SHOP)
        first = client.post("/p/one/query/data", json=question).json()["data"]
        assert first["entities"]
        assert client.delete("/p/two").status_code in (200, 204)
        hosts = hosts_of(server)
        assert hosts
    assert not any(Path(f"/proc/{pid}").exists() for pid in hosts)
    with on_lightrag(data, "--workers", "2") as server, server.client() as client:
        assert client.post("/p/one/query/data", json=question).json()["data"] == first
        assert client.post("/p/two/query/data", json=question).status_code == 404
    assert not (data / "two").exists()


@pytest.mark.slow
def test_rows_may_lie_in_a_database_and_its_servers_agree(postgres_vector: Any, tmp_path: Path) -> None:
    """Two machines, each with LightRAG's files of its own, on one database."""
    question = {"query": "takes the money", "mode": "local"}
    with postgres_vector.database() as url:
        where = {"LOOMGRAPH_ENGINE": "lightrag", "LOOMGRAPH_LIGHTRAG_PYTHON": str(LIGHTRAG), "LOOMGRAPH_STORE": url}
        one, other = running(tmp_path / "one", **where), running(tmp_path / "other", **where)
        with one as first, other as second, first.client() as here, second.client() as there:
            assert here.post("/p/shop/insert_custom_kg", json=SHOP).status_code == 200
            found = here.post("/p/shop/query/data", json=question).json()["data"]
            assert there.post("/p/shop/query/data", json=question).json()["data"] == found
            more = {"entities": [{"entity_name": "refund", "description": "takes the money back"}]}
            assert there.post("/p/shop/insert_custom_kg", json=more).status_code == 200
            for client in (here, there):
                more_found = client.post("/p/shop/query/data", json=question).json()["data"]["entities"]
                assert "refund" in {row["entity_name"] for row in more_found}
            assert there.delete("/p/shop").status_code in (200, 204)
            assert here.post("/p/shop/query/data", json=question).status_code == 404


def test_a_copy_is_another_project_for_lightrag_too(tmp_path: Path) -> None:
    data = tmp_path / "data"
    question = {"query": "takes the money", "mode": "local"}
    with on_lightrag(data) as server, server.client() as client:
        client.post("/p/shop/insert_custom_kg", json=SHOP)
        found = client.post("/p/shop/query/data", json=question).json()["data"]
    done = subprocess.run(
        [sys.executable, "-c", RUN, "projects", "copy", "shop", "--to", str(data), "--as", "twin"],
        env=environment(data), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with on_lightrag(data) as server, server.client() as client:
        assert client.post("/p/twin/query/data", json=question).json()["data"] == found
        spaces = [path.name for name in ("shop", "twin") for path in (data / name / "lightrag").iterdir()]
        assert len(set(spaces)) == 2
        assert client.delete("/p/twin").status_code in (200, 204)
        assert client.post("/p/shop/query/data", json=question).json()["data"] == found


def refused(data: Path, **variables: str) -> str:
    """What a server says that does not start."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, "serve", "--port", "0"], env=environment(data, **variables),
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2, done
    return done.stderr


def test_a_variable_that_merges_projects_stops_the_start_by_name(tmp_path: Path) -> None:
    said = refused(tmp_path, LOOMGRAPH_ENGINE="lightrag", POSTGRES_WORKSPACE="all", REDIS_WORKSPACE="")
    assert "POSTGRES_WORKSPACE: would put all projects into one workspace" in said
    assert "REDIS_WORKSPACE" not in said


def test_it_does_so_too_where_a_single_project_is_on_lightrag(tmp_path: Path) -> None:
    with running(tmp_path / "data", NEO4J_WORKSPACE="all") as server, server.client() as client:
        assert client.post("/api/v1/projects", json={"name": "a", "engine": "lightrag"}).status_code == 201
        found = client.post("/p/a/insert_custom_kg", json=FOLDED)
        assert (found.status_code, found.json()["error"]["code"]) == (500, "lightrag_merged")
    assert "NEO4J_WORKSPACE would put all projects into one" in refused(tmp_path / "data", NEO4J_WORKSPACE="all")

"""A server whose projects lie in PostgreSQL: all that it does on files, and what becomes of it with its database."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import httpx
import pytest
from mcp import Client

from loomgraph import settings
from loomgraph.service import Service
from tests.server.conftest import Running, running
from tests.server.crowd import WORKERS, crowd, kills, outages, pair
from tests.server.kgs import SHOP, numbered
from tests.server.test_changes import SOURCE, ended
from tests.servers.postgres import Postgres, postgres

_PASSWORD = "Zeit-und-Weile-7"


def _with_password(url: str) -> str:
    """The server trusts everybody on loopback; what is sent beside the name must be seen nowhere."""
    return url.replace("postgres@", f"postgres:{_PASSWORD}@")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory, postgres_vector: Postgres) -> Iterator[Running]:
    with postgres_vector.database() as url:
        data = tmp_path_factory.mktemp("stored") / "data"
        store = {"LOOMGRAPH_STORE": _with_password(url), "LOOMGRAPH_INDEX_ROOTS": str(data.parent)}
        with running(data, LOOMGRAPH_EMBEDDING="none", **store) as found:
            yield found


@contextlib.contextmanager
def several(data: Path, database: Postgres) -> Iterator[Running]:
    """Some workers on a database; where they lie is nobody's business here."""
    store = {"LOOMGRAPH_STORE": database.url(), "LOOMGRAPH_EMBEDDING": "none"}
    with running(data, "--workers", str(WORKERS), **store) as found:
        for _ in range(200):
            if len(found.workers()) == WORKERS:
                break
            time.sleep(0.1)
        yield found


@pytest.fixture
def there(stored: Running) -> Iterator[httpx.Client]:
    with stored.client() as found:
        yield found


def test_insert_ask_rename_delete(stored: Running, there: httpx.Client) -> None:
    assert there.post("/p/shop/insert_custom_kg", json=SHOP).json()["status"] == "success"
    assert "total" in there.get("/p/shop/graph/label/list").json()
    found = there.post("/p/shop/query/data", json={"query": "who calls total", "mode": "mix"}).json()
    assert any(row["entity_name"] == "total" for row in found["data"]["entities"])
    assert there.patch("/api/v1/projects/shop", json={"name": "store"}).status_code == 200
    assert there.get("/p/shop/graph/label/list").status_code == 404
    assert "total" in there.get("/p/store/graph/label/list").json()
    assert there.delete("/api/v1/projects/store").status_code == 200
    assert there.get("/p/store/graph/label/list").status_code == 404
    assert not list(stored.data.rglob("graph.db"))


def test_code_is_indexed_as_a_job_and_pushed(stored: Running, there: httpx.Client) -> None:
    code = stored.data.parent / "code"
    code.mkdir()
    (code / "cart.py").write_text(SOURCE, "utf-8")
    job = there.post("/p/indexed/index", json={"path": str(code)}).json()
    assert ended(there, job)["state"] == "done"
    assert there.get("/p/indexed/callers", params={"symbol": "price"}).json()["total"] == 1
    pushed = there.post("/p/pushed/sync", json={"files": [{"path": "cart.py", "content": SOURCE}]})
    assert pushed.status_code == 200, pushed.text
    assert there.get("/p/pushed/callers", params={"symbol": "price"}).json()["total"] == 1


def test_agents_ask_over_mcp(stored: Running, there: httpx.Client) -> None:
    assert there.post("/p/agents/insert_custom_kg", json=SHOP).status_code == 200

    async def ask() -> int:
        async with Client(f"{stored.url}/mcp") as client:
            answer = await client.call_tool("callers", {"symbol": "total", "project": "agents"})
            return int(answer.structured_content["total"])

    assert anyio.run(ask) == 1


def test_a_password_is_on_no_command_line_and_in_no_answer(stored: Running, there: httpx.Client) -> None:
    """Long changes and jobs are done by processes of their own, which must learn where graphs lie."""
    code = stored.data.parent / "large"
    code.mkdir()
    for number in range(60):
        (code / f"m{number}.py").write_text(SOURCE, "utf-8")
    seen: set[bytes] = set()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            seen.update(_commands())
            time.sleep(0.002)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        job = there.post("/p/large/index", json={"path": str(code)}).json()
        assert ended(there, job)["state"] == "done"
        assert there.post("/p/many/insert_custom_kg", json=numbered(6000)).status_code == 200
    finally:
        over.set()
        looking.join()
    assert any(b"loomgraph.service.job_child" in command for command in seen)
    assert any(b"loomgraph.server.child" in command for command in seen)
    assert not [command for command in seen if _PASSWORD.encode() in command]
    answers = [there.get(path).text for path in ("/health", "/api/v1/projects", "/p/large/health", "/metrics")]
    assert not [text for text in (*answers, stored.said()) if _PASSWORD in text]


def _commands() -> set[bytes]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.add(path.read_bytes())
        except OSError:
            continue
    return found


def test_many_who_make_projects_at_once_get_one_each(stored: Running) -> None:
    """More than a process has connections, all of whom wait for the lock on names."""

    def make(number: int) -> int:
        name = f"new{number // 2}"  # two ask for the same
        answer = httpx.post(
            f"{stored.url}/p/{name}/insert_custom_kg", json=pair(f"x{number}"), timeout=60, trust_env=False
        )
        return answer.status_code

    with ThreadPoolExecutor(32) as threads:
        assert set(threads.map(make, range(64))) == {200}
    with stored.client() as client:
        for number in range(32):
            found = client.get(f"/p/new{number}/graph/label/list").json()
            assert sorted(found) == sorted(f"x{one}{end}" for one in (2 * number, 2 * number + 1) for end in "ab")


def test_hosts_agree_on_graphs_and_keys(tmp_path: Path, postgres_plain: Postgres) -> None:
    with postgres_plain.database() as url, contextlib.ExitStack() as stack:
        here, there = (
            stack.enter_context(running(tmp_path / host, LOOMGRAPH_STORE=url, LOOMGRAPH_EMBEDDING="none"))
            for host in ("here", "there")
        )
        with here.client() as client:
            assert client.post("/p/shop/insert_custom_kg", json=SHOP).status_code == 200
            first = client.post("/p/pushed/sync", json={"files": [{"path": "cart.py", "content": SOURCE}]})
            assert first.status_code == 200, first.text
        with there.client() as client:  # which has none of the files: a push to it would take them away
            second = client.post("/p/pushed/sync", json={"files": [{"path": "b.py", "content": "x = 1"}]})
            assert second.json()["error"]["code"] == "not_pushable"
            assert client.get("/p/pushed/callers", params={"symbol": "price"}).json()["total"] == 1
        given = settings.load({"HOME": str(tmp_path), "LOOMGRAPH_DATA_DIR": str(tmp_path), "LOOMGRAPH_STORE": url})
        with contextlib.closing(Service(given, tmp_path)) as service:
            admin = service.create_key("me", admin=True)
            reader = service.create_key("agents", read=["shop"])
        with there.client() as client:
            assert client.get("/p/shop/graph/label/list").status_code == 401
            assert client.get("/health").json()["auth_mode"] == "enabled"
            mine, theirs = {"X-API-Key": admin.token}, {"X-API-Key": reader.token}
            assert client.get("/p/shop/graph/label/list", headers=theirs).status_code == 200
            assert client.post("/p/shop/insert_custom_kg", json=SHOP, headers=theirs).status_code == 403
            assert client.patch("/api/v1/projects/shop", json={"name": "store"}, headers=mine).status_code == 200
        with here.client() as client:
            assert client.get("/p/store/graph/label/list", headers=theirs).status_code == 200


@pytest.mark.slow
def test_all_at_once_and_killed_workers(tmp_path: Path, postgres_vector: Postgres) -> None:
    with several(tmp_path / "data", postgres_vector) as server:
        assert len(crowd(server, 8, 25)) == 8  # fails where a count is not what its clients were promised
        assert kills(server, 3)["promised"] > 0


@pytest.mark.slow
def test_a_killed_database_loses_nothing_and_is_said_to_be_away(tmp_path: Path) -> None:
    with postgres(vector=True, durable=True) as database, several(tmp_path / "data", database) as server:
        found = outages(server, database, 2)
        assert set(found["meanwhile"]) == {"503 database_unavailable"}
        assert set(found["refused"]) <= {"database_unavailable"}
        assert found["promised"] > 0
        with server.client() as client:
            assert client.get("/health").status_code == 200

"""Code that comes to a server: indexed by itself as jobs, or pushed file by file; and browsers that may ask."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from loomgraph.indexing.lock import exclusive
from loomgraph.server.routes.sync import LONG
from tests.server.conftest import Running

SOURCE = "def total(cart):\n    return sum(price(item) for item in cart)\n\n\ndef price(item):\n    return item.price\n"


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code" / "shop"
    folder.mkdir(parents=True)
    (folder / "cart.py").write_text(SOURCE, "utf-8")
    return folder


@pytest.fixture
def indexing(code: Path, serve: Callable[..., Running]) -> Running:
    return serve(LOOMGRAPH_INDEX_ROOTS=str(code.parent))


def ended(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    for _ in range(400):
        found: dict[str, Any] = client.get(f"/p/{job['project']}/jobs/{job['id']}").json()
        if found["ended"]:
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def test_an_index_is_a_job_to_look_at_and_to_follow(indexing: Running, code: Path) -> None:
    with indexing.client() as client:
        started = client.post("/p/shop/index", json={"path": str(code)})
        assert started.status_code == 202, started.text
        job = started.json()
        with client.stream("GET", f"/p/shop/jobs/{job['id']}/events") as events:
            assert events.headers["content-type"].startswith("text/event-stream")
            lines = list(events.iter_lines())
        assert "event: end" in lines
        last = json.loads([line for line in lines if line.startswith("data: ")][-1].removeprefix("data: "))
        assert last["state"] == "done", last
        assert ended(client, job)["result"]["counts"]["files"] == 1
        callers = client.get("/p/shop/callers", params={"symbol": "price"}).json()
        assert [hop["symbol"]["name"] for hop in callers["hops"]] == ["total"]
        assert [one["id"] for one in client.get("/p/shop/jobs").json()["jobs"]] == [job["id"]]
        assert client.get(f"/p/other/jobs/{job['id']}").status_code == 404
        (code / "more.py").write_text("from cart import total\n\n\ndef pay(cart):\n    return total(cart)\n", "utf-8")
        again = client.post("/p/shop/index", json={}).json()
        assert ended(client, again)["state"] == "done"
        assert client.get("/p/shop/callers", params={"symbol": "total"}).json()["total"] == 1


def test_only_what_is_allowed_is_indexed(indexing: Running, code: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secret"
    outside.mkdir()
    (outside / "a.py").write_text("password = 1\n", "utf-8")
    (code / "link").symlink_to(outside)
    (code.parent / "door").symlink_to(outside)
    with indexing.client() as client:
        for path in (str(outside), "/etc", f"{code}/../../secret", str(code.parent / "door"), f"{code}\0"):
            answer = client.post("/p/x/index", json={"path": path})
            assert 400 <= answer.status_code < 500, answer.text
        assert client.post("/p/x/index", json={"url": "https://example.org/a.git"}).status_code == 403
        job = client.post("/p/shop/index", json={"path": str(code)}).json()
        assert ended(client, job)["state"] == "done"
        assert client.get("/p/shop/symbols", params={"q": "password"}).json()["total"] == 0


def test_what_is_being_updated_is_neither_cleared_nor_deleted(serve: Callable[..., Running]) -> None:
    server = serve(LOOMGRAPH_LOCK_WAIT="0.2")
    with server.client() as client:
        assert client.post("/p/shop/sync", json={"files": [{"path": "cart.py", "content": SOURCE}]}).status_code == 200
        with exclusive(server.data / "shop" / "update.lock"):  # as an update does, of this server or of another
            for path in ("/p/shop/graph/clear", "/api/v1/projects/shop"):
                refused = client.delete(path)
                assert (refused.status_code, refused.json()["error"]["code"]) == (409, "update_running"), refused.text
            assert client.get("/p/shop/callers", params={"symbol": "price"}).json()["total"] == 1
        assert client.delete("/p/shop/graph/clear").status_code == 200
        assert client.get("/p/shop/symbols", params={"q": "price"}).json()["total"] == 0


def hash_of(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def test_a_push_sends_what_lacks_and_goes_on_where_it_broke_off(serve: Callable[..., Running]) -> None:
    files = {
        "cart.py": SOURCE.encode(),
        "pay.py": b"from cart import total\n\n\ndef pay(cart):\n    return total(cart)\n",
    }
    rows = [{"path": path, "hash": hash_of(data), "size": len(data)} for path, data in files.items()]
    manifest = gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())
    packed = {"content-encoding": "gzip", "content-type": "application/x-ndjson"}
    with serve().client() as client:
        plan = client.post("/p/pushed/sync/plan", content=manifest, headers=packed).json()
        assert sorted(plan["lacks"]) == sorted(row["hash"] for row in rows)
        early = client.post(f"/p/pushed/sync/{plan['plan']}/commit")
        assert early.status_code == 409, early.text
        for data in files.values():
            line = json.dumps({"hash": hash_of(data), "text": data.decode()}) + "\n"
            sent = client.post(f"/p/pushed/sync/{plan['plan']}/content", content=line)
            assert sent.status_code == 200, sent.text
            left = client.post("/p/pushed/sync/plan", content=manifest, headers=packed).json()
            assert len(left["lacks"]) == sent.json()["lacks"]
        done = client.post(f"/p/pushed/sync/{plan['plan']}/commit")
        assert done.status_code == 200, done.text
        assert done.json()["counts"]["files"] == 2
        assert client.get("/p/pushed/callers", params={"symbol": "total"}).json()["total"] == 1
        small = client.post("/p/pushed/sync", json={"files": [], "delete": ["pay.py"]})
        assert small.status_code == 200, small.text
        assert client.get("/p/pushed/callers", params={"symbol": "total"}).json()["total"] == 0
        escaped = client.post("/p/pushed/sync", json={"files": [{"path": "../x.py", "content": "x = 1"}]})
        assert escaped.status_code == 422


def test_files_of_a_long_body_are_taken_one_by_one_and_all_or_none(serve: Callable[..., Running]) -> None:
    long = {"path": "long.py", "content": "# é\n" * 100_000 + SOURCE}
    wrong: dict[str, object] = {
        "[]": [], "comes twice": {**long, "content": ""}, "no path of a project": {"path": "../x.py", "content": ""},
        "needs content": {"path": "x.py"},
    }  # fmt: skip
    with serve().client() as client:
        for said, second in wrong.items():
            answer = client.post("/p/whole/sync", json={"files": [long, second]})
            assert answer.status_code == 422, answer.text
            assert said == "[]" or said in answer.text
        assert client.get("/p/whole/health").status_code == 404
        done = client.post("/p/whole/sync", json={"files": [long, {"path": "b.py", "content": "import long\n"}]})
        assert done.status_code == 200, done.text
        assert done.json()["counts"]["files"] == 2
        assert client.get("/p/whole/callers", params={"symbol": "price"}).json()["total"] == 1


def test_a_long_manifest_is_read_apart(serve: Callable[..., Running]) -> None:
    digest = hash_of(b"x = 1\n")
    rows = (json.dumps({"path": f"src/module_{at}.py", "hash": digest, "size": 6}) for at in range(100_000))
    manifest = "\n".join(rows)
    assert len(manifest) > LONG
    with serve().client() as client:
        found = client.post("/p/many/sync/plan", content=manifest)
        assert found.status_code == 200, found.text
        assert found.json()["files"] == 100_000
        assert found.json()["lacks"] == [digest]
        broken = client.post("/p/many/sync/plan", content=manifest[:-1])
        assert broken.status_code == 422
        assert "line 100000" in broken.text


def test_pages_of_named_origins_may_ask(serve: Callable[..., Running]) -> None:
    server = serve(LOOMGRAPH_CORS_ORIGINS="https://page.example", LOOMGRAPH_API_KEY="k")
    page = {"Origin": "https://page.example"}
    with server.client() as client:
        asks = {**page, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
        before = client.options("/query", headers=asks)
        assert before.status_code == 200
        assert before.headers["access-control-allow-origin"] == "https://page.example"
        allowed = client.get("/api/v1/projects", headers={**page, "X-API-Key": "k"})
        assert allowed.headers["access-control-allow-origin"] == "https://page.example"
        other = client.get("/api/v1/projects", headers={"Origin": "https://evil.example", "X-API-Key": "k"})
        assert other.status_code == 403


def test_the_api_shows_itself_without_a_network(serve: Callable[..., Running]) -> None:
    with serve().client() as client:
        page = client.get("/docs")
        assert page.status_code == 200
        loaded = [part.split('"')[0] for part in page.text.split('src="')[1:] + page.text.split('href="')[1:]]
        assert loaded
        for address in loaded:
            assert address.startswith("/"), f"{address} is elsewhere"
            assert client.get(address).status_code == 200
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert client.get("/openapi.json").json()["openapi"].startswith("3.")

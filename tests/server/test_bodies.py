"""Bodies that are packed, broken off or nested without end: each is the client's mistake, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import errno
import gzip
import io
import json
import os
import socket
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.requests import Request

from loomgraph.errors import DiskFull, StoreUnwritable
from loomgraph.server.bodies import spooled
from tests.server.conftest import Running, running

LIMIT = 4 * 1024 * 1024
JSON = "application/json"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that takes little."""
    data = tmp_path_factory.mktemp("bodies") / "data"
    with running(data, LOOMGRAPH_MAX_BODY_BYTES=str(LIMIT), LOOMGRAPH_EMBEDDING="none") as found:
        yield found


def insert(server: Running, body: bytes, encoding: str = "") -> httpx.Response:
    headers = {"content-type": JSON, **({"content-encoding": encoding} if encoding else {})}
    with server.client() as client:
        return client.post("/p/packed/insert_custom_kg", content=body, headers=headers)


def spool(data: Path) -> list[str]:
    folder = data / ".spool"
    return [path.name for path in folder.iterdir()] if folder.exists() else []


def kg(padding: int = 0) -> bytes:
    return json.dumps({"entities": [{"entity_name": "a", "description": "x" * padding}]}).encode()


def test_packed_bodies_are_taken(small: Running) -> None:
    for encoding, body in (("gzip", gzip.compress(kg())), ("deflate", zlib.compress(kg())), ("identity", kg())):
        assert insert(small, body, encoding).status_code == 200, encoding
    assert insert(small, gzip.compress(kg(LIMIT // 2)), "gzip").status_code == 200
    assert spool(small.data) == []


def test_what_unpacks_to_too_much_is_refused(small: Running) -> None:
    bomb = gzip.compress(b" " * (64 * LIMIT))
    assert len(bomb) < LIMIT
    answer = insert(small, bomb, "gzip")
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
    assert spool(small.data) == []


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(gzip.compress(kg())[:-4], "gzip"), (kg(), "gzip"), (gzip.compress(kg()), ""), (kg(), "br"), (kg()[:-3], "")],
    ids=["cut", "not packed", "packed", "another way", "not whole"],  # bytes that gzip made hold the time
)
def test_what_is_not_packed_as_it_says_is_the_clients_mistake(small: Running, body: bytes, encoding: str) -> None:
    assert insert(small, body, encoding).status_code == 422


@pytest.mark.parametrize("size", [10, 700_000])
@pytest.mark.parametrize(
    "shape", [b'{"entities": %s', b'{"custom_kg": %s', b'{"entities": [{"entity_name": "a", "x": %s', b"%s"]
)
def test_bottomless_nesting_is_refused(small: Running, shape: bytes, size: int) -> None:
    nested = b"[" * 100_000 + b" " * size
    for body in (shape % nested, shape % (b"[" * 100_000 + b"]" * 100_000 + b" " * size)):
        answer = insert(small, body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"]["code"] in ("bad_custom_kg", "invalid_request")


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, DiskFull), (errno.EACCES, StoreUnwritable)])
def test_a_disk_that_takes_no_more_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    """A full disk shows itself when a file is written, at the latest when it is closed."""
    real = os.fdopen

    class Full(io.BytesIO):
        def flush(self) -> None:
            raise OSError(number, os.strerror(number))

    def full(handle: int, mode: str) -> io.BytesIO:
        real(handle, mode).close()
        return Full()

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"x" * (2 << 20), "more_body": False}

    async def take() -> None:
        async with spooled(Request({"type": "http", "headers": []}, receive), tmp_path, 8 << 20):
            raise AssertionError("it was taken")

    monkeypatch.setattr("loomgraph.server.bodies.os.fdopen", full)
    with pytest.raises(kind):
        asyncio.run(take())
    assert list((tmp_path / ".spool").iterdir()) == []


def test_a_client_that_breaks_off_leaves_nothing(small: Running) -> None:
    at = urlsplit(small.url)
    body = json.dumps({"entities": [{"entity_name": f"e{number}"} for number in range(100_000)]}).encode()
    head = f"POST /p/broken/insert_custom_kg HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((at.hostname, at.port), timeout=10) as connection:
        connection.sendall(head.encode() + body[: len(body) // 2])
        for _ in range(100):
            if spool(small.data):
                break
            time.sleep(0.05)
        assert spool(small.data)
    for _ in range(100):
        if not spool(small.data):
            break
        time.sleep(0.05)
    assert spool(small.data) == []
    with small.client() as client:
        assert client.get("/p/broken/health").status_code == 404
    assert "traceback" not in small.said()

"""What is refused before any route is reached: sizes, slowness, names of hosts, origins, several projects at once."""

from __future__ import annotations

import os
import random
import socket
import time
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tests.server.conftest import Running

LIMIT = 8 * 1024 * 1024


def raw(server: Running, sent: bytes, *, wait: float = 10) -> bytes:
    """What the server says to some bytes, until it closes or nothing more comes."""
    at = urlsplit(server.url)
    found = b""
    with socket.create_connection((at.hostname, at.port), timeout=wait) as connection:
        connection.sendall(sent)
        while piece := _piece(connection):
            found += piece
    return found


def _piece(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except (TimeoutError, ConnectionResetError):
        return b""


def code(answer: httpx.Response) -> str:
    found: str = answer.json()["error"]["code"]
    return found


def test_errors_have_one_shape_and_an_id(client: httpx.Client) -> None:
    answer = client.get("/p/nobody/callers", params={"symbol": "x"}, headers={"X-Request-ID": "mine-1"})
    assert answer.status_code == 404
    assert answer.headers["x-request-id"] == "mine-1"
    plain = answer.json()
    assert set(plain) == {"error", "detail"}
    assert plain["error"]["code"] == "unknown_project"
    assert plain["error"]["request_id"] == "mine-1"
    assert plain["detail"] == plain["error"]["message"]
    assert client.get("/health", headers={"X-Request-ID": "a b"}).headers["x-request-id"] != "a b"


def test_reads_of_an_unknown_project_make_nothing(server: Running, client: httpx.Client) -> None:
    for method, path in (("GET", "/stats"), ("GET", "/health"), ("GET", ""), ("DELETE", ""), ("GET", "/graphs?label=*"),
                         ("DELETE", "/graph/clear"), ("GET", "/graph/label/list")):  # fmt: skip
        answer = client.request(method, f"/p/never{path}" if path else "/api/v1/projects/never")
        assert (answer.status_code, code(answer)) == (404, "unknown_project"), (method, path)
    answer = client.post("/query", json={"query": "who"}, headers={"LIGHTRAG-WORKSPACE": "never"})
    assert answer.status_code == 404
    assert "never" not in [one["name"] for one in client.get("/api/v1/projects").json()["projects"]]
    assert not (server.data / "never").exists()


def test_every_wrong_place_is_named(client: httpx.Client) -> None:
    answer = client.post("/p/x/query", json={"mode": "odd", "top_k": 0, "hl_keywords": "no"})
    assert answer.status_code == 422
    places = [".".join(map(str, one["loc"])) for one in answer.json()["detail"]]
    assert places == ["body.query", "body.mode", "body.top_k", "body.hl_keywords"]
    assert all(set(one) == {"loc", "msg", "type"} for one in answer.json()["detail"])


@pytest.mark.parametrize(
    "sent", [b"{", b"[" * 100_000, b'{"query": "\\ud800"}', b"\xff\xfe", b"null", b"{}" * 2, b'{"query": 1e999}', b""]
)
def test_broken_json_is_the_clients_mistake(client: httpx.Client, sent: bytes) -> None:
    answer = client.post("/p/x/query", content=sent, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert code(answer) == "invalid_request"


def test_too_large_a_body_is_refused_before_it_is_read(server: Running, client: httpx.Client) -> None:
    head = f"POST /p/x/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: {LIMIT + 1}\r\n\r\n"
    said = raw(server, head.encode(), wait=3)
    assert said.startswith(b"HTTP/1.1 413")
    assert b"body_too_large" in said

    def pieces() -> object:
        for _ in range(LIMIT // 65536 + 2):
            yield b" " * 65536

    answer = client.post("/p/x/query", content=pieces(), headers={"content-type": "application/json"})  # type: ignore[arg-type]
    assert (answer.status_code, code(answer)) == (413, "body_too_large")


def test_a_slow_body_is_given_up(server: Running) -> None:
    head = (
        b"POST /p/x/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    began = time.monotonic()
    said = raw(server, head, wait=15)
    assert said.startswith(b"HTTP/1.1 408")
    assert b"body_too_slow" in said
    assert time.monotonic() - began < 12


def test_slow_headers_are_given_up(server: Running) -> None:
    began = time.monotonic()
    assert raw(server, b"GET /health HTTP/1.1\r\nHost: loc", wait=15) == b""
    assert time.monotonic() - began < 12


def test_headers_without_end_are_refused(server: Running) -> None:
    said = raw(server, b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: " + b"a" * 200_000, wait=3)
    assert said == b"" or said.startswith(b"HTTP/1.1 400")


def test_one_project_a_request(client: httpx.Client) -> None:
    both = client.get("/p/one/stats", headers={"LIGHTRAG-WORKSPACE": "two"})
    assert (both.status_code, code(both)) == (400, "conflicting_project")
    twice = client.get("/stats", headers=[("LIGHTRAG-WORKSPACE", "one"), ("LIGHTRAG-WORKSPACE", "two")])  # type: ignore[arg-type]
    assert (twice.status_code, code(twice)) == (400, "conflicting_project")
    same = client.get("/p/one/stats", headers={"LIGHTRAG-WORKSPACE": "one"})
    assert code(same) == "unknown_project"


@pytest.mark.parametrize("smuggled", ["LIGHTRAG_WORKSPACE", "lightrag-workspace ", "X-LIGHTRAG-WORKSPACE"])
def test_headers_that_only_look_like_it_are_none(server: Running, smuggled: str) -> None:
    said = raw(
        server, f"GET /stats HTTP/1.1\r\nHost: localhost\r\n{smuggled}: other\r\nConnection: close\r\n\r\n".encode()
    )
    assert said.startswith((b"HTTP/1.1 400", b"HTTP/1.1 404"))
    assert b"other" not in said


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /p/x/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /p/x/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nContent-Length: 40\r\n\r\n{}  ",
        b"GET /stats HTTP/1.1\r\nHost: localhost\r\nLIGHTRAG-WORKSPACE: sh\r\n op\r\n\r\n",
        b"GET /stats HTTP/1.1\r\nHost: localhost\r\nLIGHTRAG-WORKSPACE: shop, other\r\n\r\n",
        b"GET /p/shop/stats HTTP/1.1\r\nHost: localhost\r\nX-A: a\0b\r\n\r\n",
        b"POST /p/x/insert_custom_kg HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
)
def test_a_request_within_a_request_is_none(server: Running, sent: bytes) -> None:
    said = raw(server, sent, wait=1)
    assert said.startswith(b"HTTP/1.1 400")
    assert b" 200 " not in said


def test_a_rebound_name_and_a_foreign_page_are_refused(client: httpx.Client) -> None:
    named = client.get("/api/v1/projects", headers={"Host": "evil.example"})
    assert (named.status_code, code(named)) == (421, "host_refused")
    page = client.post("/p/x/query", json={"query": "x"}, headers={"Origin": "https://evil.example"})
    assert (page.status_code, code(page)) == (403, "origin_refused")
    own = client.get("/api/v1/projects", headers={"Origin": str(client.base_url).rstrip("/")})
    assert own.status_code == 200
    assert "access-control-allow-origin" not in own.headers


HOSTILE = [
    "..", ".", "../x", "..%2f..%2fetc", "%2e%2e", "a/b", "a\\b", "con", "NUL", "a\0b", "a%00b", "x" * 65, "x" * 5000,
    "ａｂｃ", "аbc", "a b", "-a", "_a", "a\u202eb", "a\n", "", "~", "$HOME", "*", "a;b", "'", '"', "a.b", ".spool",
    "lpt1", "é", "\U0001f600",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_odd_names_reach_no_path(server: Running, client: httpx.Client, name: str) -> None:
    before = sorted(path.name for path in server.data.rglob("*")) if server.data.exists() else []
    header = name.encode("utf-8").replace(b"\n", b"").replace(b"\0", b"")
    quoted = quote(name, safe="").replace(".", "%2E")  # clients tidy paths with dots
    answers = [
        client.get(f"/api/v1/projects/{quoted}/stats"),
        client.post("/api/v1/projects", json={"name": name}),
        client.post(f"/p/{quoted}/insert_custom_kg", json={"entities": []}),
    ]
    if header.strip():
        answers.append(client.get("/stats", headers={b"LIGHTRAG-WORKSPACE": header}))
    for answer in answers:
        assert 400 <= answer.status_code < 500, (name, answer.text)
        assert code(answer) in ("invalid_project_name", "unknown_project", "unknown_route", "invalid_request",
                                "method_not_allowed"), answer.text  # fmt: skip
    after = sorted(path.name for path in server.data.rglob("*")) if server.data.exists() else []
    assert [name for name in after if name not in before] == []


def test_made_up_names_are_checked(client: httpx.Client) -> None:
    dice = random.Random(4)
    signs = '/\\.%\u202e\u0430a0_-~:*?"<>| \t\u2024\uff0e'
    for _ in range(int(os.environ.get("LOOMGRAPH_ODD_NAMES", "200"))):  # ten thousand by hand
        name = "".join(dice.choice(signs) for _ in range(dice.randint(1, 12)))
        answer = client.post("/api/v1/projects", json={"name": name})
        allowed = (
            name[0].isascii()
            and all(one.isascii() and (one.isalnum() or one in "_-") for one in name)
            and name[0] in "a0"
        )
        assert answer.status_code in ((201, 409) if allowed else (400, 422)), (name, answer.text)

"""When a call is sent again, what failures are called: against servers that break off, are busy, or say nonsense."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from loomgraph.client import Graphs, Limits, Place, Places
from loomgraph.errors import (
    BadInput,
    BodyTooLarge,
    Forbidden,
    InvalidRequest,
    NotFound,
    ServerBusy,
    ServerFailed,
    ServerTooSlow,
    ServerUnreachable,
    Unauthorized,
    UnknownProject,
)

OK = b'{"status": "success", "details": {"chunks_count": 1}}'


class Scripted:
    """A server that does to each request what stands next in its script: bytes to answer, or a way to fail."""

    def __init__(self, *script: object) -> None:
        self.script = list(script)
        self.requests: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        self._listening.settimeout(0.02)
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = self._listening.accept()
                with connection, contextlib.suppress(OSError):
                    self._one(connection)

    def _one(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
        self.requests.append(head + b"\r\n\r\n" + body)
        step = self.script.pop(0) if self.script else 500
        if step == "break":
            return
        if step == "hang":
            self._stop.wait(3)
            return
        status, extra, content = (step, b"", b"{}") if isinstance(step, int) else step
        answer = b"HTTP/1.1 %d X\r\nconnection: close\r\n%scontent-length: %d\r\n\r\n" % (status, extra, len(content))
        connection.sendall(answer + content)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._listening.close()


@contextlib.contextmanager
def scripted(*script: object, limits: Limits | None = None) -> Iterator[tuple[Scripted, Graphs]]:
    server = Scripted(*script)
    try:
        with Graphs({"x": server.url}, limits=limits) as graphs:
            yield server, graphs
    finally:
        server.close()


@pytest.mark.parametrize("trouble", ["break", 502, (503, b"retry-after: 0\r\n", b"{}"), 504])
def test_reads_and_inserts_are_sent_again(trouble):
    with scripted(trouble, trouble, (200, b"", OK)) as (server, graphs):
        assert graphs["x"].insert_custom_kg({"chunks": []}).chunks == 1
    assert len(server.requests) == 3
    assert len(set(server.requests)) == 1  # the very same


def test_what_may_not_happen_twice_is_sent_once():
    with scripted("break", (200, b"", OK)) as (server, graphs), pytest.raises(ServerUnreachable):
        graphs["x"].delete_by_source(["a.py"])
    assert len(server.requests) == 1


def test_a_busy_server_has_done_nothing_so_anything_is_sent_again():
    with scripted((503, b"retry-after: 0\r\n", b"{}"), (200, b"", b'{"deleted": {"entities": 2}}')) as (_, graphs):
        assert graphs["x"].delete_by_source(["a.py"]).entities == 2


def test_in_the_end_it_gives_up():
    with scripted(*[(503, b"", b'{"detail": "busy"}')] * 9) as (server, graphs), pytest.raises(ServerBusy):
        graphs["x"].query("why")
    assert len(server.requests) == 4


def test_one_that_takes_too_long_is_not_asked_again():
    with (
        scripted("hang", (200, b"", OK), limits=Limits(query=0.2)) as (server, graphs),
        pytest.raises(ServerTooSlow, match="0.2 seconds"),
    ):
        graphs["x"].query("why")
    assert len(server.requests) == 1


LIGHTRAG = {
    400: BadInput, 401: Unauthorized, 403: Forbidden, 404: NotFound, 413: BodyTooLarge, 422: InvalidRequest,
    500: ServerFailed, 418: ServerFailed,
}  # fmt: skip


@pytest.mark.parametrize("status", LIGHTRAG)
def test_errors_of_lightrags_server_are_told_apart_by_status(status):
    body = b'{"detail": [{"loc": ["body", "query"], "msg": "too short"}]}' if status == 422 else b'{"detail": "no way"}'
    with scripted(*[(status, b"", body)] * 9) as (_, graphs), pytest.raises(LIGHTRAG[status]) as caught:
        graphs["x"].query("why")
    assert ("body.query: too short" if status == 422 else "no way") in str(caught.value)


@pytest.mark.parametrize("body", [b"<html>nginx</html>", b"", b"\xff", b"[1]", b'{"error": {"code": "nobody_knows"}}'])
def test_nonsense_is_said_to_be_none_of_ours(body):
    with scripted((200, b"", body)) as (_, graphs), pytest.raises(ServerFailed):
        graphs["x"].query("why")
    with scripted((500, b"", body)) as (_, graphs), pytest.raises(ServerFailed):
        graphs["x"].query("why")


def test_the_key_goes_to_its_own_server_and_shows_nowhere():
    server = Scripted((302, b"location: http://127.0.0.1:9/\r\n", b""))
    place = Place(server.url, "shop", "secret")
    try:
        with Graphs({"x": place}) as graphs, pytest.raises(ServerFailed) as caught:
            graphs["x"].stats()
    finally:
        server.close()
    assert b"x-api-key: secret" in server.requests[0].lower()
    assert b"GET /api/v1/projects/shop/stats" in server.requests[0]
    assert "secret" not in repr(place) + str(caught.value)


def test_a_map_of_projects_in_a_file(tmp_path):
    path = tmp_path / "projects.toml"
    path.write_text(
        'server = "http://one:9621"\nkey = "k"\n[projects]\nshop = {}\nweb = { project = "frontend", header = true }\n'
        'old = "http://two:9701/"\nother = { url = "http://three", key = "z" }\n'
    )
    places = Places.load(path)
    assert {name: (one.base, one.headers) for name, one in places.items()} == {
        "shop": ("http://one:9621/api/v1/projects/shop", {"X-API-Key": "k"}),
        "web": ("http://one:9621", {"X-API-Key": "k", "LIGHTRAG-WORKSPACE": "frontend"}),
        "old": ("http://two:9701", {}),
        "other": ("http://three", {"X-API-Key": "z"}),
    }
    assert places["any"].base == "http://one:9621/api/v1/projects/any"
    (tmp_path / "p.json").write_text('{"projects": {"a": "http://x"}}')
    alone = Places.load(tmp_path / "p.json")
    assert alone["a"].base == "http://x"
    with pytest.raises(UnknownProject):
        alone["b"]


@pytest.mark.parametrize(
    "text",
    ["x", "servers = 1", "projects = 1", "projects = { a = 1 }", "projects = { a = {} }", 'server = "ftp://x"',
     'projects = { a = "x" }', 'projects = { a = "http://u:p@x" }', 'projects = { a = { link = "x" } }', "server = 1"],
)  # fmt: skip
def test_a_map_that_is_none_says_what_is_wrong(tmp_path, text):
    path = tmp_path / "projects.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"projects\.toml"):
        Places.load(path)
    with pytest.raises(BadInput, match="cannot be read"):
        Places.load(tmp_path / "none.toml")

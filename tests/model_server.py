"""A server with OpenAI's API on this machine: chat with streaming and embeddings, with every fault a test asks for.

Standard library alone. Replies are taken from a list, one a request; the last one stays. What was asked is kept, and so
is whether a client went away before its answer was whole.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

END = b"data: [DONE]\n\n"


@dataclass
class Reply:
    """An answer: a status with a body, or the parts of a stream, each after a pause."""

    status: int = 200
    body: bytes = b""
    parts: Sequence[bytes] = ()
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    before: float = 0.0  # seconds before the head of the answer
    pause: float = 0.0  # seconds before each part


def event(text: str | None = None, *, finish: str | None = None, **fields: Any) -> bytes:
    """One event of a streamed answer."""
    delta = {key: value for key, value in {"content": text, **fields}.items() if value is not None}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"object": "chat.completion.chunk", "choices": [choice]}).encode() + b"\n\n"


def stream(*texts: str, end: bool = True, finish: str = "stop", **options: Any) -> Reply:
    """An answer that comes in pieces."""
    parts = [*(event(text) for text in texts), *([event(finish=finish), END] if end else [])]
    return Reply(parts=parts, content_type="text/event-stream", **options)


def refusal(status: int, message: str, **headers: str) -> Reply:
    """An error as OpenAI words it."""
    return Reply(status, json.dumps({"error": {"message": message}}).encode(), headers=headers)


def vector(text: str, dimension: int) -> list[float]:
    """A vector that texts with words in common share parts of; not of unit length."""
    found = [0.01] * dimension
    for word in text.lower().replace(".", " ").replace("_", " ").split():
        found[sum(word.encode()) * 31 % dimension] += 2.0
    return found


@dataclass
class Asked:
    """A request."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class ModelServer:
    """Listens on a free port of the loopback from ``__enter__`` to ``__exit__``."""

    def __init__(self, *replies: Reply, dimension: int = 8) -> None:
        self.replies = list(replies)
        self.dimension = dimension
        self.asked: list[Asked] = []
        self.models: list[str] = []
        self.left = threading.Event()  # a client went away in the middle
        self.at_a_time = 0
        self.under_way: set[BaseHTTPRequestHandler] = set()
        self.most_at_a_time = 0
        self.embed: Callable[[dict[str, Any]], Reply] = self._embeddings
        self.lock = threading.Lock()
        self._stopping = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> ModelServer:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.answer(self)

            def do_GET(self) -> None:
                rows = [{"id": name} for name in outer.models]
                outer._send(self, Reply(body=json.dumps({"data": rows}).encode()) if rows else Reply(404))

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def stop(self) -> None:
        """Pause no longer."""
        self._stopping.set()

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self, seconds: float) -> None:
        """A pause that ends with the server."""
        self._stopping.wait(seconds)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["content-length"])))
        with self.lock:
            self.asked.append(Asked(handler.path, {k.lower(): v for k, v in handler.headers.items()}, body))
            reply = self._reply(handler.path, body)
            self.under_way.add(handler)
            self.at_a_time += 1
            self.most_at_a_time = max(self.most_at_a_time, self.at_a_time)
        try:
            self._send(handler, reply)
        except OSError:
            self.left.set()
        finally:
            handler.close_connection = True
            self._done(handler)

    def _done(self, handler: BaseHTTPRequestHandler) -> None:
        """Count a request as answered: before its last byte, on which the client may send another."""
        with self.lock:
            self.at_a_time -= handler in self.under_way
            self.under_way.discard(handler)

    def _reply(self, path: str, body: dict[str, Any]) -> Reply:
        if self.replies:
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return self.embed(body) if path.endswith("/embeddings") else stream("ready")

    def _embeddings(self, body: dict[str, Any]) -> Reply:
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        rows = [{"index": at, "embedding": vector(text, self.dimension)} for at, text in enumerate(texts)]
        return Reply(body=json.dumps({"data": rows[::-1], "model": body["model"]}).encode())

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        if reply.before:
            self._pause(handler, reply.before)
        handler.send_response(reply.status)
        handler.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if not reply.parts:
            handler.send_header("Content-Length", str(len(reply.body)))
        else:
            handler.send_header("Connection", "close")
        handler.end_headers()
        if not reply.parts:
            self._done(handler)
            handler.wfile.write(reply.body)
        for at, part in enumerate(reply.parts, 1):
            if reply.pause:
                self._pause(handler, reply.pause)
            if at == len(reply.parts):
                self._done(handler)
            handler.wfile.write(part)
            handler.wfile.flush()

    def _pause(self, handler: BaseHTTPRequestHandler, seconds: float) -> None:
        """Rest, but notice a client that goes away meanwhile."""
        import select

        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._stopping.is_set():
            readable, _, _ = select.select([handler.connection], [], [], min(left, 0.02))
            if readable and not handler.connection.recv(1):
                raise ConnectionResetError


def length(values: Sequence[float]) -> float:
    """The length of a vector."""
    return math.sqrt(sum(value * value for value in values))

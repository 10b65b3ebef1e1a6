"""A language model behind OpenAI's API that says what a test wants, at the speed it wants, and notices who hangs up."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeLlm(ThreadingHTTPServer):
    """``pieces`` of an answer, ``pause`` seconds between them; ``silent``: it takes questions and says nothing."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pieces = ["The ", "total ", "adds ", "prices."]
        self.pause = 0.0
        self.silent = False
        self.asked = 0
        self.said_at: list[float] = []
        self.hung_up = threading.Event()
        self.over = threading.Event()  # it is silent no longer, and hangs up

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: object, client_address: object) -> None:
        self.hung_up.set()


class _Handler(BaseHTTPRequestHandler):
    server: FakeLlm
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.asked += 1
        if self.server.silent:
            self.server.over.wait(30)
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for piece in self.server.pieces:
            self._say({"choices": [{"index": 0, "delta": {"content": piece}}]})
            time.sleep(self.server.pause)
        self._say({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def _say(self, event: object) -> None:
        self.server.said_at.append(time.monotonic())
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextlib.contextmanager
def fake_llm() -> Iterator[FakeLlm]:
    server = FakeLlm()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

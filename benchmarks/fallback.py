"""How long an answer takes when a model server is dead: ``ask`` as a whole process, with every way of being dead.

    python -m benchmarks.fallback [--root FOLDER] [--runs 3]

``refused``: nothing listens. ``swallowed``: connections are taken and never answered, as behind a firewall. ``silent``:
the server takes the request and says nothing; the first word is then waited for as long as set, here half a second.
Asked for are 2 s in all, also when both servers swallow: they are waited for at one time. ``silent`` shows what the
set wait adds to that. Median of the runs, each with the start of the process; nothing is written.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

ASK = "how is an answer put together"
HERE = Path(__file__).resolve().parents[1]
EMBEDDING = {"EMBEDDING_BINDING": "openai", "EMBEDDING_MODEL": "m"}


@contextlib.contextmanager
def swallowing() -> Iterator[str]:
    """An address whose connections are never taken: its queue is full."""
    with contextlib.ExitStack() as stack:
        hole = stack.enter_context(socket.socket())
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(hole.getsockname())
        yield f"http://127.0.0.1:{hole.getsockname()[1]}/v1"


@contextlib.contextmanager
def silent() -> Iterator[str]:
    """An address that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    taken.append(server.accept()[0])

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        server.shutdown(socket.SHUT_RDWR)
        for one in taken:
            one.close()


@contextlib.contextmanager
def refused() -> Iterator[str]:
    """An address where nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}/v1"


@contextlib.contextmanager
def vectors() -> Iterator[str]:
    """A server of vectors that lives, for the index."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from json import dumps, loads

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            texts = loads(self.rfile.read(int(self.headers["content-length"])))["input"]
            body = dumps({"data": [{"embedding": [1.0, len(text) / 1000]} for text in texts]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fallback", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--root", type=Path, default=HERE / "src", help="the code to ask about")
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        mine = {
            key: value for key, value in os.environ.items() if not key.startswith(("LOOMGRAPH_", "LLM_", "EMBEDDING_"))
        }
        base = {**mine, "LOOMGRAPH_DATA_DIR": home, "HOME": home}

        def run(*command: str, **given: str) -> tuple[float, str]:
            start = time.monotonic()
            program = [sys.executable, "-c", "from loomgraph.cli import main; main()", *command]
            done = subprocess.run(
                program, cwd=chosen.root, env={**base, **given}, capture_output=True, text=True, check=True
            )
            return time.monotonic() - start, done.stdout

        run("index", "--project", "static")
        with vectors() as alive:
            run("index", "--project", "remote", EMBEDDING_BINDING_HOST=alive, **EMBEDDING)
        print("| dead | how | s, median | notes |\n|---|---|---|---|")

        def measure(name: str, how: str, project: str, **given: str) -> None:
            found = [run("ask", ASK, "--project", project, **given) for _ in range(chosen.runs)]
            noted = sum("cannot be used" in line for line in found[0][1].splitlines())
            print(f"| {name} | {how} | {statistics.median(seconds for seconds, _ in found):.2f} | {noted} |")

        measure("nothing", "", "static")
        for how in (refused, swallowing, silent):
            with how() as address:
                llm = {"LLM_MODEL": "m", "LLM_BINDING_HOST": address, "LOOMGRAPH_LLM_FIRST_TOKEN_TIMEOUT": "0.5"}
                embedding = {"EMBEDDING_BINDING_HOST": address, **EMBEDDING}
                measure("language model", how.__name__, "static", **llm)
                measure("embedding server", how.__name__, "remote", **embedding)
                measure("both", how.__name__, "remote", **llm, **embedding)


if __name__ == "__main__":
    main()

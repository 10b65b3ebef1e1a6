"""How long a model's words take through a stream: from when the model says a piece to when the client has it.

    python -m benchmarks.streaming [--answers 20]

A stand-in for a language model notes when it sends each piece of an answer; a client notes when the line with it has
come. Asked for are 100 ms for the first piece. ``whole``: from the question to the first piece, the model's own wait
taken away; what is retrieved before the model is asked is in it. Every question is another: answers are kept.
Figures go to ``benchmarks/results/streaming/COMMIT.json``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from benchmarks.server import serving
from benchmarks.speed import commit, machine
from benchmarks.synthetic import custom_kg

RESULTS = Path(__file__).parent / "results" / "streaming"
ASKED = 100.0
NAMES = ("first", "first_most", "later", "later_most", "whole")
THINKS, PAUSE, PIECES = 0.2, 0.02, 20
WAYS: dict[str, Callable[[str], object]] = {
    "/query/stream": lambda text: {"query": text},
    "/api/chat": lambda text: {"messages": [{"role": "user", "content": text}]},
}


@contextlib.contextmanager
def model() -> Iterator[tuple[str, list[float]]]:
    """A model's address, and when it said each piece of its last answer; it thinks for a while before the first."""
    said: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            said.clear()
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            time.sleep(THINKS)
            for at in range(PIECES):
                event = {"choices": [{"index": 0, "delta": {"content": f"piece of it {at} "}}]}
                said.append(time.perf_counter())
                self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
                time.sleep(PAUSE)
            self.wfile.write(b"data: [DONE]\n\n")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", said
        server.shutdown()


def heard(client: httpx.Client, path: str, number: int) -> tuple[float, list[float]]:
    """When a question went out, and when each piece of its answer had come; another number is another question."""
    began, found = time.perf_counter(), []
    body = WAYS[path](f"how is the session token {number} verified for {path}")
    with client.stream("POST", f"/p/kg{path}", json=body) as answer:
        answer.raise_for_status()
        for line in answer.iter_lines():
            if "piece of" in line:
                found.append(time.perf_counter())
    return began, found


def measure(client: httpx.Client, said: list[float], path: str, answers: int) -> dict[str, float]:
    """Milliseconds for the first pieces and for all the others."""
    first, later, whole = [], [], []
    for number in range(answers):
        began, found = heard(client, path, number)
        waits = [(at - sent) * 1000 for sent, at in zip(said, found, strict=True)]
        first.append(waits[0])
        later += waits[1:]
        whole.append((found[0] - began - THINKS) * 1000)
    values = (statistics.median(first), max(first), statistics.median(later), max(later), statistics.median(whole))
    return dict(zip(NAMES, values, strict=True))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streaming", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--answers", type=int, default=20)
    chosen = parser.parse_args(arguments)
    figures: dict[str, dict[str, float]] = {}
    with (
        model() as (url, said),
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "data", LLM_BINDING_HOST=url, LLM_MODEL="m") as server,
    ):
        server.client.post("/p/kg/insert_custom_kg", json=custom_kg(2000, 4000, 200)).raise_for_status()
        for path in WAYS:
            heard(server.client, path, -1)  # what is once a process
            figures[path] = measure(server.client, said, path, chosen.answers)
    print(f"milliseconds; asked for are {ASKED:g} for the first piece\n\n| stream | " + " | ".join(NAMES) + " |")
    print("|---" * (len(NAMES) + 1) + "|")
    for path, found in figures.items():
        print(f"| {path} | " + " | ".join(f"{found[name]:.1f}" for name in NAMES) + " |")
    document = {"commit": commit(), "machine": machine(), "figures": figures}
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{document['commit']}.json").write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()

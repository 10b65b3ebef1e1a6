"""What the client of an embedding server costs beside the server: 64 texts at a time, on a local server.

    python -m benchmarks.embedding_client [--own 0.05] [--rounds 40]

The server is a process of its own that reads the request, waits ``--own`` seconds as a GPU would compute (TEI with
jina-embeddings-v2-base-code takes some 50 ms for 64 chunks on a large one, seconds on processors), and answers 768
numbers a text in base64, as asked for. Own time is all that the server measures from the request's first byte to the
answer's last, so the overhead is connections, JSON, decoding and the threads of the client. Asked for is at most 10 %.
Nothing is written.
"""

from __future__ import annotations

import argparse
import base64
import json
import multiprocessing
import statistics
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any

from loomgraph.embed.remote import RemoteEmbedder
from loomgraph.settings import EmbeddingSettings

TEXTS, DIMENSION = 64, 768
CHUNK = (
    "def total(cart: Cart) -> Money:\n" + "    subtotal = sum(line.price * line.count for line in cart.lines)\n" * 18
)


def serve(port: Connection, own: float) -> None:
    """A server until its process is ended; tells its port, then on each "spent?" how long it has worked."""
    spent: list[float] = []
    row = base64.b64encode(b"\0\0\x80?" * DIMENSION).decode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            start = time.perf_counter()
            texts = json.loads(self.rfile.read(int(self.headers["content-length"])))["input"]
            time.sleep(own)
            data = [{"index": at, "embedding": row} for at in range(len(texts))]
            body = json.dumps({"data": data}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            spent.append(time.perf_counter() - start)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port.send(server.server_address[1])
    while port.recv() == "spent?":
        port.send(spent[-1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--own", type=float, default=0.05)
    parser.add_argument("--rounds", type=int, default=40)
    given = parser.parse_args()
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there, given.own), daemon=True)
    process.start()
    host = f"http://127.0.0.1:{here.recv()}/v1"
    embedder = RemoteEmbedder(EmbeddingSettings(name="openai", host=host, model="m", batch=TEXTS, batch_tokens=10**6))
    shares, worked = [], []
    try:
        for turn in range(given.rounds + 3):
            texts = [f"{turn} {at}\n{CHUNK}" for at in range(TEXTS)]
            start, cpu = time.perf_counter(), time.process_time()
            embedder.texts(texts)
            wall, cpu = time.perf_counter() - start, time.process_time() - cpu
            here.send("spent?")
            own = here.recv()
            if turn >= 3:  # what is loaded and connected first is no cost of a text
                shares.append(wall / own - 1)
                worked.append(cpu)
    finally:
        embedder.close()
        process.terminate()
        process.join()
    print(
        f"{TEXTS} texts of {len(CHUNK):,} characters, {DIMENSION} numbers each,"
        f" own time of the server {given.own * 1000:.0f} ms:"
        f" overhead {statistics.median(shares):.1%} (worst {max(shares):.1%}),"
        f" {statistics.median(worked) * 1000:.1f} ms of processor a request"
    )


if __name__ == "__main__":
    main()

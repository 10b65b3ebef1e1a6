"""How fast a server is: inserting, asking, cold and warm, alone and in a crowd; LightRAG beside it in the same run.

    python -m benchmarks.server [--entities 50000 --relations 100000 --chunks 5000] [--beside 0.1]

Everything goes over HTTP to ``loomgraph serve`` with the built-in embedding. ``insert_s`` ends with the answer to the
insert, after which a question must find something; ``vectors_s`` when no file lacks vectors any more. ``--beside`` is
the share of the input that LightRAG 1.5.7 gets (``make lightrag``; a hash for an embedding, no language model, in its
own process, no HTTP): 1 takes minutes and 3.5 GB, 0 leaves it out. Those who ask are the standard library's client:
they have the same processors as the server, and httpx takes a millisecond more a question. Figures go to
``benchmarks/results/server/COMMIT.json``.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from benchmarks import synthetic
from benchmarks.speed import commit, machine

TARGETS: dict[str, float] = {
    "insert_s": 10.0, "vectors_s": 25.0, "insert_peak_mb": 350.0, "disk_mb": 150.0, "one_entity_ms": 30.0,
    "cold_query_more_ms": 80.0, "open_mb": 30.0, "query_p50_ms": 15.0, "queries_per_s": 200.0,
    "other_project_p99_ms": 50.0,
}  # fmt: skip
RESULTS = Path(__file__).parent / "results" / "server"
THEIR_PYTHON = Path(__file__).resolve().parent.parent / ".venv-lightrag" / "bin" / "python"
_URL = re.compile(r"listens at (http://\S+)")


class Server:
    """``loomgraph serve`` on a folder of data."""

    def __init__(self, data: Path, *options: str, **variables: str) -> None:
        environment = {**os.environ, "LOOMGRAPH_DATA_DIR": str(data), **variables}
        command = [sys.executable, "-c", "from loomgraph.cli import main; main()", "serve", "--port", "0", *options]
        self.process = subprocess.Popen(
            [*command, "--log-level", "warning"], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        match = _URL.search(self.process.stdout.readline())
        assert match is not None
        self.client = httpx.Client(base_url=match[1], timeout=600, trust_env=False)
        self.url = match[1]
        self.client.get("/health").raise_for_status()

    def close(self) -> None:
        self.client.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def memory_mb(self) -> float:
        """What all its processes hold together."""
        return sum(_pss(pid) for pid in _tree(self.process.pid)) / 1024


def _tree(pid: int) -> list[int]:
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _tree(int(child))
    return found


def _pss(pid: int) -> int:
    with contextlib.suppress(OSError):
        match = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        return int(match[1]) if match else 0
    return 0


@contextlib.contextmanager
def serving(data: Path, *options: str, **variables: str) -> Iterator[Server]:
    server = Server(data, *options, **variables)
    try:
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def watched(server: Server) -> Iterator[list[float]]:
    """The memory of a server, looked at again and again; the greatest is what counts."""
    found, done = [server.memory_mb()], threading.Event()

    def look() -> None:
        while not done.wait(0.1):
            found.append(server.memory_mb())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


class Asker:
    """A connection over which one question after the other is asked."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=60)

    def __call__(self, text: str) -> float:
        """How many seconds the answer takes."""
        body = json.dumps({"query": text}).encode()
        began = time.perf_counter()
        self._connection.request("POST", "/p/large/query/data", body, {"content-type": "application/json"})
        with self._connection.getresponse() as answer:
            content = answer.read()
        took = time.perf_counter() - began
        if answer.status != http.client.OK:
            raise SystemExit(f"{text!r}: {answer.status}: {content[:500]!r}")
        return took

    def close(self) -> None:
        self._connection.close()


def timed(ask: Callable[[], httpx.Response]) -> float:
    """How many seconds a request takes that must succeed."""
    began = time.perf_counter()
    answer = ask()
    took = time.perf_counter() - began
    answer.raise_for_status()
    return took


def questions(kg: dict[str, Any], count: int, seed: int = 3) -> list[str]:
    """What somebody may ask about these entities: words of their names and descriptions."""
    dice = random.Random(seed)
    found = []
    for entity in dice.sample(kg["entities"], min(count, len(kg["entities"]))):
        words = re.findall(r"[a-z]+", entity["entity_name"].rpartition("::")[2]) or ["session"]
        found.append("how does it " + " ".join(words[:3]))
    return found


def measure(kg: dict[str, Any], workers: int, seconds: float) -> dict[str, float]:
    """Every figure of ours."""
    figures: dict[str, float] = {}
    body = json.dumps(kg).encode()
    asked = questions(kg, 400)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with serving(data) as server:
            _small(server)
            figures |= inserting(server, body, data)
        with serving(data) as server:
            figures |= cold(server, asked)
        with serving(data, "--workers", str(workers)) as server:
            figures |= asking(server, asked, seconds)
    return figures


def _small(server: Server) -> None:
    small = synthetic.custom_kg(2000, 4000, 200, seed=5)
    server.client.post("/p/other/insert_custom_kg", json=small).raise_for_status()


def inserting(server: Server, body: bytes, data: Path) -> dict[str, float]:
    """The large insert, what another project's answers take meanwhile, and one entity more."""
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    took: list[float] = []
    slow: list[float] = []
    done = threading.Event()

    def others() -> None:
        with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
            for at in range(10**9):
                if done.is_set():
                    return
                path = "/p/other/graph/label/search?q=session" if at % 2 else "/p/other/graph/label/popular?limit=5"
                slow.append(timed(lambda path=path: client.get(path)))
                time.sleep(0.005)

    thread = threading.Thread(target=others)
    thread.start()
    with watched(server) as memory:
        began = time.perf_counter()
        took.append(timed(
            lambda: server.client.post("/p/large/insert_custom_kg", content=_pieces(body), headers=headers)
        ))  # fmt: skip
        _finds(server)
        while server.client.get("/p/large/health").json()["files_without_vectors"]:
            time.sleep(0.1)
        took.append(time.perf_counter() - began)
    done.set()
    thread.join()
    _finds(server)
    ones = [
        timed(lambda at=at: server.client.post("/p/large/insert_custom_kg", json=synthetic.entity(at)))
        for at in range(15)
    ]
    disk = sum(path.stat().st_size for path in (data / "large").rglob("*") if path.is_file()) / 2**20
    return {
        "insert_s": took[0], "vectors_s": took[1], "insert_peak_mb": max(memory), "disk_mb": disk,
        "one_entity_ms": statistics.median(ones) * 1000, "other_project_p99_ms": _part(slow, 0.99) * 1000,
    }  # fmt: skip


def _finds(server: Server) -> None:
    """Make sure that a question is answered from what was acknowledged."""
    found = server.client.post("/p/large/query/data", json={"query": "session"}).raise_for_status().json()
    if not found["data"]["entities"]:
        raise SystemExit("what was acknowledged is not found")


def _pieces(body: bytes) -> Iterator[bytes]:
    """A body bit by bit: given whole, the client would copy all that is left of it each time it sends some."""
    return (body[at : at + 2**18] for at in range(0, len(body), 2**18))


def cold(server: Server, asked: list[str]) -> dict[str, float]:
    """The first question after a start, beside warm ones, and what opening takes."""
    server.client.post("/p/other/query/data", json={"query": "session"}).raise_for_status()  # what is once a process
    with contextlib.closing(Asker(server)) as ask:
        before = server.memory_mb()
        first = ask(asked[0])
        opened = server.memory_mb() - before
        warm = [ask(text) for text in asked[:60]]
    return {"cold_query_more_ms": (first - statistics.median(warm)) * 1000, "open_mb": opened,
            "query_p50_ms": statistics.median(warm) * 1000, "query_p99_ms": _part(warm, 0.99) * 1000}  # fmt: skip


def asking(server: Server, asked: list[str], seconds: float) -> dict[str, float]:
    """Eight clients who ask as fast as they are answered."""
    counts: list[int] = []
    times: list[float] = []
    ready = threading.Barrier(8)

    def one(number: int) -> None:
        mine = 0
        with contextlib.closing(Asker(server)) as ask:
            ask(asked[number])
            ready.wait()
            stop = time.perf_counter() + seconds
            while time.perf_counter() < stop:
                times.append(ask(asked[(number * 37 + mine) % len(asked)]))
                mine += 1
        counts.append(mine)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"queries_per_s": sum(counts) / seconds, "crowd_p50_ms": statistics.median(times) * 1000,
            "crowd_p99_ms": _part(times, 0.99) * 1000}  # fmt: skip


def _part(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else 0.0


def beside(kg: dict[str, Any], share: float, asked: list[str]) -> dict[str, float]:
    """The figures of LightRAG for a share of the input; nothing where it is not installed."""
    if not share or not THEIR_PYTHON.exists():
        return {}
    part = {name: rows[: int(len(rows) * share)] for name, rows in kg.items()}
    part["relationships"] = [
        row for row in part["relationships"] if row["src_id"] != row["tgt_id"]
    ]  # it fails on these
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "given.json"
        given.write_text(json.dumps({"kg": part, "questions": asked[:20], "one": synthetic.entity(99)}), "utf-8")
        script = Path(__file__).parent / "lightrag_beside.py"
        done = subprocess.run([THEIR_PYTHON, script, given, folder], capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr[-2000:], file=sys.stderr)
            return {}
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return found


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entities", type=int, default=50_000)
    parser.add_argument("--relations", type=int, default=100_000)
    parser.add_argument("--chunks", type=int, default=5_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--beside", type=float, default=0.1, help="the share of the input that LightRAG gets")
    chosen = parser.parse_args(arguments)
    facts = machine()
    kg = synthetic.custom_kg(chosen.entities, chosen.relations, chosen.chunks)
    figures = {name: round(value, 3) for name, value in measure(kg, chosen.workers, chosen.seconds).items()}
    theirs = beside(kg, chosen.beside, questions(kg, 20))
    print(f"{'':24}{'reached':>10}{'asked':>10}{f'LightRAG, {chosen.beside:g} of it':>26}")
    for name, value in figures.items():
        wanted, other = TARGETS.get(name), theirs.get(name)
        shown = "" if other is None else f"{other:.1f}"
        print(f"{name:24}{value:10.1f}{'' if wanted is None else f'{wanted:g}':>10}{shown:>26}")
    size = {name: getattr(chosen, name) for name in ("entities", "relations", "chunks", "workers", "beside")}
    document = {"commit": commit(), "machine": facts, "size": size, "figures": figures, "lightrag": theirs}
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{document['commit']}.json").write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()

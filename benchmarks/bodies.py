"""What the largest bodies cost a server: its memory at most, and how long they take, for each kind of body.

    python -m benchmarks.bodies [--mb 200] [--kinds rows,texts,sync,content,plan]

``rows``: a ``custom_kg`` of many rows, that of ``benchmarks.synthetic`` grown; ``texts``: one of a few long chunks;
``sync``: source files in one body; ``content`` and ``plan``: the two lists of a push. Each has a server of its own and
comes from a file. ``more`` is what the server's processes hold together at most, less what they held before. Figures go
to ``benchmarks/results/bodies/COMMIT.json``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from benchmarks import synthetic
from benchmarks.server import Server, serving, watched
from benchmarks.speed import commit, machine
from loomgraph.service.syncing import MOST_FILES
from loomgraph.workspaces.pushed import hash_of

RESULTS = Path(__file__).parent / "results" / "bodies"
_PIECE = 2**18
_LINE = "    total = weigh_the_cart(basket, warehouse) + deliver(parcel, depot)\n"
_FILE = 40_000  # bytes of a source file


def rows(file: Path, size: int) -> str:
    """Many rows, in the proportions of the benchmark of inserting."""
    chunks = max(size // 9_000, 1)
    while True:
        text = json.dumps({"custom_kg": synthetic.custom_kg(chunks * 10, chunks * 20, chunks)})
        if abs(len(text) - size) < size * 0.05:
            break
        chunks = max(int(chunks * size / len(text)), 1)
    file.write_text(text)
    return "insert_custom_kg"


def texts(file: Path, size: int) -> str:
    """Chunks of a megabyte."""
    with file.open("w") as out:
        out.write('{"chunks": [')
        for at in range(max(size // 2**20, 1)):
            chunk = {"content": f"# {at}\n" + _LINE * (2**20 // (len(_LINE) + 2)), "source_id": f"src/{at}.py"}
            out.write(("," if at else "") + json.dumps(chunk))
        out.write("]}")
    return "insert_custom_kg"


def _sources(size: int) -> Iterator[tuple[str, str]]:
    for at in range(max(size // _FILE, 1)):
        body = f"def pack_{at}(cart):\n" + _LINE * (_FILE // (len(_LINE) + 2))
        yield f"src/part{at // 100}/module_{at}.py", body


def sync(file: Path, size: int) -> str:
    """Source files, whole."""
    with file.open("w") as out:
        out.write('{"files": [')
        for at, (path, text) in enumerate(_sources(size)):
            out.write(("," if at else "") + json.dumps({"path": path, "content": text}))
        out.write("]}")
    return "sync"


def plan(file: Path, size: int) -> str:
    """As many names of files as a body holds, or a push may have."""
    with file.open("w") as out:
        for at in range(min(size // 105, MOST_FILES)):
            row = {"path": f"src/some/folder/of/it/module_{at}.py", "hash": f"{at:032x}", "size": 10}
            out.write(json.dumps(row) + "\n")
    return "sync/plan"


def content(file: Path, size: int) -> str:
    """The contents that a push lacks; the push itself is begun by ``before``."""
    with file.open("w") as out:
        for _, text in _sources(size):
            out.write(json.dumps({"hash": hash_of(text.encode()), "text": text}) + "\n")
    return "sync/{plan}/content"


KINDS: dict[str, Callable[[Path, int], str]] = {
    "rows": rows, "texts": texts, "sync": sync, "content": content, "plan": plan,
}  # fmt: skip


def before(server: Server, route: str, size: int) -> str:
    """The route, with the name of the push that it belongs to."""
    if "{plan}" not in route:
        return route
    files = [(path, text.encode()) for path, text in _sources(size)]
    lines = [json.dumps({"path": path, "hash": hash_of(data), "size": len(data)}) for path, data in files]
    found = server.client.post("/p/large/sync/plan", content="\n".join(lines)).raise_for_status()
    return route.format(plan=found.json()["plan"])


def measure(kind: str, size: int) -> dict[str, float]:
    """Megabytes and seconds of one body."""
    with tempfile.TemporaryDirectory() as folder:
        file, data = Path(folder) / "body", Path(folder) / "data"
        route = KINDS[kind](file, size)
        sent = file.stat().st_size
        with serving(data) as server:
            server.client.get("/p/none/health")
            route = before(server, route, size)
            with watched(server) as memory:
                first, began = memory[0], time.perf_counter()
                answer = _sent(server.client, f"/p/large/{route}", file, sent)
                took = time.perf_counter() - began
            if answer.status_code != 200:
                print(f"{kind}: {answer.status_code} {answer.text[:300]}")
            return {"body_mb": sent / 2**20, "more_mb": max(memory) - first, "peak_mb": max(memory), "s": took,
                    "left_mb": server.memory_mb() - first}  # fmt: skip


def _sent(client: httpx.Client, path: str, file: Path, size: int) -> httpx.Response:
    def pieces() -> Iterator[bytes]:
        with file.open("rb") as body:
            while piece := body.read(_PIECE):
                yield piece

    return client.post(path, content=pieces(), headers={"content-length": str(size)})


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bodies", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mb", type=int, default=200)
    parser.add_argument("--kinds", default=",".join(KINDS))
    chosen = parser.parse_args(arguments)
    figures: dict[str, dict[str, Any]] = {}
    print("| body | MB | more MB | peak MB | MB left | s |\n|---|---|---|---|---|---|", flush=True)
    for kind in chosen.kinds.split(","):
        one = figures[kind] = measure(kind, chosen.mb * 1_000_000)
        cells = (one[name] for name in ("body_mb", "more_mb", "peak_mb", "left_mb", "s"))
        print(f"| {kind} | " + " | ".join(f"{value:.1f}" for value in cells) + " |", flush=True)
    document = {"commit": commit(), "machine": machine(), "figures": figures}
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{document['commit']}.json").write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()

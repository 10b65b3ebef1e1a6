"""How fast a ``custom_kg`` of 50,000 entities, 100,000 relations and 5,000 chunks is taken in and asked, engine alone.

    python -m benchmarks.custom_kg [--runs 3] [--entities N --relations N --chunks N]

Every figure is that of a process of its own, the median of the runs; the body is that of ``benchmarks.synthetic``. What
HTTP adds, and LightRAG beside it, is ``benchmarks.server``. Figures go to ``benchmarks/results/custom_kg/COMMIT.json``.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.speed import commit, machine, median, proportional_kb
from benchmarks.synthetic import custom_kg, entity

RESULTS = Path(__file__).parent / "results" / "custom_kg"
TARGETS: dict[str, dict[str, float]] = {
    "insert": {"wall_s": 10.0, "peak_mb": 350.0, "disk_mb": 150.0},
    "one more": {"wall_ms": 30.0},
    "cold": {"first_more_ms": 80.0, "opening_mb": 30.0},
    "query": {"mix_p50_ms": 15.0},
}
QUESTIONS = (
    "where is the session cookie signed", "retry a rolled back payment", "parse the header of a packet",
    "archive expired snapshots of a tenant", "encrypt the buffer of a worker", "compute the tax of an order",
    "who decodes the catalog", "merge two branches of a commit", "schedule an alert rule", "validate a schema field",
)  # fmt: skip


def insert(body: Path, graph: Path) -> dict[str, float]:
    """The whole body into a new graph: from bytes on disk to answerable, vectors and all."""
    from loomgraph.engines.native import NativeEngine
    from loomgraph.engines.places import FilePlace
    from loomgraph.service.knowledge import decoded

    shutil.rmtree(graph.parent, ignore_errors=True)
    graph.parent.mkdir(parents=True)
    done = threading.Event()
    peaks = [0.0]

    def watch() -> None:
        while not done.wait(0.02):
            peaks.append(proportional_kb(os.getpid()) / 1000)

    watcher = threading.Thread(target=watch)
    watcher.start()
    begin, cpu = time.perf_counter(), time.process_time()
    with NativeEngine(FilePlace(graph), create=True) as engine:
        engine.insert_custom_kg(decoded(body))
    wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
    done.set()
    watcher.join()
    disk = sum(path.stat().st_size for path in graph.parent.rglob("*") if path.is_file()) / 1e6
    return {"wall_s": wall, "cpu_s": cpu, "peak_mb": max(peaks), "disk_mb": disk}


def one_more(body: Path, graph: Path) -> dict[str, float]:
    """One more entity, and its deletion, in a process that keeps the graph open."""
    from loomgraph.engines.custom_kg import decode
    from loomgraph.engines.native import NativeEngine
    from loomgraph.engines.places import FilePlace

    with NativeEngine(FilePlace(graph)) as engine:
        engine.insert_custom_kg(decode(json.dumps(entity(1)).encode()))  # loads what describing takes
        bodies = [decode(json.dumps(entity(at)).encode()) for at in range(2, 12)]
        added = [timed(partial(engine.insert_custom_kg, one)) for one in bodies]
        gone = [timed(partial(engine.delete_by_source, [f"src/late/module_{at}.py"])) for at in range(1, 12)]
    return {"wall_ms": statistics.median(added), "delete_ms": statistics.median(gone)}


def cold(body: Path, graph: Path) -> dict[str, float]:
    """A project opened in a process that has answered for another one: the first question, and what stays in memory."""
    from loomgraph.engines.native import NativeEngine
    from loomgraph.engines.places import FilePlace
    from loomgraph.engines.testing import field

    with (
        tempfile.TemporaryDirectory() as other,
        NativeEngine(FilePlace(Path(other) / "graph.db"), create=True) as engine,
    ):
        engine.insert_custom_kg(field())
        ask(engine, "login")
        with NativeEngine(FilePlace(graph)) as warm:
            ask(warm, QUESTIONS[0])  # writes what is kept beside the graph
        gc.collect()
        before = private_mb()
        engine = NativeEngine(FilePlace(graph))
        first = timed(lambda: ask(engine, QUESTIONS[0]))
        opening = private_mb() - before
        again = [timed(lambda: ask(engine, QUESTIONS[0])) for _ in range(5)]
        engine.close()
    return {"first_more_ms": first - statistics.median(again), "first_ms": first, "opening_mb": opening}


def query(body: Path, graph: Path) -> dict[str, float]:
    """Questions of every mode, and lists of the graph, in one thread."""
    from loomgraph.engines.native import NativeEngine
    from loomgraph.engines.places import FilePlace
    from loomgraph.retrieve.modes import Mode

    found: dict[str, float] = {}
    with NativeEngine(FilePlace(graph)) as engine:
        ask(engine, QUESTIONS[0])
        for mode in Mode:
            times = [timed(partial(ask, engine, text, mode)) for text in QUESTIONS * 3]
            found[f"{mode}_p50_ms"] = statistics.median(times)
        with engine.view() as view:
            looks: dict[str, Callable[[], Any]] = {
                "labels": view.labels, "popular": view.popular, "everything": partial(view.subgraph, "*"),
            }  # fmt: skip
            for name, look in looks.items():
                found[f"{name}_ms"] = timed(look)
        found["kept_mb"] = engine.memory() / 1e6
    return found


def ask(engine: Any, text: str, mode: Any = "mix") -> Any:
    from loomgraph.retrieve.modes import mode_named
    from loomgraph.settings import EmbeddingSettings

    with engine.answering("kg", mode_named(mode), EmbeddingSettings()) as answerer:
        return answerer.ask(text, 40)


def timed(call: Callable[[], Any]) -> float:
    """Milliseconds that a call takes."""
    begin = time.perf_counter()
    call()
    return (time.perf_counter() - begin) * 1000


def private_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1000
    return 0.0


PARTS: dict[str, Callable[[Path, Path], dict[str, float]]] = {
    "insert": insert, "one more": one_more, "cold": cold, "query": query,
}  # fmt: skip


def measure(sizes: tuple[int, int, int], runs: int) -> dict[str, dict[str, float]]:
    """All figures, each part in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        body, graph = Path(folder) / "body.json", Path(folder) / "graph" / "graph.db"
        body.write_text(json.dumps({"custom_kg": custom_kg(*sizes)}), "utf-8")
        figures = {}
        for name in PARTS:
            command = [sys.executable, "-m", "benchmarks.custom_kg", "--part", name, str(body), str(graph)]
            done = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(runs)]
            figures[name] = median([json.loads(one) for one in done])
            print(name, figures[name], file=sys.stderr)
        figures["body"] = {"mb": round(body.stat().st_size / 1e6, 1)}
    return figures


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and keep the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name, default in (("entities", 50_000), ("relations", 100_000), ("chunks", 5_000), ("runs", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--part", nargs=3, metavar=("NAME", "BODY", "GRAPH"), help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.part:
        name, body, graph = given.part
        print(json.dumps(PARTS[name](Path(body), Path(graph))))
        return
    figures = measure((given.entities, given.relations, given.chunks), given.runs)
    for name, targets in TARGETS.items():
        for what, most in targets.items():
            print(f"{name}: {what} {figures[name][what]} (at most {most})")
    RESULTS.mkdir(parents=True, exist_ok=True)
    kept = {"commit": commit(), "machine": machine(), "figures": figures, "targets": TARGETS}
    (RESULTS / f"{commit()}.json").write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()

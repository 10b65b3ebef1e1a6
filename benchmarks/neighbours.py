"""What an index of very many vectors overlooks, and what it costs, beside comparing all.

    python -m benchmarks.neighbours GRAPH.db [GRAPH.db ...] [--rows 100000] [--queries 200]

Takes the vectors of graphs (and, up to ``--rows``, the same with noise added, each as near to its origin as passages
of one file are to each other), asks with vectors of passages taken from all over them, and prints the recall of the
index at 10, the time of a question in both ways, and the time and size of the index.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from loomgraph.retrieve import hnsw
from loomgraph.retrieve.vectors import Block, Part, VectorTable, squeezed
from loomgraph.store.sqlite import SqliteStore

DIMENSION, NOISE = 256, 0.5


def rows_of(graphs: list[Path], wanted: int) -> np.ndarray:
    """Unit vectors: those of the graphs, then noisy copies until there are as many as wanted."""
    data = []
    for graph in graphs:
        store = SqliteStore(graph)
        with store.read() as reader:
            data += [blob for _, blob in reader.vectors()]
        store.close()
    rows = np.frombuffer(b"".join(data), "<f2").reshape(-1, DIMENSION).astype(np.float32)
    random = np.random.default_rng(1)
    own = len(rows)
    while len(rows) < wanted:
        some = rows[:own][random.integers(0, own, min(own, wanted - len(rows)))]
        some = some + NOISE / np.sqrt(DIMENSION) * random.normal(size=some.shape).astype(np.float32)
        rows = np.concatenate([rows, some / np.maximum(np.linalg.norm(some, axis=1, keepdims=True), 1e-6)])
    print(f"{own} vectors of {len(graphs)} graphs, {len(rows)} in all")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("graphs", nargs="+", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=200)
    chosen = parser.parse_args()
    rows = rows_of(chosen.graphs, chosen.rows)
    random = np.random.default_rng(2)
    asked = rows[random.integers(0, len(rows), chosen.queries)]
    asked = asked + 1.0 / np.sqrt(DIMENSION) * random.normal(size=asked.shape).astype(np.float32)
    asked = (asked / np.linalg.norm(asked, axis=1, keepdims=True)).astype(np.float32)
    stored = rows.astype(np.float16)
    block = Block([f"{at}" for at in range(len(rows))], [], list(range(len(rows) + 1)), stored, *squeezed(stored))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.hnsw"
        start = time.process_time(), time.perf_counter()
        hnsw.make(block, path)
        took = time.process_time() - start[0], time.perf_counter() - start[1]
        print(f"index: {took[1]:.1f} s wall, {took[0]:.1f} s CPU, {path.stat().st_size / 1e6:.1f} MB")
        index = hnsw.load(path, block)
        ways = {
            "all compared": VectorTable([Part(block)], block.paths),
            "index": VectorTable([Part(block, None, index)], block.paths),
        }
        found: dict[str, list[set[int]]] = {}
        for limit in (10, 250):
            for name, table in ways.items():
                begin = time.perf_counter()
                near = [set(table.nearest(one, limit).files.tolist()) for one in asked]
                found[name] = near
                print(f"{name}, {limit} nearest: {(time.perf_counter() - begin) / len(asked) * 1e3:.2f} ms a question")
            shares = [len(a & b) / len(a) for a, b in zip(found["all compared"], found["index"], strict=True)]
            print(f"recall of the index at {limit}: {sum(shares) / len(shares):.4f}")
        del index, ways


if __name__ == "__main__":
    main()

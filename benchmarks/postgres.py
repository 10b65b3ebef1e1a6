"""How PostgreSQL does beside SQLite with one large graph: loaded, asked for structure, searched, mixed, changed.

    python -m benchmarks.postgres [--keep FOLDER] [--url postgresql://…] [--runs 3]

The input is Django's source (see ``benchmarks.speed``), indexed once; both stores take the same graph from memory.
Without a URL a PostgreSQL of this machine is started, with the settings of production (it waits for the disk). Times
are those of one process that asks one question after another; ``load`` is also a ratio. Figures go to
``benchmarks/results/postgres/COMMIT.json``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg

from benchmarks.speed import commit, fetch, machine
from loomgraph import lexicon
from loomgraph.indexing import build
from loomgraph.store import questions
from loomgraph.store.base import FileGraph, Reader, Store, Update
from loomgraph.store.postgres import PostgresStore, remove
from loomgraph.store.postgres_database import Database
from loomgraph.store.sqlite import SqliteStore
from tests.servers.postgres import postgres

TARGETS = {"load ratio": 3.0, "structure p50 ms": 5.0, "mix p50 ms": 40.0}
RESULTS = Path(__file__).parent / "results" / "postgres"
WEIGHTS = (1.0, 2.0, 1.0, 1.0)
WORKSPACE = 2**62  # no project's
WORDS = (
    "how does a queryset filter", "where is the session saved", "render a template with context",
    "detect changes of models for migrations", "hash and check a password", "parse cookies of a request",
    "middleware that sets a header", "resolve a url to a view",
)  # fmt: skip


def questions_of(graphs: Sequence[FileGraph], seed: int = 1) -> list[tuple[str, Callable[[Reader], object]]]:
    """Questions with their sorts, in a mixed order."""
    ids = [one.id for graph in graphs for one in graph.symbols]
    chosen = random.Random(seed).sample(ids, 100)
    found: list[tuple[str, Callable[[Reader], object]]] = []
    for at, symbol in enumerate(chosen):
        ask = questions.callers if at % 2 else questions.callees
        found.append(("structure", lambda reader, ask=ask, symbol=symbol: ask(reader, symbol, depth=1)))
    for words in WORDS * 6:
        found.append(("search", lambda reader, words=words: search(reader, words)))
    random.Random(seed).shuffle(found)
    return found


def search(reader: Reader, words: str) -> object:
    terms = lexicon.Lexicon().terms(words)
    return [reader.search_passages(terms, WEIGHTS, 50, cards=cards) for cards in (False, True)]


def asked(store: Store, graphs: Sequence[FileGraph]) -> dict[str, float]:
    """The median and the 95th percentile of each sort of question, and of all, in milliseconds."""
    times: dict[str, list[float]] = {"structure": [], "search": [], "mix": []}
    for sort, question in questions_of(graphs):
        begin = time.perf_counter()
        with store.read() as reader:
            reader.generation()
            question(reader)
        took = (time.perf_counter() - begin) * 1000
        times[sort].append(took)
        times["mix"].append(took)
    return {
        f"{sort} {name} ms": round(figure, 2)
        for sort, found in times.items()
        for name, figure in (("p50", statistics.median(found)), ("p95", statistics.quantiles(found, n=20)[-1]))
    }


def timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def measure(update: Callable[[], Update], graphs: Sequence[FileGraph], url: str, runs: int) -> dict[str, object]:
    """All figures of both stores."""
    loads: dict[str, list[float]] = {"sqlite": [], "postgres": []}
    figures: dict[str, object] = {}
    for run in range(runs):
        with tempfile.TemporaryDirectory() as folder, Database.shared(url) as database:
            stores: dict[str, Store] = {
                "sqlite": SqliteStore(Path(folder) / "graph.db", create=True),
                "postgres": PostgresStore(Database.shared(url), WORKSPACE, wait=60),
            }
            remove(database, WORKSPACE)
            tidy(url)
            for name, store in stores.items():
                loads[name].append(timed(lambda store=store: store.apply(update())))
                if run == runs - 1:
                    one = timed(lambda store=store: store.apply(Update([graphs[len(graphs) // 2]])))
                    figures[name] = {"one file ms": round(one * 1000, 1), **asked(store, graphs)}
                store.close()
            remove(database, WORKSPACE)
    seconds = {name: statistics.median(found) for name, found in loads.items()}
    figures["load s"] = {name: round(found, 2) for name, found in seconds.items()}
    figures["load ratio"] = round(seconds["postgres"] / seconds["sqlite"], 2)
    return figures


def tidy(url: str) -> None:
    """Do what the server's autovacuum does within minutes: a load before leaves a million dead rows."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


@contextlib.contextmanager
def server(url: str) -> Iterator[str]:
    """The database of ``url``, or a new one on a server of this machine."""
    if url:
        yield url
        return
    with postgres(vector=False, durable=True, options=("-c", "shared_buffers=512MB")) as found:
        yield found.url()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.postgres", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keep", default="benchmarks/inputs", help="folder of the source, kept between runs")
    parser.add_argument("--url", default="", help="a database of a server that runs")
    parser.add_argument("--runs", type=int, default=3, help="loads of each store")
    chosen = parser.parse_args(arguments)
    folder = Path(chosen.keep)
    folder.mkdir(parents=True, exist_ok=True)
    source = fetch(folder)
    with tempfile.TemporaryDirectory() as place, server(chosen.url) as url:
        first = SqliteStore(Path(place) / "first.db", create=True)
        build.update(first, source)
        with first.read() as reader:
            graphs = list(reader.said())
            facts, meta = reader.facts([file.facts_key for file in reader.files()]), reader.meta()
        first.close()
        figures = measure(lambda: Update(graphs, facts=facts, meta=meta), graphs, url, chosen.runs)
    document = {"commit": commit(), "machine": machine(), "runs": chosen.runs, "targets": TARGETS, "figures": figures}
    print(json.dumps(document, indent=2))
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{document['commit']}.json").write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()

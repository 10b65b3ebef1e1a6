"""How well questions find their code, with every signal and with each left out, beside the floors.

    python -m benchmarks.retrieval --eval FOLDER [--inputs FOLDER] [--fetch] [--only NAME ...] [--ways NAME ...]

``--eval`` names a folder of ground truth with its scorers (``passages/``, ``retrieval/``, ``score/``). Sources lie in
``--inputs`` at the revisions that the evaluation pins: ``passages/NAME`` and ``history/NAME``; ``--fetch`` gets what is
missing with git. Each is indexed once and asked in every way of ``WAYS``. Figures go to
``benchmarks/results/retrieval/COMMIT.json`` and, as a table, ``COMMIT.md``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.speed import commit, machine
from loomgraph.embed.base import Embedder
from loomgraph.embed.static import StaticEmbedder
from loomgraph.errors import LoomGraphError
from loomgraph.indexing.build import IndexOptions, update
from loomgraph.lexicon import Lexicon
from loomgraph.model import Chunk, Symbol, SymbolKind
from loomgraph.retrieve.data import Weights, load_weights
from loomgraph.retrieve.modes import Mode, weights_for
from loomgraph.retrieve.question import Question
from loomgraph.retrieve.search import Filter, Searcher
from loomgraph.retrieve.vector_files import content_keys, open_vectors
from loomgraph.retrieve.view import View
from loomgraph.store.base import PassageHits, Reader
from loomgraph.store.sqlite import SqliteStore

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "retrieval"
FUNCTIONS = frozenset({SymbolKind.FUNCTION, SymbolKind.METHOD, SymbolKind.CONSTRUCTOR})
FUNCTIONS_ONLY = Filter(kinds=frozenset(map(str, FUNCTIONS)))
PASSAGES, SYMBOLS = 10, 40  # results asked for


class Found(NamedTuple):
    """A result of any way: where it is, and the definition it is of."""

    file: str
    start_line: int
    end_line: int
    symbol: Symbol | None


class Asked:
    """One indexed project, ready to be asked in every way."""

    def __init__(self, reader: Reader, embedder: Embedder) -> None:
        self.reader = reader
        self.embedder = embedder
        files = reader.files()
        self.vectors = open_vectors(reader, None, files, content_keys(files, ""), embedder.dimension)
        self.paths = [record.path for record in files]
        self.view = View(files, reader.counts().chunks)
        self.lexicon = Lexicon()
        self.chunks = {record.path: reader.chunks_in([record.path]) for record in reader.files()}
        self._symbols: dict[str, list[Symbol]] = {}
        self._counts: dict[tuple[str, int], dict[str, int]] = {}

    def counts(self, path: str, at: int) -> dict[str, int]:
        """How often each term stands in a passage."""
        if (path, at) not in self._counts:
            self._counts[path, at] = self.lexicon.counts(self.chunks[path][at].text)
        return self._counts[path, at]

    def passages(self, hits: PassageHits) -> list[Found]:
        """What a store has found."""
        places = zip(hits.files.tolist(), hits.places.tolist(), strict=True)
        return [self.passage(self.paths[file], at) for file, at in places]

    def passage(self, path: str, at: int) -> Found:
        """A passage with the first function that begins in it."""
        chunk: Chunk = self.chunks[path][at]
        if path not in self._symbols:
            self._symbols[path] = [one for one in self.reader.symbols_in([path]) if one.kind in FUNCTIONS]
        inside = (one for one in self._symbols[path] if chunk.start_line <= one.name_line <= chunk.end_line)
        own = next((one for one in self._symbols[path] if one.id == chunk.symbol), None)
        return Found(path, chunk.start_line, chunk.end_line, own or next(inside, None))


Search = Callable[[Question, int, Filter], list[Found]]
Way = Callable[[Asked], Search]


def keyword_count(asked: Asked) -> Search:
    """The floor of floors: passages by how often the words of the question stand in them."""

    def search(question: Question, limit: int, _only: Filter) -> list[Found]:
        scored = [
            (-sum(asked.counts(path, at).get(term, 0) for term in question.terms), path, at)
            for path, chunks in asked.chunks.items() for at in range(len(chunks))
        ]  # fmt: skip
        return [asked.passage(path, at) for score, path, at in sorted(scored)[:limit] if score]

    return search


def plain_bm25(asked: Asked) -> Search:
    """BM25 over the text of passages."""

    def search(question: Question, limit: int, _only: Filter) -> list[Found]:
        hits = asked.reader.search_passages(question.terms, (0.0, 0.0, 0.0, 1.0), limit)
        return asked.passages(hits)

    return search


def semantic_alone(asked: Asked) -> Search:
    """The nearest vectors."""

    def search(question: Question, limit: int, _only: Filter) -> list[Found]:
        (vector,) = asked.embedder.questions([" ".join(question.terms)])
        hits = asked.vectors.nearest(vector, limit)
        return asked.passages(hits)

    return search


def ours(change: Callable[[Weights], Weights] = lambda weights: weights, vectors: bool = True) -> Way:
    """The searcher, with weights changed or without vectors."""

    def way(asked: Asked) -> Search:
        embedder, table = (asked.embedder, asked.vectors) if vectors else (None, None)
        searcher = Searcher(asked.reader, embedder, table, change(load_weights()), asked.view)
        return lambda question, limit, only: [
            Found(one.chunk.file, one.start_line, one.end_line, one.symbol)
            for one in searcher.search(question, limit, only)
        ]  # fmt: skip

    return way


def without(*signals: str) -> Callable[[Weights], Weights]:
    """Weights in which some signals count nothing."""
    return lambda weights: replace(weights, signals={**weights.signals, **dict.fromkeys(signals, 0.0)})


WAYS: dict[str, Way] = {
    "all signals": ours(),
    "without vectors": ours(vectors=False),
    "without the graph": ours(lambda weights: weights_for(Mode.NAIVE, weights)),
    "without centrality": ours(without("centrality")),
    "without definitions": ours(without("definition", "name")),
    "without file signals": ours(without("file", "stem")),
    "without own words": ours(without("spot", "kind_spot")),
    "without neighbours": ours(without("neighbours")),
    "plain BM25": plain_bm25,
    "vectors alone": semantic_alone,
    "keyword count": keyword_count,
}


class Evaluation:
    """A folder of ground truth, a folder of sources, and a scratch folder."""

    def __init__(self, folder: Path, inputs: Path, scratch: Path, fetch: bool) -> None:
        self.folder, self.inputs, self.scratch, self.fetch = folder, inputs, scratch, fetch
        self.embedder = StaticEmbedder()

    def score(self, scorer: str, *arguments: Path | str) -> dict[str, Any]:
        """What a scorer says."""
        command = [sys.executable, str(self.folder / "score" / scorer), *map(str, arguments), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{scorer} failed:\n{done.stderr}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def source(self, name: str, url: str, revision: str) -> Path | None:
        """A checked-out source, or None when it is not there or at another revision."""
        folder = self.inputs / name
        if not folder.is_dir() and self.fetch:
            folder.mkdir(parents=True)
            for arguments in (("init", "-q"), ("fetch", "-q", "--depth", "1", url, revision),
                              ("checkout", "-q", "FETCH_HEAD")):  # fmt: skip
                subprocess.run(["git", *arguments], cwd=folder, check=True)
        if not folder.is_dir():
            print(f"{name}: not in {self.inputs} (see --fetch): left out", file=sys.stderr)
            return None
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=False)
        if head.returncode == 0 and head.stdout.strip() != revision:
            print(f"{name}: not at {revision[:10]}, where its questions were asked: left out", file=sys.stderr)
            return None
        return folder

    def index(self, name: str, folder: Path) -> SqliteStore | None:
        """The graph of a folder; None when there is nothing in it that we read."""
        store = SqliteStore(self.scratch / f"{name.replace('/', '-')}.db", create=True)
        try:
            update(store, folder, IndexOptions(jobs=1))
        except LoomGraphError as error:
            print(f"{name}: {error}", file=sys.stderr)
            store.close()
            return None
        return store


def answers(
    store: SqliteStore,
    embedder: Embedder,
    queries: Iterable[tuple[str, str]],
    ways: Sequence[str],
    limit: int,
    only: Filter,
) -> tuple[dict[str, dict[str, list[Found]]], dict[str, list[float]]]:
    """What each way finds to each query, and how long each took."""
    found: dict[str, dict[str, list[Found]]] = {way: {} for way in ways}
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    with store.read() as reader:
        asked = Asked(reader, embedder)
        reading = Searcher(reader)
        searches = {way: WAYS[way](asked) for way in ways}
        for key, text in queries:
            try:
                question = reading.read(text)
            except LoomGraphError:  # a query without a word finds nothing
                continue
            for way, search in searches.items():
                start = time.perf_counter()
                found[way][key] = search(question, limit, only)
                seconds[way].append(time.perf_counter() - start)
    return found, seconds


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def passages(evaluation: Evaluation, ways: Sequence[str], only: Sequence[str]) -> dict[str, Any]:
    """NDCG@10 of each way over the passages set, by category and in all, on the repositories that are there."""
    folder = evaluation.folder / "passages"
    tasks = _lines(folder / "tasks.jsonl")
    rows: dict[str, list[str]] = {way: [] for way in ways}
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    measured = []
    for entry in json.loads((folder / "repos.json").read_text(encoding="utf-8")):
        name = entry["name"]
        if only and name not in only:
            continue
        source = evaluation.source(f"passages/{name}", entry["url"], entry["revision"])
        root = source / (entry.get("benchmark_root") or "") if source else None
        store = evaluation.index(f"passages/{name}", root) if root and root.is_dir() else None
        if store is None:
            continue
        measured.append(name)
        queries = [(task["id"], task["query"]) for task in tasks if task["repo"] == name]
        found, took = answers(store, evaluation.embedder, queries, ways, PASSAGES, Filter())
        store.close()
        for way in ways:
            seconds[way] += took[way]
            for key, results in found[way].items():
                plain = [{"file": r.file, "start_line": r.start_line, "end_line": r.end_line} for r in results]
                rows[way].append(json.dumps({"id": key, "results": plain}))
    figures: dict[str, Any] = {"repositories": measured}
    for way in ways if measured else ():
        path = evaluation.scratch / "passages.jsonl"
        path.write_text("\n".join(rows[way]) + "\n", encoding="utf-8")
        scores = evaluation.score("score_passages.py", folder, path)
        times = sorted(seconds[way])
        figures[way] = {
            "ndcg@10": round(scores["headline"], 4), "by category": scores["by_category"],
            "p50 ms": round(times[len(times) // 2] * 1e3, 2), "p95 ms": round(times[int(len(times) * 0.95)] * 1e3, 2),
        }  # fmt: skip
    return figures


def history(evaluation: Evaluation, entry: dict[str, Any], ways: Sequence[str]) -> dict[str, Any]:
    """Recall@10 of functions, of the messages that leak no name, of each way."""
    name = entry["name"]
    gold = evaluation.folder / "retrieval" / f"{name}.jsonl"
    meta = json.loads(gold.with_name(f"{name}.meta.json").read_text(encoding="utf-8"))
    source = evaluation.source(f"history/{name}", entry["url"], meta["snapshot"])
    if source is None:
        return {}
    corpus = evaluation.scratch / f"corpus-{name}"
    for row in _lines(gold.with_name(f"{name}.corpus.jsonl")):
        target = corpus / row["file"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((source / row["file"]).read_bytes())
    store = evaluation.index(f"history/{name}", corpus)
    if store is None:
        return {}
    found, _ = answers(
        store, evaluation.embedder, [(q["id"], q["query"]) for q in _lines(gold)], ways, SYMBOLS, FUNCTIONS_ONLY
    )
    store.close()
    figures: dict[str, Any] = {}
    for way in ways:
        path = evaluation.scratch / f"{name}.jsonl"
        path.write_text("".join(json.dumps({"id": key, "symbols": _symbols(results)}) + "\n"
                                for key, results in found[way].items()), encoding="utf-8")  # fmt: skip
        scores = evaluation.score("score_retrieval.py", gold, path)
        figures[way] = {
            "clean": round(scores["clean"]["symbol"]["recall@10"], 4),
            "all": round(scores["all"]["symbol"]["recall@10"], 4),
        }  # fmt: skip
    return figures


def _symbols(results: Iterable[Found]) -> list[dict[str, str]]:
    named = [(one.file, one.symbol.qualified_name) for one in results if one.symbol and one.symbol.kind in FUNCTIONS]
    return [{"file": file, "name": name} for file, name in dict.fromkeys(named)]


def table(plan: dict[str, Any], figures: dict[str, Any], ways: Sequence[str]) -> str:
    """One row a way; the goals and what is known of others below."""
    sets = [entry["name"] for entry in plan["history"] if figures["history"].get(entry["name"])]
    rows = [["way", "passages NDCG@10", "p50 / p95 ms", *(f"{name} recall@10" for name in sets)]]
    for way in ways:
        found = figures["passages"].get(way, {})
        times = f"{found['p50 ms']} / {found['p95 ms']}" if found else ""
        rows.append([way, str(found.get("ndcg@10", "")), times,
                     *(str(figures["history"][name][way]["clean"]) for name in sets)])  # fmt: skip
    asked = {entry["name"]: entry["asked"] for entry in plan["history"]}
    rows.append(["*asked*", str(plan["passages"]["asked"]), "", *(str(asked[name]) for name in sets)])
    known = {entry["name"]: entry["known"] for entry in plan["history"]}
    shown = [", ".join(f"{name} {value}" for name, value in one.items())
             for one in (plan["passages"]["known"], *(known[name] for name in sets))]  # fmt: skip
    rows.append(["*known of others*", shown[0], "", *shown[1:]])
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    measured = figures["passages"].get("repositories", [])
    note = f"\nPassages on {len(measured)} repositories: {', '.join(measured)}." if measured else ""
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]) + "\n" + note


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--eval", type=Path, required=True, help="folder of ground truth with its scorers")
    parser.add_argument("--inputs", type=Path, default=HERE / "inputs", help="folder of the checked-out sources")
    parser.add_argument("--fetch", action="store_true", help="get missing sources with git")
    parser.add_argument("--only", nargs="+", default=[], help="repositories to measure")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS), help="ways to ask")
    chosen = parser.parse_args(arguments)
    plan = tomllib.loads((HERE / "retrieval.toml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        evaluation = Evaluation(chosen.eval.resolve(), chosen.inputs.resolve(), Path(scratch), chosen.fetch)
        figures: dict[str, Any] = {"passages": passages(evaluation, chosen.ways, chosen.only), "history": {}}
        for entry in plan["history"]:
            if not chosen.only or entry["name"] in chosen.only:
                figures["history"][entry["name"]] = history(evaluation, entry, chosen.ways)
    text = table(plan, figures, chosen.ways)
    print(text)
    RESULTS.mkdir(parents=True, exist_ok=True)
    name = commit()
    document = {"commit": name, "machine": machine(), "figures": figures}
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
    (RESULTS / f"{name}.md").write_text(text.rstrip() + "\n")


if __name__ == "__main__":
    main()

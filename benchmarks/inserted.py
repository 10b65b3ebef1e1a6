"""How well questions find code in graphs that were inserted: real projects, exported as custom_kg and inserted.

    python -m benchmarks.inserted --eval FOLDER --inputs FOLDER [--only NAME ...]

Each project of the ground truth that ``benchmarks.retrieval`` uses is indexed, written out and inserted into another
project, so that chunks and entities are all that is known of it. Then each question is asked as a client of
``/query/data`` asks it. Printed are NDCG@10 of the definitions that answer among the entities, of the files of the
entities and of the files of the chunks, and the share of definitions found among all entities; nothing is kept.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from loomgraph.engines import exports
from loomgraph.indexing.build import IndexOptions, update
from loomgraph.retrieve.lightrag import query_params
from loomgraph.service.service import Service
from loomgraph.service.serving import open_service
from loomgraph.settings import load
from loomgraph.store.sqlite import SqliteStore

TOP = 10
PASSAGES = ("flask", "gson", "chi", "redux", "monolog", "starlette", "libuv", "serde")


class Question(NamedTuple):
    """What is asked, and what answers: definitions, where they are known, and files."""

    text: str
    symbols: list[str]
    files: list[str]


class Score(NamedTuple):
    """How well one question was answered; None where nobody knows."""

    symbols: float | None
    entity_files: float
    chunk_files: float
    found: float | None


def ndcg(listed: Sequence[str], wanted: Sequence[str]) -> float:
    """Of a list in which each is equally good."""
    gains = (1.0 / math.log2(at + 2) for at, one in enumerate(listed[:TOP]) if one in wanted)
    return sum(gains) / sum(1.0 / math.log2(at + 2) for at in range(min(len(wanted), TOP)))


def rated(asked: Question, data: dict[str, Any]) -> Score:
    """The score of an answer of ``/query/data``."""
    names = [row["entity_name"] for row in data.get("entities", ())]
    entity_files = list(dict.fromkeys(row["file_path"] for row in data.get("entities", ())))
    chunk_files = list(dict.fromkeys(row["file_path"] for row in data.get("chunks", ())))
    known = asked.symbols
    return Score(
        ndcg(names, known) if known else None, ndcg(entity_files, asked.files), ndcg(chunk_files, asked.files),
        len(set(names) & set(known)) / len(known) if known else None,
    )  # fmt: skip


def inserted(service: Service, name: str, root: Path, folder: Path) -> None:
    """Index a project, write it out and insert it."""
    store = SqliteStore(folder / f"{name}.db", create=True)
    update(store, str(root), IndexOptions())
    with store.read() as reader:
        (folder / f"{name}.json").write_text("".join(exports.custom_kg(reader, False)), "utf-8")
    store.close()
    service.insert_custom_kg(name, folder / f"{name}.json")


def questions(folder: Path, inputs: Path) -> Iterable[tuple[str, Path, list[Question]]]:
    """The projects that are there, with what is asked of each."""
    for path in sorted((folder / "retrieval").glob("*.meta.json")):
        name = path.name.partition(".")[0]
        rows = [json.loads(line) for line in (folder / "retrieval" / f"{name}.jsonl").read_text("utf-8").splitlines()]
        yield name, inputs / "history" / name, [
            Question(row["query"], [f"{one['file']}::{one['name']}" for one in row["gold_symbols"]], row["gold_files"])
            for row in rows if row["gold_files"]
        ]  # fmt: skip
    tasks = [json.loads(line) for line in (folder / "passages" / "tasks.jsonl").read_text("utf-8").splitlines()]
    for name in PASSAGES:
        own = [row for row in tasks if row["repo"] == name]
        yield name, inputs / "passages" / name, [
            Question(row["query"], [], [one["path"] for one in (*row["relevant"], *row["secondary"])]) for row in own
        ]  # fmt: skip


def mean(values: Iterable[float | None]) -> str:
    """Of those that are known."""
    known = [value for value in values if value is not None]
    return f"{sum(known) / len(known):.3f}" if known else "-"


def measured(service: Service, folder: Path, inputs: Path, only: Sequence[str]) -> Iterable[Score]:
    """The score of every question, printed project by project."""
    for name, root, asked in questions(folder, inputs):
        if not root.is_dir() or (only and name not in only):
            continue
        with tempfile.TemporaryDirectory() as made:
            inserted(service, name, root, Path(made))
        answers = [service.query_data(one.text, query_params({}), name) for one in asked]
        scores = [rated(one, answer.get("data") or {}) for one, answer in zip(asked, answers, strict=True)]
        print(f"| {name} | {len(scores)} | {' | '.join(map(mean, zip(*scores, strict=True)))} |", flush=True)
        yield from scores


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--eval", required=True, type=Path, help="folder of ground truth")
    parser.add_argument("--inputs", required=True, type=Path, help="folder of the sources")
    parser.add_argument("--only", nargs="*", default=[], help="names of projects")
    chosen = parser.parse_args(arguments)
    print("| project | questions | definitions NDCG@10 | files of entities | files of chunks | definitions found |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as made:
        settings = load({"LOOMGRAPH_DATA_DIR": made, "HOME": made})
        with closing(open_service(settings)) as service:
            every = list(measured(service, chosen.eval, chosen.inputs, chosen.only))
    if every:
        print(f"| all | {len(every)} | {' | '.join(map(mean, zip(*every, strict=True)))} |")


if __name__ == "__main__":
    main()

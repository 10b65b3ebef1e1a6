"""Warm: one project kept between questions, asked by many threads, never behind its graph."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from loomgraph.engines.places import FilePlace
from loomgraph.indexing.build import IndexOptions, update
from loomgraph.retrieve.answering import Answerer
from loomgraph.retrieve.view import View, read_contents
from loomgraph.retrieve.warm import Warm
from loomgraph.store.sqlite import SqliteStore

from .conftest import LENDING

QUESTIONS = ("how are late fees computed", "extend a loan", "hash_secret", "who calls Desk.lend", "retry with backoff")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(LENDING, tmp_path / "src")
    return tmp_path / "src"


@pytest.fixture
def graph(root: Path, tmp_path: Path) -> Path:
    store = SqliteStore(tmp_path / "project.db", create=True)
    update(store, root, IndexOptions(jobs=1))
    store.close()
    return tmp_path / "project.db"


def places(warm: Warm, store: SqliteStore, question: str) -> list[tuple[str, int, float]]:
    with store.read() as reader:
        hits = Answerer("lending", reader, warm.open(reader)).search(question)
    return [(hit.file, hit.start_line, hit.score) for hit in hits.results]


def test_many_threads_find_what_one_finds(graph: Path) -> None:
    store, warm = SqliteStore(graph), Warm(FilePlace(graph))
    expected = {question: places(Warm(), store, question) for question in QUESTIONS}
    found: list[bool] = []

    def ask(first: int) -> None:
        for at in range(12):
            question = QUESTIONS[(first + at) % len(QUESTIONS)]
            found.append(places(warm, store, question) == expected[question])

    threads = [threading.Thread(target=ask, args=(at,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    warm.close()
    assert found == [True] * 96


def test_what_an_update_changes_is_seen_by_the_next_question(graph: Path, root: Path) -> None:
    store, warm = SqliteStore(graph), Warm(FilePlace(graph))
    assert places(warm, store, "how are late fees computed")[0][0] == "lending/fines.py"
    (root / "lending" / "fines.py").rename(root / "lending" / "penalties.py")
    update(store, root, IndexOptions(jobs=1))
    found = places(warm, store, "how are late fees computed")
    assert found[0][0] == "lending/penalties.py"
    assert found == places(Warm(), store, "how are late fees computed")
    store.close()
    warm.close()


def test_a_graph_that_another_process_replaced_is_seen(graph: Path, root: Path, tmp_path: Path) -> None:
    warm = Warm(FilePlace(graph))
    store = SqliteStore(graph)
    assert places(warm, store, "extend a loan")
    store.close()
    for path in root.rglob("*.py"):
        if path.name != "fines.py":
            path.unlink()
    other = SqliteStore(tmp_path / "other.db", create=True)
    update(other, root, IndexOptions(jobs=1))
    other.close()
    for path in tmp_path.glob("project.db*"):
        path.unlink()
    (tmp_path / "other.db").rename(graph)
    store = SqliteStore(graph)
    assert places(warm, store, "extend a loan") == places(Warm(), store, "extend a loan")
    store.close()


def test_it_holds_no_more_than_it_says_and_lets_go(graph: Path) -> None:
    store, warm = SqliteStore(graph), Warm(FilePlace(graph))
    assert warm.memory() == 0
    places(warm, store, QUESTIONS[0])
    assert warm.memory() > 0
    warm.close()
    assert warm.memory() == 0
    with store.read() as reader:
        view = View(reader.files(), 1, most=20_000)
        for record in reader.files():
            view.content(reader, record.path)
        assert sum(one.nbytes for one in read_contents(reader, list(view.files)).values()) > 20_000
        assert view.nbytes <= 20_000 + 400 * len(view.files)
    store.close()

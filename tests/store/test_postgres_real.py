"""Real code indexed into PostgreSQL and into SQLite: the same answers in the same order, the same searches."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from loomgraph.indexing import build
from loomgraph.lexicon import Lexicon
from loomgraph.store.base import Store
from loomgraph.store.postgres import PostgresStore
from loomgraph.store.postgres_database import Database
from loomgraph.store.sqlite import SqliteStore
from loomgraph.store.testing import dump
from loomgraph.store.testing_passages import Named, named
from tests.servers.postgres import Postgres

WEIGHTS = (1.0, 3.0, 2.0, 1.0)
QUESTIONS = (
    "how is a request routed to its endpoint", "where are sessions saved in cookies", "parse multipart forms",
    "which rows does an update replace", "the store of a graph", "resolve calls of methods", "middleware",
)  # fmt: skip


@pytest.fixture(scope="module", params=["starlette", "loomgraph"])
def code(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of an installed package, to be changed."""
    found = importlib.util.find_spec(request.param)
    assert found is not None
    assert found.origin is not None
    folder = tmp_path_factory.mktemp("code") / request.param
    shutil.copytree(Path(found.origin).parent, folder, ignore=shutil.ignore_patterns("__pycache__", "*.npz", "data"))
    return folder


@pytest.fixture(scope="module")
def stores(
    code: Path, postgres_plain: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, ...]]:
    sqlite = SqliteStore(tmp_path_factory.mktemp("graph") / "graph.db", create=True)
    with postgres_plain.database() as url, closing(PostgresStore(Database.shared(url), 1)) as store, closing(sqlite):
        for one in (store, sqlite):
            build.update(one, code)
        yield store, sqlite


def said(store: Store) -> dict[str, object]:
    """All answers; of facts which there are, since equal ones are not always written with equal bytes."""
    found = dump(store)
    return {**found, "facts": sorted(found["facts"])}


def searched(store: Store) -> list[Named]:
    with store.read() as reader:
        files = reader.files()
        return [
            named(files, reader.search_passages(Lexicon().terms(question), WEIGHTS, 20, cards=cards))
            for question in QUESTIONS
            for cards in (False, True)
        ]


def test_the_graphs_are_equal(stores: tuple[Store, Store]) -> None:
    store, sqlite = stores
    assert said(store) == said(sqlite)
    with store.read() as ours, sqlite.read() as theirs:
        assert list(ours.vectors()) == list(theirs.vectors())


def test_searches_find_the_same_with_the_same_scores(stores: tuple[Store, Store]) -> None:
    ours, theirs = (searched(store) for store in stores)
    assert [hits[:2] for hits in ours] == [hits[:2] for hits in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert one.scores == pytest.approx(other.scores)
    assert sum(len(hits.paths) for hits in ours) > 50


def test_changed_code_gives_equal_graphs(stores: tuple[Store, Store], code: Path) -> None:
    changed = sorted(code.rglob("*.py"))
    changed[3].unlink()
    for path in changed[5:9]:
        path.write_text(
            path.read_text("utf-8") + "\n\ndef added_here(request):\n    return added_here(request)\n", "utf-8"
        )
    for store in stores:
        build.update(store, code)
    assert said(stores[0]) == said(stores[1])
    ours, theirs = (searched(store) for store in stores)
    assert [hits[:2] for hits in ours] == [hits[:2] for hits in theirs]

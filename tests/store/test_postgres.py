"""The PostgreSQL store keeps the contract, with pgvector in the server or without."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loomgraph.store.base import Update
from loomgraph.store.postgres import PostgresStore
from loomgraph.store.postgres_database import Database
from loomgraph.store.sqlite import SqliteStore
from loomgraph.store.testing import MakeStore, StoreContract, graph
from loomgraph.store.testing_copying import CopyContract
from loomgraph.store.testing_inserted import InsertedContract
from loomgraph.store.testing_passages import PassageContract
from tests.servers.postgres import Postgres
from tests.store.test_congruence import answers, updates

_numbers = itertools.count(1)


@pytest.fixture(scope="module", params=["postgres_plain", "postgres_vector"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of a server without pgvector, and of one with it."""
    server: Postgres = request.getfixturevalue(request.param)
    with server.database() as url, Database.shared(url):
        yield url


@pytest.fixture
def make_store(url: str) -> MakeStore:
    """The projects of a test, by name."""
    names: dict[str, int] = {}
    return lambda name: PostgresStore(Database.shared(url), names.setdefault(name, next(_numbers)))


class TestPostgresStore(StoreContract):
    pass


class TestPassagesInPostgres(PassageContract):
    pass


class TestInsertedInPostgres(InsertedContract):
    pass


class TestCopiesInPostgres(CopyContract):
    pass


@settings(max_examples=20, deadline=None)
@given(st.lists(updates(), min_size=1, max_size=5))
def test_it_agrees_with_sqlite_after_any_updates(url: str, changes: list[Update]) -> None:
    with TemporaryDirectory() as folder:
        sqlite = SqliteStore(Path(folder) / "graph.db", create=True)
        store = PostgresStore(Database.shared(url), next(_numbers))
        with closing(sqlite), closing(store):
            for change in changes:
                assert store.apply(change) == sqlite.apply(change)
                assert answers(store) == answers(sqlite)
            store.verify()


def test_texts_hold_what_postgres_cannot(make_store: MakeStore) -> None:
    odd = ["nul\0.py", "\0", "escape\U0010ffff\U0010f800.py", "lone\udcff\0.py", "long" * 3000]
    store = make_store("odd")
    with closing(store):
        store.apply(Update([graph(path, "na\0me", depends=[path], called=[path]) for path in odd], meta={"a\0": "\0"}))
        with store.read() as reader:
            assert [file.path for file in reader.files()] == sorted(odd)
            assert [one.name for one in reader.symbols_named(["na\0me"])] == ["na\0me"] * len(odd)
            assert [reader.file(path) is not None for path in odd] == [True] * len(odd)
            assert [reader.dependents([path]) for path in odd] == [[path] for path in odd]
            assert reader.meta() == {"a\0": "\0"}

"""Projects in one PostgreSQL database: one cannot read or write another's rows, even by a wrong statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from loomgraph.errors import StoreError
from loomgraph.store.base import Update
from loomgraph.store.postgres import PostgresStore, remove
from loomgraph.store.postgres_database import Database, answer
from loomgraph.store.postgres_schema import TABLES
from loomgraph.store.testing import dump, edge, graph
from loomgraph.store.testing_copying import shop
from tests.servers.postgres import Postgres, postgres

OURS, THEIRS = 1, 2


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """One where nobody has made roles yet: the first test's user makes them."""
    with postgres(vector=True) as found:
        found.run("CREATE ROLE owner LOGIN; CREATE ROLE bypassing LOGIN BYPASSRLS CREATEROLE")
        yield found


@pytest.fixture(params=["bypassing", "owner", "postgres"])
def database(request: pytest.FixtureRequest, server: Postgres) -> Iterator[Database]:
    """Two projects with the same content, as the server's superuser has them, or as a user that owns the tables; one of
    these is bound by row-level security by its own choice alone."""
    with server.database() as url:
        name = url.rpartition("/")[2]
        server.run(f'ALTER DATABASE "{name}" OWNER TO {request.param}')
        url = server.url(name, user=request.param)
        with Database.shared(url) as database:
            stray = graph("late.py", edges=[edge("cart.py::total", "late.py", file="late.py")])
            for workspace in (OURS, THEIRS):
                with closing(PostgresStore(Database.shared(url), workspace)) as store:
                    store.apply(shop())
                    store.apply(Update([stray]))
            yield database


def test_a_statement_without_the_project_sees_its_rows_alone(database: Database) -> None:
    seen: dict[str, set[int]] = {}
    with database.reading(OURS) as connection:
        for table in TABLES:
            seen[table] = {workspace for (workspace,) in answer(connection, f"SELECT workspace FROM loomgraph.{table}")}
    assert seen == dict.fromkeys(TABLES, {OURS})


def test_a_statement_that_asks_for_another_project_finds_nothing(database: Database) -> None:
    with database.reading(OURS) as connection:
        found = {
            table: answer(connection, f"SELECT count(*) FROM loomgraph.{table} WHERE workspace = %s", THEIRS)[0][0]
            for table in TABLES
        }
    assert found == dict.fromkeys(TABLES, 0)


def test_a_statement_without_the_project_deletes_its_rows_alone(database: Database) -> None:
    with database.writing(OURS) as connection:
        for table in TABLES:
            connection.execute(f"DELETE FROM loomgraph.{table}")
    with database.reading(OURS) as connection:
        assert [answer(connection, f"SELECT count(*) FROM loomgraph.{table}") for table in TABLES] == [[(0,)]] * 15
    with database.reading(THEIRS) as connection:
        assert all(answer(connection, f"SELECT count(*) FROM loomgraph.{table}")[0][0] for table in TABLES)


@pytest.mark.parametrize(
    "wrong",
    [
        "INSERT INTO loomgraph.meta VALUES (2, 'late', 'x')",
        "UPDATE loomgraph.meta SET workspace = 2",
    ],
)
def test_a_row_of_another_project_is_refused(database: Database, wrong: str) -> None:
    with pytest.raises(StoreError, match="row-level security"), database.writing(OURS) as connection:
        connection.execute(wrong)
    with database.reading(THEIRS) as connection:
        assert answer(connection, "SELECT count(*) FROM loomgraph.meta WHERE name = 'late'") == [(0,)]


def test_what_a_transaction_named_is_forgotten_with_it(database: Database) -> None:
    with database.reading(OURS):
        pass
    with database.connection() as connection:
        assert answer(connection, "SELECT coalesce(current_setting('loomgraph.workspace', true), '')") == [("",)]
        assert answer(connection, "SELECT current_user = session_user") == [(True,)]


def test_every_key_and_index_begins_with_the_project(database: Database) -> None:
    with database.connection() as connection:
        found = answer(
            connection,
            "SELECT c.relname, pg_get_indexdef(i.indexrelid, 1, true) FROM pg_index i"
            " JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'loomgraph'::regnamespace"
            " AND c.relname = ANY(%s)", list(TABLES),
        )  # fmt: skip
    assert {table for table, _ in found} == set(TABLES)
    assert {first for _, first in found} == {"workspace"}


def test_a_project_thrown_away_leaves_the_others(database: Database) -> None:
    def there(workspace: int) -> object:
        with closing(PostgresStore(Database.shared(database.url), workspace)) as store:
            return dump(store)

    before = there(THEIRS)
    remove(database, OURS)
    assert there(THEIRS) == before
    assert there(OURS)["files"] == []

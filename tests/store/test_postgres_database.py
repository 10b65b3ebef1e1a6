"""A PostgreSQL server that dies, hides behind PgBouncer, is newer or is not there."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from loomgraph.errors import DatabaseUnavailable, GraphBusy, LoomGraphError, SchemaNewer, StoreError, response_to
from loomgraph.store.base import Update
from loomgraph.store.postgres import PostgresStore
from loomgraph.store.postgres_database import Database, address_of
from loomgraph.store.postgres_schema import STEPS
from loomgraph.store.testing import dump, graph
from tests.servers.pgbouncer import pgbouncer
from tests.servers.postgres import Postgres, postgres

FILES = 40


def version(number: int) -> Update:
    """Every file says the same number of functions: a mixture of two versions shows."""
    return Update([graph(f"f{at}.py", *(f"g{n}" for n in range(number))) for at in range(FILES)])


def state(store: PostgresStore) -> tuple[int, int]:
    """The generation and how many functions there are, of a graph that is one version and no other."""
    with store.read() as reader:
        functions = [one for one in reader.all_symbols() if one.kind == "function"]
        assert len(functions) % FILES == 0
        assert reader.counts().files in (0, FILES)
        return reader.generation(), len(functions) // FILES


def test_a_server_killed_in_an_update_loses_nothing_it_confirmed() -> None:
    with postgres(vector=False, durable=True) as server:
        url = server.url()
        done: list[int] = []

        def work() -> None:
            with closing(PostgresStore(Database.shared(url), 1)) as store:
                for number in range(1, 200):
                    try:
                        done.append(store.apply(version(number)))
                    except LoomGraphError as error:
                        failed.append(error)
                        return

        failed: list[LoomGraphError] = []
        for pause in (0.4, 0.7):
            failed.clear()
            done.clear()
            worker = threading.Thread(target=work)
            worker.start()
            worker.join(pause)
            server.kill()
            worker.join(60)
            assert [type(error) for error in failed] == [DatabaseUnavailable]
            server.start()
            with closing(PostgresStore(Database.shared(url), 1)) as store:
                generation, _ = state(store)
                store.verify()
                # the last one may have been done without anybody hearing of it
                assert not done or generation - done[-1] in (0, 1)


WORKER = """
import sys
from tests.store.test_postgres_database import Database, PostgresStore, version
store = PostgresStore(Database.shared(sys.argv[1]), 1)
for number in range(1, 500):
    print(store.apply(version(number)), flush=True)
"""


def test_a_process_killed_in_an_update_loses_nothing_it_was_told(postgres_plain: Postgres) -> None:
    root = Path(__file__).resolve().parents[2]
    with postgres_plain.database() as url:
        process = subprocess.Popen([sys.executable, "-c", WORKER, url], cwd=root, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGKILL)
        told += [int(line) for line in process.stdout.read().splitlines()]
        process.wait()
        process.stdout.close()
        with closing(PostgresStore(Database.shared(url), 1)) as store:
            store.apply(Update())  # what the dead process held is free
            generation, functions = state(store)
            assert generation - 1 in (told[-1], told[-1] + 1)
            assert functions == generation - 1


def test_connections_that_died_are_replaced_unnoticed() -> None:
    with (
        postgres(vector=False, durable=True) as server,
        closing(PostgresStore(Database.shared(server.url()), 1)) as store,
    ):
        store.apply(version(2))
        server.kill()
        server.start()
        assert state(store) == (1, 2)
        server.kill()
        server.start()
        assert store.apply(version(3)) == 2


def test_a_server_that_is_not_there_is_said_without_its_password() -> None:
    database = Database("postgresql://me:secret@127.0.0.1:1/graphs", wait=0.5)
    with database, pytest.raises(DatabaseUnavailable) as caught:
        database.migrate()
    assert "postgresql://me@127.0.0.1:1/graphs" in str(caught.value)
    assert "secret" not in str(caught.value) + repr(database)
    assert response_to(caught.value).http == 503


def test_an_address_that_is_none_is_not_repeated() -> None:
    with pytest.raises(StoreError) as caught:
        address_of("postgresql://me:secret@[bad")
    assert "secret" not in str(caught.value)


def test_newer_tables_are_refused(postgres_plain: Postgres) -> None:
    with postgres_plain.database() as url:
        with Database.shared(url) as database:
            database.migrate()
        postgres_plain.run(f"INSERT INTO loomgraph.steps VALUES ({len(STEPS) + 1})", url.rpartition("/")[2])
        with Database.shared(url) as database, pytest.raises(SchemaNewer):
            database.migrate()


def test_older_tables_are_brought_up_to_date_by_one_of_many(postgres_plain: Postgres) -> None:
    with postgres_plain.database() as url:
        databases = [Database(url) for _ in range(4)]
        failed = in_threads([database.migrate for database in databases])
        assert failed == []
        with databases[0].connection() as connection:
            assert connection.execute("SELECT count(*) FROM loomgraph.steps").fetchall() == [(len(STEPS),)]
        for database in databases:
            database.close()


def in_threads(tasks: list[Callable[[], object]]) -> list[BaseException]:
    failed: list[BaseException] = []

    def tried(task: Callable[[], object]) -> None:
        try:
            task()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=tried, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def test_a_lock_that_is_held_for_long_keeps_no_old_rows_alive(postgres_plain: Postgres) -> None:
    with postgres_plain.database() as url, Database.shared(url) as database, database.exclusive("index"):
        held = postgres_plain.run(
            "SELECT state, backend_xmin IS NULL FROM pg_stat_activity"
            f" WHERE datname = '{url.rpartition('/')[2]}' AND state LIKE 'idle in%'"
        )
    assert held == "idle in transaction|t"


def test_one_holds_a_lock_and_others_are_told_who(postgres_plain: Postgres) -> None:
    holders: list[str] = []
    with postgres_plain.database() as url, Database.shared(url) as database, Database(url) as other:
        with database.exclusive("index"):
            with pytest.raises(GraphBusy), other.exclusive("index", timeout=0.1, waiting=holders.append):
                pass
            with other.exclusive("another", timeout=0.1):
                pass
        with other.exclusive("index", timeout=0.1):
            pass
    assert len(holders) == 1
    assert holders[0].endswith(" of the database")


def test_behind_pgbouncer_transactions_keep_to_themselves(postgres_plain: Postgres) -> None:
    """Two connections to the server for many clients, which change hands after each transaction."""
    with postgres_plain.database() as direct, pgbouncer(postgres_plain) as pooled:
        url = pooled.url(direct.rpartition("/")[2])
        stores = [PostgresStore(Database.shared(url), workspace, wait=60) for workspace in range(1, 5)]

        def use(store: PostgresStore, number: int) -> None:
            for _ in range(6):
                store.apply(version(number))
                assert state(store)[1] == number

        tasks = [lambda s=store, n=number: use(s, n) for number, store in enumerate(stores, 1)]
        assert in_threads(tasks) == []
        with (
            Database.shared(url) as database,
            database.exclusive("index", timeout=5),
            pytest.raises(GraphBusy),
            database.exclusive("index", timeout=0.1),
        ):
            pass
        seen = dump(stores[0])
        for store in stores:
            store.close()
        with closing(PostgresStore(Database.shared(direct), 1)) as store:
            assert dump(store) == seen

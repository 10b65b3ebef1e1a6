"""The servers the other tests stand on: what is asked of each, and that nothing of them stays."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from .postgres import Postgres, postgres


def test_pgvector_is_in_one_and_not_in_the_other(postgres_vector: Postgres, postgres_plain: Postgres) -> None:
    asked = "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'"
    assert (postgres_vector.run(asked), postgres_plain.run(asked)) == ("1", "0")


def test_each_database_is_new_and_goes(postgres_vector: Postgres) -> None:
    with postgres_vector.database() as url:
        name = url.rpartition("/")[2]
        postgres_vector.run("CREATE EXTENSION vector; CREATE TABLE kept (at vector(3))", name)
        assert postgres_vector.run("SELECT count(*) FROM kept", name) == "0"
    assert postgres_vector.run(f"SELECT count(*) FROM pg_database WHERE datname = '{name}'") == "0"


def test_a_killed_server_starts_again_with_what_it_was_told() -> None:
    with postgres(durable=True) as server:
        server.run("CREATE TABLE kept (number int); INSERT INTO kept VALUES (7)")
        server.kill()
        with pytest.raises(subprocess.CalledProcessError):
            server.run("SELECT 1")
        server.start()
        assert server.run("SELECT number FROM kept") == "7"


def test_nothing_stays_of_a_server_whose_test_failed() -> None:
    seen: list[Postgres] = []

    def fails() -> None:
        with postgres() as server:
            seen.append(server)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not seen[0].server.folder.exists()
    process = seen[0].server.process
    assert process is not None
    assert process.returncode == 0
    assert not Path(f"/proc/{process.pid}").exists()

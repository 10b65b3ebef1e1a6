"""The doctor's look at the database that projects lie in: how it is, and what to do about what is wrong."""

from __future__ import annotations

import contextlib
from pathlib import Path

from loomgraph import settings
from loomgraph.service import Service
from loomgraph.service.answers import DoctorReport
from tests.ports import free_port
from tests.servers.postgres import Postgres


def report(url: str, folder: Path) -> DoctorReport:
    given = settings.load({"HOME": str(folder), "LOOMGRAPH_DATA_DIR": str(folder), "LOOMGRAPH_STORE": url})
    with contextlib.closing(Service(given, folder)) as service:
        return service.doctor()


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def test_a_sound_database_is_described(postgres_vector: Postgres, tmp_path: Path) -> None:
    with postgres_vector.database() as url:
        found = report(url.replace("postgres@", "postgres:hidden-word@"), tmp_path)
    (trial,) = found.trials
    assert (found.exit, trial.server, trial.ok) == (0, "database", True)
    assert "PostgreSQL 18" in trial.detail
    assert "row-level security keeps projects apart: postgres works as loomgraph_rows" in trial.detail
    assert "hidden-word" not in str(found)


def test_a_user_whom_security_binds_needs_no_other_role(postgres_plain: Postgres, tmp_path: Path) -> None:
    with postgres_plain.database() as url:
        name = name_of(url)
        postgres_plain.run(f"CREATE ROLE plain_{name} LOGIN; GRANT CREATE ON DATABASE {name} TO plain_{name}", name)
        found = report(url.replace("postgres@", f"plain_{name}@"), tmp_path)
        (trial,) = found.trials
        assert trial.ok, trial.detail
        assert f"plain_{name} is bound itself" in trial.detail
        assert "no pgvector" in trial.detail
        postgres_plain.run(f"DROP OWNED BY plain_{name}; DROP ROLE plain_{name}", name)


def test_one_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    found = report(f"postgresql://me:hidden-word@127.0.0.1:{free_port()}/graphs", tmp_path)
    (trial,) = found.trials
    assert (found.exit, trial.ok, found.checks) == (10, False, ())
    assert "Check that it runs" in trial.detail
    assert "hidden-word" not in str(found)


def test_tables_of_a_newer_version_and_open_ones_are_said(postgres_plain: Postgres, tmp_path: Path) -> None:
    with postgres_plain.database() as url:
        assert report(url, tmp_path).exit == 0
        postgres_plain.run("ALTER TABLE loomgraph.edges DISABLE ROW LEVEL SECURITY", name_of(url))
        found = report(url, tmp_path)
        assert (found.exit, found.trials[0].ok) == (5, False)
        assert "But not in loomgraph.edges: as its owner, ALTER TABLE" in found.trials[0].detail
        postgres_plain.run("INSERT INTO loomgraph.steps (number) VALUES (99)", name_of(url))
        newer = report(url, tmp_path)
        assert newer.exit
        assert "Upgrade loomgraph on this machine" in newer.trials[0].detail

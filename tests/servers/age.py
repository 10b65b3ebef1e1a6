"""PostgreSQL with Apache AGE and pgvector: PGlite, one process of Node with one session behind all connections.

Its clients must keep no prepared statements (they would share them) and leave the session as they found it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.ports import free_port

from .launching import SERVERS, Server, folder_of_a_server, program


@contextlib.contextmanager
def age(connections: int = 1) -> Iterator[str]:
    """The URL of a server that takes this many connections at a time."""
    script = SERVERS / "age" / "server.mjs"
    if not script.exists():
        pytest.skip("no PostgreSQL with Apache AGE in .servers: `make servers` brings it where npm is")
    with folder_of_a_server() as folder:
        port = free_port()
        server = Server(folder, port, [program("node"), str(script), str(port), str(connections)])
        server.start(lambda: "ready" in server.said())  # not by a call: that would take up a connection
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            server.stop()


@pytest.fixture(scope="session")
def age_server() -> Iterator[str]:
    """PostgreSQL with Apache AGE for a whole run: its URL."""
    with age(connections=4) as url:
        yield url

"""Redis: Debian's server, with nothing kept on the disk but what a test asks for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.ports import free_port

from .launching import Server, folder_of_a_server, program


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """The URL of a server."""
    command = program("redis-server")
    with folder_of_a_server() as folder:
        port = free_port()
        options = ("--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", "", "--appendonly", "no")
        server = Server(folder, port, [command, *options])
        server.start()
        try:
            yield f"redis://127.0.0.1:{port}"
        finally:
            server.stop()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """Redis for a whole run: its URL."""
    with redis() as url:
        yield url

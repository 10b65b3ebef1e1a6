"""Milvus: the server of Milvus Lite, which speaks Milvus' own protocol."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.ports import free_port

from .launching import ROOT, Server, folder_of_a_server


@contextlib.contextmanager
def milvus() -> Iterator[str]:
    """The URL of a server."""
    command = ROOT / ".venv-servers" / "bin" / "milvus-lite"
    if not command.exists():
        pytest.skip("no Milvus Lite in .venv-servers: run `make servers`")
    with folder_of_a_server() as folder:
        port = free_port()
        options = ("--data-dir", str(folder / "data"), "--host", "127.0.0.1", "--port", str(port))
        server = Server(folder, port, [str(command), "server", *options])
        server.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.stop()


@pytest.fixture(scope="session")
def milvus_server() -> Iterator[str]:
    """Milvus for a whole run: its URL."""
    with milvus() as url:
        yield url

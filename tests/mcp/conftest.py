"""A project indexed for the tests of this folder, and the SDK's own client."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2  # what the SDK speaks HTTP with
import pytest
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from loomgraph.mcp.callers import Local
from loomgraph.mcp.server import make_server
from loomgraph.service import Service
from loomgraph.settings import load

SHOP = Path(__file__).resolve().parents[2] / "docs" / "examples" / "shop"


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the project ``shop``, whose code lies beside it, and an empty neighbour of other code."""
    base = tmp_path_factory.mktemp("mcp")
    shutil.copytree(SHOP, base / "shop", ignore=shutil.ignore_patterns("__pycache__"))
    for path in (base / "shop").rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    (base / "other").mkdir()
    (base / "other" / "one.py").write_text("def lonely():\n    return 1\n")
    service = service_in(base)
    service.index(str(base / "shop"), project="shop")
    service.index(str(base / "other"), project="other")
    return base


def service_in(base: Path) -> Service:
    """The service with its data below ``base``, standing in the folder ``shop`` there."""
    return Service(load({"LOOMGRAPH_DATA_DIR": str(base / "data"), "HOME": str(base)}), base / "shop")


@pytest.fixture
def service(data: Path) -> Service:
    return service_in(data)


@pytest.fixture
def fresh(tmp_path: Path) -> Service:
    """A service with nothing in it."""
    return service_in(tmp_path)


Use = Callable[[Callable[[Client], Awaitable[Any]]], Any]


@pytest.fixture
def use(service: Service) -> Use:
    """Run something with a client of the tools in this process."""

    def run(what: Callable[[Client], Awaitable[Any]]) -> Any:
        async def main() -> tuple[Any, MCPError | None]:
            async with Client(make_server(Local(service))) as client:
                try:
                    return await what(client), None
                except MCPError as error:  # leaves the client before it is raised, or it would come in a group
                    return None, error

        found, error = anyio.run(main)
        if error is not None:
            raise error
        return found

    return run


@pytest.fixture
def call(use: Use) -> Callable[..., Any]:
    """Call one tool."""

    def run(name: str, **arguments: Any) -> Any:
        return use(lambda client: client.call_tool(name, arguments))

    return run


@contextlib.contextmanager
def _serving(app: Any) -> Iterator[str]:
    """``app`` on a free port of this machine; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.fixture(scope="session")
def serving() -> Callable[[Any], contextlib.AbstractContextManager[str]]:
    return _serving


@pytest.fixture(scope="session")
def service_at() -> Callable[[Path], Service]:
    return service_in


@pytest.fixture
def over_http() -> Callable[..., Any]:
    """Run something with a client of an address, with these headers."""

    def run(
        address: str, headers: dict[str, str], what: Callable[[Client], Awaitable[Any]], mode: str = "auto"
    ) -> Any:  # fmt: skip
        async def main() -> Any:
            async with (
                httpx2.AsyncClient(headers=headers, timeout=30, trust_env=False) as http,
                Client(streamable_http_client(address, http_client=http), mode=mode) as client,
            ):
                return await what(client)

        return anyio.run(main)

    return run

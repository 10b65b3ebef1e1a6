"""A project indexed for the tests of this folder, and the SDK's own client."""

from __future__ import annotations

import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
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

"""A real server on this machine, with a project in it, for the clients to ask."""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn

from loomgraph.client import Graphs
from loomgraph.server.app import create_app
from loomgraph.service import Service
from loomgraph.settings import Settings, load

SHOP = Path(__file__).resolve().parents[2] / "docs" / "examples" / "shop"


@contextlib.contextmanager
def serving(app: object) -> Iterator[str]:
    """An app on a free port of this machine; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))  # type: ignore[arg-type]
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
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("client")
    shutil.copytree(SHOP, made / "shop", ignore=shutil.ignore_patterns("__pycache__"))
    return made


@pytest.fixture(scope="session")
def settings(base: Path) -> Settings:
    found = load({"LOOMGRAPH_DATA_DIR": str(base / "data"), "HOME": str(base)})
    return replace(found, jobs=1)


@pytest.fixture(scope="session")
def service(settings: Settings, base: Path) -> Service:
    made = Service(settings, base / "shop")
    made.index(str(base / "shop"), project="shop")
    return made


@pytest.fixture(scope="session")
def server(service: Service, settings: Settings) -> Iterator[str]:
    with serving(create_app(settings, bound="127.0.0.1")) as url:
        yield url


@pytest.fixture
def graphs(server: str) -> Iterator[Graphs]:
    with Graphs(server) as made:
        yield made

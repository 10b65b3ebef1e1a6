"""LightRAG itself, in the interpreter that has it, for the tests of its engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from loomgraph.engines.lightrag.engine import LightRagEngine
from loomgraph.engines.lightrag.hosts import Hosts
from loomgraph.engines.places import FilePlace
from loomgraph.settings import LightRagSettings
from loomgraph.settings.lightrag import handed_on
from tests.engines.lightrag.storages import LIGHTRAG

Open = Callable[[str], LightRagEngine]
SETTINGS = LightRagSettings(
    python=str(LIGHTRAG), processes=1, variables=handed_on({"PATH": os.environ["PATH"], "HOME": "/nonexistent"})
)


@pytest.fixture(scope="session")
def hosts() -> Iterator[Hosts]:
    """The processes that the tests of a worker share."""
    if not LIGHTRAG.exists():
        pytest.skip("no LightRAG in .venv-lightrag: run `make lightrag`")
    with Hosts(SETTINGS) as found:
        yield found


@pytest.fixture
def own_hosts() -> Iterator[Callable[..., Hosts]]:
    """Makes processes of a test's own, with some settings of its own."""
    if not LIGHTRAG.exists():
        pytest.skip("no LightRAG in .venv-lightrag: run `make lightrag`")
    made: list[Hosts] = []

    def make(**changes: object) -> Hosts:
        made.append(Hosts(replace(SETTINGS, **changes)))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.close()


def opened(hosts: Hosts, folder: Path, name: str = "shop") -> LightRagEngine:
    """The engine of a project in a folder, made if there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    return LightRagEngine(FilePlace(folder / "graph.db"), hosts, name=name, create=True)

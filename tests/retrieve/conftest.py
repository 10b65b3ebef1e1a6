"""The lending library of tests/golden, indexed once into memory."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loomgraph.indexing.build import IndexOptions, update
from loomgraph.retrieve.answering import Answerer
from loomgraph.retrieve.modes import Mode
from loomgraph.retrieve.opening import open_searcher
from loomgraph.retrieve.warm import STATIC
from loomgraph.settings import EmbeddingSettings
from loomgraph.store.base import Reader, Store
from loomgraph.store.memory import MemoryStore

LENDING = Path(__file__).parents[1] / "golden" / "lending"
Answering = Callable[..., Answerer]


@pytest.fixture(scope="session")
def lending(tmp_path_factory: pytest.TempPathFactory) -> Store:
    root = tmp_path_factory.mktemp("lending") / "src"
    shutil.copytree(LENDING, root)
    store = MemoryStore()
    update(store, root, IndexOptions(jobs=1))
    return store


@pytest.fixture
def reader(lending: Store) -> Iterator[Reader]:
    with lending.read() as reader:
        yield reader


@pytest.fixture
def answering(reader: Reader) -> Answering:
    def make(mode: Mode = Mode.MIX, embedding: EmbeddingSettings = STATIC) -> Answerer:
        return Answerer("lending", reader, open_searcher(reader, mode, embedding), mode)

    return make

"""The memory store keeps the contract."""

from __future__ import annotations

import pytest

from loomgraph.store.memory import MemoryStore
from loomgraph.store.testing import MakeStore, StoreContract
from loomgraph.store.testing_copying import CopyContract
from loomgraph.store.testing_inserted import InsertedContract
from loomgraph.store.testing_passages import PassageContract


class TestMemoryStore(StoreContract):
    reopens = False

    @pytest.fixture
    def make_store(self) -> MakeStore:
        return lambda name: MemoryStore()


class TestPassagesInMemory(PassageContract):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        return lambda name: MemoryStore()


class TestCopiesInMemory(CopyContract):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        return lambda name: MemoryStore()


class TestInsertedInMemory(InsertedContract):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        return lambda name: MemoryStore()

"""The SQLite store keeps the contract, and what is said of its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from loomgraph.store.sqlite import SqliteStore
from loomgraph.store.testing import MakeStore, StoreContract


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def make_store(self, tmp_path: Path) -> MakeStore:
        return lambda name: SqliteStore(tmp_path / f"{name}.db", create=True)

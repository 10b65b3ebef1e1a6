"""The contract of engines, on LightRAG with its own files; after each test LightRAG holds what the rows say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from loomgraph.engines.lightrag.engine import LightRagEngine
from loomgraph.engines.lightrag.hosts import Hosts
from loomgraph.engines.testing import EngineContract, MakeEngine
from tests.engines.lightrag.conftest import opened


class TestLightRag(EngineContract):
    @pytest.fixture
    def make_engine(self, tmp_path: Path, hosts: Hosts) -> MakeEngine:
        return lambda name: opened(hosts, tmp_path / name, name)

    @pytest.fixture
    def engine(self, make_engine: MakeEngine) -> Iterator[LightRagEngine]:
        engine = make_engine("contract")
        assert isinstance(engine, LightRagEngine)
        yield engine
        engine.verify()  # LightRAG itself holds the rows, folded, and nothing else
        engine.close()

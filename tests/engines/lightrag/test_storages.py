"""Projects on LightRAG with each of its storage sets on a real server: twins of the same content, each alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from loomgraph.engines.lightrag.engine import LightRagEngine
from loomgraph.engines.lightrag.hosts import Hosts
from loomgraph.errors import LightRagFailed
from loomgraph.knowledge import CustomKg
from loomgraph.retrieve.modes import Mode
from loomgraph.settings import EmbeddingSettings, LightRagSettings
from loomgraph.settings.lightrag import handed_on
from tests.engines.lightrag import storages
from tests.engines.lightrag.conftest import opened
from tests.engines.lightrag.storages import LIGHTRAG, Storages
from tests.server.kgs import SHOP, numbered
from tests.servers.postgres import postgres

pytestmark = pytest.mark.skipif(not LIGHTRAG.exists(), reason="no LightRAG in .venv-lightrag: run `make lightrag`")

# Names that some of LightRAG's storages would take for one: what is no letter or digit becomes `_`, 63 bytes are kept.
GONE, STAYS = f"shop-{'s' * 58}1", f"shop_{'s' * 58}2"


@pytest.fixture(params=["files", "postgres", "age", "redis", "milvus", "neo4j"])
def chosen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storages]:
    """Each storage set with its server."""
    if request.param == "files":
        yield storages.files(tmp_path)
    elif request.param == "postgres":
        server = request.getfixturevalue("postgres_vector")
        with server.database() as url:
            yield storages.postgres_tables(server, url)
    else:
        of = {
            "age": storages.age_graphs, "redis": storages.redis_keys, "milvus": storages.milvus_collections,
            "neo4j": storages.neo4j_labels,
        }  # fmt: skip
        yield of[request.param](request.getfixturevalue(f"{request.param}_server"))


@pytest.mark.slow
def test_a_project_goes_and_its_twin_stays(chosen: Storages, tmp_path: Path) -> None:
    with hosts_on(chosen) as hosts, closing(opened(hosts, tmp_path / GONE, GONE)) as gone:
        with closing(opened(hosts, tmp_path / STAYS, STAYS)) as stays:
            for engine in (gone, stays):
                engine.insert_custom_kg(msgspec.convert(SHOP, CustomKg))
                engine.verify()
            answer = asked(stays)
            assert "checkout" in answer
            assert asked(gone) == answer
            held = chosen.held()
            assert len(held) == 2
            assert len(set(held.values())) == 1, held
            gone.clear()
            stays.verify()
            assert asked(gone) == []
            assert asked(stays) == answer
        left = {workspace: count for workspace, count in chosen.held().items() if count}
        assert len(left) == 1
        assert left.items() <= held.items()
    with hosts_on(chosen) as fresh, closing(opened(fresh, tmp_path / STAYS, STAYS)) as again:
        assert asked(again) == answer
        again.verify()
        assert {workspace: count for workspace, count in chosen.held().items() if count} == left
        again.clear()  # servers are shared with the other tests
    assert not any(chosen.held().values())


@pytest.mark.slow
def test_what_a_server_missed_is_brought_when_it_is_back(tmp_path: Path) -> None:
    """Killed as by a power cut, under an open project: nothing answered is lost, and nothing sent either."""
    patience = {
        "POSTGRES_CONNECTION_RETRIES": "2",
        "POSTGRES_CONNECTION_RETRY_BACKOFF": "0.1",
        "POSTGRES_CONNECTION_RETRY_BACKOFF_MAX": "0.2",
    }
    with postgres(vector=True, durable=True) as server, server.database() as url:
        chosen = storages.postgres_tables(server, url)
        chosen = Storages({**chosen.variables, **patience}, chosen.held)
        # LightRAG never answers again once its database is gone: its process has to be ended.
        with hosts_on(chosen, timeout=8.0) as hosts, closing(opened(hosts, tmp_path / STAYS, STAYS)) as engine:
            engine.insert_custom_kg(msgspec.convert(SHOP, CustomKg))
            before = chosen.held()
            server.kill()
            with pytest.raises(LightRagFailed):
                engine.insert_custom_kg(msgspec.convert(numbered(3), CustomKg))
            with pytest.raises(LightRagFailed):
                asked(engine)
            server.start()
            assert chosen.held() == before
            assert "checkout" in asked(engine)
            engine.verify()
            assert sum(chosen.held().values()) > sum(before.values())


def hosts_on(chosen: Storages, timeout: float = 120.0) -> Hosts:
    """LightRAG's processes, with these storages."""
    kinds = {
        name.removeprefix("LIGHTRAG_").lower(): value
        for name, value in chosen.variables.items() if name.startswith("LIGHTRAG_")
    }  # fmt: skip
    variables = handed_on({**os.environ, **chosen.variables})
    return Hosts(LightRagSettings(python=str(LIGHTRAG), variables=variables, timeout=timeout, **kinds))


def asked(engine: LightRagEngine) -> list[str]:
    """What LightRAG finds for a question, best first."""
    with engine.answering("shop", Mode.LOCAL, EmbeddingSettings()) as answerer:
        return [entity.symbol.name for entity in answerer.ask("who takes the money for a cart: checkout?").entities]

"""Stores are opened by name, imported only then, and a missing package is named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from loomgraph.errors import GraphMissing, MissingExtra, StoreError, UnknownStore
from loomgraph.store import registry
from loomgraph.store.base import Update
from loomgraph.store.registry import Known, open_store
from tests.servers.postgres import Postgres


@pytest.mark.parametrize("name", ["memory", "sqlite"])
def test_opens_by_name(name: str, tmp_path: Path) -> None:
    store = open_store(name, str(tmp_path / "graph.db"), create=True)
    assert store.apply(Update(meta={"a": "b"})) == 1
    store.close()


def test_opens_a_project_of_a_database(postgres_plain: Postgres) -> None:
    with postgres_plain.database() as url:
        store = open_store("postgres", f"{url}#7")
        assert store.apply(Update(meta={"a": "b"})) == 1
        store.close()
        with pytest.raises(StoreError, match="no project"):
            open_store("postgres", url)


def test_a_graph_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GraphMissing):
        open_store("sqlite", str(tmp_path / "graph.db"))


def test_an_unknown_store() -> None:
    with pytest.raises(UnknownStore, match=r"no store nosuch\. Known: memory, postgres, sqlite"):
        open_store("nosuch", "")


def test_a_store_whose_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.STORES, "odd", Known("no_such_package.at_all:open", "pip install it"))
    with pytest.raises(MissingExtra, match="pip install it"):
        open_store("odd", "")


def test_naming_stores_imports_none() -> None:
    code = "import sys, loomgraph.store.registry; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"sqlite3", "psycopg", "loomgraph.store.memory", "loomgraph.store.sqlite"} & set(loaded)

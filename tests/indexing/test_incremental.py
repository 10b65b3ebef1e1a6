"""An update gives exactly the graph that a full build gives, whatever was edited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loomgraph.indexing.build import IndexOptions, update
from loomgraph.parse.registry import Languages
from loomgraph.store.base import Store
from loomgraph.store.memory import MemoryStore
from loomgraph.store.sqlite import SqliteStore
from loomgraph.store.testing import dump

from .dumps import plain
from .projects import LANGUAGES, RESOLVED, Editor, write
from .structure_projects import STRUCTURE

LONG_AGO = 1_600_000_000
ALONE = IndexOptions(jobs=1, embedding="")


def full(root: Path) -> dict[str, Any]:
    store = MemoryStore()
    update(store, root, ALONE)
    return dump(store)


def assert_same(found: dict[str, Any], expected: dict[str, Any], history: list[str]) -> None:
    found, expected = plain(found), plain(expected)
    assert not [problem for problem in found["problems"] if " failed (" in problem.reason]
    for part, value in expected.items():
        assert found[part] == value, (part, history)


def follow(root: Path, store: Store, language: str, seed: int, edits: int) -> None:
    """Edit a project step by step; after each step the updated graph must be that of a full build."""
    editor = Editor(seed)
    write(root, language, editor.project, LONG_AGO)
    update(store, root, ALONE)
    history: list[str] = []
    for step in range(1, edits + 1):
        history.append(editor.edit())
        write(root, language, editor.project, LONG_AGO + step)
        update(store, root, ALONE)
        assert_same(dump(store), full(root), history)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("language", RESOLVED)
def test_updates_equal_full_builds(tmp_path: Path, language: str, seed: int) -> None:
    follow(tmp_path, MemoryStore(), language, seed, 8)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("language", STRUCTURE)
def test_updates_equal_full_builds_by_structure(tmp_path: Path, language: str, seed: int) -> None:
    follow(tmp_path, MemoryStore(), language, seed, 6)


@pytest.mark.parametrize(
    ("language", "seed"),
    [("rust", 1018), ("rust", 1011)],  # modules that import from each other in a circle
)
def test_updates_equal_full_builds_where_they_once_did_not(tmp_path: Path, language: str, seed: int) -> None:
    follow(tmp_path, MemoryStore(), language, seed, 5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_updates_equal_full_builds_in_sqlite(tmp_path: Path, language: str) -> None:
    store = SqliteStore(tmp_path / "graph.db", create=True)
    (tmp_path / "src").mkdir()
    follow(tmp_path / "src", store, language, 100, 6)
    store.close()


@pytest.mark.parametrize("language", STRUCTURE)
def test_what_is_edited_reaches_across_files(tmp_path: Path, language: str) -> None:
    """Without calls or mentions from one file to another, equal graphs would say little."""
    for seed in range(4):
        write(tmp_path / str(seed), language, Editor(seed).project, LONG_AGO)
    store = MemoryStore()
    update(store, tmp_path, ALONE)
    with store.read() as reader:
        kinds = ("CALLS", "REFERENCES")
        far = [e for e in reader.all_edges(kinds) if "::" in e.target and not e.target.startswith(f"{e.file}::")]
    assert len(far) > 5


def test_every_language_is_edited() -> None:
    wanted = {spec.name for spec in Languages.load().specs if not spec.config}
    assert {*LANGUAGES, "tsx"} == wanted

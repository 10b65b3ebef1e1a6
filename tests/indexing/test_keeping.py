"""An index that is interrupted keeps what it has read, shows none of it, and the next one goes on from there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from loomgraph.errors import IndexInterrupted
from loomgraph.indexing import build, keeping
from loomgraph.indexing.build import IndexOptions, update
from loomgraph.parse.extract import Extractor
from loomgraph.store.base import Store
from loomgraph.store.memory import MemoryStore
from loomgraph.store.sqlite import SqliteStore
from loomgraph.store.testing import dump

from .dumps import plain

ALONE = IndexOptions(jobs=1, embedding="")
FILES = 12


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "src"
    folder.mkdir()
    for number in range(FILES):
        text = f"from m{(number + 1) % FILES} import f{(number + 1) % FILES}\n\n\ndef f{number}():\n    f{number}()\n"
        (folder / f"m{number}.py").write_text(text)
    return folder


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "graph.db", create=True)
    yield made
    made.close()


def stop_at(phase: str, done: int) -> Any:
    """Progress that presses Ctrl-C."""

    def progress(at: str, count: int, total: int) -> None:
        if (at, count) == (phase, done):
            raise KeyboardInterrupt

    return progress


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the files that are parsed meanwhile, in this process."""
    parsed: list[str] = []
    extract = Extractor.extract
    with monkeypatch.context() as patch:
        patch.setattr(Extractor, "extract", lambda self, name, *rest: parsed.append(name) or extract(self, name, *rest))
        yield parsed


def unseen(found: dict[str, Any]) -> dict[str, Any]:
    """A dump without the times of files, which prove nothing in files just written."""
    return {**plain(found), "files": [record.path for record in found["files"]]}


def assert_ends_well(store: Store, root: Path, parsed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next index parses ``parsed`` files, and gives the graph of one that was never interrupted."""
    with counting(monkeypatch) as names:
        update(store, root, ALONE)
    assert len(names) == parsed
    whole = MemoryStore()
    update(whole, root, ALONE)
    assert unseen(dump(store)) == unseen(dump(whole))
    with store.read() as reader:
        assert reader.kept() == []


@pytest.mark.parametrize(
    ("phase", "done", "read"), [("read", 1, 1), ("read", 5, 5), ("resolve", 1, FILES), ("resolve", 7, FILES)]
)
def test_a_first_index_goes_on(
    store: Store, root: Path, phase: str, done: int, read: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(IndexInterrupted) as caught:
        update(store, root, ALONE, progress=stop_at(phase, done))
    assert (caught.value.read, caught.value.total) == (read, FILES)
    with store.read() as reader:
        assert reader.generation() == 0
        assert reader.files() == []
        assert list(reader.all_symbols()) == []
        assert len(reader.kept()) == read
    assert_ends_well(store, root, FILES - read, monkeypatch)


def test_an_update_goes_on(store: Store, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    update(store, root, ALONE)
    before = dump(store)
    for number in range(6):
        (root / f"m{number}.py").write_text(f"def g{number}():\n    pass\n")
    (root / "m11.py").unlink()
    with pytest.raises(IndexInterrupted):
        update(store, root, ALONE, progress=stop_at("resolve", 2))
    assert dump(store) == before
    assert_ends_well(store, root, 0, monkeypatch)


def test_files_that_change_meanwhile_are_read_again(store: Store, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IndexInterrupted):
        update(store, root, ALONE, progress=stop_at("resolve", 1))
    (root / "m3.py").write_text("def other():\n    pass\n")
    (root / "m4.py").unlink()
    assert_ends_well(store, root, 1, monkeypatch)


def test_processes_keep_what_they_read(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "PARALLEL_READ", 1)
    monkeypatch.setattr(build, "_READ_TASK", 1)
    store = SqliteStore(tmp_path / "graph.db", create=True)
    with pytest.raises(IndexInterrupted) as caught:
        update(store, root, IndexOptions(jobs=2, embedding=""), progress=stop_at("read", 4))
    assert caught.value.read == 4
    assert_ends_well(store, root, FILES - 4, monkeypatch)
    store.close()


def test_a_rebuild_starts_anew(store: Store, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IndexInterrupted):
        update(store, root, ALONE, progress=stop_at("read", 5))
    rebuild = IndexOptions(jobs=1, embedding="", rebuild=True)
    with pytest.raises(KeyboardInterrupt):
        update(store, root, rebuild, progress=stop_at("read", 7))
    with counting(monkeypatch) as names:
        update(store, root, rebuild)
    assert len(names) == FILES


def test_before_anything_is_read_there_is_nothing_to_keep(store: Store, root: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        update(store, root, ALONE, progress=stop_at("walk", 0))


KILLED = """
import os, sys
from loomgraph.indexing import keeping
from loomgraph.indexing.build import IndexOptions, update
from loomgraph.store.sqlite import SqliteStore

keeping.KEEP_EVERY = 0.0

def progress(phase, done, total):
    if (phase, done) == ("read", 8):
        os._exit(9)

update(SqliteStore(sys.argv[1], create=True), sys.argv[2], IndexOptions(jobs=1, embedding=""), progress=progress)
"""


def test_a_killed_index_has_kept_what_it_read_till_then(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = tmp_path / "graph.db"
    ended = subprocess.run([sys.executable, "-c", KILLED, str(graph), str(root)], env={**os.environ}, check=False)
    assert ended.returncode == 9
    store = SqliteStore(graph)
    assert_ends_well(store, root, FILES - 8, monkeypatch)
    store.close()


def test_what_is_read_quickly_is_not_kept(store: Store, root: Path) -> None:
    keeper = keeping.Keeper(store, ())
    keeper.all_read()
    assert not keeper.keep()

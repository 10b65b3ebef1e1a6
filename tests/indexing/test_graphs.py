"""The same graph whatever made it: one process or two, memory or SQLite, and after a death at any moment."""

from __future__ import annotations

import functools
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from loomgraph.errors import FolderNotFound, NotAFolder, NothingToIndex
from loomgraph.indexing import build
from loomgraph.indexing.build import IndexOptions, IndexResult, update
from loomgraph.indexing.walk import WalkOptions
from loomgraph.model import SymbolFlag
from loomgraph.store.base import Store
from loomgraph.store.memory import MemoryStore
from loomgraph.store.sqlite import SqliteStore
from loomgraph.store.testing import dump

from .dumps import plain, text_of
from .projects import LANGUAGES, Editor, write

GOLDEN = Path(__file__).parents[1] / "golden"
LONG_AGO = 1_600_000_000


def age(root: Path) -> None:
    """Give all files a time that is trusted."""
    for path in root.rglob("*"):
        if path.is_file():
            os.utime(path, (LONG_AGO, LONG_AGO))


def test_the_golden_project(tmp_path: Path) -> None:
    """Run with UPDATE_GOLDEN=1 to accept a changed graph; the difference is for review."""
    root = tmp_path / "shop"
    shutil.copytree(GOLDEN / "shop", root)
    for ignored in ("vendor/x/x.go", "ignored.py"):
        (root / ignored).parent.mkdir(parents=True, exist_ok=True)
        (root / ignored).write_text("package x\n")
    store = MemoryStore()
    result = update(store, root, IndexOptions(jobs=1, embedding=""))
    text = text_of(store)
    expected = GOLDEN / "shop.graph.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
    assert result.skipped["vendored"] == 1
    assert result.skipped["ignored"] == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_processes_and_sqlite_give_the_graph_of_one_and_memory(
    tmp_path: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "src"
    root.mkdir()
    editor = Editor(7)
    for _ in range(6):
        editor.add()
    write(root, language, editor.project, LONG_AGO)
    alone = MemoryStore()
    update(alone, root, IndexOptions(jobs=1, embedding=""))
    monkeypatch.setattr(build, "PARALLEL_READ", 0)
    monkeypatch.setattr(build, "PARALLEL_RESOLVE", 0)
    path = tmp_path / "graph.db"
    store = SqliteStore(path, create=True)
    reopen = functools.partial(SqliteStore, path)
    update(store, root, IndexOptions(jobs=2, embedding=""), reopen=reopen)
    assert plain(dump(store)) == plain(dump(alone))
    editor.change()
    editor.delete()
    write(root, language, editor.project, LONG_AGO + 1)
    update(alone, root, IndexOptions(jobs=1, embedding=""))
    update(store, root, IndexOptions(jobs=2, embedding=""), reopen=reopen)
    assert plain(dump(store)) == plain(dump(alone))
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="kills forks of itself")
def test_an_update_killed_at_any_moment_leaves_before_or_after(tmp_path: Path) -> None:
    root, path = tmp_path / "src", tmp_path / "graph.db"
    root.mkdir()
    editor = Editor(3)
    write(root, "python", editor.project, LONG_AGO)
    with_store(path, root)
    chance = random.Random(5)
    seen: set[str] = set()
    for step in range(1, 13):
        before = graph_at(path)
        for _ in range(3):
            editor.edit()
        write(root, "python", editor.project, LONG_AGO + step)
        expected = MemoryStore()
        update(expected, root, IndexOptions(jobs=1, embedding=""))
        after = plain(dump(expected))
        child = os.fork()
        if not child:
            with_store(path, root)
            os._exit(0)
        time.sleep(chance.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found = graph_at(path)
        assert found in (before, after)
        seen.add("before" if found == before else "after")
        with_store(path, root)
        assert graph_at(path) == after


def with_store(path: Path, root: Path) -> None:
    store = SqliteStore(path, create=True)
    update(store, root, IndexOptions(jobs=1, embedding=""))
    store.close()


def graph_at(path: Path) -> dict[str, object]:
    store = SqliteStore(path)
    store.verify()
    found = plain(dump(store))
    store.close()
    return found


# -- what an update does and says -----------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.py").write_text("def f():\n    pass\n")
    (tmp_path / "p" / "b.py").write_text("from a import f\n\ndef g():\n    f()\n")
    age(tmp_path)
    return tmp_path / "p"


@pytest.fixture
def store() -> Store:
    return MemoryStore()


def index(store: Store, root: Path, **options: object) -> IndexResult:
    return update(store, root, IndexOptions(jobs=1, embedding="", **options))  # type: ignore[arg-type]


def test_nothing_changed_is_nothing_done(store: Store, root: Path) -> None:
    first = index(store, root)
    assert (first.added, first.resolved, first.up_to_date) == (2, 2, False)
    again = index(store, root)
    assert again.up_to_date
    assert again.unchanged == 2
    with store.read() as reader:
        assert reader.generation() == 1


def test_a_touched_file_is_read_but_not_resolved(store: Store, root: Path) -> None:
    index(store, root)
    os.utime(root / "a.py", (LONG_AGO + 5, LONG_AGO + 5))
    again = index(store, root)
    assert again.up_to_date
    with store.read() as reader:
        record = reader.file("a.py")
        assert record is not None
        assert record.mtime_ns == (LONG_AGO + 5) * 10**9


def test_a_moved_file_is_not_parsed_again(store: Store, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index(store, root)
    (root / "b.py").rename(root / "c.py")
    monkeypatch.setattr("loomgraph.parse.extract.Extractor.extract", None)
    again = index(store, root)
    assert (again.added, again.deleted) == (1, 1)
    with store.read() as reader:
        assert [edge.source for edge in reader.edges_to(["a.py::f"], ["CALLS"])] == ["c.py::g"]


def test_a_change_inside_a_body_resolves_one_file(store: Store, root: Path) -> None:
    index(store, root)
    (root / "a.py").write_text("def f():\n    print()\n")
    assert index(store, root).resolved == 1


def test_a_change_others_see_resolves_them(store: Store, root: Path) -> None:
    index(store, root)
    (root / "a.py").write_text("def h():\n    pass\n")
    assert index(store, root).resolved == 2


def test_a_name_nobody_says_resolves_one_file(store: Store, root: Path) -> None:
    index(store, root)
    (root / "a.py").write_text("def f():\n    pass\n\ndef unheard():\n    pass\n")
    assert index(store, root).resolved == 1


def test_a_name_somebody_waited_for_resolves_them(store: Store, root: Path) -> None:
    (root / "c.py").write_text("from b import late\n\nlate()\n")
    (root / "d.py").write_text("import c\n\nc.late()\n")
    index(store, root)
    (root / "a.py").write_text("def f():\n    pass\n\ndef late():\n    pass\n")
    (root / "b.py").write_text("from a import f, late\n\ndef g():\n    f()\n")
    index(store, root)
    with store.read() as reader:
        assert [e.source for e in reader.edges_to(["a.py::late"], ["CALLS"])] == ["c.py", "d.py"]


def test_rebuild_reads_everything(store: Store, root: Path) -> None:
    index(store, root)
    again = index(store, root, rebuild=True)
    assert (again.added, again.resolved) == (2, 2)


def test_new_rules_read_their_files_again(store: Store, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index(store, root)
    monkeypatch.setattr("loomgraph.indexing.versions.rules_version", lambda spec: "new")
    monkeypatch.setattr("loomgraph.indexing.reading.rules_version", lambda spec: "new")
    assert index(store, root).changed == 2


def test_a_new_resolver_resolves_everything_and_reads_nothing(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(store, root)
    monkeypatch.setattr(build, "resolve_version", lambda: "new")
    again = index(store, root)
    assert (again.changed, again.resolved) == (0, 2)
    assert index(store, root).up_to_date


def test_odd_files_are_problems_not_errors(store: Store, root: Path) -> None:
    (root / "syntax.py").write_text("def (:\n")
    (root / "latin.py").write_bytes(b"# caf\xe9\nx = 1\n")
    (root / "nul.py").write_bytes(b"x = 1\n\0\n" + b"y = 2\n" * 400)
    (root / "binary.py").write_bytes(bytes(range(256)) * 64)
    (root / "empty.py").write_bytes(b"")
    (root / "crlf.py").write_bytes(b"\xef\xbb\xbfdef f():\r\n    pass\r\n")
    (root / "deep.py").write_text("x = " + "(" * 3000 + ")" * 3000 + "\n")
    (root / "huge.py").write_text("x = [\n" + "    1,\n" * 700_000 + "]\n")
    result = index(store, root)
    assert {p.file for p in result.problems} >= {"syntax.py", "latin.py", "nul.py"}
    assert result.skipped["binary"] == 1
    with store.read() as reader:
        assert reader.file("binary.py") is None
        assert reader.file("empty.py") is not None
        assert reader.symbols(["crlf.py::f"])


def test_generated_code_defines_but_does_nothing(store: Store, root: Path) -> None:
    (root / "a.py").write_text("# Code generated by protoc. DO NOT EDIT.\ndef f():\n    g()\n\ndef g():\n    pass\n")
    result = index(store, root)
    assert result.skipped["generated"] == 1
    with store.read() as reader:
        assert [edge.source for edge in reader.edges_to(["a.py::f"], ["CALLS"])] == ["b.py::g"]
        assert not reader.edges_from(["a.py::f"], ["CALLS"])
        assert reader.symbols(["a.py::f"])["a.py::f"].flags & SymbolFlag.GENERATED


def test_a_file_that_becomes_binary_leaves_the_graph(store: Store, root: Path) -> None:
    index(store, root)
    (root / "a.py").write_bytes(bytes(range(256)) * 64)
    result = index(store, root)
    assert (result.deleted, result.counts.files) == (1, 1)


def test_progress_is_told(store: Store, root: Path) -> None:
    told: list[tuple[str, int, int]] = []
    update(store, root, IndexOptions(jobs=1, embedding=""), progress=lambda *step: told.append(step))
    assert [phase for phase, _, _ in told] == ["walk", "walk", "read", "read", "resolve", "resolve", "store", "store"]
    assert ("read", 2, 2) in told


def test_bad_folders(store: Store, root: Path) -> None:
    with pytest.raises(FolderNotFound):
        index(store, root / "nowhere")
    with pytest.raises(NotAFolder):
        index(store, root / "a.py")
    (root / "empty").mkdir()
    with pytest.raises(NothingToIndex):
        index(store, root / "empty")
    with pytest.raises(NothingToIndex, match="2 excluded"):
        update(store, root, IndexOptions(WalkOptions(include=("*.go",)), embedding=""))

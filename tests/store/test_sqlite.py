"""The SQLite store keeps the contract, and what is said of its file: crashes, full disks, damage, other formats."""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loomgraph.errors import (
    DiskFull,
    GraphBusy,
    GraphDamaged,
    GraphMissing,
    GraphNewer,
    GraphOlder,
    StoreUnwritable,
)
from loomgraph.store import sqlite_sql
from loomgraph.store.base import FileGraph, Update
from loomgraph.store.sqlite import SqliteStore
from loomgraph.store.testing import MakeStore, StoreContract, dump, edge, graph
from loomgraph.store.testing_copying import CopyContract
from loomgraph.store.testing_inserted import InsertedContract
from loomgraph.store.testing_passages import PassageContract


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def make_store(self, tmp_path: Path) -> MakeStore:
        return lambda name: SqliteStore(tmp_path / f"{name}.db", create=True)


class TestPassagesInSqlite(PassageContract):
    @pytest.fixture
    def make_store(self, tmp_path: Path) -> MakeStore:
        return lambda name: SqliteStore(tmp_path / f"{name}.db", create=True)


class TestCopiesInSqlite(CopyContract):
    @pytest.fixture
    def make_store(self, tmp_path: Path) -> MakeStore:
        return lambda name: SqliteStore(tmp_path / f"{name}.db", create=True)


class TestInsertedInSqlite(InsertedContract):
    @pytest.fixture
    def make_store(self, tmp_path: Path) -> MakeStore:
        return lambda name: SqliteStore(tmp_path / f"{name}.db", create=True)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "graph.db"


@pytest.fixture
def store(place: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(place, create=True)
    yield store
    store.close()


def big(path: str, size: int = 400) -> FileGraph:
    names = [f"function_with_a_long_name_{n}" for n in range(size)]
    calls = [edge(f"{path}::{name}", f"{path}::{names[0]}") for name in names]
    return graph(path, *names, edges=calls, called=names)


# -- crashes ----------------------------------------------------------------------------------------------------

APPLYING = """
import sys
from loomgraph.store.base import Update
from loomgraph.store.sqlite import SqliteStore
from tests_store_big import graphs
store = SqliteStore(sys.argv[1], create=True)
print("ready", flush=True)
def slowly():
    for number, graph in enumerate(graphs()):
        print(number, flush=True)
        yield graph
store.apply(Update(slowly(), delete=["old.py"], meta={"after": "1"}))
print("done", flush=True)
"""
GRAPHS = """
from loomgraph.store.testing import edge, graph
def graphs():
    for number in range(60):
        path = f"new{number}.py"
        names = [f"function_{number}_{n}" for n in range(400)]
        yield graph(path, *names, edges=[edge(f"{path}::{name}", f"{path}::{names[0]}") for name in names])
"""


@pytest.mark.parametrize(
    ("moment", "pause"), [(0, 0.0), (1, 0.01), (30, 0.0), (59, 0.0), (59, 0.04), (59, 0.08), (59, 0.12)]
)
def test_a_kill_at_any_moment_leaves_before_or_after(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int, pause: float
) -> None:
    (tmp_path / "tests_store_big.py").write_text(GRAPHS)
    monkeypatch.syspath_prepend(tmp_path)
    new = importlib.import_module("tests_store_big").graphs
    store = SqliteStore(place, create=True)
    store.apply(Update([big("old.py"), graph("other.py", edges=[edge("other.py", "old.py")])]))
    before = dump(store)
    store.close()
    applying = subprocess.Popen(
        [sys.executable, "-c", APPLYING, str(place)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert applying.stdout is not None
    with applying.stdout as lines:
        while lines.readline().strip() != str(moment):
            pass
        time.sleep(pause)
        applying.send_signal(signal.SIGKILL)
        applying.wait()
    store = SqliteStore(place)
    store.verify()
    found = dump(store)
    if moment < 59 or found == before:
        assert found == before
        store.apply(Update(new(), delete=["old.py"], meta={"after": "1"}))  # and the next update works
        found = dump(store)
    store.close()
    assert (found["meta"], found["counts"]["symbols"], found["counts"]["edges"]) == ({"after": "1"}, 24061, 48000)


def test_a_kill_while_the_file_is_made_leaves_no_graph(place: Path) -> None:
    connection = sqlite3.connect(place)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    with pytest.raises(GraphMissing):
        SqliteStore(place)
    store = SqliteStore(place, create=True)
    assert store.apply(Update([graph("a.py")])) == 1
    store.close()


def test_a_full_disk_leaves_the_graph_before(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.apply(Update([big("a.py")]))
    whole = dump(store)
    opened = store._open_writer

    def cramped() -> sqlite3.Connection:
        connection = opened()
        ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
        connection.execute(f"PRAGMA max_page_count = {pages + 20}")
        return connection

    store._writer.close()  # type: ignore[union-attr]
    store._writer = None
    monkeypatch.setattr(store, "_open_writer", cramped)
    with pytest.raises(DiskFull, match="as it was before"):
        store.apply(Update((big(f"{n}.py") for n in range(50)), delete=["a.py"]))
    assert dump(store) == whole
    store.verify()
    store.apply(Update(meta={"small": "update"}))


# -- other processes ----------------------------------------------------------------------------------------------


def test_a_second_process_waits_for_the_update_of_the_first(place: Path) -> None:
    first, second = SqliteStore(place, create=True), SqliteStore(place, wait=10)
    began = threading.Event()

    def slow() -> Iterator[FileGraph]:
        began.set()
        time.sleep(0.3)
        yield graph("a.py", "f")

    applying = threading.Thread(target=first.apply, args=(Update(slow()),))
    applying.start()
    began.wait()
    assert second.apply(Update([graph("b.py", "g")])) == 2
    applying.join()
    with first.read() as reader:
        assert [file.path for file in reader.files()] == ["a.py", "b.py"]
    first.close()
    second.close()


def test_a_second_process_that_may_not_wait_says_so(place: Path) -> None:
    first, second = SqliteStore(place, create=True), SqliteStore(place, wait=0.05)
    second.apply(Update([graph("b.py", "g")]))

    def nested() -> Iterator[FileGraph]:
        with pytest.raises(GraphBusy, match="Another process"):
            second.apply(Update(delete=["b.py"]))
        with second.read() as reader:
            assert reader.file("b.py")
        yield graph("a.py", "f")

    assert first.apply(Update(nested())) == 2
    first.close()
    second.close()


def test_what_one_process_commits_the_other_sees(place: Path) -> None:
    first, second = SqliteStore(place, create=True), SqliteStore(place)
    first.apply(Update([graph("a.py", "f")]))
    second.apply(Update([graph("b.py", "g")]))
    assert dump(first) == dump(second)
    first.close()
    second.close()


def test_a_file_that_another_process_replaces_is_followed(place: Path) -> None:
    store = SqliteStore(place, create=True)
    store.apply(Update([graph("a.py", "f")]))
    with store.read() as reader:
        for path in (place, Path(f"{place}-wal"), Path(f"{place}-shm")):
            path.unlink(missing_ok=True)
        with pytest.raises(GraphMissing), store.read():
            pass
        other = SqliteStore(place, create=True)
        other.apply(Update([graph("b.py", "g")]))
        assert reader.file("a.py")  # what is being read stays as it is
    with store.read() as reader:
        assert [file.path for file in reader.files()] == ["b.py"]
    store.apply(Update([graph("c.py")]))
    assert dump(other) == dump(store)
    with other.read() as reader:
        assert [file.path for file in reader.files()] == ["b.py", "c.py"]
    store.close()
    other.close()


# -- the file -----------------------------------------------------------------------------------------------------


def test_reading_creates_nothing(place: Path, tmp_path: Path) -> None:
    with pytest.raises(GraphMissing):
        SqliteStore(place)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnwritable):
        SqliteStore(tmp_path / "file" / "graph.db", create=True)


def test_nothing_stays_behind(store: SqliteStore, place: Path) -> None:
    calls = [edge("a.py::f", "external:x.y"), edge("a.py::f", "b.py::never"), edge("b.py::g", "b.py::g", file="a.py")]
    said = graph("a.py", "f", edges=calls, depends=["b.py"], called=["y"], chunks=[], keys=["k"])
    store.apply(Update([said, big("b.py")], facts={said.record.facts_key: b"f"}))
    store.apply(Update([graph("b.py")]))
    store.apply(Update(delete=["a.py", "b.py"]))
    store.close()
    connection = sqlite3.connect(place)
    left = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in sqlite_sql.TABLES}
    connection.close()
    assert {table: count for table, count in left.items() if count} == {"meta": 2, "kinds": 2}  # generation and counts


def test_other_formats_are_named(store: SqliteStore, place: Path) -> None:
    store.close()
    for version, error in ((sqlite_sql.FORMAT + 1, GraphNewer), (sqlite_sql.FORMAT - 1, GraphOlder)):
        connection = sqlite3.connect(place)
        connection.execute(f"PRAGMA user_version = {version}")
        connection.close()
        with pytest.raises(error, match="--rebuild"):
            SqliteStore(place, create=True)


def test_a_file_that_is_no_graph(place: Path) -> None:
    place.write_bytes(b"something else entirely" * 1000)
    for create in (True, False):
        with pytest.raises(GraphDamaged, match="--rebuild"):
            SqliteStore(place, create=create)
    place.unlink()
    connection = sqlite3.connect(place)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(GraphDamaged, match="not a graph of loomgraph"):
        SqliteStore(place, create=True)


def test_damage_is_found_and_named(store: SqliteStore, place: Path) -> None:
    store.apply(Update([big(f"{n}.py") for n in range(10)]))
    store.verify()
    store.close()
    whole = place.read_bytes()
    for damaged in (whole[: len(whole) // 2 // 4096 * 4096], whole[: 4096 * 3] + os.urandom(len(whole) - 4096 * 3)):
        place.write_bytes(damaged)
        for look in (SqliteStore.verify, dump):
            with pytest.raises(GraphDamaged, match="--rebuild"):
                opening(place, look)


def opening(place: Path, look: Callable[[SqliteStore], object]) -> None:
    with contextlib.closing(SqliteStore(place)) as store:
        look(store)


def test_any_damage_is_named_or_harmless(store: SqliteStore, place: Path) -> None:
    """Bytes that change by themselves may go unseen, but never show as an error of another kind."""
    names = [f"f{n}" for n in range(60)]
    calls = [edge(f"a.py::{name}", f"external:x.{name}") for name in names]
    store.apply(Update([graph("a.py", *names, edges=calls, called=names, depends=["b.py"]), big("b.py", 20)]))
    store.close()
    whole = place.read_bytes()
    chance = random.Random(0)
    harmless = 0
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 3, 30))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        place.write_bytes(damaged)
        with contextlib.suppress(GraphDamaged, GraphNewer, GraphOlder):
            opening(place, dump)
            harmless += 1
        for ending in ("-wal", "-shm"):
            Path(f"{place}{ending}").unlink(missing_ok=True)
    assert harmless < 120


def test_a_missing_table_is_damage(store: SqliteStore, place: Path) -> None:
    store.close()
    connection = sqlite3.connect(place)
    connection.execute("DROP TABLE edges")
    connection.close()
    reopened = SqliteStore(place)
    with pytest.raises(GraphDamaged), reopened.read() as reader:
        reader.edges_to(["a.py"])
    reopened.close()


def test_a_folder_that_may_not_be_written_can_be_read(place: Path) -> None:
    store = SqliteStore(place, create=True)
    store.apply(Update([graph("a.py", "f")]))
    store.close()
    os.chmod(place, 0o444)
    os.chmod(place.parent, 0o555)
    try:
        reopened = SqliteStore(place)
        with reopened.read() as reader:
            assert reader.file("a.py")
        reopened.close()
    finally:
        os.chmod(place.parent, 0o755)


def test_the_log_is_folded_back(store: SqliteStore, place: Path) -> None:
    store.apply(Update([big(f"{n}.py") for n in range(60)]))
    assert place.stat().st_size > 4 << 20
    assert Path(f"{place}-wal").stat().st_size == 0


def test_importing_the_store_is_cheap() -> None:
    code = "import sys, loomgraph.store.sqlite, loomgraph.store.questions; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"difflib", "msgspec", "asyncio", "importlib.metadata", "email", "rich", "tree_sitter"} & set(loaded)

"""Vectors: exact for any rows, kept in files that are never trusted over the graph."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from loomgraph.retrieve import hnsw, vector_files, vectors
from loomgraph.retrieve.vector_files import content_keys, open_vectors
from loomgraph.retrieve.vectors import Part, VectorTable, block_of
from loomgraph.store.base import Reader, Update
from loomgraph.store.memory import MemoryStore
from loomgraph.store.testing import record
from loomgraph.store.testing_passages import named, passages, standing, terms

WIDE = 16


def unit_rows(count: int, seed: int) -> bytes:
    rows = np.random.default_rng(seed).normal(size=(count, WIDE))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("<f2").tobytes()


def question(seed: int) -> np.ndarray:
    return np.frombuffer(unit_rows(1, seed + 10_000), "<f2").astype(np.float32)


def compared(reader: Reader, vector: np.ndarray, limit: int) -> list[tuple[str, int]]:
    """The nearest, by comparing all."""
    found = []
    for path, data in reader.vectors():
        for place, row in enumerate(np.frombuffer(data, "<f2").reshape(-1, WIDE).astype(np.float32)):
            found.append((-round(float(row @ vector), 5), path, place))
    return [(path, place) for _, path, place in sorted(found)[:limit]]


def put(store: MemoryStore, files: Sequence[tuple[str, int]], delete: Sequence[str] = ()) -> None:
    """Put files whose vectors and digest follow a number."""
    store.apply(Update(
        [passages(path, *[terms("x")] * 5, vectors=unit_rows(5, number), version=number) for path, number in files],
        delete=delete,
    ))  # fmt: skip


def opened(reader: Reader, folder: Path | None, *, prepare: bool = False) -> VectorTable:
    files = reader.files()
    return open_vectors(reader, folder, files, content_keys(files, "model 1"), WIDE, prepare)


def check(store: MemoryStore, folder: Path | None) -> VectorTable:
    """That what is found is what comparing all finds."""
    with store.read() as reader:
        table = opened(reader, folder)
        for seed in range(5):
            near = standing(named(reader.files(), table.nearest(question(seed), 7)))
            assert near == compared(reader, question(seed), 7)
        assert len(table) == sum(len(data) // (2 * WIDE) for _, data in reader.vectors())
    return table


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    put(store, [(f"f{at:02}.py", at) for at in range(40)])
    return store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


def names(folder: Path) -> list[str]:
    return sorted(path.name.split("-")[0] for path in folder.iterdir())


def test_every_row_is_compared_in_memory_as_from_a_file(store: MemoryStore, folder: Path) -> None:
    assert check(store, None).nbytes > check(store, folder).nbytes
    assert check(store, folder).nbytes < 40 * 5 * WIDE * 2


def test_nothing_is_found_where_nothing_is(folder: Path) -> None:
    for table in (check(MemoryStore(), folder), VectorTable([Part(block_of([], [], [], WIDE))], [])):
        assert len(table.nearest(question(0), 3).files) == 0


def test_of_many_rows_the_bytes_alone_are_kept(
    store: MemoryStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(store, folder)
    (whole,) = folder.glob("base-*.vec")
    before = whole.stat().st_size
    whole.unlink()
    monkeypatch.setattr(vector_files, "_MANY", 100)
    for _ in range(2):  # as it is written, and as it is found
        with store.read() as reader:
            table = opened(reader, folder)
            files, stored = reader.files(), dict(reader.vectors())
        for path, place, cosine in zip(*named(files, table.nearest(question(1), 7)), strict=True):
            row = np.frombuffer(stored[path], "<f2").reshape(-1, WIDE)[place].astype(np.float32)
            assert abs(cosine - float(row @ question(1))) < 0.005
    (small,) = folder.glob("base-*.vec")
    assert before - small.stat().st_size == 40 * 5 * WIDE * 2
    put(store, [("f07.py", 99)])
    with store.read() as reader:
        table = opened(reader, folder)
        asked = np.frombuffer(unit_rows(5, 99), "<f2").reshape(-1, WIDE)[2].astype(np.float32)
        assert standing(named(reader.files(), table.nearest(asked, 1))) == [("f07.py", 2)]
    put(store, [(f"f{at:02}.py", 100 + at) for at in range(30)])
    with store.read() as reader:  # most are others now: all are written anew, from the graph
        assert len(opened(reader, folder)) == 200
    assert [path.stem for path in folder.iterdir()] != [small.stem]


def test_rows_of_zeros_and_equal_rows_stand_by_path_and_place() -> None:
    same = unit_rows(1, 1)
    block = block_of(["a", "b"], [b"1", b"2"], [same * 2 + bytes(2 * WIDE), same], WIDE)
    near = VectorTable([Part(block)], ["a", "b"]).nearest(np.frombuffer(same, "<f2").astype(np.float32), 4)
    assert standing(named([record("a"), record("b")], near)) == [("a", 0), ("a", 1), ("b", 0), ("a", 2)]


def test_an_update_costs_what_it_changes(store: MemoryStore, folder: Path) -> None:
    check(store, folder)
    (base,) = folder.glob("base-*.vec")
    before = base.stat().st_mtime_ns, base.stat().st_ino
    put(store, [("f01.py", 101), ("new.py", 102)], delete=["f02.py"])
    check(store, folder)
    assert (base.stat().st_mtime_ns, base.stat().st_ino) == before
    assert names(folder) == ["base", "delta"]
    (delta,) = folder.glob("delta-*.vec")
    assert delta.stat().st_size < base.stat().st_size / 4
    put(store, [("f01.py", 1), ("f02.py", 2)], delete=["new.py"])
    assert check(store, folder)._live == 200  # what the base had is used again
    put(store, [(f"f{at:02}.py", 200 + at) for at in range(30)])
    check(store, folder)
    assert names(folder) == ["base"]
    assert not base.exists()


def test_random_edits_are_always_found(store: MemoryStore, folder: Path) -> None:
    random = np.random.default_rng(7)
    for step in range(25):
        chosen = sorted({int(at) for at in random.integers(0, 60, size=int(random.integers(1, 5)))})
        put(store, [(f"f{at:02}.py", 1000 * step + at) for at in chosen], delete=[f"f{chosen[-1] + 1:02}.py"])
        check(store, folder)


@pytest.mark.parametrize("harm", ["cut", "empty", "foreign", "older", "folder"])
def test_a_damaged_file_is_made_anew(store: MemoryStore, folder: Path, harm: str) -> None:
    check(store, folder)
    (base,) = folder.glob("base-*.vec")
    data = base.read_bytes()
    base.unlink()
    if harm == "folder":
        folder.rmdir()
    else:
        changed = {"cut": data[:-9], "empty": b"", "foreign": b"x" * len(data), "older": b"LOOMVEC0" + data[8:]}
        base.write_bytes(changed[harm])
    check(store, folder)
    assert names(folder) == ["base"]


def test_vectors_of_another_model_are_not_used(store: MemoryStore, folder: Path) -> None:
    check(store, folder)
    with store.read() as reader:
        files = reader.files()
        one, other = (content_keys(files, described) for described in ("model 1", "model 2"))
    assert not set(one.values()) & set(other.values())


def test_a_folder_that_is_gone_or_closed_is_not_brought_back(store: MemoryStore, tmp_path: Path) -> None:
    check(store, tmp_path / "gone" / "vectors")
    assert not (tmp_path / "gone").exists()
    (tmp_path / "file").write_text("in the way")
    check(store, tmp_path / "file")


def test_what_somebody_left_half_written_goes(store: MemoryStore, folder: Path) -> None:
    folder.mkdir()
    for name, age in (("new-1-1", 7200), ("new-2-2", 0)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (os.stat(folder).st_atime - age, os.stat(folder).st_mtime - age))
    check(store, folder)
    assert names(folder) == ["base", "new"]


def _in_another_process(folder: Path) -> None:
    store = MemoryStore()
    put(store, [(f"f{at:02}.py", at) for at in range(40)])
    check(store, folder)


def test_several_processes_and_threads_write_the_same(store: MemoryStore, folder: Path) -> None:
    workers = [multiprocessing.get_context("spawn").Process(target=_in_another_process, args=(folder,)) for _ in "ab"]
    threads = [threading.Thread(target=check, args=(store, folder)) for _ in range(4)]
    for one in (*workers, *threads):
        one.start()
    for one in (*workers, *threads):
        one.join()
    assert [one.exitcode for one in workers] == [0, 0]
    check(store, folder)
    assert names(folder) == ["base"]


def test_very_many_rows_have_an_index(store: MemoryStore, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("usearch")
    monkeypatch.setattr(hnsw, "FROM", 100)
    check(store, folder)
    assert names(folder) == ["base"]  # a question makes none
    with store.read() as reader:
        prepared = opened(reader, folder, prepare=True)
        assert prepared._parts[0].index is not None
    assert [path.suffix for path in sorted(folder.iterdir())] == [".hnsw", ".vec"]
    put(store, [("f03.py", 303), ("new.py", 5)], delete=["f04.py"])
    assert check(store, folder)._parts[0].index is not None  # what is dead is left out, what is new compared
    for path in folder.glob("*.hnsw"):
        path.write_bytes(b"damaged")
    assert check(store, folder)._parts[0].index is None


def test_without_the_package_every_row_is_compared(
    store: MemoryStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hnsw, "FROM", 100)
    monkeypatch.setattr(hnsw, "installed", lambda: False)
    with store.read() as reader:
        opened(reader, folder, prepare=True)
    assert names(folder) == ["base"]
    check(store, folder)


def test_the_nearest_of_many_are_those_of_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups of rows are compared first, and bytes with bytes where there is what does that; some rows are equal."""
    store = MemoryStore()
    put(store, [(f"f{at:03}.py", at % 90) for at in range(120)])
    monkeypatch.setattr(vectors, "_MANY", 100)
    check(store, folder)
    monkeypatch.setattr(vectors, "_kernels", lambda: None)
    check(store, folder)


def test_bytes_compared_with_bytes_find_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    put(store, [(f"f{at:03}.py", at) for at in range(120)])
    monkeypatch.setattr(vectors, "_MANY", 100)
    monkeypatch.setattr(vector_files, "_MANY", 100)  # the block has the bytes alone
    with store.read() as reader:
        table, files = opened(reader, folder), reader.files()

    def places() -> list[list[tuple[str, int]]]:
        return [standing(named(files, table.nearest(question(seed), 7))) for seed in range(20)]

    fast = places()
    monkeypatch.setattr(vectors, "_kernels", lambda: None)
    assert fast == places()

"""The cache that processes share: what goes in comes out, there is never too much, and no damage is an error."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

from loomgraph import cachefile
from loomgraph.cachefile import CacheFile, key_of


def test_what_is_put_is_there_until_there_is_too_much(tmp_path: Path) -> None:
    cache = CacheFile(tmp_path / "sub" / "c.db", 200_000)
    rows = {key_of("m", str(at)): os.urandom(1000) for at in range(50)}
    cache.put(rows)
    assert CacheFile(tmp_path / "sub" / "c.db", 200_000).get([*rows, key_of("other")]) == rows
    for start in range(1000, 2000, 50):
        cache.put({key_of("m", str(at)): os.urandom(1000) for at in range(start, start + 50)})
    assert sum(path.stat().st_size for path in (tmp_path / "sub").iterdir()) < 300_000
    last = [key_of("m", str(at)) for at in range(1950, 2000)]
    assert len(cache.get(last)) == 50


def test_what_is_used_stays(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    now = [1_000_000.0]
    monkeypatch.setattr(cachefile.time, "time", lambda: now[0])
    cache = CacheFile(tmp_path / "c.db", 200_000)
    cache.put({b"used": b"x" * 1000, b"unused": b"y" * 1000})
    for at in range(10):
        now[0] += 4000
        assert cache.get([b"used"])
        cache.put({bytes([at, each]): os.urandom(1000) for each in range(50)})
    assert cache.get([b"used", b"unused"]) == {b"used": b"x" * 1000}


def test_a_damaged_file_and_a_place_that_cannot_be_written_keep_nothing(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    path.write_bytes(b"no database at all " * 1000)
    cache = CacheFile(path, 100_000)
    assert cache.get([b"k"]) == {}
    cache.put({b"k": b"v"})
    assert cache.get([b"k"]) == {b"k": b"v"}
    (tmp_path / "file").write_text("")
    for nowhere in (CacheFile(tmp_path / "file" / "c.db", 100_000), CacheFile("", 100_000), CacheFile(path, 0)):
        nowhere.put({b"k": b"w"})
        assert nowhere.get([b"k"]) == {}


def test_texts_that_join_alike_have_keys_of_their_own() -> None:
    assert len({key_of("a", "bc"), key_of("ab", "c"), key_of("abc"), key_of("a\udcff", "bc")}) == 4


def _write(path: Path, process: int) -> None:
    cache = CacheFile(path, 10_000_000)
    for at in range(20):
        cache.put({key_of(str(process), str(at)): f"{process} {at}".encode()})


def test_processes_share_it(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(path, process)) for process in range(3)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    wanted = {key_of(str(process), str(at)): f"{process} {at}".encode() for process in range(3) for at in range(20)}
    assert CacheFile(path, 10_000_000).get(list(wanted)) == wanted

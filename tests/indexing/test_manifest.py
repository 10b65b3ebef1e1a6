"""What counts as changed."""

from __future__ import annotations

from loomgraph.indexing.manifest import RACY_NS, UNTRUSTED, compare, digest_of, trusted_time
from loomgraph.indexing.walk import Entry
from loomgraph.store.base import FileRecord


def record(path: str, size: int = 1, mtime: int = 5, rules: str = "r1") -> FileRecord:
    return FileRecord(path, "python", "d", size, mtime, rules)


def test_only_new_and_different_files_are_read() -> None:
    old = {r.path: r for r in (record("same"), record("size", size=2), record("time", mtime=6), record("gone"))}
    old["rules"] = record("rules", rules="r0")
    old["racy"] = record("racy", mtime=UNTRUSTED)
    entries = [Entry(path, 1, 5) for path in ("new", "racy", "rules", "same", "size", "time")]
    changes = compare(entries, old, lambda language: "r1")
    assert [e.path for e in changes.read] == ["new", "racy", "rules", "size", "time"]
    assert changes.deleted == ["gone"]
    assert changes.unchanged == 1


def test_a_time_too_recent_is_not_trusted() -> None:
    now = 100 * RACY_NS
    assert trusted_time(now - RACY_NS - 1, now) == now - RACY_NS - 1
    assert trusted_time(now - RACY_NS, now) == UNTRUSTED
    assert trusted_time(now + RACY_NS, now) == UNTRUSTED


def test_digests_are_of_the_content() -> None:
    assert digest_of(b"a") == digest_of(b"a") != digest_of(b"b")
    assert len(digest_of(b"")) == 32

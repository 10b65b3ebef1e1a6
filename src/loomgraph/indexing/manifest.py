"""What changed since the last index: the files found, against what the graph says it has read.

A file whose size and modification time are as they were is taken as unchanged and not read. A time so recent that
the file could have been written again without changing it is never trusted, as in git: it is kept as
:data:`UNTRUSTED`. This module compares; it reads no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from loomgraph.indexing.walk import Entry
from loomgraph.store.base import FileRecord

UNTRUSTED = -1
"""A recorded modification time that equals no file's."""

RACY_NS = 2_000_000_000
"""How long after its modification time a file may be written again under the same time (FAT keeps 2 s)."""


@dataclass(slots=True)
class Changes:
    """``read``: new files and those that may have changed; ``deleted``: recorded paths that are no more."""

    read: list[Entry] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: int = 0


def compare(entries: Iterable[Entry], records: Mapping[str, FileRecord], rules_of: Callable[[str], str]) -> Changes:
    """What must be read or forgotten. ``rules_of`` gives the present rules version of a language, "" if unknown."""
    changes = Changes()
    found: set[str] = set()
    for entry in entries:
        found.add(entry.path)
        record = records.get(entry.path)
        if (
            record is None
            or record.mtime_ns != entry.mtime_ns
            or record.size != entry.size
            or record.rules != rules_of(record.language)
        ):
            changes.read.append(entry)
        else:
            changes.unchanged += 1
    changes.deleted = sorted(path for path in records if path not in found)
    return changes


def digest_of(data: bytes) -> str:
    """The hash of a file's content."""
    return blake2b(data, digest_size=16).hexdigest()


def trusted_time(mtime_ns: int, now_ns: int) -> int:
    """The modification time to record for a file read at ``now_ns``."""
    return mtime_ns if mtime_ns + RACY_NS < now_ns else UNTRUSTED

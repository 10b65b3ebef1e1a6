"""How fresh a graph is: what it holds, when it was written, and which files have changed since.

This module must not know how an index is brought up to date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from loomgraph.indexing.manifest import compare, digest_of
from loomgraph.indexing.reading import read_bytes
from loomgraph.indexing.versions import rules_versions
from loomgraph.indexing.walk import Walker, WalkOptions
from loomgraph.parse.registry import HEAD_BYTES, Languages
from loomgraph.parse.text import read_text
from loomgraph.service.answers import ProjectInfo
from loomgraph.store.base import FileRecord

LISTED = 20
_READ = 500  # files whose time or size differs that are read to be sure; more are taken as changed


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """``index_status``: a project, and whether its graph still says what its folder says.

    ``checked`` is false when there is no folder to compare with: the graph was imported, pushed, or its folder is gone.
    ``outdated`` are files as they were, which this version would read better. ``files`` are the first few that differ.
    ``without_vectors`` are files that are found by words and names alone as yet.
    """

    project: ProjectInfo
    generation: int
    checked: bool
    fresh: bool
    added: int
    changed: int
    deleted: int
    outdated: int
    files: tuple[str, ...]
    without_vectors: int = 0


class Differences(NamedTuple):
    """Files that are new, changed and gone, and how many an older version has read."""

    added: list[str]
    changed: list[str]
    deleted: list[str]
    outdated: int


def differences(root: str, records: Mapping[str, FileRecord], options: WalkOptions) -> Differences:
    """What ``index`` with these options would find to do."""
    languages = Languages.load()
    walker = Walker(
        root, languages.may_have_language, options, named=lambda name: languages.language_of(name) is not None
    )
    changes = compare(walker.walk().entries, records, rules_versions(languages).__getitem__)
    known = [(entry, records[entry.path]) for entry in changes.read if entry.path in records]
    moved = [entry.path for entry, record in known if (entry.size, entry.mtime_ns) != (record.size, record.mtime_ns)]
    outdated = len(known) - len(moved)
    new = [entry.path for entry in changes.read if entry.path not in records]
    if len(moved) + len(new) <= _READ:
        moved = [path for path in moved if _differs(root, records[path])]
        new = [path for path in new if _readable(root, path, languages)]
    return Differences(new, moved, changes.deleted, outdated)


def _differs(root: str, record: FileRecord) -> bool:
    try:
        data, _ = read_bytes(f"{root}/{record.path}")
    except OSError:
        return True
    return digest_of(data) != record.digest


def _readable(root: str, path: str, languages: Languages) -> bool:
    """Whether a file that the graph does not hold would be taken: one without a language, or a binary one, is not."""
    try:
        data, _ = read_bytes(f"{root}/{path}")
    except OSError:
        return False
    return languages.language_of(path, data[:HEAD_BYTES]) is not None and not (b"\0" in data and read_text(data).binary)

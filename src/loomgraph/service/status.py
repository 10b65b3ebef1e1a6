"""How fresh a graph is: what it holds, when it was written, and which files have changed since.

This module must not know how an index is brought up to date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loomgraph.indexing.manifest import compare, digest_of
from loomgraph.indexing.reading import read_bytes
from loomgraph.indexing.versions import rules_versions
from loomgraph.indexing.walk import Walker, WalkOptions
from loomgraph.parse.registry import HEAD_BYTES, Languages
from loomgraph.parse.text import read_text
from loomgraph.service.answers import ProjectInfo
from loomgraph.store.base import FileRecord

LISTED = 20
_HASHED = 500  # files with a time that proves nothing that are read to be sure; more are taken as changed


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """``index_status``: a project, and whether its graph still says what its folder says.

    ``checked`` is false when there is no folder to compare with: the graph was imported, pushed, or its folder is gone.
    ``files`` are the first few that differ.
    """

    project: ProjectInfo
    generation: int
    checked: bool
    fresh: bool
    added: int
    changed: int
    deleted: int
    files: tuple[str, ...]


def differences(
    root: str, records: Mapping[str, FileRecord], options: WalkOptions
) -> tuple[list[str], list[str], list[str]]:  # fmt: skip
    """Files that are new, changed and gone, as ``index`` with these options would see them."""
    languages = Languages.load()
    walker = Walker(
        root, languages.may_have_language, options, named=lambda name: languages.language_of(name) is not None
    )
    changes = compare(walker.walk().entries, records, rules_versions(languages).__getitem__)
    known = [entry for entry in changes.read if entry.path in records]
    new = [entry.path for entry in changes.read if entry.path not in records]
    sure = known if len(known) > _HASHED else [e for e in known if _differs(root, records[e.path])]
    if len(known) <= _HASHED:
        new = [path for path in new if _readable(root, path, languages)]
    return new, [entry.path for entry in sure], changes.deleted


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

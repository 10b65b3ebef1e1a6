"""From what a user names to what the questions take: spellings of symbols, and changes to look at.

This module must not know how an answer is found or shown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from loomgraph.errors import BadInput
from loomgraph.model import EdgeKind, SymbolKind
from loomgraph.store.base import Reader

if TYPE_CHECKING:
    from loomgraph.service.changes import FileChange

_PLACE = re.compile(r"(?P<path>.+?)(?P<rest>::.*|:\d+(?::\d+)?)?", re.DOTALL)


class Reach(TypedDict, total=False):
    """How far and along what ``callers`` and ``callees`` go."""

    depth: int
    widen: bool
    kinds: Sequence[str]
    limit: int


class Asking:
    """One project's graph with its root, as seen from the folder ``here``.

    For somebody elsewhere there is no ``here``: no path of theirs is looked up on this machine.
    """

    def __init__(self, root: str, reader: Reader, here: Path | None) -> None:
        self.root = root
        self.reader = reader
        self.here = here

    def spelled(self, symbol: str) -> str:
        """A symbol as the graph spells it: a path as seen from ``here`` becomes one from the root."""
        match = _PLACE.fullmatch(symbol)
        if self.here is None or not self.root or match is None or not os.path.isfile(self.here / match["path"]):
            return symbol
        (path,) = paths_within(Path(self.root), self.here, [match["path"]])
        return path + (match["rest"] or "")

    def edge_kinds(self, kinds: Sequence[str]) -> list[str]:
        """Kinds of edges in the graph's own spelling, whatever their case."""
        known = {kind.value.lower(): kind.value for kind in EdgeKind}
        if not all(kind.lower() in known for kind in kinds):  # an imported graph may hold kinds of its own
            known = {kind.lower(): kind for kind, _ in self.reader.counts().edges_by_kind} | known
        return [_known(kind, known, "edge") for kind in kinds]

    def symbol_kinds(self, kinds: Sequence[str]) -> list[str]:
        """Kinds of symbols in the graph's own spelling, whatever their case."""
        known = {kind.value.lower(): kind.value for kind in SymbolKind}
        return [_known(kind, known, "symbol") for kind in kinds]

    def changes(self, targets: Sequence[str], diff: str | None) -> list[FileChange]:
        """What changed: in a diff, since a revision, or the files and folders named."""
        from loomgraph.service import changes as changed  # runs git: only this question needs it

        root = Path(self.root)
        if diff is not None:
            if targets:
                raise BadInput(reason="Give a diff, or a revision, or files: not several of them.")
            return changed.from_diff(diff)
        if not targets:
            return changed.since(self._code(root), "HEAD")
        known = [file.path for file in self.reader.files()]
        named = {target: self._named(target, known) for target in targets}
        missing = [target for target, paths in named.items() if not paths]
        if not missing:
            return [
                changed.FileChange(path) for path in dict.fromkeys(path for paths in named.values() for path in paths)
            ]
        if len(targets) == 1 and changed.is_revision(self._code(root), targets[0]):
            return changed.since(root, targets[0])
        raise BadInput(reason=f"{missing[0]} is neither a file or folder of the project nor a revision that git knows.")

    def _code(self, root: Path) -> Path:
        if not self.root:
            raise BadInput(reason="This project was imported and has no folder: give files or a diff.")
        return root

    def _named(self, name: str, known: Sequence[str]) -> list[str]:
        """The files that a name stands for: itself, or those below it; as seen from ``here``, else from the root."""
        from_here = paths_within(Path(self.root), self.here, [name]) if self.root and self.here else []
        for path in (*from_here, name):
            folder = "" if path == "." else path.rstrip("/") + "/"
            found = [path] if path in known else [other for other in known if other.startswith(folder)]
            if found:
                return found
        return [from_here[0]] if from_here and self.here and os.path.isfile(self.here / name) else []


def _known(kind: str, known: Mapping[str, str], what: str) -> str:
    if kind.lower() not in known:
        raise BadInput(reason=f"There is no kind of {what} called {kind}. Known: {', '.join(sorted(known.values()))}.")
    return known[kind.lower()]


def paths_within(root: Path, cwd: Path, files: Iterable[str]) -> list[str]:
    """Paths as somebody in ``cwd`` names them, relative to ``root`` with ``/``; what lies outside stays as given."""
    where = os.path.realpath(root)
    found = []
    for name in files:
        whole = os.path.join(os.path.realpath(cwd), name)
        inside = os.path.relpath(os.path.normpath(whole), where)
        outside = inside == os.pardir or inside.startswith(os.pardir + os.sep)
        found.append(name if outside else inside.replace(os.sep, "/"))
    return found

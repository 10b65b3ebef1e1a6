"""Projects whose files come over the wire: what a push brings, checked, and the graph of it in one transaction.

Bytes travel, not facts: the rules that read a file stay those of the server, which reads the files again when its rules
change, and need not trust what a client says of them. A push is a manifest first (the server says what it lacks), then
contents in any number of parts, then one commit. This module must not know by which route anything came.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loomgraph.errors import (
    BadInput,
    InvalidRequest,
    LoomGraphError,
    NothingToIndex,
    NotPushable,
    PushIncomplete,
    UnknownProject,
)
from loomgraph.service.building import Building
from loomgraph.service.filling import vectors_follow
from loomgraph.workspaces.pushed import Incoming, Pushed, Tree, hash_of

if TYPE_CHECKING:
    from loomgraph.indexing.build import Progress
    from loomgraph.service.answers import IndexSummary
    from loomgraph.workspaces.catalog import Project

LOCK = "push.lock"
MOST_FILES = 1_000_000  # of a push
_HASH = re.compile(r"[0-9a-f]{32}")
_LONGEST_PATH = 4000
_LONGEST_NAME = 255
_DEEPEST = 200
_LONGEST_ROW = 1 << 16  # bytes of a line beside a file's content
_ESCAPED = 6  # bytes that one of a content may take
_WINDOWS = re.compile(r'[<>:"|?*\\\x01-\x1f]|[. ](/|$)')


@dataclass(frozen=True, slots=True)
class PushPlan:
    """What a push lacks: the hashes of contents that must come before it can be committed."""

    plan: str
    files: int
    lacks: tuple[str, ...]
    bytes: int


@dataclass(frozen=True, slots=True)
class PushReceived:
    """How many contents came with a part, and how many are lacking still."""

    received: int
    lacks: int


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """The files of a folder as a push names them, and what was skipped, counted by reason."""

    root: str
    files: tuple[Pushed, ...]
    skipped: dict[str, int]


def _nothing(*_: object, **__: object) -> None:
    """For callers who want no progress."""


class Pushes:
    """The pushes to the projects of a service."""

    def __init__(self, service: Building) -> None:
        self._service = service

    def plan(self, project: str, body: bytes | Path) -> PushPlan:
        """Begin a push: lines of ``{"path", "hash", "size"}``, the whole of what the project is to hold."""
        self._pushable(project)
        files = _manifest(self._rows(body), self._service.settings.max_file_bytes)
        incoming, here = Incoming(self._service.settings.data_dir, project), self._here(project)
        name = incoming.plan(files.values())
        lacking = {file.hash: file.size for file in files.values() if file.hash not in here and not incoming.has(file)}
        return PushPlan(name, len(files), tuple(sorted(lacking)), sum(lacking.values()))

    def content(self, project: str, plan: str, body: bytes | Path) -> PushReceived:
        """A part of a push: lines of ``{"hash", "text" or "base64"}``. Only what the push lacks is kept."""
        self._pushable(project)
        incoming = Incoming(self._service.settings.data_dir, project)
        wanted = {file.hash: file for file in incoming.files(plan)}
        received = 0
        for number, row in self._rows(body):
            data = _content(number, row)
            digest = row.get("hash")
            file = wanted.get(str(digest))
            if file is None:
                raise InvalidRequest(reason=f"line {number}: the push has no content {str(digest)[:40]!r}")
            if hash_of(data) != digest or len(data) != file.size:
                raise InvalidRequest(reason=f"line {number}: this is not the content of the hash {digest}")
            if not incoming.has(file):
                incoming.put(data)
            received += 1
        here = self._here(project)
        lacks = sum(1 for digest, file in wanted.items() if digest not in here and not incoming.has(file))
        return PushReceived(received, lacks)

    def commit(self, project: str, plan: str, *, progress: Progress = _nothing) -> IndexSummary:
        """Make the project's graph that of the push, in one transaction; raises ``PushIncomplete``."""
        self._pushable(project)
        incoming = Incoming(self._service.settings.data_dir, project)
        files = {file.path: file for file in incoming.files(plan)}
        return self._commit(project, plan, files, incoming, progress)

    def files(
        self, project: str, files: Iterable[Mapping[str, Any]] = (), delete: Sequence[str] = (), *,
        progress: Progress = _nothing,
    ) -> IndexSummary:  # fmt: skip
        """Replace what the named files say, and forget those to be deleted, in one transaction; others stay.

        Files are gone through twice, one at a time: nothing is kept before all are right.
        """
        self._pushable(project)
        incoming = Incoming(self._service.settings.data_dir, project)
        new = _manifest(_described(files), self._service.settings.max_file_bytes)
        whole = {**self._tree_files(project), **new}
        for path in delete:
            if whole.pop(path, None) is None:
                raise InvalidRequest(reason=f"the project holds no file {path!r} to delete")
        _no_conflicts(whole)
        for number, row in enumerate(files, 1):
            incoming.put(_content(number, row, "content"))
        plan = incoming.plan(whole.values())
        return self._commit(project, plan, whole, incoming, progress)

    def local_files(
        self, path: str, *, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> LocalFiles:
        """The files of a folder of the user's that ``index`` would look at, hashed: what a push of it says."""
        from loomgraph.indexing.reading import read_bytes
        from loomgraph.indexing.walk import Walker
        from loomgraph.parse.registry import Languages

        root = self._service.folder(path)
        languages = Languages.load()
        walker = Walker(
            root, languages.may_have_language, self._service.walk_options(include, exclude),
            named=lambda name: languages.language_of(name) is not None,
        )  # fmt: skip
        found = walker.walk()
        files = []
        for entry in found.entries:
            try:
                data, _ = read_bytes(f"{root}/{entry.path}")
            except OSError:  # gone since the walk, or not ours to read
                found.skipped["unreadable"] += 1
                continue
            files.append(Pushed(entry.path, hash_of(data), len(data)))
        if not files:
            kinds = ", ".join(f"{count} {reason}" for reason, count in sorted(found.skipped.items()))
            raise NothingToIndex(path=str(root), reason=f"skipped {kinds}" if kinds else "there are no files")
        return LocalFiles(str(root), tuple(files), dict(sorted(found.skipped.items())))

    # -- steps ------------------------------------------------------------------------------------------------

    def _commit(
        self, project: str, plan: str, files: Mapping[str, Pushed], incoming: Incoming, progress: Progress
    ) -> IndexSummary:
        from loomgraph.indexing.lock import exclusive

        if not files:
            raise BadInput(reason="A push without files would leave an empty graph: delete the project instead.")
        self._check_whole(project, files, incoming)  # before a project is made for it
        new = not self._is_there(project)
        found = self._service.for_insert(project)
        tree = Tree(found.folder)
        with exclusive(found.folder / LOCK, timeout=self._service.settings.lock_wait):
            try:
                self._check_whole(project, files, incoming)  # another push may have taken content away meanwhile
                tree.become(files, incoming)
                summary = self._index_tree(found, tree, new, progress)
                tree.note(files)
            except BaseException:
                if new and not tree.exists:  # what another push has made meanwhile is its own
                    self._take_back(found.name)
                raise
            incoming.done(plan)
        return summary

    def _check_whole(self, project: str, files: Mapping[str, Pushed], incoming: Incoming) -> None:
        """Raise ``PushIncomplete`` when a content is neither here nor has come."""
        here = self._here(project)
        lacking = [file for file in files.values() if file.hash not in here and not incoming.has(file)]
        if lacking:
            raise PushIncomplete(count=len(lacking))

    def _index_tree(self, found: Project, tree: Tree, new: bool, progress: Progress) -> IndexSummary:
        from loomgraph.indexing.build import IndexOptions
        from loomgraph.indexing.walk import WalkOptions

        walk = WalkOptions(max_bytes=self._service.settings.max_file_bytes, chosen=True)
        options = IndexOptions(walk, self._service.settings.jobs, embedding=self._service.settings.embedding)
        with self._service.engines.lease(found.name, create=True) as engine:
            result = engine.update(str(tree.root), options, progress, _nothing)
        notes = vectors_follow(self._service, found.name, progress)
        return self._service.summary(found.name, "", new, result, notes)

    def _rows(self, body: bytes | Path) -> Iterator[tuple[int, dict[str, Any]]]:
        return _rows(body, _LONGEST_ROW + _ESCAPED * self._service.settings.max_file_bytes)

    def _take_back(self, name: str) -> None:
        """Remove a project that its first push could not fill."""
        try:
            self._service.engines.forget(name)
            self._service.catalog.delete(name)
        except LoomGraphError:
            return

    def _is_there(self, project: str) -> bool:
        try:
            self._service.catalog.get(project)
        except UnknownProject:
            return False
        return True

    def _pushable(self, project: str) -> None:
        """Raise unless the caller may push to the project, and it is new or was made by a push."""
        self._service.may_insert(project)
        if not self._is_there(project):
            return
        found = self._service.catalog.get(project)
        if found.root:
            raise NotPushable(name=project, reason="it is indexed from a folder of the server")
        if not Tree(found.folder).exists:
            with self._service.engines.lease(project, create=True) as engine, engine.read() as reader:
                if any(not record.inserted for record in reader.files()):
                    raise NotPushable(name=project, reason="it was imported, or pushed to another machine")

    def _here(self, project: str) -> dict[str, str]:
        return Tree(self._service.catalog.get(project).folder).by_hash() if self._is_there(project) else {}

    def _tree_files(self, project: str) -> dict[str, Pushed]:
        return Tree(self._service.catalog.get(project).folder).files() if self._is_there(project) else {}


# -- what comes over the wire ---------------------------------------------------------------------------------------


def _rows(body: bytes | Path, longest: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a body, one a line, with the numbers of the lines."""
    with io.BytesIO(body) if isinstance(body, bytes) else body.open("rb") as file:
        lines = iter(partial(file.readline, longest + 1), b"")
        for number, line in enumerate(lines, 1):
            if len(line) > longest:
                raise InvalidRequest(reason=f"line {number}: it is longer than {longest:,} bytes")
            if line.strip():
                yield number, _object(number, line)


def _object(number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(reason=f"line {number}: this is no JSON ({error})") from None
    if not isinstance(row, dict):
        raise InvalidRequest(reason=f"line {number}: not an object")
    return row


def _described(files: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """What a manifest would say of files that come whole."""
    paths: set[str] = set()
    for number, row in enumerate(files, 1):
        path = row.get("path")
        if isinstance(path, str) and path in paths:
            raise InvalidRequest(reason=f"file {number}: {path!r} comes twice")
        paths.add(str(path))
        data = _content(number, row, "content")
        yield number, {"path": path, "hash": hash_of(data), "size": len(data)}


def _manifest(rows: Iterator[tuple[int, dict[str, Any]]], largest: int) -> dict[str, Pushed]:
    """The files of a push by path, each checked."""
    files: dict[str, Pushed] = {}
    sizes: dict[str, int] = {}
    for number, row in rows:
        path, digest, size = row.get("path"), row.get("hash"), row.get("size")
        wrong = _wrong_path(path) if isinstance(path, str) else "path is no text"
        if wrong:
            raise InvalidRequest(reason=f"line {number}: {str(path)[:100]!r} is no path of a project: {wrong}")
        if not isinstance(digest, str) or not _HASH.fullmatch(digest):
            raise InvalidRequest(reason=f"line {number}: hash is not 32 hexadecimal digits")
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= largest:
            raise InvalidRequest(reason=f"line {number}: size is not a number from 0 to {largest}")
        if path in files:
            raise InvalidRequest(reason=f"line {number}: {path!r} comes twice")
        if sizes.setdefault(digest, size) != size:
            raise InvalidRequest(reason=f"line {number}: the hash {digest} comes with two sizes")
        if len(files) == MOST_FILES:
            raise InvalidRequest(reason=f"line {number}: a push names at most {MOST_FILES:,} files")
        files[str(path)] = Pushed(str(path), digest, size)
    _no_conflicts(files)
    return files


def _wrong_path(path: str) -> str:
    """What is wrong with a path of a push, "" for nothing: it must name a place below the project's root."""
    try:
        whole = os.fsencode(path)
    except UnicodeEncodeError:
        return "it cannot be written"
    parts = path.split("/")
    if not path or len(whole) > _LONGEST_PATH or len(parts) > _DEEPEST:
        return "it is empty, too long or too deep"
    if "\0" in path or (os.name == "nt" and _WINDOWS.search(path)):
        return "it holds what no path may"
    if any(part in ("", ".", "..") for part in parts):
        return "it has an empty part, or . or .."
    if any(len(os.fsencode(part)) > _LONGEST_NAME for part in parts):
        return "a name in it is too long"
    if any(part.casefold() == ".git" for part in parts):
        return "it lies in .git"
    return "it looks like the id of a symbol" if "::" in path or path.startswith("external:") else ""


def _no_conflicts(files: Mapping[str, Pushed]) -> None:
    """Raise when a path is both a file and a folder."""
    folders = set()
    for path in files:
        above = path.rpartition("/")[0]
        while above and above not in folders:
            folders.add(above)
            above = above.rpartition("/")[0]
    for path in files:
        if path in folders:
            raise InvalidRequest(reason=f"{path[:100]!r} is both a file and a folder")


def _content(number: int, row: Mapping[str, Any], name: str = "text") -> bytes:
    """The bytes of a line: text, or base64 where the bytes are none."""
    text, packed = row.get(name), row.get("base64")
    if isinstance(text, str) and packed is None:
        try:
            return text.encode("utf-8")
        except UnicodeEncodeError:
            raise InvalidRequest(reason=f"line {number}: {name} cannot be encoded as UTF-8") from None
    if isinstance(packed, str) and text is None:
        try:
            return base64.b64decode(packed, validate=True)
        except (binascii.Error, ValueError):
            raise InvalidRequest(reason=f"line {number}: base64 is none") from None
    raise InvalidRequest(reason=f"line {number}: it needs {name} or base64")

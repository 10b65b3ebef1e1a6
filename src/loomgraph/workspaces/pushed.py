"""The files of a project that was pushed: what has arrived, and the folder they are put together in.

What arrives is kept by its hash until a whole push is there, so a push that breaks off goes on where it ended. The
folder is then made to hold the pushed files and nothing else. A file in it carries a modification time made from its
hash: by a look at its size and time it is known what it holds, also after a crash. Paths are checked before they come
here. This module must not know how code is read.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from loomgraph.errors import ConflictingUpdate, DiskFull, StoreUnwritable, UnknownPush
from loomgraph.workspaces import names

SOURCE = "source"
_MANIFEST = "source.jsonl"
_INCOMING = ".incoming"
_PLAN = ".plan"
_STAMP_DIGITS = 15  # 60 bits: a moment before 2007, so that no time of now looks like one
_DAYS_KEPT = 3
_TRIES = 20


class Pushed(NamedTuple):
    """A file of a push."""

    path: str
    hash: str
    size: int


def hash_of(data: bytes) -> str:
    """The hash that names content on the wire: BLAKE2b of 16 bytes, in hexadecimal."""
    return blake2b(data, digest_size=16).hexdigest()


def lines_of(files: Iterable[Pushed]) -> str:
    """A manifest as text, in the order of paths; the same files give the same text."""
    return "".join(json.dumps(list(file)) + "\n" for file in sorted(files))


class Incoming:
    """What has arrived for one project, by hash, and the pushes that wait for the rest."""

    def __init__(self, data_dir: Path, project: str) -> None:
        self._folder = data_dir / _INCOMING / names.check(project)

    def plan(self, files: Iterable[Pushed]) -> str:
        """Note a push; gives its name, the same for the same files."""
        text = lines_of(files)
        name = hash_of(text.encode("ascii"))
        with _writing(self._folder):
            self._sweep()
            self._put(name + _PLAN, text.encode("ascii"))
        return name

    def files(self, plan: str) -> list[Pushed]:
        """The files of a push; raises ``UnknownPush``."""
        if len(plan) != 32 or not plan.isalnum():
            raise UnknownPush(plan=plan[:40])
        try:
            text = (self._folder / (plan + _PLAN)).read_text("ascii")
        except (FileNotFoundError, NotADirectoryError):
            raise UnknownPush(plan=plan) from None
        return [Pushed(*json.loads(line)) for line in text.splitlines()]

    def has(self, file: Pushed) -> bool:
        """Whether the content of a file has arrived."""
        with contextlib.suppress(OSError):
            return os.stat(self._folder / file.hash).st_size == file.size
        return False

    def place(self, digest: str) -> Path:
        return self._folder / digest

    def put(self, data: bytes) -> str:
        """Keep content; gives its hash."""
        digest = hash_of(data)
        with _writing(self._folder):
            self._put(digest, data, _stamp(digest))
        return digest

    def _put(self, name: str, data: bytes, stamp: int = 0) -> None:
        for _ in range(_TRIES):
            draft = self._folder / f".{name}-{os.getpid()}-{os.urandom(4).hex()}"
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                draft.write_bytes(data)
                if stamp:
                    os.utime(draft, ns=(stamp, stamp))
                draft.replace(self._folder / name)
                return
            except FileNotFoundError:  # another push was done and took the empty folder away
                continue
            finally:
                draft.unlink(missing_ok=True)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._folder))

    def done(self, plan: str) -> None:
        """Forget a push and what came for it; what another waits for stays."""
        try:
            wanted = {file.hash for file in self.files(plan)}
        except UnknownPush:  # the same push, committed twice at once
            return
        with contextlib.suppress(OSError, UnknownPush):
            (self._folder / (plan + _PLAN)).unlink(missing_ok=True)
            others = [entry.name.removesuffix(_PLAN) for entry in self._entries() if entry.name.endswith(_PLAN)]
            for other in others:
                wanted -= {file.hash for file in self.files(other)}
            for digest in wanted:
                (self._folder / digest).unlink(missing_ok=True)
            self._folder.rmdir()  # when nothing is left

    def _entries(self) -> list[os.DirEntry[str]]:
        with os.scandir(self._folder) as scan:
            return list(scan)

    def _sweep(self) -> None:
        """Remove pushes that nobody has gone on with for days, and what came for no push."""
        limit = time.time() - _DAYS_KEPT * 86400
        with contextlib.suppress(FileNotFoundError):
            for entry in self._entries():
                with contextlib.suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_ctime < limit:
                        os.unlink(entry.path)


class Tree:
    """The folder of a project's pushed files."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / SOURCE
        self._manifest = folder / _MANIFEST

    @property
    def exists(self) -> bool:
        return self._manifest.exists()

    def files(self) -> dict[str, Pushed]:
        """What the last whole push brought, by path."""
        try:
            text = self._manifest.read_text("ascii")
        except FileNotFoundError:
            return {}
        return {file.path: file for file in (Pushed(*json.loads(line)) for line in text.splitlines())}

    def holds(self, file: Pushed) -> bool:
        """Whether a file is there with this content."""
        with contextlib.suppress(OSError):
            found = os.stat(self.root / file.path, follow_symlinks=False)
            return found.st_size == file.size and found.st_mtime_ns == _stamp(file.hash)
        return False

    def by_hash(self) -> dict[str, str]:
        """Where content lies that is there, by hash."""
        return {file.hash: path for path, file in self.files().items() if self.holds(file)}

    def become(self, files: Mapping[str, Pushed], incoming: Incoming) -> None:
        """Make the folder hold these files and nothing else; each content has arrived or is there already."""
        with _writing(self.root):
            self.root.mkdir(exist_ok=True)
            changed = [file for file in files.values() if not self.holds(file)]
            here = self.by_hash()
            for file in changed:  # before anything moves: content may lie under a path that gets another
                if not incoming.has(file) and file.hash in here:
                    incoming.put((self.root / here[file.hash]).read_bytes())
            self._remove_others(files)
            for file in changed:
                self._write(file, incoming)
        for file in changed:
            if not self.holds(file):
                raise ConflictingUpdate(
                    path=str(self.root), reason=f"{file.path} is another name of a file of the push"
                )

    def note(self, files: Mapping[str, Pushed]) -> None:
        """Say that the folder holds these files, once their graph is written."""
        with _writing(self.root):
            draft = self._manifest.with_name(f".{_MANIFEST}-{os.getpid()}")
            draft.write_text(lines_of(files.values()), "ascii")
            draft.replace(self._manifest)

    def _write(self, file: Pushed, incoming: Incoming) -> None:
        place, content = self.root / file.path, incoming.place(file.hash)
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = self._manifest.with_name(f".{SOURCE}-{os.getpid()}")  # beside the tree: no file of it has this name
        try:
            draft.unlink(missing_ok=True)  # what a killed one left may be another name of content
            try:
                os.link(content, draft)  # the same bytes and time; nobody writes into either
            except OSError:
                shutil.copyfile(content, draft)
                os.utime(draft, ns=(_stamp(file.hash), _stamp(file.hash)))
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)  # a link replaced by itself stays

    def _remove_others(self, files: Mapping[str, Pushed]) -> None:
        """Remove what is no file of these, and folders that are left empty or stand where a file must."""
        for folder, inner, found in os.walk(self.root, topdown=False):
            for name in found:
                place = os.path.join(folder, name)
                if os.path.relpath(place, self.root).replace(os.sep, "/") not in files:
                    os.unlink(place)
            for name in inner:
                with contextlib.suppress(OSError):
                    os.rmdir(os.path.join(folder, name))


def _stamp(digest: str) -> int:
    """The modification time of a file of this content, in nanoseconds."""
    return int(digest[:_STAMP_DIGITS], 16) or 1


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say plainly that a folder could not be written."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(path=str(path), reason=reason) from error
        raise StoreUnwritable(path=str(path), reason=reason) from error

"""An archive: files with a list of what they are and what each must be, so that a damaged one is never taken for whole.

It is a tar file, packed, which any system can look into: ``manifest.json`` first, then the files. It is written whole
or not at all, and read whole before anything is put anywhere. This module must not know what is archived.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from loomgraph.errors import ArchiveDamaged, NoArchive

FORMAT = 1
_MANIFEST = "manifest.json"
_BLOCK = 1 << 20
_UNREADABLE = (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, KeyError, TypeError)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of an archive: how long, with which hash, changed when, in nanoseconds."""

    size: int
    sha256: str
    changed: int


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive says of itself: facts about what it holds, and its files."""

    path: Path
    facts: Mapping[str, Any]
    files: Mapping[str, Entry]


def write(path: Path, folder: Path, facts: Mapping[str, Any]) -> Archive:
    """Pack all files below ``folder``, which nobody changes meanwhile."""
    names = sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())
    files = {name: _entry(folder / name) for name in names}
    listed = {name: [one.size, one.sha256, one.changed] for name, one in files.items()}
    said = json.dumps({"format": FORMAT, "facts": dict(facts), "files": listed}, sort_keys=True).encode()
    part = path.with_name(f"{path.name}.part")
    try:
        with open(part, "xb", opener=_private) as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6, format=tarfile.PAX_FORMAT) as tar:
                _add(tar, _MANIFEST, len(said), io.BytesIO(said))
                for name, one in files.items():
                    with open(folder / name, "rb") as content:
                        _add(tar, name, one.size, content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return Archive(path, facts, files)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _add(tar: tarfile.TarFile, name: str, size: int, content: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o600
    tar.addfile(member, content)


def _entry(path: Path) -> Entry:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    status = path.stat()
    return Entry(status.st_size, digest.hexdigest(), status.st_mtime_ns)


def check(path: Path) -> Archive:
    """What an archive says of itself, once all of it has been read and found to be so."""
    return _read(path, None)


def unpack(path: Path, folder: Path) -> Archive:
    """Put the files of an archive below the new ``folder``; of a damaged one nothing stays."""
    folder.mkdir(mode=0o700, parents=True)
    try:
        return _read(path, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _read(path: Path, folder: Path | None) -> Archive:
    if not path.is_file():
        raise NoArchive(path=path)
    try:
        with tarfile.open(path, "r|gz") as tar:
            members = iter(tar)
            archive = _said(path, tar, members)
            wanted = dict(archive.files)
            for member in members:
                _take(tar, member, wanted, folder)
        _to_the_end(path)
    except _UNREADABLE as error:
        raise ArchiveDamaged(path=path, reason=f"it cannot be read ({str(error) or type(error).__name__})") from None
    if wanted:
        raise ArchiveDamaged(path=path, reason=f"{len(wanted)} of its files are missing, {min(wanted)} among them")
    return archive


def _said(path: Path, tar: tarfile.TarFile, members: Iterator[tarfile.TarInfo]) -> Archive:
    first = next(members, None)
    content = tar.extractfile(first) if first is not None and first.name == _MANIFEST else None
    if content is None:
        raise ValueError("it does not begin with its list")
    said = json.loads(content.read())
    if said["format"] != FORMAT:
        raise ValueError(f"it is of format {said['format']}; this version of loomgraph knows {FORMAT}")
    return Archive(path, said["facts"], {name: Entry(*one) for name, one in said["files"].items()})


def _take(tar: tarfile.TarFile, member: tarfile.TarInfo, wanted: dict[str, Entry], folder: Path | None) -> None:
    """Read a file, see that it is the one that is wanted, and write it."""
    entry = wanted.pop(member.name)
    parts = PurePosixPath(member.name).parts
    content = tar.extractfile(member)
    if content is None or ".." in parts or PurePosixPath(member.name).is_absolute():
        raise ValueError(f"{member.name} is no file")
    digest, size = hashlib.sha256(), 0
    with open(os.devnull, "wb") if folder is None else _created(folder.joinpath(*parts)) as out:
        while block := content.read(_BLOCK):
            digest.update(block)
            size += len(block)
            out.write(block)
    if (size, digest.hexdigest()) != (entry.size, entry.sha256):
        raise ValueError(f"{member.name} is not what was archived")
    if folder is not None:
        os.utime(folder.joinpath(*parts), ns=(entry.changed, entry.changed))


def _created(path: Path) -> IO[bytes]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return open(path, "xb", opener=_private)


def _to_the_end(path: Path) -> None:
    """Read on to where the packed data ends: its own checksum stands there, behind what tar reads."""
    import gzip

    with gzip.open(path, "rb") as packed:
        while packed.read(_BLOCK):
            pass

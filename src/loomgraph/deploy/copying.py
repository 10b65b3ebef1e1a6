"""Copying a folder that a running server writes to, so that the copy is one that the server itself could open.

Databases are copied by SQLite, which sees each at one moment; a folder of plain files is copied again until nothing in
it changed meanwhile. This module must not know what the files hold.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

_MAGIC = b"SQLite format 3\0"
_BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a database while it is open
_LOCKS = ".lock"
_PATIENCE = 30.0
_QUIET = 1.0  # seconds in which nothing may have changed
_TRIES = 15

_Stamps = dict[str, tuple[int, int]]


class NeverQuiet(Exception):
    """The folder was written to whenever it was looked at."""


def copy_live(source: Path, target: Path) -> None:
    """Copy a folder whose changes are all in SQLite's transactions; files that go away meanwhile are left out."""
    for path in files_in(source):
        if path.name.endswith((*_BESIDE, _LOCKS)):
            continue
        copied = target / path.relative_to(source)
        copied.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            if _is_database(path):
                _copy_database(path, copied)
            else:
                shutil.copy2(path, copied)


def copy_quiet(source: Path, target: Path) -> None:
    """Copy a folder of plain files, all of one moment; raises ``NeverQuiet`` where there is no such moment."""
    for _ in range(_TRIES):
        before = _stamps(source)
        recent = max((changed for _, changed in before.values()), default=0)
        if time.time_ns() - recent < _QUIET * 1e9:
            time.sleep(_QUIET)
            continue
        try:
            for name in before:
                (target / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                shutil.copy2(source / name, target / name)
        except FileNotFoundError:
            pass
        else:
            if _stamps(source) == before:
                return
        shutil.rmtree(target, ignore_errors=True)
    raise NeverQuiet(source)


def files_in(folder: Path) -> Iterator[Path]:
    """All files below it, none by way of a link."""
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(where, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _stamps(folder: Path) -> _Stamps:
    found: _Stamps = {}
    for path in files_in(folder):
        with contextlib.suppress(FileNotFoundError):
            status = path.stat()
            found[path.relative_to(folder).as_posix()] = (status.st_size, status.st_mtime_ns)
    return found


def _is_database(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _copy_database(source: Path, target: Path) -> None:
    address = f"file:{quote(str(source))}?mode=rw"
    with (
        contextlib.closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE)) as original,
        contextlib.closing(sqlite3.connect(target)) as copied,
    ):
        original.backup(copied)
        copied.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it

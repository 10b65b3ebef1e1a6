"""What a process says, kept in a file that never grows beyond a size: it is put aside, and a fresh one begun.

The process does it itself, so that nothing gets lost and nothing else need run: standard output and standard error
are turned to the fresh file. Several processes may share a file. This module is read by other interpreters than
ours, too: it imports nothing but the standard library, and must not know what is written.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

_LOOK = 2.0  # seconds between two looks at the size
_STREAMS = (1, 2)


class Rolling:
    """The log of this process in ``path``, of ``most`` bytes or a little more, with ``backups`` earlier ones."""

    def __init__(self, path: Path, most: int, backups: int) -> None:
        self._path = path
        self._most = most
        self._backups = max(1, backups)
        self._end = threading.Event()

    def begin(self) -> None:
        """Write there from now on, and look at the size now and then until the process ends."""
        self.look()
        threading.Thread(target=self._watch, name="log", daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._end.set()

    def _watch(self) -> None:
        while not self._end.wait(_LOOK):
            with contextlib.suppress(OSError):  # the disk may be full, and then there is nothing to put aside
                self.look()

    def look(self) -> None:
        """Put the file aside if it is too long, and be sure that this process writes to the one of now."""
        if _size(self._path) > self._most:
            with _alone(self._path):
                if _size(self._path) > self._most:  # another process has not done it meanwhile
                    shift(self._path, self._backups)
        if not _writes_to(self._path):
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                for stream in _STREAMS:
                    os.dup2(handle, stream)
            finally:
                os.close(handle)


def shift(path: Path, backups: int) -> None:
    """``path`` becomes ``path.1``, that one ``path.2``, and so on; the last one goes."""
    for number in range(backups - 1, 0, -1):
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{path}.{number}", f"{path}.{number + 1}")
    with contextlib.suppress(FileNotFoundError):
        os.replace(path, f"{path}.1")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _writes_to(path: Path) -> bool:
    try:
        there = path.stat()
    except OSError:
        return False
    return all(os.path.samestat(there, os.fstat(stream)) for stream in _STREAMS)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """No other process puts this file aside meanwhile."""
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

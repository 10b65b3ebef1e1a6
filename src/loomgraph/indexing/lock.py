"""One indexing process a project: a lock that the operating system takes back when its holder dies.

Knows files and processes, not what is being protected.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from loomgraph.errors import GraphBusy, GraphMissing, StoreUnwritable

if sys.platform == "win32":  # pragma: no cover - exercised on Windows only
    import msvcrt

    _LOCKED_BYTE = 1 << 20  # far behind the process id, which others must be able to read

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


_FIRST_PAUSE = 0.002  # most holders are done soon; the pause doubles up to the caller's


@contextmanager
def exclusive(
    path: Path, *, timeout: float = 60.0, waiting: Callable[[str], None] | None = None, pause: float = 0.05
) -> Iterator[None]:
    """Hold the lock file ``path``; raises ``GraphBusy`` when another process keeps it for ``timeout`` seconds.

    ``waiting`` is called once, with the holder's process id, when there is something to wait for. The file stays:
    removing it would let two processes lock two files of one name. Its folder is never made: whoever waited while
    the folder was moved or deleted gets ``GraphMissing``, and must not bring it back.
    """
    descriptor = _open(path)
    try:
        deadline = time.monotonic() + timeout
        told = False
        rest = min(_FIRST_PAUSE, pause)
        while True:
            while not _try_lock(descriptor):
                if waiting is not None and not told:
                    waiting(_holder(descriptor))
                    told = True
                if time.monotonic() >= deadline:
                    raise GraphBusy(path=str(path.parent))
                time.sleep(rest)
                rest = min(rest * 2, pause)
            if _is_at(descriptor, path):
                break
            stale, descriptor = descriptor, _open(path)  # the folder made way for another of this name meanwhile
            os.close(stale)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.truncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)  # and with it the lock


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
    except (FileNotFoundError, NotADirectoryError):
        raise GraphMissing(path=str(path.parent)) from None
    except OSError as error:
        raise StoreUnwritable(path=str(path.parent), reason=error.strerror or str(error)) from error


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether the file that is open is (still) the one at ``path``."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _holder(descriptor: int) -> str:
    """The process id that the holder wrote, or "" when it has not yet."""
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        return os.read(descriptor, 20).decode("ascii", "replace").strip()
    except OSError:
        return ""

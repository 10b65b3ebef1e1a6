"""Files that users name: read whole or line by line, written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from loomgraph.errors import BadInput, DiskFull, StoreUnwritable


def read_text(path: Path) -> str:
    """A text file; UTF-8 with or without a byte order mark, bytes that are none kept as surrogates."""
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise BadInput(reason=f"{path} cannot be read: {error.strerror or error}.") from error
    return data.decode("utf-8-sig", "surrogateescape")


def lines(path: Path) -> Iterator[str]:
    """The lines of a text file as they come, without their ends; decoded as :func:`read_text` does."""
    try:
        with contextlib.ExitStack() as stack:
            file = sys.stdin.buffer if str(path) == "-" else stack.enter_context(open(path, "rb"))
            for number, data in enumerate(file):
                text = data.decode("utf-8", "surrogateescape")
                yield (text.removeprefix("\ufeff") if number == 0 else text).rstrip("\r\n")
    except OSError as error:
        raise BadInput(reason=f"{path} cannot be read: {error.strerror or error}.") from error


def write_lines(path: Path, lines: Iterable[str]) -> tuple[int, int]:
    """Write ``lines`` to ``path`` under another name and rename it at the end; gives lines and bytes."""
    count = size = 0
    temporary = ""
    try:
        with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            for line in lines:
                data = line.encode("utf-8", "backslashreplace")
                file.write(data)
                count += data.count(b"\n")
                size += len(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(path))
        os.replace(temporary, path)
        temporary = ""
    except OSError as error:
        kind = DiskFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else StoreUnwritable
        raise kind(path=str(path), reason=error.strerror or str(error)) from error
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
    return count, size


def _mode(path: Path) -> int:
    """The permissions of the file to replace, or those that a new file gets here."""
    try:
        return path.stat().st_mode & 0o7777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask

"""Large bodies: in memory while small, then in a file beside the data; unpacked on the way, never above the limit.

This module must not know what a body says.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import tempfile
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from starlette.requests import Request

from loomgraph.errors import BodyTooLarge, DiskFull, InvalidRequest, StoreUnwritable

INLINE = 256 * 1024  # decoding and storing more takes so long that others would notice: it goes to a process of its own
_MEMORY = 1024 * 1024
_FOLDER = ".spool"


@contextlib.asynccontextmanager
async def spooled(request: Request, data_dir: Path, most: int, *, unpack: bool = True) -> AsyncIterator[bytes | Path]:
    """The whole body: bytes when it is small enough to be worked on inline, else a file that goes with the context."""
    body = _Spool(data_dir / _FOLDER, most, _encoding(request) if unpack else "")
    try:
        async for piece in request.stream():
            if piece:
                await body.add(piece)
        yield await body.whole()
    finally:
        body.remove()


def _encoding(request: Request) -> str:
    said = request.headers.get("content-encoding", "").strip().lower()
    if said not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise InvalidRequest(reason=f"the content encoding {said[:40]!r} is not known: use gzip or none")
    return "" if said == "identity" else said


class _Spool:
    """Collects a body."""

    def __init__(self, folder: Path, most: int, encoding: str) -> None:
        self._folder = folder
        self._most = most
        self._unpack = zlib.decompressobj(zlib.MAX_WBITS | 32) if encoding else None
        self._pieces: list[bytes] = []
        self._size = 0
        self._file: BinaryIO | None = None
        self._path: Path | None = None

    async def add(self, piece: bytes) -> None:
        if self._unpack is None:
            await self._keep(piece)
            return
        while piece:
            try:
                found = self._unpack.decompress(piece, _MEMORY)
            except zlib.error as error:
                raise InvalidRequest(reason=f"the body is not packed as it says ({error})") from None
            await self._keep(found)
            piece = self._unpack.unconsumed_tail
            if self._unpack.eof:
                return

    async def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._most:
            raise BodyTooLarge(limit=self._most)
        self._pieces.append(piece)
        if self._size > _MEMORY if self._file is None else len(self._pieces) > 15:
            await asyncio.to_thread(self._write)

    def _write(self) -> None:
        try:
            if self._file is None:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                handle, name = tempfile.mkstemp(dir=self._folder)
                self._path, self._file = Path(name), os.fdopen(handle, "wb")
            self._file.write(b"".join(self._pieces))
            self._file.flush()
        except OSError as error:
            kind = DiskFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else StoreUnwritable
            raise kind(path=str(self._folder), reason=error.strerror or str(error)) from error
        self._pieces.clear()

    async def whole(self) -> bytes | Path:
        if self._unpack is not None and not self._unpack.eof:
            raise InvalidRequest(reason="the packed body is cut short")
        if self._size <= INLINE:
            return b"".join(self._pieces)
        await asyncio.to_thread(self._write)
        assert self._file is not None
        assert self._path is not None
        self._file.close()
        return self._path

    def remove(self) -> None:
        self._pieces.clear()
        if self._file is not None:
            with contextlib.suppress(OSError):  # what could not be written is written no better now
                self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def sweep(data_dir: Path, seconds: float, now: float) -> None:
    """Remove bodies that a killed server left behind: those older than any request takes."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(data_dir / _FOLDER):
            with contextlib.suppress(OSError):
                if now - entry.stat().st_mtime > seconds:
                    os.unlink(entry.path)

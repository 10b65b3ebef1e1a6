"""A push as calls: the manifest, then what the server lacks in parts of a bounded size.

Files come from whoever calls: their paths, hashes and sizes, and a way to read one. This module does no input or
output of its own.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

import msgspec

from loomgraph.client import answers, calls
from loomgraph.client.calls import Call

_PART = 8_000_000  # bytes of content in one request
_LEVEL = 3  # of compression: more costs time that a fast network does not give back


class File(Protocol):
    """A file to push: BLAKE2b of 16 bytes in hexadecimal names its content."""

    @property
    def path(self) -> str: ...

    @property
    def hash(self) -> str: ...

    @property
    def size(self) -> int: ...


class ProgressCallback(Protocol):
    """Told how many bytes of content have been packed."""

    def __call__(self, phase: str, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Files:
    """What is pushed: the files, and how to read one by its path."""

    files: Sequence[File]
    read: Callable[[str], bytes]


class Push:
    """One push."""

    def __init__(self, files: Files, progress: ProgressCallback | None = None) -> None:
        self._files = files
        self._progress = progress

    def plan(self) -> Call[answers.PushPlan]:
        """The manifest. Sent again when it must be: the same files are the same push."""
        lines = b"".join(_line({"path": file.path, "hash": file.hash, "size": file.size}) for file in self._files.files)
        return calls.push_plan(gzip.compress(lines, _LEVEL, mtime=0))

    def contents(self, plan: answers.PushPlan) -> Iterator[Call[answers.PushReceived]]:
        """What the server lacks, part by part, read only now. Sent again when it must be: content is kept by hash."""
        wanted = set(plan.lacks)
        total, done = sum(file.size for file in self._files.files if file.hash in wanted), 0
        part: list[bytes] = []
        size = 0
        for file in self._files.files:
            if file.hash not in wanted:
                continue
            try:
                data = self._files.read(file.path)
            except OSError:
                continue
            if blake2b(data, digest_size=16).hexdigest() != file.hash:
                continue  # changed since it was hashed: the server will say that the push is incomplete
            wanted.discard(file.hash)
            part.append(_line({"hash": file.hash, **_content(data)}))
            size += len(data)
            done += len(data)
            if size >= _PART:
                yield self._sent(plan.plan, part, done, total)
                part, size = [], 0
        if part:
            yield self._sent(plan.plan, part, done, total)

    def _sent(self, plan: str, part: list[bytes], done: int, total: int) -> Call[answers.PushReceived]:
        if self._progress is not None:
            self._progress("send", done, total)
        return calls.push_content(plan, gzip.compress(b"".join(part), _LEVEL, mtime=0))


def _content(data: bytes) -> dict[str, str]:
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def _line(row: dict[str, object]) -> bytes:
    """A line of JSON; a path of bytes that are no UTF-8 is escaped, which only the slower writer does."""
    try:
        return msgspec.json.encode(row) + b"\n"
    except UnicodeEncodeError:
        import json

        return json.dumps(row).encode("ascii") + b"\n"

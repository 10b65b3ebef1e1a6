"""Vectors of an index that is not done yet: kept in a file beside the graph, so that none is asked for twice.

An index that a server, a person or the system breaks off leaves the graph as it was; what it was given until then lies
here for the next one, which throws the file away when it is done. A record is the hash of a text and its vector; one
that was cut off in the middle does not count. This module must not know what the texts are.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable
from pathlib import Path

NAME = "vectors.part"
_KEY = 16


class Pending:
    """The vectors of one model, as rows of bytes by text. Without a path nothing is kept."""

    def __init__(self, path: Path | None, model: str, dimension: int) -> None:
        self._path = path
        self._row = 2 * dimension
        self._head = f"{model} {dimension}\n".encode()
        self._places: dict[bytes, int] = {}
        self._size = 0
        if path is not None and path.exists():
            self._look(path)

    def _look(self, path: Path) -> None:
        """Where each vector of the file lies; a file of another model is as good as none."""
        with open(path, "rb") as file:
            if file.readline(200) != self._head:
                return
            at, record = len(self._head), _KEY + self._row
            while len(data := file.read(record)) == record:
                self._places[data[:_KEY]] = at + _KEY
                at += record
            self._size = at

    def get(self, texts: Iterable[str]) -> dict[str, bytes]:
        """The vectors there are of ``texts``."""
        wanted = {text: self._places[key] for text in texts if (key := _key(text)) in self._places}
        if not wanted or self._path is None:
            return {}
        found = {}
        with open(self._path, "rb") as file:
            for text, place in wanted.items():
                file.seek(place)
                found[text] = file.read(self._row)
        return found

    def add(self, rows: dict[str, bytes]) -> None:
        """Keep more; a disk that is full keeps nothing, which is no reason to stop."""
        if self._path is None or not rows:
            return
        with contextlib.suppress(OSError), open(self._path, "r+b" if self._size else "wb") as file:
            if not self._size:
                file.write(self._head)
            at = self._size or len(self._head)
            file.seek(at)
            file.truncate()
            file.write(b"".join(_key(text) + row for text, row in rows.items()))
            self._size = at + len(rows) * (_KEY + self._row)

    def done(self) -> None:
        """The index is done: nothing is pending."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY).digest()

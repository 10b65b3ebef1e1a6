"""Words → what they are searched by: SQLite's own stemming (FTS5, Porter's), for stores that index words themselves.

Every store finds the same words because one stemmer cuts them all. Must not know what is searched.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from hashlib import blake2b

_MOST = 200_000  # words remembered


class Stems:
    """Remembers the stems of words as 64-bit numbers; any thread may ask."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._connection.execute("CREATE VIRTUAL TABLE word USING fts5(it, content='', tokenize='porter ascii')")
        self._connection.execute("CREATE VIRTUAL TABLE stem USING fts5vocab(word, 'instance')")
        self._known: dict[str, tuple[int, ...]] = {}

    def of(self, words: Iterable[str]) -> dict[str, tuple[int, ...]]:
        """The stems of each of ``words``: one, or none or several where it holds no letters or more than letters."""
        wanted = set(words)
        with self._guard:
            new = [word for word in wanted if word not in self._known]
            if new:
                if len(self._known) > _MOST:
                    self._known.clear()
                    new = list(wanted)
                self._learn(new)
            return {word: self._known[word] for word in wanted}

    def _learn(self, words: list[str]) -> None:
        run = self._connection.execute
        self._connection.executemany("INSERT INTO word (rowid, it) VALUES (?, ?)", enumerate(words))
        found: dict[int, list[int]] = {}
        for at, stem in run("SELECT doc, term FROM stem ORDER BY doc, offset"):
            found.setdefault(at, []).append(_number(stem))
        run("INSERT INTO word (word) VALUES ('delete-all')")
        self._known.update((word, tuple(found.get(at, ()))) for at, word in enumerate(words))

    def __del__(self) -> None:
        self._connection.close()


def _number(stem: str) -> int:
    return int.from_bytes(blake2b(stem.encode(), digest_size=8).digest(), "little", signed=True)

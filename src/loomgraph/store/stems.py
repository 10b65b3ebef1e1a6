"""Words → what they are searched by: SQLite's own stemming (FTS5, Porter's), for stores that index words themselves.

Every store finds the same words because one stemmer cuts them all. Must not know what is searched.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import blake2b

_MOST = 50_000  # words remembered
_PLAIN = re.compile("[^\\x00-/:-@\\[-`{-\\x7f]+")  # of what FTS5 takes for one word


@cache
def shared_stems() -> Stems:
    """Those that this process remembers."""
    return Stems()


class Stems:
    """The stems of words as 64-bit numbers; any thread may ask."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._connection.execute("CREATE VIRTUAL TABLE word USING fts5(it, content='', tokenize='porter ascii')")
        self._connection.execute("CREATE VIRTUAL TABLE stem USING fts5vocab(word, 'instance')")
        self._known: dict[str, tuple[int, ...]] = {}

    def of(self, words: Iterable[str]) -> dict[str, tuple[int, ...]]:
        """The stems of each of ``words``: one, or none or several where it holds no letters or more than letters.
        They are remembered."""
        wanted = set(words)
        with self._guard:
            new = [word for word in wanted if word not in self._known]
            if new:
                if len(self._known) > _MOST:
                    self._known.clear()
                    new = list(wanted)
                self._known.update(zip(new, self._learned(new), strict=True))
            return {word: self._known[word] for word in wanted}

    def of_all(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        """The stems of distinct words, one after another, none of which is remembered."""
        with self._guard:
            return self._learned(words)

    def _learned(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        """Plain words are one stem each and cut as one text: a row for each takes six times as long."""
        plain = [at for at, word in enumerate(words) if _PLAIN.fullmatch(word)]
        odd = sorted(set(range(len(words))).difference(plain)) if len(plain) < len(words) else []
        rows = [" ".join([words[at] for at in plain]), *(words[at] for at in odd)]
        run = self._connection.execute
        self._connection.executemany("INSERT INTO word (rowid, it) VALUES (?, ?)", enumerate(rows))
        stems: list[tuple[int, ...]] = [()] * len(words)
        several: list[tuple[int, int, int]] = []
        for row, place, stem in run("SELECT doc, offset, term FROM stem"):
            if row:
                several.append((row, place, _number(stem)))
            else:
                stems[plain[place]] = (_number(stem),)
        for row, _, number in sorted(several):
            stems[odd[row - 1]] += (number,)
        run("INSERT INTO word (word) VALUES ('delete-all')")
        return stems

    def __del__(self) -> None:
        self._connection.close()


def stems_of(terms: Sequence[str]) -> list[int | None]:
    """The stem of each term; none where it is no single word: what is indexed are words."""
    bare = [term.replace('"', "") for term in terms]
    known = shared_stems().of(bare)
    return [known[term][0] if len(known[term]) == 1 else None for term in bare]


def stems_in(terms: Sequence[str]) -> list[int]:
    """The stems that are searched for: one for each term of a question that is a word, in their order."""
    distinct = dict.fromkeys(filter(None, (term.replace('"', "") for term in terms)))
    return [stem for stem in stems_of(list(distinct)) if stem is not None]


def _number(stem: str) -> int:
    return int.from_bytes(blake2b(stem.encode(), digest_size=8).digest(), "little", signed=True)

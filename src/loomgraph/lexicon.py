"""Lexicon: text → the terms by which it is found, the same for passages and for questions.

Identifiers are split by case, digits and underscores and kept whole too; Chinese, Japanese and Korean become
bigrams; everything is lower case. Stemming is the lexical index's own business. Standard library only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]+|[^\W{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\WA-Za-z\d_]+")
_LONGEST = 64  # letters: what is longer is data, not a word
VERSION = 1  # of the rules in this module: kept with an index, another one is built anew


class Lexicon:
    """Splits words, remembering how. Grows with the words it has seen: keep one per task, not per process."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, ...]] = {}
        self._parts: dict[str, tuple[str, ...]] = {}

    def terms_of(self, word: str) -> tuple[str, ...]:
        """The terms of one word: its parts, then the whole when there are several."""
        found = self._known.get(word)
        if found is None:
            parts = self.parts_of(word)
            several = len(parts) > 1 and not _IS_CJK.match(word)
            found = self._known[word] = (*parts, word.replace("_", "").lower()) if several else parts
        return found

    def parts_of(self, word: str) -> tuple[str, ...]:
        """The parts of one word."""
        found = self._parts.get(word)
        if found is None:
            found = self._parts[word] = tuple(_split(word))
        return found

    def counts(self, text: str) -> dict[str, int]:
        """Each term of ``text`` with how often it stands there."""
        return _count(text, self._known, self.terms_of)

    def part_counts(self, text: str) -> dict[str, int]:
        """As ``counts``, of the parts alone."""
        return _count(text, self._parts, self.parts_of)

    def terms(self, text: str) -> list[str]:
        """The distinct terms of ``text`` in the order of their first standing."""
        found: dict[str, None] = {}
        for word in _WORD.findall(text):
            for term in self.terms_of(word):
                found.setdefault(term)
        return list(found)


def _count(text: str, known: dict[str, tuple[str, ...]], split: Callable[[str], tuple[str, ...]]) -> dict[str, int]:
    """How often each part of the words of ``text`` stands there; ``known`` spares most calls of ``split``."""
    found: dict[str, int] = {}
    for word, count in Counter(_WORD.findall(text)).items():
        for term in known[word] if word in known else split(word):
            if term in found:
                found[term] += count
            else:
                found[term] = count
    return found


def _split(word: str) -> Iterable[str]:
    if len(word) > _LONGEST:
        return
    if _IS_CJK.match(word):
        if len(word) == 1:
            yield word
        for at in range(len(word) - 1):
            yield word[at : at + 2]
        return
    for part in _PART.findall(word):
        yield part.lower()


def document(counts: dict[str, int], most: int = 3) -> str:
    """Terms as a text for a lexical index: each as often as it counts, up to ``most`` (more says nothing new)."""
    return " ".join([term if count == 1 else " ".join([term] * min(count, most)) for term, count in counts.items()])

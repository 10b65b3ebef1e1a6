"""Lexicon: text → the terms by which it is found, the same for passages and for questions.

Identifiers are split by case, digits and underscores and kept whole too; Chinese, Japanese and Korean become
bigrams; everything is lower case. Stemming is the lexical index's own business. Standard library only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import chain

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"[{CJK}]+|[^\W{CJK}]+")
_IS_CJK = re.compile(rf"[{CJK}]")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\WA-Za-z\d_]+")
# of every letter: itself where it stands in words, else a space
ASCII_WORDS = "".join(char if char.isalnum() or char == "_" else " " for char in map(chr, range(128)))
_LONGEST = 64  # letters: what is longer is data, not a word
VERSION = 1  # of the rules in this module: kept with an index, another one is built anew


class _Remembered(dict[str, tuple[str, ...]]):
    """Word → what ``split`` makes of it, asked once a word. Looking up a known word runs no Python."""

    def __init__(self, split: Callable[[str], Iterable[str]]) -> None:
        super().__init__()
        self._split = split

    def __missing__(self, word: str) -> tuple[str, ...]:
        found = self[word] = tuple(self._split(word))
        return found


class Lexicon:
    """Splits words, remembering how. Grows with the words it has seen: keep one per task, not per process."""

    def __init__(self) -> None:
        self._parts = _Remembered(_split)
        self._terms = _Remembered(partial(_with_whole, self._parts))  # which knows no lexicon: no cycle keeps them

    def terms_of(self, word: str) -> tuple[str, ...]:
        """The terms of one word: its parts, then the whole when there are several."""
        return self._terms[word]

    def parts_of(self, word: str) -> tuple[str, ...]:
        """The parts of one word."""
        return self._parts[word]

    def counts(self, text: str) -> Counter[str]:
        """Each term of ``text`` with how often it stands there, in the order of their first standing."""
        return self.count_terms(words_of(text))

    def part_counts(self, text: str) -> Counter[str]:
        """As ``counts``, of the parts alone."""
        return self.count_parts(words_of(text))

    def count_terms(self, words: Iterable[str]) -> Counter[str]:
        """As ``counts``, of a text that is split already."""
        return Counter(chain.from_iterable(map(self._terms.__getitem__, words)))

    def count_parts(self, words: Iterable[str]) -> Counter[str]:
        """As ``part_counts``, of a text that is split already."""
        return Counter(chain.from_iterable(map(self._parts.__getitem__, words)))

    def terms(self, text: str) -> list[str]:
        """The distinct terms of ``text`` in the order of their first standing."""
        return self.distinct_terms(words_of(text))

    def distinct_terms(self, words: Iterable[str]) -> list[str]:
        """As ``terms``, of a text that is split already."""
        return list(self.term_set(words))

    def term_set(self, words: Iterable[str]) -> dict[str, None]:
        """As ``distinct_terms``, to be looked up."""
        return dict.fromkeys(chain.from_iterable(map(self._terms.__getitem__, words)))

    def distinct_parts(self, words: Iterable[str]) -> dict[str, int]:
        """Each part of a text that is split already, once: what ``count_parts`` counts, and much faster."""
        return dict.fromkeys(chain.from_iterable(map(self._parts.__getitem__, words)), 1)


def words_of(text: str) -> list[str]:
    """The words of ``text`` as they stand there. Splitting at spaces is four times as fast as searching."""
    return text.translate(ASCII_WORDS).split() if text.isascii() else _WORD.findall(text)


def _split(word: str) -> Iterable[str]:
    if len(word) > _LONGEST:
        return ()
    if word.isascii() and word.islower():
        return (word,) if word.isalpha() else _PART.findall(word)
    if _IS_CJK.match(word):
        return [word[at : at + 2] for at in range(len(word) - 1)] or (word,)
    return [part.lower() for part in _PART.findall(word)]


def _with_whole(parts_of: Mapping[str, tuple[str, ...]], word: str) -> tuple[str, ...]:
    parts = parts_of[word]
    if len(parts) < 2 or _IS_CJK.match(word):
        return parts
    return (*parts, word.replace("_", "").lower())


def document(counts: Mapping[str, int], most: int = 3) -> str:
    """Terms as a text for a lexical index: each as often as it counts, up to ``most`` (more says nothing new).

    A bag of terms: what stands beside what means nothing.
    """
    terms = list(counts)
    several = [item for item in counts.items() if item[1] > 1]
    for least in range(2, most + 1):
        terms += [term for term, count in several if count >= least]
    return " ".join(terms)

"""Matching: how often the words of a question stand in a text, counted without splitting the text into words.

A text has thousands of letters and a question a few words: each word is looked for, and what was found is checked to
be the beginning of a part of an identifier. It counts as :meth:`loomgraph.lexicon.Lexicon.counts` does, stems compared.
It must not know what is scored.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain

from loomgraph.lexicon import ASCII_WORDS, Lexicon

_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_WORD = re.compile(r"[^\W_]+")


def stemmed(word: str) -> str:
    """A word without its English ending, roughly: enough to match names with the words for them."""
    for ending in ("ations", "ation", "ings", "ing", "ers", "ies", "ied", "es", "ed", "er", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


class Matcher:
    """Counts the stems of some terms in texts."""

    def __init__(self, terms: Iterable[str], lexicon: Lexicon) -> None:
        self.stems = tuple(dict.fromkeys(stemmed(term) for term in terms))
        self._lexicon = lexicon
        self._plain = all(stem.isascii() for stem in self.stems)
        self._known: dict[str, str] = {}

    def counts(self, text: str) -> dict[str, int]:
        """Each stem that stands in ``text`` with how often it does, as a part of a word or as a whole one."""
        if not self._plain or not text.isascii():
            return self._split(text)
        return {stem: count for stem in self.stems if (count := self._count(stem, text))}

    def weighed(self, groups: Sequence[Sequence[tuple[str, float]]]) -> list[dict[str, float]]:
        """For each of some groups of texts what ``counts`` says of them, each as often as its weight says.

        All are looked at as one: what stands in a word is found out once a word.
        """
        found: list[dict[str, float]] = [{} for _ in groups]
        texts = [text for group in groups for text, _ in group]
        owners = [(at, weight) for at, group in enumerate(groups) for _, weight in group]
        plain = [text if self._plain and text.isascii() else "" for text in texts]
        others = [(at, text) for at, text in enumerate(texts) if text and not plain[at]]
        for stem, at, count in chain(self._hits(plain), self._found(others)):
            owner, weight = owners[at]
            held = found[owner]
            held[stem] = held.get(stem, 0.0) + weight * count
        return found

    def _found(self, texts: Iterable[tuple[int, str]]) -> Iterator[tuple[str, int, int]]:
        """Each stem with the texts that hold it and how often."""
        for at, text in texts:
            for stem, count in self.counts(text).items():
                yield stem, at, count

    def _hits(self, texts: Sequence[str]) -> Iterator[tuple[str, int, int]]:
        """The same of texts that are all ASCII, as words: a text comes as often as it has words that hold a stem."""
        spaced = f" {' '.join(texts)} ".translate(ASCII_WORDS)
        lower = spaced.lower()
        joined = lower.replace("_", "")
        ends = list(accumulate([len(text) + 1 for text in texts]))
        for stem in self.stems:
            if joined.count(stem) > lower.count(stem):  # it stands across underscores, too
                for at, text in enumerate(texts):
                    if count := self._count(stem, text):
                        yield stem, at, count
                continue
            known: dict[str, int] = {}
            pieces: dict[str, int] = {}
            place = lower.find(stem)
            while place >= 0:
                start, end = lower.rfind(" ", 0, place) + 1, lower.find(" ", place)
                word = spaced[start:end]
                count = known.get(word, -1)
                if count < 0:
                    count = known[word] = self._in_word(stem, word, pieces)
                if count:
                    yield stem, bisect_right(ends, start - 1), count
                place = lower.find(stem, end)

    def _in_word(self, stem: str, word: str, known: dict[str, int]) -> int:
        """``_count`` of one word; ``known`` are pieces of words between underscores, which are much the same."""
        pieces = [piece for piece in word.split("_") if piece]
        if len(pieces) < 2:
            return self._count(stem, word)
        whole = "".join(pieces).lower()
        count = int(whole.startswith(stem) and self._stem(whole) == stem)
        for piece in pieces:
            found = known.get(piece, -1)
            if found < 0:
                parts = _PART.findall(piece) if stem in piece.lower() else ()
                found = known[piece] = sum([self._stem(part.lower()) == stem for part in parts])
            count += found
        return count

    def _count(self, stem: str, text: str) -> int:
        lower = text.lower()
        joined = lower.replace("_", "")
        count = self._parts(stem, text, lower) if stem in lower else 0
        return count + self._wholes(stem, joined) if stem in joined else count

    def _parts(self, stem: str, text: str, lower: str) -> int:
        """How often a part of a word is the stem's, those that are whole words left out."""
        count = 0
        at = lower.find(stem)
        while at >= 0:
            match = _PART.match(text, at) if _begins(text, at) else None
            if match is None:
                at = lower.find(stem, at + 1)
                continue
            end = match.end()
            if self._stem(lower[at:end]) == stem:
                count += not _alone(text, at, end)
            at = lower.find(stem, end)
        return count

    def _wholes(self, stem: str, joined: str) -> int:
        """How often a whole word is the stem's."""
        count = 0
        at = joined.find(stem)
        while at >= 0:
            if at and joined[at - 1].isalnum():
                at = joined.find(stem, at + 1)
                continue
            match = _WORD.match(joined, at)
            end = match.end() if match else at + 1
            count += self._stem(joined[at:end]) == stem
            at = joined.find(stem, end)
        return count

    def _stem(self, word: str) -> str:
        found = self._known.get(word)
        if found is None:
            found = self._known[word] = stemmed(word)
        return found

    def _split(self, text: str) -> dict[str, int]:
        """The same for any script, by splitting."""
        found: dict[str, int] = {}
        for term, count in self._lexicon.counts(text).items():
            stem = self._stem(term)
            if stem in self.stems:
                found[stem] = found.get(stem, 0) + count
        return found


def _begins(text: str, at: int) -> bool:
    """Whether a part of an identifier begins at ``at``."""
    if not at:
        return True
    before, here = text[at - 1], text[at]
    if here.isdigit():
        return not before.isdigit()
    if not before.isalpha():
        return True
    if here.islower():
        return False
    return before.islower() or text[at + 1 : at + 2].islower()


def _alone(text: str, start: int, end: int) -> bool:
    """Whether the part is all there is of a word, but for underscores around it."""
    while start and text[start - 1] == "_":
        start -= 1
    if start and text[start - 1].isalnum():
        return False
    while text[end : end + 1] == "_":
        end += 1
    return not text[end : end + 1].isalnum()

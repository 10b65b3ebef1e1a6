"""Spots: from ranked passages to the definitions in them that answer best.

A passage may join several small functions, or be a part of a large one. Each definition that begins in a good
passage is scored on its own words (BM25 over the definitions at hand), so that results are functions and classes
and not what happens to stand around them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loomgraph.lexicon import Lexicon
from loomgraph.model import Chunk, Symbol, SymbolKind
from loomgraph.retrieve.question import Question, last_part
from loomgraph.retrieve.rank import Candidate

_K1, _B = 1.2, 0.75
_FIELDS = (1.0, 3.0, 1.5, 1.0)  # path, name, signature and documentation, body
_CALLABLE = frozenset((SymbolKind.FUNCTION, SymbolKind.METHOD, SymbolKind.CONSTRUCTOR))


@dataclass(slots=True)
class Spot:
    """A definition (or a passage without one) that may answer. Lines are 1-based and inclusive."""

    passage: Candidate
    chunk: Chunk
    symbol: Symbol | None
    start_line: int
    end_line: int
    score: float = 0.0


class Spotter:
    """Finds the spots of passages. ``chunks`` and ``symbols`` give those of a file."""

    def __init__(
        self, lexicon: Lexicon, chunks: Callable[[str], list[Chunk]], symbols: Callable[[str], list[Symbol]]
    ) -> None:
        self._lexicon = lexicon
        self._chunks = chunks
        self._symbols = symbols

    def spots(self, passages: Sequence[Candidate], question: Question, weight: float) -> list[Spot]:
        """The spots of ``passages``, their scores those of the passage and ``weight`` times their own words'.

        What the question names comes before whatever else its passage holds.
        """
        named = {last_part(name) for name in question.names}
        found: list[Spot] = []
        seen: set[str] = set()
        for passage in passages:
            for spot in self._in(passage, named):
                key = spot.symbol.id if spot.symbol is not None else f"{passage.path}#{passage.at}"
                if key not in seen:
                    seen.add(key)
                    found.append(spot)
        own = self._words(found, question.terms)
        top = max((spot.passage.score for spot in found), default=0.0) or 1.0
        for spot, words in zip(found, own, strict=True):
            spot.score = spot.passage.score / top + weight * words
            if spot.symbol is not None and spot.symbol.name in named:
                spot.score += weight
        found.sort(key=lambda spot: (-spot.score, spot.passage.path, spot.start_line))
        return found

    def _in(self, passage: Candidate, named: set[str]) -> list[Spot]:
        """The functions, and whatever is named, that begin in a passage; the passage itself when there is none."""
        chunk = self._chunks(passage.path)[passage.at]
        inside = [
            symbol
            for symbol in self._symbols(passage.path)
            if (symbol.kind in _CALLABLE or symbol.name in named)
            and chunk.start_line <= symbol.name_line <= chunk.end_line
        ]
        whole = next((s for s in self._symbols(passage.path) if s.id == chunk.symbol), None)
        of_container = whole is not None and whole.kind not in _CALLABLE
        if not inside or (of_container and len(inside) < 2):
            return [Spot(passage, chunk, inside[0] if inside else whole, chunk.start_line, chunk.end_line)]
        return [
            Spot(passage, chunk, symbol, max(symbol.line, chunk.start_line), min(symbol.end_line, chunk.end_line))
            for symbol in inside
        ]

    def _words(self, spots: Sequence[Spot], terms: Sequence[str]) -> list[float]:
        """How well the words of each spot fit, 0 to 1: BM25 over the spots themselves."""
        wanted = list(dict.fromkeys(stemmed(term) for term in terms))
        counts = [self._counts(spot, set(wanted)) for spot in spots]
        average = sum(length for length, _ in counts) / len(counts) if counts else 1.0
        holders = {term: sum(1 for _, found in counts if term in found) for term in wanted}
        scores = []
        for length, found in counts:
            total = 0.0
            for term, count in found.items():
                rarity = math.log(1.0 + (len(counts) - holders[term] + 0.5) / (holders[term] + 0.5))
                total += rarity * count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * length / average))
            scores.append(total)
        best = max(scores, default=0.0) or 1.0
        return [score / best for score in scores]

    def _counts(self, spot: Spot, wanted: set[str]) -> tuple[float, dict[str, float]]:
        """The length of a spot in terms, and the weighted counts of the wanted ones."""
        lines = spot.chunk.text.splitlines()
        skip = len(lines) - (spot.chunk.end_line - spot.chunk.start_line + 1)  # a heading repeated above the text
        first = max(spot.start_line - spot.chunk.start_line + skip, 0)
        body = "\n".join(lines[first : spot.end_line - spot.chunk.start_line + skip + 1])
        symbol = spot.symbol
        texts = (
            spot.passage.path.rpartition(".")[0],
            symbol.qualified_name if symbol is not None else "",
            f"{symbol.signature} {symbol.doc}" if symbol is not None else "",
            body,
        )
        length = 0.0
        found: dict[str, float] = {}
        heads = {stem[:3] for stem in wanted}  # a stem is the beginning of its term: most terms need no stemming
        for text, weight in zip(texts, _FIELDS, strict=True):
            for term, count in self._lexicon.counts(text).items():
                length += weight * count
                if term[:3] in heads and (stem := stemmed(term)) in wanted:
                    found[stem] = found.get(stem, 0.0) + weight * count
        return length, found


def spread(spots: Sequence[Spot], limit: int, decay: float) -> list[Spot]:
    """The best ``limit`` spots, where each further one of a file counts ``decay`` times what the one before did."""
    rest = list(spots)
    seen: dict[str, int] = {}
    taken: list[Spot] = []
    while rest and len(taken) < limit:
        best = max(range(len(rest)), key=lambda at: rest[at].score * decay ** seen.get(rest[at].passage.path, 0))
        spot = rest.pop(best)
        spot.score *= decay ** seen.get(spot.passage.path, 0)
        seen[spot.passage.path] = seen.get(spot.passage.path, 0) + 1
        taken.append(spot)
    return taken


def stemmed(word: str) -> str:
    """A word without its English ending, roughly: enough to match names with the words for them."""
    for ending in ("ations", "ation", "ings", "ing", "ers", "ies", "ied", "es", "ed", "er", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word

"""Spots: from ranked passages to the definitions in them that answer best.

A passage may join several small functions, or be a part of a large one. Each definition that begins in a good
passage is scored on its own words (BM25 over the definitions at hand), so that results are functions and classes
and not what happens to stand around them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heapreplace

from loomgraph.knowledge import Card
from loomgraph.model import Chunk, Symbol
from loomgraph.retrieve.matching import Matcher, stemmed
from loomgraph.retrieve.signals.pool import Candidate
from loomgraph.retrieve.view import CALLABLE, Content, GivenContent

_K1 = 1.2
_PATH, _NAME, _DOC, _BODY = 1.0, 3.0, 1.5, 1.0  # path, name, signature and documentation, body


@dataclass(slots=True)
class Spot:
    """A definition (or a passage without one, or a card) that may answer.

    Lines are 1-based and inclusive; of a card the first alone is known until it is shown.
    """

    passage: Candidate
    source: Chunk | Card
    symbol: Symbol | None
    start_line: int
    end_line: int
    score: float = 0.0

    @property
    def path(self) -> str:
        return self.passage.path


def spots_in(
    passages: Sequence[Candidate], contents: Mapping[str, Content | GivenContent], named: Collection[str]
) -> list[Spot]:
    """The definitions that begin in ``passages``, each once, in their order; ``named`` are names of the question."""
    found: list[Spot] = []
    seen: set[str] = set()
    for passage in passages:
        for spot in _in(passage, contents[passage.path], named):
            key = spot.symbol.id if spot.symbol is not None else f"{passage.path}#{passage.at}"
            if key not in seen:
                seen.add(key)
                found.append(spot)
    return found


def _in(passage: Candidate, content: Content | GivenContent, named: Collection[str]) -> list[Spot]:
    """The functions, and whatever is named, that begin in a passage; the passage itself when there is none.

    Lines of what was inserted say nothing of what stands in them: a chunk is all there is, and so is a card.
    """
    if isinstance(content, GivenContent):
        if content.is_card(passage.at):
            card, symbol = content.card(passage.at)
            return [Spot(passage, card, symbol, card.start_line, card.start_line)]
        chunk = content.chunk(passage.at)
        return [Spot(passage, chunk, None, chunk.start_line, chunk.end_line)]
    chunk = content.chunks[passage.at]
    inside = content.functions[passage.at]
    if named:
        inside = [one for one in content.symbols_in(chunk) if one.kind in CALLABLE or one.name in named]
    around = next((one for one in content.symbols if one.id == chunk.symbol), None)
    of_container = around is not None and around.kind not in CALLABLE
    if not inside or (of_container and len(inside) < 2):
        return [Spot(passage, chunk, inside[0] if inside else around, chunk.start_line, chunk.end_line)]
    return [
        Spot(passage, chunk, symbol, max(symbol.line, chunk.start_line), min(symbol.end_line, chunk.end_line))
        for symbol in inside
    ]


@dataclass(frozen=True, slots=True)
class Worth:
    """What counts how much for the score of a spot, beside its passage's."""

    own: float
    named: float
    neighbours: float = 0.0


def rate(
    spots: list[Spot], words: Sequence[float], around: Mapping[str, float], named: Collection[str], worth: Worth
) -> None:
    """Score ``spots`` by their passages, their own ``words`` and what is ``around`` each; best first.

    What the question names comes before whatever else its passage holds.
    """
    top = max((spot.passage.score for spot in spots), default=0.0) or 1.0
    for spot, own in zip(spots, words, strict=True):
        spot.score = spot.passage.score / top + worth.own * own
        if spot.symbol is not None:
            spot.score += worth.neighbours * around.get(spot.symbol.id, 0.0)
            spot.score += worth.named * (spot.symbol.name in named)
    spots.sort(key=lambda spot: (-spot.score, spot.passage.path, spot.start_line))


def own_words(
    spots: Sequence[Spot], matcher: Matcher, terms: Sequence[str], holders: Sequence[int], passages: int, length: float
) -> list[float]:
    """How well the words of each spot fit, 0 to 1 (BM25).

    A word tells as much as it is rare, half among all ``passages``, of which ``holders`` hold each of ``terms``, half
    among the spots: what the whole project is about tells little, and so does what every candidate has. ``length``
    says how much the length of a spot counts against it, 0 to 1.
    """
    counts = _counted(spots, matcher)
    average = sum(length for length, _ in counts) / len(counts) if counts else 1.0
    rarity = {stem: _rarity(sum(stem in found for _, found in counts), len(counts)) / 2 for stem in matcher.stems}
    for stem, count in _held(terms, holders).items():
        rarity[stem] += _rarity(count, passages) / 2
    scores = []
    for size, found in counts:
        damp = _K1 * (1 - length + length * size / average)
        scores.append(sum(rarity[stem] * count * (_K1 + 1) / (count + damp) for stem, count in found.items()))
    best = max(scores, default=0.0) or 1.0
    return [score / best for score in scores]


def _held(terms: Sequence[str], holders: Sequence[int]) -> dict[str, int]:
    """How many passages hold each stem: as many as hold the commonest of its terms."""
    found: dict[str, int] = {}
    for term, count in zip(terms, holders, strict=True):
        stem = stemmed(term)
        found[stem] = max(found.get(stem, 0), count)
    return found


def _rarity(holders: int, whole: int) -> float:
    return math.log(1.0 + max(whole - holders + 0.5, 0.5) / (holders + 0.5))


def _counted(spots: Sequence[Spot], matcher: Matcher) -> list[tuple[float, dict[str, float]]]:
    """For each spot its length in letters, and the weighted counts of the words that are looked for."""
    lengths, fields = [], []
    for spot in spots:
        length, some = _fields(spot)
        lengths.append(length)
        fields.append(some)
    return list(zip(lengths, matcher.weighed(fields), strict=True))


def _fields(spot: Spot) -> tuple[float, list[tuple[str, float]]]:
    """The length of a spot, and its texts with what they weigh."""
    source, symbol, path = spot.source, spot.symbol, spot.passage.path.rpartition(".")[0]
    found = [(path, _PATH)]
    said = False
    if isinstance(source, Card):
        size = source.size
        said = symbol is not None and symbol.doc == source.description and not symbol.signature  # looked at once
        found += [(f"{source.entity_type} {source.name}", _BODY), (source.relations, _BODY)]
        found.append((source.description, _BODY + _DOC if said else _BODY))
    else:
        text = _text(spot, source)
        size = len(text)
        found.append((text, _BODY))
    length = _PATH * len(path) + _BODY * size + 1.0
    if symbol is not None:
        name, doc = symbol.qualified_name, f"{symbol.signature} {symbol.doc}"
        length += _NAME * len(name) + _DOC * len(doc)
        found.append((name, _NAME))
        if not said:
            found.append((doc, _DOC))
    return length, found


def _text(spot: Spot, chunk: Chunk) -> str:
    """The lines of a spot in a chunk."""
    if spot.start_line == chunk.start_line and spot.end_line == chunk.end_line:
        return chunk.text
    lines = chunk.text.splitlines()
    skip = len(lines) - (chunk.end_line - chunk.start_line + 1)  # a heading repeated above the text
    first = max(spot.start_line - chunk.start_line + skip, 0)
    return "\n".join(lines[first : spot.end_line - chunk.start_line + skip + 1])


def spread(scores: Sequence[float], files: Sequence[Hashable], limit: int, decay: float) -> list[tuple[int, float]]:
    """Which ``limit`` of some ``scores`` are best, and what they count, where each further one of a file counts
    ``decay`` times what the one before did."""
    heap = [(-score, at, 0) for at, score in enumerate(scores)]
    heapify(heap)
    seen: dict[Hashable, int] = {}
    taken: list[tuple[int, float]] = []
    while heap and len(taken) < limit:
        value, at, before = heap[0]
        count = seen.get(files[at], 0)
        if count == before:
            heappop(heap)
            seen[files[at]] = count + 1
            taken.append((at, -value))
        else:  # others of its file were taken meanwhile
            heapreplace(heap, (-scores[at] * decay**count, at, count))
    return taken

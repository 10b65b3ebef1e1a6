"""Search: a question → ranked passages with their symbols, from whatever signals the project has.

Has every signal add its candidates, ranks them and looks into the best for the definitions that answer. It reads the
store and writes nothing; without vectors it works on words and names alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from loomgraph.errors import EmbeddingUnreachable
from loomgraph.knowledge import CARD
from loomgraph.lexicon import Lexicon
from loomgraph.model import Chunk, Symbol
from loomgraph.retrieve.data import Weights, load_weights, load_words
from loomgraph.retrieve.matching import Matcher
from loomgraph.retrieve.question import Question, last_part, read_question
from loomgraph.retrieve.rank import in_order, score
from loomgraph.retrieve.signals import centrality, definition, lexical, neighbours, semantic, stem
from loomgraph.retrieve.signals.pool import UNKNOWN, Candidate, Pool
from loomgraph.retrieve.spots import Spot, Worth, own_words, rate, spots_in, spread
from loomgraph.retrieve.view import Content, File, GivenContent, View
from loomgraph.store.base import PassageHits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from loomgraph.embed.base import Embedder
    from loomgraph.retrieve.signals.pool import Column, Rows
    from loomgraph.retrieve.vectors import Vectors
    from loomgraph.store.base import Reader

_POOL = 250  # candidates from each signal
_POOL_INSERTED = 160  # the same where all is inserted: no later ones come up by the words that they hold themselves
_REFINED = 50  # passages looked into for the definitions that answer
_REFINED_KINDS = 200  # the same where results must be of certain kinds
_UNREAD = Chunk(CARD, "", 0, 0, "", "")  # a card of which the symbol is all that is asked for


@dataclass(frozen=True, slots=True)
class Filter:
    """What results must be: kinds of symbols, a part of the path, languages; tests ``None`` ranks them low."""

    kinds: frozenset[str] = frozenset()
    path: str = ""
    languages: frozenset[str] = frozenset()
    tests: bool | None = None


class Result(NamedTuple):
    """A definition or passage that answers, the chunk it stands in, its score and the signals behind it."""

    chunk: Chunk
    symbol: Symbol | None
    start_line: int
    end_line: int
    score: float
    signals: dict[str, float]


class Searcher:
    """Answers questions about one project at one moment. ``embedder`` and ``vectors`` come together or not at all.

    ``view`` and ``vectors`` may be shared with other searchers, also in other threads; the searcher itself may not.
    """

    def __init__(
        self, reader: Reader, embedder: Embedder | None = None, vectors: Vectors | None = None,
        weights: Weights | None = None, view: View | None = None,
    ) -> None:  # fmt: skip
        self._reader = reader
        self._embedder = embedder
        self._vectors = vectors
        self._weights = weights or load_weights()
        self._view = view or View(reader.files(), reader.counts().chunks)
        self._words = load_words()
        self._lexicon = Lexicon()
        self._asked = ""  # the question that was embedded last
        self._vector: NDArray[np.float32] | None = None
        self._near = PassageHits.none()  # what was found nearest to it
        self.trouble = ""  # why the last question has no vector

    def read(self, text: str) -> Question:
        """Read a question."""
        return read_question(text, self._words, self._lexicon)

    def search(self, question: Question, limit: int = 10, only: Filter | None = None, aside: int = 0) -> list[Result]:
        """The best definitions and passages, best first, and ``aside`` more where cards stand among those to quote."""
        only = only or Filter()
        matcher = Matcher(question.terms, self._lexicon)
        most = _POOL if self._view.source or only != Filter() else min(max(_POOL_INSERTED, limit + aside), _POOL)
        pool = self.candidates(question, matcher, only, most)
        scores = score(pool, self._weights, question.is_name, only.tests is True)
        rows = in_order(scores)[: (_REFINED_KINDS if only.kinds else _REFINED) + limit + aside]
        if not self._view.source and not only.kinds:
            return self._inserted(pool, rows, scores, limit, aside)
        ranked = pool.candidates(rows, scores[rows].tolist())
        limit += aside
        named = {last_part(name) for name in question.names}
        places = pool.passages(rows)
        contents = self._view.contents(self._reader, [path for path, _ in places], places)
        spots = spots_in(ranked, contents, named)
        signals = self._weights.signals
        length = signals["kind_length" if only.kinds else "spot_length"]
        holders = self._view.holders(self._reader, question.terms)
        own = own_words(spots, matcher, question.terms, holders, self._view.passages, length)
        if not only.kinds:
            rate(spots, own, {}, named, Worth(signals["spot"], signals["spot"]))
            return _spread(spots, limit, signals["decay"])
        # who asks for functions wants those whose own words fit, however many of a file
        worth = Worth(signals["kind_spot"], signals["kind_named"], signals["neighbours"])
        words = {spot.symbol.id: one for spot, one in zip(spots, own, strict=True) if spot.symbol is not None}
        rate(spots, own, neighbours.add(self._reader, words) if worth.neighbours else {}, named, worth)
        spots = [spot for spot in spots if spot.symbol is not None and str(spot.symbol.kind) in only.kinds]
        return _spread(spots, limit, signals["kind_decay"])

    def _inserted(self, pool: Pool, rows: Rows, scores: Column, limit: int, aside: int) -> list[Result]:
        """The best of what was inserted, where there is nothing else: ``limit`` cards and ``aside`` chunks, or as many
        of both together.

        Each is what it is about, so that its own words are those that it was found by, and no file need be opened
        before it is known what is shown. Cards and chunks speak of the same things: neither takes the place of others.
        Where chunks are wanted beside, nobody reads the cards themselves: they lead to their symbols.
        """
        worth, decay = self._weights.signals["spot"], self._weights.signals["decay"]
        scores = scores / (scores.max(initial=0.0) or 1.0)
        scores += worth * (pool.signals["lexical"] + (pool.signals["definition"] > 0.0))
        rows = np.sort(rows)  # as they stood, for in_order
        rows = rows[in_order(scores[rows])]
        cards = self._cards(pool, rows)
        best: list[tuple[float, int]] = []
        for some, most in ((rows[cards], limit), (rows[~cards], aside or limit)):
            picked = spread(scores[some].tolist(), pool.of_file[some].tolist(), most, decay)
            best += [(-value, int(some[at])) for at, value in picked]
        best = sorted(best)[: limit + aside]
        rows = np.array([row for _, row in best], np.intp)
        shown, places = pool.candidates(rows, [-value for value, _ in best]), pool.passages(rows)
        contents = self._view.contents(self._reader, [path for path, _ in places], places)
        if aside:
            return _leading(shown, contents)
        spots = spots_in(shown, contents, ())
        for spot in spots:
            spot.score = spot.passage.score
        return [_result(spot) for spot in spots]

    def _cards(self, pool: Pool, rows: Rows) -> NDArray[np.bool_]:
        """Which of some candidates in inserted files are cards."""
        unknown = rows[pool.cards[rows] == UNKNOWN]
        if len(unknown):
            pool.cards[unknown] = self._view.cards(self._reader, pool.passages(unknown))
        cards: NDArray[np.bool_] = pool.cards[rows] > 0
        return cards

    def vector(self, question: Question) -> NDArray[np.float32] | None:
        """The question's vector, made once a question; None where there is no model or it does not answer."""
        if self._embedder is None:
            return None
        if self._asked != question.text:
            self._asked, self._vector, self.trouble = question.text, None, ""
            prose = self._embedder.prose
            try:
                (self._vector,) = self._embedder.questions([question.text if prose else " ".join(question.terms)])
            except EmbeddingUnreachable as error:
                self.trouble = " ".join(str(error).split())
        return self._vector

    def closeness(self, question: Question) -> float:
        """The cosine of the passage nearest in meaning; 0 without vectors."""
        if self._asked != question.text or not len(self._near.scores):
            self._look_near(question, 1)
        return float(self._near.scores[0]) if len(self._near.scores) else 0.0

    def _look_near(self, question: Question, most: int) -> PassageHits:
        """The passages nearest in meaning, which are remembered until another question."""
        vector = self.vector(question)
        if self._vectors is None or vector is None:
            self._near = PassageHits.none()
        else:
            self._near = self._vectors.nearest(vector, most)
        return self._near

    def candidates(self, question: Question, matcher: Matcher, only: Filter, most: int = _POOL) -> Pool:
        """Every passage that some signal found, ``most`` of each, with its signals; that of its file needs scores."""
        found = list(lexical.find(self._reader, question.terms, self._weights.fields, most))
        found += semantic.find(self._look_near(question, most))
        found += definition.find(self._reader, self._view, question.names)
        if only != Filter():
            found = [one.where(lambda number: _allowed(self._view.numbered[number], only)) for one in found]
        pool = Pool(self._view, found)
        stem.add(pool, matcher.stems, self._lexicon)
        centrality.add(pool, self._reader)
        return pool


def _allowed(file: File, only: Filter) -> bool:
    if only.tests is False and file.test:
        return False
    if only.path and only.path not in file.path:
        return False
    return not only.languages or file.language in only.languages


def _spread(spots: Sequence[Spot], limit: int, decay: float) -> list[Result]:
    """The best of ``spots``, which stand best first, as results."""
    found = []
    for at, value in spread([spot.score for spot in spots], [spot.path for spot in spots], limit, decay):
        spots[at].score = value
        found.append(_result(spots[at]))
    return found


def _leading(shown: Iterable[Candidate], contents: Mapping[str, Content | GivenContent]) -> list[Result]:
    """Candidates in inserted files as results, those of one symbol once: cards, which nobody reads, lead to theirs."""
    found: dict[object, Result] = {}
    for one in shown:
        content = contents[one.path]
        assert isinstance(content, GivenContent), "there is nothing but what was inserted"
        if content.is_card(one.at):
            symbol = content.symbol(one.at)
            result = Result(_UNREAD, symbol, 0, 0, one.score, one.signals)
            found.setdefault(symbol.id if symbol is not None else (one.path, one.at), result)
        else:
            chunk = content.chunk(one.at)
            result = Result(chunk, None, chunk.start_line, chunk.end_line, one.score, one.signals)
            found[one.path, one.at] = result
    return list(found.values())


def _result(spot: Spot) -> Result:
    if isinstance(spot.source, Chunk):
        return Result(spot.source, spot.symbol, spot.start_line, spot.end_line, spot.score, spot.passage.signals)
    card = spot.source.chunk(spot.path)
    return Result(card, spot.symbol, card.start_line, card.end_line, spot.score, spot.passage.signals)


def symbols_in_results(results: Sequence[Result]) -> Iterable[Symbol]:
    """The symbols of results, each once, in their order."""
    seen: set[str] = set()
    for result in results:
        if result.symbol is not None and result.symbol.id not in seen:
            seen.add(result.symbol.id)
            yield result.symbol

"""Search: a question → ranked passages with their symbols, from whatever signals the project has.

Collects candidates from the lexical index, the vectors and the names of definitions, describes each by its signals
and has them ranked. It reads the store and writes nothing; without vectors it works on words and names alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loomgraph.lexicon import Lexicon
from loomgraph.model import Chunk, Symbol, SymbolKind
from loomgraph.retrieve.data import Weights, load_weights, load_words
from loomgraph.retrieve.question import Question, last_part, parts, read_question
from loomgraph.retrieve.rank import Candidate, score
from loomgraph.retrieve.spots import Spot, Spotter, spread, stemmed

if TYPE_CHECKING:
    from loomgraph.embed.base import Embedder
    from loomgraph.retrieve.vectors import VectorTable
    from loomgraph.store.base import FileRecord, Reader

_POOL = 250  # candidates from each signal
_REFINED = 50  # passages looked into for the definitions that answer
_REFINED_KINDS = 150  # the same where results must be of certain kinds
_NAMESAKES = 40  # definitions of one name that are looked at
_CONTAINERS = frozenset((
    SymbolKind.CLASS, SymbolKind.INTERFACE, SymbolKind.STRUCT, SymbolKind.ENUM, SymbolKind.MODULE, SymbolKind.NAMESPACE,
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """What results must be: kinds of symbols, a part of the path, languages; tests ``None`` ranks them low."""

    kinds: frozenset[str] = frozenset()
    path: str = ""
    languages: frozenset[str] = frozenset()
    tests: bool | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A definition or passage that answers, the chunk it stands in, its score and the signals behind it."""

    chunk: Chunk
    symbol: Symbol | None
    start_line: int
    end_line: int
    score: float
    signals: dict[str, float]


class Searcher:
    """Answers questions about one project at one moment. ``embedder`` and ``vectors`` come together or not at all."""

    def __init__(
        self, reader: Reader, embedder: Embedder | None = None, vectors: VectorTable | None = None,
        weights: Weights | None = None,
    ) -> None:  # fmt: skip
        self._reader = reader
        self._embedder = embedder
        self._vectors = vectors
        self._weights = weights or load_weights()
        self._words = load_words()
        self._lexicon = Lexicon()
        self._chunks: dict[str, list[Chunk]] = {}
        self._symbols: dict[str, list[Symbol]] = {}
        self._records: dict[str, FileRecord] = {}
        self._central: dict[str, float] = {}

    def read(self, text: str) -> Question:
        """Read a question."""
        return read_question(text, self._words, self._lexicon)

    def search(self, question: Question, limit: int = 10, only: Filter | None = None) -> list[Result]:
        """The best definitions and passages, best first."""
        only = only or Filter()
        kept = [one for one in self.candidates(question) if self._allowed(one, only)]
        ranked = score(kept, self._weights, question.is_name, only.tests is True)
        signals = self._weights.signals
        spotter = Spotter(self._lexicon, self._chunks_of, self._symbols_of)
        if not only.kinds:
            spots = spotter.spots(ranked[: _REFINED + limit], question, signals["spot"])
            return [self._result(spot) for spot in spread(spots, limit, signals["decay"])]
        # who asks for functions wants those whose own words fit, however many of a file
        spots = spotter.spots(ranked[: _REFINED_KINDS + limit], question, signals["kind_spot"])
        spots = [spot for spot in spots if spot.symbol is not None and str(spot.symbol.kind) in only.kinds]
        return [self._result(spot) for spot in spread(spots, limit, signals["kind_decay"])]

    # -- candidates and their signals ------------------------------------------------------------------------

    def candidates(self, question: Question) -> list[Candidate]:
        """Every passage that some signal found, with its signals."""
        found: dict[tuple[str, int], Candidate] = {}

        def at(path: str, place: int) -> Candidate:
            one = found.get((path, place))
            if one is None:
                one = found[path, place] = Candidate(path, place)
            return one

        hits = self._reader.search_passages(question.terms, self._weights.fields, _POOL)
        top = hits[0].score if hits else 1.0
        for hit in hits:
            at(hit.path, hit.at).lexical = hit.score / top if top > 0 else 0.0
        self._add_semantic(question, at)
        self._add_definitions(question, at)
        terms = set(question.terms)
        stems: dict[str, float] = {}
        central: dict[str, float] = {}
        for one in found.values():
            record = self._record(one.path)
            if record is not None:
                one.test, one.generated = record.test, record.generated
            if one.path not in stems:
                stems[one.path] = self._stem(one.path, terms)
                central[one.path] = self._centrality(one.path)
            one.stem, one.centrality = stems[one.path], central[one.path]
        return list(found.values())

    def _add_semantic(self, question: Question, at: _Place) -> None:
        if self._embedder is None or self._vectors is None or not len(self._vectors):
            return
        (vector,) = self._embedder.questions([" ".join(question.terms)])
        near = self._vectors.nearest(vector, _POOL)
        floor, top = near[-1][2], near[0][2]
        for path, place, cosine in near:
            at(path, place).semantic = (cosine - floor) / (top - floor) if top > floor else 1.0

    def _add_definitions(self, question: Question, at: _Place) -> None:
        """Passages that define what the question names; the more definitions share the name, the less each counts."""
        for name in question.names:
            symbols = self._definitions(name)
            share = 1.0 / (1.0 + 0.1 * (len(symbols) - 1))
            for symbol in symbols:
                place = self._place_of(symbol)
                if place >= 0:
                    one = at(symbol.file, place)
                    value = share * (1.0 if symbol.kind in _CONTAINERS else 0.8)
                    one.definition = max(one.definition, value)

    def _definitions(self, name: str) -> list[Symbol]:
        """The symbols a dotted name may mean: those whose own names end in it."""
        last = last_part(name)
        spellings = dict.fromkeys((last, last.lower(), last[:1].upper() + last[1:]))
        named = [s for s in self._reader.symbols_named(list(spellings)) if s.file]
        named = [s for s in named if s.name == last] or named
        wanted = parts(name)
        if len(wanted) > 1:
            exact = [s for s in named if s.qualified_name.split(".")[-len(wanted) :] == wanted]
            named = exact or [s for s in named if wanted[-2].lower() in s.id.lower()] or named
        return named[:_NAMESAKES]

    def _stem(self, path: str, terms: set[str]) -> float:
        """How much of the file's name stands in the question."""
        name = path.rpartition("/")[2].partition(".")[0]
        if name in ("__init__", "index", "mod", "main", "lib"):
            name = path.rpartition("/")[0].rpartition("/")[2]
        own = self._lexicon.parts_of(name.replace("-", "_"))
        words = [w for part in name.split("-") for w in self._lexicon.parts_of(part)] or list(own)
        if not words:
            return 0.0
        stems = {stemmed(term) for term in terms}
        hit = [w for w in words if stemmed(w) in stems]
        return len(hit) / len(words) * min(1.0, sum(len(w) for w in hit) / 5.0)

    def _centrality(self, path: str) -> float:
        """How many files depend on a file, by logarithm: 1 when all do."""
        found = self._central.get(path)
        if found is None:
            count = self._reader.dependent_count(path)
            found = self._central[path] = math.log1p(count) / math.log1p(max(len(self._records), 1))
        return found

    # -- what candidates are ---------------------------------------------------------------------------------

    def _record(self, path: str) -> FileRecord | None:
        if not self._records:
            self._records = {record.path: record for record in self._reader.files()}
        return self._records.get(path)

    def _chunks_of(self, path: str) -> list[Chunk]:
        found = self._chunks.get(path)
        if found is None:
            found = self._chunks[path] = self._reader.chunks_in([path])
        return found

    def _place_of(self, symbol: Symbol) -> int:
        """The chunk in which a symbol begins, or -1."""
        for place, chunk in enumerate(self._chunks_of(symbol.file)):
            if chunk.start_line <= symbol.name_line <= chunk.end_line:
                return place
        return -1

    def _allowed(self, one: Candidate, only: Filter) -> bool:
        if only.tests is False and one.test:
            return False
        if only.path and only.path not in one.path:
            return False
        record = self._record(one.path)
        return not only.languages or record is not None and record.language in only.languages

    def _symbols_of(self, path: str) -> list[Symbol]:
        found = self._symbols.get(path)
        if found is None:
            found = self._symbols[path] = self._reader.symbols_in([path])
        return found

    @staticmethod
    def _result(spot: Spot) -> Result:
        return Result(spot.chunk, spot.symbol, spot.start_line, spot.end_line, spot.score, spot.passage.signals)


def symbols_in_results(results: Sequence[Result]) -> Iterable[Symbol]:
    """The symbols of results, each once, in their order."""
    seen: set[str] = set()
    for result in results:
        if result.symbol is not None and result.symbol.id not in seen:
            seen.add(result.symbol.id)
            yield result.symbol


if TYPE_CHECKING:
    from typing import Protocol

    class _Place(Protocol):
        def __call__(self, path: str, place: int) -> Candidate: ...

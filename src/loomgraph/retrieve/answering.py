"""Answering: a question about one project → an answer or the results of a search, without a language model.

Puts together what the searcher ranks, what the graph says and what fits the budget, as the mode wants it. It reads
the store and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from loomgraph.knowledge import shown_file
from loomgraph.lexicon import Lexicon
from loomgraph.model import SymbolKind
from loomgraph.retrieve import graph
from loomgraph.retrieve.answer import Answer, Entity, Followed, Hit, Hits, Passage, Relation
from loomgraph.retrieve.context import Budget, Count, estimate, fit
from loomgraph.retrieve.data import load_words
from loomgraph.retrieve.given import Given
from loomgraph.retrieve.graph import Ranked
from loomgraph.retrieve.kinds import DEPTH, RANKED, of_kinds
from loomgraph.retrieve.matching import Matcher, stemmed
from loomgraph.retrieve.modes import PARTS, Mode, Parts
from loomgraph.retrieve.opening import Opened
from loomgraph.retrieve.question import Question
from loomgraph.retrieve.search import Filter, Result
from loomgraph.retrieve.snippets import best_lines, first_lines, quoted
from loomgraph.retrieve.view import is_card
from loomgraph.store.spelling import nearest

if TYPE_CHECKING:
    from loomgraph.knowledge import GivenEntity, GivenRelation
    from loomgraph.model import Edge
    from loomgraph.store.base import Reader

_ASIDE = 20  # results more where cards stand among those to quote
_NEAR_TO = 10  # symbols whose relations to any other are looked at
POOL = 40  # results that relations are looked for among
NEAR = 0.4  # cosine below which nothing is near in meaning; questions about other things reach a third
_NEAREST = 5
NEAR_IN_MEANING = "no word of the question stands in the code: what follows is near in meaning at best"
NO_SUCH_NAME = "nothing has this name: what follows holds words of it"


class Answerer:
    """Answers questions about one project at one moment."""

    def __init__(self, project: str, reader: Reader, opened: Opened, mode: Mode = Mode.MIX) -> None:
        self.project = project
        self.mode = mode
        self.opened = opened
        self.reader = reader
        self._lexicon = Lexicon()
        self._asked: Question | None = None
        self._given: Given | None = None

    # -- search -----------------------------------------------------------------------------------------------

    def search(self, text: str, top: int = 10, only: Filter | None = None) -> Hits:
        """The best definitions and passages; in the modes of the graph, the best symbols."""
        question = self._read(text)
        results, notes = self._results(question, max(top, 10) if PARTS[self.mode].passages else POOL, only)
        if not PARTS[self.mode].passages:
            results = self._symbols_alone(results, only)
        hits = tuple(self._hit(result, question) for result in results[:top])
        near = () if hits and not notes else self._nearest(question)
        return Hits(question.text, str(self.mode), (self.project,), self.opened.signals, hits, near,
                    (*self.opened.notes, *notes))  # fmt: skip

    def _symbols_alone(self, results: Sequence[Result], only: Filter | None) -> list[Result]:
        """Results as the whole symbols that the mode is about, each once: its own and those its relations bring."""
        ranked = self._ranked(results)
        relations = self._relations(ranked, PARTS[self.mode])
        found = self._entities(ranked, relations, PARTS[self.mode])
        by_symbol = {result.symbol.id: result for result in reversed(results) if result.symbol is not None}
        kinds = only.kinds if only else frozenset()
        return [
            by_symbol[one.symbol.id]._replace(score=one.score)
            for one in found
            if one.symbol.id in by_symbol and (not kinds or one.symbol.kind in kinds)
        ]

    def _hit(self, result: Result, question: Question) -> Hit:
        text = quoted(result.chunk, result.start_line, result.end_line)
        line, snippet = best_lines(text, max(result.start_line, result.chunk.start_line), question.terms, self._lexicon)
        file = shown_file(result.chunk.file)
        return Hit(
            self.project, file, result.start_line, result.end_line, result.symbol, line, snippet,
            round(result.score, 6), _rounded(result.signals),
        )  # fmt: skip

    # -- ask --------------------------------------------------------------------------------------------------

    def ask(
        self, text: str, top: int = 10, only: Filter | None = None, budget: Budget | None = None, *, near: bool = True
    ) -> Answer:
        """Everything that answers, ``top`` of each part at most, and no more than the budget allows; what has a name
        near to one that nothing has, unless nobody will see it (``near``): every name is looked at for that."""
        question = self._read(text)
        parts = PARTS[self.mode]
        wanted = max(top, POOL)
        results, notes = self._results(question, wanted, only, 0 if self.opened.given is None else min(top, _ASIDE))
        ranked = self._ranked(results)
        relations = self._relations(ranked, parts)
        followed = self._followed(question, parts)
        entities = self._entities(ranked, relations, parts)[:top]
        shown = {one.symbol.id for one in entities}
        kept = [one for one in relations if parts.between or one.source in shown or one.target in shown]
        quotable = [one for one in results if not is_card(one.chunk)]
        answer = Answer(
            question.text, str(self.mode), (self.project,), self.opened.signals, tuple(followed),
            tuple(self._entity(one) for one in entities), tuple(kept[: 3 * top]),
            tuple(self._passage(one) for one in quotable[:top]) if parts.passages else (),
            notes=(*self.opened.notes, *(() if followed else notes)),
        )  # fmt: skip
        answer = fit(answer, budget or Budget(), self.opened.count)
        return replace(answer, nearest=self._nearest(question)) if near and (notes or not answer.found) else answer

    def rows(self, answer: Answer) -> tuple[list[GivenEntity | None], list[GivenRelation | None]]:
        """The rows behind the symbols and relations of the last answer, as they were given; None of what was not."""
        if self._given is None:
            return [None] * len(answer.entities), [None] * len(answer.relations)
        return self._given.entities(answer.entities), self._given.relations(answer.relations)

    def _read(self, text: str) -> Question:
        """Read a question that is asked now; what was looked at for the one before is forgotten."""
        view = self.opened.given
        self._given = Given(view, self.reader) if view is not None else None
        self._asked = self.opened.searcher.read(text)
        return self._asked

    def _followed(self, question: Question, parts: Parts) -> list[Followed]:
        if not parts.graph or not question.asks:
            return []
        return graph.follow(self.reader, question, load_words(), self.project)

    def _results(
        self, question: Question, top: int, only: Filter | None, aside: int = 0
    ) -> tuple[list[Result], tuple[str, ...]]:
        """The results that match, and what is to be said of them: what is like the question in no word is no match
        for a name, and a doubtful one for a sentence."""
        if only is not None and only.kinds - RANKED:
            found = self.opened.searcher.search(question, DEPTH, replace(only, kinds=frozenset()))
            results = of_kinds(self.reader, found, only.kinds, question.terms)[: top + aside]
        else:
            results = self.opened.searcher.search(question, top, only, aside)
        if any(one.signals.get("definition") for one in results):
            return results, ()
        if any(one.signals.get("lexical") for one in results):
            return results, (NO_SUCH_NAME,) if question.is_name and question.names else ()
        if question.is_name or not results or self.opened.closeness(question) < NEAR:
            return [], ()
        return results, (NEAR_IN_MEANING,)

    def _ranked(self, results: Iterable[Result]) -> list[Ranked]:
        """The symbols of results, each once, best first."""
        found: dict[str, Ranked] = {}
        for one in results:
            if one.symbol is not None and one.symbol.kind != SymbolKind.EXTERNAL:
                found.setdefault(one.symbol.id, Ranked(one.symbol, one.score))
        return list(found.values())

    def _relations(self, ranked: Sequence[Ranked], parts: Parts) -> list[Relation]:
        view = self.opened.given
        near = parts.neighbours or (view is not None and parts.between)  # what was inserted may tell in relations alone
        if not near and not parts.between:
            return []
        beginning = graph.leaving(self.reader, ranked if parts.between else ranked[:_NEAR_TO], self._given)
        found: list[Relation] = []
        if near:
            worded, source = (self._worded, view.source) if view is not None else (None, True)
            found += graph.neighbours(self.reader, ranked[:_NEAR_TO], beginning, self.project, worded, source=source)
        if parts.between:
            found += graph.between(ranked, beginning, self.project)
        return graph.distinct(found)

    def _worded(self, edges: Sequence[Edge]) -> list[float]:
        """The share of the question's words that each relation's own words hold."""
        if self._given is None or self._asked is None:
            return [0.0] * len(edges)
        matcher = Matcher(self._asked.terms, self._lexicon)
        found = matcher.weighed([[(text, 1.0)] for text in self._given.told(edges)])
        return [len(held) / max(len(matcher.stems), 1) for held in found]

    def _entities(self, ranked: Sequence[Ranked], relations: Sequence[Relation], parts: Parts) -> list[Ranked]:
        if parts.symbols:
            return list(ranked)
        return graph.ends(self.reader, relations, ranked) if parts.between else []

    def _entity(self, one: Ranked) -> Entity:
        file = shown_file(one.symbol.file)
        symbol = one.symbol if file == one.symbol.file else one.symbol._replace(file=file)
        return Entity(self.project, symbol, first_lines(one.symbol.doc), round(one.score, 6), "")

    def _passage(self, result: Result) -> Passage:
        return Passage(
            self.project, shown_file(result.chunk.file), result.start_line, result.end_line,
            quoted(result.chunk, result.start_line, result.end_line), result.symbol, round(result.score, 6),
            _rounded(result.signals), "",
        )  # fmt: skip

    def _nearest(self, question: Question) -> tuple[str, ...]:
        """Names of the project near to those in the question."""
        found: dict[str, None] = {}
        for word in (*question.names, *sorted(question.terms, key=len, reverse=True)):
            found.update(dict.fromkeys(nearest(self.reader, word)))
            if len(found) >= _NEAREST:
                break
        return tuple(found)[:_NEAREST]


def _rounded(signals: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in signals.items()}


# -- several projects ---------------------------------------------------------------------------------------------


def coverage(question: Question, texts: Iterable[str], lexicon: Lexicon) -> float:
    """The greatest share of a question's words that one of ``texts`` holds: what makes projects comparable.

    Scores are relative to the best of a project; a project that has nothing to say has a best one, too.
    """
    wanted = {stemmed(term) for term in question.terms}
    held = (len(wanted & {stemmed(term) for term in lexicon.counts(text)}) for text in texts)
    return max(held, default=0) / len(wanted) if wanted else 0.0


def merge_hits(found: Sequence[Hits], shares: Sequence[float], top: int) -> Hits:
    """The results of several projects as one list, each project's scores by its share."""
    results = [
        replace(hit, score=round(hit.score * share, 6))
        for hits, share in zip(found, shares, strict=True) for hit in hits.results
    ]  # fmt: skip
    results.sort(key=lambda hit: (-hit.score, hit.project, hit.file, hit.start_line))
    kept = tuple(results[:top])
    first = found[0]
    return Hits(
        first.question, first.mode, tuple(name for one in found for name in one.projects), _common(found), kept,
        _nearest_of(found) if not kept else (), _notes(found),
    )  # fmt: skip


def merge_answers(
    found: Sequence[Answer], shares: Sequence[float], top: int, budget: Budget, count: Count = estimate
) -> Answer:
    """The answers of several projects as one, each project's scores by its share."""
    pairs = list(zip(found, shares, strict=True))
    entities = [e._replace(score=round(e.score * share, 6)) for one, share in pairs for e in one.entities]
    relations = [r._replace(score=round(r.score * share, 6)) for one, share in pairs for r in one.relations]
    passages = [p._replace(score=round(p.score * share, 6)) for one, share in pairs for p in one.passages]
    entities.sort(key=lambda one: (-one.score, one.project, one.symbol.id))
    passages.sort(key=lambda one: (-one.score, one.project, one.file, one.start_line))
    relations.sort(key=lambda one: (graph.relation_order(one), one.project))
    followed = tuple(item for one in found for item in one.followed)
    merged = Answer(
        found[0].question, found[0].mode, tuple(name for one in found for name in one.projects), _common(found),
        followed, tuple(entities[:top]), tuple(relations[: 3 * top]), tuple(passages[:top]), notes=_notes(found),
    )  # fmt: skip
    merged = fit(merged, budget, count)
    return merged if merged.found else replace(merged, nearest=_nearest_of(found))


def _common(found: Sequence[Answer] | Sequence[Hits]) -> tuple[str, ...]:
    """The signals that were there in every project."""
    return tuple(name for name in found[0].signals if all(name in one.signals for one in found))


def _notes(found: Sequence[Answer] | Sequence[Hits]) -> tuple[str, ...]:
    return tuple(f"{one.projects[0]}: {note}" for one in found for note in one.notes)


def _nearest_of(found: Sequence[Answer] | Sequence[Hits]) -> tuple[str, ...]:
    return tuple(f"{one.projects[0]}: {name}" for one in found for name in one.nearest[:2])[:_NEAREST]

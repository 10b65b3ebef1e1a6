"""What the graph adds to an answer: the relations of the symbols that rank, and its own answer where it is asked.

"Who calls X" is answered by following edges, not by ranking. It must not know how symbols were ranked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from loomgraph.errors import AmbiguousSymbol, UnknownSymbol
from loomgraph.knowledge import shown_file
from loomgraph.model import Edge, EdgeKind, Resolution, Symbol, SymbolFlag, SymbolKind
from loomgraph.retrieve.answer import Followed, Relation
from loomgraph.retrieve.data import Words
from loomgraph.retrieve.given import Given
from loomgraph.retrieve.question import Question
from loomgraph.store import questions, traverse
from loomgraph.store.base import EXTERNAL_PREFIX, Reader, symbol_order
from loomgraph.store.spelling import resolve_symbol

_SHOWN = 20  # symbols that the graph's own answer names at most
_MEANT = 3  # symbols of one name that are followed at most
_A_KIND = 5  # relations of one kind in one direction at one symbol
_USES = (EdgeKind.CALLS, EdgeKind.REFERENCES, EdgeKind.IMPORTS, *traverse.DERIVES, EdgeKind.DECORATES)

# What a question asks for → (against the edges?, kinds of edges, steps).
_WAYS: dict[str, tuple[bool, tuple[EdgeKind, ...], int]] = {
    "callers": (True, traverse.CALLS, 1),
    "callees": (False, traverse.CALLS, 1),
    "users": (True, _USES, 1),
    "uses": (False, _USES, 1),
    "subtypes": (True, traverse.DERIVES, 0),
    "bases": (False, traverse.DERIVES, 0),
    "overriders": (True, traverse.OVERRIDES, 0),
    "overridden": (False, traverse.OVERRIDES, 0),
}
_TURNED = {"callers": "callees", "users": "uses", "subtypes": "bases", "overriders": "overridden"}
_WORD = re.compile(r"[^\W\d][\w.]*\w|[^\W\d]")
# How much a relation of a kind says about what a symbol is for.
_WORTH = {
    EdgeKind.INHERITS: 1.0, EdgeKind.IMPLEMENTS: 1.0, EdgeKind.OVERRIDES: 0.9, EdgeKind.CALLS: 0.8,
    EdgeKind.DECORATES: 0.7, EdgeKind.REFERENCES: 0.5, EdgeKind.TESTS: 0.4, EdgeKind.IMPORTS: 0.3,
}  # fmt: skip
_WORTHS = {kind.value: worth for kind, worth in _WORTH.items()} | {EdgeKind.CONTAINS.value: 0.3}
_OTHER = 0.6  # a relation of a kind that no code has
_FIT = 1.5  # what words that fit altogether add to the strength of a relation
Worded = Callable[[Sequence[Edge]], Sequence[float]]
_SURE = {Resolution.EXACT: 1.0, Resolution.INFERRED: 0.9, Resolution.CANDIDATE: 0.5}
_ALONE = 0.5  # what a relation is worth whose other end does not rank itself


class Ranked(NamedTuple):
    """A symbol with the score it ranks by."""

    symbol: Symbol
    score: float


# -- questions that the graph answers -----------------------------------------------------------------------------


def follow(reader: Reader, question: Question, words: Words, project: str = "") -> list[Followed]:
    """The graph's own answer to a question that asks for callers, users, subtypes … of a symbol it names."""
    if not question.asks:
        return []
    for name in _spoken_of(reader, question, words):
        found = [_followed(reader, symbol, _asks_of(question, name), project) for symbol in meant(reader, name)]
        if found:
            return [one for one in found if one.reached.hops] or found[:1]
    return []


def _followed(reader: Reader, symbol: Symbol, asks: str, project: str) -> Followed:
    against, kinds, depth = _WAYS[asks]
    ask = questions.callers if against else questions.callees
    reached = ask(reader, symbol.id, kinds=kinds, depth=depth)
    if not reached.hops and EdgeKind.CALLS in kinds:  # a call on a base reaches what overrides it
        reached = ask(reader, symbol.id, kinds=kinds, depth=depth, widen=True)
    hops = sorted(
        reached.hops, key=lambda hop: (hop.depth, hop.symbol.kind == SymbolKind.EXTERNAL, _is_test(hop.symbol))
    )
    return Followed(project, asks, replace(reached, hops=tuple(hops[:_SHOWN])))


def _asks_of(question: Question, name: str) -> str:
    """What is asked: "what does X call" asks the other way round from "what calls X"."""
    if re.search(rf"\b(?:do|does|did)\s+(?:the\s+|a\s+)?\W?{re.escape(name)}", question.text, re.IGNORECASE):
        return _TURNED.get(question.asks, question.asks)
    return question.asks


def _spoken_of(reader: Reader, question: Question, words: Words) -> list[str]:
    """The names a question may be about: those that look like code, else its words that are names in the graph."""
    if question.about:
        return [question.about]
    if question.names:
        return list(question.names)
    terms = set(question.terms) - words.asks.keys()
    spoken = [word for word in _WORD.findall(question.text) if word.lower() in terms]
    own = {symbol.name for symbol in reader.symbols_named(spoken) if symbol.file}
    return [word for word in spoken if word in own]


def meant(reader: Reader, name: str) -> list[Symbol]:
    """The symbols that a name may mean, at most a few: code before tests, classes before what they hold."""
    try:
        return [resolve_symbol(reader, name)]
    except UnknownSymbol:
        return []
    except AmbiguousSymbol as error:
        found = reader.symbols(error.candidates).values()
    return sorted(found, key=lambda symbol: (_is_test(symbol), symbol.kind not in traverse.CLASSES,
                                             *symbol_order(symbol)))[:_MEANT]  # fmt: skip


def _is_test(symbol: Symbol) -> bool:
    return bool(symbol.flags & SymbolFlag.TEST)


# -- relations ----------------------------------------------------------------------------------------------------


def leaving(reader: Reader, ranked: Sequence[Ranked], given: Given | None = None) -> list[Edge]:
    """The edges that begin at ``ranked``, in their order; of all kinds where some were ``given``."""
    if given is not None:
        return given.edges_from([one.symbol for one in ranked])
    return reader.edges_from([one.symbol.id for one in ranked], list(_WORTH))


def neighbours(
    reader: Reader, ranked: Sequence[Ranked], beginning: Sequence[Edge], project: str = "",
    worded: Worded | None = None, *, source: bool = True,
) -> list[Relation]:  # fmt: skip
    """The strongest relations at each of ``ranked``, a few of each kind and direction.

    ``beginning`` are edges that begin at them, and others; ``worded`` says how well the words of relations fit: with
    it, relations of every kind are looked at. ``source``: whether the graph holds any, and so tests.
    """
    scores = {one.symbol.id: one.score for one in ranked}
    ending = reader.edges_to(list(scores), list(_WORTH) if worded is None else None)
    found: list[Relation] = []
    groups: dict[tuple[str, str, bool], list[Edge]] = {}
    for inward, edges in ((False, [edge for edge in beginning if edge.source in scores]), (True, ending)):
        for edge in edges:
            if not _outside(edge):
                groups.setdefault((edge.target if inward else edge.source, edge.kind, inward), []).append(edge)
    others = {edge.source for edges in groups.values() for edge in edges} if source else set()
    tests = reader.flagged(sorted(others), SymbolFlag.TEST)
    every = [edge for edges in groups.values() for edge in edges]
    fits = iter(worded(every) if worded is not None else [0.0] * len(every))
    for (at, _, inward), edges in groups.items():
        fit = list(islice(fits, len(edges)))
        of_kind = [
            _relation(edge, _strength(edge, at, inward, scores, tests) * (1.0 + _FIT * share), project)
            for edge, share in zip(edges, fit, strict=True)
        ]
        found += sorted(of_kind, key=relation_order)[:_A_KIND]
    return found


def between(ranked: Sequence[Ranked], beginning: Iterable[Edge], project: str = "") -> list[Relation]:
    """The relations whose two ends both rank, of those ``beginning`` there."""
    scores = {one.symbol.id: one.score for one in ranked}
    return [
        _relation(edge, _strength(edge, edge.source, False, scores, frozenset()), project)
        for edge in beginning if edge.target in scores and edge.source != edge.target
    ]  # fmt: skip


def _outside(edge: Edge) -> bool:
    """Whether a relation leads to what is no part of the project and says little: all but its bases."""
    return edge.target.startswith(EXTERNAL_PREFIX) and edge.kind not in traverse.DERIVES


def _strength(
    edge: Edge, at: str, inward: bool, scores: Mapping[str, float], tests: frozenset[str] | set[str]
) -> float:
    other = scores.get(edge.source if inward else edge.target)
    ends = scores[at] * _ALONE if other is None else (scores[at] + other) / 2
    worth = _WORTHS.get(edge.kind, _OTHER) * _SURE[edge.resolution]
    return ends * worth * (0.5 if edge.source in tests else 1.0)


def _relation(edge: Edge, score: float, project: str) -> Relation:
    line = edge.lines[0] if edge.lines else 0
    return Relation(
        project, str(edge.kind), edge.source, edge.target, shown_file(edge.file), line, edge.count, edge.resolution,
        round(score, 6), "",
    )  # fmt: skip


def distinct(relations: Iterable[Relation]) -> list[Relation]:
    """Each relation once, at its best score, strongest first."""
    best: dict[tuple[str, str, str, str, str], Relation] = {}
    for one in relations:
        key = (one.project, one.kind, one.source, one.target, one.file)
        if key not in best or one.score > best[key].score:
            best[key] = one
    return sorted(best.values(), key=relation_order)


def relation_order(relation: Relation) -> tuple[float, int, str, str, str, str]:
    """Strongest first, then those with more sites, then by name."""
    return -relation.score, -relation.count, relation.source, relation.target, relation.kind, relation.file


def ends(reader: Reader, relations: Sequence[Relation], ranked: Sequence[Ranked]) -> list[Ranked]:
    """The symbols at the ends of ``relations``, by the best relation each is in."""
    known = {one.symbol.id: one.symbol for one in ranked}
    best: dict[str, float] = {}
    for one in relations:
        for end in (one.source, one.target):
            best[end] = max(best.get(end, 0.0), one.score)
    missing = reader.symbols([key for key in best if key not in known])
    found = [Ranked(known.get(key) or missing[key], score) for key, score in best.items()
             if key in known or key in missing]  # fmt: skip
    return sorted((one for one in found if one.symbol.kind != SymbolKind.EXTERNAL), key=lambda one: -one.score)

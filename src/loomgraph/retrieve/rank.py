"""Ranking: signals of passages → one order. Each signal is a number between 0 and 1; the weights are data.

It sees candidates and their signals, never the store or the question's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from loomgraph.retrieve.data import Weights

_ENTRY = re.compile(r"(?:^|/)(?:__init__\.pyi?|index\.[cm]?[jt]sx?|mod\.rs|lib\.rs|package-info\.java)$")
_DOCUMENT = re.compile(r"\.(?:md|markdown|rst|txt)$", re.IGNORECASE)
_SIBLINGS = 5  # passages of a file that speak for it
_DECAY = 0.5  # how much less each of them counts than the one before


@dataclass(slots=True)
class Candidate:
    """A passage that some signal found. ``path`` and ``at`` name it; the rest are its signals."""

    path: str
    at: int
    lexical: float = 0.0
    semantic: float = 0.0
    definition: float = 0.0
    stem: float = 0.0
    centrality: float = 0.0
    test: bool = False
    generated: bool = False
    score: float = 0.0
    signals: dict[str, float] = field(default_factory=dict)


def score(candidates: Iterable[Candidate], weights: Weights, is_name: bool, keep_tests: bool) -> list[Candidate]:
    """Give each candidate its score; best first, ties by path and place."""
    found = list(candidates)
    share = weights.signals["symbol_semantic" if is_name else "semantic"]
    for one in found:
        one.score = (1.0 - share) * one.lexical + share * one.semantic
    siblings = _siblings(found)
    best = max(siblings.values(), default=0.0) or 1.0
    for one in found:
        one.signals = {
            "lexical": one.lexical, "semantic": one.semantic, "file": siblings[one.path] / best, "stem": one.stem,
            "definition": one.definition, "centrality": one.centrality,
        }  # fmt: skip
        one.score += weights.signals["file"] * one.signals["file"] + weights.signals["stem"] * one.stem
        one.score += weights.signals["name" if is_name else "definition"] * one.definition
        one.score += weights.signals["centrality"] * one.centrality
        one.score *= factor(one, weights, keep_tests)
    found.sort(key=lambda one: (-one.score, one.path, one.at))
    return found


def _siblings(found: list[Candidate]) -> dict[str, float]:
    """What the good passages of each file add up to, later ones counting less."""
    total: dict[str, float] = {}
    seen: dict[str, int] = {}
    for one in sorted(found, key=lambda one: (-one.score, one.path, one.at)):
        count = seen.get(one.path, 0)
        if count < _SIBLINGS:
            total[one.path] = total.get(one.path, 0.0) + one.score * _DECAY**count
            seen[one.path] = count + 1
    return total


def factor(one: Candidate, weights: Weights, keep_tests: bool) -> float:
    """What the kind of file multiplies the score by."""
    value = 1.0
    if one.test and not keep_tests:
        value *= weights.factors["test"]
    if one.generated:
        value *= weights.factors["generated"]
    if _ENTRY.search(one.path):
        value *= weights.factors["entry"]
    elif _DOCUMENT.search(one.path):
        value *= weights.factors["document"]
    return value

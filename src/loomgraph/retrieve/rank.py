"""Ranking: signals of passages → one order. Each signal is a number between 0 and 1; the weights are data.

It sees candidates and their signals, never the store or the question's text.
"""

from __future__ import annotations

from collections.abc import Iterable

from loomgraph.retrieve.data import Weights
from loomgraph.retrieve.signals import siblings
from loomgraph.retrieve.signals.pool import Candidate
from loomgraph.retrieve.view import File


def score(candidates: Iterable[Candidate], weights: Weights, is_name: bool, keep_tests: bool) -> list[Candidate]:
    """Give each candidate its score; best first, ties by path and place."""
    found = list(candidates)
    signals = weights.signals
    share = signals["symbol_semantic" if is_name else "semantic"]
    for one in found:
        one.score = (1.0 - share) * one.lexical + share * one.semantic
    siblings.add(found)
    file, stem, centrality = signals["file"], signals["stem"], signals["centrality"]
    definition = signals["name" if is_name else "definition"]
    factors: dict[str, float] = {}
    for one in found:
        path = one.file.path
        if path not in factors:
            factors[path] = factor(one.file, weights, keep_tests)
        one.score += file * one.siblings + stem * one.stem + definition * one.definition + centrality * one.centrality
        one.score *= factors[path]
    found.sort(key=lambda one: (-one.score, one.file.path, one.at))
    return found


def factor(file: File, weights: Weights, keep_tests: bool) -> float:
    """What the kind of file multiplies the score by."""
    value = 1.0
    if file.test and not keep_tests:
        value *= weights.factors["test"]
    if file.generated:
        value *= weights.factors["generated"]
    if file.entry:
        value *= weights.factors["entry"]
    elif file.document:
        value *= weights.factors["document"]
    return value

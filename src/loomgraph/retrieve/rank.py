"""Ranking: signals of passages → one order. Each signal is a number between 0 and 1; the weights are data.

It sees candidates and their signals, never the store or the question's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from loomgraph.retrieve.data import Weights
from loomgraph.retrieve.signals import siblings
from loomgraph.retrieve.signals.pool import Candidate, Held
from loomgraph.retrieve.view import File


def score(files: Sequence[Held], weights: Weights, is_name: bool, keep_tests: bool) -> list[Candidate]:
    """Give each candidate its score; best first, ties by path and place."""
    found: list[Candidate] = []
    signals = weights.signals
    share = signals["symbol_semantic" if is_name else "semantic"]
    rest = 1.0 - share
    for some in files:
        found += some
    for one in found:
        one.score = rest * one.lexical + share * one.semantic
    siblings.add(files)
    file, stem, centrality = signals["file"], signals["stem"], signals["centrality"]
    definition = signals["name" if is_name else "definition"]
    for some in files:
        of = some[0].file
        multiple = 1.0 if of.plain else factor(of, weights, keep_tests)
        for one in some:
            more = file * one.siblings + stem * one.stem + definition * one.definition + centrality * one.centrality
            one.score = (one.score + more) * multiple
    return in_order(found)


def in_order(found: list[Candidate]) -> list[Candidate]:
    """Best first, ties by path and place; few are equal, and to compare scores alone is faster."""
    found.sort(key=attrgetter("score"), reverse=True)
    start = 0
    for at in range(1, len(found) + 1):
        if at == len(found) or found[at].score != found[start].score:
            if at - start > 1:
                found[start:at] = sorted(found[start:at], key=lambda one: (one.file.path, one.at))
            start = at
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

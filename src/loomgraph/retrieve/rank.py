"""Ranking: signals of passages → one order. Each signal is a number between 0 and 1; the weights are data.

It sees candidates and their signals, never the store or the question's text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from loomgraph.retrieve.data import Weights
from loomgraph.retrieve.signals import siblings

if TYPE_CHECKING:
    from loomgraph.retrieve.signals.pool import Column, Pool, Rows
    from loomgraph.retrieve.view import File


def score(pool: Pool, weights: Weights, is_name: bool, keep_tests: bool) -> Column:
    """What each candidate scores."""
    signals, found = weights.signals, pool.signals
    share = signals["symbol_semantic" if is_name else "semantic"]
    scores = (1.0 - share) * found["lexical"] + share * found["semantic"]
    siblings.add(pool, scores)
    definition = signals["name" if is_name else "definition"]
    more = signals["file"] * found["file"] + signals["stem"] * found["stem"]
    more = more + definition * found["definition"] + signals["centrality"] * found["centrality"]
    factors = np.ones(len(pool.numbers))
    for at in np.flatnonzero(~pool.view.plain[pool.numbers]):
        factors[at] = factor(pool.view.numbered[pool.numbers[at]], weights, keep_tests)
    result: Column = (scores + more) * factors[pool.of_file]
    return result


def in_order(scores: Column) -> Rows:
    """The rows of candidates, best first, ties by path and place, as they stand."""
    return np.argsort(-scores, kind="stable")


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

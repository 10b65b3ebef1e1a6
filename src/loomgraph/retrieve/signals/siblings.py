"""The file signal: what the good passages of a file add up to, against the best file; it needs them scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from loomgraph.retrieve.signals.pool import Pool

if TYPE_CHECKING:
    from loomgraph.retrieve.signals.pool import Column

_SIBLINGS = 5  # passages of a file that speak for it
_DECAY = 0.5  # how much less each of them counts than the one before


def add(pool: Pool, scores: Column) -> None:
    """Give each candidate the signal of its file; ``scores`` are what they have without it."""
    order = np.lexsort((-scores, pool.of_file))
    ranks = np.arange(len(order)) - np.searchsorted(pool.of_file, pool.of_file)
    counts = np.where(ranks < _SIBLINGS, _DECAY**ranks, 0.0)
    total = np.bincount(pool.of_file, scores[order] * counts)
    pool.put("file", total / (total.max(initial=0.0) or 1.0))

"""The file signal: what the good passages of a file add up to, against the best file; it needs them scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from loomgraph.retrieve.signals.pool import Pool

if TYPE_CHECKING:
    from loomgraph.retrieve.signals.pool import Column

_COUNTS = np.array(
    [1.0, 0.5, 0.25, 0.125, 0.0625, 0.0]
)  # how much each passage of a file speaks for it, the best first


def add(pool: Pool, scores: Column) -> None:
    """Give each candidate the signal of its file; ``scores`` are what they have without it."""
    order = np.lexsort((-scores, pool.of_file))
    ranks = np.arange(len(order)) - pool.of_file.searchsorted(pool.of_file)
    total = np.bincount(pool.of_file, scores.take(order) * _COUNTS.take(ranks, mode="clip"))
    pool.put("file", total / (total.max(initial=0.0) or 1.0))

"""Which of a question's stems find passages, and what each of them adds to a score: BM25 as SQLite's FTS5 counts it.

One place for every store that ranks for itself, so that all rank alike. Must not know where postings lie.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ENOUGH = 4  # times as many passages as are wanted: where rarer terms find them, the commonest find nothing alone
_K1, _B = 1.2, 0.75
_LEAST_IDF = 1e-6  # of a stem that more than half of all passages hold


def split(sizes: Sequence[int], enough: int) -> tuple[list[int], list[int]]:
    """Which terms find passages, the rarest until those are ``enough``, and which only add to what is found.

    ``sizes`` say how many passages hold each; terms are given by their places among them.
    """
    needed: set[int] = set()
    rows = 0
    for size, at in sorted((size, at) for at, size in enumerate(sizes)):
        if rows < enough:
            needed.add(at)
            rows += size
    return sorted(needed), [at for at in range(len(sizes)) if at not in needed]


def rarity(passages: int, holders: int) -> float:
    """What a stem tells that ``holders`` of all ``passages`` hold (inverse document frequency)."""
    return max(math.log((passages - holders + 0.5) / (holders + 0.5)), _LEAST_IDF)


def damps(lengths: NDArray[np.float64], mean: float) -> NDArray[np.float64]:
    """What passages of some lengths, in words, set against how often they hold a stem; ``mean`` is that of all."""
    found: NDArray[np.float64] = _K1 * (1 - _B + _B * lengths / (mean or 1.0))
    return found


def gains(often: NDArray[np.float64], damp: NDArray[np.float64]) -> NDArray[np.float64]:
    """What passages gain by a stem, but for its rarity: how often they hold it, against :func:`damps`."""
    found: NDArray[np.float64] = (often * (_K1 + 1.0)) / (often + damp)
    return found

"""The stem signal: how much of the name of a file stands in the question; short words say less."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loomgraph.lexicon import Lexicon
from loomgraph.retrieve.signals.pool import Pool

_TELLING = 5.0  # letters that say as much as a whole name


def add(pool: Pool, stems: Sequence[str], lexicon: Lexicon) -> None:
    """Give each candidate the signal of its file: the share of the words of its name that have one of ``stems``."""
    words, hit, letters = pool.view.words.holding(pool.numbers, stems, lexicon)
    pool.put("stem", hit / np.maximum(words, 1) * np.minimum(letters / _TELLING, 1.0))

"""The centrality signal: how many files depend on the file of a passage, by logarithm: 1 when all do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from loomgraph.retrieve.signals.pool import Pool

if TYPE_CHECKING:
    from loomgraph.store.base import Reader


def add(pool: Pool, reader: Reader) -> None:
    """Give each candidate the signal of its file, which the view remembers.

    Only source depends on files.
    """
    view = pool.view
    if not view.source:
        return
    whole = math.log1p(max(len(view.files), 1))
    files = [view.numbered[number] for number in pool.numbers.tolist()]
    for file in files:
        if file.central < 0:
            file.central = math.log1p(reader.dependent_count(file.path)) / whole
    pool.put("centrality", [file.central for file in files])

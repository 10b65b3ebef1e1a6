"""The lexical signal: how well the words of a question stand in a passage (BM25), against the best one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from loomgraph.retrieve.signals.pool import Found

if TYPE_CHECKING:
    from loomgraph.store.base import Reader


def find(reader: Reader, terms: Sequence[str], fields: Sequence[float], limit: int) -> Iterator[Found]:
    """The passages that hold any of ``terms``, chunks and cards; ``fields`` weigh the fields of the index."""
    for cards in (False, True):
        files, places, scores = reader.search_passages(terms, fields, limit, cards=cards)
        if len(scores):
            top = scores[0]
            yield Found("lexical", files, places, scores / top if top > 0 else np.zeros(len(scores)), int(cards))

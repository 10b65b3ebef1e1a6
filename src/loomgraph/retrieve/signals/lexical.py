"""The lexical signal: how well the words of a question stand in a passage (BM25), against the best one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loomgraph.retrieve.signals.pool import Pool

if TYPE_CHECKING:
    from loomgraph.store.base import Reader


def add(pool: Pool, reader: Reader, terms: Sequence[str], fields: Sequence[float], limit: int) -> None:
    """Add the passages that hold any of ``terms``, chunks and cards; ``fields`` weigh the fields of the index."""
    for cards in (False, True):
        hits = reader.search_passages(terms, fields, limit, cards=cards)
        top = hits[0].score if hits else 0.0
        for hit in hits:
            one = pool.at(hit.path, hit.at)
            one.card = cards
            one.lexical = hit.score / top if top > 0 else 0.0

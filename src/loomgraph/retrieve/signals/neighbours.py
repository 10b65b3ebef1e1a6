"""The neighbour signal: what stands around a definition in the graph fits, too.

Who asks for functions often describes what several of them do together: one that is called by, or calls, what fits the
question is likelier to be meant than one that shares a word with it. It sees scores and edges, not the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from loomgraph.model import EdgeKind

if TYPE_CHECKING:
    from loomgraph.store.base import Reader

_KINDS = tuple(kind for kind in EdgeKind if kind != EdgeKind.CONTAINS)
_FEW = 3  # neighbours that speak for a definition


def add(reader: Reader, own: Mapping[str, float]) -> dict[str, float]:
    """For each symbol, 0 to 1, how well its best neighbours among ``own`` fit; ``own`` says how well each does."""
    around: dict[str, set[str]] = {}
    for edge in reader.edges_from(list(own), _KINDS):
        if edge.target in own and edge.target != edge.source:
            around.setdefault(edge.source, set()).add(edge.target)
            around.setdefault(edge.target, set()).add(edge.source)
    found = {symbol: _sum(own[other] for other in others) for symbol, others in around.items()}
    best = max(found.values(), default=0.0) or 1.0
    return {symbol: value / best for symbol, value in found.items()}


def _sum(values: Iterable[float]) -> float:
    return sum(sorted(values, reverse=True)[:_FEW])

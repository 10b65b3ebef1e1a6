"""The file signal: what the good passages of a file add up to, against the best file; it needs them scored."""

from __future__ import annotations

from collections.abc import Sequence

from loomgraph.retrieve.signals.pool import Held

_SIBLINGS = 5  # passages of a file that speak for it
_DECAY = 0.5  # how much less each of them counts than the one before


def add(files: Sequence[Held]) -> None:
    """Give each candidate the signal of its file."""
    total = [some[0].score if len(some) == 1 else _sum([one.score for one in some]) for some in files]
    best = max(total, default=0.0) or 1.0
    for some, value in zip(files, total, strict=True):
        share = value / best
        for one in some:
            one.siblings = share


def _sum(scores: list[float]) -> float:
    """What the best of them add up to, later ones counting less."""
    scores.sort(reverse=True)
    return sum(score * _DECAY**at for at, score in enumerate(scores[:_SIBLINGS]))

"""The file signal: what the good passages of a file add up to, against the best file; it needs them scored."""

from __future__ import annotations

from collections.abc import Sequence

from loomgraph.retrieve.signals.pool import Candidate

_SIBLINGS = 5  # passages of a file that speak for it
_DECAY = 0.5  # how much less each of them counts than the one before


def add(found: Sequence[Candidate]) -> None:
    """Give each candidate the signal of its file."""
    scores: dict[str, list[float]] = {}
    for one in found:
        scores.setdefault(one.file.path, []).append(one.score)
    total = {path: _sum(some) for path, some in scores.items()}
    best = max(total.values(), default=0.0) or 1.0
    for one in found:
        one.siblings = total[one.file.path] / best


def _sum(scores: list[float]) -> float:
    """What the best of them add up to, later ones counting less."""
    scores.sort(reverse=True)
    return sum(score * _DECAY**at for at, score in enumerate(scores[:_SIBLINGS]))

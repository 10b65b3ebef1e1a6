"""The semantic signal: how near in meaning a passage is, from the farthest of those looked at to the nearest one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loomgraph.retrieve.signals.pool import Found


def find(near: Sequence[tuple[str, int, float]]) -> Iterator[Found]:
    """What is ``near`` in meaning, best first: path, place and cosine."""
    if near:
        paths, places, cosines = zip(*near, strict=True)
        top, floor = cosines[0], cosines[-1]
        values = [(cosine - floor) / (top - floor) if top > floor else 1.0 for cosine in cosines]
        yield Found("semantic", paths, places, values)

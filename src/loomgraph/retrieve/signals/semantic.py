"""The semantic signal: how near in meaning a passage is, from the farthest of those looked at to the nearest one."""

from __future__ import annotations

from collections.abc import Iterator

from loomgraph.retrieve.signals.pool import Found
from loomgraph.store.base import PassageHits


def find(near: PassageHits) -> Iterator[Found]:
    """What is ``near`` in meaning, by cosines."""
    paths, places, cosines = near
    if paths:
        top, floor = cosines[0], cosines[-1]
        values = [(cosine - floor) / (top - floor) if top > floor else 1.0 for cosine in cosines]
        yield Found("semantic", paths, places, values)

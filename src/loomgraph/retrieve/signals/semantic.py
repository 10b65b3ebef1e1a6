"""The semantic signal: how near in meaning a passage is, from the farthest of those looked at to the nearest one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from loomgraph.retrieve.signals.pool import Found
from loomgraph.store.base import PassageHits


def find(near: PassageHits) -> Iterator[Found]:
    """What is ``near`` in meaning, by cosines."""
    files, places, cosines = near
    if len(cosines):
        top, floor = cosines[0], cosines[-1]
        values = (cosines - floor) / (top - floor) if top > floor else np.ones(len(cosines))
        yield Found("semantic", files, places, values)

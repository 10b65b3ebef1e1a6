"""The semantic signal: how near in meaning a passage is, from the farthest of those looked at to the nearest one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loomgraph.retrieve.signals.pool import Found

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from loomgraph.retrieve.vectors import Vectors


def find(vectors: Vectors, vector: NDArray[np.float32], limit: int) -> Iterator[Found]:
    """The passages nearest to ``vector``."""
    near = vectors.nearest(vector, limit)
    if near:
        paths, places, cosines = zip(*near, strict=True)
        top, floor = cosines[0], cosines[-1]
        values = [(cosine - floor) / (top - floor) if top > floor else 1.0 for cosine in cosines]
        yield Found("semantic", paths, places, values)

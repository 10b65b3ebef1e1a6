"""The semantic signal: how near in meaning a passage is, from the farthest of those looked at to the nearest one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.retrieve.signals.pool import Pool

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from loomgraph.retrieve.vectors import Vectors


def add(pool: Pool, vectors: Vectors, vector: NDArray[np.float32], limit: int) -> None:
    """Add the passages nearest to ``vector``."""
    near = vectors.nearest(vector, limit)
    if not near:
        return
    floor, top = near[-1][2], near[0][2]
    for path, place, cosine in near:
        pool.at(path, place).semantic = (cosine - floor) / (top - floor) if top > floor else 1.0

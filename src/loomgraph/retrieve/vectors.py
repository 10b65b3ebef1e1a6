"""The vectors of a project as one matrix, and the passages nearest to a question's.

Exact: every passage is compared. Nothing of it stays in memory longer than whoever holds the object.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from loomgraph.store.base import Reader


class VectorTable:
    """Rows of unit vectors, file after file."""

    def __init__(self, reader: Reader, dimension: int) -> None:
        self.generation = reader.generation()
        self._paths: list[str] = []
        self._starts: list[int] = []
        blocks: list[bytes] = []
        rows = 0
        for path, data in reader.vectors():
            self._paths.append(path)
            self._starts.append(rows)
            blocks.append(data)
            rows += len(data) // (2 * dimension)
        matrix: NDArray[np.float16] = np.frombuffer(b"".join(blocks), "<f2").reshape(rows, dimension)
        self._matrix = matrix.astype(np.float32)

    def __len__(self) -> int:
        return len(self._matrix)

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return int(self._matrix.nbytes)

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, int, float]]:
        """(path, place in the file, cosine) of the nearest passages, best first, ties by path and place."""
        if not len(self._matrix):
            return []
        scores = self._matrix @ vector
        limit = min(limit, len(scores))
        best = np.argpartition(-scores, limit - 1)[:limit]
        order = best[np.lexsort((best, -scores[best]))]
        found = []
        for row in order.tolist():
            at = bisect_right(self._starts, row) - 1
            found.append((self._paths[at], row - self._starts[at], float(scores[row])))
        return found

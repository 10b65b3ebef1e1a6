"""The nearest rows without comparing all: an index (HNSW) of a block, in a file beside it, for very many rows.

Comparing every row costs what there is of them: a hundred thousand take some milliseconds, and that is where an index
begins to pay. It is made when a project is indexed, never by a question, and read from its file as it is needed. It
needs the package usearch (the extra ``hnsw``); without it, or without the file, every row is compared. What it gives is
compared exactly afterwards, so only what it overlooks is lost (docs/retrieval.md says how much that is).
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from loomgraph.retrieve.vectors import Block

FROM = 100_000  # rows
SUFFIX = ".hnsw"
_CONNECTIVITY, _ADDING, _SEARCHING = 16, 128, 256
_BATCH = 8192  # rows added at a time


def installed() -> bool:
    """Whether there is what an index is made and read with."""
    return importlib.util.find_spec("usearch") is not None


class Index:
    """The index of a block. Any number of threads may ask at a time."""

    def __init__(self, found: Any) -> None:
        self._found = found

    def nearest(self, vector: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
        """The rows that are nearest, or most of them."""
        keys: NDArray[np.uint64] = self._found.search(vector, min(limit, len(self._found))).keys
        return keys.astype("intp")


def make(block: Block, path: Path) -> bool:
    """Write the index of ``block`` to ``path``: whole or not at all. False when that cannot be done here."""
    if not installed():
        return False
    import numpy as np
    from usearch.index import Index as Graph

    rows, dimension = block.small.shape
    graph = _empty(Graph, dimension)
    for start in range(0, rows, _BATCH):
        end = min(start + _BATCH, rows)
        graph.add(np.arange(start, end, dtype=np.uint64), block.floats(slice(start, end)).astype(np.float16))
    draft = path.with_name(f"new-{os.getpid()}-{threading.get_ident()}{SUFFIX}")
    try:
        graph.save(str(draft))
        os.replace(draft, path)
    except (OSError, RuntimeError):
        with contextlib.suppress(OSError):
            draft.unlink()
        return False
    return True


def load(path: Path, block: Block) -> Index | None:
    """The index at ``path``, mapped from its file; None when there is none that is of ``block``."""
    if not path.exists() or not installed():
        return None
    from usearch.index import Index as Graph

    try:
        graph = _empty(Graph, block.small.shape[1])
        graph.view(str(path))
    except (OSError, RuntimeError, ValueError):
        return None
    return Index(graph) if len(graph) == len(block) else None


def _empty(kind: Any, dimension: int) -> Any:
    return kind(
        ndim=dimension, metric="cos", dtype="f16", connectivity=_CONNECTIVITY, expansion_add=_ADDING,
        expansion_search=_SEARCHING,
    )  # fmt: skip

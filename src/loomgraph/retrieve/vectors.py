"""The vectors of a project: blocks of rows, and the passages nearest to a question's.

Every row is compared as one byte a number, which is read four times as fast as what it stands for; what may be among
the nearest by the error of that is then compared as it was stored. Where the package numkong is there (the extra
``hnsw`` brings it), bytes are compared with bytes before, in a quarter of the time, and the same rows are found. A
large block has the bytes alone: they are off by half a thousandth, which decides between neighbours at most. Rows of a
block whose file has changed are dead, the rows that took their place stand in another block. It must not know where
rows come from.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from loomgraph.store.base import PassageHits

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NUMBERS = 1 << 18  # compared at a time: as floats they stay in the processor's cache; of more BLAS starts threads
_GROUP = 32  # rows of which the best stands for all, to find roughly where the nearest begin
_MANY = 8192  # rows for which it is worth while to bring that in
_BYTE = 127.0
_ROUNDING = 1e-5
_DEAD, _LEAST = -2.0, -1.5  # below every product, and between that and those of dead rows


class Vectors(Protocol):
    """What a question's vector is compared with. Any number of threads may ask at a time."""

    def __len__(self) -> int:
        """How many passages have a vector."""
        ...

    @property
    def nbytes(self) -> int:
        """Bytes held in memory; what is mapped from a file is not."""
        ...

    def nearest(self, vector: NDArray[np.float32], limit: int) -> PassageHits:
        """The nearest passages by their cosines."""
        ...


class Neighbours(Protocol):
    """An index of a block's rows that finds the nearest without comparing all."""

    def nearest(self, vector: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
        """The rows that are nearest, or most of them."""
        ...


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of unit vectors, file after file.

    ``starts`` has one entry a file and one more: where the rows of each begin. ``keys`` say of each file from what
    content its rows were made. ``small`` times ``scales`` is ``rows`` but for ``error`` at most, as a length; without
    ``rows`` it stands for them.
    """

    paths: Sequence[str]
    keys: Sequence[bytes]
    starts: Sequence[int]
    rows: NDArray[np.float16] | None
    small: NDArray[np.int8]
    scales: NDArray[np.float32]
    error: float
    mapped: bool = False

    @property
    def nbytes(self) -> int:
        """Bytes held in memory."""
        held = sum(map(len, self.paths)) + 100 * len(self.paths)
        if not self.mapped:
            held += self.small.nbytes + self.scales.nbytes + (self.rows.nbytes if self.rows is not None else 0)
        return held

    def __len__(self) -> int:
        return len(self.small)

    def floats(self, at: NDArray[np.intp] | slice) -> NDArray[np.float32]:
        """Some rows, as exactly as they are known."""
        if self.rows is not None:
            return self.rows[at].astype(np.float32)
        found = self.small[at].astype(np.float32)
        found *= self.scales[at, None]
        return found


def squeezed(rows: NDArray[np.float16]) -> tuple[NDArray[np.int8], NDArray[np.float32], float]:
    """Rows as bytes, what to multiply each by, and how far at most one is from what it stands for."""
    whole = rows.astype(np.float32)
    scales = np.abs(whole).max(axis=1, initial=0.0) / _BYTE
    scales[scales == 0.0] = 1.0
    small = np.rint(whole / scales[:, None]).astype(np.int8)
    whole -= small * scales[:, None]
    error = float(np.sqrt((whole * whole).sum(axis=1)).max(initial=0.0))
    return small, scales.astype(np.float32), error


def block_of(paths: Sequence[str], keys: Sequence[bytes], data: Sequence[bytes], dimension: int) -> Block:
    """A block in memory from the stored vectors of files."""
    rows: NDArray[np.float16] = np.frombuffer(b"".join(data), "<f2").reshape(-1, dimension)
    starts = [0]
    for one in data:
        starts.append(starts[-1] + len(one) // (2 * dimension))
    return Block(paths, keys, starts, rows, *squeezed(rows))


@dataclass(frozen=True, slots=True)
class Part:
    """A block, which of its rows are dead (None: none), and an index of it, if there is one."""

    block: Block
    dead: NDArray[np.bool_] | None = None
    index: Neighbours | None = None


class VectorTable:
    """Vectors in blocks."""

    def __init__(self, parts: Sequence[Part], files: Iterable[str]) -> None:
        """``files`` are the paths of all that the graph has, in their order."""
        self._parts = [part for part in parts if len(part.block)]
        self._starts = [np.asarray(part.block.starts, np.int64) for part in self._parts]
        standing = {path: at for at, path in enumerate(files)}
        self._files = [np.array([standing.get(path, -1) for path in part.block.paths]) for part in self._parts]
        dead = sum(part.dead.nbytes for part in self._parts if part.dead is not None)
        self.nbytes = dead + sum(part.block.nbytes for part in self._parts)  # once: it is asked for again and again
        self._live = sum(len(one.block) - (int(one.dead.sum()) if one.dead is not None else 0) for one in parts)

    def __len__(self) -> int:
        return self._live

    def nearest(self, vector: NDArray[np.float32], limit: int) -> PassageHits:
        """The nearest passages by their cosines."""
        found = [PassageHits.none()]
        for part, starts, files in zip(self._parts, self._starts, self._files, strict=True):
            rows = _candidates(part, vector, limit)
            cosines = np.round(part.block.floats(rows) @ vector, 6).astype(np.float64)
            at = np.searchsorted(starts, rows, "right") - 1
            found.append(PassageHits(files.take(at), rows - starts.take(at), cosines))
        whole = PassageHits(*map(np.concatenate, zip(*found, strict=True)))
        return PassageHits.best(*whole, limit)


def _candidates(part: Part, vector: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
    """The live rows of a part that may be among the nearest, in their order."""
    if part.index is not None:
        spare = int(part.dead.sum()) if part.dead is not None else 0
        rows = part.index.nearest(vector, 2 * limit + min(spare, 8 * limit))
        return np.sort(rows if part.dead is None else rows[~part.dead[rows]])
    scores, error = _scores(part.block, vector)
    if part.dead is not None:
        scores[part.dead] = _DEAD
    if part.block.rows is not None:
        error += part.block.error
    groups = len(scores) // _GROUP
    if groups > limit:  # as many groups hold one as good as the last of them, so that few scores need be sorted
        best = scores[: groups * _GROUP].reshape(_GROUP, groups).max(axis=0)
        rows = np.flatnonzero(scores >= max(_nth(best, limit) - 2.0 * error, _LEAST))
    else:
        rows = np.flatnonzero(scores >= _LEAST)
    scores = scores.take(rows)
    if len(rows) > limit:
        rows = rows.compress(scores >= _nth(scores, limit) - 2.0 * error)
    return rows


def _nth(scores: NDArray[np.float32], limit: int) -> float:
    """The ``limit``-th best score, of which there are as many."""
    return float(np.partition(scores, len(scores) - limit)[len(scores) - limit])


@cache
def _kernels() -> Any:
    """What multiplies bytes with bytes, if it is installed."""
    with contextlib.suppress(ImportError, AttributeError):
        import numkong

        return numkong.dots_pack, numkong.dots_packed
    return None


def _scores(block: Block, vector: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """The product of every row with ``vector``, by the bytes, and how far at most one is off."""
    kernels = _kernels() if len(block) >= _MANY else None
    if kernels is None:
        return _products(block, vector), 0.0
    pack, multiply = kernels
    step = float(np.abs(vector).max()) / _BYTE or 1.0
    query = np.rint(vector / step).astype(np.int8)
    products = np.asarray(multiply(np.asarray(block.small), pack(query[None]))).ravel().astype(np.float32)
    products *= block.scales
    products *= np.float32(step)
    off = float(np.linalg.norm(vector - query * np.float32(step)))  # a row is as long as 1 but for its own error
    return products, off * (1.0 + block.error) + _ROUNDING


def _products(block: Block, vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The product of every row with ``vector``."""
    count, dimension = block.small.shape
    scores = np.empty(count, np.float32)
    step = max(_NUMBERS // dimension, 1)
    wide = np.empty((min(step, count), dimension), np.float32)
    for start in range(0, count, step):
        end = min(start + step, count)
        some = wide[: end - start]
        np.copyto(some, block.small[start:end])
        np.dot(some, vector, out=scores[start:end])
    scores *= block.scales
    return scores

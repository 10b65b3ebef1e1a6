"""The pool of candidates: passages that some signal found, as columns. Signals share it and nothing else.

A question makes hundreds of candidates and shows few: those alone become objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from loomgraph.retrieve.view import File, View

    Column = NDArray[np.float64]
    Rows = NDArray[np.intp]

SIGNALS = ("lexical", "semantic", "file", "stem", "definition", "centrality")
UNKNOWN = -1  # whether a candidate is a card; 0 and 1 say it
_PLACE = 32  # bits of a passage's number for its place in the file


@dataclass(frozen=True, slots=True)
class Found:
    """What a signal found: passages, each once, by the number of the file and the place there, and how strong it is in
    each; whether all are cards, as far as that is known."""

    signal: str
    files: Rows
    places: Rows
    values: Column
    cards: int = UNKNOWN

    def where(self, allowed: Callable[[int], bool]) -> Found:
        """Those in files that are ``allowed``."""
        kept = np.array([allowed(number) for number in self.files.tolist()], np.bool_)
        return Found(self.signal, self.files[kept], self.places[kept], self.values[kept], self.cards)


@dataclass(slots=True)
class Candidate:
    """A passage that may answer: the ``at``-th of a file, its score and how strong each signal is."""

    file: File
    at: int
    score: float
    strengths: Sequence[float]

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def signals(self) -> dict[str, float]:
        """Its signals by name."""
        return dict(zip(SIGNALS, self.strengths, strict=True))


class Pool:
    """Candidates in the order of path and place, a row each: those of a file stand together.

    ``numbers`` are those of all files that they lie in; ``of_file`` says of each row in which of these, ``places``
    where in it, ``cards`` whether it is one, and each column of ``signals`` how strong that one is.
    """

    def __init__(self, view: View, found: Sequence[Found]) -> None:
        none = np.empty(0, np.int64)
        passages = np.concatenate([none, *(one.files for one in found)]) << _PLACE
        passages |= np.concatenate([none, *(one.places for one in found)])
        order = passages.argsort()
        passages = passages.take(order)
        new = _changes(passages)
        rows = np.empty(len(order), np.intp)  # of what was found, one after another
        rows[order] = new.cumsum() - 1
        passages = passages.compress(new)
        numbers = passages >> _PLACE
        new = _changes(numbers)
        self.view = view
        self.numbers: Rows = numbers.compress(new)
        self.of_file: Rows = new.cumsum() - 1
        self.places: Rows = passages & ((1 << _PLACE) - 1)
        self.cards = np.full(len(passages), UNKNOWN, np.int8)
        self.signals: dict[str, Column] = {name: np.zeros(len(passages)) for name in SIGNALS}
        end = 0
        for one in found:
            start, end = end, end + len(one.files)
            self.signals[one.signal][rows[start:end]] = one.values
            if one.cards != UNKNOWN:
                self.cards[rows[start:end]] = one.cards

    def put(self, signal: str, of_files: Sequence[float] | Column) -> None:
        """Give each candidate the signal of its file."""
        self.signals[signal] = np.asarray(of_files, np.float64)[self.of_file]

    def passages(self, rows: Rows) -> list[tuple[str, int]]:
        """The paths of some of them, and their places there."""
        return [(file.path, at) for file, at in zip(self._files(rows), self.places[rows].tolist(), strict=True)]

    def candidates(self, rows: Rows, scores: Sequence[float]) -> list[Candidate]:
        """Some of them, with what they score."""
        strengths = zip(*(self.signals[name][rows].tolist() for name in SIGNALS), strict=True)
        found = zip(self._files(rows), self.places[rows].tolist(), scores, strengths, strict=True)
        return [Candidate(*one) for one in found]

    def _files(self, rows: Rows) -> list[File]:
        return [self.view.numbered[number] for number in self.numbers[self.of_file[rows]].tolist()]


def _changes(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of sorted values are others than those before them."""
    found = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found

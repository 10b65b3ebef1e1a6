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
    """What a signal found: passages, each once, by path and place, and how strong it is in each; whether all are cards,
    as far as that is known."""

    signal: str
    paths: Sequence[str]
    places: Sequence[int]
    values: Sequence[float] | Column
    cards: int = UNKNOWN

    def where(self, allowed: Callable[[str], bool]) -> Found:
        """Those that lie at paths which are ``allowed``."""
        kept = [at for at, path in enumerate(self.paths) if allowed(path)]
        paths, places = [self.paths[at] for at in kept], [self.places[at] for at in kept]
        return Found(self.signal, paths, places, [self.values[at] for at in kept], self.cards)


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

    ``files`` are all that they lie in; ``of_file`` says of each row in which of these, ``places`` where in it,
    ``cards`` whether it is one, and each column of ``signals`` how strong that one is.
    """

    def __init__(self, view: View, found: Sequence[Found]) -> None:
        known = view.files
        numbers = np.array([known[path].number for one in found for path in one.paths], np.int64)
        places = np.array([place for one in found for place in one.places], np.int64)
        passages, rows = np.unique(numbers << _PLACE | places, return_inverse=True)
        numbers = passages >> _PLACE
        first = np.diff(numbers, prepend=-1) > 0
        self.files = [view.numbered[number] for number in numbers[first].tolist()]
        self.of_file: Rows = np.cumsum(first) - 1
        self.places = passages & ((1 << _PLACE) - 1)
        self.cards = np.full(len(passages), UNKNOWN, np.int8)
        self.signals: dict[str, Column] = {name: np.zeros(len(passages)) for name in SIGNALS}
        end = 0
        for one in found:
            start, end = end, end + len(one.paths)
            self.signals[one.signal][rows[start:end]] = one.values
            if one.cards != UNKNOWN:
                self.cards[rows[start:end]] = one.cards

    def put(self, signal: str, of_files: Sequence[float] | Column) -> None:
        """Give each candidate the signal of its file."""
        self.signals[signal] = np.asarray(of_files, np.float64)[self.of_file]

    def passages(self, rows: Rows) -> list[tuple[str, int]]:
        """The paths of some of them, and their places there."""
        files, places = self.of_file[rows].tolist(), self.places[rows].tolist()
        return [(self.files[file].path, at) for file, at in zip(files, places, strict=True)]

    def candidates(self, rows: Rows, scores: Sequence[float]) -> list[Candidate]:
        """Some of them, with what they score."""
        strengths = zip(*(self.signals[name][rows].tolist() for name in SIGNALS), strict=True)
        found = zip(self.of_file[rows].tolist(), self.places[rows].tolist(), scores, strengths, strict=True)
        return [Candidate(self.files[file], at, score, some) for file, at, score, some in found]

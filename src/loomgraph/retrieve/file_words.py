"""The words of the names of files, as arrays: those of one file are read when it is first asked for.

Questions find hundreds of files, and few of them are called by a word of the question. Any number of threads may ask.
It must not know what is asked or scored.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from loomgraph.lexicon import Lexicon
from loomgraph.retrieve.matching import stemmed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.intp]
    Counts = NDArray[np.integer[Any]]

_GATHERS = frozenset(("__init__", "index", "mod", "main", "lib"))  # files that are called by their folder


class FileWords:
    """The words of files, which are known by their places among ``paths``."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._first = np.full(len(paths), -1, np.int32)  # where the words of a file begin, -1 of one not read yet
        self._sizes = np.zeros(len(paths), np.int32)
        self._stems, self._letters = array("I"), array("I")  # of one word after another: its stem's number, its length
        self._numbers: dict[str, int] = {}
        self._lock = threading.Lock()

    def holding(self, files: Rows, stems: Iterable[str], lexicon: Lexicon) -> tuple[Counts, Counts, Counts]:
        """For each of ``files`` how many words it is called by, how many of these have one of ``stems``, and how many
        letters those have."""
        with self._lock:
            for file in files.compress(self._first.take(files) < 0).tolist():
                self._read(file, lexicon)
            sizes = self._sizes.take(files)
            ends = sizes.cumsum()
            places = np.repeat(self._first.take(files) - ends + sizes, sizes) + np.arange(ends[-1] if len(ends) else 0)
            words = np.frombuffer(self._stems, np.uint32).take(places)
            letters = np.frombuffer(self._letters, np.uint32).take(places)
            wanted = [self._numbers[stem] for stem in stems if stem in self._numbers]
        hit = np.zeros(len(words), np.bool_)
        for number in wanted:
            hit |= words == number
        owners = np.repeat(np.arange(len(files)), sizes).compress(hit)
        counts = np.bincount(owners, minlength=len(files))
        return sizes, counts, np.bincount(owners, letters.compress(hit), minlength=len(files))

    def _read(self, file: int, lexicon: Lexicon) -> None:
        words = _words(self._paths[file], lexicon)
        self._sizes[file], self._first[file] = len(words), len(self._stems)
        self._stems.extend([self._numbers.setdefault(stemmed(word), len(self._numbers)) for word in words])
        self._letters.extend(map(len, words))


def _words(path: str, lexicon: Lexicon) -> list[str]:
    name = path.rpartition("/")[2].partition(".")[0]
    if name in _GATHERS:
        name = path.rpartition("/")[0].rpartition("/")[2]
    return [word for part in name.split("-") for word in lexicon.parts_of(part)]

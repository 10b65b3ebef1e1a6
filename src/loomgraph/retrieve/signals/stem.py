"""The stem signal: how much of the name of a file stands in the question."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from loomgraph.lexicon import Lexicon
from loomgraph.retrieve.matching import stemmed
from loomgraph.retrieve.signals.pool import Pool

if TYPE_CHECKING:
    from loomgraph.retrieve.view import File

_GATHERS = frozenset(("__init__", "index", "mod", "main", "lib"))  # files that are called by their folder
_TELLING = 5.0  # letters that say as much as a whole name


def add(pool: Pool, stems: frozenset[str], lexicon: Lexicon) -> None:
    """Give each candidate the signal of its file."""
    files = pool.files
    for file in files:
        if file.stems is None:
            words = _words(file.path, lexicon)
            file.stems, file.letters = tuple(map(stemmed, words)), tuple(map(len, words))
    # most files have none of them
    pool.put("stem", [0.0 if stems.isdisjoint(file.stems or ()) else share(file, stems) for file in files])


def share(file: File, stems: Collection[str]) -> float:
    """The share of the words of a file's name whose stems are among ``stems``; short ones say less."""
    words = file.stems or ()
    hit = [letters for stem, letters in zip(words, file.letters, strict=True) if stem in stems]
    return len(hit) / len(words) * min(1.0, sum(hit) / _TELLING) if hit else 0.0


def _words(path: str, lexicon: Lexicon) -> list[str]:
    name = path.rpartition("/")[2].partition(".")[0]
    if name in _GATHERS:
        name = path.rpartition("/")[0].rpartition("/")[2]
    return [word for part in name.split("-") for word in lexicon.parts_of(part)]

"""The stem signal: how much of the name of a file stands in the question."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from loomgraph.lexicon import Lexicon
from loomgraph.retrieve.matching import stemmed
from loomgraph.retrieve.signals.pool import Held

_GATHERS = frozenset(("__init__", "index", "mod", "main", "lib"))  # files that are called by their folder
_TELLING = 5.0  # letters that say as much as a whole name


def add(files: Iterable[Held], stems: Collection[str], lexicon: Lexicon) -> None:
    """Give each candidate the signal of its file."""
    for some in files:
        file = some[0].file
        words = file.words
        if words is None:
            words = file.words = tuple((stemmed(word), len(word)) for word in _words(file.path, lexicon))
        for stem, _ in words:  # most files have none of them
            if stem in stems:
                value = share(words, stems)
                for one in some:
                    one.stem = value
                break


def share(words: Sequence[tuple[str, int]], stems: Collection[str]) -> float:
    """The share of the words of a file's name whose stems are among ``stems``; short ones say less."""
    hit = [length for stem, length in words if stem in stems]
    return len(hit) / len(words) * min(1.0, sum(hit) / _TELLING) if hit else 0.0


def _words(path: str, lexicon: Lexicon) -> list[str]:
    name = path.rpartition("/")[2].partition(".")[0]
    if name in _GATHERS:
        name = path.rpartition("/")[0].rpartition("/")[2]
    return [word for part in name.split("-") for word in lexicon.parts_of(part)]

"""The names of one graph at one moment: all of them, those with most relations, those that hold some text.

Whoever draws a graph asks for them with every key that is pressed, and to read all symbols each time would take as
long as the question it is for. What is kept here is kept until the graph changes. It must not know who asks.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from loomgraph.model import SymbolKind
from loomgraph.store.base import Reader

_MOST = 100_000  # names that are kept: those of a larger graph are read anew
_A_NAME = 300  # bytes of one in its forms, about


class Names:
    """What entities are called, by name."""

    def __init__(self, reader: Reader) -> None:
        found = sorted((one.id, one.name) for one in reader.all_symbols() if one.kind != SymbolKind.EXTERNAL)
        self.all = [name for name, _ in found]
        self._folded = [(_folded(name), _folded(short)) for name, short in found]
        self._popular: list[str] | None = None
        self._lock = threading.Lock()

    def popular(self, reader: Reader) -> list[str]:
        """Names by how many relations they have, most first; ``reader`` reads the graph that they are of."""
        with self._lock:
            if self._popular is None:
                counts: Counter[str] = Counter()
                for link in reader.all_links([kind for kind, _ in reader.counts().edges_by_kind]):
                    counts.update(link)
                self._popular = sorted(self.all, key=lambda name: -counts[name])  # it leaves equals in their order
            return self._popular

    def search(self, text: str) -> list[str]:
        """Names that hold ``text`` in any case: the name itself, then those that begin so, then the shortest."""
        wanted = text.strip().casefold()
        if not wanted:
            return []
        found = []
        for name, (whole, short) in zip(self.all, self._folded, strict=True):
            if wanted in whole:
                near = wanted not in (short, whole), not short.startswith(wanted), wanted not in short
                found.append((near, len(name), name))
        return [name for _, _, name in sorted(found)]

    @property
    def nbytes(self) -> int:
        """Bytes held, about."""
        return _A_NAME * len(self.all)


class KeptNames:
    """The names of one graph, kept from one question to the next, for any number of threads.

    ``which`` says which graph lies at its place by now: another process may have put another there.
    """

    def __init__(self, which: Callable[[], object]) -> None:
        self._which = which
        self._kept: tuple[object, Names] | None = None
        self._lock = threading.Lock()

    def of(self, reader: Reader) -> Names:
        """The names of the graph that ``reader`` reads."""
        with self._lock:
            identity = reader.generation(), self._which()
            if self._kept is None or self._kept[0] != identity:
                self._kept = None  # so that the old ones are not in memory beside the new
                names = Names(reader)
                if len(names.all) > _MOST:
                    return names
                self._kept = identity, names
            return self._kept[1]

    def memory(self) -> int:
        """Bytes held, about."""
        kept = self._kept
        return kept[1].nbytes if kept is not None else 0

    def close(self) -> None:
        """Let go of them; the next question brings them back."""
        self._kept = None


def _folded(text: str) -> str:
    """Without case; the text itself where it has none, so that it is in memory once."""
    found = text.casefold()
    return text if found == text else found

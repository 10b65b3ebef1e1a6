"""Facts put by while files are still read, so that an interrupted index need not read those files again.

They lie in the store, where no question sees them, until an update ends. It knows what the store promises of kept
facts, and nothing of what they are for.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from loomgraph.store.base import Store

if TYPE_CHECKING:
    from loomgraph.indexing.reading import FileRead

KEEP_EVERY = 2.0  # seconds of reading: what an interruption may cost, and so seldom that it costs next to nothing


class Keeper:
    """Keeps what one run reads. ``known`` are the keys of what an interrupted run before it kept."""

    def __init__(self, store: Store, known: Iterable[str]) -> None:
        self.known = frozenset(known)
        self.read = 0  # files whose facts need not be made again
        self._store = store
        self._kept: set[str] = set(self.known)
        self._pending: dict[str, bytes] = {}
        self._last = time.monotonic()

    def noted(self, read: FileRead) -> FileRead:
        """Take note of a file that was read; now and then this keeps what was read since."""
        if read.record is not None:
            self.read += 1
            if read.facts is not None and read.record.facts_key not in self._kept:
                self._pending[read.record.facts_key] = read.facts
            if time.monotonic() - self._last >= KEEP_EVERY:
                self.keep()
        return read

    def all_read(self) -> None:
        """Every file is read: what takes long to read is kept before what takes as long again."""
        if len(self._kept) > len(self.known):
            self.keep()

    def keep(self) -> bool:
        """Keep what was read and is not kept yet; gives whether anything is kept now."""
        if self._pending:
            self._store.keep(self._pending)
            self._kept.update(self._pending)
            self._pending.clear()
        self._last = time.monotonic()
        return bool(self._kept)

    def unkept(self, facts: Mapping[str, bytes]) -> dict[str, bytes]:
        """Those of ``facts`` that the store does not hold yet."""
        return {key: packed for key, packed in facts.items() if key not in self._kept}

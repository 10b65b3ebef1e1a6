"""Notices when files of a project change, and gives the changes in batches: one batch, one update.

With the ``watch`` extra the operating system says when to look; without it, a look is taken at intervals. Either
way what counts as a change is decided by walking the tree, so ignore rules hold and nothing is missed. It must not
know what is done about a change.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from loomgraph.indexing.walk import Walker, WalkOptions

_Look = dict[str, tuple[int, int]]

DEBOUNCE = 0.2
"""Seconds without a change that end a batch."""

INTERVAL = 1.0
"""Seconds between looks where the operating system does not tell."""


class Watcher:
    """Watches the files below ``root`` that an index with the same options would read."""

    def __init__(
        self, root: str | Path, may_have_language: Callable[[str], bool], options: WalkOptions | None = None, *,
        stop: threading.Event | None = None, interval: float = INTERVAL, debounce: float = DEBOUNCE,
        notify: bool | None = None,
    ) -> None:  # fmt: skip
        self._root = Path(root).resolve()
        self._may = may_have_language
        self._options = options
        self._stop = stop or threading.Event()
        self._interval = interval
        self._debounce = debounce
        self._notify = can_notify() if notify is None else notify
        self._seen = self._look()

    def batches(self) -> Iterator[frozenset[str]]:
        """The paths that were added, changed or deleted since the batch before; ends when ``stop`` is set."""
        for _ in self._signals():
            now = self._look()
            if now == self._seen:
                continue
            while not self._stop.wait(self._debounce):
                later = self._look()
                if later == now:
                    break
                now = later
            before, self._seen = self._seen, now
            changed = {path for path, state in now.items() if before.get(path) != state}
            yield frozenset(changed.union(path for path in before if path not in now))

    def _look(self) -> _Look:
        walk = Walker(self._root, self._may, self._options).walk()
        return {entry.path: (entry.size, entry.mtime_ns) for entry in walk.entries}

    def _signals(self) -> Iterator[None]:
        """A reason to look, again and again; first at once, for what changed before anybody watched."""
        yield None
        if self._notify:
            import watchfiles

            # a look on time-out too: what changed before the operating system was asked is told by nobody
            for _ in watchfiles.watch(
                self._root, watch_filter=None, debounce=int(self._debounce * 1000), stop_event=self._stop,
                rust_timeout=5_000, yield_on_timeout=True, raise_interrupt=True,
            ):  # fmt: skip
                yield None
            return
        while not self._stop.wait(self._interval):
            yield None


def can_notify() -> bool:
    """Whether the package that listens to the operating system is installed."""
    return importlib.util.find_spec("watchfiles") is not None

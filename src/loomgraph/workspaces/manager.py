"""Engines kept open between leases: opened once whoever asks, closed when nobody needs them.

An engine is opened by the first lease of its project, whatever the number of threads that ask at once, and stays open.
It is closed, the least recently used first and never while somebody holds it, when more than ``max_open`` are open,
when nobody has used it for ``idle`` seconds, or when all of them take more than ``memory_budget`` bytes. When all are
held and one more is asked for, the lease waits ``patience`` seconds and is then refused with ``ServerBusy``.

Each lease looks at the catalog first: a project that another process deleted is unknown at once, one that was
replaced or came by another's name is opened anew. Whoever still holds the old one keeps it until the lease ends.

This module must not know what an engine is asked, and takes no lock while an engine opens or closes.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from loomgraph.errors import LoomGraphError, ServerBusy, StoreError
from loomgraph.workspaces.catalog import Catalog, Project
from loomgraph.workspaces.growth import hand_back, private_bytes

_LOG = logging.getLogger(__name__)
_FARTHEST_OFF = 4  # an engine's report is believed to be wrong by this factor at most; more growth is not engines'
_GRACE = 10.0  # seconds that closing waits for leases to end


class Held(Protocol):
    """What the manager asks of an engine itself."""

    def memory(self) -> int: ...

    def close(self) -> None: ...


E = TypeVar("E", bound=Held)
Opened = TypeVar("Opened", bound=Held, covariant=True)


class Opener(Protocol[Opened]):
    """Opens a project's engine."""

    def __call__(self, project: Project, *, create: bool, rebuild: bool) -> Opened: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How many engines may be open, for how long unused, in how many bytes; 0 means no limit."""

    max_open: int = 64
    idle: float = 600.0
    memory_budget: int = 0
    patience: float = 1.0


@dataclass(frozen=True, slots=True)
class Report:
    """What the manager has done and holds: ``grown`` is what the process took since it began, by the system's word."""

    open: int
    held: int
    leases: int
    opened: int
    failed: int
    refused: int
    evicted_count: int
    evicted_idle: int
    evicted_memory: int
    replaced: int
    reported: int
    grown: int


class _Entry(Generic[E]):
    """One project's engine, or the attempt to open it."""

    def __init__(self, name: str, identity: Hashable, now: float) -> None:
        self.name = name
        self.identity = identity
        self.engine: E | None = None
        self.error: BaseException | None = None
        self.holders = 1
        self.used = now
        self.bytes = 0
        self.retired = False  # closed by whoever lets go of it last


class Manager(Generic[E]):
    """The engines of a data folder's projects (see :class:`loomgraph.workspaces.leasing.Engines`)."""

    def __init__(
        self,
        catalog: Catalog,
        opener: Opener[E],
        limits: Limits | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        measure: Callable[[], int] = private_bytes,
    ) -> None:
        self._catalog = catalog
        self._opener = opener
        self.limits = limits or Limits()
        self._clock = clock
        self._measure = measure
        self._began = measure()
        self._entries: dict[str, _Entry[E]] = {}  # by name, the least recently used first
        self._slots = 0  # of max_open: engines that are open or about to be, replaced ones that are still held too
        self._changed = threading.Condition()
        self._closed = False
        self._warned = False
        self._counted = dict.fromkeys(
            ("leases", "opened", "failed", "refused", "count", "idle", "memory", "replaced", "closed"), 0
        )
        self._stop = threading.Event()
        self._sweeper: threading.Thread | None = None

    # -- leases -----------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def lease(self, name: str, *, create: bool = False, rebuild: bool = False) -> Iterator[E]:
        """The engine of a project, opened if need be; nobody closes it before the lease ends."""
        entry = self._take(name, create, rebuild)
        try:
            assert entry.engine is not None
            with self._catalog.staying(name, entry.identity):
                yield entry.engine
        finally:
            self._let_go(entry)

    def _take(self, name: str, create: bool, rebuild: bool) -> _Entry[E]:
        deadline = time.monotonic() + self.limits.patience
        while True:
            identity = self._identity(name)
            victims: list[_Entry[E]] = []
            mine = None
            with self._changed:
                entry = self._current(name, identity, rebuild, victims)
                if entry is None:
                    mine = self._begun(name, identity, deadline, victims)
                elif self._joined(entry):
                    return entry
            self._close_all(victims)
            if mine is not None:
                try:
                    return self._opened(mine, create, rebuild)
                except StoreError:
                    if self._identity(name) == identity:
                        raise
            elif entry is not None and self._is_final(entry, create or rebuild):
                assert entry.error is not None
                raise copy.copy(entry.error) from entry.error
            # otherwise there was no room, or it was replaced while it was opened: look again

    def _is_final(self, entry: _Entry[E], other_way: bool) -> bool:
        """Whether the error of whoever opened the entry is that of everybody who waited for it."""
        if other_way or not isinstance(entry.error, Exception):
            return False
        return not isinstance(entry.error, StoreError) or self._identity(entry.name) == entry.identity

    def _identity(self, name: str) -> Hashable:
        try:
            return self._catalog.identity(name)
        except LoomGraphError:
            if name in self._entries:
                self.forget(name)
            raise

    def _current(self, name: str, identity: Hashable, rebuild: bool, victims: list[_Entry[E]]) -> _Entry[E] | None:
        """The entry of this very project; one of another that had its name is let go of."""
        self._check_open()
        entry = self._entries.get(name)
        if entry is not None and (entry.identity != identity or rebuild):
            self._retire(entry, "replaced", victims)
            return None
        return entry

    def _joined(self, entry: _Entry[E]) -> bool:
        """Wait until the entry is open, and hold it; not when it could not be opened or nobody finds it any more."""
        while entry.engine is None and entry.error is None and not entry.retired:
            self._changed.wait()
            self._check_open()
        if entry.engine is None or entry.retired:
            return False
        entry.holders += 1
        self._counted["leases"] += 1
        self._used(entry)
        return True

    def _begun(self, name: str, identity: Hashable, deadline: float, victims: list[_Entry[E]]) -> _Entry[E] | None:
        """A new entry for the caller to open once the victims are closed; None while there is no room for it."""
        if not self._has_room(victims):
            left = deadline - time.monotonic()
            if not victims and left <= 0:
                self._counted["refused"] += 1
                raise ServerBusy(reason=f"all {self._slots} projects that may be open are in use", retry_after=1)
            if not victims:
                self._changed.wait(left)
            return None
        entry: _Entry[E] = _Entry(name, identity, self._clock())
        self._entries[name] = entry
        self._slots += 1
        self._counted["leases"] += 1
        if self._sweeper is None and self.limits.idle:
            self._sweeper = threading.Thread(target=self._sweep_until_closed, name="idle projects", daemon=True)
            self._sweeper.start()
        return entry

    def _opened(self, entry: _Entry[E], create: bool, rebuild: bool) -> _Entry[E]:
        """Open an entry's engine; those who wait for it get it, or the error."""
        engine = None
        try:
            engine = self._opener(self._catalog.get(entry.name), create=create, rebuild=rebuild)
            size = engine.memory()
        except BaseException as error:
            if engine is not None:
                engine.close()
            with self._changed:
                entry.error = error
                self._slots -= 1
                self._counted["failed"] += 1
                if self._entries.get(entry.name) is entry:
                    del self._entries[entry.name]
                self._changed.notify_all()
            raise
        victims: list[_Entry[E]] = []
        with self._changed:
            entry.engine, entry.bytes = engine, size
            self._counted["opened"] += 1
            self._keep_budget(victims)
            self._changed.notify_all()
        self._close_all(victims)
        return entry

    def _let_go(self, entry: _Entry[E]) -> None:
        assert entry.engine is not None
        size = entry.engine.memory()
        victims: list[_Entry[E]] = []
        with self._changed:
            entry.holders -= 1
            entry.bytes = size
            if not entry.retired:
                self._used(entry)
            elif not entry.holders:
                self._slots -= 1
                victims.append(entry)
            self._keep_budget(victims)
            self._changed.notify_all()
        self._close_all(victims)

    def _used(self, entry: _Entry[E]) -> None:
        entry.used = self._clock()
        self._entries[entry.name] = self._entries.pop(entry.name)  # now the most recently used

    # -- making room ------------------------------------------------------------------------------------------

    def _has_room(self, victims: list[_Entry[E]]) -> bool:
        """Whether one more may be opened, once ``victims``, to which some are added, are closed."""
        self._keep_budget(victims)
        while self.limits.max_open and self._slots >= self.limits.max_open:
            entry = self._least_used()
            if entry is None:
                return False
            self._retire(entry, "count", victims)
        return not self._beyond_budget()

    def _keep_budget(self, victims: list[_Entry[E]]) -> None:
        while self._beyond_budget():
            entry = self._least_used()
            if entry is None:
                return
            self._retire(entry, "memory", victims)

    def _beyond_budget(self) -> bool:
        """Whether all engines take more than they may: by their own word, or by the system's if that is more."""
        budget = self.limits.memory_budget
        reported = self._reported() if budget else 0
        if not reported:
            return False
        grown = self._measure() - self._began
        if grown > budget and grown > 2 * reported and not self._warned:
            self._warned = True
            _LOG.warning(
                "the process grew by %d MB; the open projects report %d MB, of %d MB that they may take",
                grown >> 20, reported >> 20, budget >> 20,
            )  # fmt: skip
        return max(reported, min(grown, _FARTHEST_OFF * reported)) > budget

    def _reported(self) -> int:
        return sum(entry.bytes for entry in self._entries.values())

    def _least_used(self) -> _Entry[E] | None:
        return next((entry for entry in self._entries.values() if entry.engine and not entry.holders), None)

    def _retire(self, entry: _Entry[E], why: str, victims: list[_Entry[E]]) -> None:
        """Let nobody find it any more; it is the caller's to close, or that of its last holder."""
        self._counted[why] += 1
        entry.retired = True
        del self._entries[entry.name]
        if not entry.holders:
            self._slots -= 1
            victims.append(entry)

    def _close_all(self, entries: list[_Entry[E]]) -> None:
        """Close engines that nobody finds or holds."""
        for entry in entries:
            engine, entry.engine = entry.engine, None
            try:
                if engine is not None:
                    engine.close()
            except LoomGraphError as error:
                _LOG.warning("the project %s was not closed as it should be: %s", entry.name, error)
        if entries and self.limits.memory_budget:
            hand_back()

    # -- letting go -------------------------------------------------------------------------------------------

    def forget(self, name: str) -> None:
        """Let go of a project that is about to be moved or deleted, or that is gone."""
        victims: list[_Entry[E]] = []
        with self._changed:
            entry = self._entries.get(name)
            if entry is not None:
                self._retire(entry, "replaced", victims)
                self._changed.notify_all()
        self._close_all(victims)

    def sweep(self) -> int:
        """Close what nobody has used for too long or what takes too much memory; gives how many."""
        victims: list[_Entry[E]] = []
        with self._changed:
            oldest = self._clock() - self.limits.idle
            for entry in [*self._entries.values()] if self.limits.idle else []:
                if entry.engine is not None and not entry.holders and entry.used <= oldest:
                    self._retire(entry, "idle", victims)
            self._keep_budget(victims)
            self._changed.notify_all()
        self._close_all(victims)
        if victims:
            hand_back()
        return len(victims)

    def _sweep_until_closed(self) -> None:
        while not self._stop.wait(min(max(self.limits.idle / 4, 0.05), 30.0)):
            self.sweep()

    def close(self, grace: float = _GRACE) -> None:
        """Close everything; leases that do not end within ``grace`` seconds close their engines themselves."""
        self._stop.set()
        victims: list[_Entry[E]] = []
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            deadline = time.monotonic() + grace
            while any(entry.holders for entry in self._entries.values()) and time.monotonic() < deadline:
                self._changed.wait(deadline - time.monotonic())
            for entry in [*self._entries.values()]:
                self._retire(entry, "closed", victims)
        self._close_all(victims)
        if self._sweeper is not None:
            self._sweeper.join()

    def _check_open(self) -> None:
        if self._closed:
            raise ServerBusy(reason="it is shutting down", retry_after=5)

    # -- how it is --------------------------------------------------------------------------------------------

    def report(self) -> Report:
        """What is open now, and what has happened so far."""
        with self._changed:
            count = self._counted
            return Report(
                self._slots, sum(bool(entry.holders) for entry in self._entries.values()), count["leases"],
                count["opened"], count["failed"], count["refused"], count["count"], count["idle"], count["memory"],
                count["replaced"], self._reported(), max(0, self._measure() - self._began),
            )  # fmt: skip

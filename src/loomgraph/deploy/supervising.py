"""All processes of a deployment: started and ended several at a time, and watched, so that what dies begins again.

This module must not know how one process is started or ended, nor who reads what it tells.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import NamedTuple, TypeVar

from loomgraph.deploy import processes, running
from loomgraph.deploy.plan import Deployment, Instance
from loomgraph.deploy.running import Done, State
from loomgraph.errors import LoomGraphError, SomeFailed, UnknownInstance, WatchRuns

Found = TypeVar("Found")
_AT_ONCE = 4  # processes that start at a time: each takes a processor for a second
_LOOK = 0.5
_FIRST, _LONGEST = 1.0, 60.0  # seconds before a dead one is started again: at first, and after many times
_STEADY = 60.0  # seconds after which it counts as mended


def chosen(deployment: Deployment, names: Sequence[str]) -> tuple[Instance, ...]:
    """The processes of these names, all when there are none."""
    for name in names:
        if deployment.process(name) is None:
            raise UnknownInstance(name=name)
    return tuple(one for one in deployment.processes if not names or one.name in names)


def states(deployment: Deployment, instances: Sequence[Instance]) -> list[State]:
    """How each of them is."""
    with ThreadPoolExecutor(max(1, len(instances))) as pool:
        return list(pool.map(lambda one: running.state(deployment, one), instances))


def start(
    deployment: Deployment, instances: Sequence[Instance], told: Callable[[Done], None] = lambda _: None
) -> list[Done]:
    """Start those that do not run, and wait until all are healthy. One that cannot start keeps no other from it."""
    return _each(lambda one: running.start(deployment, one), instances, told, _AT_ONCE)


def stop(
    deployment: Deployment, instances: Sequence[Instance], told: Callable[[Done], None] = lambda _: None
) -> list[Done]:
    """End those that run, all at once."""
    return _each(lambda one: running.stop(deployment, one), instances, told, max(1, len(instances)))


def _each(
    do: Callable[[Instance], Done], instances: Sequence[Instance], told: Callable[[Done], None], at_once: int
) -> list[Done]:
    done: list[Done] = []
    failed: list[LoomGraphError] = []
    with ThreadPoolExecutor(at_once) as pool:
        for future in [pool.submit(do, one) for one in instances]:
            try:
                done.append(future.result())
            except LoomGraphError as error:
                failed.append(error)
            else:
                told(done[-1])
    if len(failed) == 1:
        raise failed[0]
    if failed:
        raise SomeFailed(count=len(failed), reasons=[str(error) for error in failed])
    return done


class Told(NamedTuple):
    """What the watch has seen or done: whose it is, what (``died``, ``started``, ``failed``), and more words."""

    name: str
    what: str
    note: str = ""


@dataclass(slots=True)
class _Memory:
    """What is remembered of one that died: how often it was started again, when it may be next, since when it runs."""

    tries: int = 0
    next: float = 0.0
    since: float = 0.0
    seen_dead: bool = False


class Watch:
    """Looks after the processes of a deployment that were started; one that was stopped is not started again."""

    def __init__(self, load: Callable[[], Deployment], names: Sequence[str], tell: Callable[[Told], None]) -> None:
        self._load = load
        self._names = names
        self._tell = tell
        self._deployment = load()
        self._read = self._changed()
        self._memory: dict[str, _Memory] = {}

    def run(self, ended: Event) -> None:
        """Look until it is ``ended``. Only one may watch a deployment."""
        with _only(self._deployment):
            while not ended.wait(_LOOK):
                self.look(time.monotonic())

    def look(self, now: float) -> None:
        """Look at each once; start again what died and has waited long enough."""
        self._reload()
        for instance in self._deployment.processes:
            if self._names and instance.name not in self._names:
                continue
            known = running.noted(instance)
            if known is None:
                self._memory.pop(instance.name, None)
            else:
                self._one(instance, known, self._memory.setdefault(instance.name, _Memory()), now)

    def _one(self, instance: Instance, known: running.Noted, memory: _Memory, now: float) -> None:
        status = processes.reap(known.process.pid)
        if processes.runs(known.process):
            memory.seen_dead = False
            memory.since = memory.since or now
            if now - memory.since > _STEADY:
                memory.tries = 0
            return
        memory.since = 0.0
        if not memory.seen_dead:
            memory.seen_dead = True
            memory.next = now + (min(_LONGEST, _FIRST * 2**memory.tries) if memory.tries else 0.0)
            self._tell(Told(instance.name, "died", _ending(known.process.pid, status)))
        if now >= memory.next:
            self._again(instance, memory, now)

    def _again(self, instance: Instance, memory: _Memory, now: float) -> None:
        memory.tries += 1
        try:
            fresh = running.revive(self._deployment, instance)
        except LoomGraphError as error:
            memory.next = now + min(_LONGEST, _FIRST * 2**memory.tries)
            self._tell(Told(instance.name, "failed", str(error)))
            return
        if fresh is not None:
            memory.seen_dead = False
            self._tell(Told(instance.name, "started", f"pid {fresh.process.pid}, time {memory.tries}"))

    def _changed(self) -> int:
        try:
            return self._deployment.plan_file.stat().st_mtime_ns
        except OSError:
            return 0

    def _reload(self) -> None:
        """Take the plan anew when it has changed; one that cannot be used is told of, and the last one stays."""
        changed = self._changed()
        if changed == self._read:
            return
        self._read = changed
        try:
            self._deployment = self._load()
        except LoomGraphError as error:
            self._tell(Told("", "failed", str(error)))


def _ending(pid: int, status: int | None) -> str:
    if status is None:
        return f"pid {pid}"
    return f"pid {pid}, by signal {-status}" if status < 0 else f"pid {pid}, exit status {status}"


@contextlib.contextmanager
def _only(deployment: Deployment) -> Iterator[None]:
    handle = os.open(deployment.folder / ".watch.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WatchRuns(folder=deployment.folder) from None
        yield
    finally:
        os.close(handle)

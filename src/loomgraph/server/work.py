"""Where work is done that would hold up others: threads for questions and small changes, processes for long ones.

Nothing here runs on the event loop for longer than it takes to hand work over. This module must not know routes.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import pickle
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from loomgraph.errors import GraphBusy, LoomGraphError, ServerBusy
from loomgraph.settings import Settings

Result = TypeVar("Result")
_LINE = 64 * 1024 * 1024  # the longest line a child may say: a summary with every problem of a large project


class Pool:
    """Some threads and a queue that is bounded, too: who would wait for ever is told to come back."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self.name = name
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=f"loomgraph-{name}")
        self._most = threads + waiting
        self.busy = 0

    async def run(self, function: Callable[..., Result], *arguments: Any, **named: Any) -> Result:
        """Call ``function`` in a thread. A caller who goes away leaves the thread to its end."""
        if self.busy >= self._most:
            raise ServerBusy(reason=f"{self.busy} requests are waiting")
        self.busy += 1
        future = asyncio.get_running_loop().run_in_executor(self._executor, partial(function, *arguments, **named))
        future.add_done_callback(self._done)
        return await asyncio.shield(future)

    def _done(self, future: asyncio.Future[Any]) -> None:
        self.busy -= 1
        if not future.cancelled():
            future.exception()  # seen, should nobody wait for it any more

    async def stream(self, source: Iterator[Result]) -> AsyncGenerator[Result, None]:
        """What an iterator gives, each step in a thread; it is closed when the one who reads stops."""
        end = object()
        step: asyncio.Future[Any] | None = None
        try:
            while True:
                step = asyncio.ensure_future(self.run(next, source, end))
                found = await asyncio.shield(step)
                if found is end:
                    return
                yield found
        finally:
            if step is not None and not step.done():
                step.add_done_callback(lambda _: self._close(source))
            else:
                self._close(source)

    def _close(self, source: Iterator[Any]) -> None:
        close = getattr(source, "close", None)
        if close is not None:
            self._executor.submit(close)

    def shut(self) -> None:
        """Take no more; what runs is waited for."""
        self._executor.shutdown(wait=True, cancel_futures=True)


class Turns:
    """Those who write one project, one after the other: they wait here and hold no thread, for others need those."""

    def __init__(self, waiting: int, patience: float) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._most = waiting
        self._patience = patience
        self.waiting = 0

    @contextlib.asynccontextmanager
    async def of(self, project: str) -> AsyncIterator[None]:
        """A turn at a project; raises ``GraphBusy`` when it does not come in time."""
        lock = self._locks.get(project)
        if lock is None:
            lock = self._locks[project] = asyncio.Lock()
        if self.waiting >= self._most:
            raise ServerBusy(reason=f"{self.waiting} changes are waiting")
        self.waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await lock.acquire()
        except TimeoutError:
            raise GraphBusy(path=project) from None
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            lock.release()


class Children:
    """Processes of their own for what takes long, so many at a time."""

    def __init__(self, settings: Settings, most: int) -> None:
        self._settings = settings
        self._places = asyncio.Semaphore(most)
        self.running = 0

    async def run(self, rights: Any, task: str, progress: Callable[[Any], None] | None = None, **arguments: Any) -> Any:
        """Do a task of ``loomgraph.server.child`` with somebody's rights; it ends when whoever waits is cancelled."""
        async with self._places:
            self.running += 1
            try:
                return await self._run((self._settings, rights, task, arguments), progress)
            finally:
                self.running -= 1

    async def _run(self, order: Any, progress: Callable[[Any], None] | None) -> Any:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "loomgraph.server.child", stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, limit=_LINE,
        )  # fmt: skip
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            # Standard input is left open: its end says that this process is gone.
            child.stdin.write(base64.b64encode(pickle.dumps(order)) + b"\n")
            await child.stdin.drain()
            async for said in child.stdout:
                kind, value = read_line(said)
                if kind == "result":
                    return value
                if kind == "error":
                    raise value
                if progress is not None:
                    progress(value)
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            await _end(child)
        raise ServerBusy(reason="the process that did the work was ended")


async def _end(child: asyncio.subprocess.Process) -> None:
    """Let a child that has said all it has to say leave, and make any other."""
    assert child.stdin is not None
    child.stdin.close()
    try:
        await asyncio.wait_for(child.wait(), 0.5)
    except (asyncio.CancelledError, TimeoutError):
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def say(kind: str, value: object) -> bytes:
    """One line from a child to its parent."""
    packed = base64.b64encode(pickle.dumps(value)).decode()
    return json.dumps([kind, packed]).encode() + b"\n"


def read_line(said: bytes) -> tuple[str, Any]:
    """The other end of :func:`say`."""
    kind, packed = json.loads(said)
    value = pickle.loads(base64.b64decode(packed))
    if kind == "error" and not isinstance(value, BaseException):
        value = LoomGraphError(reason=str(value))
    return kind, value

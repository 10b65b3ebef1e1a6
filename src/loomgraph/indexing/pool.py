"""A few worker processes that answer tasks, and survive the death of one of them.

A worker is made by a function (in the worker's own process) and then answers tasks one by one. A worker that dies
(a crash in native code, out of memory) costs its task, not the run: the task comes back as :class:`Lost`. Knows
processes and pipes, not what the work is.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeAlias, TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Take: TypeAlias = Callable[[int], Task | None]


class Lost:
    """Stands for the answer of a task whose worker died."""


def default_jobs() -> int:
    """How many processes this process may keep busy."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def can_fork() -> bool:
    """Whether forking is safe here: not on macOS, and not beside other threads, whose locks a child would inherit."""
    return sys.platform.startswith("linux") and threading.active_count() == 1


def _context() -> BaseContext:
    return multiprocessing.get_context("fork" if can_fork() else "spawn")


class Pool(Generic[Task, Answer]):
    """``jobs`` processes, each running ``make(*given)`` once and then the function it gave for every task.

    ``make`` must be importable by name and ``given`` picklable, since processes may be spawned rather than forked.
    """

    def __init__(self, jobs: int, make: Callable[..., Callable[[Task], Answer]], *given: Any) -> None:
        self._make, self._given = make, given
        self._context = _context()
        self._workers: dict[Connection, BaseProcess] = {}
        self._numbers: dict[Connection, int] = {}
        if self._context.get_start_method() == "fork":
            gc.freeze()  # what exists now is garbage to nobody: collections would only copy shared pages
        try:
            for number in range(jobs):
                self._start(number)
        finally:
            gc.unfreeze()

    def _start(self, number: int) -> Connection:
        ours, theirs = self._context.Pipe()
        inherited = [*self._workers, ours] if self._context.get_start_method() == "fork" else []
        process = self._context.Process(  # type: ignore[attr-defined]
            target=_serve, args=(theirs, inherited, self._make, self._given), daemon=True, name="loomgraph worker"
        )
        process.start()
        theirs.close()
        self._workers[ours] = process
        self._numbers[ours] = number
        return ours

    def answers(self, take: Take[Task]) -> Iterator[tuple[Task, Answer | Lost]]:
        """Every task with its answer, as they come. One task is kept waiting at each worker.

        ``take`` gives the next task for the worker of that number, ``None`` when there is none left for it.
        """
        waiting: dict[Connection, list[Task]] = {}
        for connection in list(self._workers):
            waiting[connection] = []
            self._feed(connection, take, waiting[connection])
        while any(waiting.values()):
            for ready in wait([connection for connection, queue in waiting.items() if queue]):
                assert isinstance(ready, Connection)
                queue = waiting[ready]
                try:
                    answer = ready.recv()
                except (EOFError, ConnectionResetError):
                    yield from self._replace(ready, take, waiting)
                    continue
                task = queue.pop(0)
                self._feed(ready, take, queue)
                if isinstance(answer, _Failure):
                    raise answer.error
                yield task, answer

    def _feed(self, connection: Connection, take: Take[Task], queue: list[Task]) -> None:
        """Give the worker tasks until it has one to do and one to wait."""
        while len(queue) < 2:
            task = take(self._numbers[connection])
            if task is None:
                return
            queue.append(task)
            try:
                connection.send(task)
            except (BrokenPipeError, ConnectionResetError):
                return  # it died: reading from it will say so

    def _replace(
        self, dead: Connection, take: Take[Task], waiting: dict[Connection, list[Task]]
    ) -> Iterator[tuple[Task, Lost]]:
        """A new worker for one that died: its task is lost, the one that waited is given to the new one."""
        queue = waiting.pop(dead)
        self._workers.pop(dead).join()
        number = self._numbers.pop(dead)
        dead.close()
        fresh = self._start(number)
        waiting[fresh] = []
        for task in queue[1:]:
            waiting[fresh].append(task)
            fresh.send(task)
        self._feed(fresh, take, waiting[fresh])
        yield queue[0], Lost()

    def close(self) -> None:
        """End the workers, whatever they are doing."""
        for connection, process in self._workers.items():
            connection.close()
            process.terminate()
        for process in self._workers.values():
            process.join()
            process.close()
        self._workers.clear()
        self._numbers.clear()

    def __enter__(self) -> Pool[Task, Answer]:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class _Failure:
    """An exception that a worker's function raised: a mistake of ours, raised again where the answer is awaited."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def _serve(
    connection: Connection, inherited: list[Connection], make: Callable[..., Callable[[Any], Any]],
    given: tuple[Any, ...],
) -> None:  # fmt: skip
    """A worker's life: ends when the parent closes the pipe or dies."""
    for other in inherited:
        other.close()  # else this end would keep a sibling's pipe open after the parent's death
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle; it closes us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        work = make(*given)
        while True:
            task = connection.recv()
            try:
                answer = work(task)
            except Exception as error:  # an edge of the program: the parent must hear of it
                error.add_note(f"in a worker process, at {_innermost(error)}")
                connection.send(_Failure(error))
                continue
            connection.send(answer)
    except (EOFError, ConnectionResetError, BrokenPipeError):
        return


def _innermost(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "?"

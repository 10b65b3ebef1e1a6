"""Runs queued jobs, each in a process of its own, as many at a time as the settings allow on this data folder.

Every server process has a runner; locks decide who runs what. A runner that is closed gives its jobs back to the
queue; one that dies leaves them interrupted. This module must not know what a job does.
"""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import IO, TYPE_CHECKING

from loomgraph.errors import GraphBusy, LoomGraphError, UnknownJob
from loomgraph.service.job_book import CANCELLED, DONE, FAILED, QUEUED, Job, JobBook

if TYPE_CHECKING:
    from loomgraph.settings import Settings

_LOG = logging.getLogger(__name__)
_LOOK = 1.0  # seconds between two looks at the queue, which another process may have filled
_PULSE = 0.2  # seconds between two looks at whether a job should stop
_GRACE = 8.0  # seconds that a process has to stop by itself
_TAIL = 4000  # characters of what a process that failed wrote


class JobRunner:
    """The threads of one server process that run jobs."""

    def __init__(self, settings: Settings, book: JobBook, ended: Callable[[], None]) -> None:
        self._settings = settings
        self._book = book
        self._ended = ended  # told of every job that is over
        self._stop = threading.Event()
        self._wake = threading.Semaphore(0)
        self._threads = [
            threading.Thread(target=self._work, args=(slot,), name=f"jobs {slot}", daemon=True)
            for slot in range(settings.keeping.jobs)
        ]

    def start(self) -> None:
        """Begin to look at the queue."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Look at the queue now."""
        self._wake.release()

    def close(self) -> None:
        """Stop; jobs that run go back to the queue."""
        self._stop.set()
        for _ in self._threads:
            self._wake.release()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    # -- choosing ---------------------------------------------------------------------------------------------

    def _work(self, slot: int) -> None:
        while not self._stop.is_set():
            try:
                with self._claimed(slot) as job:
                    if job is not None:
                        self._run(job)
                        continue
            except (LoomGraphError, OSError) as error:
                _LOG.warning("jobs cannot be run: %s", error)
            self._wake.acquire(timeout=_LOOK)

    @contextlib.contextmanager
    def _claimed(self, slot: int) -> Iterator[Job | None]:
        """The oldest job that may run now, for this thread alone; None when there is none."""
        with contextlib.ExitStack() as stack:
            job = None
            waiting = [one for one in self._book.waiting() if one.state == QUEUED]
            with contextlib.suppress(GraphBusy):
                if waiting:  # otherwise nothing is written at all
                    stack.enter_context(self._book.slot_held(slot))
                    job = next(filter(None, (self._claim(one, stack) for one in waiting)), None)
            yield job

    def _claim(self, job: Job, stack: contextlib.ExitStack) -> Job | None:
        if job.state != QUEUED:
            return None
        with contextlib.ExitStack() as attempt, contextlib.suppress(GraphBusy, UnknownJob):
            attempt.enter_context(self._book.project_held(job.project))
            attempt.enter_context(self._book.held(job.id))
            again = self._book.get_unchecked(job.id)
            if again.state == QUEUED:
                stack.enter_context(attempt.pop_all())
                return self._book.start(again)
        return None

    # -- running ----------------------------------------------------------------------------------------------

    def _run(self, job: Job) -> None:
        command = [sys.executable, "-m", "loomgraph.service.job_child"]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        ) as child:
            assert child.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(_order(self._settings, job))
                child.stdin.flush()
            try:
                job, why = self._follow(job, child)
            finally:
                _end(child)
        self._note_end(job, why, child.returncode)
        self._ended()

    def _follow(self, job: Job, child: subprocess.Popen[bytes]) -> tuple[Job, str]:
        """Note what a process tells until it ends, or must: then gives why."""
        assert child.stdout is not None
        assert child.stderr is not None
        told: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        wrote: list[bytes] = []
        readers = [
            threading.Thread(target=_read_lines, args=(child.stdout, told), daemon=True),
            threading.Thread(target=_read_tail, args=(child.stderr, wrote), daemon=True),
        ]
        for reader in readers:
            reader.start()
        deadline = time.monotonic() + self._settings.keeping.job_seconds
        why, over = "", False
        while not over:
            with contextlib.suppress(queue.Empty):
                line = told.get(timeout=_PULSE)
                over = not line
                job = self._noted(job, line)
            if not why:
                why = self._reason_to_stop(job, deadline)
                if why:
                    threading.Thread(target=_end, args=(child,), daemon=True).start()
        for reader in readers:
            reader.join()
        if wrote and job.result is None and job.error is None and not why:
            _LOG.error("the index of %s failed:\n%s", job.project, b"".join(wrote).decode("utf-8", "replace"))
        return job, why

    def _reason_to_stop(self, job: Job, deadline: float) -> str:
        if self._stop.is_set():
            return QUEUED
        if self._book.is_cancelled(job.id):
            return CANCELLED
        return FAILED if time.monotonic() > deadline else ""

    def _noted(self, job: Job, line: bytes) -> Job:
        try:
            row = json.loads(line) if line else {}
        except ValueError:
            return job  # something a library printed
        if not isinstance(row, dict):
            return job
        if "phase" in row:
            return self._book.write(replace(job, phase=row["phase"], done=row["done"], total=row["total"]))
        return replace(job, result=row.get("result", job.result), error=row.get("error", job.error))

    def _note_end(self, job: Job, why: str, code: int) -> None:
        if job.result is not None:
            self._book.end(job, DONE, result=job.result)
        elif why == QUEUED:
            self._book.queue(job)
        elif why == CANCELLED:
            self._book.end(job, CANCELLED)
        elif why == FAILED:
            seconds = f"{self._settings.keeping.job_seconds:g}"
            message = (
                f"It took longer than {seconds} seconds, the setting `index_seconds`. The graph is as it was before."
            )
            self._book.end(job, FAILED, {"code": "job_too_long", "message": message})
        else:
            message = f"The process that indexed ended with {code}. The server's log says more."
            self._book.end(job, FAILED, job.error or {"code": "internal", "message": message})


def _order(settings: Settings, job: Job) -> bytes:
    """The line that tells a process what to do."""
    packed = base64.b64encode(pickle.dumps(settings)).decode()
    fields = ("path", "project", "url", "ref", "rebuild")
    return json.dumps({"settings": packed, **{name: getattr(job, name) for name in fields}}).encode() + b"\n"


def _read_lines(stream: IO[bytes], told: queue.SimpleQueue[bytes]) -> None:
    for line in stream:
        told.put(line)
    told.put(b"")


def _read_tail(stream: IO[bytes], wrote: list[bytes]) -> None:
    """Keep the last of what a process writes, however much that is."""
    while part := stream.read(_TAIL):
        wrote[:] = [b"".join(wrote)[-_TAIL:], part]


def _end(child: subprocess.Popen[bytes]) -> None:
    """Let a process stop by itself, else stop it and those that it has started."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE)
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()

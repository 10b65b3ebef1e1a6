"""The book of jobs: a file each in the data folder, read and written by any number of processes.

A job that is queued or runs has a mark in ``queue``; whoever runs it holds its lock, so that a job whose runner died is
known by its lock being free. This module must not know what a job does.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loomgraph.errors import GraphBusy, StoreUnwritable, UnknownJob
from loomgraph.indexing.lock import exclusive

QUEUED, RUNNING, DONE, FAILED, CANCELLED, INTERRUPTED = (
    "queued",
    "running",
    "done",
    "failed",
    "cancelled",
    "interrupted",
)
ENDED = (DONE, FAILED, CANCELLED, INTERRUPTED)
_ID = re.compile(r"[0-9a-f]{20}")
_KEPT = 200  # ended jobs that are remembered


@dataclass(frozen=True, slots=True)
class Job:
    """An index that a server runs: of the folder ``path``, or of the repository ``url`` at ``ref``.

    ``revision`` grows with every change. ``error`` has a code and a message, ``result`` is the summary of the index.
    """

    id: str
    project: str
    state: str = QUEUED
    path: str = ""
    url: str = ""
    ref: str = ""
    rebuild: bool = False
    created: str = ""
    started: str = ""
    ended: str = ""
    phase: str = ""
    done: int = 0
    total: int = 0
    result: dict[str, Any] | None = None
    error: dict[str, str] | None = None
    revision: int = 0

    @property
    def over(self) -> bool:
        """Whether nothing will happen to it any more by itself."""
        return self.state in ENDED


class JobBook:
    """The jobs of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / ".jobs"
        self._queue = self._folder / "queue"
        self._locks = self._folder / "locks"

    # -- reading ----------------------------------------------------------------------------------------------

    def get(self, job_id: str) -> Job:
        """A job as it is now; raises ``UnknownJob``."""
        found = self._read(job_id) if _ID.fullmatch(job_id) else None
        if found is None:
            raise UnknownJob(id=job_id)
        return self._checked(found)

    def all(self) -> list[Job]:
        """Every job that is remembered, the newest first."""
        found = [self._read(path.stem) for path in self._files()]
        return [self._checked(job) for job in reversed(found) if job is not None]

    def waiting(self) -> list[Job]:
        """The jobs that are queued or run, the oldest first."""
        with contextlib.suppress(FileNotFoundError):
            found = [self._read(name) for name in sorted(os.listdir(self._queue))]
            return [job for job in map(self._checked, filter(None, found)) if not job.over]
        return []

    def _files(self) -> list[Path]:
        return sorted(path for path in self._folder.glob("*.json") if _ID.fullmatch(path.stem))

    def _read(self, job_id: str) -> Job | None:
        try:
            return Job(**json.loads((self._folder / f"{job_id}.json").read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def _checked(self, job: Job) -> Job:
        """The job; interrupted when it says that it runs, but nobody runs it."""
        if job.state != RUNNING:
            return job
        with contextlib.suppress(GraphBusy), self.held(job.id):
            again = self._read(job.id) or job
            if again.state != RUNNING:
                return again
            return self.end(again, INTERRUPTED, {"code": "job_interrupted", "message": _INTERRUPTED})
        return job

    # -- writing ----------------------------------------------------------------------------------------------

    def add(self, job: Job) -> Job:
        """Note a new job as queued; gives it its id."""
        made = replace(job, id=f"{time.time_ns() // 1_000_000:012x}{os.urandom(4).hex()}", state=QUEUED, created=_now())
        return self.queue(made)

    def queue(self, job: Job) -> Job:
        """Note a job as one to be run."""
        with self._writing():
            self._queue.mkdir(parents=True, exist_ok=True)
            (self._queue / job.id).touch()
        return self.write(replace(
            job, state=QUEUED, started="", ended="", phase="", done=0, total=0, result=None, error=None
        ))  # fmt: skip

    def start(self, job: Job) -> Job:
        """Note that a job runs."""
        return self.write(replace(job, state=RUNNING, started=_now()))

    def end(
        self, job: Job, state: str, error: dict[str, str] | None = None, result: dict[str, Any] | None = None
    ) -> Job:
        """Note how a job ended, and forget the oldest of many that have."""
        ended = self.write(replace(job, state=state, ended=_now(), error=error, result=result))
        self._unmark(job.id)
        for path in self._files()[:-_KEPT]:
            if not (self._queue / path.stem).exists():
                path.unlink(missing_ok=True)
        return ended

    def write(self, job: Job) -> Job:
        """Write a job as it is now, whole or not at all."""
        written = replace(job, revision=job.revision + 1)
        draft = self._folder / f".{job.id}-{os.urandom(4).hex()}"
        with self._writing():
            self._folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(asdict(written), ensure_ascii=True), "utf-8")
            os.replace(draft, self._folder / f"{job.id}.json")
        return written

    def _unmark(self, job_id: str) -> None:
        for path in (self._queue / job_id, self._cancel_mark(job_id), self._locks / f"job-{job_id}"):
            path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreUnwritable(path=str(self._folder), reason=error.strerror or str(error)) from error

    # -- cancelling -------------------------------------------------------------------------------------------

    def cancel(self, job: Job) -> Job:
        """End a job that is queued; ask whoever runs it to stop one that runs."""
        try:
            with self.held(job.id):
                again = self.get_unchecked(job.id)
                return self.end(again, CANCELLED) if again.state == QUEUED else again
        except GraphBusy:
            self._cancel_mark(job.id).touch()
            return job

    def get_unchecked(self, job_id: str) -> Job:
        """A job as its file says, for whoever holds it."""
        found = self._read(job_id)
        if found is None:
            raise UnknownJob(id=job_id)
        return found

    def is_cancelled(self, job_id: str) -> bool:
        """Whether somebody asked that a job should stop."""
        return self._cancel_mark(job_id).exists()

    def _cancel_mark(self, job_id: str) -> Path:
        return self._folder / f"{job_id}.cancel"

    # -- locks ------------------------------------------------------------------------------------------------

    def held(self, job_id: str) -> AbstractContextManager[None]:
        """The right to run a job or to say how it ended; ``GraphBusy`` when another has it."""
        return self._lock(f"job-{job_id}")

    def project_held(self, project: str) -> AbstractContextManager[None]:
        """The right to run a project's jobs."""
        return self._lock(f"project-{project}")

    def slot_held(self, slot: int) -> AbstractContextManager[None]:
        """One of the places for jobs that run at a time."""
        return self._lock(f"slot-{slot}")

    def _lock(self, name: str) -> AbstractContextManager[None]:
        with self._writing():
            self._locks.mkdir(parents=True, exist_ok=True)
        return exclusive(self._locks / name, timeout=0)


_INTERRUPTED = "The server that ran this index went away. Run it again, or resume it."


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

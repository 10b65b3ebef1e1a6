"""Indexes that a server runs by itself: of allowed folders, and of repositories from allowed places.

This module must not know how a job is kept or run.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from loomgraph.errors import BadInput, FolderNotFound, IndexRefused, ProjectTaken, UnknownJob, UnknownProject
from loomgraph.service.core import Core
from loomgraph.workspaces import names

if TYPE_CHECKING:  # commands that run once start without them
    from loomgraph.service.job_book import Job, JobBook
    from loomgraph.service.job_runner import JobRunner

_CHECKOUTS = ".checkouts"

_PAUSE = 0.1  # seconds between two looks at a job that is watched
_PULSE = 15.0  # seconds after which a watcher hears of a job again though nothing happened


class Jobs(Core):
    """Jobs: started, looked at, watched, cancelled, resumed."""

    @property
    def _book(self) -> JobBook:
        from loomgraph.service.job_book import JobBook

        return self.shared.once(JobBook, lambda: JobBook(self.settings.data_dir))

    @property
    def _runner(self) -> JobRunner:
        from loomgraph.service.job_runner import JobRunner

        return self.shared.once(JobRunner, self._started)

    def _started(self) -> JobRunner:
        from loomgraph.service.job_book import JobBook
        from loomgraph.service.job_runner import JobRunner

        runner = JobRunner(self.settings, JobBook(self.settings.data_dir), self.fill_vectors)
        runner.start()
        return runner

    def run_jobs(self) -> None:
        """Begin to run what is queued: what this process is told to, and what others left."""
        self.sweep_checkouts()
        self._runner.wake()

    def stop_jobs(self) -> None:
        """Stop what runs, and give it back to the queue."""
        from loomgraph.service.job_runner import JobRunner

        runner = self.shared.made(JobRunner)
        if runner is not None:
            runner.close()

    def start_index(self, project: str, *, path: str = "", url: str = "", ref: str = "", rebuild: bool = False) -> Job:
        """Queue an index: of a folder, of a repository, or, with neither, of what the project holds again.

        What is new to a project takes an administrator; the same again, the right to write the project. A job just
        like it that waits is given instead of a second.
        """
        from loomgraph.service import checkout

        self._may_write(names.check(project))
        if path and url:
            raise BadInput(reason="Give a folder or the address of a repository, not both.")
        wanted = self._wanted(project, path, url, checkout.check_ref(ref), rebuild)
        for job in self._book.waiting():
            if not job.started and _what(job) == _what(wanted):
                return job
        self.sweep_checkouts()
        job = self._book.add(wanted)
        self._runner.wake()
        return job

    def jobs(self, project: str = "") -> list[Job]:
        """The jobs of a project, or of every one that may be read, the newest first."""
        if project and not self.rights.may_read(names.check(project)):
            raise UnknownProject(name=project)
        return [
            job for job in self._book.all()
            if self.rights.may_read(job.project) and project in ("", job.project)
        ]  # fmt: skip

    def job_counts(self) -> tuple[int, int]:
        """How many jobs wait, and how many run, of all projects."""
        waiting = self._book.waiting()
        running = sum(bool(job.started) for job in waiting)
        return len(waiting) - running, running

    def job(self, job_id: str) -> Job:
        """A job as it is now."""
        found = self._book.get(job_id)
        if not self.rights.may_read(found.project):
            raise UnknownJob(id=job_id)
        return found

    def cancel_job(self, job_id: str) -> Job:
        """End a job, or ask the one that runs to stop: the graph stays as it was before."""
        found = self.job(job_id)
        self._may_write(found.project)
        return found if found.over else self._book.cancel(found)

    def resume_job(self, job_id: str) -> Job:
        """Queue a job again that was interrupted, cancelled or failed."""
        found = self.job(job_id)
        self._may_write(found.project)
        if not found.over:
            return found
        self._wanted(found.project, "" if found.url else found.path, found.url, found.ref, found.rebuild)
        job = self._book.queue(found)
        self._runner.wake()
        return job

    def job_events(self, job_id: str) -> Iterator[Job]:
        """A job as it is now and after every change, until it has ended; now and then also without one."""
        seen, told = -1, 0.0
        while True:
            job = self.job(job_id)
            if job.revision != seen or time.monotonic() - told > _PULSE:
                seen, told = job.revision, time.monotonic()
                yield job
            if job.over:
                return
            time.sleep(_PAUSE)

    # -- what may be indexed ----------------------------------------------------------------------------------

    def _wanted(self, project: str, path: str, url: str, ref: str, rebuild: bool) -> Job:
        """The job for what is asked, if the settings and the caller's rights allow it."""
        from loomgraph.service import checkout
        from loomgraph.service.job_book import Job

        root = self._root_of(project)
        if url:
            self.needs_admin()
            checkout.check_url(url, self.settings.keeping.urls)
            where = (
                root if root and self._is_checkout(root) else str(self._checkouts / f"{project}-{os.urandom(4).hex()}")
            )
        elif path:
            self.needs_admin()
            where = self.allowed_folder(path)
        elif root and self._is_checkout(root):
            url, ref = self._last_url(project, ref)
            where = root
        elif root:
            where = self.allowed_folder(root)
        else:
            raise BadInput(reason=f"{project} holds no folder yet: say which to index.")
        if root and where != root:
            raise ProjectTaken(name=project, root=root)
        return Job("", project, path=where, url=url, ref=ref, rebuild=rebuild)

    def _root_of(self, project: str) -> str:
        try:
            return self.catalog.get(project).root
        except UnknownProject:
            return ""

    @property
    def _checkouts(self) -> Path:
        return Path(os.path.realpath(self.settings.data_dir)) / _CHECKOUTS

    def _is_checkout(self, root: str) -> bool:
        return Path(root).parent == self._checkouts

    def _last_url(self, project: str, ref: str) -> tuple[str, str]:
        """Where a project's repository came from the last time that is remembered."""
        from loomgraph.service import checkout

        for job in self._book.all():
            if job.project == project and job.url:
                return checkout.check_url(job.url, self.settings.keeping.urls), ref or job.ref
        raise BadInput(reason=f"Where {project} came from is not remembered any more: give the address again.")

    def allowed_folder(self, path: str) -> str:
        """A folder that the server may index, as it really is; what lies outside is refused, whether there or not."""
        roots = self.settings.keeping.roots
        given = Path(path)
        if "\0" in path or not path:
            raise BadInput(reason="This is not the path of a folder.")
        if not given.is_absolute():
            if len(roots) != 1:
                raise BadInput(reason="Give the whole path of a folder of the server, from / on.")
            given = Path(roots[0]) / path
        real = Path(os.path.realpath(given))
        data = Path(os.path.realpath(self.settings.data_dir))
        within = any(real.is_relative_to(os.path.realpath(root)) for root in roots)
        if not within or real.is_relative_to(data) or data.is_relative_to(real):
            raise IndexRefused(what=path, setting="index_roots")
        if not real.is_dir():
            raise FolderNotFound(path=path)
        return str(real)

    def sweep_checkouts(self) -> int:
        """Remove repositories that no project holds and no job needs; gives how many."""
        needed = {project.root for project in self.catalog.all()} | {job.path for job in self._book.waiting()}
        try:
            found = [str(self._checkouts / name) for name in os.listdir(self._checkouts)]
        except FileNotFoundError:
            return 0
        left = [path for path in found if path not in needed]
        for path in left:
            shutil.rmtree(path, ignore_errors=True)
        return len(left)


def _what(job: Job) -> tuple[str, str, str, str, bool]:
    """What a job does, where a repository's folder does not matter."""
    return job.project, job.url or job.path, job.url, job.ref, job.rebuild

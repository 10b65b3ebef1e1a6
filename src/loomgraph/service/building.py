"""Graphs built from folders: ``index`` and ``watch``.

This module must not know how files are read or resolved.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from loomgraph.errors import (
    FolderNotFound,
    GraphBusy,
    IndexInterrupted,
    LoomGraphError,
    NotAFolder,
    NothingToIndex,
    UnknownProject,
)
from loomgraph.service.core import Core, now
from loomgraph.service.filling import vectors_follow
from loomgraph.workspaces.leasing import make_empty

if TYPE_CHECKING:
    from loomgraph.indexing.build import IndexResult, Progress, WaitingCallback
    from loomgraph.indexing.walk import WalkOptions
    from loomgraph.service.answers import IndexSummary


def _nothing(*_: object, **__: object) -> None:
    """For callers who want no progress."""


class Building(Core):
    """Graphs built from folders."""

    def index(
        self,
        path: str,
        *,
        project: str = "",
        include: Sequence[str] | None = None,
        exclude: Sequence[str] | None = None,
        jobs: int | None = None,
        rebuild: bool = False,
        progress: Progress = _nothing,
        waiting: WaitingCallback = _nothing,
    ) -> IndexSummary:
        """Build or bring up to date the graph of the code in ``path``.

        A first index that fails leaves no project; one that is interrupted leaves what it has read, for the next one.
        Vectors of a server come last: what is missing of them does not stop it, and is in the ``notes``.
        """
        from loomgraph.indexing.build import IndexOptions

        self.needs_admin()
        root = self.folder(path)
        found, new = self.catalog.for_root(root, project or self._set_project_for(root))
        walk = self.walk_options(include, exclude)
        options = IndexOptions(walk, self.settings.jobs if jobs is None else jobs, rebuild, self.settings.embedding)
        if new:
            found = self.catalog.create(found.name, found.root, now(), make_empty, engine=self.settings.storing.engine)
        try:
            with self.engines.lease(found.name, create=True, rebuild=rebuild) as engine:
                result = engine.update(found.root, options, progress, waiting)
        except IndexInterrupted:
            raise
        except BaseException:
            if new:
                with contextlib.suppress(LoomGraphError):
                    self.catalog.delete(found.name)
            raise
        return self.summary(found.name, found.root, new, result, vectors_follow(self, found.name, progress))

    @staticmethod
    def summary(project: str, root: str, new: bool, result: IndexResult, notes: tuple[str, ...]) -> IndexSummary:
        """What an update of a graph did."""
        from loomgraph.service.answers import IndexSummary

        return IndexSummary(
            project, root, new, result.up_to_date, result.added, result.changed, result.deleted,
            result.unchanged, result.resolved, dict(result.skipped), tuple(result.problems), result.counts,
            round(sum(result.seconds.values()), 3), dict(result.seconds), notes,
        )  # fmt: skip

    def watch(
        self,
        path: str,
        *,
        project: str = "",
        include: Sequence[str] | None = None,
        exclude: Sequence[str] | None = None,
        jobs: int | None = None,
    ) -> Iterator[IndexSummary]:
        """Index, then again whenever something changed, for ever; gives every update that changed the graph."""
        from loomgraph.indexing.watch import Watcher
        from loomgraph.parse.registry import Languages

        root = self.folder(path)
        options = self.walk_options(include, exclude)
        watcher = Watcher(
            root, Languages.load().may_have_language, options, interval=self.settings.watch_interval
        )  # before the first index: what changes meanwhile is not missed
        again = partial(self.index, str(root), project=project, include=include, exclude=exclude, jobs=jobs)
        yield again()
        for _ in watcher.batches():
            with contextlib.suppress(GraphBusy, NothingToIndex):  # for a moment: a branch is being switched
                summary = again()
                if not summary.up_to_date:
                    yield summary

    def walk_options(self, include: Sequence[str] | None, exclude: Sequence[str] | None) -> WalkOptions:
        from loomgraph.indexing.walk import WalkOptions

        return WalkOptions(
            tuple(self.settings.include if include is None else include),
            tuple(self.settings.exclude if exclude is None else exclude),
            self.settings.max_file_bytes,
        )

    def folder(self, path: str) -> Path:
        where = self.here / Path(path).expanduser()
        if not where.exists():
            raise FolderNotFound(path=str(where))
        if not where.is_dir():
            raise NotAFolder(path=str(where))
        return where.resolve()

    def _set_project_for(self, root: Path) -> str:
        """The project of the settings, when it is new or holds this very folder; else the folder decides."""
        name = self.settings.project
        if not name:
            return ""
        with contextlib.suppress(UnknownProject):
            return name if self.catalog.get(name).root == str(root) else ""
        return name

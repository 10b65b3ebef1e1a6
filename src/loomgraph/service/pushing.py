"""Graphs of files that are sent: the use cases of ``syncing``, imported when something comes.

This module must not know what a push is made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loomgraph.service.building import Building

if TYPE_CHECKING:
    from loomgraph.indexing.build import Progress
    from loomgraph.service.answers import IndexSummary
    from loomgraph.service.syncing import LocalFiles, Pushes, PushPlan, PushReceived


def _nothing(*_: object, **__: object) -> None:
    """For callers who want no progress."""


class Pushing(Building):
    """Pushes, from both ends."""

    def sync_plan(self, project: str, body: bytes | Path) -> PushPlan:
        """Begin a push: lines of ``{"path", "hash", "size"}``, the whole of what the project is to hold."""
        return self._pushes().plan(project, body)

    def sync_content(self, project: str, plan: str, body: bytes | Path) -> PushReceived:
        """A part of a push: lines of ``{"hash", "text" or "base64"}``. Only what the push lacks is kept."""
        return self._pushes().content(project, plan, body)

    def sync_commit(self, project: str, plan: str, *, progress: Progress = _nothing) -> IndexSummary:
        """Make the project's graph that of the push, in one transaction; raises ``PushIncomplete``."""
        return self._pushes().commit(project, plan, progress=progress)

    def sync_files(
        self, project: str, files: Iterable[Mapping[str, Any]] = (), delete: Sequence[str] = (), *,
        progress: Progress = _nothing,
    ) -> IndexSummary:  # fmt: skip
        """Replace what the named files say, and forget those to be deleted, in one transaction; others stay.

        Files are gone through twice, one at a time.
        """
        return self._pushes().files(project, files, delete, progress=progress)

    def local_files(
        self, path: str, *, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> LocalFiles:
        """The files of a folder of the user's that ``index`` would look at, hashed: what a push of it says."""
        return self._pushes().local_files(path, include=include, exclude=exclude)

    def name_for(self, path: str) -> str:
        """What a folder's project is called when nobody says."""
        from loomgraph.workspaces import names

        return names.from_folder(self.folder(path).name)

    def _pushes(self) -> Pushes:
        from loomgraph.service.syncing import Pushes

        return Pushes(self)

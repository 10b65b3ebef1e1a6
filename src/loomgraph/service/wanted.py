"""Which projects of a data folder lack vectors, as far as anybody has noticed: an empty file each, so that no restart
forgets one, and every process of the folder may note and see it.

A project that is being filled is *taken*: noted anew meanwhile, it is looked at again. This module must not know how
vectors are made.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_FOLDER = ".filling"
_TAKEN = ".taken"  # no name of a project holds a dot


class Wanted:
    """The notes of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / _FOLDER

    def add(self, project: str) -> None:
        """Note a project; what cannot be noted is found again when it is asked a question."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, mode=0o700, exist_ok=True)
            (self._folder / project).touch()

    def projects(self) -> list[str]:
        """The projects that are noted, sorted."""
        try:
            return sorted({name.removesuffix(_TAKEN) for name in os.listdir(self._folder)})
        except OSError:
            return []

    def take(self, project: str) -> None:
        """Begin with a project, alone."""
        with contextlib.suppress(OSError):
            os.replace(self._folder / project, self._folder / (project + _TAKEN))

    def done(self, project: str) -> None:
        """What was taken lacks nothing more."""
        with contextlib.suppress(OSError):
            (self._folder / (project + _TAKEN)).unlink()

    def forget(self, project: str) -> None:
        """There is no such project any more."""
        self.take(project)
        self.done(project)

    def rename(self, project: str, name: str) -> None:
        """A project has another name now."""
        if project in self.projects():
            self.forget(project)
            self.add(name)

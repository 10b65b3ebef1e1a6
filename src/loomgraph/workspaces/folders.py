"""Where projects lie: one folder each below the data folder, with ``project.json`` and the graph.

The folder's name is the project's name, so renaming a project is one rename of a folder, and deleting one begins
with a rename out of the way: neither can be seen half done. Reading never makes a project. This module must not
know what a graph holds.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import stat
import sys
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loomgraph.engines.places import FilePlace
from loomgraph.errors import (
    DiskFull,
    GraphChanged,
    GraphNewer,
    LoomGraphError,
    ProjectTaken,
    StoreError,
    StoreUnwritable,
    UnknownProject,
)
from loomgraph.settings.storing import LIGHTRAG, NATIVE
from loomgraph.workspaces import names
from loomgraph.workspaces.catalog import Extent, Project, matching, nearest, taken

if TYPE_CHECKING:
    from loomgraph.workspaces.keys import KeyStorage

FORMAT = 1
_DESCRIPTION = "project.json"
_GRAPH = "graph.db"
_TRASH = ".deleted-"
_NAMES_LOCK = ".projects.lock"
_NAMES_WAIT = 30.0  # nobody holds it longer than a rename takes


class Identity(NamedTuple):
    """Which project lies in a folder: another one of the same name has another."""

    device: int
    inode: int
    made: int


class ProjectFolders:
    """The projects of one data folder (see :class:`loomgraph.workspaces.catalog.Catalog`)."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    def all(self) -> list[Project]:
        """Every project, by name."""
        return sorted(self._scan(), key=lambda project: (project.name.lower(), project.name))

    def get(self, name: str) -> Project:
        """The project of that name; raises ``UnknownProject``."""
        plain = self._description(names.check(name))
        if plain is None:
            raise UnknownProject(name=name)
        found = plain.get("format", FORMAT)
        if not isinstance(found, int) or found > FORMAT:
            raise GraphNewer(path=str(self.data_dir / name), found=found, known=FORMAT)
        return self._project(name, plain)

    def identity(self, name: str) -> Identity:
        """Which project of that name there is now; raises ``UnknownProject``. Two looks at the file system."""
        folder = self.data_dir / names.check(name)
        try:
            if not stat.S_ISDIR(os.lstat(folder).st_mode) or not self._kept_case(name):
                raise UnknownProject(name=name)
            found = os.lstat(folder / _DESCRIPTION)
        except (FileNotFoundError, NotADirectoryError):
            raise UnknownProject(name=name) from None
        except OSError as error:
            raise StoreUnwritable(path=str(folder), reason=error.strerror or str(error)) from error
        return Identity(found.st_dev, found.st_ino, found.st_mtime_ns)

    @contextlib.contextmanager
    def staying(self, name: str, identity: Hashable) -> Iterator[None]:
        """Say what is the matter with a graph whose project another process moves away meanwhile.

        Its files vanish under whoever opens them just then. Raises ``UnknownProject``, or ``GraphChanged`` when there
        is another project of that name by now.
        """
        try:
            yield
        except StoreError as error:
            if self.identity(name) != identity:
                raise GraphChanged(path=str(self.data_dir / name)) from error
            raise

    def extent(self, project: Project) -> Extent:
        """How large a project's folder is, and the files that hold its graph."""
        total, changed = 0, 0.0
        stamp = []
        with contextlib.suppress(OSError):
            for entry in os.scandir(project.folder):
                status = entry.stat(follow_symlinks=False)
                total += status.st_size
                if entry.name.startswith(_GRAPH) and not entry.name.endswith("-shm"):
                    changed = max(changed, status.st_mtime)
                    stamp.append((entry.name, status.st_ino, status.st_mtime_ns, status.st_size))
        return Extent(total, changed, tuple(sorted(stamp)))

    def holding(self, folder: Path) -> Project:
        """The project whose root holds ``folder``."""
        return nearest(self.all(), folder)

    def for_root(self, root: Path, name: str = "") -> tuple[Project, bool]:
        """The project for the code in ``root``, and whether it is yet to be made."""
        where = os.path.realpath(root)
        found = matching(self.all(), where, name)
        if isinstance(found, Project):
            return found, False
        return self._made(found, self.data_dir / found, where, "", NATIVE), True

    def create(
        self, name: str, root: str, created: str, fill: Callable[[Project], object] | None = None, *,
        engine: str = NATIVE,
    ) -> Project:  # fmt: skip
        """Make a project; nobody ever sees its folder without its description and what ``fill`` puts beside it."""
        names.check(name)
        with self._naming():
            for other in self._scan():
                if other.name.lower() == name.lower():
                    raise taken(other)
            draft = self.data_dir / f"{_TRASH}{os.urandom(8).hex()}"
            folder = self.data_dir / name
            try:
                draft.mkdir()
                plain = {"format": FORMAT, "root": root, "created": created, "engine": engine}
                (draft / _DESCRIPTION).write_text(json.dumps(plain) + "\n", "utf-8")
                if fill is not None:
                    fill(self._made(name, draft, root, created, engine))
                draft.rename(folder)
            except (OSError, LoomGraphError):
                shutil.rmtree(draft, ignore_errors=True)
                if folder.exists():  # another process was quicker
                    raise ProjectTaken(name=name, root="another graph") from None
                raise
        return self._made(name, folder, root, created, engine)

    def rename(self, name: str, new_name: str) -> Project:
        """Give a project another name."""
        names.check(new_name)
        with self._naming():
            project = self.get(name)
            for other in self._scan():
                if other.name.lower() == new_name.lower() and other.name != name:
                    raise taken(other)
            folder = self.data_dir / new_name
            project.folder.rename(folder)
        return self._made(new_name, folder, project.root, project.created, project.engine)

    def delete(self, name: str) -> None:
        """Take a project away with all its data."""
        with self._naming():
            project = self.get(name)
            trash = self.data_dir / f"{_TRASH}{os.urandom(8).hex()}"
            project.folder.rename(trash)
        shutil.rmtree(trash, ignore_errors=True)

    def sweep(self) -> int:
        """Remove what deletions that were killed left behind; gives how many."""
        if not any(path.name.startswith(_TRASH) for path in self._entries()):
            return 0
        with self._naming():  # a project that is being made is no leftover
            left = [path for path in self._entries() if path.name.startswith(_TRASH)]
            for path in left:
                shutil.rmtree(path, ignore_errors=True)
        return len(left)

    def key_storage(self) -> KeyStorage:
        """A file beside the projects."""
        from loomgraph.workspaces.keyfile import KeyFile

        return KeyFile(self.data_dir)

    def condition(self) -> None:
        """There is no server."""

    def close(self) -> None:
        """Nothing is held open."""

    @contextlib.contextmanager
    def _naming(self) -> Iterator[None]:
        """Nobody else makes, renames or deletes a project meanwhile: two names that look alike cannot both be new."""
        from loomgraph.indexing.lock import exclusive

        with _writing(self.data_dir):
            self.data_dir.mkdir(parents=True, exist_ok=True)
            with exclusive(self.data_dir / _NAMES_LOCK, timeout=_NAMES_WAIT):
                yield

    def _kept_case(self, name: str) -> bool:
        """Whether a folder is called exactly so, where the file system itself would take any case."""
        return sys.platform not in ("darwin", "win32") or name in os.listdir(self.data_dir)

    def _entries(self) -> list[Path]:
        try:
            return [Path(entry.path) for entry in os.scandir(self.data_dir) if entry.is_dir(follow_symlinks=False)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreUnwritable(path=str(self.data_dir), reason=error.strerror or str(error)) from error

    def _scan(self) -> Iterator[Project]:
        """Every project that can be read: one that cannot must not stand in the way of the others."""
        for path in self._entries():
            if names.is_name(path.name):
                with contextlib.suppress(StoreUnwritable):
                    plain = self._description(path.name)
                    if plain is not None:
                        yield self._project(path.name, plain)

    def _project(self, name: str, plain: dict[str, object]) -> Project:
        engine = LIGHTRAG if plain.get("engine") == LIGHTRAG else NATIVE
        root, created = str(plain.get("root", "")), str(plain.get("created", ""))
        return self._made(name, self.data_dir / name, root, created, engine)

    @staticmethod
    def _made(name: str, folder: Path, root: str, created: str, engine: str) -> Project:
        return Project(name, folder, root, created, FilePlace(folder / _GRAPH), engine)

    def _description(self, name: str) -> dict[str, object] | None:
        """What ``project.json`` says; nothing when the folder is no project's."""
        folder = self.data_dir / name
        if folder.is_symlink() or (folder.exists() and not self._kept_case(name)):
            return None
        try:
            plain = json.loads((folder / _DESCRIPTION).read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StoreUnwritable(path=str(folder), reason=error.strerror or str(error)) from error
        except ValueError:
            return {}  # a damaged description: the graph beside it is as good as ever
        return plain if isinstance(plain, dict) else {}


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say plainly that a folder could not be written."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(path=str(path), reason=reason) from error
        raise StoreUnwritable(path=str(path), reason=reason) from error

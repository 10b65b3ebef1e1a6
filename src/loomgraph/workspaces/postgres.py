"""The projects of a PostgreSQL database: a row each, which every process and host that uses it finds alike.

What a machine makes from their graphs, and files that were pushed to it, lie in its own data folder, by the database
and the number of the project. This module must not know what a graph holds.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loomgraph.engines.postgres_place import DatabasePlace
from loomgraph.errors import DatabaseUnavailable, GraphChanged, StoreError, UnknownProject
from loomgraph.settings.storing import LIGHTRAG, NATIVE
from loomgraph.settings.values import Secret
from loomgraph.store import postgres_projects as sql
from loomgraph.store.postgres import remove
from loomgraph.store.postgres_database import Connection, Database, answer
from loomgraph.store.postgres_looking import look
from loomgraph.store.sqlite_rows import decode_text, encode_text
from loomgraph.workspaces import names
from loomgraph.workspaces.catalog import Extent, Project, matching, nearest, taken

if TYPE_CHECKING:
    from loomgraph.workspaces.keys import KeyStorage

FOLDER = "cache"
_NAMES = "names of projects"
_NAMES_WAIT = 30.0  # nobody holds it longer than a few statements take
_NOBODY = -1


class ProjectTable:
    """The projects of the database at ``url`` (see :class:`loomgraph.workspaces.catalog.Catalog`)."""

    def __init__(self, url: Secret, data_dir: Path) -> None:
        self._url = url
        self._data_dir = data_dir
        self._database = Database.shared(url.reveal())
        self._caches: Path | None = None
        self._sizes: dict[int, tuple[Hashable, int]] = {}

    def close(self) -> None:
        """Give the database back."""
        self._database.close()

    def key_storage(self) -> KeyStorage:
        """A table beside that of the projects."""
        from loomgraph.workspaces.postgres_keys import KeyTable

        return KeyTable(self._database)

    def condition(self) -> tuple[bool, str]:
        """How the database is."""
        return look(self._database)

    def all(self) -> list[Project]:
        """Every project, by name."""
        found = [self._project(row) for row in self._answer(sql.ALL)]
        return sorted(found, key=lambda project: (project.name.lower(), project.name))

    def get(self, name: str) -> Project:
        """The project of that name; raises ``UnknownProject``."""
        for row in self._answer(sql.BY_NAME, names.check(name)):
            project = self._project(row)
            project.folder.mkdir(parents=True, exist_ok=True)
            return project
        raise UnknownProject(name=name)

    def identity(self, name: str) -> Hashable:
        """The number of the project of that name; raises ``UnknownProject``. One look."""
        for (number,) in self._answer(sql.ID, names.check(name)):
            return int(number)
        raise UnknownProject(name=name)

    @contextlib.contextmanager
    def staying(self, name: str, identity: Hashable) -> Iterator[None]:
        """Say what is the matter with a graph whose project another process takes away meanwhile."""
        try:
            yield
        except DatabaseUnavailable:  # which nobody can be asked about
            raise
        except StoreError as error:
            if self.identity(name) != identity:
                raise GraphChanged(path=name) from error
            raise

    def extent(self, project: Project) -> Extent:
        """About how many bytes a project's rows take, looked at again when its graph has changed."""
        number = int(project.id)
        with self._database.reading(number) as connection:
            found = answer(connection, sql.CHANGED, number)
            if not found:
                return Extent(0, 0.0, None)
            ((generation, changed),) = found
            seen, size = self._sizes.get(number, (None, 0))
            if seen != generation:
                ((size,),) = connection.execute(sql.SIZE, {"id": number}).fetchall()
                self._sizes[number] = (generation, int(size))
        return Extent(int(size), float(changed), (number, generation))

    def holding(self, folder: Path) -> Project:
        """The project whose root holds ``folder``."""
        return nearest(self.all(), folder)

    def for_root(self, root: Path, name: str = "") -> tuple[Project, bool]:
        """The project for the code in ``root``, and whether it is yet to be made."""
        where = os.path.realpath(root)
        found = matching(self.all(), where, name)
        if isinstance(found, Project):
            found.folder.mkdir(parents=True, exist_ok=True)
            return found, False
        return self._project((_NOBODY, found, encode_text(where), "", NATIVE)), True

    def create(
        self, name: str, root: str, created: str, fill: Callable[[Project], object] | None = None, *,
        engine: str = NATIVE,
    ) -> Project:  # fmt: skip
        """Make a project. Its graph is filled before anybody finds it."""
        names.check(name)
        with self._naming() as connection:
            self._check_free(connection, name, _NOBODY)
            ((number,),) = answer(connection, sql.ADD, name, encode_text(root), created, engine)
            project = self._project((number, name, encode_text(root), created, engine))
            project.folder.mkdir(parents=True, exist_ok=True)
            if fill is not None:
                fill(project)
        return project

    def rename(self, name: str, new_name: str) -> Project:
        """Give a project another name."""
        names.check(new_name)
        with self._naming() as connection:
            number = self.identity(name)
            self._check_free(connection, new_name, number)
            if not answer(connection, sql.RENAME, new_name, number):
                raise UnknownProject(name=name)
        return self.get(new_name)

    def delete(self, name: str) -> None:
        """Take a project away: nobody finds it from then on, and then its rows go."""
        number = self.identity(name)
        with self._naming() as connection:
            connection.execute(sql.FORGET, (number,))
        self._clear(int(str(number)))

    def sweep(self) -> int:
        """Remove what deletions that were killed left behind, and this machine's files of projects that are gone."""
        left = [int(number) for (number,) in self._answer(sql.REMOVED)]
        for number in left:
            self._clear(number)
        there = {str(number) for (number,) in self._answer(sql.IDS)}
        with contextlib.suppress(FileNotFoundError):
            for entry in os.scandir(self._cache()):
                if entry.name not in there:
                    shutil.rmtree(entry.path, ignore_errors=True)
        return len(left)

    def _clear(self, number: int) -> None:
        remove(self._database, number)
        with self._database.connection() as connection:
            connection.execute(sql.DONE, (number,))
        shutil.rmtree(self._cache() / str(number), ignore_errors=True)

    @contextlib.contextmanager
    def _naming(self) -> Iterator[Connection]:
        """Nobody else makes, renames or deletes a project meanwhile."""
        with self._database.exclusive(_NAMES, timeout=_NAMES_WAIT), self._database.connection() as connection:
            yield connection

    def _check_free(self, connection: Connection, name: str, but: Hashable) -> None:
        for row in answer(connection, sql.TAKEN, name, but):
            raise taken(self._project(row))

    def _answer(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self._database.ask(statement, *values)

    def _cache(self) -> Path:
        """Where this machine keeps what it makes from graphs of this database."""
        if self._caches is None:
            ((which,),) = self._answer(sql.SELF)
            self._caches = self._data_dir / FOLDER / which
        return self._caches

    def _project(self, row: tuple[Any, ...]) -> Project:
        number, name, root, created, engine = row
        folder = self._cache() / str(number)
        place = DatabasePlace(self._url, int(number), folder)
        return Project(
            name, folder, decode_text(root), created, place, LIGHTRAG if engine == LIGHTRAG else NATIVE, str(number)
        )

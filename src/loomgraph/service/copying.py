"""Projects copied to another place: from files into a database, from there into files, or under another name.

This module must not know what a store is, nor how a graph lies in it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from loomgraph.errors import BadInput, LoomGraphError, StoreError
from loomgraph.service.core import Core
from loomgraph.settings.storing import StoringSettings
from loomgraph.workspaces.leasing import make_empty
from loomgraph.workspaces.opening import open_catalog

if TYPE_CHECKING:
    from loomgraph.service.answers import Copied
    from loomgraph.settings import Settings
    from loomgraph.workspaces.catalog import Catalog, Project


class Copying(Core):
    """Projects copied whole."""

    def copy_project(self, name: str, to: str, new_name: str = "") -> Copied:
        """Copy a project to the database or the data folder ``to``, as ``new_name`` if it is given.

        Nothing of it is lost, and nothing is left when it fails. Raises ``ProjectTaken``.
        """
        from loomgraph.service.answers import Copied

        self.needs_admin()
        found = self.find_project(name)
        with contextlib.closing(open_catalog(self._settings_of(to))) as other:
            target = other.create(new_name or found.name, found.root, found.created, make_empty, engine=found.engine)
            with _whole_or_not(other, target.name):
                files, symbols, edges = self._fill(found, target)
        return Copied(found.name, target.name, str(target.place), files, symbols, edges)

    def _settings_of(self, to: str) -> Settings:
        """The settings of somebody who works there."""
        from loomgraph.settings.values import database

        if to.startswith(("postgres:", "postgresql:")):
            try:
                return replace(self.settings, storing=StoringSettings(store=database()(to)))
            except ValueError as error:
                raise BadInput(reason=f"--to: {error}") from None
        if "://" in to or not to.strip():
            raise BadInput(reason="--to takes the address of a PostgreSQL database, postgresql://…, or a data folder.")
        return replace(self.settings, storing=StoringSettings(), data_dir=(self.here / Path(to).expanduser()).resolve())

    def _fill(self, source: Project, target: Project) -> tuple[int, int, int]:
        """Put a graph into an empty one; gives its files, symbols and edges."""
        from loomgraph.engines.native import NativeEngine
        from loomgraph.store.copying import whole

        with (
            self.engines.lease(source.name) as engine,
            engine.read() as reader,
            NativeEngine(target.place, wait=self.settings.lock_wait) as copy,
        ):
            copy.replace(whole(reader))
            counts = reader.counts()
            if copy.stats() != counts:
                raise StoreError(path=str(target.place), reason="the copy does not hold what was copied")
        return counts.files, counts.symbols, counts.edges


@contextlib.contextmanager
def _whole_or_not(catalog: Catalog, name: str) -> Iterator[None]:
    """Nothing is left of a project whose filling fails."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(LoomGraphError):
            catalog.delete(name)
        raise

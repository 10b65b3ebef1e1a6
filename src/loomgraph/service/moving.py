"""Graphs written out and read in.

This module must not know what a format looks like.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from loomgraph.errors import BadInput, ProjectTaken, UnknownProject
from loomgraph.service.core import Core, now
from loomgraph.service.filling import vectors_follow
from loomgraph.settings.storing import NATIVE
from loomgraph.workspaces import names as project_names
from loomgraph.workspaces.leasing import make_empty

if TYPE_CHECKING:
    from loomgraph.service.answers import Imported, Written


class Moving(Core):
    """Graphs moved to and from files."""

    @contextlib.contextmanager
    def export(self, format_name: str, *, project: str = "", externals: bool = False) -> Iterator[Iterator[str]]:
        """A graph as lines of text."""
        from loomgraph.engines import exports

        with self.reading(project) as (_, reader):
            yield exports.lines(reader, format_name, externals=externals)

    def export_to(self, path: str, format_name: str, *, project: str = "", externals: bool = False) -> Written:
        """Write a graph to a file, whole or not at all."""
        from loomgraph.service import files
        from loomgraph.service.answers import Written

        self.needs_admin()
        found = self.find_project(project)
        with self.export(format_name, project=found.name, externals=externals) as lines:
            count, size = files.write_lines(self.here / path, lines)
        return Written(found.name, format_name, str(self.here / path), count, size)

    def import_graph(self, path: str, *, project: str = "") -> Imported:
        """Read a graph from a file (``-`` is standard input) into a project."""
        from loomgraph.engines import imports
        from loomgraph.service.answers import Imported

        self.needs_admin()
        name = project or self.settings.project
        if not name:
            raise BadInput(reason="An import needs a project: say --project NAME.")
        project_names.check(name)
        text = self.read_text(path)
        document = imports.read(text, "standard input" if path == "-" else os.path.basename(path))
        engine = NATIVE if document.graphs else self.settings.storing.engine  # others take rows alone
        try:
            found, new = self.catalog.get(name), False
        except UnknownProject:
            found, new = self.catalog.create(name, "", now(), make_empty, engine=engine), True
        if found.root:
            raise ProjectTaken(name=name, root=found.root)
        try:
            with self.engines.lease(found.name, create=True) as opened:
                if document.graphs:
                    opened.insert(document.graphs)
                inserted = opened.insert_custom_kg(document.kg)
                files = opened.stats().files
        except BaseException:
            if new:
                self.catalog.delete(name)
            raise
        notes = vectors_follow(self, found.name)
        symbols, edges, chunks = inserted.entities, inserted.relationships, inserted.chunks
        for graph in document.graphs:
            symbols += len(_list(graph.symbols))
            edges += len(_list(graph.edges))
            chunks += len(_list(graph.chunks or ()))
        return Imported(name, new, files, symbols, edges, chunks, notes)


def _list(rows: Iterable[object]) -> list[object]:
    return list(rows)

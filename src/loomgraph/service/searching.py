"""Questions in plain language: ``search``, ``ask``, and many at once, in one project or several.

This module must not know how results are ranked or shown.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from loomgraph.errors import NotFound
from loomgraph.service.core import Core

if TYPE_CHECKING:
    from typing import Any

    from loomgraph.retrieve.answer import Answer, Hits
    from loomgraph.service.retrieval import Retrieval, Wish
    from loomgraph.workspaces.catalog import Project


class Searching(Core):
    """What is asked in words."""

    def search(self, text: str, *, projects: Sequence[str] = (), every: bool = False, wish: Wish | None = None) -> Hits:
        """The definitions and passages that answer best, in one project or several."""
        with self.retrieval(projects, every, wish) as found:
            return found.search(text)

    def ask(self, text: str, *, projects: Sequence[str] = (), every: bool = False, wish: Wish | None = None) -> Answer:
        """What answers a question: symbols, relations, quoted source, and what the graph says itself."""
        with self.retrieval(projects, every, wish) as found:
            return found.ask(text)

    def search_batch(
        self, path: str, *, projects: Sequence[str] = (), every: bool = False, wish: Wish | None = None
    ) -> Iterator[dict[str, Any]]:
        """The answers to a file of queries (``-`` is standard input), each as soon as its line has come."""
        from loomgraph.service import files, retrieval

        self.needs_admin()
        shown = "standard input" if path == "-" else path
        lines = files.lines(Path(path) if path == "-" else self.here / path)
        with self.retrieval(projects, every, wish) as found:
            for query in retrieval.queries(lines, shown):
                yield retrieval.row(query, found.search(query.text))

    @contextlib.contextmanager
    def retrieval(self, projects: Sequence[str], every: bool, wish: Wish | None) -> Iterator[Retrieval]:
        """Projects opened for any number of questions: those named, every one, or the one of this folder."""
        from loomgraph.service import retrieval

        if every:
            chosen = self._every()
        else:
            chosen = [self.find_project(name) for name in dict.fromkeys(projects)] or [self.find_project()]
        with retrieval.opened(self, chosen, wish or retrieval.Wish()) as found:
            yield found

    def _every(self) -> list[Project]:
        found = self.visible()
        if not found:
            raise NotFound(reason="There is no project yet. `loomgraph index PATH` makes one.")
        return found

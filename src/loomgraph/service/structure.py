"""Structural questions: symbols, callers, paths, impact, hierarchies, cycles, what is unused, and counts.

A question finds its project, leases its graph and asks :mod:`loomgraph.store.questions`. This module must not know
how an answer is found or shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loomgraph.service.core import Core
from loomgraph.store import questions

if TYPE_CHECKING:
    from typing import Unpack

    from loomgraph.service.answers import Stats
    from loomgraph.service.asking import Reach
    from loomgraph.store.answers import Cycles, Found, Hierarchy, Impact, Reached, Route, Shown, UnusedAnswer


class Structure(Core):
    """What the graph itself answers."""

    def names(self, start: str, *, project: str = "") -> list[str]:
        """The names of symbols that begin so."""
        with self.reading(project) as (_, reader):
            return [name for name in reader.names(start) if name.startswith(start)]

    def stats(self, *, project: str = "") -> Stats:
        """What a graph holds."""
        from loomgraph.service.answers import Stats

        with self.reading(project) as (found, reader):
            return Stats(found.name, found.root, reader.counts())

    def find(self, text: str, *, project: str = "", kinds: Sequence[str] = (), limit: int = 50) -> Found:
        """Symbols by their name or a part of it."""
        with self.asking(project) as ask:
            return questions.find(ask.reader, text, kinds=ask.symbol_kinds(kinds), limit=limit)

    def show(self, symbol: str, *, project: str = "", limit: int = 10) -> Shown:
        """One symbol: what it says, holds and is related to."""
        with self.asking(project) as ask:
            return questions.show(ask.reader, ask.spelled(symbol), limit=limit)

    def callers(self, symbol: str, *, project: str = "", **options: Unpack[Reach]) -> Reached:
        """Who calls a symbol."""
        with self.asking(project) as ask:
            options["kinds"] = ask.edge_kinds(options.get("kinds", ("CALLS",)))
            return questions.callers(ask.reader, ask.spelled(symbol), **options)

    def callees(self, symbol: str, *, project: str = "", **options: Unpack[Reach]) -> Reached:
        """What a symbol calls."""
        with self.asking(project) as ask:
            options["kinds"] = ask.edge_kinds(options.get("kinds", ("CALLS",)))
            return questions.callees(ask.reader, ask.spelled(symbol), **options)

    def path(
        self, source: str, target: str, *, project: str = "", widen: bool = True, kinds: Sequence[str] = ("CALLS",)
    ) -> Route:
        """The shortest way from one symbol to another."""
        with self.asking(project) as ask:
            ends = ask.spelled(source), ask.spelled(target)
            return questions.path(ask.reader, *ends, widen=widen, kinds=ask.edge_kinds(kinds))

    def impact(
        self,
        targets: Sequence[str] = (),
        *,
        project: str = "",
        diff: str | None = None,
        symbols: Sequence[str] = (),
        depth: int = 3,
        limit: int = 0,
    ) -> Impact:
        """What a change may affect: since a revision, of some files, in a diff, or of some symbols."""
        with self.asking(project) as ask:
            changes = [] if symbols and not targets and diff is None else ask.changes(targets, diff)
            spelled = [ask.spelled(symbol) for symbol in symbols]
            return questions.impact(ask.reader, symbols=spelled, changes=changes, depth=depth, limit=limit)

    def hierarchy(self, symbol: str, *, project: str = "", depth: int = 0) -> Hierarchy:
        """What a class derives from and what derives from it; for a method, what overrides it."""
        with self.asking(project) as ask:
            return questions.hierarchy(ask.reader, ask.spelled(symbol), depth=depth)

    def cycles(self, *, project: str = "", level: str = "files", limit: int = 0) -> Cycles:
        """Files that import each other in a circle, or symbols that call each other in one."""
        with self.asking(project) as ask:
            return questions.cycles(ask.reader, level=level, limit=limit)

    def unused(
        self, *, project: str = "", kinds: Sequence[str] = (), exported: bool = False, limit: int = 0
    ) -> UnusedAnswer:
        """Definitions that nothing in the graph refers to."""
        with self.asking(project) as ask:
            return questions.unused(ask.reader, kinds=ask.symbol_kinds(kinds), exported=exported, limit=limit)

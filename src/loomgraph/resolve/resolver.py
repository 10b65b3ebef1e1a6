"""Resolver: the facts of a whole project → symbols and edges, file by file.

The result for a file depends only on the project's facts, never on which files were resolved before; what it
depended on comes with it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from loomgraph.model import Edge, Symbol, UnresolvedCall
from loomgraph.resolve.engine import Engine
from loomgraph.resolve.evaluate import LOCAL, Evaluator
from loomgraph.resolve.languages.registry import semantics_for
from loomgraph.resolve.project import FactSource, Project
from loomgraph.resolve.sites import Sites
from loomgraph.resolve.symbols import symbols_of

_RECURSION = 50_000


@dataclass(frozen=True, slots=True)
class FileResult:
    """What resolving one file gives. ``depends`` are the paths of other files it read, ``keys`` the name keys."""

    symbols: tuple[Symbol, ...]
    edges: tuple[Edge, ...]
    unresolved: tuple[UnresolvedCall, ...]
    depends: frozenset[str]
    keys: frozenset[str]


class Resolver:
    """Resolves files of one project. Not thread-safe; a fork may resolve other files of the same project."""

    def __init__(self, source: FactSource) -> None:
        self.engine = Engine()
        self.project = Project(source, self.engine)
        self.evaluator = Evaluator(self.project, self.engine, semantics_for)
        sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION))

    def resolve(self, path: str) -> FileResult:
        """Symbols, edges and unresolved calls of the file at ``path``. Raises KeyError for an unknown path."""
        view = self.project.view(self.project.numbers[path])
        self.engine.reads = 0
        known = self.engine.remembered()
        with view.in_hand():
            sites = Sites(self.evaluator, view)
            sites.run()
        self.engine.forget(known, LOCAL, view.number)
        reads = self.engine.tokens_of(self.engine.reads & ~view.bit)
        numbers = self.project.numbers
        return FileResult(
            symbols=symbols_of(view),
            edges=sites.out.edges(),
            unresolved=tuple(sites.unresolved),
            depends=frozenset(r for r in reads if r in numbers),
            keys=frozenset(r for r in reads if r not in numbers),
        )

    def symbols_only(self, path: str) -> FileResult:
        """What the file at ``path`` defines, for a caller whose :meth:`resolve` of it failed."""
        view = self.project.view(self.project.numbers[path])
        return FileResult(symbols_of(view), (), (), frozenset(), frozenset())

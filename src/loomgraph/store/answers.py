"""The answers of structural questions: plain frozen data, in the order in which they should be shown.

Every answer that depends on calls says how sure each item is and which call sites of the same name could not be
resolved. This module must not know how an answer is found or shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from loomgraph.model import Chunk, Edge, Resolution, Symbol
from loomgraph.store.base import Counts, FileRecord


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Call sites that may concern an answer: of one of ``names``, target unknown. ``places`` are the first few."""

    names: tuple[str, ...] = ()
    count: int = 0
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """``find``: the best matches first; ``total`` counts those left out by the limit too."""

    text: str
    total: int
    symbols: tuple[Symbol, ...]


@dataclass(frozen=True, slots=True)
class Relations:
    """Edges of one kind at a symbol, in one direction: how many, and the first few."""

    kind: str
    direction: str  # "in" or "out"
    count: int
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """``show``: one symbol, what it holds, what it is related to, its source as far as the graph holds it."""

    symbol: Symbol
    file: FileRecord | None
    members: tuple[Symbol, ...]
    relations: tuple[Relations, ...]
    chunks: tuple[Chunk, ...]
    unresolved: Unresolved


@dataclass(frozen=True, slots=True)
class Hop:
    """A symbol reached, at its least distance. ``edges`` lead to it from the symbols one step nearer.

    ``resolution`` is that of the best chain of edges from the start: as sure as its least sure edge.
    ``widened`` says that every such chain goes through an override or an implementation.
    """

    symbol: Symbol
    depth: int
    resolution: Resolution
    edges: tuple[Edge, ...]
    widened: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """``callers``, ``callees``, ``hierarchy``: what is reached from a symbol, nearest first."""

    symbol: Symbol
    direction: str  # "in": callers, or what derives from a class; "out": callees, or its bases; "both": hierarchy
    depth: int
    total: int
    hops: tuple[Hop, ...]
    unresolved: Unresolved = Unresolved()


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """``hierarchy``: what a class derives from (nearest first) and what derives from it; overrides for a method."""

    symbol: Symbol
    bases: tuple[Hop, ...]
    derived: tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """``path``: the shortest way from one symbol to another, of several the first by name; empty when none leads.

    ``edges[i]`` leads from ``symbols[i]`` to ``symbols[i + 1]``; ``widened[i]`` says that the edge leads to a symbol
    that the next one overrides or implements.
    """

    source: Symbol
    target: Symbol
    symbols: tuple[Symbol, ...]
    edges: tuple[Edge, ...]
    widened: tuple[bool, ...]
    resolution: Resolution
    unresolved: Unresolved


@dataclass(frozen=True, slots=True)
class Impact:
    """``impact``: what a change of ``changed`` may affect, nearest first, and the tests among it.

    ``unknown`` are files of the change that the graph does not hold.
    """

    changed: tuple[Symbol, ...]
    affected: tuple[Hop, ...]
    total: int
    tests: tuple[Hop, ...]
    test_files: tuple[str, ...]
    files: tuple[str, ...]
    unknown: tuple[str, ...]
    unresolved: Unresolved


@dataclass(frozen=True, slots=True)
class Cycle:
    """Files or symbols that all reach each other, and the edges between them (all for small ones, else the first)."""

    members: tuple[str, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Cycles:
    """``cycles``: greatest first."""

    level: str  # "files" or "symbols"
    total: int
    cycles: tuple[Cycle, ...]


@dataclass(frozen=True, slots=True)
class Unused:
    """A definition that nothing in the graph refers to, and why it might be used all the same."""

    symbol: Symbol
    doubts: tuple[str, ...]
    unresolved: int  # call sites of its name whose target is not known


@dataclass(frozen=True, slots=True)
class UnusedAnswer:
    """``unused``: the most certain first."""

    total: int
    items: tuple[Unused, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """``stats``: what a graph holds."""

    generation: int
    counts: Counts
    meta: tuple[tuple[str, str], ...]

"""Walks over the graph, written once on the primitives of a reader, the same for every store.

Every walk is by levels, in batches, and ends in one order whatever the store. This module must not know who asks, nor
how a user spells a symbol.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from loomgraph.model import Edge, EdgeKind, Resolution, Symbol, SymbolKind
from loomgraph.store.answers import Hop
from loomgraph.store.base import Reader, edge_order, symbol_order

CALLS = (EdgeKind.CALLS,)
DERIVES = (EdgeKind.INHERITS, EdgeKind.IMPLEMENTS)
OVERRIDES = (EdgeKind.OVERRIDES, EdgeKind.IMPLEMENTS)
# What makes the source of an edge feel a change of its target.
AFFECTS = (
    EdgeKind.CALLS, EdgeKind.REFERENCES, EdgeKind.INHERITS, EdgeKind.IMPLEMENTS, EdgeKind.OVERRIDES, EdgeKind.IMPORTS,
    EdgeKind.TESTS,
)  # fmt: skip

CALLABLE = frozenset({SymbolKind.METHOD, SymbolKind.FUNCTION, SymbolKind.PROPERTY, SymbolKind.CONSTRUCTOR})
CLASSES = frozenset({SymbolKind.CLASS, SymbolKind.STRUCT, SymbolKind.INTERFACE, SymbolKind.ENUM, SymbolKind.OBJECT})
_SURENESS = {Resolution.EXACT: 0, Resolution.INFERRED: 1, Resolution.CANDIDATE: 2}
SURENESSES = tuple(Resolution)


@dataclass(frozen=True, slots=True)
class Link:
    """An edge as a walk uses it: it leads from ``near`` (reached before) to ``far``.

    ``widened``: the edge itself touches not ``near`` but what ``near`` overrides or what overrides it.
    """

    near: str
    far: str
    edge: Edge
    widened: bool = False


Neighbours = Callable[[Reader, list[str]], list[Link]]


def incoming(kinds: Collection[str], *, widen: bool = False) -> Neighbours:
    """Steps against the edges: who calls these. Widened: calls on what they override may reach them, too."""

    def step(reader: Reader, ids: list[str]) -> list[Link]:
        links = [Link(edge.target, edge.source, edge) for edge in reader.edges_to(ids, kinds)]
        if widen:
            above = related(reader, ids, up=True)
            aims: dict[str, list[str]] = {}
            for start, bases in above.items():
                for base in bases:
                    aims.setdefault(base, []).append(start)
            for edge in reader.edges_to(sorted(aims), CALLS):
                links += [Link(start, edge.source, edge, True) for start in aims[edge.target]]
        return links

    return step


def outgoing(kinds: Collection[str], *, widen: bool = False) -> Neighbours:
    """Steps along the edges: whom these call. Widened: a call may reach what overrides its target, too."""

    def step(reader: Reader, ids: list[str]) -> list[Link]:
        links = [Link(edge.source, edge.target, edge) for edge in reader.edges_from(ids, kinds)]
        if widen:
            below = related(reader, sorted({link.far for link in links if link.edge.kind in CALLS}), up=False)
            links += [
                Link(link.near, override, link.edge, True) for link in links for override in below.get(link.far, ())
            ]
        return links

    return step


def related(reader: Reader, ids: Sequence[str], *, up: bool) -> dict[str, list[str]]:
    """For each callable of ``ids`` all that it overrides or implements (up), or that overrides or implements it."""
    callables = [key for key, symbol in reader.symbols(ids).items() if symbol.kind in CALLABLE]
    found: dict[str, dict[str, None]] = {key: {} for key in callables}
    fresh = {key: {key} for key in callables}  # reached last, for each start
    while fresh:
        ends = sorted({end for reached in fresh.values() for end in reached})
        edges = reader.edges_from(ends, OVERRIDES) if up else reader.edges_to(ends, OVERRIDES)
        next_of: dict[str, list[str]] = {}
        for edge in edges:
            near, far = (edge.source, edge.target) if up else (edge.target, edge.source)
            next_of.setdefault(near, []).append(far)
        following: dict[str, set[str]] = {}
        for start, reached in fresh.items():
            more = {far for end in reached for far in next_of.get(end, ())}.difference(found[start], [start])
            if more:
                found[start].update(dict.fromkeys(sorted(more)))
                following[start] = more
        fresh = following
    return {start: list(others) for start, others in found.items() if others}


# -- breadth first ------------------------------------------------------------------------------------------------


def reach(reader: Reader, start: Collection[str], step: Neighbours, depth: int = 0) -> list[Hop]:
    """Everything reached from ``start`` in at most ``depth`` steps (0: any number), nearest first.

    A start that is reached again from another one, or from itself, is no news and is left out, unless it is reached in
    one step: a recursive function is its own caller.
    """
    sureness = dict.fromkeys(start, 0)
    widened = dict.fromkeys(start, False)
    frontier = sorted(set(start))
    hops: list[Hop] = []
    at = 0
    while frontier and (not depth or at < depth):
        at += 1
        level: dict[str, list[Link]] = {}
        for link in step(reader, frontier):
            if link.far not in sureness or (at == 1 and link.far in start):
                level.setdefault(link.far, []).append(link)
        symbols = reader.symbols(sorted(level))
        frontier = sorted(key for key in symbols if key not in sureness)
        best = {key: _best(level[key], sureness, widened) for key in symbols}
        for key in frontier:
            sureness[key], widened[key] = best[key]
        found = [_hop(symbols[key], at, level[key], *best[key]) for key in symbols]
        hops += sorted(found, key=lambda hop: symbol_order(hop.symbol))
    return hops


def _best(links: list[Link], sureness: dict[str, int], widened: dict[str, bool]) -> tuple[int, bool]:
    """How sure the surest chain through one of these links is, and whether each of them is widened."""
    sure = min(max(sureness[link.near], _SURENESS[link.edge.resolution]) for link in links)
    return sure, all(link.widened or widened[link.near] for link in links)


def _hop(symbol: Symbol, depth: int, links: list[Link], sure: int, widened: bool) -> Hop:
    edges = {edge_order(link.edge): link.edge for link in links}
    return Hop(symbol, depth, SURENESSES[sure], tuple(edges[key] for key in sorted(edges)), widened)


def descendants(reader: Reader, ids: Iterable[str]) -> list[str]:
    """``ids`` and everything they contain, however deep, sorted."""
    found = set(ids)
    fresh = sorted(found)
    while fresh:
        inside = {edge.target for edge in reader.edges_from(fresh, (EdgeKind.CONTAINS,))}
        fresh = sorted(inside - found)
        found |= inside
    return sorted(found)


# -- shortest path ------------------------------------------------------------------------------------------------


def shortest_path(
    reader: Reader, source: str, target: str, kinds: Collection[str] = CALLS, *, widen: bool = False
) -> list[Link] | None:
    """The fewest links from ``source`` to ``target``; of equally short ways the first by the names on them.

    Searches from both ends, always on where fewer symbols wait. ``None`` when no way leads.
    """
    if source == target:
        return []
    ahead, behind = _Half(source, outgoing(kinds, widen=widen)), _Half(target, _incoming_links(kinds, widen))
    while True:
        half = ahead if len(ahead.frontier) <= len(behind.frontier) else behind
        other = behind if half is ahead else ahead
        if not half.frontier:
            half, other = other, half
        if not half.frontier:
            return None
        half.advance(reader)
        meeting = [key for key in half.frontier if key in other.depth]
        if meeting:
            return _way(ahead, behind, meeting)
        if not half.frontier:
            return None


def _incoming_links(kinds: Collection[str], widen: bool) -> Neighbours:
    """Steps against the edges, with links that say exactly what :func:`outgoing` says the other way."""

    def step(reader: Reader, ids: list[str]) -> list[Link]:
        links = [Link(edge.target, edge.source, edge) for edge in reader.edges_to(ids, kinds)]
        if widen and EdgeKind.CALLS in kinds:
            return links + [link for link in incoming(CALLS, widen=True)(reader, ids) if link.widened]
        return links

    return step


class _Half:
    """One end's search: how far everything is, and the links by which it was reached at that distance."""

    def __init__(self, start: str, step: Neighbours) -> None:
        self.start = start
        self.depth = {start: 0}
        self.links: dict[str, list[Link]] = {}
        self.frontier = [start]
        self._step = step
        self._at = 0

    def advance(self, reader: Reader) -> None:
        self._at += 1
        fresh: dict[str, list[Link]] = {}
        for link in self._step(reader, self.frontier):
            if link.far not in self.depth:
                fresh.setdefault(link.far, []).append(link)
        existing = reader.symbols(sorted(fresh))
        for key in existing:
            self.depth[key] = self._at
            self.links[key] = fresh[key]
        self.frontier = sorted(existing)


def _way(ahead: _Half, behind: _Half, meeting: list[str]) -> list[Link]:
    """The first by name of all shortest ways through the symbols where the two searches met."""
    onward: dict[str, list[Link]] = {}  # links that lie on a shortest way, from their beginning
    fresh, done = set(meeting), set(meeting)
    while fresh:
        links = [link for key in sorted(fresh) for link in ahead.links.get(key, ())]
        for link in links:
            onward.setdefault(link.near, []).append(link)
        fresh = {link.near for link in links} - done
        done |= fresh
    way: list[Link] = []
    at = ahead.start
    while at not in meeting:
        way.append(min(onward[at], key=_by_name))
        at = way[-1].far
    while at != behind.start:
        choices = [Link(link.far, link.near, link.edge, link.widened) for link in behind.links[at]]
        way.append(min(choices, key=_by_name))
        at = way[-1].far
    return way


def _by_name(link: Link) -> tuple[str, bool, tuple[str, str, str, str]]:
    return link.far, link.widened, edge_order(link.edge)


# -- strongly connected components --------------------------------------------------------------------------------


def components(successors: dict[str, list[str]]) -> list[list[str]]:
    """The groups of two or more nodes that all reach each other, each sorted, greatest first (Tarjan, no recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    waiting: set[str] = set()
    found: list[list[str]] = []
    for root in sorted(successors):
        if root in index:
            continue
        work = [(root, iter(successors[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        waiting.add(root)
        while work:
            node, rest = work[-1]
            for child in rest:
                if child not in index:
                    index[child] = low[child] = len(index)
                    stack.append(child)
                    waiting.add(child)
                    work.append((child, iter(successors.get(child, ()))))
                    break
                if child in waiting:
                    low[node] = min(low[node], index[child])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    group = _popped(stack, node)
                    waiting.difference_update(group)
                    if len(group) > 1:
                        found.append(sorted(group))
    return sorted(found, key=lambda group: (-len(group), group))


def _popped(stack: list[str], node: str) -> list[str]:
    """Takes ``node`` and what lies on it off the stack."""
    group = [stack.pop()]
    while group[-1] != node:
        group.append(stack.pop())
    return group

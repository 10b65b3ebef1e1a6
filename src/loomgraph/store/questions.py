"""Structural questions about one project: from a user's spelling to a typed answer, on nothing but a reader.

Every function takes a :class:`~loomgraph.store.base.Reader` and plain values, and raises ``UnknownSymbol``,
``AmbiguousSymbol`` or ``UnknownFile`` for what it cannot find. A ``limit`` of 0 means no limit. This module must not
know how a graph is kept, nor how an answer is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from loomgraph.errors import UnknownFile
from loomgraph.model import Edge, EdgeKind, Resolution, Symbol, SymbolFlag, SymbolKind, UnresolvedCall
from loomgraph.store import traverse
from loomgraph.store.answers import (
    Found,
    Hierarchy,
    Hop,
    Impact,
    Place,
    Reached,
    Relations,
    Route,
    Shown,
    Summary,
    Unresolved,
)
from loomgraph.store.base import EXTERNAL_PREFIX, Reader, symbol_order
from loomgraph.store.spelling import innermost, resolve_symbol
from loomgraph.store.wholes import cycles, unused

__all__ = [
    "Change", "callees", "callers", "cycles", "find", "hierarchy", "impact", "path", "resolve_symbol", "show", "stats",
    "unused",
]  # fmt: skip

PLACES = 20  # unresolved call sites that an answer lists


class Change(Protocol):
    """What changed in a file: inclusive line ranges as the file is now, none for the whole file."""

    @property
    def path(self) -> str: ...

    @property
    def ranges(self) -> Sequence[tuple[int, int]]: ...

    @property
    def deleted(self) -> bool: ...


# -- symbols ----------------------------------------------------------------------------------------------------


def find(reader: Reader, text: str, *, kinds: Collection[str] = (), limit: int = 50) -> Found:
    """Symbols whose name holds ``text`` in any case: exact names first, then beginnings; tests last.

    ``Outer.part`` finds names that hold ``part`` inside what is called ``Outer``.
    """
    outer, _, part = text.strip().rpartition(".")
    symbols = reader.symbols_named(reader.names(part)) if part else []
    wanted = {str(kind) for kind in kinds}
    ending = f"{outer.casefold()}." if outer else ""

    def fits(symbol: Symbol) -> bool:
        if symbol.kind == SymbolKind.EXTERNAL or (wanted and symbol.kind not in wanted):
            return False
        before = symbol.id.casefold().rpartition(symbol.name.casefold())[0].replace("::", ".").replace("/", ".")
        return not ending or ("." + before).endswith("." + ending)

    def rank(symbol: Symbol) -> tuple[int, bool, int, tuple[str, int, str]]:
        name, folded = symbol.name, part.casefold()
        exact = (name == part, name.casefold() == folded, name.casefold().startswith(folded), True)
        return exact.index(True), bool(symbol.flags & SymbolFlag.TEST), len(name), symbol_order(symbol)

    found = sorted(filter(fits, symbols), key=rank)
    return Found(text, len(found), tuple(found[:limit] if limit else found))


def show(reader: Reader, spelling: str, *, limit: int = 10) -> Shown:
    """One symbol: what it holds, its relations of every kind (``limit`` of each), its source."""
    symbol = resolve_symbol(reader, spelling)
    out, into = reader.edges_from([symbol.id]), reader.edges_to([symbol.id])
    members = [edge.target for edge in out if edge.kind == EdgeKind.CONTAINS]
    relations = []
    for direction, edges in (("out", out), ("in", into)):
        by_kind: dict[str, list[Edge]] = {}
        for edge in edges:
            if edge.kind != EdgeKind.CONTAINS:
                by_kind.setdefault(str(edge.kind), []).append(edge)
        for kind, of_kind in sorted(by_kind.items()):
            shown = of_kind[:limit] if limit else of_kind
            relations.append(Relations(kind, direction, len(of_kind), tuple(shown)))
    held = sorted(reader.symbols(members).values(), key=symbol_order)
    around = reader.chunks_in([symbol.file]) if symbol.file else []
    chunks = [chunk for chunk in around if chunk.start_line <= symbol.end_line and chunk.end_line >= symbol.line]
    return Shown(
        symbol,
        reader.file(symbol.file) if symbol.file else None,
        tuple(held),
        tuple(relations),
        tuple(chunks),
        _same_named(reader, [symbol]),
    )


def stats(reader: Reader) -> Summary:
    return Summary(reader.generation(), reader.counts(), tuple(reader.meta().items()))


# -- calls ------------------------------------------------------------------------------------------------------


def callers(
    reader: Reader,
    spelling: str,
    *,
    depth: int = 1,
    widen: bool = False,
    kinds: Collection[str] = traverse.CALLS,
    limit: int = 0,
) -> Reached:
    """Who calls a symbol (or is linked to it by other ``kinds``), ``depth`` steps out (0: all).

    For a class also who calls its constructor. Widened: also who calls what it overrides or implements, since such a
    call may reach it.
    """
    symbol = resolve_symbol(reader, spelling)
    starts = [symbol, *_constructors(reader, symbol)]
    ids = {start.id for start in starts}
    hops = traverse.reach(reader, ids, traverse.incoming(kinds, widen=widen), depth)
    return _reached(symbol, "in", depth, hops, limit, _same_named(reader, starts))


def callees(
    reader: Reader,
    spelling: str,
    *,
    depth: int = 1,
    widen: bool = False,
    kinds: Collection[str] = traverse.CALLS,
    limit: int = 0,
) -> Reached:
    """Whom a symbol calls (or is linked to by other ``kinds``), ``depth`` steps out (0: all).

    For a class also whom its members call. Widened: also what overrides or implements a method that is called.
    """
    symbol = resolve_symbol(reader, spelling)
    ids = traverse.descendants(reader, [symbol.id]) if symbol.kind in traverse.CLASSES else [symbol.id]
    hops = traverse.reach(reader, ids, traverse.outgoing(kinds, widen=widen), depth)
    if len(ids) > 1:
        hops = [hop for hop in hops if hop.symbol.id not in ids]
    own = [call for call in reader.unresolved_in([symbol.file]) if call.source in ids]
    return _reached(symbol, "out", depth, hops, limit, _unresolved(own))


def _reached(
    symbol: Symbol, direction: str, depth: int, hops: list[Hop], limit: int, unresolved: Unresolved
) -> Reached:
    return Reached(symbol, direction, depth, len(hops), tuple(hops[:limit] if limit else hops), unresolved)


def _constructors(reader: Reader, symbol: Symbol) -> list[Symbol]:
    if symbol.kind not in traverse.CLASSES:
        return []
    members = reader.symbols([edge.target for edge in reader.edges_from([symbol.id], (EdgeKind.CONTAINS,))])
    return [member for member in members.values() if member.kind == SymbolKind.CONSTRUCTOR]


def _same_named(reader: Reader, symbols: Iterable[Symbol]) -> Unresolved:
    """Call sites of these names whose target is not known: each could be a call of one of the symbols."""
    kinds = {symbol.name: symbol.kind for symbol in symbols if symbol.kind not in (SymbolKind.MODULE, SymbolKind.FILE)}
    return _unresolved(reader.unresolved_named(kinds.keys()), tuple(kinds)) if kinds else Unresolved()


def _unresolved(calls: list[UnresolvedCall], names: tuple[str, ...] | None = None) -> Unresolved:
    places = dict.fromkeys(Place(call.file, call.line) for call in calls)
    found = names if names is not None else tuple(sorted({call.name for call in calls}))
    return Unresolved(found, len(calls), tuple(places)[:PLACES])


def path(
    reader: Reader, source: str, target: str, *, kinds: Collection[str] = traverse.CALLS, widen: bool = True
) -> Route:
    """The shortest way from one symbol to another; from and to a class means from and to its constructor, too."""
    start, end = resolve_symbol(reader, source), resolve_symbol(reader, target)
    ways = [
        way
        for near in (start, *_constructors(reader, start))
        for far in (end, *_constructors(reader, end))
        if (way := traverse.shortest_path(reader, near.id, far.id, kinds, widen=widen)) is not None
    ]
    unresolved = _same_named(reader, [end])
    if not ways:
        return Route(start, end, (), (), (), Resolution.EXACT, unresolved)
    way = min(ways, key=len)
    ids = [way[0].near if way else start.id, *(link.far for link in way)]
    symbols = reader.symbols(ids)
    sureness = max((traverse.SURENESSES.index(link.edge.resolution) for link in way), default=0)
    return Route(
        start,
        end,
        tuple(symbols[symbol_id] for symbol_id in ids),
        tuple(link.edge for link in way),
        tuple(link.widened for link in way),
        traverse.SURENESSES[sureness],
        unresolved,
    )


# -- classes ----------------------------------------------------------------------------------------------------


def hierarchy(reader: Reader, spelling: str, *, depth: int = 0) -> Hierarchy:
    """What a class derives from and what derives from it; for a method, what it overrides and what overrides it."""
    symbol = resolve_symbol(reader, spelling)
    kinds = traverse.OVERRIDES if symbol.kind in traverse.CALLABLE else traverse.DERIVES
    return Hierarchy(
        symbol,
        tuple(traverse.reach(reader, [symbol.id], traverse.outgoing(kinds), depth)),
        tuple(traverse.reach(reader, [symbol.id], traverse.incoming(kinds), depth)),
    )


# -- impact -----------------------------------------------------------------------------------------------------


def impact(
    reader: Reader,
    *,
    symbols: Iterable[str] = (),
    files: Iterable[str] = (),
    changes: Iterable[Change] = (),
    depth: int = 3,
    limit: int = 0,
) -> Impact:
    """What a change may affect, by distance, and the tests to run.

    A symbol or file that is named is taken to change with all it holds, a changed line to change the innermost symbol
    around it. ``depth`` bounds the distance (0: none).
    """
    whole = [resolve_symbol(reader, spelling).id for spelling in symbols]
    for name in files:
        if reader.file(name) is None:
            raise UnknownFile(path=name)
        whole += [symbol.id for symbol in reader.symbols_in([name])]
    seeds: set[str] = set()
    unknown: list[str] = []
    for change in changes:
        if reader.file(change.path) is None:
            unknown.append(change.path)
            continue
        seeds |= _touched(reader.symbols_in([change.path]), change)
    seeds.update(traverse.descendants(reader, whole))
    hops = [hop for hop in traverse.reach(reader, seeds, _affected, depth) if hop.symbol.id not in seeds]
    changed = sorted(reader.symbols(seeds).values(), key=symbol_order)
    tests = [Hop(symbol, 0, Resolution.EXACT, ()) for symbol in changed if symbol.flags & SymbolFlag.TEST]
    tests += [hop for hop in hops if hop.symbol.flags & SymbolFlag.TEST]
    return Impact(
        changed=tuple(changed),
        affected=tuple(hops[:limit] if limit else hops),
        total=len(hops),
        tests=tuple(tests),
        test_files=tuple(dict.fromkeys(hop.symbol.file for hop in tests)),
        files=tuple(sorted({hop.symbol.file for hop in hops})),
        unknown=tuple(sorted(unknown)),
        unresolved=_same_named(reader, changed),
    )


def _touched(symbols: Sequence[Symbol], change: Change) -> set[str]:
    """The symbols of a file that a change touches: the innermost around each changed line, and what lies within."""
    if change.deleted or not change.ranges:
        return {symbol.id for symbol in symbols}
    found = set()
    for first, last in change.ranges:
        held = {symbol.id for symbol in symbols if first <= symbol.line and symbol.end_line <= last}
        edges = [innermost(symbols, line) for line in (first, last)]
        found |= held | {symbol.id for symbol in edges if symbol}
        found |= {symbol.id for symbol in symbols if symbol.line in range(first, last + 1)}
    return found


def _affected(reader: Reader, ids: list[str]) -> list[traverse.Link]:
    """One step of impact: who calls, names, derives from, overrides, imports or tests these; who may call them."""
    return traverse.incoming(traverse.AFFECTS, widen=True)(
        reader, [i for i in ids if not i.startswith(EXTERNAL_PREFIX)]
    )

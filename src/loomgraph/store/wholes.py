"""Questions about a whole graph: import and call cycles, definitions that nothing refers to.

They read every edge of some kinds once. This module must not know how a graph is kept, nor how an answer is shown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from loomgraph.errors import BadInput
from loomgraph.model import EdgeKind, Symbol, SymbolFlag, SymbolKind
from loomgraph.store.answers import Cycle, Cycles, Unused, UnusedAnswer
from loomgraph.store.base import EXTERNAL_PREFIX, Reader
from loomgraph.store.traverse import CLASSES, DERIVES, OVERRIDES, components

CYCLE_EDGES = 200  # edges that the answer gives of one cycle
_DEFINITIONS = frozenset(
    {
        SymbolKind.FUNCTION, SymbolKind.METHOD, SymbolKind.CLASS, SymbolKind.INTERFACE, SymbolKind.STRUCT,
        SymbolKind.ENUM,
    }
)  # fmt: skip
_USES = (
    EdgeKind.CALLS, EdgeKind.REFERENCES, EdgeKind.INHERITS, EdgeKind.IMPLEMENTS, EdgeKind.IMPORTS, EdgeKind.TESTS,
)  # fmt: skip
_SPARED = SymbolFlag.TEST | SymbolFlag.ENTRY_POINT | SymbolFlag.GENERATED
_LATER = re.compile(r"~\d+$")
_STARTS = frozenset({"main", "init"})  # what a language or its launcher calls by name


# -- cycles -----------------------------------------------------------------------------------------------------


def cycles(reader: Reader, *, level: str = "files", limit: int = 0) -> Cycles:
    """Groups of files that import each other in a ring, or of symbols that call each other."""
    if level == "files":
        return _file_cycles(reader, limit)
    if level == "symbols":
        return _symbol_cycles(reader, limit)
    raise BadInput(reason=f"cycles are among files or symbols, not {level}")


def _file_cycles(reader: Reader, limit: int) -> Cycles:
    files = {record.path for record in reader.files()}
    successors: dict[str, set[str]] = {path: set() for path in files}
    for source, target in reader.all_links((EdgeKind.IMPORTS,)):
        near, far = file_of(source, files), file_of(target, files)
        if near and far and near != far:
            successors[near].add(far)
    groups = components({path: sorted(targets) for path, targets in successors.items()})
    shown = groups[:limit] if limit else groups
    found = []
    for group in shown:
        inside = set(group)
        ids = [symbol.id for symbol in reader.symbols_in(group)]
        edges = [
            edge
            for edge in reader.edges_from(ids, (EdgeKind.IMPORTS,))
            if file_of(edge.target, files) in inside and file_of(edge.target, files) != edge.file
        ]
        found.append(Cycle(tuple(group), tuple(edges[:CYCLE_EDGES])))
    return Cycles("files", len(groups), tuple(found))


def _symbol_cycles(reader: Reader, limit: int) -> Cycles:
    successors: dict[str, list[str]] = {}
    for source, target in reader.all_links((EdgeKind.CALLS,)):
        if not target.startswith(EXTERNAL_PREFIX):
            successors.setdefault(source, []).append(target)
    groups = components(successors)
    shown = groups[:limit] if limit else groups
    found = []
    for group in shown:
        inside = set(group)
        edges = [edge for edge in reader.edges_from(group, (EdgeKind.CALLS,)) if edge.target in inside]
        found.append(Cycle(tuple(group), tuple(edges[:CYCLE_EDGES])))
    return Cycles("symbols", len(groups), tuple(found))


def file_of(symbol_id: str, files: Collection[str]) -> str:
    """The file that an id names, "" for one outside; a path may itself hold the separator."""
    cut = len(symbol_id)
    while cut >= 0:
        if symbol_id[:cut] in files:
            return symbol_id[:cut]
        cut = symbol_id.rfind("::", 0, cut)
    return ""


# -- unused -----------------------------------------------------------------------------------------------------


def unused(reader: Reader, *, kinds: Collection[str] = (), exported: bool = False, limit: int = 0) -> UnusedAnswer:
    """Functions, methods and classes that nothing refers to, the most certain first, with what speaks against it.

    Left out: tests, entry points, generated code, what overrides or implements something, special names of the
    language (``__len__``), members of an interface or of an unused class, other definitions of a name in use and,
    unless asked for, what its file exports.
    """
    wanted = {str(kind) for kind in kinds} or _DEFINITIONS
    spared = _SPARED if exported else _SPARED | SymbolFlag.EXPORTED
    used = _used(reader)
    used.update(source for source, _ in reader.all_links(OVERRIDES))
    idle = [
        symbol
        for symbol in reader.all_symbols()
        if symbol.kind in wanted and symbol.id not in used and not symbol.flags & spared and not _special(symbol)
    ]
    within = {symbol.id for symbol in idle}
    same = {_LATER.sub("", symbol_id) for symbol_id in used}  # overloads share the use of one of them
    holders = reader.symbols({symbol.parent for symbol in idle})
    declaring = {holder.id for holder in holders.values() if holder.kind == SymbolKind.INTERFACE}
    idle = [
        symbol
        for symbol in idle
        if symbol.parent not in within and symbol.parent not in declaring and _LATER.sub("", symbol.id) not in same
    ]
    unresolved = Counter(call.name for call in reader.unresolved_named({symbol.name for symbol in idle}))
    doubts = _Doubts(reader, idle, holders)
    items = [Unused(one, doubts.of(one, unresolved[one.name]), unresolved[one.name]) for one in idle]
    items.sort(key=lambda item: len(item.doubts))  # stable: then in the order of files
    return UnusedAnswer(len(items), tuple(items[:limit] if limit else items))


def _used(reader: Reader) -> set[str]:
    """What something outside it refers to; a member in use keeps what holds it in use."""
    used = {source for source, _ in reader.all_links((EdgeKind.DECORATES,))}
    for source, target in reader.all_links(_USES):
        while target not in used and source != target and not source.startswith(target + "."):
            used.add(target)
            outer = target.rpartition(".")[0]
            if "::" not in outer:
                break
            target = outer
    return used


def _special(symbol: Symbol) -> bool:
    """Whether a language uses the definition of its own accord: ``__len__``, ``main``, the setter of a property."""
    name = symbol.name
    dunder = name.startswith("__") and name.endswith("__")
    return dunder or name in _STARTS or (symbol.kind == SymbolKind.PROPERTY and "~" in symbol.id)


class _Doubts:
    """Why a definition that nothing refers to might be used all the same."""

    def __init__(self, reader: Reader, symbols: Sequence[Symbol], holders: Mapping[str, Symbol]) -> None:
        self._holders = holders
        ids = [symbol.id for symbol in symbols]
        self._decorated = {edge.target: edge.source for edge in reader.edges_to(ids, (EdgeKind.DECORATES,))}
        self._overridden = {edge.target: edge.source for edge in reader.edges_to(ids, OVERRIDES)}
        owners = sorted({symbol.parent for symbol in symbols} | set(ids))
        self._outside: dict[str, str] = {}  # class → the first base outside the project
        bases: dict[str, list[str]] = {}
        todo = owners
        while todo:
            links = [(edge.source, edge.target) for edge in reader.edges_from(todo, DERIVES)]
            for source, target in links:
                bases.setdefault(source, []).append(target)
            todo = sorted({target for _, target in links if target not in bases} - {*todo})
        for owner in owners:
            self._outside[owner] = _outside(owner, bases)

    def of(self, symbol: Symbol, unresolved: int) -> tuple[str, ...]:
        found = []
        if symbol.id in self._decorated:
            found.append(f"decorated by {self._decorated[symbol.id]}")
        if symbol.id in self._overridden:
            found.append(f"overridden by {self._overridden[symbol.id]}")
        base = self._outside.get(symbol.id) or self._outside.get(symbol.parent)
        if base:
            found.append(f"derives from {base}, which may use it")
        holder = self._holders.get(symbol.parent)
        if symbol.kind == SymbolKind.METHOD and holder and holder.kind not in CLASSES:
            found.append(f"held by an object of {holder.name}, which may be passed on")
        if unresolved:
            found.append(f"{unresolved} calls of this name could not be resolved")
        if symbol.flags & SymbolFlag.EXPORTED:
            found.append("exported")
        elif not symbol.flags & SymbolFlag.PRIVATE and not symbol.name.startswith("_"):
            found.append("public")
        return tuple(found)


def _outside(owner: str, bases: dict[str, list[str]]) -> str:
    """The first base outside the project, going up from a class."""
    return next((base for base in _ancestors(owner, bases) if base.startswith(EXTERNAL_PREFIX)), "")


def _ancestors(owner: str, bases: dict[str, list[str]]) -> Iterator[str]:
    seen = {owner}
    todo = [owner]
    while todo:
        for base in bases.get(todo.pop(0), ()):
            if base not in seen:
                seen.add(base)
                todo.append(base)
                yield base

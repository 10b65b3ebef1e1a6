"""The memory store: the same contract in plain dictionaries, for tests, small graphs and comparison.

An update works on a copy of the outer dictionaries and copies the inner lists it touches, then replaces the state in
one assignment: readers keep the state they began with. Knows nothing of files, SQL or threads beyond that.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TypeVar

from loomgraph.errors import ConflictingUpdate, GraphChanged, StoreError
from loomgraph.model import Chunk, Edge, EdgeKind, Problem, Symbol, SymbolFlag, SymbolKind, UnresolvedCall
from loomgraph.store import memory_passages
from loomgraph.store.base import (
    EXTERNAL_PREFIX,
    Counts,
    FileGraph,
    FileRecord,
    PassageHits,
    PassageTerms,
    Reader,
    Update,
    edge_order,
    external_symbol,
    last_name,
    placeholder_symbol,
    symbol_order,
    term_mark,
    unresolved_order,
)
from loomgraph.store.growing import Growing

_NAME = "(memory)"
_A_ROW = 1000  # bytes of a symbol with what speaks of it, about
_Item = TypeVar("_Item")
_Index = dict[str, list[_Item]]


@dataclass(frozen=True, slots=True)
class _File:
    """What one file says, held whole. ``marks`` are those of the strings it is found by."""

    record: FileRecord
    symbols: tuple[Symbol, ...]
    edges: tuple[Edge, ...]
    unresolved: tuple[UnresolvedCall, ...]
    chunks: tuple[Chunk, ...]
    problems: tuple[Problem, ...]
    marks: frozenset[int]
    passages: tuple[PassageTerms, ...]
    cards: int
    vectors: bytes


class _Lexical:
    """The passages of one state in a full-text index of their own, so that scores are those of every store."""

    def __init__(self, files: Mapping[str, _File]) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        for table in (memory_passages.CHUNKS, memory_passages.CARDS):
            self._connection.execute(memory_passages.TABLE.replace("{table}", table))
        for number, path in enumerate(sorted(files)):
            memory_passages.put(self._connection, number, files[path].passages, files[path].cards)

    def __del__(self) -> None:
        # it goes with the last reader of its state, and nobody else knows when that is
        self._connection.close()

    def search(self, table: str, terms: Sequence[str], weights: Sequence[float], limit: int) -> PassageHits:
        with self._lock:
            return memory_passages.search(self._connection, table, terms, weights, limit)

    def counts(self, terms: Sequence[str]) -> list[int]:
        with self._lock:
            return memory_passages.counts(self._connection, terms)


@dataclass(frozen=True, slots=True)
class _State:
    """A graph at one moment: files, and the ways to find what they hold. Never changed once it is published."""

    generation: int = 0
    meta: dict[str, str] = field(default_factory=dict)
    files: dict[str, _File] = field(default_factory=dict)
    facts: dict[str, bytes] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    symbols: dict[str, Symbol] = field(default_factory=dict)
    named: _Index[Symbol] = field(default_factory=dict)
    outgoing: _Index[Edge] = field(default_factory=dict)
    incoming: _Index[Edge] = field(default_factory=dict)
    targets: _Index[Edge] = field(default_factory=dict)  # by the last name of the target
    unresolved: _Index[UnresolvedCall] = field(default_factory=dict)
    marks: dict[int, list[FileRecord]] = field(default_factory=dict)
    lexical: list[_Lexical] = field(default_factory=list)  # made when first asked for


class MemoryStore:
    """A graph that lives as long as the object (see :class:`loomgraph.store.base.Store`)."""

    def __init__(self) -> None:
        self._state = _State()
        self._writing = threading.Lock()
        self._closed = False

    def read(self) -> AbstractContextManager[Reader]:
        if self._closed:
            raise StoreError(path=_NAME, reason="it was closed")
        return nullcontext(MemoryReader(self._state))

    def apply(self, update: Update) -> int:
        with self._writing:
            if self._closed:
                raise StoreError(path=_NAME, reason="it was closed")
            if update.expects not in (None, self._state.generation):
                raise GraphChanged(path=_NAME)
            self._state = _Draft(self._state).apply(update)
            return self._state.generation

    def keep(self, facts: Mapping[str, bytes]) -> None:
        with self._writing:
            if self._closed:
                raise StoreError(path=_NAME, reason="it was closed")
            state = self._state
            self._state = replace(state, facts={**state.facts, **facts}, kept=state.kept.union(facts))

    def memory(self) -> int:
        state = self._state
        return _A_ROW * (len(state.symbols) + len(state.outgoing) + len(state.marks)) + sum(
            map(len, state.facts.values())
        )

    def verify(self) -> None:
        """Nothing can be damaged."""

    def close(self) -> None:
        self._closed = True


class _Draft:
    """The next state of a graph, being made."""

    def __init__(self, state: _State) -> None:
        self._before = state
        self._put: set[str] = set()
        self._load(state)

    def _load(self, state: _State) -> None:
        self._meta, self._facts = dict(state.meta), dict(state.facts)
        self._files, self._symbols = dict(state.files), dict(state.symbols)
        self._named = Growing(state.named, lambda symbol: symbol.file)
        self._outgoing = Growing(state.outgoing, lambda edge: edge.file)
        self._incoming = Growing(state.incoming, lambda edge: edge.file)
        self._targets = Growing(state.targets, lambda edge: edge.file)
        self._unresolved = Growing(state.unresolved, lambda call: call.file)
        self._marks = Growing(state.marks, lambda record: record.path)

    def apply(self, update: Update) -> _State:
        if update.wipe:
            self._load(_State())
        for path in update.delete:
            self._drop(path)
        for record in update.touch:
            if record.path not in self._files:
                raise _conflict(f"it touches {record.path}, which the graph does not hold")
            self._files[record.path] = replace(self._files[record.path], record=record)
        facts = update.facts
        self._facts.update(facts.items() if isinstance(facts, Mapping) else facts)
        for graph in update.replace:
            self._replace(graph)
        for path, vectors in update.vectors.items():
            if path not in self._files:
                raise _conflict(f"it has vectors of {path}, which the graph does not hold")
            self._files[path] = replace(self._files[path], vectors=vectors)
        for name, value in update.meta.items():
            self._meta[name] = value
            if not value:
                del self._meta[name]
        used = {file.record.facts_key for file in self._files.values()}
        return _State(
            generation=self._before.generation + 1,
            meta=self._meta,
            files=self._files,
            facts={key: data for key, data in self._facts.items() if key in used},
            symbols=self._symbols,
            named=self._named.lists,
            outgoing=self._outgoing.lists,
            incoming=self._incoming.lists,
            targets=self._targets.lists,
            unresolved=self._unresolved.lists,
            marks=self._marks.lists,
        )

    def _drop(self, path: str) -> None:
        file = self._files.pop(path, None)
        if file is None:
            return
        for symbol in file.symbols:
            if self._symbols[symbol.id].file == path:
                del self._symbols[symbol.id]
        self._named.drop((symbol.name for symbol in file.symbols), path)
        self._outgoing.drop((edge.source for edge in file.edges), path)
        self._incoming.drop((edge.target for edge in file.edges), path)
        self._targets.drop((last_name(edge.target) for edge in file.edges), path)
        self._unresolved.drop((call.name for call in file.unresolved), path)
        self._marks.drop(file.marks, path)

    def _replace(self, graph: FileGraph) -> None:
        path = graph.record.path
        if path in self._put:
            raise _conflict(f"it replaces {path} twice")
        self._put.add(path)
        before = self._files.get(path)
        self._drop(path)
        file = self._files[path] = self._settled(_materialised(graph, before))
        for symbol in file.symbols:
            self._symbols[symbol.id] = symbol
            self._named.add(symbol.name, symbol)
        for edge in file.edges:
            self._outgoing.add(edge.source, edge)
            self._incoming.add(edge.target, edge)
            self._targets.add(last_name(edge.target), edge)
        for call in file.unresolved:
            self._unresolved.add(call.name, call)
        for mark in file.marks:
            self._marks.add(mark, file.record)

    def _settled(self, file: _File) -> _File:
        """The file with the symbols that it may claim; an inserted file loses what another one claims."""
        if len({symbol.id for symbol in file.symbols}) < len(file.symbols):
            raise _conflict(f"a symbol of {file.record.path} is defined twice")
        lost: set[str] = set()
        for symbol in file.symbols:
            holder = self._files.get(self._symbols[symbol.id].file) if symbol.id in self._symbols else None
            if holder is None:
                continue
            if holder.record.inserted:
                kept = tuple(one for one in holder.symbols if one.id != symbol.id)
                self._files[holder.record.path] = replace(holder, symbols=kept)
                self._named.drop([symbol.name], holder.record.path)
                for one in kept:
                    if one.name == symbol.name:
                        self._named.add(one.name, one)
            elif file.record.inserted:
                lost.add(symbol.id)
            else:
                raise _conflict(f"a symbol of {file.record.path} is defined twice")
        return replace(file, symbols=tuple(one for one in file.symbols if one.id not in lost)) if lost else file


def _conflict(reason: str) -> ConflictingUpdate:
    return ConflictingUpdate(path=_NAME, reason=reason)


def _materialised(graph: FileGraph, before: _File | None) -> _File:
    path = graph.record.path
    groups = (("p", graph.depends), ("k", graph.keys), ("d", graph.defined), ("c", graph.called))
    file = _File(
        graph.record,
        tuple(graph.symbols),
        tuple(graph.edges),
        tuple(graph.unresolved),
        tuple(graph.chunks),
        tuple(graph.problems),
        frozenset(term_mark(letter, text) for letter, texts in groups for text in texts).union(graph.marks),
        *_passages(graph, before),
    )
    if any(item.file != path for group in (file.symbols, file.edges, file.unresolved) for item in group):
        raise _conflict(f"what {path} says holds something of another file")
    if len({edge_order(edge) for edge in file.edges}) < len(file.edges):
        raise _conflict(f"{path} has two edges of one kind, source and target")
    return file


def _passages(graph: FileGraph, before: _File | None) -> tuple[tuple[PassageTerms, ...], int, bytes]:
    if graph.passages is not None:
        return tuple(graph.passages), graph.cards, graph.vectors
    return (before.passages, before.cards, before.vectors) if before is not None else ((), 0, b"")


class MemoryReader:
    """One state (see :class:`loomgraph.store.base.Reader`)."""

    __slots__ = ("_state",)

    def __init__(self, state: _State) -> None:
        self._state = state

    def generation(self) -> int:
        return self._state.generation

    def meta(self) -> dict[str, str]:
        return dict(sorted(self._state.meta.items()))

    def counts(self) -> Counts:
        files = self._state.files.values()
        edges = list(self.all_edges())
        symbols = list(self.all_symbols())
        return Counts(
            files=len(files),
            symbols=sum(1 for one in symbols if one.kind != SymbolKind.EXTERNAL),
            externals=sum(1 for one in symbols if one.kind == SymbolKind.EXTERNAL),
            edges=len(edges),
            unresolved=sum(1 for _ in self.all_unresolved()),
            chunks=sum(len(file.chunks) for file in files),
            problems=sum(len(file.problems) for file in files),
            symbols_by_kind=_counted(one.kind for one in symbols if one.kind != SymbolKind.EXTERNAL),
            edges_by_kind=_counted(edge.kind for edge in edges),
            edges_by_resolution=_counted(edge.resolution for edge in edges),
            files_by_language=_counted(file.record.language for file in files),
        )

    # -- files -----------------------------------------------------------------------------------------------

    def files(self) -> list[FileRecord]:
        return [file.record for file in self._sorted_files()]

    def _sorted_files(self, paths: Collection[str] | None = None) -> list[_File]:
        files = self._state.files
        return [files[path] for path in sorted(files if paths is None else files.keys() & set(paths))]

    def file(self, path: str) -> FileRecord | None:
        found = self._state.files.get(path)
        return found.record if found else None

    def problems(self) -> list[Problem]:
        return [problem for file in self._sorted_files() for problem in file.problems]

    def search_passages(
        self, terms: Sequence[str], weights: Sequence[float], limit: int, *, cards: bool = False
    ) -> PassageHits:
        table = memory_passages.CARDS if cards else memory_passages.CHUNKS
        return self._lexical().search(table, terms, weights, limit)

    def _lexical(self) -> _Lexical:
        if not self._state.lexical:
            self._state.lexical.append(_Lexical(self._state.files))
        return self._state.lexical[0]

    def passage_counts(self, terms: Sequence[str]) -> list[int]:
        return self._lexical().counts(terms)

    def vectors(self, paths: Collection[str] | None = None) -> Iterator[tuple[str, bytes]]:
        files = self._state.files
        wanted = files if paths is None else files.keys() & set(paths)
        yield from ((path, files[path].vectors) for path in sorted(wanted) if files[path].vectors)

    def without_vectors(self) -> list[str]:
        return [file.record.path for file in self._sorted_files() if file.passages and not file.vectors]

    def chunks_in(self, paths: Collection[str]) -> list[Chunk]:
        return [chunk for file in self._sorted_files(paths) for chunk in file.chunks]

    def said(self) -> Iterator[FileGraph]:
        for file in self._sorted_files():
            yield FileGraph(
                file.record, file.symbols, file.edges, file.unresolved, file.chunks, file.problems,
                passages=file.passages, vectors=file.vectors, cards=file.cards, marks=file.marks,
            )  # fmt: skip

    def facts(self, keys: Collection[str]) -> dict[str, bytes]:
        return {key: self._state.facts[key] for key in keys if key in self._state.facts}

    def kept(self) -> list[str]:
        return sorted(self._state.kept)

    def dependents(self, paths: Collection[str] = (), keys: Collection[str] = ()) -> list[str]:
        return self._marked([*(term_mark("p", path) for path in paths), *(term_mark("k", key) for key in keys)])

    def dependent_count(self, path: str) -> int:
        return len(self._marked([term_mark("p", path)]))

    def files_defining(self, name: str) -> list[str]:
        return self._marked([term_mark("d", name)])

    def files_calling(self, name: str) -> list[str]:
        return self._marked([term_mark("c", name)])

    def _marked(self, marks: Iterable[int]) -> list[str]:
        return sorted({record.path for mark in marks for record in self._state.marks.get(mark, ())})

    # -- symbols ---------------------------------------------------------------------------------------------

    def _exists(self, symbol_id: str) -> bool:
        if symbol_id.startswith(EXTERNAL_PREFIX):
            return symbol_id in self._state.incoming or symbol_id in self._state.outgoing
        return symbol_id in self._state.symbols or self._held(symbol_id)

    def _held(self, symbol_id: str) -> bool:
        """Whether edges of inserted files reach a symbol."""
        files = self._state.files
        reaching = (self._state.incoming.get(symbol_id, ()), self._state.outgoing.get(symbol_id, ()))
        return any(files[edge.file].record.inserted for edges in reaching for edge in edges)

    def _symbol(self, symbol_id: str) -> Symbol:
        return self._state.symbols.get(symbol_id) or _unowned(symbol_id)

    def symbols(self, ids: Collection[str]) -> dict[str, Symbol]:
        return {symbol_id: self._symbol(symbol_id) for symbol_id in ids if self._exists(symbol_id)}

    def flagged(self, ids: Collection[str], flag: SymbolFlag) -> set[str]:
        return {key for key, symbol in self.symbols(ids).items() if symbol.flags & flag}

    def symbols_in(self, paths: Collection[str]) -> list[Symbol]:
        found = (symbol for file in self._sorted_files(paths) for symbol in file.symbols)
        return sorted(found, key=symbol_order)

    def symbols_named(self, names: Collection[str]) -> list[Symbol]:
        wanted = set(names)
        found = [symbol for name in wanted for symbol in self._state.named.get(name, ())]
        found += [symbol for symbol in self._reached() if symbol.name in wanted]
        return sorted(found, key=symbol_order)

    def _reached(self) -> list[Symbol]:
        """The symbols that nobody defines and edges reach: external ones and placeholders."""
        ends = {*self._state.incoming, *self._state.outgoing}.difference(self._state.symbols)
        return [_unowned(end) for end in ends if self._exists(end)]

    def names(self, part: str = "") -> list[str]:
        wanted = part.casefold()
        own = {symbol.name for symbol in self._reached() if symbol.kind != SymbolKind.EXTERNAL}.union(self._state.named)
        return sorted(name for name in own if wanted in name.casefold())

    def all_symbols(self) -> Iterator[Symbol]:
        yield from sorted([*self._reached(), *self._state.symbols.values()], key=symbol_order)

    # -- edges and unresolved calls --------------------------------------------------------------------------

    def edges_from(self, ids: Collection[str], kinds: Collection[str] | None = None) -> list[Edge]:
        return self._edges(self._state.outgoing, ids, kinds)

    def edges_to(self, ids: Collection[str], kinds: Collection[str] | None = None) -> list[Edge]:
        return self._edges(self._state.incoming, ids, kinds)

    def strays_from(self, ids: Collection[str]) -> list[Edge]:
        known = self.symbols(ids)
        return [edge for edge in self.edges_from(ids) if edge.file != known[edge.source].file]

    def _edges(self, index: _Index[Edge], ids: Collection[str], kinds: Collection[str] | None) -> list[Edge]:
        found = (edge for symbol_id in set(ids) for edge in index.get(symbol_id, ()))
        return sorted(self._visible(found, kinds), key=edge_order)

    def _visible(self, edges: Iterable[Edge], kinds: Collection[str] | None) -> Iterator[Edge]:
        for edge in edges:
            if (kinds is None or edge.kind in kinds) and self._exists(edge.source) and self._exists(edge.target):
                yield edge

    def all_edges(self, kinds: Collection[str] | None = None) -> Iterator[Edge]:
        for file in self._sorted_files():
            yield from sorted(self._visible(file.edges, kinds), key=edge_order)

    def all_links(self, kinds: Collection[str]) -> Iterator[tuple[str, str]]:
        return ((edge.source, edge.target) for edge in self.all_edges(kinds))

    def unresolved_named(self, names: Collection[str]) -> list[UnresolvedCall]:
        found: list[UnresolvedCall] = []
        for name in set(names):
            found += self._state.unresolved.get(name, ())
            found += self._dangling(self._state.targets.get(name, ()))
        return sorted(found, key=unresolved_order)

    def unresolved_in(self, paths: Collection[str]) -> list[UnresolvedCall]:
        found: list[UnresolvedCall] = []
        for file in self._sorted_files(paths):
            found += file.unresolved
            found += self._dangling(file.edges)
        return sorted(found, key=unresolved_order)

    def all_unresolved(self) -> Iterator[UnresolvedCall]:
        yield from self.unresolved_in(self._state.files)

    def _dangling(self, edges: Iterable[Edge]) -> Iterator[UnresolvedCall]:
        """Calls whose target nobody defines any more, or not yet."""
        for edge in edges:
            if edge.kind == EdgeKind.CALLS and not self._exists(edge.target):
                name = last_name(edge.target)
                yield from (UnresolvedCall(name, edge.source, edge.file, line, -1) for line in edge.lines)


def _unowned(symbol_id: str) -> Symbol:
    external = symbol_id.startswith(EXTERNAL_PREFIX)
    return external_symbol(symbol_id) if external else placeholder_symbol(symbol_id)


def _counted(items: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(((str(key), n) for key, n in Counter(items).items()), key=lambda item: (-item[1], item[0])))

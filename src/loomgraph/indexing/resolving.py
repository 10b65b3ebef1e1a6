"""Resolution of some or all files of a project, in this process or in several.

Gives the resolver its facts — those just read, and those the graph keeps — and turns its results into what the
store takes. It knows how facts travel and nothing of what resolution does.
"""

from __future__ import annotations

import gc
import pickle
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from loomgraph.embed.registry import NONE
from loomgraph.errors import GraphDamaged
from loomgraph.facts import Facts
from loomgraph.indexing.passages import Describer, heads_of
from loomgraph.indexing.pool import Lost, Pool
from loomgraph.indexing.reading import chunks_of
from loomgraph.model import Chunk, Edge, Problem, Symbol, UnresolvedCall
from loomgraph.resolve import FileInfo, Resolver, called_names, defined_names
from loomgraph.resolve.ids import symbol_ids
from loomgraph.settings.embedding import EmbeddingSettings
from loomgraph.store.base import FileGraph, FileRecord, PassageTerms, Reader, Store

ReopenStore = Callable[[], Store]
"""Opens the same graph in another process; must be picklable."""

Names = tuple[Sequence[str], Sequence[str]]
"""The names that a file defines, and those it calls."""

_TASK_BYTES = 400_000


class Resolved(NamedTuple):
    """The graph of one file, ready to travel between processes. ``chunks`` is ``None`` when they stay as they are."""

    path: str
    symbols: tuple[Symbol, ...]
    edges: tuple[Edge, ...]
    unresolved: tuple[UnresolvedCall, ...]
    chunks: list[Chunk] | None
    passages: list[PassageTerms] | None  # None when they stay as they are
    vectors: bytes
    problems: list[Problem]
    depends: tuple[str, ...]
    keys: tuple[str, ...]
    defined: Sequence[str]  # empty where reading the file told already
    called: Sequence[str]
    stale: bool  # the file changed on disk after it was read
    heads: tuple[str, ...] = ()  # of the chunks, where a server gives them vectors: what stands before their text


@dataclass(slots=True)
class Snapshot:
    """The project as it will be after the update: every file's record, and the facts that were just read.

    ``changed`` are the paths whose content is new to the graph; ``fresh`` holds packed facts by key. The chunks of the
    files in ``described`` are described anew; ``embedding`` says what gives them vectors (those of a server are made
    elsewhere). ``defining`` and ``calling`` are the changed files by the names they define
    and call.
    """

    root: str
    records: Mapping[str, FileRecord]
    changed: frozenset[str]
    fresh: Mapping[str, bytes]
    described: frozenset[str] = frozenset()
    embedding: EmbeddingSettings = EmbeddingSettings(name=NONE)
    defining: dict[str, list[str]] = field(default_factory=dict)
    calling: dict[str, list[str]] = field(default_factory=dict)

    def add_names(self, path: str, defined: Iterable[str], called: Iterable[str]) -> None:
        """Say what a changed file defines and calls."""
        for name in defined:
            self.defining.setdefault(name, []).append(path)
        for name in called:
            self.calling.setdefault(name, []).append(path)


class GraphSource:
    """The facts of a :class:`Snapshot` as a resolver wants them; ``reader`` gives what the snapshot does not hold."""

    def __init__(self, snapshot: Snapshot, reader: Reader | None) -> None:
        self._snapshot = snapshot
        self._reader = reader
        self._files = {path: info_of(record) for path, record in snapshot.records.items()}
        self.loaded: dict[str, Facts] = {}

    def files(self) -> Mapping[str, FileInfo]:
        """Every file of the project by path."""
        return self._files

    def facts(self, path: str) -> Facts:
        """The facts of one file."""
        found = self.loaded.get(path)
        if found is None:
            key = self._snapshot.records[path].facts_key
            found = self.loaded[path] = load_facts(key, self._snapshot.fresh, self._reader)
        return found

    def files_defining(self, name: str) -> list[str]:
        """Paths of the files that define ``name``, sorted."""
        stored = self._reader.files_defining(name) if self._reader is not None else ()
        return self._merged(self._snapshot.defining.get(name, ()), stored)

    def files_calling(self, name: str) -> list[str]:
        """Paths of the files that call ``name``, sorted."""
        stored = self._reader.files_calling(name) if self._reader is not None else ()
        return self._merged(self._snapshot.calling.get(name, ()), stored)

    def _merged(self, fresh: Sequence[str], stored: Sequence[str]) -> list[str]:
        kept = [path for path in stored if path in self._files and path not in self._snapshot.changed]
        return sorted([*fresh, *kept])


def info_of(record: FileRecord) -> FileInfo:
    """What the resolver knows of a file without its facts."""
    return FileInfo(record.language, record.package, record.test, record.generated)


def names_in(facts: Facts) -> Names:
    """The names that facts define and call, sorted."""
    return sorted(defined_names(facts)), sorted(called_names(facts))


def load_facts(key: str, fresh: Mapping[str, bytes], reader: Reader | None) -> Facts:
    """Facts by their key, from those just read or from the graph."""
    packed = fresh.get(key)
    if packed is None and reader is not None:
        packed = reader.facts([key]).get(key)
    if packed is None:
        raise GraphDamaged(reason=f"facts {key} are missing")
    try:
        return Facts.unpack(packed)
    except ValueError as error:
        raise GraphDamaged(reason=str(error)) from error


class FileResolver:
    """Resolves files of a snapshot one by one."""

    def __init__(self, snapshot: Snapshot, reader: Reader | None) -> None:
        self._snapshot = snapshot
        self._source = GraphSource(snapshot, reader)
        self._remote = snapshot.embedding.remote
        self._describer = Describer(NONE if self._remote else snapshot.embedding)
        self._resolver = Resolver(self._source)

    def resolve(self, path: str) -> Resolved:
        """The graph of one file."""
        facts = self._source.facts(path)
        problems = [Problem(path, line, reason) for line, reason in facts.problems]
        try:
            result = self._resolver.resolve(path)
        except Exception as error:  # an edge: no file, and no mistake of ours, may stop an index
            problems.append(Problem(path, 0, f"resolution failed ({failure(error)}): the file has no edges"))
            self._resolver = Resolver(self._source)  # what the old one remembers may be half an answer
            result = self._resolver.symbols_only(path)
        record = self._snapshot.records[path]
        chunks: list[Chunk] | None = None
        passages: list[PassageTerms] | None = None
        vectors = b""
        stale = False
        heads: tuple[str, ...] = ()
        names = ((), ()) if path in self._snapshot.changed else names_in(facts)
        if path in self._snapshot.described:
            chunks = chunks_of(self._snapshot.root, record, facts, symbol_ids(path, facts.definitions))
            stale = chunks is None
            chunks = chunks or []
            passages, vectors = self._describer.describe(path, facts, chunks)
            heads = heads_of(path, facts, chunks) if self._remote else ()
        return Resolved(
            path, result.symbols, result.edges, result.unresolved, chunks, passages, vectors, problems,
            tuple(sorted(result.depends)), tuple(sorted(result.keys)), *names, stale, heads,
        )  # fmt: skip


def failure(error: BaseException) -> str:
    """An unexpected error and where it was raised, in one line."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} at {where.filename.rpartition('/')[2]}:{where.lineno}"


def file_graph(resolved: Resolved, record: FileRecord, reader: Reader, names: Names | None) -> FileGraph:
    """What the store takes of a resolved file; ``names`` are those it defines and calls, where known already."""
    defined, called = names or (resolved.defined, resolved.called)
    chunks = reader.chunks_in([resolved.path]) if resolved.chunks is None else resolved.chunks
    return FileGraph(
        record, resolved.symbols, resolved.edges, resolved.unresolved, chunks, resolved.problems,
        resolved.depends, resolved.keys, defined, called, resolved.passages, resolved.vectors,
    )  # fmt: skip


# -- in several processes ---------------------------------------------------------------------------------------


class _Worker:
    """Resolves batches of paths in a process of its own, with its own view of the graph."""

    def __init__(self, snapshot: Snapshot, reopen: ReopenStore | None) -> None:
        gc.disable()  # what resolution remembers lives as long as this process
        self._reading: AbstractContextManager[Reader] | None = None
        reader: Reader | None = None
        if reopen is not None:
            self._reading = reopen().read()
            reader = self._reading.__enter__()
        self._files = FileResolver(snapshot, reader)

    def __call__(self, paths: list[str]) -> bytes:
        return encode([self._files.resolve(path) for path in paths])


def encode(batch: list[Resolved]) -> bytes:
    """A batch as bytes; strings that are no Unicode (paths of any bytes) need the slower way."""
    try:
        return b"m" + msgspec.msgpack.encode(batch)
    except UnicodeEncodeError:
        return b"p" + pickle.dumps(batch, pickle.HIGHEST_PROTOCOL)


def decode(data: bytes) -> list[Resolved]:
    """The batch that :func:`encode` made bytes of."""
    if data[:1] == b"m":
        return msgspec.msgpack.decode(memoryview(data)[1:], type=list[Resolved])
    batch: list[Resolved] = pickle.loads(memoryview(data)[1:])
    return batch


def batches(paths: Sequence[str], sizes: Callable[[str], int], limit: int = _TASK_BYTES) -> list[list[str]]:
    """``paths`` in order, cut into lists of about ``limit`` bytes."""
    out: list[list[str]] = []
    room = 0
    for path in paths:
        if room <= 0:
            out.append([])
            room = limit
        out[-1].append(path)
        room -= sizes(path) + 1_000
    return out


def resolve_parallel(
    snapshot: Snapshot, paths: Sequence[str], reopen: ReopenStore | None, jobs: int
) -> Iterator[Resolved]:
    """The graphs of ``paths`` from ``jobs`` processes, in no fixed order. A file whose process dies has none."""
    tasks = batches(paths, lambda path: snapshot.records[path].size)
    segments = Segments(tasks, jobs)
    with Pool(min(jobs, len(tasks)), _Worker, snapshot, reopen) as pool:
        lost: list[str] = []
        for task, answer in pool.answers(segments.take):
            if isinstance(answer, Lost):
                lost += task
            else:
                yield from decode(answer)
        singles = Segments([[path] for path in lost], 1)
        for task, answer in pool.answers(singles.take):
            if isinstance(answer, Lost):
                yield _nothing(task[0])
            else:
                yield from decode(answer)


def _nothing(path: str) -> Resolved:
    """What stands for a file whose resolution killed its process."""
    problem = Problem(path, 0, "resolution crashed: the file has no symbols and edges")
    return Resolved(path, (), (), (), [], [], b"", [problem], (), (), (), (), True)


class Segments:
    """Tasks in order, divided among takers: each works through a part of its own and then helps the others.

    Neighbours in the order read the same files, so a taker that stays among them loads fewer.
    """

    def __init__(self, tasks: Sequence[list[str]], takers: int) -> None:
        size, rest = divmod(len(tasks), takers)
        self._parts: list[list[list[str]]] = []
        start = 0
        for at in range(takers):
            end = start + size + (at < rest)
            self._parts.append(list(tasks[start:end]))
            start = end

    def take(self, taker: int) -> list[str] | None:
        """The next task for ``taker``: the first of its own, else the last of whoever has most."""
        own = self._parts[taker % len(self._parts)]
        if own:
            return own.pop(0)
        longest = max(self._parts, key=len)
        return longest.pop() if longest else None

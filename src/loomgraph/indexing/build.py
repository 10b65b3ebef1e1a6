"""The incremental pipeline: walk, compare, read, resolve, one update of the store.

An index that is interrupted at any moment leaves the graph as it was. Nothing is printed: progress goes to a
callback, the outcome is a :class:`IndexResult`. This module decides *what* to read and to resolve; how to do
either is in ``reading`` and ``resolving``.
"""

from __future__ import annotations

import dataclasses
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from loomgraph import lexicon
from loomgraph.embed.registry import STATIC, model_name, named
from loomgraph.errors import FolderNotFound, IndexInterrupted, NotAFolder, NothingToIndex
from loomgraph.indexing.collecting import no_collections
from loomgraph.indexing.embedding import META_DIMENSION, Carried
from loomgraph.indexing.keeping import Keeper
from loomgraph.indexing.manifest import UNTRUSTED, Changes, compare
from loomgraph.indexing.testfiles import TestRules
from loomgraph.indexing.versions import resolve_version, rules_versions
from loomgraph.indexing.walk import Walker, WalkOptions, WalkResult
from loomgraph.model import Problem
from loomgraph.settings import EmbeddingSettings
from loomgraph.store.base import Counts, FileGraph, FileRecord, Reader, Store, Update

if TYPE_CHECKING:
    from loomgraph.facts import Facts
    from loomgraph.indexing.reading import FileRead
    from loomgraph.indexing.resolving import ReopenStore, Resolved, Snapshot
    from loomgraph.resolve import FileInfo

PARALLEL_READ = 600_000  # bytes to read from which processes are worth their start
PARALLEL_RESOLVE = 1_200_000
_READ_TASK = 250_000
_MANY_CHANGED = 200  # this many changed files, and this share of all: finding out what they touch costs more than it
_SHARE_CHANGED = 0.2  # saves
META_ROOT = "root"
META_RESOLVE = "resolve"
META_DESCRIBED = "described"  # the embedding, and the version of the terms, that chunks are found by


class Progress(Protocol):
    """Told of every step: ``phase`` is one of "walk", "read", "resolve", "store"; ``total`` 0 when unknown."""

    def __call__(self, phase: str, done: int, total: int) -> None: ...


@dataclass(slots=True)
class IndexResult:
    """What an index did, and what the graph holds now."""

    root: str
    counts: Counts
    added: int = 0
    changed: int = 0
    deleted: int = 0
    unchanged: int = 0
    resolved: int = 0  # files resolved, changed or not
    inserted: int = 0  # files that the graph holds beside these
    skipped: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def up_to_date(self) -> bool:
        """Whether there was nothing to do."""
        return not (self.added or self.changed or self.deleted or self.resolved)


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """How to index. ``jobs`` 0 means one for each processor; ``rebuild`` forgets the graph first; ``embedding`` is
    what gives chunks their vectors: its settings, or its name where that says all, "" for nothing."""

    walk: WalkOptions = WalkOptions()
    jobs: int = 0
    rebuild: bool = False
    embedding: EmbeddingSettings | str = STATIC


def _silent(phase: str, done: int, total: int) -> None:
    """Progress for nobody."""


def update(
    store: Store, root: str | Path, options: IndexOptions | None = None, *, reopen: ReopenStore | None = None,
    progress: Progress | None = None, alone: AbstractContextManager[None] | None = None,
    beside: Beside | None = None,
) -> IndexResult:  # fmt: skip
    """Bring the graph in ``store`` up to date with the folder ``root``.

    ``reopen`` opens the same graph in another process: without it, an update of a graph that is not empty runs in
    this one. ``alone`` is held meanwhile: what only one index at a time may hold. Vectors of a server are
    not asked for: they may follow.
    """
    path = Path(root)
    if not path.exists():
        raise FolderNotFound(path=str(root))
    if not path.is_dir():
        raise NotAFolder(path=str(root))
    with alone or nullcontext():
        return _Build(store, str(path.resolve()), options or IndexOptions(), reopen, progress or _silent, beside).run()


class Beside(Protocol):
    """What is inserted at ``paths``, which are indexed now, moved beside them; all that is inserted for ``None``."""

    def __call__(
        self, reader: Reader, paths: Sequence[str] | None
    ) -> tuple[Iterable[FileGraph], Mapping[str, bytes]]: ...


class WaitingCallback(Protocol):
    """Told once, with the process id of the holder, that another index has to end first."""

    def __call__(self, holder: str) -> None: ...


class _Build:
    """One run of the pipeline."""

    def __init__(
        self, store: Store, root: str, options: IndexOptions, reopen: ReopenStore | None, progress: Progress,
        beside: Beside | None = None,
    ) -> None:  # fmt: skip
        from loomgraph.parse.registry import Languages

        self._store = store
        self._root = root
        self._options = options
        self._reopen = reopen
        self._progress = progress
        self._beside = beside
        self._inserted = 0
        self._embedding = named(options.embedding)
        self._remote: Carried | None = None
        self._languages = Languages.load()
        self._tests = TestRules()
        self._seconds: dict[str, float] = {}
        self._skipped: Counter[str] = Counter()
        self._problems: list[Problem] = []
        self._old: dict[str, FileRecord] = {}
        self._records: dict[str, FileRecord] = {}
        self._resolve_all = False
        self._describe_all = False
        self._generation = 0

    # -- the pipeline ------------------------------------------------------------------------------------------

    def run(self) -> IndexResult:
        """All phases; one update at most."""
        with no_collections():
            return self._run()

    def _run(self) -> IndexResult:
        with self._phase("walk"):
            found = self._walk()
        with self._store.read() as reader:
            with self._phase("compare"):
                changes = self._compare(found, reader)
            work = bool(changes.read or changes.deleted or self._resolve_all)
            plan = self._update(changes, reader) if work else _Plan()
        return self._result(plan, changes)

    def _update(self, changes: Changes, reader: Reader) -> _Plan:
        """Read, resolve and store; interrupted, it keeps what is read."""
        self._keeper = Keeper(self._store, () if self._options.rebuild else reader.kept())
        try:
            with self._phase("read"):
                reads = self._read(changes)
            plan = self._plan(reads, changes, reader)
            if plan.needed or self._meta_changes(reader):
                self._apply(plan, reader)
        except KeyboardInterrupt:
            if self._options.rebuild or not self._keeper.keep():
                raise
            raise IndexInterrupted(read=self._keeper.read, total=len(changes.read)) from None
        return plan

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - start

    def _walk(self) -> WalkResult:
        self._progress("walk", 0, 0)
        languages = self._languages
        walker = Walker(
            self._root, languages.may_have_language, self._options.walk,
            named=lambda name: languages.language_of(name) is not None,
        )  # fmt: skip
        found = walker.walk()
        self._skipped.update(found.skipped)
        self._problems += found.problems
        self._progress("walk", len(found.entries), len(found.entries))
        if not found.entries:
            kinds = ", ".join(f"{count} {reason}" for reason, count in sorted(found.skipped.items()))
            raise NothingToIndex(path=self._root, reason=f"skipped {kinds}" if kinds else "there are no files")
        return found

    def _compare(self, found: WalkResult, reader: Reader) -> Changes:
        """What to read; decides whether everything must be resolved anew."""
        self._generation = reader.generation()
        files = reader.files()
        self._inserted = sum(record.inserted for record in files)
        meta = {} if self._options.rebuild else reader.meta()
        if self._embedding.remote:
            self._remote = Carried(self._embedding, meta, META_DESCRIBED)
        if not self._options.rebuild:
            self._old = {record.path: record for record in files if not record.inserted}
            other = meta.get(META_DESCRIBED) != self._described() or self._remote is not None and self._remote.anew
            self._describe_all = bool(self._old) and other
            self._resolve_all = self._describe_all or bool(self._old) and meta.get(META_RESOLVE) != resolve_version()
        rules = rules_versions(self._languages)
        return compare(found.entries, self._old, rules.__getitem__)

    # -- reading -----------------------------------------------------------------------------------------------

    def _read(self, changes: Changes) -> list[FileRead]:
        """Read what may have changed, in several processes when that is worth it; in path order."""
        from loomgraph.indexing import reading
        from loomgraph.indexing.pool import Lost, Pool, default_jobs

        known = self._keeper.known.union(record.facts_key for record in self._old.values())
        jobs = self._options.jobs or default_jobs()
        total = len(changes.read)
        reads: list[FileRead] = []
        size = sum(entry.size for entry in changes.read)
        if jobs < 2 or size < PARALLEL_READ or total < 2:
            reader = reading.Reader(self._root, self._languages, known)
            for entry in changes.read:
                reads.append(self._keeper.noted(reader.read(entry.path)))
                self._progress("read", len(reads), total)
            self._keeper.all_read()
            return reads
        tasks = reading.tasks([(entry.size, entry.path) for entry in changes.read], _READ_TASK)
        with Pool(min(jobs, len(tasks)), reading.make_worker, self._root, known) as pool:
            lost: list[str] = []
            for task, answer in pool.answers(lambda worker: tasks.pop() if tasks else None):
                if isinstance(answer, Lost):
                    lost += task
                else:
                    reads += map(self._keeper.noted, answer)
                self._progress("read", len(reads), total)
            singles = [[path] for path in lost]
            for task, answer in pool.answers(lambda worker: singles.pop() if singles else None):
                reads += [reading.crashed(task[0])] if isinstance(answer, Lost) else answer
        self._keeper.all_read()
        reads.sort(key=lambda read: read.path)
        return reads

    # -- planning ----------------------------------------------------------------------------------------------

    def _plan(self, reads: Sequence[FileRead], changes: Changes, reader: Reader) -> _Plan:
        """From what was read to what must be resolved, forgotten or touched."""
        plan = _Plan(deleted=list(changes.deleted), fresh=reader.facts(self._keeper.known))
        self._records = dict(self._old)
        for path in changes.deleted:
            del self._records[path]
        for read in reads:
            self._take(read, plan, reader)
        plan.deleted.sort()
        with self._phase("compare"):
            plan.resolve = self._affected(plan, reader)
        return plan

    def _take(self, read: FileRead, plan: _Plan, reader: Reader) -> None:
        """File one read file under what it means for the graph."""
        path, old = read.path, self._old.get(read.path)
        if read.problem is not None:
            self._problems.append(read.problem)
        if read.record is None:
            if read.skipped != "vanished":
                self._skipped[read.skipped] += 1
            if old is not None:
                del self._records[path]
                plan.deleted.append(path)
            return
        record = read.record
        if old is not None and old.facts_key == record.facts_key:
            if old.mtime_ns != record.mtime_ns:
                kept = dataclasses.replace(old, mtime_ns=record.mtime_ns)
                self._records[path] = kept
                plan.touched.append(kept)
            return
        facts: Facts | None = None
        if read.facts is None:  # the same bytes were known elsewhere: moved or copied
            from loomgraph.indexing.resolving import load_facts, names_in

            facts = load_facts(record.facts_key, plan.fresh, reader)
            plan.names[path] = names_in(facts)
            read.package, read.lines, read.generated = facts.package, facts.lines, facts.generated
        else:
            plan.fresh[record.facts_key] = read.facts
            # the same names in many files: kept once
            plan.names[path] = (list(map(sys.intern, read.defined)), list(map(sys.intern, read.called)))
        self._records[path] = dataclasses.replace(
            record, package=read.package, lines=read.lines, generated=read.generated,
            test=self._tests.is_test(path, record.language),
        )  # fmt: skip
        (plan.added if old is None else plan.changed).append(path)

    def _affected(self, plan: _Plan, reader: Reader) -> list[str]:
        """The files to resolve: those that changed, and those that depend on what changed."""
        new = {*plan.added, *plan.changed}
        count = len(new) + len(plan.deleted)
        many = count > max(_MANY_CHANGED, _SHARE_CHANGED * len(self._records))
        if self._resolve_all or many or not self._old:
            return sorted(self._records)
        from loomgraph.indexing.resolving import info_of, load_facts
        from loomgraph.resolve import interface_changes

        paths: list[str] = []
        keys: set[str] = set()

        def state(path: str, record: FileRecord | None) -> tuple[Facts | None, FileInfo | None]:
            if record is None:
                return None, None
            return load_facts(record.facts_key, plan.fresh, reader), info_of(record)

        for path in (*plan.added, *plan.changed, *plan.deleted):
            before, after = state(path, self._old.get(path)), state(path, self._records.get(path))
            visible, names = interface_changes(path, *before, *after)
            keys |= names
            if visible and (before[1] != after[1] or not self._unnoticed(path, before[0], after[0], plan, reader)):
                paths.append(path)
        dependents = reader.dependents(paths, sorted(keys))
        return sorted(new.union(path for path in dependents if path in self._records))

    def _unnoticed(self, path: str, old: Facts | None, new: Facts | None, plan: _Plan, reader: Reader) -> bool:
        """Whether ``path`` only gained names that no file reading it ever says."""
        from loomgraph.indexing.resolving import load_facts
        from loomgraph.resolve import additions, mentions

        added = additions(old, new) if old is not None and new is not None else frozenset()
        return bool(added) and not any(
            mentions(load_facts(self._records[other].facts_key, plan.fresh, reader), added)
            for other in reader.dependents([path])
            if other in self._records
        )

    # -- applying ----------------------------------------------------------------------------------------------

    def _apply(self, plan: _Plan, reader: Reader) -> None:
        """Resolve and store, in one transaction."""
        from loomgraph.indexing.resolving import Snapshot

        changed = frozenset((*plan.added, *plan.changed))
        described = frozenset(self._records) if self._describe_all else changed
        moved = None if self._options.rebuild else plan.added
        graphs, facts = self._beside(reader, moved) if self._beside is not None else ((), {})
        snapshot = Snapshot(self._root, self._records, changed, plan.fresh, described, self._embedding)
        for path in sorted(changed):
            snapshot.add_names(path, *plan.names[path])
        with self._phase("resolve and store"):
            self._store.apply(
                Update(
                    replace=chain(self._graphs(snapshot, plan, reader), graphs),
                    delete=plan.deleted,
                    touch=plan.touched,
                    facts={**self._keeper.unkept(plan.fresh), **facts},
                    meta=self._meta(),
                    expects=self._generation,
                    wipe=self._options.rebuild,
                )
            )
        self._progress("store", 1, 1)

    def _meta(self) -> dict[str, str]:
        own = {META_ROOT: self._root, META_RESOLVE: resolve_version(), META_DESCRIBED: self._described()}
        return own | (self._remote.meta() if self._remote is not None else {META_DIMENSION: ""})

    def _described(self) -> str:
        return f"{model_name(self._embedding)} {lexicon.VERSION}"

    def _meta_changes(self, reader: Reader) -> bool:
        meta = reader.meta()
        return any(meta.get(name, "") != value for name, value in self._meta().items())

    def _graphs(self, snapshot: Snapshot, plan: _Plan, reader: Reader) -> Iterator[FileGraph]:
        """The graph of every file to resolve, as the store asks for them."""
        from loomgraph.indexing.resolving import file_graph

        total = len(plan.resolve)
        files = self._resolved(snapshot, plan.resolve, reader)
        if self._remote is not None:
            files = self._remote.taken_over(files, reader)
        for done, resolved in enumerate(files, 1):
            record = self._records[resolved.path]
            if resolved.stale:
                record = dataclasses.replace(record, mtime_ns=UNTRUSTED)
            yield file_graph(resolved, record, reader, plan.names.get(resolved.path))
            self._progress("resolve", done, total)
        self._progress("store", 0, 1)

    def _resolved(self, snapshot: Snapshot, paths: Sequence[str], reader: Reader) -> Iterator[Resolved]:
        from loomgraph.indexing.pool import default_jobs
        from loomgraph.indexing.resolving import FileResolver, resolve_parallel

        jobs = self._options.jobs or default_jobs()
        alone = not self._old or self._options.rebuild  # the snapshot holds all there is
        size = sum(self._records[path].size for path in paths)
        if jobs > 1 and size >= PARALLEL_RESOLVE and len(paths) > 1 and (alone or self._reopen is not None):
            yield from resolve_parallel(snapshot, paths, None if alone else self._reopen, jobs)
            return
        files = FileResolver(snapshot, None if alone else reader)
        for path in paths:
            yield files.resolve(path)

    # -- the outcome -------------------------------------------------------------------------------------------

    def _result(self, plan: _Plan, changes: Changes) -> IndexResult:
        with self._phase("count"), self._store.read() as reader:
            counts = reader.counts()
            problems = reader.problems()
        generated = sum(record.generated for record in (self._records or self._old).values())
        if generated:
            self._skipped["generated"] += generated
        return IndexResult(
            self._root, counts, len(plan.added), len(plan.changed), len(plan.deleted),
            unchanged=counts.files - self._inserted - len(plan.added) - len(plan.changed),
            inserted=self._inserted, resolved=len(plan.resolve),
            skipped=dict(sorted(self._skipped.items())),
            problems=sorted([*problems, *self._problems], key=lambda p: (p.file, p.line, p.reason)),
            seconds={name: round(value, 4) for name, value in self._seconds.items()},
        )  # fmt: skip


@dataclass(slots=True)
class _Plan:
    """What an update will do."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    touched: list[FileRecord] = field(default_factory=list)
    resolve: list[str] = field(default_factory=list)
    fresh: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, tuple[Sequence[str], Sequence[str]]] = field(default_factory=dict)

    @property
    def needed(self) -> bool:
        """Whether the store has anything to do."""
        return bool(self.resolve or self.deleted or self.touched)

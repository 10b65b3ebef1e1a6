"""The service: one method a use case.

A use case finds the project, opens its graph, does one thing and closes it. Surfaces translate what goes in and what
comes out, and call nothing below this. This module must not know which surface calls it: it prints nothing and
reads no environment.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from loomgraph.engines.native import LOCK, NativeEngine
from loomgraph.errors import (
    BadInput,
    FolderNotFound,
    GraphBusy,
    LoomGraphError,
    NotAFolder,
    NotFound,
    NothingToIndex,
    ProjectTaken,
    UnknownProject,
)
from loomgraph.store import questions
from loomgraph.workspaces import names as project_names
from loomgraph.workspaces.folders import Project, ProjectFolders

if TYPE_CHECKING:
    from typing import Any, Unpack

    from loomgraph.indexing.build import Progress, WaitingCallback
    from loomgraph.indexing.walk import WalkOptions
    from loomgraph.retrieve.answer import Answer, Hits
    from loomgraph.service.answers import DoctorReport, Imported, IndexSummary, ProjectInfo, Stats, Written
    from loomgraph.service.asking import Asking, Reach
    from loomgraph.service.retrieval import Retrieval, Wish
    from loomgraph.settings import Settings
    from loomgraph.store.answers import Cycles, Found, Hierarchy, Impact, Reached, Route, Shown, UnusedAnswer
    from loomgraph.store.base import Reader


def _nothing(*_: object, **__: object) -> None:
    """For callers who want no progress."""


class Service:
    """All use cases, for one set of settings, as seen from the folder ``here``."""

    def __init__(self, settings: Settings, here: Path) -> None:
        self.settings = settings
        self.here = here
        self.folders = ProjectFolders(settings.data_dir)

    @staticmethod
    def plain(answer: object) -> object:
        """An answer as JSON types: the same on every surface."""
        from loomgraph.service.answers import plain

        return plain(answer)

    # -- building ---------------------------------------------------------------------------------------------

    def index(
        self,
        path: str,
        *,
        project: str = "",
        include: Sequence[str] | None = None,
        exclude: Sequence[str] | None = None,
        jobs: int | None = None,
        rebuild: bool = False,
        progress: Progress = _nothing,
        waiting: WaitingCallback = _nothing,
    ) -> IndexSummary:
        """Build or bring up to date the graph of the code in ``path``. A first index that fails leaves no project."""
        from loomgraph.indexing.build import IndexOptions
        from loomgraph.service.answers import IndexSummary

        root = self._folder(path)
        found, new = self.folders.for_root(root, project or self._set_project_for(root))
        walk = self._walk_options(include, exclude)
        options = IndexOptions(walk, self.settings.jobs if jobs is None else jobs, rebuild, self.settings.embedding)
        if new:
            found = self.folders.create(found.name, found.root, _now())
        try:
            with self._open(found, create=True, rebuild=rebuild) as engine:
                result = engine.update(found.root, options, progress, waiting)
        except BaseException:
            if new:
                with contextlib.suppress(LoomGraphError):
                    self.folders.delete(found.name)
            raise
        return IndexSummary(
            found.name, found.root, new, result.up_to_date, result.added, result.changed, result.deleted,
            result.unchanged, result.resolved, dict(result.skipped), tuple(result.problems), result.counts,
            round(sum(result.seconds.values()), 3), dict(result.seconds),
        )  # fmt: skip

    def watch(
        self,
        path: str,
        *,
        project: str = "",
        include: Sequence[str] | None = None,
        exclude: Sequence[str] | None = None,
        jobs: int | None = None,
    ) -> Iterator[IndexSummary]:
        """Index, then again whenever something changed, for ever; gives every update that changed the graph."""
        from loomgraph.indexing.watch import Watcher
        from loomgraph.parse.registry import Languages

        root = self._folder(path)
        options = self._walk_options(include, exclude)
        watcher = Watcher(
            root, Languages.load().may_have_language, options, interval=self.settings.watch_interval
        )  # before the first index: what changes meanwhile is not missed
        again = partial(self.index, str(root), project=project, include=include, exclude=exclude, jobs=jobs)
        yield again()
        for _ in watcher.batches():
            with contextlib.suppress(GraphBusy, NothingToIndex):  # for a moment: a branch is being switched
                summary = again()
                if not summary.up_to_date:
                    yield summary

    def _walk_options(self, include: Sequence[str] | None, exclude: Sequence[str] | None) -> WalkOptions:
        from loomgraph.indexing.walk import WalkOptions

        return WalkOptions(
            tuple(self.settings.include if include is None else include),
            tuple(self.settings.exclude if exclude is None else exclude),
            self.settings.max_file_bytes,
        )

    def _folder(self, path: str) -> Path:
        where = self.here / Path(path).expanduser()
        if not where.exists():
            raise FolderNotFound(path=str(where))
        if not where.is_dir():
            raise NotAFolder(path=str(where))
        return where.resolve()

    def _set_project_for(self, root: Path) -> str:
        """The project of the settings, when it is new or holds this very folder; else the folder decides."""
        name = self.settings.project
        if not name:
            return ""
        with contextlib.suppress(UnknownProject):
            return name if self.folders.get(name).root == str(root) else ""
        return name

    # -- projects ---------------------------------------------------------------------------------------------

    def project_names(self) -> list[Project]:
        """Every project, without a look at its graph."""
        return self.folders.all()

    def projects(self) -> list[ProjectInfo]:
        """Every project with its counts."""
        return [self._info(project) for project in self.folders.all()]

    def project(self, name: str) -> ProjectInfo:
        """One project with its counts."""
        return self._info(self.folders.get(name))

    def rename_project(self, name: str, new_name: str) -> ProjectInfo:
        """Give a project another name."""
        with self._alone(self.folders.get(name)):
            renamed = self.folders.rename(name, new_name)
        return self._info(renamed)

    def delete_project(self, name: str) -> None:
        """Delete a project's graph."""
        with self._alone(self.folders.get(name)):
            self.folders.delete(name)

    def _alone(self, project: Project) -> AbstractContextManager[None]:
        """Nobody else updates the project meanwhile."""
        from loomgraph.indexing.lock import exclusive

        return exclusive(project.folder / LOCK, timeout=self.settings.lock_wait)

    def _info(self, project: Project) -> ProjectInfo:
        from loomgraph.service.answers import ProjectInfo

        files = symbols = edges = 0
        problem = ""
        try:
            with self._open(project) as engine, engine.read() as reader:
                counts = reader.counts()
                files, symbols, edges = counts.files, counts.symbols, counts.edges
        except LoomGraphError as error:
            problem = str(error)
        size, changed = _size(project.folder)
        indexed = datetime.fromtimestamp(changed, UTC).isoformat(timespec="seconds") if changed else ""
        return ProjectInfo(
            project.name,
            project.root,
            str(project.graph),
            project.created,
            indexed,
            size,
            files,
            symbols,
            edges,
            problem,
        )

    # -- asking -----------------------------------------------------------------------------------------------

    def find_project(self, name: str = "") -> Project:
        """The project of that name; without one the project of the settings, else the one that holds this folder."""
        name = name or self.settings.project
        return self.folders.get(name) if name else self.folders.holding(self.here)

    @contextlib.contextmanager
    def reading(self, project: str = "") -> Iterator[tuple[Project, Reader]]:
        """A project's graph as it is now."""
        found = self.find_project(project)
        with self._open(found) as engine, engine.read() as reader:
            yield found, reader

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

    def read_text(self, path: str) -> str:
        """A text file of the user's; ``-`` is standard input."""
        from loomgraph.service import files

        return files.read_text(Path(path) if path == "-" else self.here / path)

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

    # -- questions in plain language --------------------------------------------------------------------------

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
        """The answers to a file of queries (``-`` is standard input), one after the other, in order."""
        from loomgraph.service import retrieval

        shown = "standard input" if path == "-" else path
        queries = retrieval.queries(self.read_text(path), shown)
        with self.retrieval(projects, every, wish) as found:
            for query in queries:
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
        found = self.folders.all()
        if not found:
            raise NotFound(reason="There is no project yet. `loomgraph index PATH` makes one.")
        return found

    @contextlib.contextmanager
    def asking(self, project: str) -> Iterator[Asking]:
        """A project's graph, ready for questions."""
        from loomgraph.service.asking import Asking

        with self.reading(project) as (found, reader):
            yield Asking(found.root, reader, self.here)

    def doctor(self, *, project: str = "") -> DoctorReport:
        """Check the installation, the settings and the graphs."""
        from loomgraph.service.doctor import examine

        chosen = [self.folders.get(project)] if project else self.folders.all()
        return examine(self.settings, self.folders, chosen, self._open)

    # -- moving -----------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def export(self, format_name: str, *, project: str = "", externals: bool = False) -> Iterator[Iterator[str]]:
        """A graph as lines of text."""
        from loomgraph.engines import exports

        with self.reading(project) as (_, reader):
            yield exports.lines(reader, format_name, externals=externals)

    def export_to(self, path: str, format_name: str, *, project: str = "", externals: bool = False) -> Written:
        """Write a graph to a file, whole or not at all."""
        from loomgraph.service import files
        from loomgraph.service.answers import Written

        found = self.find_project(project)
        with self.export(format_name, project=found.name, externals=externals) as lines:
            count, size = files.write_lines(self.here / path, lines)
        return Written(found.name, format_name, str(self.here / path), count, size)

    def import_graph(self, path: str, *, project: str = "") -> Imported:
        """Read a graph from a file (``-`` is standard input) into a project."""
        from loomgraph.engines import imports
        from loomgraph.service.answers import Imported

        name = project or self.settings.project
        if not name:
            raise BadInput(reason="An import needs a project: say --project NAME.")
        project_names.check(name)
        text = self.read_text(path)
        graphs = imports.read(text, "standard input" if path == "-" else os.path.basename(path))
        try:
            found, new = self.folders.get(name), False
        except UnknownProject:
            found, new = self.folders.create(name, "", _now()), True
        if found.root:
            raise ProjectTaken(name=name, root=found.root)
        try:
            with self._open(found, create=True) as engine:
                engine.insert(graphs)
        except BaseException:
            if new:
                self.folders.delete(name)
            raise
        counted = [(len(_list(g.symbols)), len(_list(g.edges)), len(_list(g.chunks or ()))) for g in graphs]
        symbols, edges, chunks = (sum(column) for column in zip(*counted, strict=True)) if counted else (0, 0, 0)
        return Imported(name, new, len(graphs), symbols, edges, chunks)

    def _open(self, project: Project, *, create: bool = False, rebuild: bool = False) -> NativeEngine:
        if rebuild:
            return NativeEngine.rebuild(project.graph, wait=self.settings.lock_wait)
        return NativeEngine(project.graph, create=create, wait=self.settings.lock_wait)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _list(rows: Iterable[object]) -> list[object]:
    return list(rows)


def _size(folder: Path) -> tuple[int, float]:
    """How many bytes a project's folder takes, and when its graph was last written."""
    total, changed = 0, 0.0
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            status = entry.stat(follow_symlinks=False)
            total += status.st_size
            if entry.name.startswith("graph.db") and not entry.name.endswith("-shm"):
                changed = max(changed, status.st_mtime)
    return total, changed

"""Questions in plain language: the projects they go to, the files of queries, and the answers put together.

This module must not know how results are ranked or shown.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from loomgraph.errors import BadInput, LoomGraphError, NotFound, NothingIndexed, QueriesUnreadable
from loomgraph.lexicon import Lexicon
from loomgraph.retrieve.answering import coverage, merge_answers, merge_hits
from loomgraph.retrieve.context import Budget, Count
from loomgraph.retrieve.modes import mode_named
from loomgraph.retrieve.search import Filter
from loomgraph.service.asking import Asking
from loomgraph.settings.storing import NATIVE

if TYPE_CHECKING:
    from loomgraph.knowledge import GivenEntity, GivenRelation
    from loomgraph.retrieve.answer import Answer, Hits
    from loomgraph.retrieve.answering import Answerer
    from loomgraph.retrieve.modes import Mode
    from loomgraph.service.core import Core
    from loomgraph.workspaces.catalog import Project


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of a question: the mode, how much, and what results must be."""

    mode: str = "mix"
    top: int = 10
    kinds: Sequence[str] = ()
    path: str = ""
    languages: Sequence[str] = ()
    tests: bool | None = None
    max_entity_tokens: int = 6000
    max_relation_tokens: int = 8000
    max_total_tokens: int = 30000
    near: bool = True  # whether anybody will see names near to one that nothing has

    @property
    def budget(self) -> Budget:
        return Budget(self.max_entity_tokens, self.max_relation_tokens, self.max_total_tokens)


@dataclass(frozen=True, slots=True)
class Query:
    """A line of a file of queries."""

    id: Any
    text: str


_AT_ONCE = 16  # projects held open for all the questions; of more, each is opened when it is asked
# Held by a question that waits for nothing but this processor. SQLite gives up the interpreter at every row and
# statement: asked at once, such questions would hand it to and fro, take a tenth longer and end no sooner.
_TURN = threading.Lock()


class Asked(Protocol):
    """One project, ready for questions."""

    def search(self, text: str, top: int, only: Filter) -> Hits: ...

    def ask(self, text: str, top: int, only: Filter, budget: Budget, *, near: bool) -> Answer: ...


class Retrieval:
    """Some projects' graphs, opened for any number of questions."""

    def __init__(
        self, answerers: Sequence[Asked], first: Answerer, only: Filter, wish: Wish,
        turn: AbstractContextManager[object],
    ) -> None:  # fmt: skip
        self._answerers = answerers
        self._first = first
        self._only = only
        self._wish = wish
        self._turn = turn
        self._lexicon = Lexicon()

    def search(self, text: str) -> Hits:
        """The best definitions and passages of all projects."""
        with self._turn:
            found = [one.search(text, self._wish.top, self._only) for one in self._answerers]
        if len(found) == 1:
            return found[0]
        shares = [self._share(text, [hit.file + "\n" + hit.snippet for hit in one.results[:5]]) for one in found]
        return merge_hits(found, shares, self._wish.top)

    def ask(self, text: str) -> Answer:
        """What answers in all projects."""
        budget, near = self._wish.budget, self._wish.near
        with self._turn:
            found = [one.ask(text, self._wish.top, self._only, budget, near=near) for one in self._answerers]
        if len(found) == 1:
            return found[0]
        shares = [self._share(text, _texts(one)) for one in found]
        return merge_answers(found, shares, self._wish.top, budget, self._first.opened.count)

    def rows(self, answer: Answer) -> tuple[list[GivenEntity | None], list[GivenRelation | None]]:
        """The rows behind the parts of the last answer of one project, as they were given."""
        return self._first.rows(answer)

    @property
    def count(self) -> Count:
        """What counts tokens."""
        return self._first.opened.count

    def check(self, text: str) -> None:
        """Raise what is wrong with a question, if anything is."""
        self._first.opened.searcher.read(text)

    def _share(self, text: str, texts: Sequence[str]) -> float:
        return coverage(self._first.opened.searcher.read(text), texts, self._lexicon)


def _texts(answer: Answer) -> list[str]:
    found = [f"{one.file}\n{one.text}" for one in answer.passages[:5]]
    return found or [f"{one.symbol.id}\n{one.symbol.signature}\n{one.doc}" for one in answer.entities[:5]]


@contextlib.contextmanager
def _answering(service: Core, project: Project, mode: Mode) -> Iterator[Answerer]:
    found = service.find_project(project.name)
    with (
        service.engines.lease(found.name) as engine,
        engine.answering(found.name, mode, service.settings.embedding) as answerer,
    ):
        if answerer.opened.missing:
            service.vectors_wanted(found)
        yield answerer


class _Later:
    """One of many projects: opened for a question and closed after it, since a process may not hold a thousand open."""

    def __init__(self, opening: Callable[[], AbstractContextManager[Answerer]]) -> None:
        self._opening = opening

    def search(self, text: str, top: int, only: Filter) -> Hits:
        with self._opening() as answerer:
            return answerer.search(text, top, only)

    def ask(self, text: str, top: int, only: Filter, budget: Budget, *, near: bool) -> Answer:
        with self._opening() as answerer:
            return answerer.ask(text, top, only, budget, near=near)


@contextlib.contextmanager
def opened(service: Core, projects: Sequence[Project], wish: Wish) -> Iterator[Retrieval]:
    """Open ``projects`` for questions, each graph as it is now."""
    mode = mode_named(wish.mode)
    if wish.top < 1:
        raise BadInput(reason="At least one result must be wanted.")
    answerers: list[Asked] = []
    first: Answerer | None = None
    only = Filter()
    known: set[str] = set()
    with contextlib.ExitStack() as stack:
        for project in projects:
            opening = partial(_answering, service, project, mode)
            with contextlib.ExitStack() as looking:
                answerer = looking.enter_context(opening())
                reader = answerer.reader
                if project.root and not reader.generation():  # what an interrupted first index leaves
                    if len(projects) == 1:
                        raise NothingIndexed(name=project.name, root=project.root)
                    continue
                kinds = Asking(project.root, reader, None).symbol_kinds(wish.kinds)
                only = Filter(frozenset(kinds), wish.path, frozenset(wish.languages), wish.tests)
                if wish.languages:
                    known |= {name for name, _ in reader.counts().files_by_language}
                if len(answerers) < _AT_ONCE:
                    stack.enter_context(looking.pop_all())
                    first = first or answerer
                    answerers.append(answerer)
                else:
                    answerers.append(_Later(opening))
        missing = [name for name in wish.languages if name not in known]
        if missing:
            raise BadInput(reason=f"No file is of the language {missing[0]}. There are: {', '.join(sorted(known))}.")
        if first is None:
            raise NotFound(reason="Nothing is indexed yet. `loomgraph index PATH` does it.")
        yield Retrieval(answerers, first, only, wish, _turn(service, projects))


def _turn(service: Core, projects: Sequence[Project]) -> AbstractContextManager[object]:
    """What a question to ``projects`` holds while it is answered: nothing that others wait for while it waits itself,
    for a database, a model's server or one project after another."""
    waits = len(projects) > 1 or service.settings.embedding.remote
    waits = waits or any(one.engine != NATIVE or one.place.store != "sqlite" for one in projects)
    return contextlib.nullcontext() if waits else _TURN


def queries(lines: Iterable[str], path: str) -> Iterator[Query]:
    """The queries among ``lines``, one JSON object each, as they come; raises ``QueriesUnreadable`` with the line that
    is wrong."""
    from loomgraph.retrieve.data import load_words
    from loomgraph.retrieve.question import read_question

    words, lexicon = load_words(), Lexicon()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise QueriesUnreadable(path=path, line=number, reason=f"this is no JSON ({error})") from None
        if not isinstance(row, dict) or "id" not in row or not isinstance(row.get("query"), str):
            raise QueriesUnreadable(path=path, line=number, reason='not {"id": …, "query": "text"}')
        try:
            read_question(row["query"], words, lexicon)
        except LoomGraphError as error:
            raise QueriesUnreadable(path=path, line=number, reason=str(error)) from None
        yield Query(row["id"], row["query"])


def row(query: Query, hits: Hits) -> dict[str, Any]:
    """The answer to a query as one line of a batch: names dotted inside the file."""
    several = len(hits.projects) > 1
    results = []
    for hit in hits.results:
        found = {"file": hit.file, "start_line": hit.start_line, "end_line": hit.end_line,
                 "symbol": hit.symbol.qualified_name if hit.symbol else "", "score": hit.score}  # fmt: skip
        results.append({"project": hit.project, **found} if several else found)
    return {"id": query.id, "results": results}

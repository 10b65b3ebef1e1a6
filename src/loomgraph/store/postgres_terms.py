"""The inverted index of the PostgreSQL store: the strings by which files are found, as hashes (``sqlite_terms``).

A row a hash, with its files; a row a file, with its hashes. Must not know why anybody looks for a term.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from loomgraph.store import postgres_sql as sql
from loomgraph.store.base import FileGraph, term_mark

Ask = Callable[..., Iterable[Any]]
Put = Callable[[sql.Load, Sequence[sql.Row]], None]


class PostgresTerms:
    """The changes that one update makes to the index; ``first`` says that the index is empty."""

    def __init__(self, ask: Ask, put: Put, *, first: bool) -> None:
        self._ask, self._put, self._first = ask, put, first
        self._added: dict[int, list[int]] = {}
        self._dropped: dict[int, set[int]] = {}
        self._known: dict[str, dict[str, int]] = {letter: {} for letter in "pdc"}

    def drop(self, file: int) -> None:
        """The file is no longer found by anything."""
        for (marks,) in self._ask(sql.TERMS_OF_FILE, (file,)):
            for mark in marks:
                self._dropped.setdefault(mark, set()).add(file)

    def put(self, file: int, graph: FileGraph) -> None:
        """The file is found by what its graph says."""
        marks = {*graph.marks, *(term_mark("k", key) for key in graph.keys)}  # many, and seldom met again
        for letter, texts in (("p", graph.depends), ("d", graph.defined), ("c", graph.called)):
            known = self._known[letter]
            for text in texts:
                mark = known.get(text)
                if mark is None:
                    mark = known[text] = term_mark(letter, text)
                marks.add(mark)
        for mark in marks:
            self._added.setdefault(mark, []).append(file)
        if marks:
            self._put(sql.PUT_TERMS_OF_FILE, [(file, sorted(marks))])

    def finish(self) -> None:
        """Write what changed, one row a term."""
        changed = {} if self._first else self._before(sorted({*self._added, *self._dropped}))
        puts: list[sql.Row] = []
        gone: list[int] = []
        for mark in {**self._added, **self._dropped}:
            before = changed.get(mark, set())
            after = (before - self._dropped.get(mark, set())).union(self._added.get(mark, ()))
            if after and after != before:
                puts.append((mark, sorted(after)))
            elif before and not after:
                gone.append(mark)
        self._put(sql.PUT_TERM, puts)
        if gone:
            self._ask(sql.DROP_TERMS, (gone,))

    def _before(self, marks: list[int]) -> dict[int, set[int]]:
        return {mark: set(files) for mark, files in self._ask(sql.FILES_OF_TERMS, (marks,))}

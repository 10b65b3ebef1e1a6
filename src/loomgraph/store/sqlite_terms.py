"""The inverted index of the SQLite store: the strings by which files are found, one row a string.

A term is a string with a letter for its sort: a path (p) or key (k) that a file depends on, a name it defines (d) or
calls (c). The table holds a 48-bit hash of it and the files; a clash costs its asker one needless look. Must not know
why anybody looks for a term.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from loomgraph.store import sqlite_sql as sql
from loomgraph.store.base import FileGraph, term_mark
from loomgraph.store.sqlite_rows import pack_numbers, unpack_numbers

Many = Callable[[str, Sequence[Any]], Iterator[Any]]


class TermChanges(Protocol):
    """What an update does to an inverted index, whatever database it lies in."""

    def drop(self, file: int) -> None:
        """The file is no longer found by anything."""

    def put(self, file: int, graph: FileGraph) -> None:
        """The file is found by what its graph says."""

    def finish(self) -> None:
        """Write what changed."""


class TermWriter:
    """The changes that one update makes to the index; ``first`` says that the index is empty."""

    def __init__(self, connection: sqlite3.Connection, many: Many, *, first: bool) -> None:
        self._run = connection.execute
        self._run_all = connection.executemany
        self._many = many
        self._first = first
        ((self._last,),) = self._run(sql.LAST_TERM).fetchall()
        # A posting is the number of a term and then the files that this update adds to it.
        self._postings: dict[str, dict[str, array[int]]] = {letter: {} for letter in "pkdc"}
        self._by_mark: dict[int, array[int]] = {}
        self._new: list[tuple[int, array[int]]] = []
        self._dropped: dict[int, set[int]] = {}

    def drop(self, file: int) -> None:
        """The file is no longer found by anything."""
        for (data,) in self._run(sql.TERMS_OF_FILE, (file,)):
            for number in unpack_numbers(data):
                self._dropped.setdefault(number, set()).add(file)

    def put(self, file: int, graph: FileGraph) -> None:
        """The file is found by what its graph says."""
        groups = (("p", graph.depends), ("k", graph.keys), ("d", graph.defined), ("c", graph.called))
        found = array("I")
        for letter, texts in groups:
            self._add(file, letter, texts, found)
        self._add_marks(file, graph.marks, found)
        if found:
            self._run(sql.PUT_TERMS_OF_FILE, (file, pack_numbers(found)))

    def _add(self, file: int, letter: str, texts: Iterable[str], found: array[int]) -> None:
        postings = self._postings[letter]
        # Of a first filling keys are not remembered as texts: they are many, long, and seldom met in a second file.
        brief = self._first and letter == "k"
        if not self._first:
            texts = list(texts)
            self._look_up(letter, [text for text in texts if text not in postings])
        for text in texts:
            posting = postings.get(text)
            if posting is None:
                posting = self._posting(term_mark(letter, text))
                if not brief:
                    postings[text] = posting
            if posting[-1] != file or len(posting) == 1:
                posting.append(file)
                found.append(posting[0])

    def _add_marks(self, file: int, marks: Iterable[int], found: array[int]) -> None:
        marks = sorted(marks)
        if not self._first:
            for number, mark in self._many(sql.TERMS_BY_MARK, [mark for mark in marks if mark not in self._by_mark]):
                self._by_mark[mark] = array("I", (number,))
        for mark in marks:
            posting = self._posting(mark)
            if posting[-1] != file or len(posting) == 1:
                posting.append(file)
                found.append(posting[0])

    def _look_up(self, letter: str, texts: list[str]) -> None:
        marks = {term_mark(letter, text): text for text in texts}
        for number, mark in self._many(sql.TERMS_BY_MARK, list(marks)):
            if mark not in self._by_mark:
                self._by_mark[mark] = array("I", (number,))
            self._postings[letter][marks[mark]] = self._by_mark[mark]

    def _posting(self, mark: int) -> array[int]:
        found = self._by_mark.get(mark)
        if found is None:
            self._last += 1
            found = self._by_mark[mark] = array("I", (self._last,))
            self._new.append((mark, found))
        return found

    def finish(self) -> None:
        """Write what changed, one row a term."""
        self._run_all(sql.PUT_TERM, ((files[0], mark, pack_numbers(files[1:])) for mark, files in self._new))
        if self._first:
            return
        new = {files[0] for _, files in self._new}
        added = {files[0]: files[1:] for files in self._by_mark.values() if files[0] not in new}
        puts: list[tuple[bytes, int]] = []
        drops: list[tuple[int]] = []
        for number, data in self._many(sql.FILES_OF_TERM, sorted({*added, *self._dropped})):
            before = set(unpack_numbers(data))
            after = (before - self._dropped.get(number, set())).union(added.get(number, ()))
            if not after:
                drops.append((number,))
            elif after != before:
                puts.append((pack_numbers(sorted(after)), number))
        self._run_all(sql.CHANGE_TERM, puts)
        self._run_all(sql.DROP_TERM, drops)

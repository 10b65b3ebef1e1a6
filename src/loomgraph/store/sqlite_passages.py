"""Finding chunks by their terms, with SQLite's full-text index (FTS5), for any store that has a connection.

The index takes terms, not text: they are made elsewhere, stemming (Porter's) is the index's own. A row's number is
its file's number and its place in the file. Must not know what terms mean.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from loomgraph.store.base import PassageTerms

TABLE = "CREATE VIRTUAL TABLE passages USING fts5(path, names, doc, body, tokenize='porter ascii')"
PUT = "INSERT INTO passages (rowid, path, names, doc, body) VALUES (?, ?, ?, ?, ?)"
DROP = "DELETE FROM passages WHERE rowid BETWEEN ? AND ?"
SEARCH = "SELECT rowid, bm25(passages, ?, ?, ?, ?) AS score FROM passages WHERE passages MATCH ? ORDER BY score LIMIT ?"
COUNT = "SELECT count(*) FROM passages WHERE passages MATCH ?"
ENOUGH = 4  # times as many chunks as are wanted: where rarer terms find them, the commonest find nothing alone
_PLACE = 20  # bits of a row's number for the place in the file


def put(connection: sqlite3.Connection, file: int, passages: Iterable[PassageTerms]) -> None:
    """Add the passages of a file that has none."""
    connection.executemany(PUT, ((file << _PLACE | at, *terms) for at, terms in enumerate(passages)))


def drop(connection: sqlite3.Connection, file: int) -> None:
    """Take away the passages of a file."""
    connection.execute(DROP, (file << _PLACE, (file + 1 << _PLACE) - 1))


def search(
    connection: sqlite3.Connection, terms: Sequence[str], weights: Sequence[float], limit: int
) -> list[tuple[int, int, float]]:
    """(file, place, score) of the best matches, about twice ``limit`` so that ties can be cut by other means."""
    quoted = [f'"{word}"' for word in dict.fromkeys(term.replace('"', "") for term in terms) if word]
    if not quoted:
        return []
    found = connection.execute(SEARCH, (*weights, _query(connection, quoted, ENOUGH * limit), 2 * limit))
    mask = (1 << _PLACE) - 1
    return [(row >> _PLACE, row & mask, -score) for row, score in found]


def _query(connection: sqlite3.Connection, terms: Sequence[str], enough: int) -> str:
    """A query for any of ``terms``. To score a row costs ten times what it costs to find it, so the commonest terms
    only add to the score of rows that the others find, when those are ``enough``.

    Every term is named twice then, and all scores are twice as great: a term that is asked for and not needed cannot
    be said otherwise.
    """
    if len(terms) == 1:
        return terms[0]
    counts = sorted((connection.execute(COUNT, (term,)).fetchone()[0], at) for at, term in enumerate(terms))
    needed: set[int] = set()
    rows = 0
    for count, at in counts:
        if rows < enough:
            needed.add(at)
            rows += count
    rare = " OR ".join(term for at, term in enumerate(terms) if at in needed)
    common = " OR ".join(term for at, term in enumerate(terms) if at not in needed)
    return f"({rare}) AND ({rare} OR {common} OR {common})" if common else rare

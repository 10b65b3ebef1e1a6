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
SEARCH = (
    "SELECT rowid, -bm25(passages, ?, ?, ?, ?) FROM passages WHERE passages MATCH ? ORDER BY bm25(passages, ?, ?, ?, ?)"
    " LIMIT ?"
)
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
    words = [term.replace('"', "") for term in terms]
    query = " OR ".join(f'"{word}"' for word in dict.fromkeys(words) if word)
    if not query:
        return []
    found = connection.execute(SEARCH, (*weights, query, *weights, 2 * limit))
    mask = (1 << _PLACE) - 1
    return [(row >> _PLACE, row & mask, score) for row, score in found]

"""Finding chunks by their terms, with SQLite's full-text index (FTS5) in memory: what other stores rank by is this.

The index takes terms, not text: they are made elsewhere, stemming (Porter's) is the index's own. A row's number is
its file's number and its place in the file. Must not know what terms mean.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from loomgraph.store.base import PassageHits, PassageTerms
from loomgraph.store.bm25 import ENOUGH, split

CHUNKS, CARDS = "passages", "cards"  # the tables: what is quoted, and what only leads to symbols
TABLE = "CREATE VIRTUAL TABLE {table} USING fts5(path, names, doc, body, tokenize='porter ascii')"
PUT = "INSERT INTO {table} (rowid, path, names, doc, body) VALUES (?, ?, ?, ?, ?)"
SEARCH = "SELECT rowid, bm25({table}, ?, ?, ?, ?) AS score FROM {table} WHERE {table} MATCH ? ORDER BY score LIMIT ?"
COUNT = "SELECT count(*) FROM {table} WHERE {table} MATCH ?"
_PLACE = 20  # bits of a row's number for the place in the file


def put(connection: sqlite3.Connection, file: int, passages: Sequence[PassageTerms], cards: int = 0) -> None:
    """Add the passages of a file that has none; the last ``cards`` of them are cards."""
    first = len(passages) - cards
    rows = [(file << _PLACE | at, *terms) for at, terms in enumerate(passages)]
    connection.executemany(PUT.replace("{table}", CHUNKS), rows[:first])
    if cards:
        connection.executemany(PUT.replace("{table}", CARDS), rows[first:])


def search(
    connection: sqlite3.Connection, table: str, terms: Sequence[str], weights: Sequence[float], limit: int
) -> PassageHits:
    """The best matches; the files that were put are numbered in the order of their paths."""
    import numpy as np

    quoted = list(dict.fromkeys(filter(None, map(_quoted, terms))))
    if not quoted:
        return PassageHits.none()
    query = _query(connection, table, quoted, ENOUGH * limit)
    found = connection.execute(SEARCH.replace("{table}", table), (*weights, query, 2 * limit)).fetchall()
    rows = np.array([row for row, _ in found], np.intp)
    scores = np.array([-score for _, score in found], np.float64)
    return PassageHits.best(rows >> _PLACE, rows & ((1 << _PLACE) - 1), scores, limit)


def counts(connection: sqlite3.Connection, terms: Sequence[str]) -> list[int]:
    """How many passages hold each of ``terms``."""
    return [sum(_count(connection, table, word) for table in (CHUNKS, CARDS)) for word in map(_quoted, terms)]


def _count(connection: sqlite3.Connection, table: str, quoted: str) -> int:
    found: int = connection.execute(COUNT.replace("{table}", table), (quoted,)).fetchone()[0] if quoted else 0
    return found


def _quoted(term: str) -> str:
    """A term as the query language has it, "" for none."""
    bare = term.replace('"', "")
    return f'"{bare}"' if bare else ""


def _query(connection: sqlite3.Connection, table: str, terms: Sequence[str], enough: int) -> str:
    """A query for any of ``terms``. To score a row costs ten times what it costs to find it, so the commonest terms
    only add to the score of rows that the others find, when those are ``enough``.

    Every term is named twice then, and all scores are twice as great: a term that is asked for and not needed cannot
    be said otherwise.
    """
    if len(terms) == 1:
        return terms[0]
    needed, others = split([_count(connection, table, term) for term in terms], enough)
    rare = " OR ".join(terms[at] for at in needed)
    common = " OR ".join(terms[at] for at in others)
    return f"({rare}) AND ({rare} OR {common} OR {common})" if common else rare

"""A shelf in an SQLite database."""

import sqlite3

from .base import Shelf

SCHEMA = "CREATE TABLE IF NOT EXISTS copies (isbn TEXT PRIMARY KEY, count INTEGER NOT NULL)"


class SqliteShelf(Shelf):
    """Copies in a table; every change is a transaction."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path)
        self.connection.execute(SCHEMA)

    def take(self, isbn: str) -> bool:
        with self.connection:
            done = self.connection.execute("UPDATE copies SET count = count - 1 WHERE isbn = ? AND count > 0", (isbn,))
        return done.rowcount == 1

    def put(self, isbn: str) -> None:
        with self.connection:
            self.connection.execute(
                "INSERT INTO copies VALUES (?, 1) ON CONFLICT (isbn) DO UPDATE SET count = count + 1", (isbn,)
            )

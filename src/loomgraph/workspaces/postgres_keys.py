"""Keys in the database that holds the projects: every host that uses it lets the same callers in.

This module must not know what a key lets through.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Hashable, Iterator

from loomgraph.errors import KeysUnreadable
from loomgraph.store import postgres_keys as sql
from loomgraph.store.postgres_database import Connection, Database, answer
from loomgraph.workspaces.keys import Kept, loaded

_FIELDS = ("id", "label", "admin", "grants", "created", "digest")


class KeyTable:
    """The keys of a database (see :class:`loomgraph.workspaces.keys.KeyStorage`), which somebody else closes."""

    far = True

    def __init__(self, database: Database) -> None:
        self._database = database

    def stamp(self) -> Hashable | None:
        """The number of changes so far."""
        ((changes, made),) = self._database.ask(sql.CHANGES)
        return int(changes) if made else None

    def read(self) -> tuple[Kept, ...] | None:
        with self._database.connection() as connection:
            ((_, made),) = answer(connection, sql.CHANGES)
            return tuple(self._all(connection)) if made else None

    @contextlib.contextmanager
    def changing(self) -> Iterator[list[Kept]]:
        with self._database.connection() as connection:
            connection.execute(sql.CHANGE, (True,))  # the row is locked from here on
            before = self._all(connection)
            kept = list(before)
            yield kept
            for gone in {one.key.id for one in before} - {one.key.id for one in kept}:
                connection.execute(sql.REMOVE, (gone,))
            for one in kept:
                if one not in before:
                    key = one.key
                    row = (key.id, key.label, key.admin, json.dumps(dict(key.grants)), key.created, one.digest)
                    connection.execute(sql.PUT, row)

    def forget(self) -> None:
        with self._database.connection() as connection:
            connection.execute(sql.CHANGE, (False,))
            connection.execute(sql.REMOVE_ALL)

    def _all(self, connection: Connection) -> list[Kept]:
        try:
            rows = (dict(zip(_FIELDS, row, strict=True)) for row in answer(connection, sql.ALL))
            return [loaded({**row, "grants": json.loads(row["grants"])}) for row in rows]
        except (ValueError, KeyError, TypeError) as error:
            raise KeysUnreadable(path=f"{self._database}, table loomgraph.keys", reason="it is damaged") from error

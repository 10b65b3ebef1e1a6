"""A bounded cache in an SQLite file: bytes by key, shared by any number of threads and processes.

What lies in it can be made again, so nothing here is an error: a file that cannot be used is as good as none, and one
that is damaged is thrown away. What was used least of late goes first. It must not know what is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_WAIT = 2.0  # seconds for another process
_BATCH = 900
_RECENT = 3_600_000  # milliseconds in which a use is not noted again
_LEAVE = 0.8  # of the bytes, once there are too many
_TABLE = "CREATE TABLE IF NOT EXISTS kept (key BLOB PRIMARY KEY, used INTEGER NOT NULL, data BLOB NOT NULL)"
_HELD = (
    "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
)
_PUT = "INSERT INTO kept VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET used = excluded.used, data = excluded.data"
_OLDEST = """
DELETE FROM kept WHERE key IN (
    SELECT key FROM (SELECT key, sum(length(data)) OVER (ORDER BY used DESC, key) AS held FROM kept)
    WHERE held > ? * (SELECT sum(length(data)) FROM kept))"""


def key_of(*parts: str) -> bytes:
    """The key of what some texts name together."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.digest()


class CacheFile:
    """The cache at ``path``, of ``most`` bytes about; without a path, or with none, nothing is kept.

    A connection is open only as long as a call takes, so nothing has to be closed, and the file may go at any time.
    """

    def __init__(self, path: str | Path, most: int) -> None:
        self._path = Path(path) if path and most else None
        self._most = most

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is there of ``keys``."""
        found: dict[bytes, bytes] = {}
        if self._path is None or not keys or not self._path.exists():
            return found
        try:
            with self._open(self._path) as connection:
                _read(connection, keys, found)
        except sqlite3.Error as error:
            self._throw_away(self._path, error)
        return found

    def put(self, rows: Mapping[bytes, bytes]) -> None:
        """Keep more."""
        if self._path is None or not rows:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._open(self._path) as connection:
                _write(connection, rows, self._most)
        except OSError:
            return
        except sqlite3.Error as error:
            self._throw_away(self._path, error)

    @contextlib.contextmanager
    def _open(self, path: Path) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(path, timeout=_WAIT)) as connection:
            connection.execute("PRAGMA page_size = 8192")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(_TABLE)
            yield connection

    @staticmethod
    def _throw_away(path: Path, error: sqlite3.Error) -> None:
        """What SQLite cannot do is left undone; a damaged file goes."""
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
                with contextlib.suppress(OSError):
                    name.unlink()


def _read(connection: sqlite3.Connection, keys: Sequence[bytes], found: dict[bytes, bytes]) -> None:
    now = int(time.time() * 1000)
    stale: list[tuple[int, bytes]] = []
    for start in range(0, len(keys), _BATCH):
        some = keys[start : start + _BATCH]
        marks = ",".join("?" * len(some))
        for key, used, data in connection.execute(f"SELECT * FROM kept WHERE key IN ({marks})", some):
            found[key] = data
            if now - used > _RECENT:
                stale.append((now, key))
    if stale:
        with connection:
            connection.executemany("UPDATE kept SET used = ? WHERE key = ?", stale)


def _write(connection: sqlite3.Connection, rows: Mapping[bytes, bytes], most: int) -> None:
    now = int(time.time() * 1000)
    with connection:
        connection.executemany(_PUT, [(key, now, data) for key, data in rows.items()])
    ((held,),) = connection.execute(_HELD)
    if held > most:
        with connection:  # the room is used again
            connection.execute(_OLDEST, (_LEAVE * most / held,))

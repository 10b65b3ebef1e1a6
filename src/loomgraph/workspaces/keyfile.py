"""Keys in ``keys.json`` of the data folder, which the owner alone may read.

This module must not know what a key lets through.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Hashable, Iterator
from dataclasses import asdict
from pathlib import Path

from loomgraph.errors import KeysUnreadable, StoreUnwritable
from loomgraph.workspaces.keys import Kept, loaded

FORMAT = 1
_FILE = "keys.json"
_LOCK = ".keys.lock"
_WAIT = 30.0


class KeyFile:
    """The keys of a data folder (see :class:`loomgraph.workspaces.keys.KeyStorage`)."""

    far = False

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / _FILE

    def stamp(self) -> Hashable | None:
        """Which file it is: each change makes another."""
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeysUnreadable(path=str(self._path), reason=error.strerror or str(error)) from error
        return found.st_ino, found.st_mtime_ns, found.st_size

    def read(self) -> tuple[Kept, ...] | None:
        try:
            plain = json.loads(self._path.read_text("utf-8"))
            if plain["format"] > FORMAT:
                raise KeysUnreadable(path=str(self._path), reason="a newer version of loomgraph wrote it")
            return tuple(loaded(row) for row in plain["keys"])
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeysUnreadable(path=str(self._path), reason=error.strerror or str(error)) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise KeysUnreadable(path=str(self._path), reason="it is damaged") from error

    @contextlib.contextmanager
    def changing(self) -> Iterator[list[Kept]]:
        with self._locked():
            kept = list(self.read() or ())
            yield kept
            rows = [{**asdict(one.key), "digest": one.digest} for one in kept]
            text = json.dumps({"format": FORMAT, "keys": rows}, indent=1) + "\n"
            draft = self._path.with_name(f".{_FILE}-{os.urandom(4).hex()}")
            try:
                descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with open(descriptor, "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(draft, self._path)
            except OSError as error:
                draft.unlink(missing_ok=True)
                raise StoreUnwritable(path=str(self._path), reason=error.strerror or str(error)) from error

    def forget(self) -> None:
        with self._locked():
            self._path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        from loomgraph.indexing.lock import exclusive

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnwritable(path=str(self._path.parent), reason=error.strerror or str(error)) from error
        with exclusive(self._path.parent / _LOCK, timeout=_WAIT):
            yield

"""Keys of the server: made, listed, revoked, and looked up by the token that a caller sends.

A token is 256 random bits, so a fast hash is enough: there is nothing to guess that a slow one would make dearer. Only
its SHA-256 is kept, in ``keys.json`` of the data folder, which the owner alone may read. A file that cannot be read
lets nobody in. Every look-up sees what other processes have made or revoked. This module must not know projects.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from loomgraph.errors import KeysUnreadable, StoreUnwritable, Unauthorized, UnknownKey
from loomgraph.workspaces.rights import EVERYTHING, READ, WRITE, Rights

FORMAT = 1
_FILE = "keys.json"
_LOCK = ".keys.lock"
_WAIT = 30.0
_TOKEN = "lg_"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is listed: never its token. ``grants`` are rights by project, where it is no administrator's."""

    id: str
    label: str
    admin: bool
    grants: Mapping[str, str] = field(default_factory=dict)
    created: str = ""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A key with the hash of its token."""

    key: Key
    digest: str


class Keys:
    """The keys of a data folder. ``master`` is a token with all rights that the settings give."""

    def __init__(self, data_dir: Path, master: str = "") -> None:
        self._path = data_dir / _FILE
        self._master = _digest(master) if master else ""
        self._seen: tuple[tuple[int, int, int] | None, tuple[_Kept, ...] | None] = (None, None)

    def needed(self) -> bool:
        """Whether a caller needs a key: as soon as one was made, also when all have been revoked since."""
        return bool(self._master) or self._kept() is not None

    def all(self) -> list[Key]:
        """Every key, the oldest first."""
        return [kept.key for kept in self._kept() or ()]

    def rights(self, token: str) -> Rights:
        """What the holder of ``token`` ("" for none) may do; raises ``Unauthorized``.

        Every key is compared, and each in the same time, so that an answer's delay says nothing about any.
        """
        kept = self._kept()
        if kept is None and not self._master:
            return EVERYTHING
        given = _digest(token)
        found = EVERYTHING if self._master and hmac.compare_digest(given, self._master) else None
        for one in kept or ():
            if hmac.compare_digest(given, one.digest):
                found = Rights(one.key.admin, one.key.grants, one.key.id)
        if found is None or not token:
            raise Unauthorized
        return found

    def create(self, label: str, *, admin: bool, grants: Mapping[str, str], created: str) -> tuple[Key, str]:
        """A new key and its token, which nobody can read again."""
        token = _TOKEN + base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
        key = Key(os.urandom(4).hex(), label, admin, dict(grants), created)
        with self._changing() as kept:
            kept.append(_Kept(key, _digest(token)))
        return key, token

    def revoke(self, key_id: str) -> Key:
        """Take a key away; raises ``UnknownKey``."""
        with self._changing() as kept:
            found = [one for one in kept if one.key.id == key_id]
            if not found:
                raise UnknownKey(id=key_id)
            kept.remove(found[0])
        return found[0].key

    def rename_project(self, name: str, new_name: str) -> None:
        """Let the rights on a project follow its new name; rights on a project that had that name before go."""
        if not any({name, new_name} & set(key.grants) for key in self.all()):
            return
        with self._changing() as kept:
            for at, one in enumerate(kept):
                grants = {project: right for project, right in one.key.grants.items() if project != new_name}
                if name in grants:
                    grants[new_name] = grants.pop(name)
                kept[at] = replace(one, key=replace(one.key, grants=grants))

    def forget(self) -> None:
        """Forget all keys: nobody needs one any more."""
        with self._locked():
            self._path.unlink(missing_ok=True)

    # -- the file ---------------------------------------------------------------------------------------------

    def _kept(self) -> tuple[_Kept, ...] | None:
        """The keys as they are now; None when none was ever made. The file is read when it is another one."""
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeysUnreadable(path=str(self._path), reason=error.strerror or str(error)) from error
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        seen, kept = self._seen
        if seen != stamp:
            kept = self._read()
            self._seen = (stamp, kept)
        return kept

    def _read(self) -> tuple[_Kept, ...] | None:
        try:
            plain = json.loads(self._path.read_text("utf-8"))
            if plain["format"] > FORMAT:
                raise KeysUnreadable(path=str(self._path), reason="a newer version of loomgraph wrote it")
            return tuple(_loaded(row) for row in plain["keys"])
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeysUnreadable(path=str(self._path), reason=error.strerror or str(error)) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise KeysUnreadable(path=str(self._path), reason="it is damaged") from error

    @contextlib.contextmanager
    def _changing(self) -> Iterator[list[_Kept]]:
        """The keys to change in place; written whole or not at all, and nobody else writes meanwhile."""
        with self._locked():
            kept = list(self._read() or ())
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

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        from loomgraph.indexing.lock import exclusive

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnwritable(path=str(self._path.parent), reason=error.strerror or str(error)) from error
        with exclusive(self._path.parent / _LOCK, timeout=_WAIT):
            yield


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _loaded(row: Mapping[str, object]) -> _Kept:
    grants, digest = row["grants"], row["digest"]
    if not isinstance(grants, dict) or set(grants.values()) - {READ, WRITE} or not isinstance(row["admin"], bool):
        raise ValueError("not the rights of a key")
    if not isinstance(digest, str) or len(digest) != 64:
        raise ValueError("not a hash")
    return _Kept(Key(str(row["id"]), str(row["label"]), row["admin"], grants, str(row["created"])), digest)

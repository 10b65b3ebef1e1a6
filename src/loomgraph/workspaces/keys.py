"""Keys of the server: made, listed, revoked, and looked up by the token that a caller sends.

A token is 256 random bits, so a fast hash is enough: there is nothing to guess that a slow one would make dearer. Only
its SHA-256 is kept, where the projects are: in a file or in a table. What cannot be read lets nobody in. Every look-up
sees what other processes have made or revoked. This module must not know projects.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Hashable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol

from loomgraph.errors import Unauthorized, UnknownKey
from loomgraph.workspaces.rights import EVERYTHING, READ, WRITE, Rights

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
class Kept:
    """A key with the hash of its token."""

    key: Key
    digest: str


class KeyStorage(Protocol):
    """Where keys are kept; what is wrong there is ``KeysUnreadable`` or ``StoreError``."""

    far: bool  # whether a look takes longer than one at a file

    def stamp(self) -> Hashable | None:
        """What changes with every change; None when no key was ever made. Cheap: asked for every look-up."""

    def read(self) -> tuple[Kept, ...] | None:
        """The keys as they are now, the oldest first; None when none was ever made."""

    def changing(self) -> AbstractContextManager[list[Kept]]:
        """The keys to change in place; written whole or not at all, and nobody else writes meanwhile."""

    def forget(self) -> None:
        """As if no key had ever been made."""


class Keys:
    """The keys in a storage. ``master`` is a token with all rights that the settings give."""

    def __init__(self, storage: KeyStorage, master: str = "") -> None:
        self._storage = storage
        self._master = _digest(master) if master else ""
        self._seen: tuple[Hashable | None, tuple[Kept, ...] | None] = (None, None)

    @property
    def far(self) -> bool:
        """Whether a look-up takes so long that others should not wait for it."""
        return self._storage.far

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
        with self._storage.changing() as kept:
            kept.append(Kept(key, _digest(token)))
        return key, token

    def revoke(self, key_id: str) -> Key:
        """Take a key away; raises ``UnknownKey``."""
        with self._storage.changing() as kept:
            found = [one for one in kept if one.key.id == key_id]
            if not found:
                raise UnknownKey(id=key_id)
            kept.remove(found[0])
        return found[0].key

    def rename_project(self, name: str, new_name: str) -> None:
        """Let the rights on a project follow its new name; rights on a project that had that name before go."""
        if not any({name, new_name} & set(key.grants) for key in self.all()):
            return
        with self._storage.changing() as kept:
            for at, one in enumerate(kept):
                grants = {project: right for project, right in one.key.grants.items() if project != new_name}
                if name in grants:
                    grants[new_name] = grants.pop(name)
                kept[at] = replace(one, key=replace(one.key, grants=grants))

    def forget(self) -> None:
        """Forget all keys: nobody needs one any more."""
        self._storage.forget()

    def _kept(self) -> tuple[Kept, ...] | None:
        """The keys as they are now; None when none was ever made. They are read when they have changed."""
        stamp = self._storage.stamp()
        seen, kept = self._seen
        if stamp is None:
            return None
        if seen != stamp:
            kept = self._storage.read()
            self._seen = (stamp, kept)
        return kept


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def loaded(row: Mapping[str, object]) -> Kept:
    """A key from how it is kept; raises ``ValueError``, ``KeyError`` or ``TypeError`` for what is none."""
    grants, digest = row["grants"], row["digest"]
    if not isinstance(grants, dict) or set(grants.values()) - {READ, WRITE} or not isinstance(row["admin"], bool):
        raise ValueError("not the rights of a key")
    if not isinstance(digest, str) or len(digest) != 64:
        raise ValueError("not a hash")
    return Kept(Key(str(row["id"]), str(row["label"]), row["admin"], grants, str(row["created"])), digest)

"""Who may do what: the keys of the server, and the service as the holder of a key sees it.

This module must not know how a key travels.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from loomgraph.errors import BadInput, KeysUnreadable
from loomgraph.service.core import Core, now
from loomgraph.workspaces import names
from loomgraph.workspaces.rights import ANY, READ, WRITE

if TYPE_CHECKING:  # hashes take a while to load, and most commands need none
    from loomgraph.workspaces.keys import Key as Key
    from loomgraph.workspaces.keys import Keys

_LONGEST_LABEL = 200


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made. ``token`` is what its holder sends; it is shown this once."""

    key: Key
    token: str


class Access(Core):
    """Keys, and what they let through."""

    @property
    def keys(self) -> Keys:
        """The registry of keys: whether one is needed, and what the holder of a token may do."""
        from loomgraph.workspaces.keys import Keys

        return self.shared.once(Keys, lambda: Keys(self.catalog.key_storage(), self.settings.server.api_key.reveal()))

    def admitted(self, token: str) -> Self:
        """The service as the holder of ``token`` ("" for none) sees it; raises ``Unauthorized``."""
        return self.seen_by(self.keys.rights(token))

    def list_keys(self) -> list[Key]:
        """Every key, without its token."""
        self.needs_admin()
        return self.keys.all()

    def create_key(
        self, label: str = "", *, admin: bool = False, read: Sequence[str] = (), write: Sequence[str] = ()
    ) -> NewKey:
        """Make a key for all that can be done, or to read or write projects (``*``: all of them).

        A project need not be there yet: who may write it may make it.
        """
        self.needs_admin()
        grants = {**dict.fromkeys(read, READ), **dict.fromkeys(write, WRITE)}
        if admin == bool(grants):
            raise BadInput(reason="A key is either an administrator's or for projects: say which it may read or write.")
        if len(label) > _LONGEST_LABEL or not (label.isprintable() or not label):
            raise BadInput(reason=f"A label is printable text of at most {_LONGEST_LABEL} characters.")
        for name in grants:
            if name != ANY:
                names.check(name)
        return NewKey(*self.keys.create(label, admin=admin, grants=grants, created=now()))

    def revoke_key(self, key_id: str) -> Key:
        """Take a key away; its holder is refused from the next request on."""
        self.needs_admin()
        return self.keys.revoke(key_id)

    def forget_keys(self) -> int:
        """Forget every key: nobody needs one any more. Gives how many there were."""
        self.needs_admin()
        count = 0
        with contextlib.suppress(KeysUnreadable):  # then, too, forgetting helps
            count = len(self.keys.all())
        self.keys.forget()
        return count

"""What a caller may do: everything, or to read or write some projects.

This module must not know where keys come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

READ, WRITE = "read", "write"
ANY = "*"  # in place of a project's name: every project there is and will be


@dataclass(frozen=True, slots=True)
class Rights:
    """What the holder of a key may do; ``key`` is the key's id, for logs."""

    admin: bool = False
    grants: Mapping[str, str] = field(default_factory=dict)
    key: str = ""

    def may_read(self, project: str) -> bool:
        return self.admin or project in self.grants or ANY in self.grants

    def may_write(self, project: str) -> bool:
        return self.admin or WRITE in (self.grants.get(project), self.grants.get(ANY))


EVERYTHING = Rights(admin=True)

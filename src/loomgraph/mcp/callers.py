"""Who asks, and which projects they may ask about.

On standard input and output it is the user who started the program: everything, by default the project of the folder.
On a server it is the holder of a key, which the server checks before a request comes here. A project that the caller
has no right to reads like one that does not exist.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from loomgraph.errors import BadInput

if TYPE_CHECKING:
    from loomgraph.service import Service


class Caller:
    """Somebody who asks: the service as they may see it, and the project they mean when they name none.

    ``local`` says that they stand in a folder here, which names a project too.
    """

    def __init__(self, service: Service, default: str = "", local: bool = True) -> None:
        self.service = service
        self._default = default
        self._local = local

    def names(self) -> list[str]:
        """The projects that the caller may read."""
        return [one.name for one in self.service.project_names()]

    def project(self, name: str = "") -> str:
        """The project that is meant; raises ``UnknownProject`` also for one that the caller may not read."""
        name = name.strip() or self._default
        if not name and not self._local:
            names = self.names()
            if len(names) != 1:
                raise BadInput(reason="Say which project: list_projects lists them.")
            return names[0]
        return self.service.find_project(name).name

    def nearest(self, name: str) -> list[str]:
        """Names of projects near to one that is not there."""
        names = self.names()
        folded = {one.lower(): one for one in names}
        near = [folded[found] for found in difflib.get_close_matches(name.lower(), folded, 5, 0.4)]
        return near or names[:5]


class Callers(Protocol):
    """Finds out who asks from what came with a call: the request of HTTP, or nothing."""

    def __call__(self, request: Any) -> Caller: ...


@dataclass(frozen=True, slots=True)
class Local:
    """Everybody is the user who started the program."""

    service: Service
    default: str = ""

    def __call__(self, request: Any) -> Caller:
        return Caller(self.service, self.default)

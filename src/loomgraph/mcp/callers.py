"""Who asks, and which projects they may ask about.

On standard input and output it is the user who started the program: everything, by default the project of the folder.
On a server it is the holder of a key, which the server checks before a request comes here. A project that the caller
has no right to reads like one that does not exist.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from loomgraph.errors import BadInput, UnknownProject, printable

if TYPE_CHECKING:
    from loomgraph.service import Service


class Rights(Protocol):
    """What the holder of a key may do."""

    def may(self, project: str, right: str) -> bool: ...


class Caller:
    """Somebody who asks, with rights (``None``: all) and the project they mean when they name none."""

    def __init__(self, service: Service, rights: Rights | None = None, default: str = "", local: bool = True) -> None:
        self.service = service
        self._rights = rights
        self._default = default
        self._local = local

    def names(self) -> list[str]:
        """The projects that the caller may read."""
        return [one.name for one in self.service.project_names() if self._may(one.name)]

    def project(self, name: str = "") -> str:
        """The project that is meant; raises ``UnknownProject`` also for one that the caller may not read."""
        name = name.strip() or self._default
        if not name and self._local:
            return self.service.find_project().name
        if not name:
            names = self.names()
            if len(names) == 1:
                return names[0]
            raise BadInput(reason="Say which project: list_projects lists them.")
        if not self._may(name):
            raise UnknownProject(name=printable(name)[:100])
        return self.service.find_project(name).name

    def nearest(self, name: str) -> list[str]:
        """Names of projects near to one that is not there."""
        names = self.names()
        folded = {one.lower(): one for one in names}
        near = [folded[found] for found in difflib.get_close_matches(name.lower(), folded, 5, 0.4)]
        return near or names[:5]

    def _may(self, name: str) -> bool:
        return self._rights is None or self._rights.may(name, "read")


class Callers(Protocol):
    """Finds out who asks from what came with a request: the request of HTTP, or nothing."""

    def __call__(self, request: Any) -> Caller: ...


@dataclass(frozen=True, slots=True)
class Local:
    """Everybody is the user who started the program."""

    service: Service
    default: str = ""

    def __call__(self, request: Any) -> Caller:
        return Caller(self.service, None, self.default)


class RightsOf(Protocol):
    """The rights that a server found for a request, and the headers that came with it."""

    def __call__(self, request: Any) -> tuple[Rights, Mapping[str, str]]: ...


@dataclass(frozen=True, slots=True)
class ByKey:
    """The holder of a key, as the server knows them; the header LIGHTRAG-WORKSPACE names the usual project."""

    service: Service
    rights_of: RightsOf

    def __call__(self, request: Any) -> Caller:
        rights, headers = self.rights_of(request)
        return Caller(self.service, rights, headers.get("lightrag-workspace", ""), local=False)

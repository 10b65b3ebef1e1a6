"""Where projects are: each at an address of its own, or several on one server.

A map comes from code, or from a small TOML or JSON file. This module must not know what is asked there.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from loomgraph.errors import BadInput, UnknownProject

_KEYS = frozenset({"url", "project", "key", "header"})


@dataclass(frozen=True, slots=True)
class Place:
    """One project: an address, and the name it has there ("" when the address is the project's own).

    With ``header`` the name is sent as LIGHTRAG-WORKSPACE, as LightRAG's code-graph servers take it; else it stands in
    the path, as LoomGraph's own API has it. The key never shows.
    """

    url: str
    project: str = ""
    key: str = ""
    header: bool = False

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise BadInput(reason=f"{self.url!r} is no address of a server: give http://host:port.")
        if parts.username or parts.password:
            raise BadInput(reason=f"The address of {parts.hostname} holds a password: give it as key.")

    def __repr__(self) -> str:
        return f"Place({self.url!r}, {self.project!r})"

    @property
    def base(self) -> str:
        """What the routes of the project begin with."""
        own = self.url.rstrip("/")
        return f"{own}/api/v1/projects/{quote(self.project, safe='')}" if self.project and not self.header else own

    @property
    def root(self) -> str:
        """What the routes of the server begin with."""
        return self.url.rstrip("/")

    @property
    def headers(self) -> dict[str, str]:
        found = {"X-API-Key": self.key} if self.key else {}
        if self.project and self.header:
            found["LIGHTRAG-WORKSPACE"] = self.project
        return found


class Places(Mapping[str, Place]):
    """The map: names of projects, each with its place. With ``server``, any other name is a project there."""

    def __init__(self, places: Mapping[str, Place | str] | None = None, *, server: Place | None = None) -> None:
        self._places = {
            name: Place(place) if isinstance(place, str) else place for name, place in (places or {}).items()
        }
        self.server = server

    @classmethod
    def load(cls, path: str | Path) -> Places:
        """Read a map: ``server`` and its ``key``, and ``projects``, each a URL or a table of url, project, key,
        header."""
        place = Path(path)
        try:
            text = place.read_text("utf-8")
            plain = json.loads(text) if place.suffix == ".json" else tomllib.loads(text)
        except OSError as error:
            raise BadInput(reason=f"{place} cannot be read: {error.strerror}.") from None
        except ValueError as error:
            raise BadInput(reason=f"{place}: {error}.") from None
        try:
            return cls.of(plain)
        except BadInput as error:
            raise BadInput(reason=f"{place}: {error}") from None

    @classmethod
    def of(cls, plain: Any) -> Places:
        """A map from plain data, as a file holds it."""
        if not isinstance(plain, dict) or not set(plain) <= {"server", "key", "header", "projects"}:
            raise BadInput(reason="A map of projects holds server, key, header and projects, and nothing else.")
        key, header = str(plain.get("key", "")), bool(plain.get("header", False))
        server = Place(_text(plain, "server"), "", key, header) if "server" in plain else None
        projects = plain.get("projects", {})
        if not isinstance(projects, dict):
            raise BadInput(reason="projects must be a table of names.")
        places = {name: _place(name, given, server, header) for name, given in projects.items()}
        return cls(places, server=server)

    def __getitem__(self, name: str) -> Place:
        if name in self._places:
            return self._places[name]
        if self.server is None:
            raise UnknownProject(name=name)
        return replace(self.server, project=name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _text(plain: dict[str, Any], name: str) -> str:
    if not isinstance(plain.get(name), str):
        raise BadInput(reason=f"{name} must be text.")
    return str(plain[name])


def _place(name: str, given: Any, server: Place | None, header: bool) -> Place:
    if isinstance(given, str):
        return Place(given)  # the key of the server is for the server alone
    if not isinstance(given, dict) or not set(given) <= _KEYS:
        raise BadInput(reason=f"projects.{name} must be a URL, or a table of {', '.join(sorted(_KEYS))}.")
    if "url" in given:
        key = str(given.get("key", ""))
        return Place(_text(given, "url"), str(given.get("project", "")), key, bool(given.get("header", header)))
    if server is None:
        raise BadInput(reason=f"projects.{name} has no url, and there is no server.")
    key = str(given.get("key", server.key))
    return replace(server, project=str(given.get("project", name)), key=key, header=bool(given.get("header", header)))

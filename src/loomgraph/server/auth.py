"""Who may ask what: keys, names of hosts, origins of pages.

Without keys everybody who reaches the server may do everything, which is why it then listens to this machine alone.
What the holder of a key may do the service decides; this module must not know projects.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from loomgraph.errors import (
    DatabaseUnavailable,
    HostRefused,
    InvalidRequest,
    OriginRefused,
    Unauthorized,
    printable,
)
from loomgraph.service import Service

Answer = TypeVar("Answer")
_OWN_NAMES = frozenset({"localhost", "testserver"})
# What can be had without a key even where keys are needed: that the server is there, and how to ask it.
PUBLIC = frozenset({"/", "/health", "/auth-status", "/api/version", "/docs", "/openapi.json"})
PUBLIC_BELOW = ("/docs/",)


class Guard:
    """Checks callers of one server."""

    def __init__(self, service: Service, bound: str) -> None:
        self._service = service
        self._settings = service.settings.server
        self._bound = bound.lower()

    async def admitted(self, headers: Headers, scope: Scope) -> Service | None:
        """The service as whoever asks may see it; None for somebody without a key at what is public."""

        def check() -> Service | None:
            self._check_caller(headers, scope)
            return self._seen(headers, scope)

        return await self._looked(check)

    async def needs_keys(self) -> bool:
        """Whether there is any key."""
        return await self._looked(self._service.keys.needed)

    async def _looked(self, look: Callable[[], Answer]) -> Answer:
        """What a look at the keys gives; others go on meanwhile when these are not on this machine."""
        return await asyncio.to_thread(look) if self._service.keys.far else look()

    # -- where a request comes from ---------------------------------------------------------------------------

    def _check_caller(self, headers: Headers, scope: Scope) -> None:
        """Refuse names this server has not, and pages that have no business here."""
        host = headers.get("host", "")
        if len(headers.getlist("host")) > 1:
            raise InvalidRequest(reason="it has more than one Host header")
        if not self._known_host(host):
            raise HostRefused(host=printable(host)[:200])
        origin = headers.get("origin", "")
        if origin and origin != "null" and scope["method"] != "OPTIONS" and not self._known_origin(origin, host):
            raise OriginRefused(origin=printable(origin)[:200])
        if headers.get("sec-fetch-site") == "cross-site" and not origin and scope["method"] not in ("GET", "HEAD"):
            raise OriginRefused(origin="another site")

    def _known_host(self, host: str) -> bool:
        allowed = self._settings.allowed_hosts
        if "*" in allowed:
            return True
        name = _host_name(host)
        if name in _OWN_NAMES or name == self._bound or name in (entry.lower() for entry in allowed):
            return True
        if _is_address(name):
            return True  # a page can rebind a name, not an address
        return not allowed and self._service.keys.needed()

    def _known_origin(self, origin: str, host: str) -> bool:
        allowed = self._settings.cors_origins
        return "*" in allowed or origin in allowed or urlsplit(origin).netloc.lower() == host.lower()

    # -- who it is --------------------------------------------------------------------------------------------

    def _seen(self, headers: Headers, scope: Scope) -> Service | None:
        try:
            return self._service.admitted(presented(headers))
        except (Unauthorized, DatabaseUnavailable):
            path = scope["path"]
            if path in PUBLIC or path.startswith(PUBLIC_BELOW) or scope["method"] == "OPTIONS":
                return None  # browsers ask by OPTIONS whether they may ask, and send no key with that
            raise


def presented(headers: Headers) -> str:
    """The key that a request brings; two that differ are none."""
    found = {value.strip() for value in headers.getlist("x-api-key")}
    for value in headers.getlist("authorization"):
        kind, _, token = value.strip().partition(" ")
        if kind.lower() == "bearer":
            found.add(token.strip())
    found.discard("")
    return found.pop() if len(found) == 1 else ""


def _host_name(host: str) -> str:
    name = host.lower()
    if name.startswith("["):
        return name[1 : name.find("]")]
    return name.rsplit(":", 1)[0] if name.count(":") == 1 else name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False

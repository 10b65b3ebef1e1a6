"""What lies around a server on this machine: the port it would take, and the proxy that its requests would go through.

For the doctor: findings in words that say what to do. This module must not know who reads them.
"""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from loomgraph.service.answers import Fact

if TYPE_CHECKING:
    from loomgraph.settings import Settings


def surroundings(settings: Settings) -> list[Fact]:
    """The port and the proxies."""
    return [Fact("port", _port(settings.server.host, settings.server.port)), *_proxies(settings)]


def _port(host: str, port: str) -> str:
    """Whether `loomgraph serve` could listen."""
    if not port.isdecimal() or int(port) > 65535:
        return f"{port} is no port: set LOOMGRAPH_SERVE_PORT to a number from 0 to 65535"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"{host}:{port} is taken: by a server that runs, or set LOOMGRAPH_SERVE_PORT to another one"
            if error.errno == errno.EACCES:
                return f"{host}:{port} is for the administrator: set LOOMGRAPH_SERVE_PORT to one above 1023"
            why = error.strerror or str(error)
            return f"{host}:{port} cannot be used ({why}): set LOOMGRAPH_SERVE_HOST to an address of this machine"
    return f"{host}:{port} is free"


def _proxies(settings: Settings) -> list[Fact]:
    """Which servers of models are reached through a proxy, and how to go past it."""
    found = []
    servers = [("language model", settings.llm.base_url)] if settings.llm.ready else []
    servers += [("embedding server", settings.embedding.base_url)] if settings.embedding.remote else []
    proxies = getproxies()
    for name, url in servers:
        parts = urlsplit(url)
        host = parts.hostname or ""
        proxy = proxies.get(parts.scheme) or proxies.get("all")
        if not proxy or host in ("localhost", "::1") or host.startswith("127.") or proxy_bypass(host):
            continue
        where = urlsplit(proxy).netloc.rpartition("@")[2] or "a proxy"
        found.append(Fact("proxy", f"the {name} at {host} is reached through {where}; NO_PROXY={host} goes past it"))
    return found

"""Which ports are free: those that neither the plan names nor anybody listens at now. Nothing is sent to anybody."""

from __future__ import annotations

import errno
import socket

from loomgraph.deploy.plan import DEFAULT_PROJECT, Deployment
from loomgraph.errors import NoPortLeft, PortTaken


def listening(port: int) -> bool:
    """Whether somebody on this machine listens at the port, on any address."""
    return any(_refused(family, address, port) for family, address in _EVERYWHERE)


_EVERYWHERE = ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"))


def _refused(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((address, port))
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


def choose(deployment: Deployment, name: str, inside: int = 0, outside: int = 0) -> tuple[int, int]:
    """The ports of a new process: those asked for, else the first free of the ranges; ``default`` has a pair of its
    own. Raises ``PortTaken`` or ``NoPortLeft`` before anything is written."""
    ports = deployment.ports
    reserved = {ports.default_inside, ports.default_outside} if name == DEFAULT_PROJECT else set()
    if name == DEFAULT_PROJECT:
        inside, outside = inside or ports.default_inside, outside or ports.default_outside
    taken = {port: what for port, what in deployment.taken() if port not in reserved}
    found_inside = _one(inside, ports.inside, taken, name)
    found_outside = _one(outside, ports.outside, {**taken, found_inside: f"{name} itself"}, name)
    return found_inside, found_outside


def _one(wish: int, span: tuple[int, int], taken: dict[int, str], name: str) -> int:
    if wish:
        if wish in taken:
            raise PortTaken(port=wish, name=name, reason=f"it is that of {taken[wish]} in the plan")
        if listening(wish):
            raise PortTaken(port=wish, name=name, reason="somebody listens there now")
        return wish
    for port in range(span[0], span[1] + 1):
        if port not in taken and not listening(port):
            return port
    raise NoPortLeft(first=span[0], last=span[1], name=name)

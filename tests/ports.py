"""Ports for the servers of tests: below those that the system gives to clients, and for each worker its own.

A port that the system gave once may be a client's before the server listens there. Tests of what a plan gives to
projects name their ports: they say themselves who listens, since the system may give any of those to another test.
"""

from __future__ import annotations

import os
import socket

import pytest

from loomgraph.deploy import ports

_FIRST, _EACH = 12_000, 2_000
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 9
_given = os.getpid() % _EACH


def free_port() -> int:
    """A port at which nobody listens, another one each time."""
    global _given
    for _ in range(_EACH):
        _given = (_given + 1) % _EACH
        port = _FIRST + _WORKER * _EACH + _given
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue  # somebody has it
    raise OSError("every port of this worker is taken")


def free_ports(count: int) -> list[int]:
    """Ports at which nobody listens, all of them different."""
    return [free_port() for _ in range(count)]


def heard_only(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The ports at which somebody listens as far as a plan can tell, none at first: whatever listens on the machine."""
    heard: set[int] = set()
    monkeypatch.setattr(ports, "listening", heard.__contains__)
    return heard

"""Asking a server of a deployment whether it is there, directly and never through a proxy of the environment.

What goes wrong is an answer here, never an error. This module must not know what servers there are.
"""

from __future__ import annotations

import http.client
import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, NamedTuple

_MOST = 65536  # bytes of an answer that are looked at


class Answer(NamedTuple):
    """What came: the status and the body, or 0 and what went wrong; and how long it took."""

    status: int
    body: bytes
    problem: str
    seconds: float

    @property
    def good(self) -> bool:
        """Whether it is an answer of a server that is well."""
        return 200 <= self.status < 300

    def said(self) -> dict[str, Any]:
        """The body, where it is a JSON object."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def ask(url: str, patience: float, headers: Mapping[str, str] | None = None) -> Answer:
    """The answer to GET ``url``."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    began = time.monotonic()
    try:
        with opener.open(urllib.request.Request(url, headers=dict(headers or {})), timeout=patience) as found:
            return Answer(found.status, found.read(_MOST), "", time.monotonic() - began)
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read(_MOST), f"HTTP {error.code}", time.monotonic() - began)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(0, b"", _words(error), time.monotonic() - began)


def _words(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    return str(getattr(reason, "strerror", "") or reason or type(error).__name__)


def listens(host: str, port: int) -> bool:
    """Whether somebody has the port there, so that a server of ours could not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trying:
        trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trying.bind((host, port))
        except OSError:
            return True
    return False

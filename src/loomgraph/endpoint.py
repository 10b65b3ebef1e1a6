"""A server with OpenAI's API: how it is called, and what is said of it when it cannot be used.

The connections, the key and the words for what went wrong are here, once, for language models and for embeddings. A
reason names the host and never the key, also where the server repeats it. This module must not know what is asked of
a server.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

if TYPE_CHECKING:
    import httpx

    from loomgraph.settings import Secret

_REASON = 300  # characters of a server's own words that are repeated
_LOOPBACK = ("localhost", "::1")


class Refused(Exception):
    """The server answered with an error: its status, its words, and how long it wants to be left alone."""

    def __init__(self, status: int, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.wait = wait


class Unreached(Exception):
    """No whole answer came. ``unsent``: the server cannot have seen the request; ``late``: it took too long."""

    def __init__(self, reason: str, *, unsent: bool = False, late: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unsent = unsent
        self.late = late


class Endpoint:
    """The base address of an API with the key for it."""

    def __init__(self, base_url: str, key: Secret) -> None:
        self._base = base_url.rstrip("/")
        self._key = key.reveal()
        self.host = shown_host(base_url)

    def __repr__(self) -> str:
        return f"Endpoint({self.host})"

    def is_deaf(self, seconds: float) -> bool:
        """Whether nothing at the address takes or refuses a connection within some seconds; behind a proxy, nobody
        knows."""
        parts = urlsplit(self._base)
        name = parts.hostname or ""
        if not _is_loopback(name) and getproxies():
            return False
        try:
            socket.create_connection((name, parts.port or (443 if parts.scheme == "https" else 80)), seconds).close()
        except TimeoutError:
            return True
        except OSError:  # the request itself says why
            return False
        return False

    def url(self, path: str) -> str:
        """The address of one call."""
        return f"{self._base}/{path}"

    def client(self, timeout: httpx.Timeout, connections: int, *, keep: bool) -> httpx.Client:
        """A client for it; ``keep`` keeps connections open between calls. Whoever asked for it closes it."""
        import httpx

        parts = urlsplit(self._base)
        name = parts.hostname or ""
        loopback = _is_loopback(name)
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=None if keep else 0)
        # certificates take longer to load than many a request takes: only where they are needed; a proxy of the
        # environment is for what is not on this machine
        return httpx.Client(
            headers=headers, timeout=timeout, limits=limits, verify=parts.scheme == "https", trust_env=not loopback
        )

    def hidden(self, text: str) -> str:
        """``text`` in one short line, without the key."""
        if self._key:
            text = text.replace(self._key, "…")
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return line if len(line) <= _REASON else line[: _REASON - 1] + "…"

    def refusal(self, status: int, body: bytes, retry_after: str = "") -> Refused:
        """What a server's error says."""
        said = self.hidden(_message(body))
        words = {401: "it refuses the key", 403: "it refuses the key", 404: "it knows no such model or address",
                 429: "it has too much to do"}.get(status, "it answered with an error")  # fmt: skip
        reason = f"{words} (status {status}{f': {said}' if said else ''})"
        return Refused(status, reason, _seconds(retry_after))

    def failure(self, error: Exception, seconds: float) -> Unreached:
        """What an exception of the client's says; ``seconds`` is how long it was to wait."""
        import httpx

        if isinstance(error, httpx.ConnectTimeout):
            return Unreached(f"no connection within {seconds:g} s", unsent=True, late=True)
        if isinstance(error, httpx.TimeoutException):
            return Unreached(f"no answer within {seconds:g} s", late=True)
        if isinstance(error, (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol)):
            return Unreached(f"no connection ({self.hidden(str(error))})", unsent=True)
        if isinstance(error, (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ssl.SSLError)):
            return Unreached(f"the connection broke ({self.hidden(str(error)) or type(error).__name__})")
        raise error


def _is_loopback(name: str) -> bool:
    return name in _LOOPBACK or name.startswith("127.")


def shown_host(base_url: str) -> str:
    """Host and port of an address: what errors name it by."""
    parts = urlsplit(base_url)
    return parts.netloc.rpartition("@")[2] or base_url


def _message(body: bytes) -> str:
    """What an error's body says, in whichever of the usual shapes."""
    text = body.decode("utf-8", "replace")
    try:
        found: Any = json.loads(text)
    except ValueError:
        return "" if text.lstrip().startswith("<") else text
    if isinstance(found, dict):
        found = found.get("error", found.get("message", found.get("detail", found)))
        if isinstance(found, dict):
            found = found.get("message", found)
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _seconds(retry_after: str) -> float:
    """``Retry-After`` in seconds from now, given as a number or as a date; 0 for neither."""
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return 0.0

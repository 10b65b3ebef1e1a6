"""What a server refuses, and what a client of one meets.

This module must not know who raises or who shows an error.
"""

from __future__ import annotations

from loomgraph.errors.asked import BadInput, NotFound
from loomgraph.errors.base import LoomGraphError
from loomgraph.errors.graphs import StoreError


class InvalidRequest(BadInput):
    """The request is not one this route takes: {reason}. The routes with their parameters: docs/http-api.md, or /docs
    of the server."""

    code = "invalid_request"


class NoSources(BadInput):
    """The request names no source to take away: source_ids is empty."""

    code = "no_sources"


class ConflictingProject(BadInput):
    """The request names more than one project: {reason}. Name one, in the path or in the header LIGHTRAG-WORKSPACE."""

    code = "conflicting_project"


class KeysUnreadable(StoreError):
    """The keys in {path} cannot be read: {reason}. Nobody is let in. Mend them, or `loomgraph keys forget`."""

    code = "keys_unreadable"


class UnknownKey(NotFound):
    """There is no key {id}. `loomgraph keys` lists them by their ids."""

    code = "unknown_key"


class IndexRefused(BadInput):
    """This server may not index {what}. What it may stands in the setting `{setting}`."""

    code = "index_refused"


class CheckoutFailed(BadInput):
    """{url} could not be fetched: {reason}. Check the address, and that the server's user may read it."""

    code = "checkout_failed"


class UnknownJob(NotFound):
    """There is no job {id}. Ended ones are remembered for a while, not for ever."""

    code = "unknown_job"


class Unauthorized(LoomGraphError):
    """This server needs a key. Send one as `X-API-Key: …` or `Authorization: Bearer …`; `loomgraph keys create` makes
    them."""

    code = "unauthorized"


class Forbidden(LoomGraphError):
    """The key has no right to do this: {reason}."""

    code = "forbidden"


class HostRefused(LoomGraphError):
    """This server is not called {host}. Name it in the setting `allowed_hosts`, or call it by its address."""

    code = "host_refused"


class OriginRefused(LoomGraphError):
    """Pages of {origin} may not use this server. Name them in the setting `cors_origins` if they should."""

    code = "origin_refused"


class UnknownRoute(NotFound):
    """There is no route {path}. The routes: docs/http-api.md, or /docs of the server."""

    code = "unknown_route"


class MethodNotAllowed(LoomGraphError):
    """The route {path} does not take {method}. The routes: docs/http-api.md, or /docs of the server."""

    code = "method_not_allowed"


class BodyTooLarge(LoomGraphError):
    """The body has more than {limit} bytes, the most that this route takes. Send it in parts; the setting
    `max_body_bytes` raises the limit for inserts."""

    code = "body_too_large"


class BodyTooSlow(LoomGraphError):
    """The body did not arrive in time: {reason}. Send it again, faster or in parts."""

    code = "body_too_slow"


class ServerBusy(LoomGraphError):
    """The server has more to do than it can: {reason}. Try again in a moment."""

    code = "server_busy"


class UnsafeBind(BadInput):
    """Everybody who reaches {host} could read and change every project. Make keys first (`loomgraph keys create`),
    or say --insecure if the network itself keeps others out."""

    code = "unsafe_bind"


class AddressTaken(LoomGraphError):
    """{host}:{port} cannot be listened at: {reason}. Choose another port with --port."""

    code = "address_taken"


class ServerUnreachable(LoomGraphError):
    """The server {url} cannot be reached: {reason}. Check the address, and that `loomgraph serve` runs there."""

    code = "server_unreachable"


class ServerTooSlow(LoomGraphError):
    """The server {url} gave no answer in {seconds} seconds. Try again, or allow more time."""

    code = "server_too_slow"


class ServerFailed(LoomGraphError):
    """The server {url} answered {status}: {reason}"""

    code = "server_failed"

"""How surfaces answer an error: the exit code of a command, the status of an HTTP answer.

This module must not know who raises or who shows an error.
"""

from __future__ import annotations

from typing import NamedTuple


class Response(NamedTuple):
    """How an error is answered: the exit code of a command, the status of an HTTP answer."""

    exit: int
    http: int


# Looked up by the class of an error, then by its parents: a new error needs a line only when it differs.
# Exit codes: 1 failed, 2 bad input (as click's own), 3 not there, 4 ambiguous, 5 graph unusable, 6 busy, 7 no room
# or no permission, 8 something is not installed, 9 refused for want of rights,
# 10 a server could not be asked.
RESPONSES: dict[str, Response] = {
    "internal": Response(1, 500),
    "bad_input": Response(2, 422),
    "invalid_project_name": Response(2, 400),
    "conflicting_project": Response(2, 400),
    "no_sources": Response(2, 400),
    "unauthorized": Response(9, 401),
    "forbidden": Response(9, 403),
    "index_refused": Response(9, 403),
    "host_refused": Response(9, 421),
    "origin_refused": Response(9, 403),
    "method_not_allowed": Response(2, 405),
    "body_too_large": Response(2, 413),
    "body_too_slow": Response(2, 408),
    "server_busy": Response(6, 503),
    "address_taken": Response(7, 500),
    "server_unreachable": Response(10, 502),
    "server_too_slow": Response(10, 504),
    "server_failed": Response(10, 502),
    "deploy": Response(7, 409),
    "plan_invalid": Response(2, 422),
    "port_taken": Response(2, 409),
    "no_port_left": Response(7, 409),
    "instance_exists": Response(2, 409),
    "instance_runs": Response(6, 409),
    "deployment_exists": Response(2, 409),
    "instance_failed": Response(1, 500),
    "program_missing": Response(8, 500),
    "some_failed": Response(1, 500),
    "watch_runs": Response(6, 409),
    "alert_failed": Response(1, 500),
    "instance_holds": Response(2, 409),
    "archive_damaged": Response(5, 422),
    "backup_failed": Response(5, 500),
    "not_pushable": Response(2, 409),
    "push_incomplete": Response(6, 409),
    "not_found": Response(3, 404),
    "ambiguous_symbol": Response(4, 409),
    "entity_exists": Response(2, 409),
    "relation_exists": Response(2, 409),
    "symbol_indexed": Response(2, 409),
    "not_supported": Response(8, 501),
    "store": Response(5, 500),
    "graph_missing": Response(3, 404),
    "graph_busy": Response(6, 503),
    "graph_changed": Response(6, 409),
    "index_interrupted": Response(130, 503),
    "nothing_indexed": Response(3, 409),
    "database_unavailable": Response(10, 503),
    "lightrag_failed": Response(10, 503),
    "lightrag_merged": Response(2, 500),
    "lightrag_needs_vectors": Response(2, 422),
    "update_running": Response(6, 409),
    "project_taken": Response(2, 409),
    "disk_full": Response(7, 507),
    "store_unwritable": Response(7, 500),
    "missing_extra": Response(8, 501),
    "model_server": Response(9, 503),
    "llm_not_set": Response(2, 422),
}


def response_to(error: BaseException) -> Response:
    """How to answer ``error``: by its own code or that of its nearest parent that has one in the map."""
    for kind in type(error).__mro__:
        found = RESPONSES.get(getattr(kind, "code", "") if "code" in vars(kind) else "")
        if found:
            return found
    return RESPONSES["internal"]

"""What goes wrong with LightRAG as an engine.

This module must not know who raises or who shows an error.
"""

from __future__ import annotations

from loomgraph.errors.base import LoomGraphError
from loomgraph.errors.graphs import StoreError


class LightRagFailed(StoreError):
    """LightRAG could not {what}: {reason}. Rows that were sent are kept beside it, and brought to it by the next
    request that reaches it. Check the servers that its storages are on (LIGHTRAG_…_STORAGE), then try again."""

    code = "lightrag_failed"


class LightRagEnded(LightRagFailed):
    """The process that LightRAG runs in ended while it was to {what} ({reason}). Nothing that was answered as done is
    lost: try again, the next request starts another."""

    code = "lightrag_ended"


class LightRagMerged(LoomGraphError):
    """{names} would put all projects into one workspace of LightRAG: it counts for every project, whatever its name.
    Remove it from the environment, the file .env or the service's unit."""

    code = "lightrag_merged"


class LightRagNeedsVectors(LoomGraphError):
    """LightRAG finds everything by vectors, and the setting `embedding` is none. Set it to static, which needs no
    server, or to a server's."""

    code = "lightrag_needs_vectors"

"""What :mod:`loomgraph.service.ahead` is, where projects lie in a database."""

from __future__ import annotations

from loomgraph.store import postgres as store
from loomgraph.workspaces import postgres as workspaces

__all__ = ["store", "workspaces"]

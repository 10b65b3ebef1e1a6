"""The words in which surfaces speak of graphs as entities and relations: what goes into ``Graphs`` and comes out.

Apart from it, since a command that needs none of them should not pay for them.
"""

from __future__ import annotations

from loomgraph.engines.base import Coupling, Degree, Deleted, EntityChange, Inserted, RelationChange, Subgraph
from loomgraph.knowledge import GivenEntity, GivenRelation

__all__ = [
    "Coupling", "Degree", "Deleted", "EntityChange", "GivenEntity", "GivenRelation", "Inserted", "RelationChange",
    "Subgraph",
]  # fmt: skip

"""Graphs as entities and relations: lists, parts, measures, and edits of what was inserted.

Rows are LightRAG's own (``GivenEntity``, ``GivenRelation``). This module must not know how they are sent.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from loomgraph.service.core import Core
from loomgraph.service.filling import vectors_follow

if TYPE_CHECKING:  # their reader takes a while to load, and most commands need none: ``service.rows`` gives them
    from loomgraph.engines.base import Deleted, Engine, EntityChange, GraphView, Health, RelationChange
    from loomgraph.knowledge import GivenEntity, GivenRelation


class Graphs(Core):
    """A project's graph as entities and relations."""

    @contextlib.contextmanager
    def graph(self, project: str = "") -> Iterator[GraphView]:
        """The graph as it is now; what can be asked of it is in ``GraphView``."""
        found = self.find_project(project)
        with self.engines.lease(found.name) as engine, engine.view() as view:
            yield view

    def health(self, project: str = "") -> Health:
        """How the engine of a project is, and what it does not hold as it was given."""
        found = self.find_project(project)
        with self.engines.lease(found.name) as engine:
            return engine.health()

    @contextlib.contextmanager
    def _editing(self, project: str, *, create: bool = False) -> Iterator[Engine]:
        """The engine of a project whose vectors follow what is done to it."""
        with self.engines.lease(project, create=create) as engine:
            yield engine
        vectors_follow(self, project)

    def create_entity(self, project: str, entity: GivenEntity) -> GivenEntity:
        """Raises ``EntityExists``."""
        with self._editing(self.for_insert(project).name, create=True) as engine:
            return engine.create_entity(entity)

    def edit_entity(self, project: str, name: str, change: EntityChange, *, merge: bool = False) -> GivenEntity:
        """Change an entity; ``merge`` allows a new name that another one has."""
        with self._editing(self.writable(project).name) as engine:
            return engine.edit_entity(name, change, merge=merge)

    def delete_entity(self, project: str, name: str) -> Deleted:
        """Take away an entity with its relations."""
        with self._editing(self.writable(project).name) as engine:
            return engine.delete_entity(name)

    def merge_entities(
        self, project: str, sources: Sequence[str], target: str, change: EntityChange | None = None
    ) -> GivenEntity:
        """Make several entities one."""
        with self._editing(self.writable(project).name) as engine:
            return engine.merge_entities(sources, target, change)

    def create_relation(self, project: str, relation: GivenRelation) -> GivenRelation:
        """Raises ``UnknownEntity`` for an end that is not there, ``RelationExists`` for one that is."""
        with self._editing(self.writable(project).name) as engine:
            return engine.create_relation(relation)

    def edit_relation(
        self, project: str, source: str, target: str, change: RelationChange, keywords: str = ""
    ) -> GivenRelation:
        """Change a relation; of several between the two, ``keywords`` say which."""
        with self._editing(self.writable(project).name) as engine:
            return engine.edit_relation(source, target, change, keywords)

    def delete_relation(self, project: str, source: str, target: str, keywords: str = "") -> Deleted:
        """Take away the relations between two, or those of ``keywords`` alone."""
        with self._editing(self.writable(project).name) as engine:
            return engine.delete_relation(source, target, keywords)

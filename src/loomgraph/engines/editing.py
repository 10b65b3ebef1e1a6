"""Edits of what was inserted, one entity or relation at a time: create, change, delete, merge.

Everything that comes from indexed source changes with the source alone; an edit of it is ``SymbolIndexed``. An entity
may be connected to what is indexed: that is a relation of its own. It must not know how rows become a graph.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from loomgraph.engines.base import Deleted, EntityChange, RelationChange
from loomgraph.engines.merging import Merge, Rows
from loomgraph.errors import BadInput, EntityExists, RelationExists, SymbolIndexed, UnknownEntity, UnknownRelation
from loomgraph.knowledge import GivenEntity, GivenRelation, edge_kinds

_SEPARATOR = "\n"


class Editing:
    """Edits on top of a merge."""

    def __init__(self, merge: Merge) -> None:
        self._merge = merge

    # -- entities ---------------------------------------------------------------------------------------------

    def create_entity(self, entity: GivenEntity) -> GivenEntity:
        """Add an entity that nobody described; a placeholder becomes it."""
        self._not_indexed(entity.entity_name)
        if self._merge.home_of(entity.entity_name):
            raise EntityExists(name=entity.entity_name)
        self._merge.put_entities([entity])
        return entity

    def edit_entity(self, name: str, change: EntityChange, merge: bool) -> GivenEntity:
        """Change an entity, or its name; a placeholder becomes an entity by it."""
        row = self._entity(name)
        new = change.name or name
        if not new:
            raise BadInput(reason="An entity needs a name.")
        changed = _changed(row, change, new)
        if new == name:
            self._merge.put_entities([changed])
            return changed
        self._not_indexed(new)
        if self._exists(new):
            if not merge:
                raise EntityExists(name=new)
            return self.merge_entities([name], new, EntityChange(description=change.description))
        self._drop(name)
        self._merge.put_entities([changed])
        self._rename(name, new)
        return changed

    def delete_entity(self, name: str) -> Deleted:
        """Take away an entity and every inserted relation that it has."""
        self._entity(name)
        entities = int(self._drop(name))
        relations = 0
        for rows in self._at(name):
            relations += rows.filter_relations(lambda row: name not in (row.src_id, row.tgt_id))
        return Deleted(entities, relations, 0)

    def merge_entities(self, sources: Sequence[str], target: str, change: EntityChange | None = None) -> GivenEntity:
        """Make several entities one: the target's own words, or the first's where it has none, and all descriptions."""
        names = [name for name in dict.fromkeys(sources) if name != target]
        if not names or not target:
            raise BadInput(reason="Name the entities to merge, and the one they become.")
        rows = [self._entity(name) for name in names]
        self._not_indexed(target)
        known = self._merge.entity(target)
        merged = known or msgspec.structs.replace(rows[0], entity_name=target)
        said = dict.fromkeys(row.description for row in ([known] if known else []) + rows if row.description)
        merged = msgspec.structs.replace(merged, description=_SEPARATOR.join(said))
        if change is not None:
            merged = _changed(merged, change, target)
        for name in names:
            self._drop(name)
        self._merge.put_entities([merged])
        for name in names:
            self._rename(name, target)
        return merged

    def _entity(self, name: str) -> GivenEntity:
        """The row of an entity, an empty one for a placeholder."""
        self._not_indexed(name)
        row = self._merge.entity(name)
        if row is None:
            if not self._merge.is_placeholder(name):
                raise UnknownEntity(name=name)
            row = GivenEntity(name)
        return row

    def _exists(self, name: str) -> bool:
        return bool(self._merge.home_of(name)) or self._merge.is_placeholder(name)

    def _not_indexed(self, name: str) -> None:
        if self._merge.is_indexed(name):
            raise SymbolIndexed(name=name)

    def _drop(self, name: str) -> bool:
        """Take an entity's row away; says whether there was one."""
        home = self._merge.home_of(name)
        return bool(home) and self._merge.rows(home).entities.pop(name, None) is not None

    def _at(self, name: str) -> list[Rows]:
        """The rows of every inserted file with relations at an entity."""
        return [self._merge.rows(path) for path in self._merge.at(name)]

    def _rename(self, old: str, new: str) -> None:
        """Make relations of one entity those of another."""
        for rows in self._at(old):
            moved = [row for ends in list(rows.relations) if old in ends for row in rows.relations.pop(ends)]
            for row in moved:
                source, target = (new if end == old else end for end in (row.src_id, row.tgt_id))
                renamed = msgspec.structs.replace(row, src_id=source, tgt_id=target)
                if row.source_id or row.file_path:
                    rows.put_relation(renamed, edge_kinds(renamed.keywords))
                else:
                    self._merge.put_relation(renamed)

    # -- relations --------------------------------------------------------------------------------------------

    def create_relation(self, relation: GivenRelation) -> GivenRelation:
        """Add a relation between two that exist, of kinds that they do not have between them yet."""
        for name in (relation.src_id, relation.tgt_id):
            if not self._merge.is_indexed(name) and not self._exists(name):
                raise UnknownEntity(name=name)
        wanted = edge_kinds(relation.keywords).keys()
        known = self._between(relation.src_id, relation.tgt_id)
        if any(not wanted.isdisjoint(edge_kinds(row.keywords)) for row in known):
            raise RelationExists(source=relation.src_id, target=relation.tgt_id)
        self._merge.put_relation(relation)
        return relation

    def edit_relation(self, source: str, target: str, change: RelationChange, keywords: str) -> GivenRelation:
        """Change the relation between two; of several, that of ``keywords``, or else the first."""
        path, row = self._relation(source, target, keywords)
        fields = ("description", "keywords", "weight", "source_id", "file_path")
        values = {field: value for field in fields if (value := getattr(change, field)) is not None}
        changed = msgspec.structs.replace(row, **values)
        rows = self._merge.rows(path)
        rows.filter_relations(lambda one: one is not row)
        self._merge.put_relation(changed)
        return changed

    def delete_relation(self, source: str, target: str, keywords: str) -> Deleted:
        """Take away the inserted relations between two, or those of ``keywords`` alone."""
        self._relation(source, target, keywords)
        wanted = edge_kinds(keywords) if keywords else {}
        gone = 0
        for path in self._merge.between(source, target):
            rows = self._merge.rows(path)
            gone += rows.drop_kinds((source, target), wanted)
        return Deleted(0, gone, 0)

    def _between(self, source: str, target: str) -> list[GivenRelation]:
        paths = self._merge.between(source, target)
        return [row for path in paths for row in self._merge.rows(path).relations.get((source, target), ())]

    def _relation(self, source: str, target: str, keywords: str) -> tuple[str, GivenRelation]:
        wanted = edge_kinds(keywords) if keywords else {}
        for path in self._merge.between(source, target):
            for row in self._merge.rows(path).relations.get((source, target), ()):
                if not wanted or not wanted.keys().isdisjoint(edge_kinds(row.keywords)):
                    return path, row
        if self._merge.is_linked(source, target, wanted):
            raise SymbolIndexed(name=f"The relation from {source} to {target}")
        raise UnknownRelation(source=source, target=target)


def _changed(row: GivenEntity, change: EntityChange, name: str) -> GivenEntity:
    fields = ("entity_type", "description", "source_id", "file_path")
    values = {field: value for field in fields if (value := getattr(change, field)) is not None}
    return msgspec.structs.replace(row, entity_name=name, **values)

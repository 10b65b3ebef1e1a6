"""Rows given → what each file says: who replaces whom, and which file a row belongs to.

The graph that was inserted is a function of three tables: entities by name; relations by file, ends and kind; chunks by
source and order. A row replaces what it names in them, whichever body brings it, so bodies may be cut anywhere and sent
again. A row belongs to the file of its source, one without a source to a bucket by the hash of its name, so that one
more row never rewrites much. This module reads a graph, never writes it; it must not know symbols or edges.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain

import msgspec

from loomgraph.engines.base import Deleted
from loomgraph.errors import GraphDamaged
from loomgraph.knowledge import (
    CustomKg,
    GivenChunk,
    GivenEntity,
    GivenRelation,
    Packed,
    Said,
    bucket,
    edge_kinds,
    pack,
    place_of,
    unpack,
)
from loomgraph.model import Edge, Symbol
from loomgraph.store.base import FileRecord, Reader
from loomgraph.store.inserted import packed_rows

ASIDE = " (inserted)"  # the file of rows whose own file is indexed source
SOURCE = "source:"  # what the keys begin with by which the files of a source id are found

Ends = tuple[str, str]
Slot = tuple[str, int]


class Rows:
    """The rows of one file, by what they name."""

    __slots__ = ("before", "chunks", "entities", "relations")

    def __init__(self, said: Said | None = None, before: bytes = b"") -> None:
        self.before = before
        self.entities = {row.entity_name: row for row in said.entities} if said else {}
        self.relations: dict[Ends, list[GivenRelation]] = {}
        self.chunks: dict[Slot, list[GivenChunk]] = {}
        if said:
            for row in said.relations:
                self.relations.setdefault((row.src_id, row.tgt_id), []).append(row)
            for chunk in said.chunks:
                self.chunks.setdefault(slot_of(chunk), []).append(chunk)

    def put_relation(self, row: GivenRelation, kinds: dict[str, str]) -> None:
        """Add a relation; others between the same ends lose the kinds that it names."""
        ends = row.src_id, row.tgt_id
        others = self.relations.get(ends)
        self.relations[ends] = [*_without(others, kinds), row] if others else [row]

    def filter_relations(self, stays: Callable[[GivenRelation], bool]) -> int:
        """Take away the relations that do not stay; gives how many."""
        gone = 0
        for ends in list(self.relations):
            kept = [row for row in self.relations[ends] if stays(row)]
            gone += len(self.relations[ends]) - len(kept)
            if kept:
                self.relations[ends] = kept
            else:
                del self.relations[ends]
        return gone

    def drop_kinds(self, ends: Ends, kinds: Collection[str]) -> int:
        """Take away the relations between two, or only some of their kinds; gives how many lost any."""
        before = self.relations.pop(ends, [])
        kept = list(_without(before, kinds)) if kinds else []
        if kept:
            self.relations[ends] = kept
        return len(before) - sum(row in before for row in kept)

    def said(self) -> Said:
        """All rows in their order."""
        relations: list[GivenRelation] = []
        for ends in sorted(self.relations):
            rows = self.relations[ends]
            relations += sorted(rows, key=_by_kind) if len(rows) > 1 else rows
        chunks = list(chain.from_iterable(self.chunks[slot] for slot in sorted(self.chunks)))
        return Said([self.entities[name] for name in sorted(self.entities)], relations, chunks)

    def __bool__(self) -> bool:
        return bool(self.entities or self.relations or self.chunks)


def slot_of(chunk: GivenChunk) -> Slot:
    """What a chunk names: its source, and its order there. Chunks of one slot in one body stand beside each other."""
    return chunk.source_id or chunk.file_path or "", chunk.chunk_order_index or 0


def _by_kind(row: GivenRelation) -> str:
    return next(iter(edge_kinds(row.keywords)))


def _without(rows: Iterable[GivenRelation], kinds: Collection[str]) -> Iterator[GivenRelation]:
    """Relations without some of their kinds; one that has no other is gone."""
    for row in rows:
        own = edge_kinds(row.keywords)
        left = [word for kind, word in own.items() if kind not in kinds]
        if len(left) == len(own):
            yield row
        elif left:
            yield msgspec.structs.replace(row, keywords=", ".join(left))


class Merge:
    """A change of the rows of some files, being prepared on a graph."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._any = reader.generation() > 0
        self._files: dict[str, Rows] = {}
        self._homes: dict[str, str] = {}
        self._kinds: dict[str, dict[str, str]] = {}
        self._shadowed: dict[str, str] | None = None

    # -- which file a row belongs to --------------------------------------------------------------------------

    def _home(self, row: GivenEntity | GivenRelation | GivenChunk, name: str) -> str:
        file = place_of(row.source_id, row.file_path).file
        if not file:
            file = bucket(name)
        found = self._homes.get(file)
        if found is None:
            found = self._homes[file] = self._home_of(file)
        return found

    def _home_of(self, file: str) -> str:
        if not self._any:
            return file
        record = self._reader.file(file)
        if (record is None or record.inserted) and self._reader.file(file + ASIDE) is None:
            return file
        return file + ASIDE

    def rows(self, path: str) -> Rows:
        """The rows of a file, to be changed."""
        found = self._files.get(path)
        if found is None:
            record = self._reader.file(path) if self._any else None
            found = self._files[path] = self._loaded(record) if record and record.inserted else Rows()
        return found

    def _loaded(self, record: FileRecord) -> Rows:
        data = packed_by(self._reader, record)
        return Rows(said_by(self._reader, record, data), data)

    def home_of(self, name: str) -> str:
        """The inserted file that holds an entity, "" when none does."""
        for path, rows in self._files.items():  # what this change brought or moved
            if name in rows.entities:
                return path
        found = self._homes_of_entities([name])[name]
        return found if found and name in self.rows(found).entities else ""

    def entity(self, name: str) -> GivenEntity | None:
        """The row of an entity."""
        home = self.home_of(name)
        return self.rows(home).entities[name] if home else None

    def _symbol(self, name: str) -> Symbol | None:
        return self._reader.symbols([name]).get(name) if self._any else None

    def is_placeholder(self, name: str) -> bool:
        """Whether relations reach a name that nobody describes."""
        symbol = self._symbol(name)
        return symbol is not None and not symbol.file

    def is_indexed(self, name: str) -> bool:
        """Whether indexed source defines a name."""
        symbol = self._symbol(name)
        record = self._reader.file(symbol.file) if symbol is not None and symbol.file else None
        return record is not None and not record.inserted

    def at(self, name: str) -> list[str]:
        """The inserted files with relations at an entity."""
        edges = [*self._reader.edges_from([name]), *self._reader.edges_to([name])] if self._any else []
        brought = (path for path, rows in self._files.items() if any(name in ends for ends in rows.relations))
        return sorted({*self._inserted_of(edges), *brought})

    def between(self, source: str, target: str) -> list[str]:
        """The inserted files with relations from one entity to another."""
        edges = self._reader.edges_from([source]) if self._any else []
        return self._inserted_of(edge for edge in edges if edge.target == target)

    def is_linked(self, source: str, target: str, kinds: Collection[str]) -> bool:
        """Whether there is an edge of some kinds, or of any, from one symbol to another."""
        edges = self._reader.edges_from([source], kinds or None) if self._any else []
        return any(edge.target == target for edge in edges)

    def _inserted_of(self, edges: Iterable[Edge]) -> list[str]:
        records = (self._reader.file(path) for path in sorted({edge.file for edge in edges}))
        return [record.path for record in records if record is not None and record.inserted]

    def _homes_of_entities(self, names: Iterable[str]) -> dict[str, str]:
        wanted = list(names)
        if not self._any:
            return dict.fromkeys(wanted, "")
        symbols = self._reader.symbols(wanted)
        inserted: dict[str, bool] = {}
        homes: dict[str, str] = {}
        for name in wanted:
            file = symbols[name].file if name in symbols else ""
            if file and file not in inserted:
                record = self._reader.file(file)
                inserted[file] = record is not None and record.inserted
            if file and inserted[file]:
                homes[name] = file
            elif file or name.startswith("external:"):  # its symbol is another's: its row may lie anywhere
                homes[name] = self._find_shadowed(name)
            else:
                homes[name] = ""
        return homes

    def _find_shadowed(self, name: str) -> str:
        if self._shadowed is None:
            self._shadowed = {}
            for record, said in all_said(self._reader):
                self._shadowed.update((row.entity_name, record.path) for row in said.entities)
        return self._shadowed.get(name, "")

    # -- inserting --------------------------------------------------------------------------------------------

    def insert(self, kg: CustomKg) -> None:
        """Take in a body."""
        if kg.entities:
            self.put_entities(kg.entities)
        for row in kg.relationships or ():
            self.put_relation(row)
        if kg.chunks:
            self._put_chunks(kg.chunks)

    def put_entities(self, rows: Iterable[GivenEntity]) -> None:
        """Each entity is where its last row says; a row without a source leaves it where it was."""
        final: dict[str, GivenEntity] = {}
        for row in rows:
            known = final.get(row.entity_name)
            final[row.entity_name] = _kept_place(row, known) if known is not None else row
        for name, old in self._homes_of_entities(final).items():
            row = final[name]
            if old and (known := self.rows(old).entities.get(name)) is not None:
                row = _kept_place(row, known)
            home = self._home(row, name)
            if old and old != home:
                self.rows(old).entities.pop(name, None)
            self.rows(home).entities[name] = row

    def put_relation(self, row: GivenRelation) -> None:
        """Add a relation to its file."""
        kinds = self._kinds.get(row.keywords)
        if kinds is None:
            kinds = self._kinds[row.keywords] = edge_kinds(row.keywords)
        self.rows(self._home(row, row.src_id)).put_relation(row, kinds)

    def _put_chunks(self, rows: Iterable[GivenChunk]) -> None:
        """The chunks of a body replace those of the same source and order, wherever these lie."""
        slots: dict[Slot, list[GivenChunk]] = {}
        for row in rows:
            beside = slots.setdefault(slot_of(row), [])
            if not any(row.content == one.content and (row.file_path or "") == (one.file_path or "") for one in beside):
                beside.append(row)
        if self._any:
            of_source: dict[str, list[str]] = {}
            for slot in slots:
                if slot[0] not in of_source:
                    of_source[slot[0]] = self.of_source(slot[0])
                for path in of_source[slot[0]]:
                    self.rows(path).chunks.pop(slot, None)
        for slot, beside in slots.items():
            for row in beside:
                self.rows(self._home(row, slot[0])).chunks.setdefault(slot, []).append(row)

    # -- taking away ------------------------------------------------------------------------------------------

    def of_source(self, source_id: str) -> list[str]:
        """The inserted files with rows of a source: a file, or a source id as it was given."""
        if not self._any:
            return []
        found = self._reader.dependents(keys=source_keys(source_id)) if source_id else [bucket("")]
        records = (self._reader.file(path) for path in found)
        return [record.path for record in records if record is not None and record.inserted]

    def delete_source(self, source_id: str) -> Deleted:
        """Take away the rows of a source; what other sources say of them stays."""
        entities = relations = chunks = 0

        def goes(row: GivenEntity | GivenRelation | GivenChunk) -> bool:
            return row.source_id == source_id or place_of(row.source_id, row.file_path).file == source_id

        for path in self.of_source(source_id):
            rows = self.rows(path)
            for name in [name for name, entity in rows.entities.items() if goes(entity)]:
                del rows.entities[name]
                entities += 1
            relations += rows.filter_relations(lambda row: not goes(row))
            for slot in list(rows.chunks):
                kept = [chunk for chunk in rows.chunks[slot] if not goes(chunk)]
                chunks += len(rows.chunks[slot]) - len(kept)
                rows.chunks[slot] = kept
                if not kept:
                    del rows.chunks[slot]
        return Deleted(entities, relations, chunks)

    # -- the outcome ------------------------------------------------------------------------------------------

    def changes(self) -> Iterator[tuple[str, Said | None, bytes]]:
        """The files whose rows are others now, by path, with their rows as they are and as bytes; none for no rows."""
        for path in sorted(self._files):
            rows = self._files.pop(path)  # all that follows is made of what is given here
            if not rows:
                if rows.before:
                    yield path, None, b""
                continue
            said = rows.said()
            data = pack(said)
            if data != rows.before:
                yield path, said, data


def source_keys(source_id: str) -> list[str]:
    """The keys by which the files are found that may hold rows of a source: its own, or that of the file it is in."""
    return [SOURCE + source_id, SOURCE + place_of(source_id, None).file]


def packed_by(reader: Reader, record: FileRecord) -> bytes:
    """The rows of an inserted file as they are kept."""
    return reader.facts([record.facts_key]).get(record.facts_key, b"")


def said_by(reader: Reader, record: FileRecord, data: bytes, *, contents: bool = True) -> Said:
    """The rows of an inserted file, with the contents of its chunks or their hashes."""
    try:
        return unpack(data, [chunk.text for chunk in reader.chunks_in([record.path])] if contents else None)
    except (ValueError, msgspec.MsgspecError) as error:
        raise GraphDamaged(path=record.path, reason=f"its inserted rows cannot be read ({error})") from error


def rows_by(reader: Reader, record: FileRecord, data: bytes | None = None) -> Packed:
    """The same to look at some of the rows; ``data``: as they are kept, if that is known."""
    return packed_rows(record.path, packed_by(reader, record) if data is None else data)


def all_said(
    reader: Reader, paths: Collection[str] | None = None, *, contents: bool = True
) -> Iterator[tuple[FileRecord, Said]]:
    """Every inserted file (or those of ``paths``) with its rows, by path."""
    for record in reader.files():
        if record.inserted and (paths is None or record.path in paths):
            yield record, said_by(reader, record, packed_by(reader, record), contents=contents)


def _kept_place(row: GivenEntity, known: GivenEntity) -> GivenEntity:
    """The row, with the place of the one it replaces when it says none."""
    if row.source_id or row.file_path:
        return row
    return msgspec.structs.replace(row, source_id=known.source_id, file_path=known.file_path)

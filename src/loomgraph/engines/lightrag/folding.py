"""What a graph is in LightRAG: rows as they were given → its nodes, its edges, its texts.

LightRAG keeps one undirected edge for two symbols, none from a symbol to itself, and links to texts by their keys. So
relations between two are folded into one edge: their kinds are its keywords, and its description says each with its
direction. Paths stay whole, and a row is linked to the texts of its source whichever body brought them. Pure functions
of one moment of a graph; this module must not know how LightRAG is reached.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b, md5
from typing import Any, NamedTuple

from loomgraph.engines.graphs import NativeGraph
from loomgraph.engines.merging import SOURCE, packed_by, said_by, slot_of, source_keys
from loomgraph.knowledge import (
    UNKNOWN_SOURCE,
    UNKNOWN_TYPE,
    CustomKg,
    GivenChunk,
    GivenEntity,
    GivenRelation,
    edge_kinds,
    place_of,
    shown_file,
)
from loomgraph.model import Chunk
from loomgraph.store.base import Reader

Row = dict[str, Any]
Pair = tuple[str, str]
SEPARATOR = "<SEP>"  # between several values of one field, as LightRAG has it
_NO_TEXT = "UNKNOWN"
_LONGEST = 240  # characters of a name: some storages cut longer ones, and would take two for one
_UNSAID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # what its files cannot hold


class Folds(NamedTuple):
    """How much of some relations LightRAG does not hold as it is."""

    joined: int = 0  # relations that share an edge with another one
    recursions: int = 0  # left out

    @property
    def notes(self) -> tuple[str, ...]:
        """The same in words."""
        found = []
        if self.joined:
            found.append(
                f"{_relations(self.joined)} folded into the edge of another between the same two: LightRAG keeps one"
                " edge a pair; kinds and directions are in its keywords and description"
            )
        if self.recursions:
            found.append(f"{_relations(self.recursions)} left out of LightRAG's graph: of a symbol with itself")
        return tuple(found)


def _relations(count: int) -> str:
    return f"{count:,} relation is" if count == 1 else f"{count:,} relations are"


def folds_of(links: Iterable[Pair]) -> Folds:
    """The folds of relations, each named by its ends."""
    pairs: set[Pair] = set()
    joined = recursions = 0
    for source, target in links:
        if source == target:
            recursions += 1
        elif (pair := pair_of(source, target)) in pairs:
            joined += 1
        else:
            pairs.add(pair)
    return Folds(joined, recursions)


def folds_in(kg: CustomKg) -> Folds:
    """The folds of a body."""
    return folds_of((row.src_id, row.tgt_id) for row in kg.relationships or ())


def pair_of(one: str, other: str) -> Pair:
    """Two names as LightRAG's edges have them: without direction."""
    return (one, other) if one <= other else (other, one)


def clean(text: str) -> str:
    """A text without what LightRAG's files and databases cannot hold."""
    return _UNSAID.sub("\ufffd", text)


def node_name(name: str) -> str:
    """The name of a symbol in LightRAG: its own, if that is short enough and can be written."""
    plain = clean(name)
    if plain == name and len(name) <= _LONGEST:
        return name
    mark = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{plain[: _LONGEST - 17]}#{mark}"


def chunk_keys(chunks: Sequence[GivenChunk]) -> list[str]:
    """The keys of a file's chunks in LightRAG: one of equal content from another place has another."""
    found = []
    last, beside = ("", 0), 0
    for row in chunks:
        slot = slot_of(row)
        last, beside = slot, beside + 1 if slot == last else 0
        said = "\0".join((slot[0], str(slot[1]), str(beside), row.file_path or "", row.content))
        found.append(f"chunk-{md5(said.encode('utf-8', 'surrogatepass'), usedforsecurity=False).hexdigest()}")
    return found


class Folding:
    """The rows of one moment of a graph, as LightRAG is to hold them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._view = NativeGraph(reader)
        self._chunks: dict[str, list[tuple[str, GivenChunk]]] = {}
        self._links: dict[tuple[str, str], str] = {}

    # -- symbols ----------------------------------------------------------------------------------------------

    def nodes(self, names: Collection[str] | None = None) -> dict[str, Row]:
        """The nodes of some symbols, or of all, by name; one that is not there has none."""
        return {row.entity_name: self._node(row) for row in self._view.entities(names)}

    def _node(self, row: GivenEntity) -> Row:
        return {
            "entity_id": node_name(row.entity_name),
            "entity_type": clean(row.entity_type or UNKNOWN_TYPE),
            "description": clean(row.description or row.entity_name),
            "source_id": self._linked(row.source_id, row.file_path) or _NO_TEXT,
            "file_path": _file(row),
        }

    # -- relations --------------------------------------------------------------------------------------------

    def edges(self, pairs: Collection[Pair] | None = None) -> dict[Pair, Row]:
        """The edges of some pairs, or of all; one that nothing connects has none."""
        wanted = None if pairs is None else set(pairs)
        rows = self._view.relations() if wanted is None else self._view.relations({one for one, _ in wanted})
        between: dict[Pair, list[GivenRelation]] = {}
        for row in rows:
            pair = pair_of(row.src_id, row.tgt_id)
            if pair[0] != pair[1] and (wanted is None or pair in wanted):
                between.setdefault(pair, []).append(row)
        return {pair: self._edge(pair, rows) for pair, rows in between.items()}

    def _edge(self, pair: Pair, rows: Sequence[GivenRelation]) -> Row:
        words = dict.fromkeys(word for row in rows for word in edge_kinds(row.keywords).values() if word)
        links = dict.fromkeys(
            link for row in rows for link in self._linked(row.source_id, row.file_path).split(SEPARATOR) if link
        )
        return {
            "src_id": node_name(pair[0]),
            "tgt_id": node_name(pair[1]),
            "keywords": clean(", ".join(words)),
            "description": clean("\n".join(_told(row) for row in rows)),
            "weight": float(sum(1.0 if row.weight is None else row.weight for row in rows)),
            "source_id": SEPARATOR.join(links) or _NO_TEXT,
            "file_path": SEPARATOR.join(dict.fromkeys(_file(row) for row in rows)),
        }

    # -- texts ------------------------------------------------------------------------------------------------

    def chunks(self, paths: Collection[str] | None = None) -> dict[str, Row]:
        """The texts of some files, or of all, by key."""
        files = [record.path for record in self._reader.files() if record.inserted] if paths is None else paths
        self._load(files)
        found: dict[str, Row] = {}
        for path in files:
            for key, row in self._chunks[path]:
                file = place_of(row.source_id, row.file_path).file or UNKNOWN_SOURCE
                found[key] = {
                    "content": clean(row.content), "source_id": clean(row.source_id or file), "file_path": clean(file),
                    "chunk_order_index": row.chunk_order_index or 0, "full_doc_id": clean(file),
                }  # fmt: skip
        return found

    def chunks_of(self, file: str) -> dict[str, Chunk]:
        """The store's chunks of a file, as LightRAG names it, by key."""
        if file == UNKNOWN_SOURCE:
            paths = [one.path for one in self._reader.files() if shown_file(one.path) == UNKNOWN_SOURCE]
        else:
            paths = self._reader.dependents(keys=[SOURCE + file])
        self._load(paths)
        found: dict[str, Chunk] = {}
        for path in paths:
            keys = [key for key, _ in self._chunks[path]]
            if keys:
                found.update(zip(keys, self._reader.chunks_in([path]), strict=True))
        return found

    def _linked(self, source_id: str | None, file_path: str | None) -> str:
        """The keys of the chunks that a row comes from: those of its source, or else those that hold its line."""
        asked = source_id or "", file_path or ""
        found = self._links.get(asked)
        if found is None:
            found = self._links[asked] = SEPARATOR.join(self._keys(*asked))
        return found

    def _keys(self, source_id: str, file_path: str) -> list[str]:
        if not source_id:
            return []
        exact = [key for key, row in self._of(source_id) if row.source_id == source_id]
        place = place_of(source_id, file_path)
        if exact or not place.line:
            return exact
        near = []
        for key, row in self._of(place.file):
            other = place_of(row.source_id, row.file_path)
            if other.file == place.file and (not other.line or other.line <= place.end and place.line <= other.end):
                near.append(key)
        return near

    def _of(self, source: str) -> list[tuple[str, GivenChunk]]:
        paths = self._reader.dependents(keys=source_keys(source))
        self._load(paths)
        return [one for path in paths for one in self._chunks[path]]

    def _load(self, paths: Collection[str]) -> None:
        missing = {path for path in paths if path not in self._chunks}
        if not missing:
            return
        self._chunks.update((path, []) for path in missing)
        for path in sorted(missing):
            record = self._reader.file(path)
            if record is not None and record.inserted:
                said = said_by(self._reader, record, packed_by(self._reader, record))
                self._chunks[path] = list(zip(chunk_keys(said.chunks), said.chunks, strict=True))


def _told(row: GivenRelation) -> str:
    """A relation in the description of its edge, with the direction that the edge has not."""
    return f"{row.src_id} → {row.tgt_id} ({row.keywords}): {row.description}"


def _file(row: GivenEntity | GivenRelation) -> str:
    return clean(place_of(row.source_id, row.file_path).file or UNKNOWN_SOURCE)

"""What is to be brought to LightRAG: noted in the very transaction that changes the rows, so that no kill loses it.

Rows are kept as they were given by the native store; this says which symbols, pairs and texts a change of them touches,
until LightRAG has them. What a note says is looked up again when it is brought, so bringing twice does no harm. This
module must not know how LightRAG is reached.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from loomgraph.engines.inserting import Change, Inserting
from loomgraph.engines.lightrag.folding import Folding, Pair, chunk_keys, node_name, pair_of
from loomgraph.engines.merging import packed_by, said_by, source_keys
from loomgraph.knowledge import GivenRelation, Said
from loomgraph.store.base import Reader, Update
from loomgraph.store.copying import OWN

META_WORKSPACE = "lightrag_workspace"
META_PLACE = f"{OWN}lightrag_place"  # the graph that the workspace is of: a copy of it has another
META_WAITING = "lightrag_waiting"
META_BROUGHT = "lightrag_brought"  # another mark each time that LightRAG was changed
META_DROP = "lightrag_drop"  # all that LightRAG holds is to go first
KEPT = (META_WORKSPACE, META_PLACE, META_BROUGHT)  # though all rows go


class Touched:
    """Symbols, pairs and texts (with their files) that LightRAG is to get, to change or to let go of."""

    def __init__(self, noted: str = "") -> None:
        plain: dict[str, Any] = json.loads(noted) if noted else {}
        self.names: set[str] = set(plain.get("names", ()))
        self.pairs: set[Pair] = {(one, other) for one, other in plain.get("pairs", ())}
        self.chunks: dict[str, str] = plain.get("chunks", {})

    def __bool__(self) -> bool:
        return bool(self.names or self.pairs or self.chunks)

    def note(self) -> str:
        """This as a text; nothing when there is nothing."""
        if not self:
            return ""
        return json.dumps({"names": sorted(self.names), "pairs": sorted(self.pairs), "chunks": self.chunks})

    def add(self, reader: Reader, changes: Iterable[Change]) -> None:
        """What a change of files touches, on the graph before it."""
        for path, said, _ in changes:
            record = reader.file(path)
            known = record is not None and record.inserted
            old = said_by(reader, record, packed_by(reader, record)) if record is not None and known else Said()
            new = said or Said()
            self.names.update(row.entity_name for row in set(old.entities) ^ set(new.entities))
            self._add_relations(set(old.relations) ^ set(new.relations))
            keys = dict(zip(chunk_keys(old.chunks), old.chunks, strict=True))
            other = dict(zip(chunk_keys(new.chunks), new.chunks, strict=True))
            changed = keys.keys() ^ other.keys()
            if changed:
                self.chunks.update(dict.fromkeys(changed, path))
                sources = {(keys.get(key) or other[key]).source_id for key in changed}
                self._add_linked(reader, new, sources)

    def _add_relations(self, rows: Iterable[GivenRelation]) -> None:
        for row in rows:
            self.names.update((row.src_id, row.tgt_id))
            if row.src_id != row.tgt_id:
                self.pairs.add(pair_of(row.src_id, row.tgt_id))

    def _add_linked(self, reader: Reader, new: Said, sources: Collection[str]) -> None:
        """What may be linked to texts that come or go: the rows of their file, and those of their sources."""
        self.names.update(row.entity_name for row in new.entities)
        self._add_relations(new.relations)
        for path in reader.dependents(keys=[key for source in sources for key in source_keys(source)]):
            record = reader.file(path)
            if record is not None and record.inserted:
                said = said_by(reader, record, packed_by(reader, record), contents=False)
                self.names.update(row.entity_name for row in said.entities if row.source_id in sources)
                self._add_relations(row for row in said.relations if row.source_id in sources)

    @classmethod
    def everything(cls, reader: Reader) -> Touched:
        """All of a graph."""
        found = cls()
        folding = Folding(reader)
        found.names.update(folding.nodes())
        found.pairs.update(folding.edges())
        for record in reader.files():
            if record.inserted:
                found.chunks.update(dict.fromkeys(folding.chunks([record.path]), record.path))
        return found

    def change(self, reader: Reader) -> dict[str, Any]:
        """What LightRAG is told: how all this is in the graph now."""
        folding = Folding(reader)
        nodes = folding.nodes(sorted(self.names))
        edges = folding.edges(self.pairs)
        chunks = folding.chunks(sorted(set(self.chunks.values())))
        return {
            "nodes": list(nodes.values()),
            "edges": list(edges.values()),
            "chunks": {key: row for key, row in chunks.items() if key in self.chunks},
            "gone_nodes": [node_name(name) for name in sorted(self.names - nodes.keys())],
            "gone_edges": [list(map(node_name, pair)) for pair in sorted(self.pairs - edges.keys())],
            "gone_chunks": sorted(self.chunks.keys() - chunks.keys()),
        }


class Book(Inserting):
    """Changes of the rows of a store, each noted for LightRAG."""

    def _meta(self, known: Mapping[str, str]) -> dict[str, str]:
        self._noted = known.get(META_WAITING, "")
        return super()._meta(known)

    def _update(
        self, changes: list[Change], meta: dict[str, str], generation: int, *, later: bool = False
    ) -> Update:  # fmt: skip
        touched = Touched(self._noted)
        with self._store.read() as reader:
            touched.add(reader, changes)
        return super()._update(changes, {**meta, META_WAITING: touched.note()}, generation, later=later)

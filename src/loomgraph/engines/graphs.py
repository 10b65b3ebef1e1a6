"""A native graph as entities and relations, in the words of ``custom_kg``.

What was inserted is told as it was given; symbols and edges of source code are put into the same words. It reads
one moment of a graph; it must not know how the rows travel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain

from loomgraph.engines.base import Coupling, Degree, Subgraph
from loomgraph.engines.merging import all_said, rows_by
from loomgraph.engines.naming import KeptNames, Names
from loomgraph.errors import BadInput
from loomgraph.knowledge import (
    UNKNOWN_TYPE,
    GivenEntity,
    GivenRelation,
    Packed,
    place_of,
)
from loomgraph.model import Edge, Symbol, SymbolKind
from loomgraph.store.base import FileRecord, Reader

_MODULES = 50  # that coupling names
EVERYTHING = "*"


class NativeGraph:
    """See :class:`loomgraph.engines.base.GraphView`."""

    def __init__(
        self, reader: Reader, remembered: Callable[[str], Packed | None] | None = None, names: KeptNames | None = None
    ) -> None:
        """``remembered``: the rows of an inserted file, if they happen to be at hand; ``names`` are kept ones."""
        self._reader = reader
        self._kept = names
        self._found_names: Names | None = None
        self._remembered = remembered
        self._records: dict[str, FileRecord | None] = {}
        self._said: dict[str, Packed] = {}

    # -- names ------------------------------------------------------------------------------------------------

    def labels(self, limit: int = 0) -> list[str]:
        """The names of all entities, sorted."""
        return _first(self._names.all, limit)

    def popular(self, limit: int = 0) -> list[str]:
        """Names by how many relations they have, most first."""
        return _first(self._names.popular(self._reader), limit)

    def search(self, text: str, limit: int = 50) -> list[str]:
        """Names that hold ``text`` in any case: the name itself, then those that begin so, then the shortest."""
        return _first(self._names.search(text), limit)

    @property
    def _names(self) -> Names:
        if self._found_names is None:
            self._found_names = self._kept.of(self._reader) if self._kept is not None else Names(self._reader)
        return self._found_names

    def exists(self, name: str) -> bool:
        """Whether there is an entity of this name."""
        return name in self._reader.symbols([name])

    def _own_symbols(self) -> Iterator[Symbol]:
        return (symbol for symbol in self._reader.all_symbols() if symbol.kind != SymbolKind.EXTERNAL)

    # -- rows -------------------------------------------------------------------------------------------------

    def entities(self, names: Collection[str] | None = None) -> list[GivenEntity]:
        """All entities by name, or those of ``names`` that exist, in their order."""
        if names is not None:
            symbols = self._reader.symbols(names)
            self._load({symbol.file for symbol in symbols.values() if symbol.file})
            return [self._entity(symbols[name]) for name in dict.fromkeys(names) if name in symbols]
        given = {row.entity_name: row for _, said in all_said(self._reader, contents=False) for row in said.entities}
        found = [given.get(symbol.id) or self._entity(symbol) for symbol in self._own_symbols()]
        return sorted(found, key=lambda row: row.entity_name)

    def relations(self, names: Collection[str] | None = None) -> list[GivenRelation]:
        """All relations by their ends, or those with an end in ``names``."""
        if names is not None:
            edges = [*self._reader.edges_from(names), *self._reader.edges_to(names)]
            return self._rows_of(edges)
        given = chain.from_iterable(said.relations for _, said in all_said(self._reader, contents=False))
        return sorted(chain(given, self._indexed_relations()), key=_order)

    def _indexed_relations(self) -> Iterator[GivenRelation]:
        if any(not record.inserted for record in self._reader.files()):
            for edge in self._reader.all_edges():
                if not self._inserted(edge.file) and not edge.target.startswith("external:"):
                    yield relation_of(edge)

    def _rows_of(self, edges: Iterable[Edge]) -> list[GivenRelation]:
        """The rows behind edges, each once."""
        found: dict[GivenRelation, None] = {}
        edges = list(edges)
        self._load({edge.file for edge in edges})
        ends: dict[tuple[str, str], set[str]] = {}
        for edge in edges:
            if self._inserted(edge.file):
                ends.setdefault((edge.file, edge.source), set()).add(edge.target)
            else:
                found.setdefault(relation_of(edge))
        for (file, source), targets in ends.items():
            rows = self._given(file).relations_from(source)
            found.update((row, None) for row in rows if row.tgt_id in targets)
        return sorted(found, key=_order)

    def _inserted(self, file: str) -> bool:
        if file in self._said:
            return True
        record = self._record(file)
        return record is not None and record.inserted

    def _record(self, file: str) -> FileRecord | None:
        if file not in self._records:
            self._records[file] = self._reader.file(file)
        return self._records[file]

    def _load(self, files: Collection[str]) -> None:
        """Read the rows of several inserted files in one go, as far as they are not at hand."""
        if self._remembered is not None:
            at_hand = ((file, self._remembered(file)) for file in files if file not in self._said)
            self._said.update((file, said) for file, said in at_hand if said is not None)
        files = [file for file in files if file not in self._said]
        records = [record for file in files if (record := self._record(file)) is not None and record.inserted]
        facts = self._reader.facts({record.facts_key for record in records})
        for record in records:
            self._said[record.path] = rows_by(self._reader, record, facts.get(record.facts_key, b""))

    def _given(self, file: str) -> Packed:
        if file not in self._said:
            record = self._record(file)
            assert record is not None
            self._said[file] = rows_by(self._reader, record)
        return self._said[file]

    def _entity(self, symbol: Symbol) -> GivenEntity:
        if symbol.file and self._inserted(symbol.file):
            row = self._given(symbol.file).entity(symbol.id)
            if row is not None:
                return row
        return entity_of(symbol)

    # -- parts of the graph -----------------------------------------------------------------------------------

    def subgraph(self, label: str, depth: int = 3, nodes: int = 1000) -> Subgraph:
        """What lies near an entity, or the most connected of all."""
        if nodes < 1 or depth < 0:
            raise BadInput(reason="A part of a graph needs at least one node, and a depth that is not negative.")
        if label == EVERYTHING:
            names = self.popular()
            chosen, truncated = names[:nodes], len(names) > nodes
        elif not self.exists(label):
            return Subgraph((), (), False)
        else:
            chosen, truncated = self._near(label, depth, nodes)
        inside = set(chosen)
        edges = [edge for edge in self._reader.edges_from(chosen) if edge.target in inside]
        return Subgraph(tuple(self.entities(chosen)), tuple(self._rows_of(edges)), truncated)

    def _near(self, label: str, depth: int, nodes: int) -> tuple[list[str], bool]:
        """Names within some relations of one, the nearest first, of equally near ones the most connected."""
        chosen = {label: None}
        fresh = [label]
        for _ in range(depth):
            beside: Counter[str] = Counter()
            for edge in chain(self._reader.edges_from(fresh), self._reader.edges_to(fresh)):
                for end in (edge.source, edge.target):
                    if end not in chosen:
                        beside[end] += 1
            if not beside:
                break
            found = sorted(beside, key=lambda name: (-beside[name], name))
            if len(found) > nodes - len(chosen):
                found = self._most_connected(found)
                chosen.update(dict.fromkeys(found[: nodes - len(chosen)]))
                return list(chosen), True
            chosen.update(dict.fromkeys(found))
            fresh = found
        return list(chosen), False

    def _most_connected(self, names: Sequence[str]) -> list[str]:
        counts: Counter[str] = Counter()
        counts.update(edge.source for edge in self._reader.edges_from(names))
        counts.update(edge.target for edge in self._reader.edges_to(names))
        return sorted(names, key=lambda name: (-counts[name], name))

    # -- how it hangs together --------------------------------------------------------------------------------

    def _degrees(self) -> dict[str, tuple[int, int]]:
        """How many relations come in at each symbol that has any, and go out."""
        incoming: Counter[str] = Counter()
        outgoing: Counter[str] = Counter()
        for source, target in self._links():
            outgoing[source] += 1
            incoming[target] += 1
        return {name: (incoming[name], outgoing[name]) for name in incoming.keys() | outgoing.keys()}

    def _links(self) -> Iterator[tuple[str, str]]:
        kinds = [kind for kind, _ in self._reader.counts().edges_by_kind]
        return iter(self._reader.all_links(kinds))

    def orphans(self, exclude_types: Collection[str] = (), source_prefix: str = "") -> list[GivenEntity]:
        """Entities without a relation."""
        counts = self._degrees()
        spared = {kind.casefold() for kind in exclude_types}
        return [
            row
            for row in self.entities()
            if row.entity_name not in counts
            and (row.entity_type or UNKNOWN_TYPE).casefold() not in spared
            and source_of(row).startswith(source_prefix)
        ]

    def degrees(self, direction: str = "both", least: int = 0, source_prefix: str = "") -> list[Degree]:
        """Entities by how many relations they have in a direction, most first."""
        ways = {"in": (1, 0), "out": (0, 1), "both": (1, 1)}
        if direction not in ways:
            raise BadInput(reason=f"A direction is one of {', '.join(ways)}, not {direction}.")
        inward, outward = ways[direction]
        counts = self._degrees()
        found = []
        for row in self.entities():
            coming, going = counts.get(row.entity_name, (0, 0))
            total = inward * coming + outward * going
            if total >= least and source_of(row).startswith(source_prefix):
                found.append((total, Degree(row.entity_name, row.entity_type or UNKNOWN_TYPE, coming, going)))
        return [one for _, one in sorted(found, key=lambda pair: (-pair[0], pair[1].name))]

    def coupling(self, source_prefix: str = "", depth: int = 1) -> Coupling:
        """How many relations cross from one module to another; a module is the first ``depth`` folders of paths."""
        if depth < 1:
            raise BadInput(reason="A module is at least one folder deep.")
        modules = {
            row.entity_name: module_of(row, depth)
            for row in self.entities()
            if source_of(row).startswith(source_prefix)
        }
        across: Counter[str] = Counter()
        inside: Counter[str] = Counter()
        crossing = 0
        for source, target in self._links():
            if source in modules and target in modules:
                one, other = modules[source], modules[target]
                crossing += one != other
                (across if one != other else inside).update({one, other})
        within = sum(inside.values())
        total = crossing + within
        ranked = sorted(across.keys() | inside.keys(), key=lambda name: (-across[name], -inside[name], name))
        return Coupling(
            len(modules), total, crossing, within, round(crossing / total, 6) if total else 0.0,
            tuple((name, inside[name], across[name]) for name in ranked[:_MODULES]),
        )  # fmt: skip

    def source_ids(self, prefix: str = "") -> list[str]:
        """Every source id as it was given, and the files of indexed source."""
        found: set[str] = set()
        for record, said in all_said(self._reader, contents=False):
            for rows in (said.entities, said.relations, said.chunks):
                found.update(row.source_id or "" for row in rows)
            self._records[record.path] = record
        found.update(record.path for record in self._reader.files() if not record.inserted)
        return sorted(one for one in found if one and one.startswith(prefix))


# -- symbols and edges of source code in these words ----------------------------------------------------------------


def entity_of(symbol: Symbol) -> GivenEntity:
    """A symbol of source code, or one that nobody describes."""
    if not symbol.file:
        kind = "external" if symbol.kind == SymbolKind.EXTERNAL else UNKNOWN_TYPE
        return GivenEntity(symbol.id, kind)
    said = "\n".join(part for part in (symbol.signature, symbol.doc) if part) or symbol.name
    return GivenEntity(symbol.id, str(symbol.kind), said, f"{symbol.file}:{symbol.line}-{symbol.end_line}", symbol.file)


def relation_of(edge: Edge) -> GivenRelation:
    """An edge of source code."""
    line = edge.lines[0] if edge.lines else 0
    said = f"{edge.source} {edge.kind} {edge.target} ({edge.resolution})"
    source = f"{edge.file}:{line}" if line else edge.file
    return GivenRelation(edge.source, edge.target, said, edge.kind, float(edge.count), source, edge.file)


def source_of(row: GivenEntity) -> str:
    """Where an entity comes from, as far as it says."""
    return row.source_id or row.file_path or ""


def module_of(row: GivenEntity, depth: int) -> str:
    """The first folders of an entity's file; of one that lies in fewer, all of them."""
    folders = place_of(row.source_id, row.file_path).file.split("/")[:-1]
    return "/".join(folders[:depth])


def _order(row: GivenRelation) -> tuple[str, str, str, str]:
    return row.src_id, row.tgt_id, row.keywords, row.source_id or ""


def _first(names: list[str], limit: int) -> list[str]:
    """Some names, or all of them: a list of the asker's own."""
    return names[:limit] if limit else names[:]

"""The contract of an engine: what holds and answers one project's graph, whatever it is built on.

``native`` is this program's own; another one may lack a part and says so with ``NotSupported``. Readers may come from
any number of threads; updates queue. ``loomgraph.engines.testing`` is the contract as a test suite. This module must
not know any engine, nor what a project is called.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from loomgraph.indexing.build import IndexOptions, IndexResult, Progress, WaitingCallback
    from loomgraph.knowledge import CustomKg, GivenEntity, GivenRelation
    from loomgraph.retrieve.answering import Answerer
    from loomgraph.retrieve.modes import Mode
    from loomgraph.settings import EmbeddingSettings
    from loomgraph.store.base import Counts, FileGraph, Reader


@dataclass(frozen=True, slots=True)
class Inserted:
    """How many rows of each sort a ``custom_kg`` brought; ``changed`` says whether the graph is another one now.

    ``later``: its vectors are still to be made. ``notes`` say what of it the engine does not hold as it was given.
    """

    chunks: int
    entities: int
    relationships: int
    changed: bool = True
    later: bool = field(default=False, compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Embedded:
    """What vectors were made: of how many files, how many files still have none, and how many texts a server's model
    took only in part."""

    files: int = 0
    missing: int = 0
    shortened: int = 0


@dataclass(frozen=True, slots=True)
class Deleted:
    """How much a deletion took away."""

    entities: int = 0
    relations: int = 0
    chunks: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """How an engine is. ``missing`` says what it cannot do now, empty when all is well; ``notes`` what it does not hold
    as it was given. ``without_vectors`` are files that are found by words and names alone as yet."""

    engine: str
    store: str
    generation: int
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    without_vectors: int = 0


@dataclass(frozen=True, slots=True)
class EntityChange:
    """What to change of an entity; ``None`` leaves a part as it is. ``name`` renames it, its relations with it."""

    name: str | None = None
    entity_type: str | None = None
    description: str | None = None
    source_id: str | None = None
    file_path: str | None = None


@dataclass(frozen=True, slots=True)
class RelationChange:
    """What to change of a relation; ``None`` leaves a part as it is."""

    description: str | None = None
    keywords: str | None = None
    weight: float | None = None
    source_id: str | None = None
    file_path: str | None = None


@dataclass(frozen=True, slots=True)
class Subgraph:
    """A part of a graph: entities, and every relation among them. ``truncated``: there was more."""

    entities: tuple[GivenEntity, ...]
    relations: tuple[GivenRelation, ...]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Degree:
    """How many relations come in at an entity and go out of it; one with itself counts in both."""

    name: str
    entity_type: str
    incoming: int
    outgoing: int


@dataclass(frozen=True, slots=True)
class Coupling:
    """How much the modules of a graph depend on each other: relations that cross from one to another, and their share.

    ``modules`` are those with the most relations across, each with (inside, across).
    """

    entities: int
    relations: int
    across: int
    inside: int
    density: float
    modules: tuple[tuple[str, int, int], ...] = ()


class GraphView(Protocol):
    """A graph as entities and relations in LightRAG's words, at one moment.

    Symbols of source code are entities, too: their type is the symbol's kind, their description its signature and
    documentation. Lists stand in the order of names; a ``limit`` of 0 is none.
    """

    def labels(self, limit: int = 0) -> list[str]: ...

    def popular(self, limit: int = 0) -> list[str]:
        """Names by how many relations they have, most first."""

    def search(self, text: str, limit: int = 50) -> list[str]:
        """Names that hold ``text`` in any case, best match first."""

    def exists(self, name: str) -> bool: ...

    def entities(self, names: Collection[str] | None = None) -> list[GivenEntity]:
        """All of them, or those of ``names`` that exist, in the order of ``names``."""

    def relations(self, names: Collection[str] | None = None) -> list[GivenRelation]:
        """All of them, or those with an end in ``names``."""

    def subgraph(self, label: str, depth: int = 3, nodes: int = 1000) -> Subgraph:
        """What lies within ``depth`` relations of ``label``, the nearest and most connected first; ``*`` is all."""

    def orphans(self, exclude_types: Collection[str] = (), source_prefix: str = "") -> list[GivenEntity]:
        """Entities without a relation."""

    def degrees(self, direction: str = "both", least: int = 0, source_prefix: str = "") -> list[Degree]:
        """Entities by how many relations they have in a direction ("in", "out", "both"), most first."""

    def coupling(self, source_prefix: str = "", depth: int = 1) -> Coupling:
        """Modules are the first ``depth`` folders of paths."""

    def source_ids(self, prefix: str = "") -> list[str]: ...


class Engine(Protocol):
    """One project's graph."""

    # -- what fills it ----------------------------------------------------------------------------------------

    def update(self, root: str, options: IndexOptions, progress: Progress, waiting: WaitingCallback) -> IndexResult:
        """Bring the graph up to date with the code in ``root``; what was inserted stays."""

    def insert(self, graphs: Iterable[FileGraph]) -> None:
        """Replace what some files say, as a document of an export says it."""

    def insert_custom_kg(self, kg: CustomKg) -> Inserted:
        """Add what ``kg`` says in one transaction; it replaces what it names again. ``kg`` may be empty then."""

    def embed(self, progress: Progress, stop: Callable[[], bool] = bool) -> Embedded:
        """Make the vectors that are missing, or have the embedding server make them, until ``stop`` says so.

        Changes hardly wait for it. Raises ``EmbeddingUnreachable``; what came until then is kept.
        """

    def delete_by_source(self, source_ids: Sequence[str]) -> Deleted:
        """Take away what was inserted from these sources: files, or source ids as they were given."""

    def clear(self) -> int:
        """Take everything away; gives how many of its storages that were."""

    # -- edits: of what was inserted; what comes from indexed source is ``SymbolIndexed`` ----------------------

    def create_entity(self, entity: GivenEntity) -> GivenEntity:
        """Raises ``EntityExists``."""

    def edit_entity(self, name: str, change: EntityChange, *, merge: bool = False) -> GivenEntity:
        """``merge`` allows a new name that another entity has: both become one."""

    def delete_entity(self, name: str) -> Deleted:
        """With its relations. Raises ``UnknownEntity``."""

    def merge_entities(self, sources: Sequence[str], target: str, change: EntityChange | None = None) -> GivenEntity:
        """``sources`` become ``target``, made if there is none; their relations become its own."""

    def create_relation(self, relation: GivenRelation) -> GivenRelation:
        """Both ends must exist; raises ``RelationExists``."""

    def edit_relation(self, source: str, target: str, change: RelationChange, keywords: str = "") -> GivenRelation:
        """Of several between the two, ``keywords`` say which."""

    def delete_relation(self, source: str, target: str, keywords: str = "") -> Deleted:
        """Those between the two, or those of ``keywords`` alone. Raises ``UnknownRelation``."""

    # -- what it answers --------------------------------------------------------------------------------------

    def read(self) -> AbstractContextManager[Reader]:
        """The graph as it is now, for structural questions and exports."""

    def view(self) -> AbstractContextManager[GraphView]:
        """The graph as it is now, as entities and relations."""

    def answering(self, project: str, mode: Mode, embedding: EmbeddingSettings) -> AbstractContextManager[Answerer]:
        """Ready for questions in plain language; what that takes is kept until the graph changes."""

    def export(self, format_name: str, *, externals: bool = False) -> AbstractContextManager[Iterator[str]]:
        """The graph written out, line by line."""

    # -- how it is --------------------------------------------------------------------------------------------

    def stats(self) -> Counts: ...

    def generation(self) -> int:
        """Grows with every update."""

    def health(self) -> Health: ...

    def memory(self) -> int:
        """Bytes that closing would free, about."""

    def verify(self) -> None:
        """Look for damage; raises ``GraphDamaged``."""

    def close(self) -> None: ...

"""The native engine: one project's graph in a store, filled from a folder or from a document.

It puts the store, the index and the formats together and adds nothing to what they do. It must not know what a
project is called, nor where projects lie.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from loomgraph.engines.places import GraphPlace
from loomgraph.errors import GraphDamaged, GraphNewer, GraphOlder
from loomgraph.settings import EmbeddingSettings
from loomgraph.settings.embedding import NONE
from loomgraph.store.base import Counts, FileGraph, Reader, Update

if TYPE_CHECKING:
    from loomgraph.engines.base import Deleted, Embedded, EntityChange, Health, Inserted, RelationChange
    from loomgraph.engines.editing import Editing
    from loomgraph.engines.graphs import NativeGraph
    from loomgraph.engines.inserting import Inserting
    from loomgraph.engines.naming import KeptNames
    from loomgraph.indexing.build import IndexOptions, IndexResult, Progress, WaitingCallback
    from loomgraph.knowledge import CustomKg, GivenEntity, GivenRelation
    from loomgraph.retrieve.answering import Answerer
    from loomgraph.retrieve.modes import Mode
    from loomgraph.retrieve.warm import Warm

_BASE = 100_000  # bytes of an open engine beside its connections and what it keeps for questions
_PATIENCE = 60.0  # seconds that vectors wait for an index to end, before they are thrown away
_T = TypeVar("_T")


class NativeEngine:
    """One project's graph. ``create`` makes an empty one when there is none; ``wait`` is in seconds.

    ``embedding`` says what gives inserted entities and chunks their vectors; ``lean`` is for one that is kept open
    among many, ``later`` for one whose large inserts leave their vectors to whoever calls :meth:`embed`.
    """

    def __init__(
        self, place: GraphPlace, *, create: bool = False, wait: float = 10.0,
        embedding: EmbeddingSettings | None = None, lean: bool = False, later: bool = False,
    ) -> None:  # fmt: skip
        self.place = place
        self._later = later
        self._wait = wait
        self._embedding = embedding or EmbeddingSettings()
        self._store = place.open(create=create, wait=wait, lean=lean)
        self._inserting: Inserting | None = None
        self._warm: Warm | None = None
        self._names: KeptNames | None = None
        self._writing = threading.Lock()
        self._filling = threading.Lock()
        self._guard = threading.Lock()

    @classmethod
    def rebuild(
        cls, place: GraphPlace, *, wait: float = 10.0, embedding: EmbeddingSettings | None = None
    ) -> NativeEngine:
        """Open a graph that is about to be built anew: one that cannot be read is thrown away first."""
        try:
            engine = cls(place, create=True, wait=wait, embedding=embedding)
            try:
                engine.verify()
            except BaseException:
                engine.close()
                raise
        except (GraphDamaged, GraphNewer, GraphOlder):
            with place.alone(timeout=wait):
                place.remove()
            engine = cls(place, create=True, wait=wait, embedding=embedding)
        return engine

    # -- what fills it ----------------------------------------------------------------------------------------

    def update(self, root: str, options: IndexOptions, progress: Progress, waiting: WaitingCallback) -> IndexResult:
        """Bring the graph up to date with the code in ``root``."""
        from loomgraph.indexing import build
        from loomgraph.retrieve import hnsw

        before = self._described()
        result = build.update(
            self._store, root, options, reopen=self.place.reopen, progress=progress,
            alone=self.place.alone(timeout=self._wait, waiting=waiting), beside=self._beside,
        )  # fmt: skip
        if result.inserted and not result.up_to_date:
            anew = before != self._described()
            self._change(lambda inserting: inserting.settle(anew=anew))
        if not result.up_to_date and not self._embedding.remote:
            self._prepare(least=hnsw.FROM)
        return result

    def _described(self) -> tuple[str, str]:
        """What the graph's passages are found by, and how many numbers a vector has."""
        from loomgraph.engines.inserting import META_DESCRIBED
        from loomgraph.indexing.embedding import META_DIMENSION

        with self._store.read() as reader:
            meta = reader.meta()
        return meta.get(META_DESCRIBED, ""), meta.get(META_DIMENSION, "")

    def embed(self, progress: Progress, stop: Callable[[], bool] = bool) -> Embedded:
        """Fill in the vectors that are missing; what a server is asked for in two threads is asked for once."""
        from loomgraph.engines.base import Embedded

        if self._embedding.name == NONE:
            return Embedded()
        from loomgraph.engines.filling import Filling

        with self._filling:
            alone = partial(self.place.alone, timeout=max(self._wait, _PATIENCE))
            done = Filling(self._store, self._embedding, str(self.place), alone).run(progress, stop)
        if done.files and not done.missing:
            self._prepare(least=0)
        return done

    def _prepare(self, least: int) -> None:
        """Have what questions of a graph of so many chunks need made now, and not by the first of them."""
        with self._store.read() as reader:
            if not least or reader.counts().chunks >= least:
                self._kept_warm().prepare(reader, self._embedding)

    def _beside(self, reader: Reader, paths: Sequence[str] | None) -> tuple[Iterator[FileGraph], dict[str, bytes]]:
        from loomgraph.engines.inserting import Inserting

        if self._inserting is None:
            self._inserting = Inserting(self._store, self._embedding, str(self.place), later=self._later)
        return self._inserting.beside(reader, paths)

    def insert(self, graphs: Iterable[FileGraph]) -> None:
        """Replace what some files say."""
        with self._alone():
            self._store.apply(Update(replace=graphs))

    def replace(self, whole: Update) -> None:
        """Hold what another store held (:func:`loomgraph.store.copying.whole`), in the place of everything."""
        with self._alone():
            self._store.apply(whole)

    def insert_custom_kg(self, kg: CustomKg) -> Inserted:
        """Take in a body: it replaces what it names again."""
        return self._change(lambda inserting: inserting.insert(kg))

    def delete_by_source(self, source_ids: Sequence[str]) -> Deleted:
        """Take away what was inserted from these sources."""
        return self._change(lambda inserting: inserting.delete_by_source(source_ids))

    def clear(self) -> int:
        """Take everything away; gives how many of its storages that were."""
        with self._alone():
            counts = self.stats()
            held = (counts.files, counts.symbols, counts.externals, counts.edges, counts.unresolved, counts.chunks)
            self._store.apply(Update(wipe=True))
        return sum(map(bool, held))

    def _alone(self) -> AbstractContextManager[None]:
        """Nobody else, in this process or another, updates the graph meanwhile."""
        return self.place.alone(timeout=self._wait)

    def _change(self, change: Callable[[Inserting], _T]) -> _T:
        from loomgraph.engines.inserting import Inserting

        with self._writing, self._alone():
            if self._inserting is None:
                self._inserting = Inserting(self._store, self._embedding, str(self.place), later=self._later)
            return change(self._inserting)

    # -- edits ------------------------------------------------------------------------------------------------

    def create_entity(self, entity: GivenEntity) -> GivenEntity:
        """Raises ``EntityExists``."""
        return self._edit(lambda editing: editing.create_entity(entity))

    def edit_entity(self, name: str, change: EntityChange, *, merge: bool = False) -> GivenEntity:
        """``merge`` allows a new name that another entity has."""
        return self._edit(lambda editing: editing.edit_entity(name, change, merge))

    def delete_entity(self, name: str) -> Deleted:
        """With its relations."""
        return self._edit(lambda editing: editing.delete_entity(name))

    def merge_entities(self, sources: Sequence[str], target: str, change: EntityChange | None = None) -> GivenEntity:
        """``sources`` become ``target``."""
        return self._edit(lambda editing: editing.merge_entities(sources, target, change))

    def create_relation(self, relation: GivenRelation) -> GivenRelation:
        """Both ends must exist; raises ``RelationExists``."""
        return self._edit(lambda editing: editing.create_relation(relation))

    def edit_relation(self, source: str, target: str, change: RelationChange, keywords: str = "") -> GivenRelation:
        """Of several between the two, ``keywords`` say which."""
        return self._edit(lambda editing: editing.edit_relation(source, target, change, keywords))

    def delete_relation(self, source: str, target: str, keywords: str = "") -> Deleted:
        """Those between the two, or those of ``keywords`` alone."""
        return self._edit(lambda editing: editing.delete_relation(source, target, keywords))

    def _edit(self, edit: Callable[[Editing], _T]) -> _T:
        from loomgraph.engines.editing import Editing

        return self._change(lambda inserting: inserting.change(lambda merge: edit(Editing(merge)))[0])

    # -- what it answers --------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def read(self) -> Iterator[Reader]:
        """The graph as it is now, for questions and exports."""
        with self._store.read() as reader:
            yield reader

    @contextlib.contextmanager
    def view(self) -> Iterator[NativeGraph]:
        """The graph as it is now, as entities and relations."""
        from loomgraph.engines.graphs import NativeGraph
        from loomgraph.engines.naming import KeptNames

        with self._guard:
            names = self._names = self._names or KeptNames(self.place.identity)
        with self._store.read() as reader:
            remembered = self._warm.view(reader) if self._warm is not None else None
            yield NativeGraph(reader, remembered.said if remembered is not None else None, names)

    @contextlib.contextmanager
    def answering(self, project: str, mode: Mode, embedding: EmbeddingSettings) -> Iterator[Answerer]:
        """Ready for questions in plain language; what that takes is kept until the graph changes."""
        from loomgraph.retrieve.answering import Answerer

        warm = self._kept_warm()
        with self._store.read() as reader:
            yield Answerer(project, reader, warm.open(reader, mode, embedding), mode)

    def _kept_warm(self) -> Warm:
        from loomgraph.retrieve.warm import Warm

        with self._guard:
            if self._warm is None:
                self._warm = Warm(self.place)
            return self._warm

    @contextlib.contextmanager
    def export(self, format_name: str, *, externals: bool = False) -> Iterator[Iterator[str]]:
        """The graph written out, line by line."""
        from loomgraph.engines import exports

        with self._store.read() as reader:
            yield exports.lines(reader, format_name, externals=externals)

    # -- how it is --------------------------------------------------------------------------------------------

    def stats(self) -> Counts:
        """What the graph holds."""
        with self._store.read() as reader:
            return reader.counts()

    def generation(self) -> int:
        """Grows with every update."""
        with self._store.read() as reader:
            return reader.generation()

    def health(self) -> Health:
        """How the engine is."""
        from loomgraph.engines.base import Health
        from loomgraph.engines.inserting import META_DESCRIBED

        with self._store.read() as reader:
            wanted = self._embedding.name != NONE and reader.meta().get(META_DESCRIBED)
            missing = len(reader.without_vectors()) if wanted else 0
            return Health("native", self.place.store, reader.generation(), without_vectors=missing)

    def memory(self) -> int:
        """Bytes that closing would free, about. Cheap: the graph is not read."""
        kept = sum(one.memory() for one in (self._inserting, self._warm, self._names) if one is not None)
        return _BASE + self._store.memory() + kept

    def verify(self) -> None:
        """Look for damage; raises ``GraphDamaged``."""
        self._store.verify()

    def close(self) -> None:
        """Close the store and let go of all that is kept."""
        with self._guard:
            kept = self._warm, self._inserting, self._names
            self._warm = self._inserting = self._names = None
        for one in kept:
            if one is not None:
                one.close()
        self._store.close()

    def __enter__(self) -> NativeEngine:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

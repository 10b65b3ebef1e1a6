"""A project on LightRAG: rows as they were given are kept beside it, and LightRAG holds them folded.

The native store takes the rows in, with all that it does for them (what replaces what, deletion by source, one
transaction, one writer among all processes), and lists and structure are answered from it: LightRAG has no direction
and one edge a pair. What changed is then brought to LightRAG (``book``, ``folding``), whose retrieval answers questions
in plain language (``answering``). A request is answered once LightRAG has written what it brought; what could not be
brought is, by the next request. This module must not know which storages LightRAG uses.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, TypeVar

from loomgraph.engines.base import Health, Inserted
from loomgraph.engines.lightrag.book import (
    KEPT,
    META_BROUGHT,
    META_DROP,
    META_PLACE,
    META_WAITING,
    META_WORKSPACE,
    Book,
    Touched,
)
from loomgraph.engines.lightrag.folding import Folding, Folds, Row, folds_in, folds_of
from loomgraph.engines.lightrag.hosts import Hosts, Instance
from loomgraph.engines.merging import all_said
from loomgraph.engines.native import NativeEngine
from loomgraph.errors import GraphDamaged, LightRagEnded, LightRagFailed, NotSupported
from loomgraph.settings import EmbeddingSettings
from loomgraph.settings.embedding import NONE
from loomgraph.store.base import Update

if TYPE_CHECKING:
    from loomgraph.engines.inserting import Inserting
    from loomgraph.engines.lightrag.answering import LightRagAnswerer
    from loomgraph.engines.places import GraphPlace
    from loomgraph.indexing.build import IndexOptions, IndexResult, Progress, WaitingCallback
    from loomgraph.knowledge import CustomKg
    from loomgraph.retrieve.modes import Mode
    from loomgraph.store.base import FileGraph, Reader

FOLDER = "lightrag"
_NAME = "lightrag"
_AT_ONCE = 5_000  # symbols and pairs that are brought in one go
_WITHOUT = EmbeddingSettings(name=NONE)  # vectors are LightRAG's affair
_T = TypeVar("_T")


class LightRagEngine(NativeEngine):
    """One project's graph on LightRAG. ``name`` is what its workspace is called after, if it has none yet."""

    def __init__(
        self, place: GraphPlace, hosts: Hosts, *, name: str = "", create: bool = False, wait: float = 10.0,
        lean: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(place, create=create, wait=wait, embedding=_WITHOUT, lean=lean)
        self._hosts = hosts
        self._name = name
        self._instance: Instance | None = None
        self._place = ""  # which graph this is, once that is asked
        self._brought = ""  # the mark of what the instance has
        self._folds: tuple[int, Folds] | None = None  # of a generation
        self._bringing = threading.RLock()

    # -- what fills it ----------------------------------------------------------------------------------------

    def update(self, root: str, options: IndexOptions, progress: Progress, waiting: WaitingCallback) -> IndexResult:
        """LightRAG takes rows; an index is the native engine's."""
        raise NotSupported(engine=_NAME, what="index source code")

    def insert(self, graphs: Iterable[FileGraph]) -> None:
        """See :meth:`update`."""
        raise NotSupported(engine=_NAME, what="take in the document of an indexed graph; custom_kg it can")

    def insert_custom_kg(self, kg: CustomKg) -> Inserted:
        """Take in a body; ``notes`` say what of it LightRAG does not hold as it is."""
        notes = folds_in(kg).notes
        return replace(super().insert_custom_kg(kg), notes=notes)

    def clear(self) -> int:
        """Take everything away, from LightRAG's storages too."""
        with self._bringing:
            with self._alone():
                counts = self.stats()
                held = (counts.files, counts.symbols, counts.externals, counts.edges, counts.chunks)
                meta = self._meta()
                if not meta.get(META_WORKSPACE):
                    return 0
                kept = {name: meta[name] for name in KEPT if name in meta}
                self._store.apply(Update(wipe=True, meta={**kept, META_DROP: "1"}))
            self._bring()
        return sum(map(bool, held))

    def _change(self, change: Callable[[Inserting], _T]) -> _T:
        self._workspace()  # a workspace has its name before anything is noted for it
        with self._writing, self._alone():
            if self._inserting is None:
                self._inserting = Book(self._store, self._embedding, str(self.place))
            found = change(self._inserting)
        self._bring()
        return found

    # -- LightRAG ---------------------------------------------------------------------------------------------

    def _workspace(self) -> str:
        """The name of this project's workspace: nobody else's, in characters that every storage takes as they are.

        A graph that was copied or restored says whose copy it is; it gets a workspace of its own.
        """
        if self._place == "":
            self._place = repr(self.place.identity())
        if found := self._named():
            return found
        with self._alone():
            found = self._named()
            if not found:
                stem = re.sub(r"[^a-z0-9]+", "_", self._name.lower()).strip("_")[:20]
                found = f"p_{stem}_{token_hex(6)}" if stem else f"p_{token_hex(6)}"
                shutil.rmtree(self.folder, ignore_errors=True)  # what was copied with it
                self._store.apply(Update(meta={META_WORKSPACE: found, META_PLACE: self._place}))
        return found

    def _named(self) -> str:
        meta = self._meta()
        return meta.get(META_WORKSPACE, "") if meta.get(META_PLACE) == self._place else ""

    @property
    def folder(self) -> Path:
        """Where LightRAG's own files lie, if its storages have any."""
        return self.place.cache / FOLDER

    def _meta(self) -> dict[str, str]:
        with self._store.read() as reader:
            return reader.meta()

    def _current(self, brought: str) -> Instance:
        """The instance, with all that was brought so far, also by other processes."""
        instance = self._instance
        if instance is not None and (not instance.process.alive or (instance.alone and brought != self._brought)):
            self._let_go()
        if self._instance is None:
            self._instance = self._hosts.open(self._workspace(), self.folder)
            self._brought = brought
            if self._instance.alone and self._mark() != brought:  # files of another machine's graph, or old ones
                self._instance.empty = True
        return self._instance

    @property
    def _mark_file(self) -> Path:
        return self.folder / self._workspace() / "brought"

    def _mark(self) -> str:
        """What LightRAG's own files on this machine have."""
        try:
            return self._mark_file.read_text("utf-8")
        except OSError:
            return ""

    def _bring(self) -> Instance:
        """Bring to LightRAG what waits; the instance that has it."""
        with self._bringing:
            meta = self._meta()
            instance = self._current(meta.get(META_BROUGHT, ""))
            if not _waits(meta) and not self._is_lost(instance, meta):
                return instance
            with self._alone():  # nobody changes what is looked up, nor brings anything else
                meta = self._meta()
                instance = self._current(meta.get(META_BROUGHT, ""))
                with self._store.read() as reader:
                    lost = self._is_lost(instance, meta)
                    touched = Touched.everything(reader) if lost else Touched(meta.get(META_WAITING, ""))
                    if lost or meta.get(META_DROP):
                        self._tell(instance, "drop")
                    for part in _parts(touched):
                        self._tell(instance, "apply", **part.change(reader), keep=not instance.alone)
                    self._tell(instance, "keep")
                instance.empty, self._brought = False, token_hex(8)
                self._store.apply(Update(meta={META_WAITING: "", META_DROP: "", META_BROUGHT: self._brought}))
                if instance.alone:
                    self._mark_file.parent.mkdir(parents=True, exist_ok=True)
                    self._mark_file.write_text(self._brought, "utf-8")
            return instance

    def _is_lost(self, instance: Instance, meta: dict[str, str]) -> bool:
        """Whether LightRAG has not what it once had: other storages are set, theirs are gone, or files are old."""
        return instance.empty and bool(meta.get(META_BROUGHT)) and bool(self.stats().symbols)

    def _tell(self, instance: Instance, do: str, **given: Any) -> None:
        try:
            instance.call(do, **given)
        except (LightRagFailed, LightRagEnded):
            self._let_go()  # what it holds now is unknown: it is opened anew, and told again
            raise

    def _let_go(self) -> None:
        instance, self._instance = self._instance, None
        if instance is not None:
            with contextlib.suppress(LightRagFailed):
                self._hosts.close_instance(instance)

    # -- what it answers --------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def answering(self, project: str, mode: Mode, embedding: EmbeddingSettings) -> Iterator[LightRagAnswerer]:
        """Ready for questions in plain language, which LightRAG retrieves for."""
        from loomgraph.engines.lightrag.answering import LightRagAnswerer

        instance = self._bring()
        warm = self._kept_warm()
        with self._store.read() as reader:
            yield LightRagAnswerer(
                project, reader, warm.open(reader, mode, _WITHOUT), mode, instance.call, self._hosts.words
            )

    # -- how it is --------------------------------------------------------------------------------------------

    def folds(self) -> Folds:
        """How much LightRAG does not hold as it was given."""
        with self._store.read() as reader:
            generation = reader.generation()
            if self._folds is None or self._folds[0] != generation:
                rows = (row for _, said in all_said(reader, contents=False) for row in said.relations)
                self._folds = generation, folds_of((row.src_id, row.tgt_id) for row in rows)
            return self._folds[1]

    def health(self) -> Health:
        """How the engine is; asks nothing of LightRAG."""
        waits = _waits(self._meta())
        missing = ("LightRAG has not got the last changes yet: the next request brings them",) if waits else ()
        storages = ", ".join(self._hosts.settings.storages.values())
        return Health(_NAME, storages, self.generation(), missing, self.folds().notes)

    def memory(self) -> int:
        """Bytes that closing would free, about: its share of LightRAG's process too."""
        instance = self._instance
        return super().memory() + (self._hosts.memory(instance) if instance is not None else 0)

    def verify(self) -> None:
        """Look for damage, also for what LightRAG holds otherwise than it should."""
        super().verify()
        with self._bringing:
            instance = self._bring()
            with self._store.read() as reader:
                wrong = _differences(reader, lambda chunks: instance.call("held", chunks=chunks))
        if wrong:
            raise GraphDamaged(path=str(self.place), reason=f"LightRAG holds something else ({'; '.join(wrong)})")

    def close(self) -> None:
        """Close LightRAG's instance, then the rows."""
        with self._bringing:
            self._let_go()
        super().close()


def _waits(meta: dict[str, str]) -> bool:
    return bool(meta.get(META_WAITING) or meta.get(META_DROP))


def _parts(touched: Touched) -> Iterator[Touched]:
    """A change in parts that are brought one after the other."""
    names, pairs, chunks = sorted(touched.names), sorted(touched.pairs), sorted(touched.chunks.items())
    for at in range(0, max(len(names), len(pairs), len(chunks)), _AT_ONCE):
        part = Touched()
        part.names.update(names[at : at + _AT_ONCE])
        part.pairs.update(pairs[at : at + _AT_ONCE])
        part.chunks.update(chunks[at : at + _AT_ONCE])
        yield part


def _differences(reader: Reader, held: Callable[[list[str]], dict[str, Any]]) -> list[str]:
    """What LightRAG holds otherwise than the rows say, in words."""
    folding = Folding(reader)
    found = held(sorted(folding.chunks()))
    wrong = [
        *_compared(
            "symbols", ("entity_type", "description", "source_id", "file_path"),
            {row["entity_id"]: row for row in folding.nodes().values()},
            {row.get("entity_id") or row.get("id"): row for row in found["nodes"]},
        ),
        *_compared(
            "relations", ("keywords", "description", "source_id", "file_path"),
            {frozenset((row["src_id"], row["tgt_id"])): row for row in folding.edges().values()},
            {frozenset((row["source"], row["target"])): row for row in found["edges"]},
        ),
    ]  # fmt: skip
    if found["missing"]:
        wrong.append(f"texts: {len(found['missing'])} missing")
    if found["without"]:
        wrong.append(f"vectors: {found['without']} missing")
    return wrong


def _compared(what: str, fields: Iterable[str], wanted: dict[Any, Row], has: dict[Any, Row]) -> list[str]:
    other = [key for key in wanted.keys() & has.keys() if any(wanted[key][one] != has[key].get(one) for one in fields)]
    missing, more = len(wanted.keys() - has.keys()), len(has.keys() - wanted.keys())
    if not (missing or more or other):
        return []
    return [f"{what}: {missing} missing, {more} too many, {len(other)} other ones"]

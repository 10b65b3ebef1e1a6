"""Changes of what was inserted into a store: bodies, deletions by source, and what an index leaves to be put right.

Every change is one update: the rows that it concerns are read, changed (``merging``) and written as what the files say
now (``given``). It must not know which store it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import TypeVar

from loomgraph import lexicon
from loomgraph.embed.registry import NONE, embedder_for, model_name
from loomgraph.engines.base import Deleted, Inserted
from loomgraph.engines.given import Writer, record_of
from loomgraph.engines.merging import ASIDE, Merge, all_said
from loomgraph.errors import EmbeddingMismatch
from loomgraph.indexing.collecting import no_collections
from loomgraph.knowledge import CustomKg, Said, pack
from loomgraph.settings import EmbeddingSettings
from loomgraph.store.base import FileGraph, Reader, Store, Update

META_DESCRIBED = "described"  # the embedding, and the version of the terms, that passages are found by
_MANY, _LONG = 5000, 4_000_000  # rows of a body, and characters of its chunks
_KEEP = 5000  # passages after which what describing remembers is forgotten
_KEPT_A_PASSAGE = 1500  # bytes that it remembers of each, about
_Outcome = TypeVar("_Outcome")
_Item = TypeVar("_Item")
Change = tuple[str, Said | None, bytes]


class Inserting:
    """Changes the inserted files of one store. Keeps the embedding open: not to be shared between threads.

    With ``later`` a large insert leaves its vectors to somebody else (``engines.filling``), as it does a server's.
    """

    def __init__(self, store: Store, embedding: EmbeddingSettings, place: str = "", *, later: bool = False) -> None:
        self._store = store
        self._embedding = embedding
        self._place = place
        self._later = later
        self._kept: Writer | None = None

    def insert(self, kg: CustomKg) -> Inserted:
        """Take in a body. Its rows are taken out of it: each is let go of as soon as it is written."""
        counts = len(kg.chunks or ()), len(kg.entities or ()), len(kg.relationships or ())
        many = sum(counts) > _MANY
        long = many or sum([len(row.content) for row in kg.chunks or ()]) > _LONG
        later = self._embedding.remote or (long and self._later and self._embedding.name != NONE)
        with no_collections() if many else nullcontext():
            _, changed = self.change(partial(_taken_in, kg), later=later)
        return Inserted(*counts, changed, later=changed and later)

    def delete_by_source(self, source_ids: Sequence[str]) -> Deleted:
        """Take away what came from these sources."""

        def delete(merge: Merge) -> Deleted:
            found = [merge.delete_source(source_id) for source_id in dict.fromkeys(source_ids)]
            return Deleted(
                sum(one.entities for one in found), sum(one.relations for one in found),
                sum(one.chunks for one in found),
            )  # fmt: skip

        outcome, _ = self.change(delete)
        return outcome

    def change(self, change: Callable[[Merge], _Outcome], *, later: bool = False) -> tuple[_Outcome, bool]:
        """Apply a change of rows in one transaction; says whether the graph is another one now. Vectors may come
        ``later``."""
        with self._store.read() as reader:
            generation, known = reader.generation(), reader.meta()
            self._check_model(known.get(META_DESCRIBED, ""))
            merge = Merge(reader)
            outcome = change(merge)
            changes = list(merge.changes())
        del merge
        if not changes:
            return outcome, False
        self._apply(self._update(changes, self._meta(known), generation, later=later))
        return outcome, True

    def _meta(self, known: Mapping[str, str]) -> dict[str, str]:
        """What is to be known of the vectors and terms of this graph from now on."""
        return {} if known.get(META_DESCRIBED) else {META_DESCRIBED: self._described()}

    def _apply(self, update: Update) -> None:
        self._store.apply(update)
        if self._kept is not None and self._kept.described > _KEEP:
            self.close()

    def settle(self, *, anew: bool = False) -> None:
        """Put right what an index of source code left of inserted entities: those whose symbols it took and gave back.

        ``anew`` describes everything again, for another embedding.
        """
        with self._store.read() as reader:
            generation = reader.generation()
            changes = [
                (record.path, said, b"")
                for record, said in all_said(reader)
                if anew or _lost(reader, said)
            ]  # fmt: skip
        if changes:
            self._apply(self._update([(path, said, pack(said)) for path, said, _ in changes], {}, generation))

    def beside(self, reader: Reader, paths: Collection[str] | None) -> tuple[Iterator[FileGraph], dict[str, bytes]]:
        """The inserted files at ``paths``, which indexed source takes now, at their places beside it, with their facts.

        Without paths all of them as they are: the graph is built anew.
        """
        found = []
        if paths is None or any((one := reader.file(path)) is not None and one.inserted for path in paths):
            for record, said in all_said(reader, paths):
                data = pack(said)
                found.append((record_of(record.path + ASIDE if paths is not None else record.path, data), said, data))
        facts = {record.facts_key: data for record, _, data in found}
        return (self._writer().graphs((record, said) for record, said, _ in found) if found else iter(())), facts

    def memory(self) -> int:
        """Bytes that are kept between changes, about."""
        return _KEPT_A_PASSAGE * self._kept.described if self._kept is not None else 0

    def _update(
        self, changes: list[Change], meta: dict[str, str], generation: int, *, later: bool = False
    ) -> Update:  # fmt: skip
        """The update that makes files say ``changes``, which are let go of one by one."""
        records = deque((record_of(path, data), said) for path, said, data in changes if said is not None)
        facts = deque((record.facts_key, data) for (record, _), (_, _, data) in zip(
            records, (change for change in changes if change[1] is not None), strict=True))  # fmt: skip
        gone = [path for path, said, _ in changes if said is None]
        changes.clear()
        return Update(
            replace=(Writer() if later else self._writer()).graphs(_emptied(records)),
            delete=gone,
            facts=_emptied(facts),
            meta=meta,
            expects=generation,
        )

    def _described(self) -> str:
        return f"{model_name(self._embedding)} {lexicon.VERSION}"

    def _check_model(self, described: str) -> None:
        """Vectors of two models never mix."""
        model = described.rpartition(" ")[0]
        if described and model != model_name(self._embedding):
            raise EmbeddingMismatch(path=self._place, found=model, wanted=model_name(self._embedding))

    def _writer(self) -> Writer:
        if self._kept is None:
            # a server's vectors follow: it is not waited for
            self._kept = Writer(None if self._embedding.remote else embedder_for(self._embedding))
        return self._kept

    def close(self) -> None:
        """Let go of the embedding."""
        kept, self._kept = self._kept, None
        if kept is not None and kept.embedder is not None:
            kept.embedder.close()


def _taken_in(kg: CustomKg, merge: Merge) -> None:
    merge.insert(kg)
    kg.chunks = kg.entities = kg.relationships = None


def _emptied(items: deque[_Item]) -> Iterator[_Item]:
    """Items, each of which is only in the hands of who takes it."""
    while items:
        yield items.popleft()


def _lost(reader: Reader, said: Said) -> bool:
    """Whether an entity of these rows has no symbol, though nobody else has it."""
    names = [row.entity_name for row in said.entities]
    found = reader.symbols(names)
    return any(name not in found or not found[name].file for name in names if not name.startswith("external:"))

"""Vectors for the files of a graph that have none yet, however they came into it and whatever model makes them.

The model is asked outside every transaction and lock; what it gave of some files is then written in one update, of
those that still say what they said. So whatever breaks off leaves a graph that is whole, with the vectors it has got,
and the next time goes on from there. A file's vectors are those that an index or an insert would have written with it.
This module must not know who wants the vectors, nor when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple

from loomgraph.embed.registry import embedder_for, model_name
from loomgraph.engines.base import Embedded
from loomgraph.engines.given import Writer
from loomgraph.engines.inserting import META_DESCRIBED
from loomgraph.engines.merging import packed_by, said_by
from loomgraph.errors import EmbeddingDimension, EmbeddingMismatch
from loomgraph.facts import Facts
from loomgraph.indexing.embedding import META_DIMENSION
from loomgraph.indexing.passages import Describer
from loomgraph.store.base import FileRecord, Reader, Store, Update

if TYPE_CHECKING:
    from loomgraph.embed.base import Embedder, Passage
    from loomgraph.embed.remote import RemoteEmbedder
    from loomgraph.indexing.build import Progress
    from loomgraph.settings import EmbeddingSettings

_AHEAD = 2  # requests gathered for each that may be under way: none waits for the slowest file
_AT_ONCE = 4_096  # passages of one update of built-in vectors: others wait for it no longer than they notice
_AT_ONCE_READ = 256  # of a model of this machine that reads texts: some give a hundred a second


class _File(NamedTuple):
    """A file without vectors, and what they are made of."""

    path: str
    key: str
    passages: list[Passage]


class Filling:
    """Fills one graph. ``place`` names it in errors; ``alone`` is held while something is written."""

    def __init__(
        self, store: Store, embedding: EmbeddingSettings, place: str, alone: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._store = store
        self._embedding = embedding
        self._place = place
        self._alone = alone
        self._filled = self._done = self._total = 0

    def run(self, progress: Progress, stop: Callable[[], bool]) -> Embedded:
        """Make all that is missing, or as much as there is until ``stop`` says so. Raises ``EmbeddingUnreachable``,
        ``EmbeddingDimension``, ``EmbeddingMismatch``; what came before is written."""
        with self._store.read() as reader:
            meta = reader.meta()
            missing = reader.without_vectors() if meta.get(META_DESCRIBED) else []
        if not missing:
            return Embedded()
        self._check_model(meta.get(META_DESCRIBED, ""))
        self._total = len(missing)
        embedder = embedder_for(self._embedding, int(meta.get(META_DIMENSION) or 0))
        if embedder is None:
            return Embedded()
        try:
            progress("embed", 0, self._total)
            for files in self._pools(missing, embedder):
                self._fill(files, embedder)
                self._done += len(files)
                progress("embed", self._done, self._total)
                if stop():
                    break
            with self._store.read() as reader:
                left = len(reader.without_vectors())
            remote = _as_remote(embedder)
            return Embedded(self._filled, left, remote.shortened if remote is not None else 0)
        finally:
            embedder.close()

    def _pools(self, paths: Sequence[str], embedder: Embedder) -> Iterator[list[_File]]:
        """Files with what is embedded of them: as many as keep a server busy. Reads a few at a time: no reader lasts
        for long."""
        most = _AT_ONCE_READ if embedder.prose else _AT_ONCE
        if self._embedding.remote:
            most = self._embedding.batch * self._embedding.max_async * _AHEAD
        describer, writer = Describer(self._embedding), Writer(embedder)
        pool: list[_File] = []
        waiting = 0
        for path in paths:
            with self._store.read() as reader:
                record = reader.file(path)
                if record is None:
                    continue
                file = _File(path, record.facts_key, _passages(reader, record, describer, writer))
            pool.append(file)
            waiting += len(file.passages)
            if waiting >= most:
                yield pool
                pool, waiting = [], 0
                describer, writer = Describer(self._embedding), Writer(embedder)  # which remember words
        if pool:
            yield pool

    def _fill(self, files: Sequence[_File], embedder: Embedder) -> None:
        matrix = embedder.passages([passage for file in files for passage in file.passages]).astype("<f2")
        vectors: dict[str, bytes] = {}
        at = 0
        for file in files:
            vectors[file.path] = matrix[at : at + len(file.passages)].tobytes()
            at += len(file.passages)
        with self._alone():
            with self._store.read() as reader:
                generation, meta = reader.generation(), reader.meta()
                self._check_model(meta.get(META_DESCRIBED, ""))
                self._check_dimension(embedder, int(meta.get(META_DIMENSION) or 0))
                same = [file for file in files if _still(reader, file) and vectors[file.path]]
            if same:
                update = {file.path: vectors[file.path] for file in same}
                told = {META_DIMENSION: str(embedder.dimension)} if self._embedding.remote else {}
                self._store.apply(Update(vectors=update, meta=told, expects=generation))
        self._filled += len(same)

    def _check_dimension(self, embedder: Embedder, known: int) -> None:
        """Another process may have been quicker, and the model another one by its name alone."""
        remote = _as_remote(embedder)
        if remote is not None and known and known != remote.dimension:
            raise EmbeddingDimension(
                host=remote.host, model=self._embedding.model, found=remote.dimension, wanted=known
            )  # fmt: skip

    def _check_model(self, described: str) -> None:
        """Vectors of two models never mix; a graph that was emptied meanwhile has none."""
        model = described.rpartition(" ")[0]
        if described and model != model_name(self._embedding):
            raise EmbeddingMismatch(path=self._place, found=model, wanted=model_name(self._embedding))


def _as_remote(embedder: Embedder) -> RemoteEmbedder | None:
    from loomgraph.embed.remote import RemoteEmbedder

    return embedder if isinstance(embedder, RemoteEmbedder) else None


def _still(reader: Reader, file: _File) -> bool:
    record = reader.file(file.path)
    return record is not None and record.facts_key == file.key


def _passages(reader: Reader, record: FileRecord, describer: Describer, writer: Writer) -> list[Passage]:
    """What is embedded of a file."""
    packed = packed_by(reader, record)
    if record.inserted:
        return writer.passages(record.path, said_by(reader, record, packed)) if packed else []
    facts = Facts.unpack(packed) if packed else None
    return describer.passages(record.path, facts, reader.chunks_in([record.path]))

"""Vectors from a server for the files of a graph that have none yet, however they came into it.

The server is asked outside every transaction and lock; what it gave of some files is then written in one update, of
those that still say what they said. So whatever breaks off leaves a graph that is whole, with the vectors it has got,
and the next time goes on from there. This module must not know who wants the vectors, nor when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple

from loomgraph.embed.registry import model_name
from loomgraph.engines.base import Embedded
from loomgraph.engines.given import whole_texts
from loomgraph.engines.inserting import META_DESCRIBED
from loomgraph.engines.merging import packed_by, said_by
from loomgraph.errors import EmbeddingDimension, EmbeddingMismatch
from loomgraph.facts import Facts
from loomgraph.indexing.embedding import META_DIMENSION
from loomgraph.indexing.passages import heads_of
from loomgraph.store.base import FileRecord, Reader, Store, Update

if TYPE_CHECKING:
    from loomgraph.embed.remote import RemoteEmbedder
    from loomgraph.indexing.build import Progress
    from loomgraph.settings import EmbeddingSettings

_AHEAD = 2  # requests gathered for each that may be under way: none waits for the slowest file


class _File(NamedTuple):
    """A file without vectors, and what they are made of."""

    path: str
    key: str
    texts: list[str]


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

    def run(self, progress: Progress) -> Embedded:
        """Ask for all that is missing. Raises ``EmbeddingUnreachable``, ``EmbeddingDimension``, ``EmbeddingMismatch``;
        what came before is written."""
        from loomgraph.embed.remote import RemoteEmbedder

        with self._store.read() as reader:
            meta = reader.meta()
            missing = reader.without_vectors() if meta.get(META_DESCRIBED) else []
        if not missing:
            return Embedded()
        self._check_model(meta.get(META_DESCRIBED, ""))
        self._total = len(missing)
        embedder = RemoteEmbedder(self._embedding, int(meta.get(META_DIMENSION) or 0))
        try:
            for files in self._pools(missing):
                self._fill(files, embedder)
                self._done += len(files)
                progress("embed", self._done, self._total)
            with self._store.read() as reader:
                left = len(reader.without_vectors())
            return Embedded(self._filled, left, embedder.shortened)
        finally:
            embedder.close()

    def _pools(self, paths: Sequence[str]) -> Iterator[list[_File]]:
        """Files with their texts, as many as keep the server busy. Reads a few at a time: no reader lasts for long."""
        most = self._embedding.batch * self._embedding.max_async * _AHEAD
        pool: list[_File] = []
        waiting = 0
        for path in paths:
            with self._store.read() as reader:
                record = reader.file(path)
                if record is None:
                    continue
                file = _File(path, record.facts_key, _texts(reader, record))
            pool.append(file)
            waiting += len(file.texts)
            if waiting >= most:
                yield pool
                pool, waiting = [], 0
        if pool:
            yield pool

    def _fill(self, files: Sequence[_File], embedder: RemoteEmbedder) -> None:
        matrix = embedder.texts([text for file in files for text in file.texts]).astype("<f2")
        vectors: dict[str, bytes] = {}
        at = 0
        for file in files:
            vectors[file.path] = matrix[at : at + len(file.texts)].tobytes()
            at += len(file.texts)
        with self._alone():
            with self._store.read() as reader:
                generation, meta = reader.generation(), reader.meta()
                self._check_model(meta.get(META_DESCRIBED, ""))
                known = int(meta.get(META_DIMENSION) or 0)
                if known and known != embedder.dimension:  # another process was quicker
                    raise EmbeddingDimension(
                        host=embedder.host, model=self._embedding.model, found=embedder.dimension, wanted=known
                    )
                same = [file for file in files if _still(reader, file) and vectors[file.path]]
            if same:
                update = {file.path: vectors[file.path] for file in same}
                dimension = {META_DIMENSION: str(embedder.dimension)}
                self._store.apply(Update(vectors=update, meta=dimension, expects=generation))
        self._filled += len(same)

    def _check_model(self, described: str) -> None:
        """Vectors of two models never mix."""
        model = described.rpartition(" ")[0]
        if model != model_name(self._embedding):
            raise EmbeddingMismatch(path=self._place, found=model, wanted=model_name(self._embedding))


def _still(reader: Reader, file: _File) -> bool:
    record = reader.file(file.path)
    return record is not None and record.facts_key == file.key


def _texts(reader: Reader, record: FileRecord) -> list[str]:
    """What the model reads of each passage of a file."""
    chunks = reader.chunks_in([record.path])
    packed = packed_by(reader, record)
    if record.inserted:
        return whole_texts(record.path, said_by(reader, record, packed)) if packed else []
    heads = heads_of(record.path, Facts.unpack(packed), chunks) if packed else [f"{record.path}\n"] * len(chunks)
    return [head + chunk.text for head, chunk in zip(heads, chunks, strict=True)]

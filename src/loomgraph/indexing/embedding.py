"""Vectors from a server, for the files of an index: asked for by the parent process, in pools of many files' chunks.

What is embedded of a chunk is its head (path and names defined in it) and its text. A chunk whose text the graph holds
already keeps its vector: what did not change is never sent again, whatever else of its file did. A server that cannot
be used fails the index, and the graph stays as it was; what it gave until then is pending for the next index. This
module must not know how chunks are made or found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from loomgraph.embed.registry import model_name
from loomgraph.indexing.pending import Pending

if TYPE_CHECKING:
    from loomgraph.embed.remote import RemoteEmbedder
    from loomgraph.indexing.resolving import Resolved
    from loomgraph.settings import EmbeddingSettings
    from loomgraph.store.base import Reader

META_DIMENSION = "dimension"  # of the vectors, where the model alone does not say it
_AHEAD = 2  # requests gathered for each that may be under way: none waits for the slowest file


class RemoteVectors:
    """The part of one index that a server does. ``described`` and ``meta`` say what the graph holds by now.

    ``anew``: every vector must be made again, since the settings want another dimension than the graph has.
    """

    def __init__(
        self, settings: EmbeddingSettings, meta: Mapping[str, str], described: str, pending: Path | None = None
    ) -> None:
        self._settings = settings
        self._path = pending
        model = meta.get(described, "").rpartition(" ")[0]
        known = int(meta.get(META_DIMENSION) or 0) if model == model_name(settings) else 0
        self.anew = bool(known and settings.dim and settings.dim != known)
        self._known = 0 if self.anew else known
        self.dimension = settings.dim or known

    def meta(self) -> dict[str, str]:
        """What is to be known of the vectors later."""
        return {META_DIMENSION: str(self.dimension or "")}

    def check(self) -> None:
        """Learn the dimension, and that the server can be used, before anything is done."""
        embedder = self._embedder()
        try:
            self.dimension = embedder.probe()
        finally:
            embedder.close()

    def embedded(self, files: Iterable[Resolved], reader: Reader) -> Iterator[Resolved]:
        """``files`` in their order, with their vectors."""
        embedder = self._embedder()
        pending = Pending(self._path, embedder.model, self.dimension)
        pool: list[Resolved] = []
        waiting = 0
        try:
            for one in files:
                pool.append(one)
                waiting += len(one.heads)
                if waiting >= self._settings.batch * self._settings.max_async * _AHEAD:
                    yield from self._filled(pool, embedder, pending, reader)
                    pool, waiting = [], 0
            yield from self._filled(pool, embedder, pending, reader)
        finally:
            embedder.close()

    def _filled(
        self, pool: list[Resolved], embedder: RemoteEmbedder, pending: Pending, reader: Reader
    ) -> Iterator[Resolved]:
        kept = [self._kept(one, reader) for one in pool]
        texts = [
            head + chunk.text
            for one, known in zip(pool, kept, strict=True)
            for head, chunk in zip(one.heads, one.chunks or (), strict=True)
            if chunk.text not in known
        ]
        rows = pending.get(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in rows]
        fresh = {
            text: row.tobytes() for text, row in zip(missing, embedder.texts(missing).astype("<f2"), strict=True)
        }  # fmt: skip
        pending.add(fresh)
        rows |= fresh
        for one, known in zip(pool, kept, strict=True):
            if not one.heads:
                yield one
                continue
            found = [
                known[chunk.text] if chunk.text in known else rows[head + chunk.text]
                for head, chunk in zip(one.heads, one.chunks or (), strict=True)
            ]
            yield one._replace(vectors=b"".join(found), heads=())

    def done(self) -> None:
        """The graph holds every vector now."""
        Pending(self._path, "", 0).done()

    def _kept(self, one: Resolved, reader: Reader) -> dict[str, bytes]:
        """The vectors that the graph has of a file's chunks, by their text."""
        if not self._known or not one.heads:
            return {}
        row = 2 * self._known
        data = b"".join(data for _, data in reader.vectors([one.path]))
        chunks = reader.chunks_in([one.path])
        if len(data) != row * len(chunks):
            return {}
        return {chunk.text: data[at * row : (at + 1) * row] for at, chunk in enumerate(chunks)}

    def _embedder(self) -> RemoteEmbedder:
        from loomgraph.embed.remote import RemoteEmbedder

        return RemoteEmbedder(self._settings, self.dimension)

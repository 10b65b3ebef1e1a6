"""Vectors of a server, as far as an index has them: those of chunks that did not change.

What is embedded of a chunk is its head (path and names defined in it) and its text. A chunk whose text the graph holds
already keeps its vector: what did not change is never sent again, whatever else of its file did. No server is asked
here: an index writes a graph whole, and the vectors that are missing follow (``engines.filling``). This module must not
know how chunks are made or found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from loomgraph.embed.registry import model_name

if TYPE_CHECKING:
    from loomgraph.embed.remote import RemoteEmbedder
    from loomgraph.indexing.resolving import Resolved
    from loomgraph.settings import EmbeddingSettings
    from loomgraph.store.base import Reader

META_DIMENSION = "dimension"  # of the vectors, where the model alone does not say it


class Carried:
    """The vectors that an index takes over. ``described`` and ``meta`` say what the graph holds by now.

    ``anew``: every vector must be made again, since the settings want another dimension than the graph has.
    """

    def __init__(self, settings: EmbeddingSettings, meta: Mapping[str, str], described: str) -> None:
        self._settings = settings
        model = meta.get(described, "").rpartition(" ")[0]
        known = int(meta.get(META_DIMENSION) or 0) if model == model_name(settings) else 0
        self.anew = bool(known and settings.dim and settings.dim != known)
        self._known = 0 if self.anew else known

    def meta(self) -> dict[str, str]:
        """What is to be known of the vectors later."""
        return {META_DIMENSION: str(self._known or "")}

    def taken_over(self, files: Iterable[Resolved], reader: Reader) -> Iterator[Resolved]:
        """``files`` in their order, with their vectors where all are there.

        Those of a file that lacks some are remembered as what they are: nobody has to ask for them.
        """
        from loomgraph.embed.remote import RemoteEmbedder

        embedder = RemoteEmbedder(self._settings, self._known)
        try:
            for one in files:
                known = self._kept(one, reader)
                if known:
                    one = _with(one, known, embedder)
                yield one._replace(heads=())
        finally:
            embedder.close()

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


def _with(one: Resolved, known: Mapping[str, bytes], embedder: RemoteEmbedder) -> Resolved:
    chunks = one.chunks or []
    found = [known.get(chunk.text, b"") for chunk in chunks]
    if all(found):
        return one._replace(vectors=b"".join(found))
    rows = zip(one.heads, chunks, found, strict=True)
    embedder.keep({head + chunk.text: row for head, chunk, row in rows if row})
    return one

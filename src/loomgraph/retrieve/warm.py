"""Warm: what is kept of one project from one question to the next, for any number of threads.

The view of its files, its vectors (mapped from files beside the graph) and the embedder: no reader, no transaction and
no connection, so that a project which is kept warm hinders nobody. Every question brings a reader of its own; when
that one sees another generation of the graph, all but the embedder is looked at anew. What the chunks of a graph are
found by stands in its meta data: vectors of another model than the one set are an error; where there are none, or the
model cannot be loaded, words and names are searched and the answer says so. It must not know what is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from loomgraph import lexicon
from loomgraph.embed.registry import NONE, embedder_for, model_name
from loomgraph.errors import EmbeddingMismatch, EmbeddingUnavailable
from loomgraph.retrieve.context import Count, estimate
from loomgraph.retrieve.data import load_weights
from loomgraph.retrieve.modes import PARTS, Mode, weights_for
from loomgraph.retrieve.search import Searcher
from loomgraph.retrieve.view import View
from loomgraph.settings import EmbeddingSettings

if TYPE_CHECKING:
    from loomgraph.embed.base import Embedder
    from loomgraph.retrieve.question import Question
    from loomgraph.retrieve.vectors import Vectors
    from loomgraph.store.base import FileRecord, Reader

META_DESCRIBED = "described"  # written by the index: model of the vectors, version of the terms
META_DIMENSION = "dimension"  # of the vectors, where the model alone does not say it
NO_VECTORS = "this graph has no vectors: searched by words and names alone"
SOME_MISSING = "{count} files have no vectors yet: found by words and names until a server or `loomgraph embed` is done"
OTHER_TERMS = "this graph's words were made by other rules: `loomgraph index` renews them"
STATIC = EmbeddingSettings()  # what is built in
_NO_MODEL = "none"


class Place(Protocol):
    """Where the graph lies that is asked; as text it is named so in errors."""

    @property
    def cache(self) -> Path:
        """A folder for files that are made from the graph, if it is there."""

    def identity(self) -> object:
        """Which graph lies there: one that another process has put in its place has another."""


class Opened:
    """A project ready for the questions of one thread: its searcher, and how tokens are counted."""

    def __init__(
        self, searcher: Searcher, signals: tuple[str, ...], notes: tuple[str, ...], count: Count,
        given: View | None = None, missing: int = 0,
    ) -> None:  # fmt: skip
        self.searcher = searcher
        self.missing = missing  # files whose vectors are still to come
        self.given = given  # the view of a graph that holds what was inserted
        self.count = count
        self._signals = signals
        self._notes = notes

    @property
    def signals(self) -> tuple[str, ...]:
        """The signals that were there to be used: lexical, semantic, graph."""
        return tuple(name for name in self._signals if name != "semantic" or not self.searcher.trouble)

    @property
    def notes(self) -> tuple[str, ...]:
        """Why others are missing."""
        return (*self._notes, self.searcher.trouble) if self.searcher.trouble else self._notes

    def closeness(self, question: Question) -> float:
        """The cosine of the passage nearest in meaning; 0 without vectors."""
        return self.searcher.closeness(question)


@dataclass(frozen=True, slots=True)
class _Kept:
    """One generation of a graph, as far as questions need it in memory."""

    identity: object
    described: str
    view: View
    vectors: Vectors | None
    embedding: EmbeddingSettings
    notes: tuple[str, ...]
    missing: int


class Warm:
    """What is kept of the project whose graph lies at ``place``; None for one that lies nowhere but in memory."""

    def __init__(self, place: Place | None = None) -> None:
        self._place = place
        self._kept: _Kept | None = None
        self._embedder: Embedder | None = None
        self._embedding: EmbeddingSettings | None = None
        self._lock = threading.Lock()

    def open(self, reader: Reader, mode: Mode = Mode.MIX, embedding: EmbeddingSettings = STATIC) -> Opened:
        """A searcher for the questions of one thread, as long as ``reader`` lives. Raises ``EmbeddingMismatch``."""
        with self._lock:
            kept = self._kept
            if kept is None or kept.identity != self._identity(reader) or kept.embedding != embedding:
                kept = self._kept = self._look(reader, embedding)
            embedder = self._embedder if kept.vectors is not None else None
        parts = PARTS[mode]
        names = ["lexical"] * bool(kept.described) + ["semantic"] * (embedder is not None) + ["graph"] * parts.graph
        searcher = Searcher(reader, embedder, kept.vectors, weights_for(mode, load_weights()), kept.view)
        count = embedder.tokens if embedder is not None else estimate
        return Opened(searcher, tuple(names), kept.notes, count, kept.view if kept.view.given else None, kept.missing)

    def view(self, reader: Reader) -> View | None:
        """What is remembered of the moment that ``reader`` sees; None when that is nothing."""
        kept = self._kept
        return kept.view if kept is not None and kept.identity == self._identity(reader) else None

    def prepare(self, reader: Reader, embedding: EmbeddingSettings = STATIC) -> None:
        """Write what the first question would have to: called where time is no matter, after an index."""
        with self._lock:
            self._kept = self._look(reader, embedding, prepare=True)

    def memory(self) -> int:
        """Bytes held, roughly; what is mapped from files is not counted."""
        kept = self._kept
        if kept is None:
            return 0
        return kept.view.nbytes + (kept.vectors.nbytes if kept.vectors is not None else 0)

    def close(self) -> None:
        """Let go of everything; the next question brings it back."""
        with self._lock:
            self._kept = None
            self._drop_embedder()

    # -- looking ---------------------------------------------------------------------------------------------

    def _identity(self, reader: Reader) -> object:
        """What changes with the graph: its generation, and which one lies at its place."""
        return reader.generation(), self._place.identity() if self._place is not None else None

    def _look(self, reader: Reader, embedding: EmbeddingSettings, prepare: bool = False) -> _Kept:
        identity = self._identity(reader)
        meta = reader.meta()
        files = reader.files()
        described = meta.get(META_DESCRIBED, "")
        model, _, terms = described.rpartition(" ")
        notes = [OTHER_TERMS] if described and terms != str(lexicon.VERSION) else []
        vectors: Vectors | None = None
        missing = 0
        if embedding.name != NONE and model and model != _NO_MODEL:
            if model != model_name(embedding):
                raise EmbeddingMismatch(path=str(self._place or ""), found=model, wanted=model_name(embedding))
            dimension = int(meta.get(META_DIMENSION) or 0)
            try:
                embedder = self._embedder_for(embedding, dimension)
            except EmbeddingUnavailable as error:
                notes.append(str(error))
            else:
                dimension = dimension or embedder.dimension
                if dimension:
                    vectors, missing = self._vectors(reader, files, described, dimension, prepare)
                    notes += [SOME_MISSING.format(count=missing)] if missing else []
        if vectors is None and embedding.name != NONE and not notes:
            notes.append(NO_VECTORS)
        return _Kept(
            identity,
            described,
            View(files, len(vectors) if vectors is not None else reader.counts().chunks),
            vectors,
            embedding,
            tuple(notes),
            missing,
        )

    def _embedder_for(self, embedding: EmbeddingSettings, dimension: int) -> Embedder:
        if self._embedder is None or self._embedding != embedding:
            found = embedder_for(embedding, dimension)
            assert found is not None  # NONE was asked for before
            self._drop_embedder()
            self._embedder, self._embedding = found, embedding
        return self._embedder

    def _drop_embedder(self) -> None:
        if self._embedder is not None:
            self._embedder.close()
        self._embedder, self._embedding = None, None

    def _vectors(
        self, reader: Reader, files: Sequence[FileRecord], described: str, dimension: int, prepare: bool
    ) -> tuple[Vectors | None, int]:
        """The vectors there are, and of how many files they are still to come."""
        from loomgraph.retrieve import vector_files  # NumPy: only where there are vectors

        cache = self._place.cache if self._place is not None else None
        beside = cache / vector_files.FOLDER if cache is not None and cache.is_dir() else None
        missing = frozenset(reader.without_vectors())
        keys = vector_files.content_keys([one for one in files if one.path not in missing], described)
        table = vector_files.open_vectors(reader, beside, files, keys, dimension, prepare)
        return (table if len(table) else None), len(missing)

"""Opening a project for questions: which signals its graph has, and the searcher that uses them.

What the chunks of a graph are found by stands in its meta data: the model of its vectors and the version of its
terms. Vectors of another model than the one set are an error; where there are none, or the model cannot be loaded,
words and names are searched and the answer says so. It must not know what is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loomgraph import lexicon
from loomgraph.embed.registry import NONE, STATIC, embedder_for, model_name
from loomgraph.errors import EmbeddingMismatch, EmbeddingUnavailable
from loomgraph.retrieve.context import Count, estimate
from loomgraph.retrieve.data import load_weights
from loomgraph.retrieve.modes import PARTS, Mode, weights_for
from loomgraph.retrieve.search import Searcher

if TYPE_CHECKING:
    from loomgraph.embed.base import Embedder
    from loomgraph.retrieve.question import Question
    from loomgraph.retrieve.vectors import VectorTable
    from loomgraph.store.base import Reader

META_DESCRIBED = "described"  # written by the index: model of the vectors, version of the terms
NO_VECTORS = "this graph has no vectors: searched by words and names alone"
OTHER_TERMS = "this graph's words were made by other rules: `loomgraph index` renews them"
_NO_MODEL = model_name(NONE)


@dataclass(frozen=True, slots=True)
class Opened:
    """A project ready for questions: its searcher, the signals there are, why others are missing."""

    searcher: Searcher
    signals: tuple[str, ...]
    notes: tuple[str, ...]
    count: Count
    embedder: Embedder | None = None
    vectors: VectorTable | None = None

    def closeness(self, question: Question) -> float:
        """The cosine of the passage nearest in meaning; 0 without vectors."""
        if self.embedder is None or self.vectors is None:
            return 0.0
        (vector,) = self.embedder.questions([" ".join(question.terms)])
        return max((cosine for _, _, cosine in self.vectors.nearest(vector, 1)), default=0.0)


def open_searcher(reader: Reader, mode: Mode = Mode.MIX, embedding: str = STATIC, graph: str = "") -> Opened:
    """A searcher with every signal that ``reader``'s graph has. Raises ``EmbeddingMismatch``."""
    described = reader.meta().get(META_DESCRIBED, "")
    model, _, terms = described.rpartition(" ")
    notes = [OTHER_TERMS] if described and terms != str(lexicon.VERSION) else []
    embedder: Embedder | None = None
    vectors: VectorTable | None = None
    if embedding != NONE and model and model != _NO_MODEL:
        if model != model_name(embedding):
            raise EmbeddingMismatch(path=graph, found=model, wanted=model_name(embedding))
        try:
            embedder = embedder_for(embedding)
        except EmbeddingUnavailable as error:
            notes.append(str(error))
        else:
            vectors = _vectors(reader, embedder)
    if vectors is None and embedding != NONE and not notes:
        notes.append(NO_VECTORS)
    if vectors is None:
        embedder = None
    weights = weights_for(mode, load_weights())
    names = ["lexical"] * bool(described) + ["semantic"] * (vectors is not None) + ["graph"] * PARTS[mode].graph
    count = embedder.tokens if embedder is not None else estimate
    searcher = Searcher(reader, embedder, vectors, weights)
    return Opened(searcher, tuple(names), tuple(notes), count, embedder, vectors)


def _vectors(reader: Reader, embedder: Embedder | None) -> VectorTable | None:
    if embedder is None:
        return None
    from loomgraph.retrieve.vectors import VectorTable

    table = VectorTable(reader, embedder.dimension)
    return table if len(table) else None

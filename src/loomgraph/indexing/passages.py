"""Chunks → what they are found by: terms by field for the lexical index, vectors for the semantic one.

A chunk is described by the path of its file, the names it defines, their signatures and documentation, and its text.
It must not know how any of it is searched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from loomgraph.embed.base import Passage
from loomgraph.embed.registry import embedder_for
from loomgraph.facts import DefFlag, DefKind, Facts
from loomgraph.lexicon import Lexicon, document, words_of
from loomgraph.store.base import PassageTerms

if TYPE_CHECKING:
    from loomgraph.embed.base import Embedder
    from loomgraph.model import Chunk
    from loomgraph.settings.embedding import EmbeddingSettings

_BODY_MOST = 3  # how often a term of the body is written at most: BM25 has made up its mind by then


class Describer:
    """Describes the chunks of one file after the other. ``embedding`` says what makes vectors; NONE makes none."""

    def __init__(self, embedding: EmbeddingSettings | str) -> None:
        self._embedding = embedding
        self._loaded: Embedder | None = None
        self._lexicon = Lexicon()

    def describe(self, path: str, facts: Facts, chunks: Sequence[Chunk]) -> tuple[list[PassageTerms], bytes]:
        """The terms of each chunk, and their vectors as little-endian float16 (empty without an embedder)."""
        if not chunks:
            return [], b""
        embedder = self._embedder()
        lexicon = self._lexicon
        where = words_of(path.rpartition(".")[0] or path)
        path_terms = document(lexicon.count_terms(where), _BODY_MOST)
        told = list(_told(facts, chunks))
        terms = [
            PassageTerms(path_terms, *[document(lexicon.count_terms(words), _BODY_MOST) for words in one[:3]])
            for one in told
        ]
        if embedder is None:
            return terms, b""
        return terms, embedder.passages(self._passages(path, told)).astype("<f2").tobytes()

    def passages(self, path: str, facts: Facts | None, chunks: Sequence[Chunk]) -> list[Passage]:
        """What is embedded of each chunk; without facts nobody knows what a file defines."""
        return self._passages(path, _told(facts, chunks))

    def _passages(self, path: str, told: Iterable[_Told]) -> list[Passage]:
        where = self._lexicon.count_parts(words_of(path.rpartition(".")[0] or path))
        count = self._lexicon.count_parts
        return [
            Passage(where, count(one.names), count(one.doc), count(one.body), _head(path, one.named) + one.text)
            for one in told
        ]

    def _embedder(self) -> Embedder | None:
        if self._loaded is None:
            self._loaded = embedder_for(self._embedding)
        return self._loaded


class _Told(NamedTuple):
    """The words of what a chunk defines, of what is said of that, and of its text; names and text as they stand."""

    names: Sequence[str]
    doc: Sequence[str]
    body: Sequence[str]
    named: str
    text: str


def _told(facts: Facts | None, chunks: Sequence[Chunk]) -> Iterator[_Told]:
    defined = _definitions_by_chunk(facts, chunks) if facts is not None else [()] * len(chunks)
    for at, chunk in enumerate(chunks):
        definitions = [facts.definitions[number] for number in defined[at]] if facts is not None else []
        names = " ".join([d.name for d in definitions])
        doc = " ".join([f"{d.signature} {d.doc}" for d in definitions])
        if facts is not None and at == 0 and facts.definitions[0].doc:
            doc = f"{facts.definitions[0].doc} {doc}"
        yield _Told(words_of(names), words_of(doc), words_of(chunk.text), names, chunk.text)


def heads_of(path: str, facts: Facts, chunks: Sequence[Chunk]) -> tuple[str, ...]:
    """What stands before the text of each chunk where a model reads it."""
    defined = _definitions_by_chunk(facts, chunks)
    return tuple(_head(path, " ".join([facts.definitions[number].name for number in numbers])) for numbers in defined)


def _head(path: str, names: str) -> str:
    return f"{path}\n{names}\n" if names else f"{path}\n"


def _definitions_by_chunk(facts: Facts, chunks: Sequence[Chunk]) -> list[list[int]]:
    """For each chunk, the definitions that begin in it; a later part of a large function counts as the function."""
    found: list[list[int]] = [[] for _ in chunks]
    hidden, scope = int(DefFlag.HIDDEN), int(DefKind.SCOPE)
    shown = sorted(
        (d.name_line, at) for at, d in enumerate(facts.definitions) if at and not d.flags & hidden and d.kind != scope
    )
    place = 0
    for number, chunk in enumerate(chunks):
        while place < len(shown) and shown[place][0] < chunk.start_line:
            place += 1
        while place < len(shown) and shown[place][0] <= chunk.end_line:
            found[number].append(shown[place][1])
            place += 1
        span = facts.chunks[number] if number < len(facts.chunks) else None
        if span is not None and span.heading and span.owner and span.owner not in found[number]:
            found[number].insert(0, span.owner)
    return found

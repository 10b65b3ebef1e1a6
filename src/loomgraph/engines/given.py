"""What a file was given → what the store takes: symbols, edges, chunks, and by what they are found.

A pure function of the file's rows, so equal rows give equal graphs whatever brought them. Beside its chunks, every
entity is found by a *card* (:func:`loomgraph.knowledge.cards`). It must not know what was there before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from loomgraph.embed.base import Passage
from loomgraph.engines.merging import SOURCE, slot_of
from loomgraph.knowledge import (
    UNKNOWN_TYPE,
    GivenChunk,
    GivenEntity,
    GivenRelation,
    Said,
    cards,
    edge_kinds,
    inner_name,
    place_of,
    symbol_kind,
)
from loomgraph.lexicon import Lexicon, document, words_of
from loomgraph.model import Chunk, Edge, SymbolKind
from loomgraph.store.base import EXTERNAL_PREFIX, FileGraph, FileRecord, PassageTerms
from loomgraph.store.inserted import edges_of, symbol_of

if TYPE_CHECKING:
    from loomgraph.embed.base import Embedder

RULES = "custom_kg 1"  # the version of this module and of the rows' packing
_BATCH, _BATCH_SIZE = 100, 2_000_000  # files described at once, and characters in their chunks
_NO_WORDS: Mapping[str, int] = {}


def record_of(path: str, data: bytes) -> FileRecord:
    """The record of an inserted file whose packed rows are ``data``."""
    digest = blake2b(data, digest_size=16).hexdigest()
    return FileRecord(path, "", digest, len(data), 0, RULES, inserted=True)


class Writer:
    """Makes what the store takes, file after file. Without an embedder there are no vectors."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        self.embedder = embedder
        self._whole = embedder is not None and embedder.prose  # such a model reads texts, and no counts of words
        self._lexicon = Lexicon()
        self._kinds: dict[str, dict[str, str]] = {}
        self.described = 0  # passages, by which what is remembered of words grows

    def graphs(self, files: Iterable[tuple[FileRecord, Said]]) -> Iterator[FileGraph]:
        """All that files say by the rows they were given. A few at a time: describing many at once costs less."""
        files = iter(files)
        while batch := list(_some(files)):
            chunks = [_chunks(record.path, said) for record, said in batch]
            texts = [
                _texts(record.path, said, own, self._whole) for (record, said), own in zip(batch, chunks, strict=True)
            ]
            vectors = self._vectors(texts)
            self.described += sum(map(len, texts))
            for at, (record, said) in enumerate(batch):
                path = record.path
                symbols = [symbol_of(path, one) for one in said.entities if not _is_outside(one)]
                yield FileGraph(
                    record, symbols, self._edges(path, said.relations), chunks=chunks[at], keys=_keys(said),
                    passages=self._terms(texts[at]), vectors=next(vectors), cards=len(texts[at]) - len(chunks[at]),
                )  # fmt: skip

    def _edges(self, path: str, relations: Iterable[GivenRelation]) -> list[Edge]:
        found: list[Edge] = []
        for row in relations:
            kinds = self._kinds.get(row.keywords)
            if kinds is None:
                kinds = self._kinds[row.keywords] = edge_kinds(row.keywords)
            found += edges_of(path, row, kinds)
        return found

    # -- by what it is found ----------------------------------------------------------------------------------

    def _terms(self, texts: Iterable[_Text]) -> list[PassageTerms]:
        """The terms of chunks, and of cards, each term once: a card is short, and says nothing twice to stress it."""
        distinct, join = self._lexicon.term_set, " ".join
        found = []
        where: Sequence[str] = ()
        path = ""
        for text in texts:
            names, doc = distinct(text.names), distinct(text.doc)
            if text.card:
                body = join([term for term in distinct(text.body) if term not in names and term not in doc])
            else:
                body = document(self._lexicon.count_terms(text.body))
            if text.path is not where:  # the same list for all of a file that have it
                where, path = text.path, join(distinct(text.path))
            found.append(PassageTerms(path, join(names), join(doc), body))
        return found

    def _vectors(self, files: Sequence[Sequence[_Text]]) -> Iterator[bytes]:
        """The vectors of the passages of each file."""
        if self.embedder is None:
            yield from (b"" for _ in files)
            return
        matrix = self.embedder.passages([self._passage(text) for texts in files for text in texts]).astype("<f2")
        at = 0
        for texts in files:
            yield matrix[at : at + len(texts)].tobytes()
            at += len(texts)

    def passages(self, path: str, said: Said) -> list[Passage]:
        """What is embedded of each passage of a file."""
        return [self._passage(text) for text in _texts(path, said, _chunks(path, said), self._whole)]

    def _passage(self, text: _Text) -> Passage:
        """A text to embed. What an entity is says what it means; its relations do where nothing else does."""
        if self._whole:
            return Passage(_NO_WORDS, _NO_WORDS, _NO_WORDS, _NO_WORDS, text.whole)
        distinct = self._lexicon.distinct_parts
        if not text.card:
            body: Mapping[str, int] = self._lexicon.count_parts(text.body)
        else:
            body = {} if text.doc else distinct(text.body)
        return Passage(distinct(text.path), distinct(text.names), distinct(text.doc), body, text.whole)


def _some(files: Iterator[tuple[FileRecord, Said]]) -> Iterator[tuple[FileRecord, Said]]:
    """As many files as are described at once."""
    size = 0
    for one in islice(files, _BATCH):
        yield one
        size += sum([len(row.content) for row in one[1].chunks])
        if size > _BATCH_SIZE:
            return


class _Text(NamedTuple):
    """The words of a chunk's path, names, description and body, or of a card's; and all of it as it is."""

    path: Sequence[str]
    names: Sequence[str]
    doc: Sequence[str]
    body: Sequence[str]
    card: bool
    whole: str


def _texts(path: str, said: Said, chunks: Iterable[Chunk], whole: bool) -> list[_Text]:
    """Chunks, then cards; a name that holds the path says it well enough. ``whole`` texts are for a model alone."""
    stem = path.rpartition(".")[0] or path
    where = words_of(stem)
    texts = [
        _Text(
            where,
            words_of(inner_name(chunk.symbol)),
            (),
            words_of(chunk.text),
            False,
            f"{path}\n{chunk.text}" if whole else "",
        )
        for chunk in chunks
    ]
    for card in cards(said):
        is_code = symbol_kind(card.entity_type) != SymbolKind.OBJECT or card.entity_type == UNKNOWN_TYPE
        doc = card.description if is_code else f"{card.entity_type} {card.description}"
        texts.append(_Text(
            () if card.name.startswith(stem) else where, words_of(card.name), words_of(doc), words_of(card.relations),
            True, card.text if whole else "",
        ))  # fmt: skip
    return texts


def _is_outside(row: GivenEntity) -> bool:
    return row.entity_name.startswith(EXTERNAL_PREFIX)


def _chunks(path: str, said: Said) -> list[Chunk]:
    """Chunks in their order; each is about the one entity of its source, if there is just one."""
    about: dict[str, str] = {}
    for entity in said.entities:
        source = entity.source_id or ""
        about[source] = "" if source in about else entity.entity_name
    found = []
    last, beside = ("", 0), 0
    for row in said.chunks:
        slot = slot_of(row)
        last, beside = slot, beside + 1 if slot == last else 0
        found.append(_chunk(path, row, beside, about.get(row.source_id, "")))
    return found


def _chunk(path: str, row: GivenChunk, beside: int, symbol: str) -> Chunk:
    """A chunk whose lines are those of its text, from the line that its source names."""
    place = place_of(row.source_id, row.file_path)
    start = place.line or 1
    end = max(place.end, start) if place.end > place.line else start + max(len(row.content.splitlines()) - 1, 0)
    name = f"{row.source_id}#{row.chunk_order_index or 0}" + (f".{beside}" if beside else "")
    return Chunk(name, path, start, end, row.content, symbol)


def _keys(said: Said) -> list[str]:
    """What the file is found by when a source is to be deleted."""
    rows: Iterator[GivenEntity | GivenRelation | GivenChunk] = chain(said.entities, said.relations, said.chunks)
    found: dict[str, None] = {}
    for row in rows:
        file, line, _ = place_of(row.source_id, row.file_path)
        if row.source_id and not line:  # a line of a file is found by the file (:func:`source_keys`)
            found[row.source_id] = None
        found[file] = None
    return [SOURCE + one for one in found if one]

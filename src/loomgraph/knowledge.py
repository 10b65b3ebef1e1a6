"""What is given of a graph from outside: the rows of a ``custom_kg``, and what they say of places and kinds.

The rows are LightRAG's, decoded straight from a body. They are kept as they were given; symbols, edges and what is
searched are made from them elsewhere. Must not know stores, projects or how rows travel.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, NamedTuple

import msgspec

from loomgraph.model import Chunk, EdgeKind, SymbolKind

UNKNOWN_TYPE = "UNKNOWN"

Name = Annotated[str, msgspec.Meta(min_length=1)]
Order = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]  # as stores keep numbers


class GivenChunk(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A text to quote. ``source_id`` ties entities and relations to it; chunks of one source stand in their order."""

    content: str
    source_id: str
    file_path: str | None = None
    chunk_order_index: Order | None = None


class GivenEntity(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A named thing. ``entity_type`` is free text."""

    entity_name: Name
    entity_type: str | None = UNKNOWN_TYPE
    description: str | None = ""
    source_id: str | None = ""
    file_path: str | None = ""


class GivenRelation(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A directed link. ``keywords`` are its kinds, separated by commas."""

    src_id: Name
    tgt_id: Name
    description: str
    keywords: str
    weight: float | None = 1.0
    source_id: str | None = ""
    file_path: str | None = ""


class CustomKg(msgspec.Struct, gc=False):
    """A body: every list may be missing."""

    chunks: list[GivenChunk] | None = None
    entities: list[GivenEntity] | None = None
    relationships: list[GivenRelation] | None = None


# -- places -------------------------------------------------------------------------------------------------------


class Place(NamedTuple):
    """Where a row comes from: a file ("" when it says none) and lines, 0 when it says none."""

    file: str
    line: int
    end: int


_NO_PLACE = frozenset({"custom_kg", "unknown_source", UNKNOWN_TYPE})  # what clients say where they know none


@lru_cache(8192)  # a row is asked for its place by all that make something of it
def place_of(source_id: str | None, file_path: str | None) -> Place:
    """The place that ``source_id`` ("src/a.py", "src/a.py:42", "src/a.py:12-25" or anything else) and the path say.

    Lines make a source id the name of a place in a file; without them ``file_path`` says the file, and where it says
    none, the source id is taken for one.
    """
    if source_id:
        file, _, lines = source_id.rpartition(":")
        first, dash, last = lines.partition("-")
        if file and _is_number(first) and (not dash or _is_number(last)):
            line = int(first)
            return Place(file, line, max(line, int(last)) if dash else line)
    if file_path and file_path not in _NO_PLACE:
        return Place(file_path, 0, 0)
    return Place(source_id if source_id and source_id not in _NO_PLACE else "", 0, 0)


def _is_number(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) < 10


NOWHERE = "custom_kg"  # the folder of the files that hold rows without a source
UNKNOWN_SOURCE = "unknown_source"  # what is said of where such rows come from
_BUCKETS = 1024


def bucket(name: str) -> str:
    """The file of a row without a source."""
    return f"{NOWHERE}/{zlib.crc32(name.encode('utf-8', 'surrogatepass')) % _BUCKETS:03x}"


def shown_file(path: str) -> str:
    """A file as answers name it: nobody wrote the one that holds rows without a source."""
    if path.startswith(NOWHERE) and re.fullmatch(NOWHERE + "/[0-9a-f]{3}", path):
        return UNKNOWN_SOURCE
    return path


# -- kinds --------------------------------------------------------------------------------------------------------

_KINDS = {kind.value.lower().rstrip("s"): kind.value for kind in EdgeKind}
_SYMBOL_KINDS = {kind.value.lower(): kind for kind in SymbolKind if kind != SymbolKind.EXTERNAL} | {
    "func": SymbolKind.FUNCTION,
    "def": SymbolKind.FUNCTION,
    "type": SymbolKind.CLASS,
    "trait": SymbolKind.INTERFACE,
    "protocol": SymbolKind.INTERFACE,
    "enum_member": SymbolKind.ENUM_MEMBER,
    "attribute": SymbolKind.FIELD,
    "const": SymbolKind.CONSTANT,
    "var": SymbolKind.VARIABLE,
}


def edge_kind(word: str) -> str:
    """A keyword as an edge kind: a known one whatever its case or number, any other as it is given."""
    return _KINDS.get(word.lower().rstrip("s"), word) or EdgeKind.REFERENCES.value


def edge_kinds(keywords: str) -> dict[str, str]:
    """The kinds that a relation's keywords name, in their order, each with its keyword as it was given."""
    if "," not in keywords:
        word = keywords.strip()
        return {edge_kind(word): word}
    found: dict[str, str] = {}
    for part in keywords.split(","):
        if word := part.strip():
            found.setdefault(edge_kind(word), word)
    return found or {EdgeKind.REFERENCES.value: ""}


def symbol_kind(entity_type: str | None) -> SymbolKind:
    """The kind of symbol nearest to an entity's type; ``object`` for what no code has."""
    return _SYMBOL_KINDS.get((entity_type or "").strip().lower(), SymbolKind.OBJECT)


# -- what one file was given ----------------------------------------------------------------------------------------

CARD = "card:"  # what the ids of cards begin with
_TOLD = 24  # relations that a card tells at most
_TELLING = 400  # characters of a description that it tells


class Said(msgspec.Struct, omit_defaults=True):
    """The rows that belong to one file, each sort in its order: names, ends, and sources."""

    entities: list[GivenEntity] = []
    relations: list[GivenRelation] = []
    chunks: list[GivenChunk] = []


def pack(said: Said) -> bytes:
    """The rows as bytes: equal rows, equal bytes. Of a chunk's content they hold the hash: who keeps chunks has it."""
    chunks = [
        msgspec.structs.replace(chunk, content=blake2b(_bytes_of(chunk.content), digest_size=16).hexdigest())
        for chunk in said.chunks
    ]
    short = Said(said.entities, said.relations, chunks)
    try:
        data = b"m" + msgspec.msgpack.encode(short)
    except UnicodeEncodeError:  # bytes of odd paths
        data = b"j" + json.dumps(msgspec.to_builtins(short)).encode("ascii")
    return zlib.compress(data, 1)


def unpack(data: bytes, contents: Sequence[str] | None = None) -> Said:
    """The rows that :func:`pack` made bytes of, with the chunks' contents; without them chunks hold their hashes.

    Raises ``ValueError`` when it did not make them.
    """
    said = _said(_plain(data))
    if contents is not None:
        pairs = zip(said.chunks, contents, strict=True)
        said.chunks = [msgspec.structs.replace(chunk, content=content) for chunk, content in pairs]
    return said


def _plain(data: bytes) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error as error:
        raise ValueError(str(error)) from error


def _said(plain: bytes) -> Said:
    if plain[:1] == b"m":
        return msgspec.msgpack.decode(memoryview(plain)[1:], type=Said)
    return msgspec.convert(json.loads(plain[1:]), Said)


class _Raw(msgspec.Struct, gc=False):
    """The rows of a file, none of them read."""

    entities: list[msgspec.Raw] = []
    relations: list[msgspec.Raw] = []
    chunks: list[msgspec.Raw] = []


class _Entity(msgspec.Struct, gc=False):
    entity_name: str


class _Relation(msgspec.Struct, gc=False):
    src_id: str


class _Names(msgspec.Struct, gc=False):
    """Where the rows of a file begin: the names of entities, and the sources of relations."""

    entities: list[_Entity] = []
    relations: list[_Relation] = []


_RAW, _NAMES = msgspec.msgpack.Decoder(_Raw), msgspec.msgpack.Decoder(_Names)
_ENTITY, _RELATION = msgspec.msgpack.Decoder(GivenEntity), msgspec.msgpack.Decoder(GivenRelation)
_A_ROW = 150  # bytes that a row takes beside what is packed of it, roughly


class Packed:
    """The rows of one file as they were packed, each made when it is looked at: a question wants few of a file.

    ``names`` are those of what has a card, in the order of :func:`cards`, ``chunks`` how many there are.
    """

    __slots__ = ("_entities", "_places", "_relations", "_sources", "chunks", "names", "nbytes")

    def __init__(self, data: bytes) -> None:
        """Raises ``ValueError`` (also msgspec's) when :func:`pack` did not make ``data``."""
        plain = _plain(data)
        self._entities: Sequence[msgspec.Raw | GivenEntity]
        self._relations: Sequence[msgspec.Raw | GivenRelation]
        if plain[:1] == b"m":
            rows = memoryview(plain)[1:]
            raw, named = _RAW.decode(rows), _NAMES.decode(rows)
            self._entities, self._relations, self.chunks = raw.entities, raw.relations, len(raw.chunks)
            self.names, sources = [one.entity_name for one in named.entities], [one.src_id for one in named.relations]
        else:
            said = _said(plain)
            self._entities, self._relations, self.chunks = said.entities, said.relations, len(said.chunks)
            self.names, sources = [one.entity_name for one in said.entities], [one.src_id for one in said.relations]
        self._sources: dict[str, list[int]] = {}
        for at, source in enumerate(sources):
            self._sources.setdefault(source, []).append(at)
        self.names += sorted(self._sources.keys() - set(self.names))
        self._places: dict[str, int] | None = None
        self.nbytes = len(plain) + _A_ROW * (len(self.names) + len(sources))

    def place_of(self, name: str) -> int:
        """The card of a name, or -1."""
        places = self._places
        if places is None:
            places = self._places = {one: at for at, one in enumerate(self.names)}
        return places.get(name, -1)

    def elsewhere(self) -> list[str]:
        """The names that have a card and no entity here."""
        return self.names[len(self._entities) :]

    def card(self, at: int) -> tuple[Card, GivenEntity | None]:
        """One card, and the entity it is of, if the file describes it."""
        name, row = self.names[at], self._entity(at) if at < len(self._entities) else None
        return card_of(name, row, self._from(name, _TOLD)), row

    def entity(self, name: str) -> GivenEntity | None:
        """The entity of a name."""
        at = self.place_of(name)
        return self._entity(at) if 0 <= at < len(self._entities) else None

    def between(self, source: str, target: str) -> list[GivenRelation]:
        """The relations between two names."""
        return [row for row in self._from(source) if row.tgt_id == target]

    def _entity(self, at: int) -> GivenEntity:
        row = self._entities[at]
        return row if isinstance(row, GivenEntity) else _ENTITY.decode(row)

    def _from(self, source: str, most: int | None = None) -> list[GivenRelation]:
        """The first of the relations that begin at a name."""
        found = [self._relations[at] for at in self._sources.get(source, ())[:most]]
        return [row if isinstance(row, GivenRelation) else _RELATION.decode(row) for row in found]


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def inner_name(name: str) -> str:
    """A name without the file in it."""
    return name.rpartition("::")[2] or name


class Card(NamedTuple):
    """What an entity is found by: its name, what it is, and what its relations say."""

    name: str
    entity_type: str
    description: str
    relations: str
    line: int

    @property
    def text(self) -> str:
        head = f"{self.entity_type} {self.name}" if self.entity_type else self.name
        return "\n".join(part for part in (head, self.description, self.relations) if part)

    @property
    def start_line(self) -> int:
        """Where it stands, as a chunk would."""
        return max(self.line, 1)

    @property
    def end_line(self) -> int:
        return self.start_line + len(self.text.splitlines()) - 1

    def chunk(self, file: str) -> Chunk:
        """The card in the form of what answers quote."""
        return Chunk(CARD + self.name, file, self.start_line, self.end_line, self.text, self.name)


def card_of(name: str, row: GivenEntity | None, relations: Sequence[GivenRelation]) -> Card:
    """The card of a name: what its file says it is, if it does, and the relations that begin at it."""
    told = "\n".join(
        [f"{one.keywords} {inner_name(one.tgt_id)} {one.description[:_TELLING]}" for one in relations[:_TOLD]]
    )
    if row is None:
        return Card(name, "", "", told, 0)
    line = place_of(row.source_id, row.file_path).line
    return Card(name, row.entity_type or UNKNOWN_TYPE, row.description or "", told, line)


def cards(said: Said) -> Iterator[Card]:
    """A card for each entity, then one for each name that a file says relations of without describing it."""
    by_source: dict[str, list[GivenRelation]] = {}
    for one in said.relations:
        by_source.setdefault(one.src_id, []).append(one)
    for row in said.entities:
        yield card_of(row.entity_name, row, by_source.pop(row.entity_name, ()))
    for name in sorted(by_source):
        yield card_of(name, None, by_source[name])

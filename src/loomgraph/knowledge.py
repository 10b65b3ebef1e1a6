"""What is given of a graph from outside: the rows of a ``custom_kg``, and what they say of places and kinds.

The rows are LightRAG's, decoded straight from a body. They are kept as they were given; symbols, edges and what is
searched are made from them elsewhere. Must not know stores, projects or how rows travel.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from typing import Annotated, Any, NamedTuple, TypeVar

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
        if file and _is_number(lines):
            line = int(lines)
            return Place(file, line, line)
        first, dash, last = lines.partition("-")
        if file and dash and _is_number(first) and _is_number(last):
            line = int(first)
            return Place(file, line, max(line, int(last)))
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


@lru_cache(1024)  # types are few
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
    try:
        rows = msgspec.msgpack.encode(_columns(said, chunks))
        data = _ROWS + zlib.crc32(rows).to_bytes(_SUM) + rows
    except UnicodeEncodeError:  # bytes of odd paths
        short = msgspec.to_builtins(Said(said.entities, said.relations, chunks))
        data = b"j" + json.dumps(short).encode("ascii")
    return data if data[:1] == _ROWS and len(data) <= _PLAIN else zlib.compress(data, 1)


def unpack(data: bytes, contents: Sequence[str] | None = None) -> Said:
    """The rows that :func:`pack` made bytes of, with the chunks' contents; without them chunks hold their hashes.

    Raises ``ValueError`` (also msgspec's) when it did not make them.
    """
    said = Packed(data).said()
    if contents is not None:
        pairs = zip(said.chunks, contents, strict=True)
        said.chunks = [msgspec.structs.replace(chunk, content=content) for chunk, content in pairs]
    return said


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


_ROWS = b"r"  # what the bytes of :class:`_Columns` begin with
_SUM = 4  # bytes of the sum behind it
_PLAIN = 16_384  # bytes of rows that are not compressed: a question opens many small files
_HERE, _AS_IS = "\0", "\1"  # a text that begins with the path of the file, and one that begins with such a mark itself
_FEW = 40  # names that are looked through
_A_ROW = 100  # bytes that a row takes beside what is packed of it, roughly
_DECODER = msgspec.msgpack.Decoder()
_Text = TypeVar("_Text", str, str | None)


class _Columns(msgspec.Struct, array_like=True, gc=False):
    """The rows of a file as they are packed: each is read when it is looked at, and says no more than it must.

    ``names`` are those of entities, then of what has relations alone; ``sources`` says by them where each begins.
    """

    here: str
    names: list[str]
    sources: list[int]
    entities: list[msgspec.Raw]
    relations: list[msgspec.Raw]
    chunks: list[msgspec.Raw]


_COLUMNS = msgspec.msgpack.Decoder(_Columns)


def _columns(said: Said, chunks: Sequence[GivenChunk]) -> _Columns:
    """Rows as they are packed. Most texts begin with the path of the file, which is said once."""
    rows: Iterator[GivenEntity | GivenRelation | GivenChunk] = chain(said.entities, said.relations, chunks)
    here = next((place_of(row.source_id, row.file_path).file for row in rows), "")

    def short(text: _Text) -> _Text:
        return _short(text, here)

    names = _card_names(said)
    places = {name: at for at, name in enumerate(names)}
    entities: list[Any] = [
        (row.entity_type, row.description, short(row.source_id), short(row.file_path)) for row in said.entities
    ]
    relations: list[Any] = [
        (short(row.tgt_id), row.description, row.keywords, row.weight, short(row.source_id), short(row.file_path))
        for row in said.relations
    ]
    texts: list[Any] = [
        (row.content, short(row.source_id), short(row.file_path), row.chunk_order_index) for row in chunks
    ]
    sources = [places[row.src_id] for row in said.relations]
    return _Columns(here, [short(name) for name in names], sources, entities, relations, texts)


def _short(text: _Text, here: str) -> _Text:
    """A text as it is packed."""
    if here and text and text.startswith(here):
        return _HERE + text[len(here) :]
    return _AS_IS + text if text and text[0] <= _AS_IS else text


def _card_names(said: Said) -> list[str]:
    """What has a card: entities, then the names that relations begin at without one."""
    names = [row.entity_name for row in said.entities]
    return names + sorted({row.src_id for row in said.relations}.difference(names))


class Packed:
    """The rows of one file as they were packed, each made when it is looked at: a question wants few of a file."""

    __slots__ = ("_places", "_rows", "_said", "nbytes")

    def __init__(self, data: bytes) -> None:
        """Raises ``ValueError`` (also msgspec's) when :func:`pack` did not make ``data``."""
        if data[:1] != _ROWS:
            try:
                data = zlib.decompress(data)
            except zlib.error as error:
                raise ValueError(str(error)) from error
        if data[:1] == _ROWS:
            start = 1 + _SUM
            if zlib.crc32(memoryview(data)[start:]).to_bytes(_SUM) != data[1:start]:
                raise ValueError("the sum of the rows is another")
            self._rows = _COLUMNS.decode(memoryview(data)[start:])
        else:  # what msgpack cannot say, and as all rows were packed once
            plain = json.loads(data[1:]) if data[:1] == b"j" else msgspec.msgpack.decode(data[1:])
            said = msgspec.convert(plain, Said)
            self._rows = _columns(said, said.chunks)
        self._places: dict[str, int] | None = None
        self.nbytes = len(data) + _A_ROW * (len(self._rows.names) + len(self._rows.relations) + self.chunks)

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return len(self._rows.chunks)

    @property
    def names(self) -> list[str]:
        """What has a card, in the order of :func:`cards`."""
        return [self._whole(name) for name in self._rows.names]

    def elsewhere(self) -> list[str]:
        """The names that have a card and no entity here."""
        return [self._whole(name) for name in self._rows.names[len(self._rows.entities) :]]

    def place_of(self, name: str) -> int:
        """The card of a name, or -1."""
        names, short = self._rows.names, _short(name, self._rows.here)
        if len(names) <= _FEW:
            return names.index(short) if short in names else -1
        places = self._places
        if places is None:
            places = self._places = {one: at for at, one in enumerate(names)}
        return places.get(short, -1)

    def card(self, at: int) -> tuple[Card, GivenEntity | None]:
        """One card, and the entity it is of, if the file describes it."""
        row = self.entity_at(at)
        return card_of(self.name_at(at), row, self._told(at)), row

    def name_at(self, at: int) -> str:
        """What a card is of."""
        return self._whole(self._rows.names[at])

    def entity_at(self, at: int) -> GivenEntity | None:
        """The entity of a card, if the file describes it."""
        return self._entity(at) if 0 <= at < len(self._rows.entities) else None

    def entity(self, name: str) -> GivenEntity | None:
        """The entity of a name."""
        return self.entity_at(self.place_of(name))

    def relations_from(self, source: str) -> list[GivenRelation]:
        """The relations that begin at a name."""
        return [self._relation(source, at) for at in self._from(self.place_of(source))]

    def said(self) -> Said:
        """All of them; chunks hold their hashes."""
        rows, names = self._rows, self.names
        entities = [self._entity(at) for at in range(len(rows.entities))]
        relations = [self._relation(names[source], at) for at, source in enumerate(rows.sources)]
        chunks = []
        for row in rows.chunks:
            content, source_id, file_path, order = _read(row)
            chunks.append(GivenChunk(content, self._whole(source_id), self._whole(file_path), order))
        return Said(entities, relations, chunks)

    def _entity(self, at: int) -> GivenEntity:
        kind, description, source_id, file_path = _read(self._rows.entities[at])
        name = self._whole(self._rows.names[at])
        return GivenEntity(name, kind, description, self._whole(source_id), self._whole(file_path))

    def _relation(self, source: str, at: int) -> GivenRelation:
        target, description, keywords, weight, source_id, file_path = _read(self._rows.relations[at])
        return GivenRelation(
            source, self._whole(target), description, keywords, weight, self._whole(source_id), self._whole(file_path)
        )

    def _from(self, place: int) -> list[int]:
        """The relations that begin at a name."""
        return [at for at, source in enumerate(self._rows.sources) if source == place]

    def _told(self, place: int) -> list[str]:
        """What a card tells of the relations that begin at a name."""
        lines = []
        for at in self._from(place)[:_TOLD]:
            target, description, keywords, *_ = _read(self._rows.relations[at])
            lines.append(_told(keywords, self._whole(target), description))
        return lines

    def _whole(self, text: _Text) -> _Text:
        """A text as it was given."""
        if text and text[0] <= _AS_IS:
            return self._rows.here + text[1:] if text[0] == _HERE else text[1:]
        return text


def _read(row: msgspec.Raw | tuple[Any, ...]) -> Any:
    return row if isinstance(row, tuple) else _DECODER.decode(row)


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
    def size(self) -> int:
        """The letters of its text."""
        head = len(self.entity_type) + 1 if self.entity_type else 0
        return head + len(self.name) + sum([len(part) + 1 for part in (self.description, self.relations) if part])

    @property
    def start_line(self) -> int:
        """Where it stands, as a chunk would."""
        return max(self.line, 1)

    def chunk(self, file: str) -> Chunk:
        """The card in the form of what answers quote."""
        text, line = self.text, self.start_line
        return Chunk(CARD + self.name, file, line, line + len(text.splitlines()) - 1, text, self.name)


def card_of(name: str, row: GivenEntity | None, told: Iterable[str]) -> Card:
    """The card of a name: what its file says it is, if it does, and of its relations."""
    relations = "\n".join(told)
    if row is None:
        return Card(name, "", "", relations, 0)
    line = place_of(row.source_id, row.file_path).line
    return Card(name, row.entity_type or UNKNOWN_TYPE, row.description or "", relations, line)


def _told(keywords: str, target: str, description: str) -> str:
    return f"{keywords} {inner_name(target)} {description[:_TELLING]}"


def cards(said: Said) -> Iterator[Card]:
    """A card for each entity, then one for each name that a file says relations of without describing it."""
    by_source: dict[str, list[GivenRelation]] = {}
    for one in said.relations:
        by_source.setdefault(one.src_id, []).append(one)
    entities = {row.entity_name: row for row in said.entities}
    for name in _card_names(said):
        told = [_told(one.keywords, one.tgt_id, one.description) for one in by_source.get(name, ())[:_TOLD]]
        yield card_of(name, entities.get(name), told)

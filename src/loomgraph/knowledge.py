"""What is given of a graph from outside: the rows of a ``custom_kg``, and what they say of places and kinds.

The rows are LightRAG's, decoded straight from a body. They are kept as they were given; symbols, edges and what is
searched are made from them elsewhere. Must not know stores, projects or how rows travel.
"""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple

import msgspec

from loomgraph.model import EdgeKind, SymbolKind

UNKNOWN_TYPE = "UNKNOWN"

Name = Annotated[str, msgspec.Meta(min_length=1)]


class GivenChunk(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A text to quote. ``source_id`` ties entities and relations to it; chunks of one source stand in their order."""

    content: str
    source_id: str
    file_path: str | None = None
    chunk_order_index: int | None = None


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


_PLACE = re.compile(r"(.+?):(\d{1,9})(?:-(\d{1,9}))?", re.DOTALL)


def place_of(source_id: str | None, file_path: str | None) -> Place:
    """The place that ``source_id`` ("src/a.py", "src/a.py:42", "src/a.py:12-25" or anything else) and the path say.

    Lines make a source id the name of a place in a file; without them ``file_path`` says the file, and where it says
    none, the source id is taken for one.
    """
    match = _PLACE.fullmatch(source_id) if source_id and source_id[-1].isdigit() else None
    if match is not None:
        file, line, end = match[1], int(match[2]), int(match[3] or 0)
        return Place(file, line, max(line, end))
    return Place(file_path or source_id or "", 0, 0)


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

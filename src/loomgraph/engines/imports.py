"""Graphs read in: a ``custom_kg`` document or our own ``jsonl``, as what files say and what was given of others.

Reading the same document twice leaves the graph of once. Nothing in a document is trusted: every record is checked,
and a wrong one is named by its place. This module must not know where a graph is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from inspect import signature
from typing import Any, NamedTuple, get_type_hints

import msgspec

from loomgraph.engines.custom_kg import decode
from loomgraph.engines.exports import JSONL_FORMAT
from loomgraph.errors import BadCustomKg, ImportUnreadable
from loomgraph.knowledge import CustomKg, GivenChunk, GivenEntity, GivenRelation
from loomgraph.model import Chunk, Edge, Problem, Resolution, Symbol, SymbolKind, UnresolvedCall
from loomgraph.store.base import FileGraph, FileRecord


class Document(NamedTuple):
    """A graph read in: what files of source say, and the rows that were inserted."""

    graphs: list[FileGraph]
    kg: CustomKg


def read(text: str, name: str) -> Document:
    """The graph in ``text``; ``name`` is what to call the document in messages."""
    start = text[:200].lstrip("\ufeff \t\r\n")
    if start.startswith('{"type":"loomgraph"') or start.startswith('{"type": "loomgraph"'):
        return from_jsonl(text.lstrip("\ufeff").split("\n"), name)
    try:
        return Document([], decode(text.lstrip("\ufeff").encode("utf-8", "surrogatepass")))
    except BadCustomKg as error:
        raise ImportUnreadable(path=name, line=_line_of(error), reason=error.told()) from error


def _line_of(error: BadCustomKg) -> int:
    """The line at which JSON ended being JSON; 1 for what is wrong in what it says."""
    return getattr(error.__cause__, "lineno", 1)


# -- jsonl ------------------------------------------------------------------------------------------------------

_ROWS: dict[str, type] = {
    "file": FileRecord,
    "symbol": Symbol,
    "edge": Edge,
    "unresolved": UnresolvedCall,
    "chunk": Chunk,
    "problem": Problem,
}
_PARTS = {"symbol": "symbols", "edge": "edges", "unresolved": "unresolved", "chunk": "chunks", "problem": "problems"}
_GIVEN: dict[str, type] = {"entity": GivenEntity, "relationship": GivenRelation, "passage": GivenChunk}


def from_jsonl(lines: Iterable[str], name: str) -> Document:
    """What ``export --format jsonl`` wrote."""
    graphs: list[FileGraph] = []
    given: dict[str, list[Any]] = {kind: [] for kind in _GIVEN}
    parts: dict[str, list[Any]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        kind, row = _row(line, number, name)
        if kind == "loomgraph":
            continue
        if kind in given:
            given[kind].append(row)
        elif kind == "file" and row.inserted:
            parts = {}
        elif kind == "file":
            parts = {part: [] for part in _PARTS.values()}
            graphs.append(
                FileGraph(
                    row,
                    symbols=parts["symbols"],
                    edges=parts["edges"],
                    unresolved=parts["unresolved"],
                    chunks=parts["chunks"],
                    problems=parts["problems"],
                )
            )
        elif not parts:
            raise ImportUnreadable(path=name, line=number, reason=f"a {kind} stands before the first file")
        else:
            parts[_PARTS[kind]].append(row)
    return Document(graphs, CustomKg(given["passage"], given["entity"], given["relationship"]))


def _row(line: str, number: int, name: str) -> tuple[str, Any]:
    """The kind and the checked value of one line."""
    try:
        plain = json.loads(line)
        kind = plain.pop("type")
        if kind == "loomgraph":
            if plain.get("format") != JSONL_FORMAT:
                raise ValueError(f"format {plain.get('format')} is not {JSONL_FORMAT}, the one read here")
            return kind, None
        if kind in _GIVEN:
            return kind, msgspec.convert(plain, _GIVEN[kind])
        return kind, _typed(_ROWS[kind], plain)
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        reason = f"no such kind of record: {error}" if isinstance(error, KeyError) else str(error)
        raise ImportUnreadable(path=name, line=number, reason=reason) from error


def _typed(row: type, plain: dict[str, Any]) -> Any:
    """An instance of a row's class from JSON values, each checked against the field's type."""
    hints = get_type_hints(row)
    values: dict[str, Any] = {}
    for name, field in signature(row).parameters.items():
        if name not in plain:
            if field.default is field.empty:
                raise ValueError(f"{name} is missing")
            continue
        value, hint = plain[name], hints[name]
        if hint in (SymbolKind, Resolution):
            value = hint(value)
        elif hint == tuple[int, ...]:
            if not isinstance(value, list) or not all(type(number) is int for number in value):
                raise ValueError(f"{name} must be a list of whole numbers")
            value = tuple(value)
        elif type(value) is not hint:
            raise ValueError(f"{name} must be {hint.__name__}, not {type(value).__name__}")
        values[name] = value
    return row(**values)

"""Graphs read in: a ``custom_kg`` document or our own ``jsonl``, as what files say.

Both become :class:`FileGraph` rows, so that inserting the same document twice leaves the graph of once. Nothing in a
document is trusted: every record is checked, and a wrong one is named by its place. This module must not know
where a graph is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields, replace
from typing import Any, TypeVar, get_type_hints

from loomgraph.engines.exports import JSONL_FORMAT
from loomgraph.errors import ImportUnreadable
from loomgraph.model import Chunk, Edge, EdgeKind, Problem, Resolution, Symbol, SymbolKind, UnresolvedCall
from loomgraph.store.base import FileGraph, FileRecord, external_symbol, last_name

_EXTERNAL = "external:"
_Row = TypeVar("_Row", Symbol, Edge)


def read(text: str, name: str) -> list[FileGraph]:
    """The graph in ``text``; ``name`` is what to call the document in messages."""
    start = text[:200].lstrip("\ufeff \t\r\n")
    if start.startswith('{"type":"loomgraph"') or start.startswith('{"type": "loomgraph"'):
        return from_jsonl(text.lstrip("\ufeff").split("\n"), name)
    try:
        plain = json.loads(text.lstrip("\ufeff"))
    except ValueError as error:
        line = getattr(error, "lineno", 0)
        raise ImportUnreadable(path=name, line=line, reason=f"this is not JSON ({error})") from error
    return from_custom_kg(plain, name)


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


def from_jsonl(lines: Iterable[str], name: str) -> list[FileGraph]:
    """What ``export --format jsonl`` wrote."""
    graphs: list[FileGraph] = []
    parts: dict[str, list[Any]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        kind, row = _row(line, number, name)
        if kind == "loomgraph":
            continue
        if kind == "file":
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
    return graphs


def _row(line: str, number: int, name: str) -> tuple[str, Any]:
    """The kind and the checked value of one line."""
    try:
        plain = json.loads(line)
        kind = plain.pop("type")
        if kind == "loomgraph":
            if plain.get("format") != JSONL_FORMAT:
                raise ValueError(f"format {plain.get('format')} is not {JSONL_FORMAT}, the one read here")
            return kind, None
        return kind, _typed(_ROWS[kind], plain)
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        reason = f"no such kind of record: {error}" if isinstance(error, KeyError) else str(error)
        raise ImportUnreadable(path=name, line=number, reason=reason) from error


def _typed(row: type, plain: dict[str, Any]) -> Any:
    """An instance of a row's class from JSON values, each checked against the field's type."""
    hints = get_type_hints(row)
    values: dict[str, Any] = {}
    for field in fields(row):
        if field.name not in plain:
            if field.default is MISSING:
                raise ValueError(f"{field.name} is missing")
            continue
        value, hint = plain[field.name], hints[field.name]
        if hint in (SymbolKind, Resolution):
            value = hint(value)
        elif hint == tuple[int, ...]:
            if not isinstance(value, list) or not all(type(number) is int for number in value):
                raise ValueError(f"{field.name} must be a list of whole numbers")
            value = tuple(value)
        elif type(value) is not hint:
            raise ValueError(f"{field.name} must be {hint.__name__}, not {type(value).__name__}")
        values[field.name] = value
    return row(**values)


# -- custom_kg --------------------------------------------------------------------------------------------------

_PLACE = re.compile(r"(?P<file>.*?)(?::(?P<line>\d+)(?:-(?P<end>\d+))?)?")
_KINDS = {kind.value.lower().rstrip("s"): kind.value for kind in EdgeKind}
_SYMBOL_KINDS = {kind.value.lower(): kind for kind in SymbolKind}


def from_custom_kg(plain: object, name: str) -> list[FileGraph]:
    """A ``custom_kg`` document, wrapped in ``{"custom_kg": …}`` or bare."""
    if isinstance(plain, dict) and isinstance(plain.get("custom_kg"), dict):
        plain = plain["custom_kg"]
    if not isinstance(plain, dict) or not {"chunks", "entities", "relationships"} & set(plain):
        raise ImportUnreadable(path=name, line=1, reason="there are no chunks, entities or relationships")
    reader = _CustomKg(name)
    for row, place in _rows(plain, "entities", name):
        reader.entity(row, place)
    for row, place in _rows(plain, "relationships", name):
        reader.relationship(row, place)
    for at, (row, place) in enumerate(_rows(plain, "chunks", name)):
        reader.chunk(row, place, at)
    return reader.graphs()


def _rows(plain: dict[str, Any], key: str, name: str) -> Iterator[tuple[dict[str, Any], str]]:
    rows = plain.get(key)
    if rows is None:
        return
    if not isinstance(rows, list):
        raise ImportUnreadable(path=name, line=1, reason=f"{key} must be a list")
    for at, row in enumerate(rows):
        if not isinstance(row, dict):
            raise ImportUnreadable(path=name, line=1, reason=f"{key}[{at}] must be an object")
        yield row, f"{key}[{at}]"


class _CustomKg:
    """Collects a custom_kg's entities, relationships and chunks by the file that they come from."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._symbols: dict[str, Symbol] = {}
        self._edges: dict[tuple[str, str, str], Edge] = {}
        self._chunks: dict[str, list[Chunk]] = {}

    def entity(self, row: dict[str, Any], place: str) -> None:
        entity = self._text(row, "entity_name", place)
        file, line, end = self._place(row, place)
        kind = _SYMBOL_KINDS.get(self._text(row, "entity_type", place, "").lower(), SymbolKind.OBJECT)
        symbol = _symbol(entity, kind, file, line, end, self._text(row, "description", place, ""))
        known = self._symbols.get(entity)
        if known is None or (not known.doc and symbol.doc):
            self._symbols[entity] = symbol

    def relationship(self, row: dict[str, Any], place: str) -> None:
        source, target = self._text(row, "src_id", place), self._text(row, "tgt_id", place)
        file, line, _ = self._place(row, place)
        for end in (source, target):
            if end not in self._symbols and not end.startswith(_EXTERNAL):
                self._symbols[end] = _symbol(end, SymbolKind.OBJECT, file, 0, 0, "")
        weight = row.get("weight", 1.0)
        count = max(1, round(weight)) if isinstance(weight, (int, float)) and abs(weight) < 1e9 else 1
        for word in self._text(row, "keywords", place, "").split(",") or [""]:
            kind = edge_kind(word.strip())
            lines = (line,) if line else ()
            self._edges[kind, source, target] = Edge(kind, source, target, file, lines, count, Resolution.EXACT)

    def chunk(self, row: dict[str, Any], place: str, at: int) -> None:
        text = self._text(row, "content", place)
        file, line, end = self._place(row, place)
        rows = self._chunks.setdefault(file, [])
        rows.append(Chunk(f"{file}#{at}", file, line, end, text, ""))

    def graphs(self) -> list[FileGraph]:
        """What each file says, by path."""
        symbols = _by_file(symbol for symbol in self._symbols.values() if symbol.kind != SymbolKind.EXTERNAL)
        edges = _by_file(self._edges.values())
        return [
            FileGraph(
                FileRecord(path, "", "", 0, 0),
                symbols=symbols.get(path, ()),
                edges=edges.get(path, ()),
                chunks=self._chunks.get(path, ()),
            )
            for path in sorted({*symbols, *edges, *self._chunks})
        ]

    def _place(self, row: dict[str, Any], place: str) -> tuple[str, int, int]:
        """File and lines of a row: ``source_id`` is "file", "file:line" or "file:from-to"."""
        match = _PLACE.fullmatch(self._text(row, "source_id", place, ""))
        found = match.groupdict() if match else {}
        file = self._text(row, "file_path", place, "") or found.get("file") or self._name
        line = int(found.get("line") or 0)
        return file, line, int(found.get("end") or line)

    def _text(self, row: dict[str, Any], key: str, place: str, default: str | None = None) -> str:
        value = row.get(key, default)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (default is None and not value):
            raise ImportUnreadable(path=self._name, line=1, reason=f"{place}.{key} must be text")
        return value


def _by_file(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.file, []).append(row)
    return found


def _symbol(entity: str, kind: SymbolKind, file: str, line: int, end: int, doc: str) -> Symbol:
    if entity.startswith(_EXTERNAL):
        return external_symbol(entity)
    return replace(
        external_symbol(entity), kind=kind, name=last_name(entity), file=file, line=line, end_line=end,
        name_line=line, doc=doc,
    )  # fmt: skip


def edge_kind(word: str) -> str:
    """A keyword as an edge kind: a known one whatever its case or number, any other as it is given."""
    return _KINDS.get(word.lower().rstrip("s"), word) or EdgeKind.REFERENCES.value

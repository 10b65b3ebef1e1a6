"""A graph written out: one generator of lines for each format.

Every format is streamed, in the order of the store, so the same graph gives the same bytes. This module must not
know where the lines go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from loomgraph.engines.graphs import entity_of, relation_of
from loomgraph.engines.merging import all_said, packed_by, said_by
from loomgraph.knowledge import UNKNOWN_TYPE, GivenChunk, GivenEntity, GivenRelation, place_of, shown_file
from loomgraph.model import Edge, Problem, Symbol, SymbolKind
from loomgraph.store.base import EXTERNAL_PREFIX, FileRecord, Reader

JSONL_FORMAT = 1


def lines(reader: Reader, format_name: str, *, externals: bool = False) -> Iterator[str]:
    """The graph in a format of :data:`FORMATS`, line by line, with line ends."""
    return FORMATS[format_name](reader, externals)


def _dump(plain: dict[str, Any]) -> str:
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:  # bytes of an odd path: JSON has an escape for them
            return json.dumps(plain, separators=(",", ":"))
    return text


# -- edges ------------------------------------------------------------------------------------------------------


def edges(reader: Reader, externals: bool) -> Iterator[str]:
    """One edge a line, with the names and lines of both ends; those that leave the project only when asked for."""
    ends = {symbol.id: symbol for symbol in reader.all_symbols()}
    for edge in reader.all_edges():
        source, target = ends[edge.source], ends[edge.target]
        if not externals and SymbolKind.EXTERNAL in (source.kind, target.kind):
            continue
        yield _dump(_edge_row(edge, source, target)) + "\n"


def _edge_row(edge: Edge, source: Symbol, target: Symbol) -> dict[str, Any]:
    """``src_line`` is where the body that holds the sites is named, ``dst_line`` where the target is first declared.

    They differ from each other only for a definition with decorators or with overloads before its implementation.
    """
    return {
        "kind": edge.kind,
        "src": source.id,
        "src_file": shown_file(source.file),
        "src_name": inner_name(source),
        "src_line": source.name_line,
        "dst": target.id,
        "dst_file": shown_file(target.file),
        "dst_name": inner_name(target),
        "dst_line": target.line,
        "lines": list(edge.lines),
        "resolution": str(edge.resolution),
    }


def inner_name(symbol: Symbol) -> str:
    """The name dotted inside the file, "" for the file's module; the whole name of what is outside."""
    if symbol.kind == SymbolKind.EXTERNAL:
        return symbol.id.partition(":")[2]
    return re.sub(r"~\d+(?=\.|$)", "", symbol.id.partition("::")[2])


# -- jsonl ------------------------------------------------------------------------------------------------------


def jsonl(reader: Reader, _externals: bool) -> Iterator[str]:
    """All that the graph holds, one record a line, file by file; ``imports`` reads it back."""
    yield _dump({"type": "loomgraph", "format": JSONL_FORMAT}) + "\n"
    problems: dict[str, list[Problem]] = {}
    for problem in reader.problems():
        problems.setdefault(problem.file, []).append(problem)
    edges_of = _by_file(reader.all_edges())
    for record in reader.files():
        path = [record.path]
        if record.inserted:
            yield _record("file", replace(record, digest="", size=0))
            yield from _given(reader, record)
            continue
        yield _record("file", record)
        for symbol in reader.symbols_in(path):
            yield _record("symbol", symbol)
        for edge in edges_of.get(record.path, ()):
            yield _record("edge", edge)
        for call in reader.unresolved_in(path):
            yield _record("unresolved", call)
        for chunk in reader.chunks_in(path):
            yield _record("chunk", chunk)
        for problem in problems.get(record.path, ()):
            yield _record("problem", problem)


def _given(reader: Reader, record: FileRecord) -> Iterator[str]:
    """The rows of an inserted file, from which all else about it is made."""
    said = said_by(reader, record, packed_by(reader, record))
    for row in said.entities:
        yield _dump({"type": "entity", **entity_row(row)}) + "\n"
    for relation in said.relations:
        yield _dump({"type": "relationship", **relation_row(relation)}) + "\n"
    for chunk in _chunk_rows(reader, record):
        yield _dump({"type": "passage", **chunk}) + "\n"


def _by_file(rows: Iterator[Edge]) -> dict[str, list[Edge]]:
    found: dict[str, list[Edge]] = {}
    for edge in rows:
        found.setdefault(edge.file, []).append(edge)
    return found


def _record(kind: str, row: Any) -> str:
    return _dump({"type": kind, **{name: getattr(row, name) for name in row.__match_args__}}) + "\n"


# -- custom-kg --------------------------------------------------------------------------------------------------


def custom_kg(reader: Reader, externals: bool) -> Iterator[str]:
    """One document with ``chunks``, ``entities`` and ``relationships``: what graph-RAG servers take in.

    What was inserted is written as it was given, in an order that is that of any graph with the same rows.
    """
    records = reader.files()
    yield '{"chunks":[\n'
    yield from _array(row for record in records for row in _chunk_rows(reader, record))
    yield '],"entities":[\n'
    outside = {symbol.id: symbol for symbol in reader.all_symbols() if symbol.kind == SymbolKind.EXTERNAL}
    yield from _array(_entities(reader, records, outside if externals else {}))
    yield '],"relationships":[\n'
    yield from _array(_relationships(reader, records, set() if externals else outside.keys()))
    yield "]}\n"


def _kept(symbol: Symbol, externals: bool, outside: set[str]) -> bool:
    if symbol.kind == SymbolKind.EXTERNAL and not externals:
        outside.add(symbol.id)
        return False
    return True


def _array(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    separator = ""
    for row in rows:
        yield separator + _dump(row)
        separator = ",\n"
    yield "\n"


def _chunk_rows(reader: Reader, record: FileRecord) -> Iterator[dict[str, Any]]:
    if record.inserted:
        given = said_by(reader, record, packed_by(reader, record)).chunks
        rows = sorted(given, key=lambda row: (row.chunk_order_index or 0, row.source_id))
    else:
        rows = [
            GivenChunk(chunk.text, f"{chunk.file}:{chunk.start_line}-{chunk.end_line}", chunk.file, at)
            for at, chunk in enumerate(reader.chunks_in([record.path]))
        ]
    for row in rows:
        yield {
            "content": row.content,
            "source_id": row.source_id,
            "file_path": row.file_path or "",
            "chunk_order_index": row.chunk_order_index or 0,
        }


def _entities(reader: Reader, records: Sequence[FileRecord], outside: dict[str, Symbol]) -> Iterator[dict[str, Any]]:
    """Those outside the project by name, then file by file in the order of lines."""
    rows = {name: entity_of(symbol) for name, symbol in outside.items()}
    given: dict[str, list[GivenEntity]] = {}
    for record, said in all_said(reader, contents=False):
        given[record.path] = [row for row in said.entities if not row.entity_name.startswith(EXTERNAL_PREFIX)]
        rows |= {row.entity_name: row for row in said.entities if row.entity_name.startswith(EXTERNAL_PREFIX)}
    yield from (entity_row(rows[name]) for name in sorted(rows))
    for record in records:
        if record.inserted:
            yield from map(entity_row, sorted(given[record.path], key=_by_line))
        else:
            yield from (entity_row(entity_of(symbol)) for symbol in reader.symbols_in([record.path]))


def _by_line(row: GivenEntity) -> tuple[int, str]:
    return place_of(row.source_id, row.file_path).line, row.entity_name


def _relationships(reader: Reader, records: Sequence[FileRecord], outside: Set[str]) -> Iterator[dict[str, Any]]:
    given = {record.path: said.relations for record, said in all_said(reader, contents=False)}
    edges = _by_file(reader.all_edges()) if len(given) < len(records) else {}
    for record in records:
        if record.inserted:
            yield from map(relation_row, given[record.path])
            continue
        found = [edge for edge in edges.get(record.path, ()) if outside.isdisjoint((edge.source, edge.target))]
        found.sort(key=lambda edge: (edge.source, edge.target, edge.kind))
        yield from (relation_row(relation_of(edge)) for edge in found)


def entity_row(row: GivenEntity) -> dict[str, Any]:
    """An entity as JSON, every field said."""
    return {
        "entity_name": row.entity_name,
        "entity_type": row.entity_type or UNKNOWN_TYPE,
        "description": row.description or "",
        "source_id": row.source_id or "",
        "file_path": row.file_path or "",
    }


def relation_row(row: GivenRelation) -> dict[str, Any]:
    """A relation as JSON, every field said."""
    return {
        "src_id": row.src_id,
        "tgt_id": row.tgt_id,
        "description": row.description,
        "keywords": row.keywords,
        "weight": 1.0 if row.weight is None else row.weight,
        "source_id": row.source_id or "",
        "file_path": row.file_path or "",
    }


# -- GraphML ----------------------------------------------------------------------------------------------------

_NODE_KEYS = ("kind", "name", "file", "line", "end_line", "language", "signature", "doc")
_EDGE_KEYS = ("kind", "file", "lines", "count", "resolution")
_NUMBERS = frozenset({"line", "end_line", "count"})
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def graphml(reader: Reader, externals: bool) -> Iterator[str]:
    """GraphML, as Gephi, yEd and networkx read it: a directed multigraph."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for owner, keys in (("node", _NODE_KEYS), ("edge", _EDGE_KEYS)):
        for key in keys:
            kind = "int" if key in _NUMBERS else "string"
            yield f'<key id="{owner}_{key}" for="{owner}" attr.name="{key}" attr.type="{kind}"/>\n'
    yield '<graph edgedefault="directed">\n'
    outside: set[str] = set()
    for symbol in reader.all_symbols():
        if _kept(symbol, externals, outside):
            yield f"<node id={_attribute(symbol.id)}>{_data('node', symbol, _NODE_KEYS)}</node>\n"
    for edge in reader.all_edges():
        if not outside & {edge.source, edge.target}:
            ends = f"source={_attribute(edge.source)} target={_attribute(edge.target)}"
            yield f"<edge {ends}>{_data('edge', edge, _EDGE_KEYS)}</edge>\n"
    yield "</graph>\n</graphml>\n"


def _attribute(text: str) -> str:
    return quoteattr(_xml_text(text))


def _xml_text(text: str) -> str:
    """``text`` without the characters that no XML document may hold."""
    return _NOT_XML.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def _data(owner: str, row: Any, keys: tuple[str, ...]) -> str:
    parts = []
    for key in keys:
        value = getattr(row, key)
        if key == "file":
            value = shown_file(value)
        if isinstance(value, tuple):
            value = " ".join(map(str, value))
        if value != "":
            parts.append(f'<data key="{owner}_{key}">{escape(_xml_text(str(value)))}</data>')
    return "".join(parts)


FORMATS: dict[str, Callable[[Reader, bool], Iterator[str]]] = {
    "edges": edges,
    "custom-kg": custom_kg,
    "graphml": graphml,
    "jsonl": jsonl,
}

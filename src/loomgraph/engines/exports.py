"""A graph written out: one generator of lines for each format.

Every format is streamed, in the order of the store, so the same graph gives the same bytes. This module must not
know where the lines go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from loomgraph.model import Chunk, Edge, Problem, Symbol, SymbolKind
from loomgraph.store.base import Reader

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
        "src_file": source.file,
        "src_name": inner_name(source),
        "src_line": source.name_line,
        "dst": target.id,
        "dst_file": target.file,
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


def _by_file(rows: Iterator[Edge]) -> dict[str, list[Edge]]:
    found: dict[str, list[Edge]] = {}
    for edge in rows:
        found.setdefault(edge.file, []).append(edge)
    return found


def _record(kind: str, row: Any) -> str:
    return _dump({"type": kind, **{field.name: getattr(row, field.name) for field in fields(row)}}) + "\n"


# -- custom-kg --------------------------------------------------------------------------------------------------


def custom_kg(reader: Reader, externals: bool) -> Iterator[str]:
    """One document with ``chunks``, ``entities`` and ``relationships``: what graph-RAG servers take in."""
    yield '{"chunks":[\n'
    yield from _array(_chunk_row(chunk, at) for at, chunk in _chunks(reader))
    yield '],"entities":[\n'
    outside: set[str] = set()
    yield from _array(_entity_row(symbol) for symbol in reader.all_symbols() if _kept(symbol, externals, outside))
    yield '],"relationships":[\n'
    yield from _array(
        _relationship_row(edge) for edge in reader.all_edges() if not outside & {edge.source, edge.target}
    )
    yield "]}\n"


def _kept(symbol: Symbol, externals: bool, outside: set[str]) -> bool:
    if symbol.kind == SymbolKind.EXTERNAL and not externals:
        outside.add(symbol.id)
        return False
    return True


def _array(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    separator = ""
    for row in rows:
        yield separator + _dump(row)
        separator = ",\n"
    yield "\n"


def _chunks(reader: Reader) -> Iterator[tuple[int, Chunk]]:
    for record in reader.files():
        yield from enumerate(reader.chunks_in([record.path]))


def _chunk_row(chunk: Chunk, at: int) -> dict[str, Any]:
    return {
        "content": chunk.text,
        "source_id": f"{chunk.file}:{chunk.start_line}-{chunk.end_line}",
        "file_path": chunk.file,
        "chunk_order_index": at,
    }


def _entity_row(symbol: Symbol) -> dict[str, Any]:
    place = f"{symbol.file}:{symbol.line}-{symbol.end_line}" if symbol.file else ""
    return {
        "entity_name": symbol.id,
        "entity_type": str(symbol.kind),
        "description": "\n".join(part for part in (symbol.signature, symbol.doc) if part) or symbol.name,
        "source_id": place,
        "file_path": symbol.file,
    }


def _relationship_row(edge: Edge) -> dict[str, Any]:
    line = edge.lines[0] if edge.lines else 0
    return {
        "src_id": edge.source,
        "tgt_id": edge.target,
        "description": f"{edge.source} {edge.kind} {edge.target} ({edge.resolution})",
        "keywords": edge.kind,
        "weight": float(edge.count),
        "source_id": f"{edge.file}:{line}" if line else edge.file,
        "file_path": edge.file,
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

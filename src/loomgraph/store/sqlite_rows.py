"""How values become SQLite's and back: texts, line lists, marks, chunks, records. No SQL, no connection.

Every pair of functions here is the two directions of one encoding of the file format.
"""

from __future__ import annotations

import json
import re
import zlib
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from sys import byteorder
from typing import Any, TypeVar

from loomgraph.model import Chunk, Edge, Resolution, Symbol, SymbolKind, UnresolvedCall
from loomgraph.store.base import Counts, FileRecord, PassageTerms


class UnreadableRow(Exception):
    """A row holds what no update writes: the file is damaged."""


_Row = TypeVar("_Row")


def read_all(decode: Callable[[Sequence[Any]], _Row], found: Iterable[Sequence[Any]]) -> list[_Row]:
    """Every row as what ``decode`` makes of it."""
    try:
        return [decode(row) for row in found]
    except (KeyError, IndexError, TypeError, ValueError, zlib.error) as error:
        raise UnreadableRow(f"a row cannot be read: {error!r}") from error


# -- texts: SQLite holds UTF-8, Python strings may hold lone surrogates (bytes of odd paths) -------------------------

_ESCAPE = "\U0010ffff"
_UNENCODABLE = re.compile("[\ud800-\udfff\U0010ffff]")
_ESCAPED = re.compile("\U0010ffff(.)", re.DOTALL)
_PRIVATE = 0x10F000  # a lone surrogate is written as the escape and a private character
_NUL = chr(_PRIVATE + 0xE000 - 0xD800)  # the one behind them stands for NUL


def encode_text(text: str) -> str:
    """``text`` in a form that has a UTF-8 encoding; almost always ``text`` itself."""
    if text.isascii():
        return text
    return _UNENCODABLE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return _ESCAPE + (chr(_PRIVATE + code - 0xD800) if code < 0xE000 else _ESCAPE)


def decode_text(text: str) -> str:
    if _ESCAPE not in text:
        return text
    return _ESCAPED.sub(_unescape, text)


def _unescape(match: re.Match[str]) -> str:
    private = match[1]
    if private == _ESCAPE:
        return private
    return "\0" if private == _NUL else chr(ord(private) - _PRIVATE + 0xD800)


def without_nul(text: str) -> str:
    """An encoded text for a database that holds no NUL; decoded as the others are."""
    return text.replace("\0", _ESCAPE + _NUL)


def plain_row(row: Sequence[Any]) -> tuple[Any, ...]:
    """A row of texts, numbers and bytes, none of them missing."""
    if None in row:
        raise ValueError("a value is missing")
    for value in row:
        if value.__class__ is str and _ESCAPE in value:
            return tuple(decode_text(value) if isinstance(value, str) else value for value in row)
    return tuple(row)


# -- symbols ------------------------------------------------------------------------------------------------------

_KINDS = {str(kind): kind for kind in SymbolKind}


def symbol_row(number: int, symbol: Symbol, file: int | None) -> tuple[Any, ...]:
    key = encode_text(symbol.id)
    parent = encode_text(symbol.parent)
    stored = len(parent) if key.startswith(parent) else parent  # a parent's id usually begins its children's
    return (
        number, key, encode_text(symbol.name), file, str(symbol.kind), symbol.line, symbol.end_line, symbol.name_line,
        stored, symbol.language, encode_text(symbol.signature), encode_text(symbol.doc), symbol.arity, symbol.flags,
    )  # fmt: skip


def ghost_row(number: int, symbol_id: str, name: str) -> tuple[Any, ...]:
    return (number, encode_text(symbol_id), encode_text(name)) + (None,) * 11


def symbol_from(row: Sequence[Any]) -> Symbol:
    key, kind, name, path, line, end_line, name_line, parent, language, signature, doc, arity, flags = row
    if isinstance(parent, int):
        parent = key[:parent]
    return Symbol(
        decode_text(key), _KINDS[kind], decode_text(name), decode_text(path) if path else "", line, end_line, name_line,
        decode_text(parent), language, decode_text(signature), decode_text(doc), arity, flags,
    )  # fmt: skip


# -- edges --------------------------------------------------------------------------------------------------------

RESOLUTIONS = tuple(Resolution)
RESOLUTION_CODES = {resolution: code for code, resolution in enumerate(RESOLUTIONS)}


def encode_lines(lines: tuple[int, ...], count: int) -> int | str:
    """The line of the only site as it is; more as ``count line line …``."""
    if count == 1 and len(lines) == 1:
        return lines[0]
    return " ".join(map(str, (count, *lines)))


def decode_lines(value: int | str) -> tuple[tuple[int, ...], int]:
    if isinstance(value, int):
        return (value,), 1
    count, *lines = map(int, value.split(" "))
    return tuple(lines), count


def edge_from(kinds: dict[int, str]) -> Callable[[Sequence[Any]], Edge]:
    """Edges are many: what reads them is made once, and looks for escapes in place."""

    def decode(row: Sequence[Any]) -> Edge:
        source, target, kind, path, resolution, packed = row
        if _ESCAPE in source or _ESCAPE in target or _ESCAPE in path:
            source, target, path = decode_text(source), decode_text(target), decode_text(path)
        lines, count = ((packed,), 1) if packed.__class__ is int else decode_lines(packed)
        return Edge(kinds[kind], source, target, path, lines, count, RESOLUTIONS[resolution])

    return decode


def link_from(kinds: dict[int, str]) -> Callable[[Sequence[Any]], tuple[str, str, str]]:
    """(source, kind, target) of an edge."""

    def decode(row: Sequence[Any]) -> tuple[str, str, str]:
        source, target, kind = row
        if _ESCAPE in source or _ESCAPE in target:
            source, target = decode_text(source), decode_text(target)
        return source, kinds[kind], target

    return decode


def unresolved_from(row: Sequence[Any]) -> list[UnresolvedCall]:
    name, source, path, line, arity, count = row
    return [UnresolvedCall(decode_text(name), decode_text(source), decode_text(path), line, arity)] * count


def dangling_from(row: Sequence[Any]) -> list[UnresolvedCall]:
    name, source, path, packed = row
    name, source, path = decode_text(name), decode_text(source), decode_text(path)
    return [UnresolvedCall(name, source, path, line, -1) for line in decode_lines(packed)[0]]


# -- files --------------------------------------------------------------------------------------------------------


def file_row(number: int, record: FileRecord) -> tuple[Any, ...]:
    return (
        number, encode_text(record.path), record.language, record.digest, record.size, record.mtime_ns, record.rules,
        encode_text(record.package), record.lines, record.generated + 2 * record.test + 4 * record.inserted,
    )  # fmt: skip


def file_from(row: Sequence[Any]) -> FileRecord:
    path, language, digest, size, mtime_ns, rules, package, lines, flags = row
    return FileRecord(
        decode_text(path), language, digest, size, mtime_ns, rules, decode_text(package), lines, bool(flags & 1),
        bool(flags & 2), bool(flags & 4),
    )  # fmt: skip


def facts_key(digest: str, language: str, rules: str) -> str:
    return f"{digest}:{language}:{rules}"


def pack_chunks(chunks: Iterable[Chunk]) -> tuple[int, bytes]:
    rows = [(chunk.id, chunk.start_line, chunk.end_line, chunk.symbol, chunk.text) for chunk in chunks]
    return len(rows), zlib.compress(json.dumps(rows, separators=(",", ":")).encode("ascii"), 1)


def unpack_chunks(row: Sequence[Any]) -> list[Chunk]:
    path, packed = decode_text(row[0]), json.loads(zlib.decompress(row[1]))
    return [Chunk(chunk, path, start, end, text, symbol) for chunk, start, end, symbol, text in packed]


# -- terms of passages: one text, its words between spaces -----------------------------------------------------------

BETWEEN = "\x1f"  # what stands between fields, a word among others: ASCII's unit separator, which no word holds


def join_passages(passages: Sequence[PassageTerms]) -> str:
    fields = [field for passage in passages for field in passage]
    text = f" {BETWEEN} ".join(fields)
    if text.count(BETWEEN) >= len(fields):  # some terms hold it
        text = f" {BETWEEN} ".join([field.replace(BETWEEN, " ") for field in fields])
    return text


def part_passages(text: str) -> list[PassageTerms]:
    fields = iter(text.split(f" {BETWEEN} "))
    return [PassageTerms(*four) for four in zip(fields, fields, fields, fields, strict=True)]


# -- packed numbers -------------------------------------------------------------------------------------------------


def pack_numbers(numbers: Iterable[int]) -> bytes:
    """Numbers below 2³², four little-endian bytes each."""
    packed = array("I", numbers)
    if byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def unpack_numbers(data: bytes) -> array[int]:
    packed = array("I")
    packed.frombytes(data)
    if byteorder == "big":
        packed.byteswap()
    return packed


# -- counts -------------------------------------------------------------------------------------------------------


def pack_counts(counts: Counts) -> str:
    """Counts as JSON."""
    return encode_text(json.dumps(asdict(counts)))


def counts_from(row: Sequence[Any]) -> Counts:
    """The counts that :func:`pack_counts` wrote."""
    plain: dict[str, Any] = json.loads(decode_text(row[0]))
    for name, value in plain.items():
        if isinstance(value, list):
            plain[name] = tuple(map(tuple, value))
    return Counts(**plain)

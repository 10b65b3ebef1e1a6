"""From the bytes of a file to the text that is parsed: encodings, line ends, and what is not worth parsing.

Spans and line numbers of facts are those of the text this module gives. It knows no language.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from loomgraph.facts import FileProblem

_LONG_LINE = 2_000
_ORDINARY_LINE = 100  # a text whose average line is shorter is not looked at further
_MINIFIED_SHARE = 0.8
_MINIFIED_BYTES = 8_192
_STRAY_NULS = 1_000  # one NUL in so many bytes is an accident, more of them are binary data
_MARKER_BYTES = 2_048

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as UTF-16's does: must be tried first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"^[ \t\f]*(?:#|//|/\*|--).*?coding[:=][ \t]*([-\w.]+)")
_GENERATED = re.compile(
    rb"^[^\w\n]{1,10}.{0,200}?(?:code generated.{0,200}do not edit|@generated\b"
    rb"|(?:auto(?:matically)?[- ]?generated|generated (?:by|from|file|code)).{0,200}\n?.{0,200}"
    rb"do not (?:edit|modify|change))",
    re.IGNORECASE | re.MULTILINE,
)
_MINIFIED_NAME = re.compile(r"[.-]min\.\w+$")


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text as UTF-8 with ``\\n`` line ends. ``binary`` text is empty."""

    source: bytes
    problems: tuple[FileProblem, ...] = ()
    binary: bool = False


def read_text(data: bytes) -> Text:
    """The text of a file: any byte-order mark, declared encoding, or failing all, Latin-1 with a problem."""
    if data.isascii() and b"\0" not in data and b"\r" not in data:
        return Text(data)
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding)
    if b"\0" in data:
        wide = _wide_encoding(data)
        if wide:
            return _decoded(data, wide)
        if data.count(0) * _STRAY_NULS > len(data) + _STRAY_NULS:
            return Text(b"", (FileProblem(0, "binary file: not parsed"),), binary=True)
    return _decoded(data, "utf-8")


def _decoded(data: bytes, encoding: str) -> Text:
    problems: list[FileProblem] = []
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if encoding == "utf-8":
            text, problem = _declared(data, line)
            problems += problem
        else:
            text = data.decode(encoding, "replace")
            problems.append(FileProblem(line, f"not valid {encoding.upper()}: damaged characters replaced"))
    if "\0" in text:
        problems.append(FileProblem(text.count("\n", 0, text.index("\0")) + 1, "NUL byte in text: read as a space"))
        text = text.replace("\0", " ")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Text(text.encode("utf-8", "replace"), tuple(problems))


def _declared(data: bytes, line: int) -> tuple[str, list[FileProblem]]:
    """Text that is not UTF-8: in the encoding that one of the first two lines names, else Latin-1."""
    for start in data.split(b"\n", 2)[:2]:
        match = _DECLARED.match(start)
        if match:
            try:
                return str(data, match[1].decode("ascii")), []
            except (LookupError, UnicodeDecodeError):
                break
    return data.decode("latin-1"), [FileProblem(line, "not valid UTF-8: read as Latin-1")]


def _wide_encoding(data: bytes) -> str:
    """UTF-16 without a byte-order mark shows as NULs in every second byte of mostly ASCII text."""
    head = data[:1024]
    half = len(head) // 2
    if half < 2:
        return ""
    odd, even = head[1::2].count(0), head[::2].count(0)
    if odd > half * 0.7 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.7 and odd < half * 0.1:
        return "utf-16-be"
    return ""


def is_generated(name: str, source: bytes) -> bool:
    """Whether a program wrote this text: it says so near its start, or it is minified."""
    if b"generated" in source[:_MARKER_BYTES].lower() and _GENERATED.search(source, 0, _MARKER_BYTES):
        return True
    return is_minified(name, source)


def is_minified(name: str, source: bytes) -> bool:
    """Whether most of the text stands in lines too long for a person to have written."""
    if _MINIFIED_NAME.search(name):
        return True
    size = len(source)
    if size < _MINIFIED_BYTES or source.count(b"\n") * _ORDINARY_LINE > size:
        return False
    long = sum(len(line) for line in source.split(b"\n") if len(line) > _LONG_LINE)
    return long > size * _MINIFIED_SHARE


def cut_at_line(source: bytes, limit: int) -> bytes:
    """The first whole lines of ``source`` that fit into ``limit`` bytes."""
    if len(source) <= limit:
        return source
    return source[: source.rfind(b"\n", 0, limit) + 1]

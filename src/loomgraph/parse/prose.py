"""Documents: chunks by heading, and the symbols of code that a text names.

A document is one module symbol. Its sections are chunks with their heading path, not symbols: nobody calls a
section, and names like "Installation" would stand among those of code in every answer. What a text names in code
spans and roles becomes MENTION sites, which resolution turns into references where the name is one of the project's.

What a heading, a code span or a role looks like is each language's business (its ``lower.py``); this module knows
only names, paths and lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loomgraph.facts import ChunkSpan, SiteKind
from loomgraph.parse.builder import Builder

SECTIONS = "sections"
"""Key of ``Builder.extra`` under which a lowering leaves its (line, level, title) rows for the chunker."""

_JOINED_SHARE = 0.5
_NAME = re.compile(r"[~!.]?@?([A-Za-z_$][\w$]*(?:(?:\.|::|#|->)~?[A-Za-z_$][\w$]*[!?]?)*)\s*(\([^()]*\))?")
_PATH = re.compile(r"\.{0,2}/?(?:[\w.@+-]+/)*[\w@+-][\w.@+-]*\.[A-Za-z]\w{0,4}")
_SEPARATOR = re.compile(r"\.|::|#|->")
_TELLING = re.compile(r"[a-z0-9][A-Z]|[A-Za-z0-9]_[A-Za-z0-9]|^[A-Z][a-z]+[a-z0-9]*$|^_+[a-z]")
_FILE_ENDS = frozenset(
    [
        "py",
        "pyi",
        "js",
        "jsx",
        "mjs",
        "cjs",
        "ts",
        "tsx",
        "go",
        "java",
        "rs",
        "c",
        "h",
        "cc",
        "cpp",
        "cxx",
        "hh",
        "hpp",
        "cs",
        "php",
        "rb",
        "kt",
        "kts",
        "swift",
        "scala",
        "lua",
        "sh",
        "bash",
        "md",
        "rst",
        "toml",
        "json",
        "yml",
        "yaml",
        "txt",
        "cfg",
        "ini",
        "html",
        "css",
        "xml",
        "lock",
        "sql",
    ]
)
_FENCE = re.compile(rb"^\s*(```+|~~~+)")
_MAX_NAME = 160


def mention(builder: Builder, text: str, line: int, *, surely: bool = False) -> None:
    """A MENTION site if ``text`` looks like the name of a symbol or the path of a file.

    ``surely``: the mark-up says it is a symbol (a role, a directive), so that any name will do.
    """
    text = text.strip()
    if not text or len(text) > _MAX_NAME:
        return
    if "/" in text or text.rpartition(".")[2] in _FILE_ENDS:
        if _PATH.fullmatch(text) and not surely:
            builder.site(builder.string(text), line, SiteKind.MENTION)
            return
        if "/" in text:
            return
    match = _NAME.fullmatch(text)
    if match is None:
        return
    parts = _SEPARATOR.split(match[1])
    if len(parts) == 1 and not surely and not match[2] and not _TELLING.search(parts[0]):
        return
    expr = builder.name(parts[0])
    for part in parts[1:]:
        expr = builder.attr(expr, part.lstrip("~"))
    builder.site(expr, line, SiteKind.MENTION)


def add_section_chunks(builder: Builder, source: bytes, size: int) -> None:
    """Chunks of a document whose lowering left its sections: a section each, small neighbours joined."""
    rows = builder.extra.pop(SECTIONS, [])
    assert isinstance(rows, list)
    lines = source.split(b"\n")
    starts = [0]
    for text in lines:
        starts.append(starts[-1] + len(text) + 1)
    for first, last, heading in _joined(rows, starts, int(size * _JOINED_SHARE)):
        for begin, end in _parts(lines, starts, first, last, size):
            while begin <= end and not lines[begin].strip():
                begin += 1
            while end >= begin and not lines[end].strip():
                end -= 1
            if begin <= end:
                stop = starts[end] + len(lines[end])
                builder.chunks.append(ChunkSpan(begin + 1, end + 1, starts[begin], stop, 0, heading))


def _joined(rows: list[tuple[int, int, str]], starts: list[int], room: int) -> Iterator[tuple[int, int, str]]:
    """(first line, last line, heading path), 0-based; a section takes in what follows while both are small."""
    path: list[tuple[int, str]] = []
    spans: list[tuple[int, int, str]] = [(0, 0, "")]
    for line, level, title in rows:
        while path and path[-1][0] >= level:
            path.pop()
        path.append((level, title))
        spans.append((line - 1, level, " > ".join(title for _, title in path)))
    ends = [first - 1 for first, _, _ in spans[1:]] + [len(starts) - 2]
    at = 0
    while at < len(spans):
        first, level, heading = spans[at]
        last = ends[at]
        at += 1
        while at < len(spans) and spans[at][1] >= level and starts[ends[at] + 1] - starts[first] <= room:
            if not heading:
                heading = spans[at][2]
            level = max(level, 1)
            last = ends[at]
            at += 1
        if last >= first:
            yield first, last, heading


def _parts(lines: list[bytes], starts: list[int], first: int, last: int, size: int) -> Iterator[tuple[int, int]]:
    """A section cut between paragraphs where it exceeds ``size``."""
    if starts[last + 1] - starts[first] <= size:
        yield first, last
        return
    places = _paragraphs(lines, first, last)
    begin = first
    while starts[last + 1] - starts[begin] > size:
        fitting = [line for line in places if line > begin and starts[line] - starts[begin] <= size]
        cut = fitting[-1] if fitting else begin + 1
        if not fitting:
            while cut < last and starts[cut + 1] - starts[begin] <= size:
                cut += 1
        yield begin, cut - 1
        begin = cut
        places = [line for line in places if line > begin]
        if begin > last:
            return
    yield begin, last


def _paragraphs(lines: list[bytes], first: int, last: int) -> list[int]:
    """Lines at which a paragraph begins: not indented, after a blank line, outside of fenced code."""
    found: list[int] = []
    fence = b""
    for at in range(first, last + 1):
        line = lines[at]
        match = _FENCE.match(line)
        if match and not fence:
            fence = match[1]
        elif match and line.strip().startswith(fence):
            fence = b""
            continue
        if at > first and line[:1].strip() and not lines[at - 1].strip() and (not fence or match):
            found.append(at)
    return found

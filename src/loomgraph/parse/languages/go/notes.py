"""Comments and signatures as readers see them. Knows comment syntax and nothing else of Go."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tree_sitter import Node

_SIGNATURE = 300
_DIRECTIVE = re.compile(r"//(?:go:|nolint\b|line |export |\s?\+build\b)")
_BUILD = re.compile(r"//go:build\s+(.*)")
_OLD_BUILD = re.compile(r"//\s?\+build\s+(.*)")


def one_line(source: bytes, start: int, end: int) -> str:
    """The source between two offsets on one line, shortened."""
    text = " ".join(source[start : min(end, start + 4 * _SIGNATURE)].decode("utf-8", "replace").split())
    return text if len(text) <= _SIGNATURE else text[: _SIGNATURE - 1] + "…"


def doc_comment(source: bytes, comments: Sequence[Node], node: Node) -> str:
    """The text of the comments that stand directly above ``node``, without gap and without directives."""
    line = node.start_point[0]
    kept: list[str] = []
    for comment in reversed(comments):
        if comment.end_point[0] != line - 1:
            break
        line = comment.start_point[0]
        text = source[comment.start_byte : comment.end_byte].decode("utf-8", "replace")
        if not _DIRECTIVE.match(text):
            kept.append(_uncommented(text))
    return "\n".join(reversed(kept)).strip()


def build_constraint(source: bytes, comments: Sequence[Node]) -> str:
    """The build constraint among the comments above the package clause, in the form of ``//go:build``; "" without."""
    texts = [source[c.start_byte : c.end_byte].decode("utf-8", "replace") for c in comments]
    for text in texts:
        match = _BUILD.match(text)
        if match:
            return match[1].strip()
    old = [match[1].split() for match in map(_OLD_BUILD.match, texts) if match]
    return " && ".join(f"({' || '.join(option.replace(',', ' && ') for option in options)})" for options in old)


def _uncommented(text: str) -> str:
    if text.startswith("//"):
        return text[2:].removeprefix(" ").rstrip()
    body = text[2:].removesuffix("*/")
    return "\n".join(re.sub(r"^\s*\*+ ?", "", row).rstrip() for row in body.strip().splitlines())

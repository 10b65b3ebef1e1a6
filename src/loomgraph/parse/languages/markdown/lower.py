"""Markdown: headings, and the names in code spans and links. Knows the grammar's nodes, nothing of other files."""

from __future__ import annotations

import re

from tree_sitter import Node

from loomgraph.parse.builder import Builder
from loomgraph.parse.prose import SECTIONS, mention

_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_LINK = re.compile(r"\]\(<?([^()\s<>]+)>?(?:\s+\"[^\"]*\")?\)")
_MARKUP = re.compile(r"[*_`]+|\s*#+\s*$|!?\[([^\]]*)\]\([^)]*\)|<[^>]+>")
_TEXT = frozenset(("inline", "pipe_table_cell", "paragraph"))
_OPAQUE = frozenset(("fenced_code_block", "indented_code_block", "html_block", "minus_metadata", "plus_metadata"))


def lower(root: Node | None, source: bytes, builder: Builder) -> None:
    """The sections and mentions of one document."""
    assert root is not None
    sections: list[tuple[int, int, str]] = []
    pending = [root]
    while pending:
        node = pending.pop()
        kind = node.type
        if kind in _OPAQUE:
            continue
        if kind == "atx_heading" or kind == "setext_heading":
            sections.append((node.start_point[0] + 1, _level(node), _title(node, source)))
        if kind in _TEXT and not any(child.type == "inline" for child in node.named_children):
            _mentions(node, source, builder)
            continue
        pending += reversed(node.named_children)
    builder.extra[SECTIONS] = sections


def _level(heading: Node) -> int:
    for child in heading.children:
        if child.type.startswith("atx_h"):
            return int(child.type[5])
        if child.type.startswith("setext_h"):
            return int(child.type[8])
    return 1


def _title(heading: Node, source: bytes) -> str:
    content = heading.child_by_field_name("heading_content")
    if content is None:
        return ""
    text = source[content.start_byte : content.end_byte].decode("utf-8", "replace")
    return " ".join(_MARKUP.sub(lambda m: m[1] or "", text).split())


def _mentions(node: Node, source: bytes, builder: Builder) -> None:
    text = source[node.start_byte : node.end_byte].decode("utf-8", "replace")
    first = node.start_point[0] + 1
    for match in _SPAN.finditer(text):
        mention(builder, match[2], first + text.count("\n", 0, match.start()))
    for match in _LINK.finditer(text):
        target = match[1].partition("#")[0]
        if target and "://" not in target:
            mention(builder, target, first + text.count("\n", 0, match.start()))

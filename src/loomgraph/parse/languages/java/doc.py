"""One-line signatures and the first paragraph of Javadoc comments.

Works on text around a declaration; it must not know what the declaration means.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from loomgraph.parse.languages.java.state import COMMENTS, State

_MAX_SIGNATURE = 300
_MAX_DOC = 400
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_SPACE = re.compile(r"\s+")
_MARGIN = re.compile(r"^[ \t]*\*+ ?", re.MULTILINE)
_PARAGRAPH_END = re.compile(
    r"\n[ \t]*\n|<p>|<p/>|<ul>|<ol>|<pre>|<h\d>|<table|<blockquote>|(?:^|\n)[ \t]*@[a-z]", re.IGNORECASE
)
_INLINE_TAG = re.compile(r"\{@(\w+)\s*([^{}]*)\}")
_HTML_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&nbsp;": " ", "&quot;": '"'}


def signature(st: State, start: int, end: int) -> str:
    """The text of a declaration's head on one line, without comments."""
    text = st.source[start : min(end, start + 4 * _MAX_SIGNATURE)].decode("utf-8", "replace")
    if "/" in text:
        text = _COMMENT.sub(" ", text)
    text = _SPACE.sub(" ", text).strip().rstrip("={;").rstrip()
    return text if len(text) <= _MAX_SIGNATURE else text[: _MAX_SIGNATURE - 1] + "…"


def javadoc(st: State, node: Node) -> str:
    """The first paragraph of the Javadoc comment right above ``node``."""
    above = node.prev_sibling
    while above is not None and above.type == "line_comment":
        above = above.prev_sibling
    if above is None or above.type not in COMMENTS:
        return ""
    text = st.text(above)
    if not text.startswith("/**") or len(text) < 6:
        return ""
    return first_paragraph(text[3:-2])


def first_paragraph(text: str) -> str:
    text = _MARGIN.sub("", text).strip()
    end = _PARAGRAPH_END.search(text)
    if end is not None and end.start() == 0 and text[:1] != "@":
        text = text[end.end() :].strip()  # the comment opens with a paragraph tag
        end = _PARAGRAPH_END.search(text)
    if end is not None:
        text = text[: end.start()]
    text = _INLINE_TAG.sub(_plain_tag, text)
    text = _HTML_TAG.sub("", text)
    for entity, plain in _ENTITIES.items():
        text = text.replace(entity, plain)
    text = _SPACE.sub(" ", text).strip()
    return text if len(text) <= _MAX_DOC else text[: _MAX_DOC - 1] + "…"


def _plain_tag(match: re.Match[str]) -> str:
    """``{@link Type#member label}`` reads as its label, or as ``Type.member``; ``{@code x}`` as x."""
    tag, content = match[1], match[2].strip()
    if tag not in ("link", "linkplain", "value"):
        return content
    target, _, label = content.partition(" ")
    return label.strip() if label and "(" not in target else content.lstrip("#").replace("#", ".")

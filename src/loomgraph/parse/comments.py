"""Comments that stand directly above a line of source, and the documentation they hold.

Works on lines of text with the comment syntax of ``language.toml``; no syntax tree, no language by name.
"""

from __future__ import annotations

import re

from loomgraph.parse.registry import Comments

_MAX_DOC = 4_000
_ATTRIBUTE_LINE = re.compile(rb"^\W{1,3}[\w.:]+$|.*[\])]$")
_DECORATION = re.compile(r"^[\s*/#!;=-]*$")


class CommentReader:
    """Reads the comments of one file."""

    def __init__(self, lines: list[bytes], comments: Comments) -> None:
        self.lines = lines
        self.line_marks = tuple(mark.encode() for mark in comments.line)
        self.attributes = tuple(mark.encode() for mark in comments.above)
        self.blocks = tuple((start.encode(), end.encode()) for start, end in comments.block)
        self.documents = tuple(mark.encode() for mark in comments.doc)
        marks = sorted({*comments.line, *(start for start, _ in comments.block), *comments.doc}, key=len, reverse=True)
        self._lead = re.compile("^(?:" + "|".join(map(re.escape, marks)) + ")[/!*#-]*") if marks else None
        self._noise = re.compile(comments.noise) if comments.noise else None
        ends = [re.escape(end) for _, end in comments.block]
        self._trail = re.compile("[*]*(?:" + "|".join(ends) + ")$") if ends else None

    def first_above(self, first: int, floor: int) -> int:
        """The first line (0-based) of the comments directly above line ``first``, none before ``floor``."""
        lines = self.lines
        while first > floor:
            line = lines[first - 1].strip()
            if not line:
                break
            if self.line_marks and line.startswith(self.line_marks):
                first -= 1
                continue
            if self.attributes and line.startswith(self.attributes) and _ATTRIBUTE_LINE.match(line):
                first -= 1
                continue
            start = next((start for start, end in self.blocks if line.endswith(end)), None)
            if start is None:
                break
            up = first - 1
            while up > floor and start not in lines[up]:
                up -= 1
            if not lines[up].lstrip().startswith(start):
                break
            first = up
        return first

    def doc_above(self, first: int, floor: int = 0) -> str:
        """The documentation above line ``first`` (0-based), without its markers."""
        start = self.first_above(first, floor)
        if start == first:
            return ""
        kept: list[str] = []
        for raw in self.lines[start:first]:
            line = raw.strip()
            if self.attributes and line.startswith(self.attributes):
                continue
            kept.append(line.decode("utf-8", "replace"))
        if self.documents and (not kept or not kept[0].encode().startswith(self.documents)):
            return ""
        return self.plain(kept)

    def plain(self, lines: list[str]) -> str:
        """Comment lines without their markers."""
        found: list[str] = []
        for line in lines:
            text = line.strip()
            if self._trail is not None:
                text = self._trail.sub("", text)
            if self._lead is not None and self._lead.match(text):
                text = self._lead.sub("", text)
            elif text.startswith("*"):
                text = text.lstrip("*")
            if self._noise is not None:
                text = self._noise.sub("", text)
            found.append("" if _DECORATION.match(text) else text.rstrip().removeprefix(" "))
        return "\n".join(found).strip()[:_MAX_DOC]

"""Quoting: the lines of a chunk that belong to a place, and the few of them that fit a question best.

It must not know the graph.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from loomgraph.lexicon import Lexicon
from loomgraph.model import Chunk
from loomgraph.retrieve.matching import stemmed

SHOWN = 5  # lines of a snippet
_FIRST = 0.5  # what the first line, where the definition stands, is worth more


def quoted(chunk: Chunk, start: int, end: int) -> str:
    """The lines ``start`` to ``end`` of a chunk; a heading that the chunker repeated above a part is left out."""
    lines = chunk.text.splitlines()
    heading = max(0, len(lines) - (chunk.end_line - chunk.start_line + 1))
    first = max(0, start - chunk.start_line) + heading
    return "\n".join(lines[first : end - chunk.start_line + 1 + heading])


def best_lines(text: str, start: int, terms: Collection[str], lexicon: Lexicon, shown: int = SHOWN) -> tuple[int, str]:
    """The number and text of the ``shown`` lines of ``text`` with the most of ``terms``; ``start`` is its first line's.

    A term counts once; of equally good places the first one wins.
    """
    lines = text.splitlines()
    if len(lines) <= shown:
        return start, text
    wanted = {stemmed(term) for term in terms}
    held = [{stemmed(term) for term in lexicon.part_counts(line)} & wanted for line in lines]
    best, at = -1.0, 0
    for first in range(len(lines) - shown + 1):
        value = len(set[str]().union(*held[first : first + shown])) + (_FIRST if first == 0 else 0.0)
        if value > best and lines[first].strip():
            best, at = value, first
    return start + at, "\n".join(_trimmed(lines[at : at + shown]))


def _trimmed(lines: Sequence[str]) -> Sequence[str]:
    """Lines without blank ones at the end."""
    end = len(lines)
    while end > 1 and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def first_lines(doc: str, most: int = 3) -> str:
    """The first paragraph of a documentation, at most so many lines of it."""
    lines: list[str] = []
    for line in doc.strip().splitlines():
        if not line.strip() or len(lines) == most:
            break
        lines.append(line.rstrip())
    return "\n".join(lines)

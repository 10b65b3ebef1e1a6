"""Chunks: the spans of a file worth quoting, cut where its syntax is.

A definition that fits the budget stays whole, with the comments directly above it; small neighbours are joined; a
long function is cut between statements and its later parts carry its signature as heading. Chunks do not overlap,
stand in order, and leave out nothing but blank lines.

Works on lines and on the definitions already found, and looks at the syntax tree only where one definition exceeds
the budget. It knows no language by name. Sizes are in bytes of UTF-8, which for code is nearly characters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from tree_sitter import Node

from loomgraph.facts import ChunkSpan, DefFlag, DefKind
from loomgraph.parse.builder import Builder, DefinitionDraft
from loomgraph.parse.comments import CommentReader
from loomgraph.parse.registry import LanguageSpec

_JOINED_SHARE = 0.5  # neighbours are joined up to this share of the budget
_SCRAP = 48  # bytes: what is no longer joins its neighbour within the whole budget (a header, a lone comment)
_CLOSING = 8  # bytes: what is no longer joins what stands before it whatever that makes (closing braces)
_MAX_DEPTH = 60  # how deep to look for a place to cut


class Piece:
    """Lines ``first``…``last`` (0-based, inclusive) that belong to the definition ``owner``."""

    __slots__ = ("first", "last", "mixed", "owner", "part", "whole")

    def __init__(self, first: int, last: int, owner: int, *, part: bool = False, whole: bool = False) -> None:
        self.first, self.last, self.owner = first, last, owner
        self.part = part  # a later part of its owner, which needs a heading
        self.mixed = False  # several definitions joined
        self.whole = whole  # from a definition cut on its own: never joined with what stands around it


class Unit:
    """A definition by its lines (0-based, inclusive), with the definitions inside those."""

    __slots__ = ("children", "first", "index", "last")

    def __init__(self, first: int, last: int, index: int) -> None:
        self.first, self.last, self.index = first, last, index
        self.children: list[Unit] = []


def add_chunks(builder: Builder, source: bytes, root: Node | None, spec: LanguageSpec, size: int) -> None:
    """Add the chunks of a file in a programming language to ``builder``."""
    if spec.config or spec.chunks.style != "code" or not source.strip():
        return
    chunker = Chunker(source, root, spec, size)
    top = _units(builder.definitions, len(chunker.lines))
    chunker.region(top)
    for piece in chunker.pieces:
        span = chunker.span(piece, builder.definitions[piece.owner])
        if span is not None:
            builder.chunks.append(span)


def _units(definitions: list[DefinitionDraft], lines: int) -> Unit:
    """The definitions worth a chunk of their own, nested by their lines (a method may stand outside its class)."""
    shown = [
        Unit(d.line - 1, min(d.end_line, lines) - 1, d.index)
        for d in definitions[1:]
        if d.kind in (DefKind.CLASS, DefKind.FUNCTION) and not d.flags & DefFlag.HIDDEN
    ]
    shown.sort(key=lambda unit: (unit.first, -unit.last, unit.index))
    top = Unit(0, lines - 1, 0)
    around = [top]
    for unit in shown:
        while len(around) > 1 and around[-1].last < unit.last:
            around.pop()
        around[-1].children.append(unit)
        around.append(unit)
    return top


class Chunker:
    """Cuts one file; ``pieces`` collects the result in order."""

    def __init__(self, source: bytes, root: Node | None, spec: LanguageSpec, size: int) -> None:
        self.root, self.size = root, size
        self.joined = int(size * _JOINED_SHARE)
        self.lines = source.split(b"\n")
        if not self.lines[-1]:
            self.lines.pop()
        self.starts = [0, *accumulate([len(line) + 1 for line in self.lines])]
        self.comments = CommentReader(self.lines, spec.comments)
        self.pieces: list[Piece] = []

    def length(self, first: int, last: int) -> int:
        return self.starts[last + 1] - self.starts[first]

    def region(self, unit: Unit) -> None:
        """Cut the lines of ``unit``, keeping what is small together."""
        if self.length(unit.first, unit.last) <= self.size:
            self.pieces.append(Piece(unit.first, unit.last, unit.index))
            return
        mine: list[Piece] = []
        at = unit.first
        for child in unit.children:
            first = self.comments.first_above(max(child.first, at), at)
            if child.last < at:
                continue
            if first > at:
                self.gap(mine, at, first - 1, unit)
            inner = Unit(first, child.last, child.index)
            inner.children = child.children
            if self.length(first, child.last) <= self.size:
                mine.append(Piece(first, child.last, child.index))
            else:
                self.join(mine, unit)
                mine = []
                self.region(inner)
                self.pieces[-1].whole = True
            at = child.last + 1
        if at <= unit.last:
            self.gap(mine, at, unit.last, unit)
        self.join(mine, unit)

    def gap(self, into: list[Piece], first: int, last: int, unit: Unit) -> None:
        """Text of ``unit`` between the definitions inside it."""
        if self.length(first, last) <= self.size:
            into.append(Piece(first, last, unit.index, part=first > unit.first))
            return
        for start, end in self.cuts(first, last):
            into.append(Piece(start, end, unit.index, part=start > unit.first))

    def join(self, pieces: list[Piece], unit: Unit) -> None:
        """Keep ``pieces``, small neighbours joined."""
        kept = self.pieces
        previous: Piece | None = None
        for piece in pieces:
            if self.blank(piece.first, piece.last):
                continue
            if previous is not None and self.fits(previous, piece):
                self.merge(previous, piece, unit)
                continue
            if previous is None and kept and kept[-1].last >= unit.first and self.scrap(piece, _CLOSING):
                kept[-1].last = piece.last  # the closing line of a definition whose last member was cut on its own
                previous = kept[-1]
                continue
            kept.append(piece)
            previous = piece

    def merge(self, left: Piece, right: Piece, unit: Unit) -> None:
        """Take ``right`` into ``left``: the whole is the one definition's that makes most of it, else ``unit``'s."""
        if left.owner != right.owner:
            small_left = self.length(left.first, left.last) < self.length(right.first, right.last)
            if left.owner == unit.index and small_left and not left.mixed:
                left.owner = right.owner
            elif left.owner == unit.index or right.owner != unit.index or small_left:
                left.mixed = left.mixed or (left.owner != unit.index and right.owner != unit.index)
                left.owner = unit.index
            left.part = left.owner == unit.index and left.first > unit.first
        left.last = right.last

    def fits(self, left: Piece, right: Piece) -> bool:
        if left.whole:
            return self.scrap(right, _CLOSING)
        length = self.length(left.first, right.last)
        if length <= self.joined or self.scrap(right, _CLOSING):
            return True
        return length <= self.size and (self.scrap(left, _SCRAP) or self.scrap(right, _SCRAP))

    def scrap(self, piece: Piece, most: int) -> bool:
        """Whether a piece is no longer than ``most``, white space apart."""
        if self.length(piece.first, piece.last) > _SCRAP * 4:
            return False
        return sum(len(line.strip()) for line in self.lines[piece.first : piece.last + 1]) <= most

    def blank(self, first: int, last: int) -> bool:
        return not any(line.strip() for line in self.lines[first : last + 1])

    # -- cutting what is too long ---------------------------------------------------------------------------

    def cuts(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Line ranges within the budget, cut where statements begin if the tree allows, else at any line."""
        places = sorted(self.places(first, last))
        start = first
        while start <= last:
            if self.length(start, last) <= self.size:
                yield start, last
                return
            limit = bisect_right(self.starts, self.starts[start] + self.size) - 1  # first line that does not fit
            at = bisect_right(places, (limit, _MAX_DEPTH)) - 1
            best = self.best_place(places, start, at)
            cut = best if best > start else max(limit, start + 1)
            yield start, cut - 1
            start = cut

    def best_place(self, places: list[tuple[int, int]], start: int, at: int) -> int:
        """The shallowest place to cut in the later half of the room, the last of those."""
        best, depth = start, _MAX_DEPTH + 1
        half = self.starts[start] + self.size // 2
        while at >= 0 and places[at][0] > start:
            line, deep = places[at]
            if best > start and self.starts[line] < half:
                break
            if deep < depth:
                best, depth = line, deep
            at -= 1
        return best

    def places(self, first: int, last: int) -> set[tuple[int, int]]:
        """Lines between ``first`` and ``last`` at which a node begins a line of its own, with its depth."""
        found: dict[int, int] = {}
        if self.root is None:
            return set()
        begin, end = self.starts[first], self.starts[last + 1] - 1
        around = self.root.descendant_for_byte_range(begin, max(begin, end - 1)) or self.root
        pending = [(around, 0)]
        while pending:
            node, depth = pending.pop()
            glued = -1  # a comment's line: what it stands above must not be parted from it
            for child in node.named_children:
                top, bottom = child.start_point[0], child.end_point[0]
                if bottom < first:
                    continue
                if top > last:
                    break
                own = not self.lines[top][: child.start_point[1]].strip() if top < len(self.lines) else False
                if own and top > first and top != glued and depth < found.get(top, _MAX_DEPTH + 1):
                    found[top] = depth
                glued = bottom + 1 if "comment" in child.type else -1
                if bottom > top and depth < _MAX_DEPTH and child.end_byte - child.start_byte > self.size // 2:
                    pending.append((child, depth + 1))
        return set(found.items())

    def span(self, piece: Piece, owner: DefinitionDraft) -> ChunkSpan | None:
        """The chunk of a piece, without blank lines at its ends."""
        first, last = piece.first, piece.last
        while first <= last and not self.lines[first].strip():
            first += 1
        while last > first and not self.lines[last].strip():
            last -= 1
        if first > last:
            return None
        end = self.starts[last] + len(self.lines[last])
        heading = owner.signature if piece.part else ""
        return ChunkSpan(first + 1, last + 1, self.starts[first], end, owner.index, heading)

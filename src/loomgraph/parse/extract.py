"""Bytes of one file and its language → facts. Never raises for what a file holds: it reports problems.

It knows how to keep a bad file from stopping an index, and nothing of any language; where files lie, and every file
but the one at hand, are not its business.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tree_sitter import Node

from loomgraph.facts import Facts, FileProblem
from loomgraph.parse.builder import Builder
from loomgraph.parse.chunks import add_chunks
from loomgraph.parse.prose import add_section_chunks
from loomgraph.parse.registry import Languages, LanguageSpec
from loomgraph.parse.text import cut_at_line, is_generated, is_minified, read_text

DEEP_RECURSION = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read, and how long a chunk may be (in characters)."""

    max_bytes: int = 5_000_000
    chunk_size: int = 2_000


class Extractor:
    """Extracts facts, file after file, keeping parsers and queries. Not to be shared between threads."""

    def __init__(self, languages: Languages, limits: Limits | None = None) -> None:
        self.languages = languages
        self.limits = limits or Limits()

    def extract(self, name: str, data: bytes, spec: LanguageSpec) -> Facts:
        """The facts of the file with these bytes. ``name`` (the file's own) matters only for telling minified files."""
        text = read_text(data)
        source = cut_at_line(text.source, self.limits.max_bytes)
        lines = text.source.count(b"\n") + (not text.source.endswith(b"\n") and bool(text.source))
        builder = Builder(spec.name, lines)
        builder.generated = is_generated(name, text.source)
        problems = list(text.problems)
        if not spec.config and builder.generated and is_minified(name, text.source):
            problems.append(FileProblem(0, "minified: its symbols are not read"))
            source = b""
        elif len(source) < len(text.source):
            seen = source.count(b"\n")
            problems.append(FileProblem(seen + 1, f"too large: read up to line {seen} of {lines}"))
        if source or spec.config:
            builder = self._lower(source, spec, builder)
        builder.problems[:0] = problems
        return builder.finish()

    def _lower(self, source: bytes, spec: LanguageSpec, builder: Builder) -> Builder:
        """Parse and lower; deep nesting gets a second try with a larger stack."""
        source = self.languages.readable(spec, source)
        root = self.languages.parser(spec).parse(source).root_node if spec.grammar else None
        try:
            self._attempt(root, source, spec, builder)
        except RecursionError:
            again = Builder(spec.name, builder.lines)
            again.generated = builder.generated
            builder = again
            try:
                with _recursion_limit(DEEP_RECURSION):
                    self._attempt(root, source, spec, builder)
            except RecursionError:
                builder.problem(_line_reached(builder), "nested too deeply: facts end here")
        _leave_open_scopes(builder)
        if root is not None and root.has_error and spec.chunks.style == "code":
            builder.problem(_first_error_line(root), "syntax error: facts as far as they go")
        if spec.chunks.style == "headings":
            add_section_chunks(builder, source, self.limits.chunk_size)
        else:
            add_chunks(builder, source, root, spec, self.limits.chunk_size)
        return builder

    def _attempt(self, root: Node | None, source: bytes, spec: LanguageSpec, builder: Builder) -> None:
        lower = self.languages.lowering(spec)
        try:
            lower(root, source, builder)
        except RecursionError:
            raise
        except Exception as error:  # an edge: no file, and no mistake of ours, may stop an index
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{where.filename.rpartition('/')[2]}:{where.lineno}"
            builder.problem(_line_reached(builder), f"extraction failed ({type(error).__name__}: {error} at {place})")


@contextmanager
def _recursion_limit(limit: int) -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, limit))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _leave_open_scopes(builder: Builder) -> None:
    """Close what a lowering that stopped half-way left open, so that every scope has an end."""
    while builder.scope:
        builder.end(builder.definitions[builder.scope])


def _line_reached(builder: Builder) -> int:
    return builder.definitions[-1].line


def _first_error_line(root: Node) -> int:
    """The line of the first node that is no syntax of the language, or that had to be made up."""
    node = root
    while not (node.is_error or node.is_missing):
        below = next((child for child in node.children if child.has_error), None)
        if below is None:
            break
        node = below
    return node.start_point[0] + 1

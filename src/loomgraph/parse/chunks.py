"""Chunks that follow the syntax. (first form)"""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.parse.builder import Builder
from loomgraph.parse.registry import LanguageSpec


def add_chunks(builder: Builder, source: bytes, root: Node | None, spec: LanguageSpec, size: int) -> None:
    """Add the file's chunks to ``builder``."""

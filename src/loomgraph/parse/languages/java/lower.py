"""Lowers a Java file's syntax tree to facts: one walk in document order.

The words of the language are divided among the modules beside this one: ``declarations`` (types), ``members``,
``statements``, ``expressions``, ``patterns`` and ``types``; this one puts their tables together. It must not know
any other file.
"""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.parse.builder import Builder
from loomgraph.parse.languages.java.declarations import DECLARATIONS, class_body
from loomgraph.parse.languages.java.expressions import EXPRESSIONS
from loomgraph.parse.languages.java.members import MEMBERS
from loomgraph.parse.languages.java.state import State
from loomgraph.parse.languages.java.statements import ACTIONS


def lower(root: Node | None, source: bytes, builder: Builder) -> None:
    if root is None:
        return
    state = State(source, builder, EXPRESSIONS, {**ACTIONS, **MEMBERS, **DECLARATIONS}, class_body)
    for node in root.named_children:
        state.visit(node)

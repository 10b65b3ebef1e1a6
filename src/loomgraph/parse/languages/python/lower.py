"""Lowering of Python: one walk over a file's syntax tree, in document order, gives its facts.

This module opens and closes the walk; what stands in it is lowered by the tables of statements and expressions.
"""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import DefFlag
from loomgraph.parse.builder import Builder
from loomgraph.parse.languages.python.definitions import block, docstring
from loomgraph.parse.languages.python.expressions import EXPRESSIONS
from loomgraph.parse.languages.python.state import REF, State
from loomgraph.parse.languages.python.statements import STATEMENTS


def lower(root: Node, source: bytes, builder: Builder) -> None:
    """Fill ``builder`` with what the file says."""
    state = State(builder, source, EXPRESSIONS, STATEMENTS)
    module = builder.definitions[0]
    module.doc = docstring(state, root)
    block(state, root)
    for expr, owner, line, name in state.suspended:
        if state.opaque_names or name in state.shadowed:
            builder.site(expr, line, REF, owner=owner)
    if state.by_definition:
        builder.extra["expressions"] = state.by_definition
    if state.stores:
        builder.extra["stores"] = state.stores
    if state.opaque_all:
        builder.extra["open_all"] = True
    listed = {e.name for e in builder.exports}
    if listed:
        for draft in builder.definitions:
            if draft.parent == 0 and draft.name in listed:
                draft.flags |= DefFlag.EXPORTED

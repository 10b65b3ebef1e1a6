"""The entry of the ECMAScript lowering: tables of handlers, and a file from top to bottom."""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.parse.builder import Builder
from loomgraph.parse.languages.ecmascript import hoisting, jsdoc, modules
from loomgraph.parse.languages.ecmascript.expressions import EXPRESSIONS
from loomgraph.parse.languages.ecmascript.functions import block
from loomgraph.parse.languages.ecmascript.objects import value_of_type
from loomgraph.parse.languages.ecmascript.statements import STATEMENTS
from loomgraph.parse.languages.ecmascript.types import TYPES
from loomgraph.parse.languages.ecmascript.walk import Walk


def lower(root: Node, source: bytes, builder: Builder) -> None:
    """Lower one file of TypeScript or JavaScript."""
    walk = Walk(builder, source, EXPRESSIONS, STATEMENTS, TYPES, value_of_type)
    nodes = root.named_children
    jsdoc.define_types(walk)
    hoisting.hoist(walk, nodes, exported=False)
    block(walk, nodes)
    modules.finish(walk)

"""Parameters of functions and lambdas: names, kinds, annotations, defaults."""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import Param, ParamKind
from loomgraph.parse.builder import NONE
from loomgraph.parse.languages.python import nodes as k
from loomgraph.parse.languages.python.annotations import type_expr
from loomgraph.parse.languages.python.nodes import meaningful
from loomgraph.parse.languages.python.state import State

_SPLATS = {k.LIST_SPLAT_PATTERN: ParamKind.STAR, k.DICTIONARY_SPLAT_PATTERN: ParamKind.STAR_KEYWORD}


def parameters(s: State, node: Node, *, receiver: bool = False) -> list[Param]:
    """The parameters in ``node``; with ``receiver`` the first one is bound before the call."""
    found: list[Param] = []
    positional = ParamKind.POSITIONAL
    for child in node.children:
        kind = child.kind_id
        annotation = default = NONE
        if kind == k.IDENTIFIER:
            name_node = child
        elif kind == k.DEFAULT_PARAMETER:
            name_node, value_node = meaningful(child)
            default = s.expr(value_node)
        elif kind == k.TYPED_PARAMETER:
            name_node, type_node = meaningful(child)
            annotation = type_expr(s, type_node)
        elif kind == k.TYPED_DEFAULT_PARAMETER:
            name_node, type_node, value_node = meaningful(child)
            annotation = type_expr(s, type_node)
            default = s.expr(value_node)
        elif kind in _SPLATS:
            name_node = child
        else:
            if kind == k.KEYWORD_SEPARATOR:
                positional = ParamKind.KEYWORD
            continue
        how = _SPLATS.get(name_node.kind_id, positional)
        if how is not positional:
            name_node = meaningful(name_node)[0]
            positional = ParamKind.KEYWORD
        elif receiver and not found and positional is ParamKind.POSITIONAL:
            how = ParamKind.RECEIVER
        found.append(Param(s.text(name_node), annotation, default, int(how)))
    return found

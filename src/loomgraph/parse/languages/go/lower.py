"""Lowers a Go file: the package clause, then every declaration in document order.

The entry point of the language's folder; what a declaration says is in ``declarations``.
"""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.parse.builder import Builder
from loomgraph.parse.languages.go import declarations
from loomgraph.parse.languages.go.context import Context
from loomgraph.parse.languages.go.expressions import EXPRESSIONS
from loomgraph.parse.languages.go.notes import build_constraint, doc_comment
from loomgraph.parse.languages.go.statements import STATEMENTS
from loomgraph.parse.languages.go.types import TYPES

_STATEMENTS = {**STATEMENTS, **declarations.LOCAL_DECLARATIONS}
_DECLARATIONS = {
    "function_declaration": declarations.function,
    "method_declaration": declarations.method,
    "type_declaration": declarations.type_declaration,
    "const_declaration": declarations.variables,
    "var_declaration": declarations.variables,
}


def lower(root: Node | None, source: bytes, builder: Builder) -> None:
    """Fill ``builder`` with what the file says."""
    if root is None:
        return
    ctx = Context(source, builder, EXPRESSIONS, TYPES, _STATEMENTS)
    declarations.register_types(ctx, root)
    comments: list[Node] = []
    for node in root.named_children:
        kind = node.type
        if kind == "comment":
            comments.append(node)
            continue
        declare = _DECLARATIONS.get(kind)
        if declare is not None:
            declare(ctx, node, doc_comment(source, comments, node))
        elif kind == "package_clause":
            _package(ctx, node, comments)
        elif kind == "import_declaration":
            declarations.imports(ctx, node)
        else:
            _damaged(ctx, node)
        comments = []


def _package(ctx: Context, node: Node, comments: list[Node]) -> None:
    builder = ctx.builder
    name = node.named_children[-1] if node.named_children else None
    builder.package = ctx.text(name) if name is not None else ""
    builder.definitions[0].doc = doc_comment(ctx.source, comments, node)
    constraint = build_constraint(ctx.source, comments)
    if constraint:
        builder.extra["build"] = constraint


def _damaged(ctx: Context, node: Node) -> None:
    """What a syntax error left: its declarations still count, everything else is read as statements."""
    ctx.open_block()
    for child in node.named_children:
        declare = _DECLARATIONS.get(child.type)
        if declare is not None:
            declare(ctx, child, "")
        elif child.type == "import_declaration":
            declarations.imports(ctx, child)
        else:
            ctx.statement(child)
    ctx.close_block()

"""Reads package.json: the package's name and which files its entry points are."""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.parse.builder import Builder
from loomgraph.parse.languages.ecmascript.jsonc import parse_object, strings

_TEXTS = ("name", "main", "module", "browser", "types", "typings", "source", "type")


def lower(_root: Node | None, source: bytes, builder: Builder) -> None:
    """Fill ``builder.extra``; the package's name is also the package that the file declares."""
    config, problem = parse_object(source)
    if problem:
        builder.problem(0, problem)
    for key in _TEXTS:
        value = config.get(key)
        if isinstance(value, str):
            builder.extra[key] = value
    for key in ("exports", "imports", "bin"):
        value = config.get(key)
        if isinstance(value, (dict, str, list)):
            builder.extra[key] = value
    workspaces = config.get("workspaces")
    if isinstance(workspaces, dict):
        workspaces = workspaces.get("packages")
    builder.extra["workspaces"] = strings(workspaces)
    name = config.get("name")
    if isinstance(name, str):
        builder.package = name

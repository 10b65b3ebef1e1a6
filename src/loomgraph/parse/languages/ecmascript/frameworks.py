"""Entry points: functions of this file that are handed to a framework as handlers of routes (Express, Hono, …).

The names of the methods are data, frameworks.toml. It marks definitions and decides nothing about calls.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from loomgraph.facts import DefFlag
from loomgraph.parse.languages.ecmascript.walk import Walk, unquote


@lru_cache(maxsize=1)
def _methods() -> tuple[frozenset[str], frozenset[str]]:
    plain = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["routes"]
    return frozenset(plain["methods"]), frozenset(plain["handlers"])


def mark_handlers(walk: Walk, method: str, arguments: Node | None) -> None:
    """Mark the handlers among the arguments of ``router.method(…)`` when that registers a route."""
    with_path, handlers = _methods()
    if arguments is None or (method not in with_path and method not in handlers):
        return
    args = [child for child in arguments.named_children if child.type != "comment"]
    if not args or (method in with_path and not _is_path(walk, args[0])):
        return
    for arg in args:
        for each in arg.named_children if arg.type == "array" else (arg,):
            if each.type == "identifier":
                local = walk.find(walk.text(each))
                if local is not None and local.holder >= 0:
                    walk.builder.definitions[local.holder].flags |= DefFlag.ENTRY_POINT


def _is_path(walk: Walk, node: Node) -> bool:
    return node.type in ("string", "template_string") and unquote(walk.text(node))[:1] in ("/", "*", "")

"""The exports object of CommonJS: `exports`, `module.exports`, and variables that hold it."""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import DefFlag, DefKind, Op
from loomgraph.parse.builder import NONE
from loomgraph.parse.languages.ecmascript.walk import Walk

EXPORTS = "module.exports"


def is_exports(walk: Walk, node: Node) -> bool:
    """Whether ``node`` is `exports` or `module.exports` of CommonJS."""
    text = walk.text(node) if node.end_byte - node.start_byte <= len(EXPORTS) else ""
    if node.type == "identifier":
        return text == "exports" and walk.find("exports") is None
    return node.type == "member_expression" and text == EXPORTS and walk.find("module") is None


def exports_holder(walk: Walk) -> int:
    """The hidden object that holds what is set on `exports`."""
    if walk.exports_holder == NONE:
        draft = walk.builder.define("", DefKind.CLASS, "object", 1, 1, flags=DefFlag.HIDDEN | DefFlag.OBJECT, parent=0)
        walk.exports_holder = draft.index
        walk.builder.export(EXPORTS, walk.definition(draft), line=1)
    return walk.exports_holder


def module_object(walk: Walk, node: Node) -> int:
    """The exports object when ``node`` names it, else -1."""
    return walk.builder.op(Op.DEF, exports_holder(walk)) if is_exports(walk, node) else NONE


def exports_of_value(walk: Walk, node: Node | None) -> int:
    """The holder of `exports` when a variable is given that object: `const api = module.exports = …`."""
    if node is not None and node.type == "assignment_expression":
        left = node.child_by_field_name("left")
        if left is not None and (is_exports(walk, left) or walk.text(left) == "exports"):
            return walk.exports_holder
        return exports_of_value(walk, node.child_by_field_name("right"))
    return exports_holder(walk) if node is not None and is_exports(walk, node) else NONE

"""JSX: an element is a call of its component with an object of its attributes; lower-case tags are outside."""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import DefFlag, DefKind, Op, SiteKind
from loomgraph.parse.languages.ecmascript.objects import Waiting, give_context, value_in_place
from loomgraph.parse.languages.ecmascript.walk import Walk, line_of, unquote


def element(walk: Walk, node: Node) -> int:
    opening = node.child_by_field_name("open_tag")
    if opening is None:  # self-closing
        opening = node
    result = _opening(walk, opening)
    if node is not opening:
        for child in node.named_children:
            if child.type in ("jsx_element", "jsx_self_closing_element", "jsx_expression", "jsx_fragment"):
                walk.expr(child)
    return result


def expression(walk: Walk, node: Node) -> int:
    """`{value}` among attributes or children."""
    for child in node.named_children:
        if child.type != "comment":
            return walk.expr(child)
    return walk.unknown()


def _opening(walk: Walk, node: Node) -> int:
    builder = walk.builder
    name_node = node.child_by_field_name("name")
    component = _component(walk, name_node) if name_node is not None else -1
    arguments = node.child_by_field_name("type_arguments")
    for child in arguments.named_children if arguments is not None else ():
        walk.type(child)
    draft = builder.define("", DefKind.CLASS, "object", line_of(node), node.end_point[0] + 1,
                           flags=DefFlag.HIDDEN | DefFlag.OBJECT)  # fmt: skip
    waiting: list[Waiting] = []
    for child in node.named_children:
        if child.type == "jsx_attribute":
            _attribute(walk, child, draft.index, waiting)
        elif child.type == "jsx_expression":
            expression(walk, child)
    draft.end = builder.position
    if component < 0 or name_node is None:
        return builder.literal("Element")
    call = builder.call(component, [builder.op(Op.DEF, draft.index)])
    builder.site(call, line_of(name_node), SiteKind.CALL)
    give_context(walk, call, waiting)
    return builder.literal("Element")


def _component(walk: Walk, node: Node) -> int:
    """The component an element names, or -1 for an element of the page."""
    if node.type == "identifier":
        name = walk.text(node)
        return walk.use(node, name, site=False) if not name[:1].islower() else -1
    if node.type in ("member_expression", "nested_identifier"):
        base, name_node = node.child_by_field_name("object"), node.child_by_field_name("property")
        if base is None or name_node is None:
            return -1
        inner = walk.use(base, walk.text(base)) if base.type == "identifier" else _component(walk, base)
        return walk.builder.attr(inner, walk.text(name_node)) if inner >= 0 else -1
    return -1


def _attribute(walk: Walk, node: Node, owner: int, waiting: list[Waiting]) -> None:
    children = node.named_children
    if not children:
        return
    name = walk.text(children[0])
    if len(children) == 1:
        value = walk.builder.literal("boolean")
    elif children[1].type == "string":
        value = walk.builder.string(unquote(walk.text(children[1])))
    elif children[1].type == "jsx_expression":
        inner = next((child for child in children[1].named_children if child.type != "comment"), None)
        value = value_in_place(walk, inner, waiting, 0, (name,)) if inner is not None else walk.unknown()
    else:
        value = walk.expr(children[1])
    walk.builder.bind(name, value, scope=owner, line=line_of(node))

"""Type annotations as type expressions.

What a name of a type means is decided here when the file declares it (a type parameter, a type of this block or one
around it), so that a value of the same name never hides a type. Types that say nothing give -1.
"""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import DefFlag, DefKind, Op, SiteKind
from loomgraph.parse.builder import NONE
from loomgraph.parse.languages.ecmascript import classes, functions
from loomgraph.parse.languages.ecmascript.walk import Handler, Local, Walk, line_of, unquote

_ANY = frozenset({"any", "unknown", "never", "object"})


def named(walk: Walk, node: Node) -> int:
    """A type by name; a reference unless it is a type parameter."""
    name = walk.text(node)
    builder = walk.builder
    local = next((frame[name] for frame in reversed(walk.frames) if name in frame and _may_be_type(frame[name])), None)
    if local is not None and local.types:
        expression = builder.union([builder.op(Op.DEF, index) for index in local.types])
        if local.symbol:
            builder.site(expression, line_of(node), SiteKind.REF)
        return expression
    expression = builder.name(name)
    builder.site(expression, line_of(node), SiteKind.REF)
    return expression


def _may_be_type(local: Local) -> bool:
    return bool(local.types) or (local.symbol and not local.typed and local.holder == NONE)


def nested(walk: Walk, node: Node) -> int:
    """`A.B` in a type."""
    base_node, name_node = node.child_by_field_name("module"), node.child_by_field_name("name")
    if base_node is None or name_node is None:
        return NONE
    base = named(walk, base_node) if base_node.type in ("identifier", "type_identifier") else walk.type(base_node)
    if base < 0:
        return NONE
    expression = walk.builder.attr(base, walk.text(name_node))
    walk.builder.site(expression, line_of(name_node), SiteKind.REF)
    return expression


def nested_identifier(walk: Walk, node: Node) -> int:
    base_node, name_node = node.child_by_field_name("object"), node.child_by_field_name("property")
    if base_node is None or name_node is None:
        return NONE
    base = named(walk, base_node) if base_node.type == "identifier" else nested_identifier(walk, base_node)
    return walk.builder.attr(base, walk.text(name_node)) if base >= 0 else NONE


def generic(walk: Walk, node: Node) -> int:
    base = walk.type(node.child_by_field_name("name"))
    keys = walk.type_arguments(node.child_by_field_name("type_arguments"))
    if base < 0:
        return NONE
    return walk.builder.index(base, keys) if keys else base


def predefined(walk: Walk, node: Node) -> int:
    name = walk.text(node)
    return NONE if name in _ANY else walk.builder.literal(name)


def literal(walk: Walk, node: Node) -> int:
    inner = node.named_children[0] if node.named_children else None
    if inner is None:
        return NONE
    kind = inner.type
    if kind in ("null", "undefined", "string", "number"):
        return walk.builder.literal(kind)
    return walk.builder.literal("boolean" if kind in ("true", "false") else "number")


def union(walk: Walk, node: Node) -> int:
    """A union or intersection: a member of any part is a member."""
    parts: list[int] = []
    _parts(walk, node, parts)
    return walk.builder.union(parts) if parts else NONE


def _parts(walk: Walk, node: Node, parts: list[int]) -> None:
    pending = [node]
    while pending:
        at = pending.pop()
        if at.type in ("union_type", "intersection_type"):
            pending += reversed(at.named_children)
        else:
            part = walk.type(at)
            if part >= 0:
                parts.append(part)


def array(walk: Walk, node: Node) -> int:
    element = walk.type(node.named_children[0]) if node.named_children else NONE
    return walk.builder.index(walk.builder.name("Array"), [_or_unknown(walk, element)])


def tuple_(walk: Walk, node: Node) -> int:
    elements = []
    for child in node.named_children:
        if child.type in ("required_parameter", "optional_parameter"):
            elements.append(_or_unknown(walk, walk.type(child.child_by_field_name("type"))))
        elif child.type != "comment":
            elements.append(_or_unknown(walk, walk.type(child)))
    return walk.builder.seq("tuple", elements)


def _or_unknown(walk: Walk, expression: int) -> int:
    return expression if expression >= 0 else walk.unknown()


def function(walk: Walk, node: Node) -> int:
    """A function type, with its parameter types; generic ones have their parameters in sight."""
    walk.frames.append({})
    builder = walk.builder
    found = node.child_by_field_name("type_parameters")
    for child in found.named_children if found is not None else ():
        name_node = child.child_by_field_name("name")
        if name_node is not None:
            _type_variable(walk, walk.text(name_node), child)
    params = []
    parameters = node.child_by_field_name("parameters")
    for child in parameters.named_children if parameters is not None else ():
        if child.type in ("required_parameter", "optional_parameter"):
            pattern = child.child_by_field_name("pattern")
            if pattern is None or pattern.type != "this":
                params.append(walk.type(child.child_by_field_name("type")))
    result_node = node.child_by_field_name("return_type")
    result = walk.type(result_node if result_node is not None else node.child_by_field_name("type"))
    walk.frames.pop()
    return builder.op(Op.FUNCTYPE, result, len(params), *params)


def constructor(walk: Walk, node: Node) -> int:
    """`new (…) => T`: the class whose instances are T."""
    walk.frames.append({})
    found = node.child_by_field_name("type_parameters")
    for child in found.named_children if found is not None else ():
        name_node = child.child_by_field_name("name")
        if name_node is not None:
            _type_variable(walk, walk.text(name_node), child)
    parameters = node.child_by_field_name("parameters")
    for child in parameters.named_children if parameters is not None else ():
        walk.type(child.child_by_field_name("type"))
    made = walk.type(node.child_by_field_name("type"))
    walk.frames.pop()
    return walk.builder.op(Op.TYPEOF, made) if made >= 0 else NONE


def _type_variable(walk: Walk, name: str, node: Node) -> None:
    param = walk.builder.define(name, DefKind.TYPE, "typeParameter", line_of(node), line_of(node), flags=DefFlag.HIDDEN)
    walk.declare(name, Local(walk.builder.scope, False, types=(param.index,)))
    bound = walk.type(node.child_by_field_name("constraint"))
    if bound >= 0:
        param.returns.append(bound)


def infer(walk: Walk, node: Node) -> int:
    for child in node.named_children[:1]:
        _type_variable(walk, walk.text(child), node)
        return named(walk, child)
    return NONE


def conditional(walk: Walk, node: Node) -> int:
    """Either branch; what is tested only declares names."""
    walk.frames.append({})
    walk.type(node.child_by_field_name("left"))
    walk.type(node.child_by_field_name("right"))
    parts = [walk.type(node.child_by_field_name(field)) for field in ("consequence", "alternative")]
    walk.frames.pop()
    known = [part for part in parts if part >= 0]
    return walk.builder.union(known) if known else NONE


def object_(walk: Walk, node: Node) -> int:
    """An object type, as a hidden interface; a mapped type over the keys of T is taken as T."""
    builder = walk.builder
    draft = builder.define("", DefKind.CLASS, "interface", line_of(node), node.end_point[0] + 1,
                           flags=DefFlag.HIDDEN | DefFlag.INTERFACE)  # fmt: skip
    builder.begin(draft)
    walk.frames.append({})
    classes.type_members(walk, draft, node)
    walk.frames.pop()
    builder.end(draft)
    return builder.op(Op.DEF, draft.index)


def query(walk: Walk, node: Node) -> int:
    """`typeof x`."""
    for child in node.named_children[:1]:
        return walk.builder.op(Op.TYPEOF, walk.expr(child))
    return NONE


def lookup(walk: Walk, node: Node) -> int:
    """`T["name"]` is the type of the member; with another key, of some element."""
    children = node.named_children
    base = walk.type(children[0]) if children else NONE
    if base < 0 or len(children) < 2:
        return NONE
    builder = walk.builder
    value = builder.typed(base)
    key = children[1]
    inner = key.named_children[0] if key.type == "literal_type" and key.named_children else None
    if inner is not None and inner.type == "string":
        return builder.op(Op.TYPEOF, builder.attr(value, unquote(walk.text(inner))))
    if inner is not None and inner.type == "number" and walk.text(inner).isdigit():
        return builder.op(Op.TYPEOF, builder.op(Op.ELEM, value, int(walk.text(inner))))
    walk.type(key)
    return builder.op(Op.TYPEOF, builder.op(Op.DICTITEM, value))


def this(walk: Walk, node: Node) -> int:
    return walk.builder.op(Op.TYPEOF, walk.this_expression())


def _inner(walk: Walk, node: Node) -> int:
    """Wrappers that change nothing for us: annotations, parentheses, readonly, optional, rest, default."""
    for child in node.named_children:
        if child.type != "comment":
            return walk.type(child)
    return NONE


def _named_literal(name: str) -> Handler:
    def lower(walk: Walk, node: Node) -> int:
        for child in node.named_children:
            if child.type != "string_fragment":
                walk.type(child)
        return walk.builder.literal(name)

    return lower


def predicate(walk: Walk, node: Node) -> int:
    """`x is T` gives a boolean."""
    for child in node.named_children:
        if child.type in ("type_predicate", "asserts"):
            predicate(walk, child)
        elif child.type not in ("identifier", "this"):
            walk.type(child)
    return walk.builder.literal("boolean")


def alias(walk: Walk, node: Node) -> int:
    """A type alias: of an object type it is like an interface, else it stands for the type."""
    draft = walk.hoisted.pop(node.start_byte, None)
    value = node.child_by_field_name("value")
    if draft is None or value is None:
        return NONE
    if draft.kind == DefKind.CLASS:
        classes.lower_interface(walk, draft, node, value)
        return NONE
    builder = walk.builder
    draft.signature, draft.doc = walk.folded(node.start_byte, node.end_byte), walk.take_doc()
    builder.begin(draft)
    walk.frames.append({})
    functions.type_parameters(walk, draft, node)
    aliased = walk.type(value)
    walk.frames.pop()
    builder.end(draft)
    if aliased >= 0:
        draft.returns.append(aliased)
    return NONE


TYPES: dict[str, Handler] = {
    "type_identifier": named,
    "identifier": named,
    "nested_type_identifier": nested,
    "nested_identifier": nested_identifier,
    "generic_type": generic,
    "predefined_type": predefined,
    "literal_type": literal,
    "union_type": union,
    "intersection_type": union,
    "array_type": array,
    "tuple_type": tuple_,
    "function_type": function,
    "constructor_type": constructor,
    "infer_type": infer,
    "conditional_type": conditional,
    "object_type": object_,
    "type_query": query,
    "lookup_type": lookup,
    "this_type": this,
    "index_type_query": _named_literal("string"),
    "template_literal_type": _named_literal("string"),
    "template_type": _inner,
    "type_annotation": _inner,
    "opting_type_annotation": _inner,
    "omitting_type_annotation": _inner,
    "adding_type_annotation": _inner,
    "parenthesized_type": _inner,
    "readonly_type": _inner,
    "optional_type": _inner,
    "rest_type": _inner,
    "constraint": _inner,
    "default_type": _inner,
    "type_predicate_annotation": predicate,
    "asserts_annotation": predicate,
    "type_predicate": predicate,
}

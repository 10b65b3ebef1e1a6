"""Go's type expressions: named, composite, function, struct and interface types.

Pointers are transparent: ``*T`` is ``T``, for selectors look through them. Slices and arrays are the generic type
``[]``, maps ``map``, channels ``chan``; several results are a ``tuple`` sequence. This module knows types, and
statements not at all.
"""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import BindingFlag, DefFlag, DefKind, Op, Param, ParamKind
from loomgraph.parse.builder import NONE, DefinitionDraft
from loomgraph.parse.languages.go.context import UNIVERSE_TYPES, Context, Lower, line_of
from loomgraph.parse.languages.go.notes import doc_comment, one_line

SLICE, MAP, CHAN, TUPLE = "[]", "map", "chan", "tuple"


def identifier(ctx: Context, node: Node) -> int:
    """A type by its name in this package, a type parameter, or a predeclared type."""
    name = ctx.text(node)
    if name == "_":
        return NONE
    at = ctx.builder.name(name)
    if name in UNIVERSE_TYPES or name == "nil" or ctx.is_local(name):
        return at
    return ctx.refer(at, node)


def qualified(ctx: Context, node: Node) -> int:
    """``package.Type``."""
    package, name = node.child_by_field_name("package"), node.child_by_field_name("name")
    if package is None or name is None:
        return NONE
    return ctx.refer(ctx.builder.attr(ctx.builder.name(ctx.text(package)), ctx.text(name)), name)


def inner(ctx: Context, node: Node) -> int:
    """A type that stands for the one inside it: pointer, parentheses, approximation."""
    children = [child for child in node.named_children if child.type != "comment"]
    return ctx.type(children[-1]) if children else NONE


def generic(ctx: Context, node: Node) -> int:
    base, arguments = node.child_by_field_name("type"), node.child_by_field_name("type_arguments")
    if base is None:
        return NONE
    return ctx.builder.index(ctx.type(base), type_arguments(ctx, arguments))


def type_arguments(ctx: Context, node: Node | None) -> list[int]:
    return [ctx.type(child) for child in node.named_children if child.type != "comment"] if node is not None else []


def union(ctx: Context, node: Node) -> int:
    """The alternatives of a constraint or type element."""
    parts = [ctx.type(child) for child in node.named_children if child.type != "comment"]
    parts = [part for part in parts if part >= 0]
    return ctx.builder.union(parts) if parts else NONE


def _container(name: str, *fields: str) -> Lower:
    def lower(ctx: Context, node: Node) -> int:
        parts = []
        for field in fields:
            child = node.child_by_field_name(field)
            parts.append(ctx.type(child) if child is not None else NONE)
        length = node.child_by_field_name("length")
        if length is not None:
            ctx.expression(length)
        return composed(ctx, name, parts)

    return lower


def composed(ctx: Context, name: str, parts: list[int]) -> int:
    """The type ``name`` of these parts, e.g. a slice of an element type."""
    at = ctx.builder.index(ctx.builder.name(name), parts)
    ctx.containers[at] = (name, parts)
    return at


def element_types(ctx: Context, type_expr: int) -> tuple[str, int, int]:
    """What a composite type holds: its name, key and element type; an empty name for any other type."""
    name, parts = ctx.containers.get(type_expr, ("", []))
    if name == SLICE and parts:
        return name, NONE, parts[0]
    if name == MAP and len(parts) == 2:
        return name, parts[0], parts[1]
    return "", NONE, NONE


# -- functions ----------------------------------------------------------------------------------------------


def parameters(ctx: Context, node: Node | None) -> list[Param]:
    """The parameters of a list; unnamed ones have an empty name."""
    found: list[Param] = []
    for child in node.named_children if node is not None else ():
        kind = ParamKind.STAR if child.type == "variadic_parameter_declaration" else ParamKind.POSITIONAL
        declared = child.child_by_field_name("type")
        if declared is None:
            continue
        annotation = ctx.type(declared)
        names = [ctx.text(name) for name in child.children_by_field_name("name")]
        found += [Param("" if name == "_" else name, annotation, NONE, kind) for name in names or [""]]
    return found


def results(ctx: Context, node: Node | None) -> tuple[int, list[tuple[str, int, int]]]:
    """The result type (several make a tuple) and the named results as (name, type, line)."""
    if node is None:
        return NONE, []
    if node.type != "parameter_list":
        return ctx.type(node), []
    types: list[int] = []
    named: list[tuple[str, int, int]] = []
    for child in node.named_children:
        declared = child.child_by_field_name("type")
        if declared is None:
            continue
        annotation = ctx.type(declared)
        names = child.children_by_field_name("name")
        types += [annotation] * max(len(names), 1)
        named += [(ctx.text(name), annotation, line_of(name)) for name in names]
    if not types:
        return NONE, []
    return types[0] if len(types) == 1 else ctx.builder.seq(TUPLE, types), named


def function(ctx: Context, node: Node) -> int:
    """A function type."""
    takes = [param.annotation for param in parameters(ctx, node.child_by_field_name("parameters"))]
    result, _ = results(ctx, node.child_by_field_name("result"))
    return ctx.builder.op(Op.FUNCTYPE, result, len(takes), *takes)


def declare_type_parameters(ctx: Context, draft: DefinitionDraft, node: Node | None) -> None:
    """Bind the type parameters in ``node`` inside ``draft``, whose scope is open."""
    for child in node.named_children if node is not None else ():
        constraint = child.child_by_field_name("type")
        drafts = [declare_type_parameter(ctx, draft, name) for name in child.children_by_field_name("name")]
        bound = ctx.type(constraint) if constraint is not None else NONE
        for parameter in drafts:
            parameter.returns = [bound] if bound >= 0 else []


def declare_type_parameter(ctx: Context, draft: DefinitionDraft, node: Node) -> DefinitionDraft:
    """One type parameter of ``draft`` by its name node; ``_`` keeps its place and has no name to bind."""
    name, line = ctx.text(node), line_of(node)
    parameter = ctx.builder.define(name, DefKind.TYPE, "typeParameter", line, line, flags=DefFlag.HIDDEN)
    draft.type_params.append(parameter.index)
    if name != "_":
        ctx.builder.bind_definition(parameter, BindingFlag.DECLARES)
        ctx.note_local(name)
    return parameter


# -- structs and interfaces ---------------------------------------------------------------------------------


def anonymous(ctx: Context, node: Node) -> int:
    """A struct or interface type without a name: a hidden class."""
    if node.type == "interface_type" and not node.named_children:
        return ctx.builder.name("any")
    kind = "struct" if node.type == "struct_type" else "interface"
    draft = ctx.builder.define(
        "", DefKind.CLASS, kind, line_of(node), node.end_point[0] + 1, flags=DefFlag.HIDDEN | type_flags(node)
    )
    ctx.begin(draft)
    members(ctx, draft, node)
    ctx.end(draft)
    return ctx.builder.op(Op.DEF, draft.index)


def type_flags(node: Node) -> int:
    """The flags that the form of a type gives its definition."""
    if node.type == "struct_type":
        return DefFlag.STRUCT
    return DefFlag.INTERFACE | DefFlag.ABSTRACT if node.type == "interface_type" else 0


def members(ctx: Context, draft: DefinitionDraft, node: Node) -> None:
    """The fields, methods and embedded types of a struct or interface, into ``draft``, whose scope is open."""
    fields = node.named_children
    if node.type == "struct_type":
        fields = fields[0].named_children if fields else []
    comments: list[Node] = []
    for child in fields:
        kind = child.type
        if kind == "comment":
            comments.append(child)
            continue
        doc = doc_comment(ctx.source, comments, child)
        comments = []
        if kind == "field_declaration":
            _field(ctx, draft, child, doc)
        elif kind in ("method_elem", "method_spec"):
            _interface_method(ctx, draft, child, doc)
        elif kind in ("type_elem", "constraint_elem"):
            _embedded_interface(ctx, draft, child)
        else:
            ctx.statement(child)


def _field(ctx: Context, draft: DefinitionDraft, node: Node, doc: str) -> None:
    declared = node.child_by_field_name("type")
    if declared is None:
        return
    annotation = ctx.type(declared)
    names = node.children_by_field_name("name")
    if not names:
        draft.bases.append((annotation, "INHERITS"))
        name = embedded_name(declared)
        names = [name] if name is not None else []
    for name in names:
        _member_value(ctx, draft, node, ctx.text(name), annotation, doc)


def _member_value(ctx: Context, draft: DefinitionDraft, node: Node, name: str, annotation: int, doc: str) -> None:
    if name == "_":
        return
    builder, line = ctx.builder, line_of(node)
    if not draft.flags & DefFlag.HIDDEN:
        field = builder.define(name, DefKind.VALUE, "field", line, node.end_point[0] + 1, flags=visibility(name))
        field.doc, field.signature = doc, one_line(ctx.source, node.start_byte, node.end_byte)
        builder.position += 1
    builder.bind(name, builder.typed(annotation), flags=BindingFlag.TYPED, line=line)


def embedded_name(node: Node) -> Node | None:
    """The node that names an embedded field: the type's own name without package and arguments."""
    while node.type not in ("type_identifier", "identifier"):
        nearer = node.child_by_field_name("name") or node.child_by_field_name("type")
        if nearer is None:
            children = node.named_children
            if not children:
                return None
            nearer = children[-1]
        node = nearer
    return node


def _interface_method(ctx: Context, draft: DefinitionDraft, node: Node, doc: str) -> None:
    name_node = node.child_by_field_name("name")
    if name_node is None:
        return
    name = ctx.text(name_node)
    flags = DefFlag.ABSTRACT | visibility(name) | draft.flags & DefFlag.HIDDEN
    line, end_line = line_of(node), node.end_point[0] + 1
    method = ctx.builder.define(
        name, DefKind.FUNCTION, "method", line, end_line, name_line=line_of(name_node), flags=flags
    )
    method.doc, method.signature = doc, one_line(ctx.source, node.start_byte, node.end_byte)
    ctx.builder.bind_definition(method)
    ctx.begin(method)
    signature(ctx, method, node)
    ctx.end(method)


def signature(ctx: Context, draft: DefinitionDraft, node: Node) -> list[tuple[str, int, int]]:
    """Parameters and results of a function, into ``draft``, whose scope is open; gives the named results."""
    draft.params += parameters(ctx, node.child_by_field_name("parameters"))
    if any(param.kind == ParamKind.STAR for param in draft.params):
        draft.flags |= DefFlag.VARIADIC
    draft.result, named = results(ctx, node.child_by_field_name("result"))
    return named


def _embedded_interface(ctx: Context, draft: DefinitionDraft, node: Node) -> None:
    parts = [child for child in node.named_children if child.type != "comment"]
    expr = ctx.type(node)
    if expr >= 0 and len(parts) == 1 and parts[0].type in ("type_identifier", "qualified_type", "generic_type"):
        draft.bases.append((expr, "INHERITS"))
    elif expr >= 0:
        draft.returns.append(expr)  # a constraint: what it admits


def visibility(name: str) -> int:
    """Names that start with a capital letter are exported."""
    return DefFlag.EXPORTED if name[:1].isupper() else DefFlag.PRIVATE


TYPES: dict[str, Lower] = {
    "type_identifier": identifier,
    "qualified_type": qualified,
    "pointer_type": inner,
    "parenthesized_type": inner,
    "negated_type": inner,
    "generic_type": generic,
    "type_elem": union,
    "constraint_elem": union,
    "type_constraint": union,
    "slice_type": _container(SLICE, "element"),
    "array_type": _container(SLICE, "element"),
    "implicit_length_array_type": _container(SLICE, "element"),
    "map_type": _container(MAP, "key", "value"),
    "channel_type": _container(CHAN, "value"),
    "function_type": function,
    "struct_type": anonymous,
    "interface_type": anonymous,
}

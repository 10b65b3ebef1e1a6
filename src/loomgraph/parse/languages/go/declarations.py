"""Go's declarations: imports, functions, methods, types, constants and variables.

Knows types, expressions and statements; how names of a package's files meet is resolution's affair.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from loomgraph.facts import BindingFlag, DefFlag, DefKind, Param, ParamKind
from loomgraph.parse.builder import NONE, DefinitionDraft
from loomgraph.parse.languages.go import types
from loomgraph.parse.languages.go.context import Context, Visit, line_of
from loomgraph.parse.languages.go.expressions import complete_function, function_body
from loomgraph.parse.languages.go.notes import doc_comment, one_line
from loomgraph.parse.languages.go.statements import spread_values

_VERSION = re.compile(r"^v\d+$|[.-]v\d+$")
_TEST_FUNCTION = re.compile(r"^(?:Test|Benchmark|Fuzz)(?:[^a-z]|$)")
_TEST_PARAMETER = re.compile(r"\*\s*testing\.[TBFM]\b")


# -- imports --------------------------------------------------------------------------------------------------


def imports(ctx: Context, node: Node) -> None:
    for child in node.named_children:
        if child.type == "import_spec_list":
            imports(ctx, child)
        elif child.type == "import_spec":
            _import(ctx, child)


def _import(ctx: Context, node: Node) -> None:
    path_node, name_node = node.child_by_field_name("path"), node.child_by_field_name("name")
    if path_node is None:
        return
    path, line = ctx.text(path_node)[1:-1], line_of(node)
    if name_node is None:
        alias = guessed_name(path)
        ctx.imports.add(alias)
        ctx.builder.bind_import(path, "", alias, line, kind="import")
    elif name_node.type == "dot":
        ctx.builder.bind_import(path, "*", "", line, kind="dot")
    elif name_node.type == "blank_identifier" or ctx.text(name_node) == "_":
        ctx.builder.bind_import(path, "", "", line, kind="blank")
    else:
        ctx.imports.add(ctx.text(name_node))
        ctx.builder.bind_import(path, "", ctx.text(name_node), line, kind="alias")


def guessed_name(path: str) -> str:
    """The name a package most likely has, by its import path alone: ``…/yaml.v3`` and ``…/go-yaml`` are ``yaml``."""
    parts = path.split("/")
    while len(parts) > 1 and _VERSION.match(parts[-1]):
        parts.pop()
    name = _VERSION.sub("", parts[-1]) or parts[-1]
    name = name.removeprefix("go-").removesuffix("-go").removesuffix(".go")
    return re.sub(r"\W", "_", name)


# -- functions and methods ------------------------------------------------------------------------------------


def function(ctx: Context, node: Node, doc: str) -> None:
    name_node = node.child_by_field_name("name")
    if name_node is None:
        ctx.children(node)
        return
    name = ctx.text(name_node)
    draft = _function_draft(ctx, node, name_node, 0, "function", doc)
    if name not in ("init", "_"):  # neither can be referred to
        ctx.builder.bind_definition(draft)
    if name == "init" or name == "main" == ctx.builder.package:
        draft.flags |= DefFlag.ENTRY_POINT
    parameters = node.child_by_field_name("parameters")
    if _TEST_FUNCTION.match(name) and parameters is not None and _TEST_PARAMETER.search(ctx.text(parameters)):
        draft.flags |= DefFlag.TEST
    ctx.begin(draft)
    types.declare_type_parameters(ctx, draft, node.child_by_field_name("type_parameters"))
    complete_function(ctx, draft, node)
    ctx.end(draft)


def _function_draft(ctx: Context, node: Node, name_node: Node, parent: int, kind: str, doc: str) -> DefinitionDraft:
    name = ctx.text(name_node)
    draft = ctx.builder.define(
        name, DefKind.FUNCTION, kind, line_of(node), node.end_point[0] + 1,
        name_line=line_of(name_node), flags=types.visibility(name), parent=parent,
    )  # fmt: skip
    body = node.child_by_field_name("body")
    draft.signature = one_line(ctx.source, node.start_byte, body.start_byte if body is not None else node.end_byte)
    draft.doc = doc
    return draft


def method(ctx: Context, node: Node, doc: str) -> None:
    """A method hangs under its type: the file's own, or an extension that stands for a type of another file."""
    name_node, receiver = node.child_by_field_name("name"), node.child_by_field_name("receiver")
    declared = _find(receiver, "parameter_declaration") if receiver is not None else None
    type_node = declared.child_by_field_name("type") if declared is not None else None
    base = _receiver_base(type_node) if type_node is not None else None
    if name_node is None or declared is None or type_node is None or base is None:
        function(ctx, node, doc)
        return
    owner = _receiver_type(ctx, ctx.text(base), node)
    draft = _function_draft(ctx, node, name_node, owner.index, "method", doc)
    ctx.builder.bind_definition(draft)
    ctx.begin(draft)
    for parameter in _receiver_type_parameters(type_node):
        types.declare_type_parameter(ctx, draft, parameter)
    receiver_name = declared.child_by_field_name("name")
    name = ctx.text(receiver_name) if receiver_name is not None else ""
    draft.params.append(Param("" if name == "_" else name, ctx.type(type_node), NONE, ParamKind.RECEIVER))
    complete_function(ctx, draft, node)
    ctx.end(draft)


def _receiver_base(node: Node) -> Node | None:
    """The node that names the receiver's type."""
    generic = _find(node, "generic_type")
    if generic is not None:
        return generic.child_by_field_name("type")
    return _find(node, "type_identifier")


def _receiver_type_parameters(node: Node) -> list[Node]:
    generic = _find(node, "generic_type")
    arguments = generic.child_by_field_name("type_arguments") if generic is not None else None
    names = [_find(child, "type_identifier") for child in arguments.named_children] if arguments is not None else []
    return [name for name in names if name is not None]


def _find(node: Node, kind: str) -> Node | None:
    """The first node of this kind at or below ``node``."""
    if node.type == kind:
        return node
    for child in node.named_children:
        found = _find(child, kind)
        if found is not None:
            return found
    return None


def _receiver_type(ctx: Context, name: str, node: Node) -> DefinitionDraft:
    if name in ctx.type_nodes:
        return _type_draft(ctx, name)
    extension = ctx.extensions.get(name)
    if extension is None:
        extension = ctx.extensions[name] = ctx.builder.define(
            name, DefKind.CLASS, "class", line_of(node), node.end_point[0] + 1,
            flags=DefFlag.HIDDEN | DefFlag.EXTENSION, parent=0,
        )  # fmt: skip
    return extension


# -- types ----------------------------------------------------------------------------------------------------


def register_types(ctx: Context, root: Node) -> None:
    """Note the file's top-level types, so that methods before them find them."""
    for declaration in root.named_children:
        if declaration.type == "type_declaration":
            for spec in declaration.named_children:
                name = spec.child_by_field_name("name") if spec.type == "type_spec" else None
                if name is not None:
                    ctx.type_nodes.setdefault(ctx.text(name), spec)


def _type_draft(ctx: Context, name: str) -> DefinitionDraft:
    """The definition of a top-level type of this file, made when first needed."""
    draft = ctx.type_drafts.get(name)
    if draft is None:
        draft = ctx.type_drafts[name] = _new_type(ctx, ctx.type_nodes[name], 0)
    return draft


def _new_type(ctx: Context, node: Node, parent: int) -> DefinitionDraft:
    name_node, type_node = node.child_by_field_name("name"), node.child_by_field_name("type")
    name = ctx.text(name_node) if name_node is not None else ""
    form = type_node.type if type_node is not None else ""
    kind = {"struct_type": "struct", "interface_type": "interface"}.get(form, "class")
    flags = types.visibility(name) | (types.type_flags(type_node) if type_node is not None else 0)
    draft = ctx.builder.define(
        name, DefKind.CLASS, kind, line_of(node), node.end_point[0] + 1, flags=flags, parent=parent
    )
    flags = 0 if parent == 0 else BindingFlag.DECLARES
    ctx.builder.bind_definition(draft, flags)
    return draft


def type_declaration(ctx: Context, node: Node, doc: str = "") -> None:
    comments: list[Node] = []
    for child in node.named_children:
        if child.type == "comment":
            comments.append(child)
            continue
        own = doc_comment(ctx.source, comments, child) or doc
        comments = []
        if child.type == "type_spec":
            _type(ctx, child, own)
        elif child.type == "type_alias":
            _alias(ctx, child, own)
        else:
            ctx.statement(child)


def _type(ctx: Context, node: Node, doc: str) -> None:
    name_node, type_node = node.child_by_field_name("name"), node.child_by_field_name("type")
    if name_node is None or type_node is None:
        ctx.children(node)
        return
    name = ctx.text(name_node)
    if ctx.builder.scope == 0 and ctx.type_nodes.get(name) == node:
        draft = _type_draft(ctx, name)
    else:
        draft = _new_type(ctx, node, ctx.builder.scope)
        if draft.parent:
            ctx.note_local(name)
    has_members = type_node.type in ("struct_type", "interface_type")
    start = type_node.start_byte
    end = start + len("struct" if type_node.type == "struct_type" else "interface") if has_members else node.end_byte
    draft.signature, draft.doc = "type " + one_line(ctx.source, node.start_byte, end), doc
    ctx.begin(draft)
    types.declare_type_parameters(ctx, draft, node.child_by_field_name("type_parameters"))
    if has_members:
        types.members(ctx, draft, type_node)
    else:
        draft.result = ctx.type(type_node)
    ctx.end(draft)


def _alias(ctx: Context, node: Node, doc: str) -> None:
    """``type A = B``: another name of the same type."""
    name_node, type_node = node.child_by_field_name("name"), node.child_by_field_name("type")
    if name_node is None or type_node is None:
        ctx.children(node)
        return
    name = ctx.text(name_node)
    draft = ctx.builder.define(
        name, DefKind.TYPE, "class", line_of(node), node.end_point[0] + 1, flags=types.visibility(name)
    )
    ctx.builder.bind_definition(draft, BindingFlag.DECLARES if draft.parent else 0)
    if draft.parent:
        ctx.note_local(name)
    draft.signature, draft.doc = "type " + one_line(ctx.source, node.start_byte, node.end_byte), doc
    ctx.begin(draft)
    types.declare_type_parameters(ctx, draft, node.child_by_field_name("type_parameters"))
    target = ctx.type(type_node)
    draft.returns = [target] if target >= 0 else []
    ctx.end(draft)


# -- constants and variables ----------------------------------------------------------------------------------


def variables(ctx: Context, node: Node, doc: str = "") -> None:
    """A ``var`` or ``const`` declaration, at package level or in a function."""
    kind = "constant" if node.type == "const_declaration" else "variable"
    repeated = (NONE, NONE)  # what a constant without value repeats: type and value
    comments: list[Node] = []
    for child in _specs(node):
        if child.type == "comment":
            comments.append(child)
        elif child.type in ("var_spec", "const_spec"):
            own = doc_comment(ctx.source, comments, child) or doc
            repeated = _values(ctx, child, kind, own, repeated)
            comments = []
        else:
            ctx.statement(child)


def _specs(node: Node) -> list[Node]:
    return [
        spec
        for child in node.named_children
        for spec in (child.named_children if child.type == "var_spec_list" else (child,))
    ]


def _values(ctx: Context, node: Node, kind: str, doc: str, repeated: tuple[int, int]) -> tuple[int, int]:
    names, type_node = node.children_by_field_name("name"), node.child_by_field_name("type")
    names = [name for name in names if name.type == "identifier"]
    value_node = node.child_by_field_name("value")
    declared = ctx.type(type_node) if type_node is not None else NONE
    nodes = [part for part in value_node.named_children if part.type != "comment"] if value_node is not None else []
    named_function = _named_function(ctx, names, nodes, declared, doc)
    if named_function:
        return repeated
    if value_node is not None:
        values = spread_values(ctx, nodes, len(names))
    else:
        declared, first = (declared, NONE) if kind == "variable" else repeated
        values = [first] * len(names)
    for name, value in zip(names, values, strict=True):
        _value(ctx, node, name, kind, declared, value, doc)
    return declared, values[0] if values else NONE


def _named_function(ctx: Context, names: list[Node], values: list[Node], declared: int, doc: str) -> bool:
    """``var name = func …`` at package level: to a reader that is a function."""
    if ctx.builder.scope or len(names) != 1 or len(values) != 1 or values[0].type != "func_literal" or declared >= 0:
        return False
    name = ctx.text(names[0])
    if name == "_":
        return False
    node = values[0]
    draft = _function_draft(ctx, node, names[0], 0, "function", doc)
    draft.line = line_of(names[0])
    body = node.child_by_field_name("body")
    draft.signature = one_line(ctx.source, names[0].start_byte, body.start_byte if body is not None else node.end_byte)
    ctx.builder.bind_definition(draft)
    function_body(ctx, draft, node)
    return True


def _value(ctx: Context, node: Node, name_node: Node, kind: str, declared: int, value: int, doc: str) -> None:
    builder, name, line = ctx.builder, ctx.text(name_node), line_of(name_node)
    if name == "_":
        return
    if declared >= 0:
        value = builder.typed(declared)
    if builder.scope:
        ctx.declare(name, value, line, typed=declared >= 0)
        return
    draft = builder.define(name, DefKind.VALUE, kind, line_of(node), node.end_point[0] + 1, name_line=line)
    draft.flags = types.visibility(name)
    keyword = "const" if kind == "constant" else "var"
    draft.doc, draft.signature = doc, f"{keyword} {one_line(ctx.source, node.start_byte, node.end_byte)}"
    builder.bind(name, value, flags=BindingFlag.TYPED if declared >= 0 else 0, line=line)


def local_types(ctx: Context, node: Node) -> None:
    type_declaration(ctx, node)


def local_variables(ctx: Context, node: Node) -> None:
    variables(ctx, node)


LOCAL_DECLARATIONS: dict[str, Visit] = {
    "type_declaration": local_types,
    "var_declaration": local_variables,
    "const_declaration": local_variables,
}

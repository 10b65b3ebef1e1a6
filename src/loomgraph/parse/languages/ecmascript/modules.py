"""Modules: imports, exports, namespaces, ambient declarations."""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import DefFlag, DefKind, Op
from loomgraph.parse.builder import NONE, DefinitionDraft
from loomgraph.parse.languages.ecmascript import assignments, classes, commonjs, hoisting
from loomgraph.parse.languages.ecmascript.functions import FUNCTION_VALUES, block
from loomgraph.parse.languages.ecmascript.walk import Local, Walk, has_token, line_of, unquote


def is_exported(node: Node) -> bool:
    """Whether a declaration stands directly under `export`."""
    parent = node.parent
    return parent is not None and parent.type == "export_statement"


# -- imports ------------------------------------------------------------------------------------------------


def import_statement(walk: Walk, node: Node) -> int:
    walk.module_syntax = True
    source = node.child_by_field_name("source")
    module = unquote(walk.text(source)) if source is not None else ""
    kind = "type" if has_token(node, "type") else "import"
    clause = next(
        (child for child in node.named_children if child.type in ("import_clause", "import_require_clause")), None
    )
    if clause is None:
        walk.builder.bind_import(module, "", "", line_of(node), kind="side-effect")
    elif clause.type == "import_require_clause":
        inner = clause.child_by_field_name("source")
        name = next((child for child in clause.named_children if child.type == "identifier"), None)
        if inner is not None and name is not None:
            _import(walk, unquote(walk.text(inner)), "", name, "require")
    else:
        for child in clause.named_children:
            _clause(walk, module, child, kind)
    return NONE


def _clause(walk: Walk, module: str, node: Node, kind: str) -> None:
    if node.type == "identifier":
        _import(walk, module, "default", node, kind)
    elif node.type == "namespace_import":
        for child in node.named_children:
            _import(walk, module, "", child, kind)
    elif node.type == "named_imports":
        for child in node.named_children:
            name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
            if name is not None:
                own = "type" if has_token(child, "type") else kind
                _import(walk, module, unquote(walk.text(name)), alias if alias is not None else name, own)


def _import(walk: Walk, module: str, name: str, alias: Node, kind: str) -> None:
    local = walk.text(alias)
    walk.declare(local, Local(walk.builder.scope, True))
    walk.builder.bind_import(module, name, local, line_of(alias), kind=kind)


def import_alias(walk: Walk, node: Node) -> int:
    """`import f = N.M`."""
    children = [child for child in node.named_children if child.type != "comment"]
    if len(children) >= 2:
        name = walk.text(children[0])
        value = walk.type(children[1])
        walk.declare(name, Local(walk.builder.scope, True))
        walk.builder.bind(name, value if value >= 0 else walk.unknown(), line=line_of(node))
    return NONE


# -- exports ------------------------------------------------------------------------------------------------


def export_statement(walk: Walk, node: Node) -> int:
    walk.module_syntax = walk.module_syntax or walk.builder.scope == 0
    source = node.child_by_field_name("source")
    if source is not None:
        _re_export(walk, node, unquote(walk.text(source)))
        return NONE
    declaration = node.child_by_field_name("declaration")
    if declaration is not None and has_token(node, "default"):
        _export_default(walk, node, declaration)
        return NONE
    if declaration is not None:
        walk.stmt(declaration)
        for name in _declared_names(walk, declaration):
            _export_later(walk, name, name, line_of(node))
        return NONE
    value = node.child_by_field_name("value")
    if value is not None:
        _export_default(walk, node, value)
        return NONE
    for child in node.named_children:
        if child.type == "export_clause":
            for each in child.named_children:
                _specifier(walk, each)
        elif child.type != "comment" and has_token(node, "="):
            walk.builder.export(commonjs.EXPORTS, walk.expr(child), line=line_of(node))
        elif child.type == "decorator":
            pass
    return NONE


def _export_later(walk: Walk, exported: str, name: str, line: int) -> None:
    """Export a name as what it means at the end of the module: exports are live."""

    def export() -> None:
        walk.builder.export(exported, walk.builder.name(name, 0), line=line)
        local = walk.find(name)
        if local is not None and local.types and local.holder not in local.types:
            types = [walk.builder.op(Op.DEF, index) for index in local.types]
            walk.builder.export(exported, walk.builder.union(types), line=line)

    if walk.builder.scope == 0:
        walk.late_exports.append(export)
    else:
        walk.namespace_exports.setdefault(walk.builder.scope, []).append(name)


def _specifier(walk: Walk, node: Node) -> None:
    name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
    if name is None:
        return
    text = walk.text(name)
    if walk.builder.scope == 0:
        walk.use(name, text)
    _export_later(walk, unquote(walk.text(alias)) if alias is not None else text, text, line_of(node))


def _export_default(walk: Walk, node: Node, value: Node) -> None:
    """`export default …`: what has no name of its own is called "default"."""
    draft = walk.hoisted.get(value.start_byte)
    named = value.child_by_field_name("name")
    if draft is not None and named is not None:
        walk.stmt(value)
        draft.flags |= DefFlag.EXPORTED
        _export_later(walk, "default", walk.text(named), line_of(node))
        return
    builder = walk.builder
    if value.type in FUNCTION_VALUES or value.type in ("function_declaration", "generator_function_declaration"):
        name_node = named if named is not None else value
        draft = assignments.function_value(
            walk, walk.text(named) if named is not None else "default", name_node, value, value
        )
        draft.flags |= DefFlag.EXPORTED
        expression = walk.definition(draft)
    elif value.type in ("class", "class_declaration", "abstract_class_declaration"):
        draft = classes.class_expression(walk, value, "default" if named is None else "", value)
        draft.flags |= DefFlag.EXPORTED
        expression = walk.definition(draft)
    else:
        expression = walk.expr(value)
    builder.export("default", expression, line=line_of(node))


def _declared_names(walk: Walk, node: Node) -> list[str]:
    if node.type in ("lexical_declaration", "variable_declaration"):
        names: list[str] = []
        for declarator in node.named_children:
            target = declarator.child_by_field_name("name")
            if target is not None:
                _names_in(walk, target, names)
        return names
    if node.type == "ambient_declaration":
        return [name for child in node.named_children for name in _declared_names(walk, child)]
    name = node.child_by_field_name("name")
    while name is not None and name.type == "nested_identifier":
        name = name.child_by_field_name("object")
    if name is None and node.type == "import_alias":
        name = node.named_children[0] if node.named_children else None
    return [walk.text(name)] if name is not None and name.type != "string" else []


def _names_in(walk: Walk, pattern: Node, names: list[str]) -> None:
    if pattern.type in ("identifier", "shorthand_property_identifier_pattern"):
        names.append(walk.text(pattern))
        return
    for child in pattern.named_children:
        if child.type in ("pair_pattern",):
            value = child.child_by_field_name("value")
            if value is not None:
                _names_in(walk, value, names)
        elif child.type in ("assignment_pattern", "object_assignment_pattern"):
            left = child.child_by_field_name("left")
            if left is not None:
                _names_in(walk, left, names)
        else:
            _names_in(walk, child, names)


def _re_export(walk: Walk, node: Node, module: str) -> None:
    builder = walk.builder
    builder.bind_import(module, "", "", line_of(node), kind="export")
    for child in node.named_children:
        if child.type == "namespace_export":
            for name in child.named_children:
                builder.export(unquote(walk.text(name)), module=module, original="*", line=line_of(node))
            return
        if child.type == "export_clause":
            for each in child.named_children:
                name_node, alias = each.child_by_field_name("name"), each.child_by_field_name("alias")
                if name_node is not None:
                    original = unquote(walk.text(name_node))
                    exported = unquote(walk.text(alias)) if alias is not None else original
                    builder.export(exported, module=module, original=original, line=line_of(each))
            return
    builder.export("*", module=module, line=line_of(node))


# -- namespaces ---------------------------------------------------------------------------------------------


def namespace(walk: Walk, node: Node) -> int:
    """`namespace N {}`; `declare module "m" {}` says what another module holds and is a scope of its own."""
    name_node = node.child_by_field_name("name")
    body = node.child_by_field_name("body")
    if name_node is None or body is None:
        return NONE
    if name_node.type == "string":
        _foreign(walk, unquote(walk.text(name_node)), body)
        return NONE
    draft = walk.hoisted.pop(node.start_byte, None)
    if draft is None:
        return NONE
    draft.signature, draft.doc = walk.folded(node.start_byte, body.start_byte), walk.take_doc()
    names = walk.text(name_node).split(".")[1:]
    _namespace_body(walk, draft, node, body, names)
    return NONE


def _namespace_body(walk: Walk, draft: DefinitionDraft, node: Node, body: Node, inner: list[str]) -> None:
    """The body of a namespace: its names live in a scope, the exported ones are members of the namespace."""
    builder = walk.builder
    builder.begin(draft)
    scope = builder.define("", DefKind.SCOPE, "namespace", draft.line, draft.end_line, flags=DefFlag.HIDDEN)
    builder.begin(scope)
    walk.frames.append({})
    if inner:
        nested = builder.define(inner[0].strip(), DefKind.CLASS, "namespace", draft.line, draft.end_line,
                                name_line=draft.name_line, flags=DefFlag.OBJECT | DefFlag.EXPORTED)  # fmt: skip
        builder.bind_definition(nested)
        walk.declare(nested.name, Local(scope.index, True, True, nested.index, (nested.index,)))
        walk.namespace_exports.setdefault(scope.index, []).append(nested.name)
        _namespace_body(walk, nested, node, body, inner[1:])
    else:
        ambient_all = node.parent is not None and node.parent.type == "ambient_declaration"
        hoisting.hoist(walk, body.named_children, exported=ambient_all)
        block(walk, body.named_children)
        if ambient_all:
            walk.namespace_exports[scope.index] = list(walk.frames[-1])
    for name in dict.fromkeys(walk.namespace_exports.pop(scope.index, ())):
        builder.bind(name, builder.name(name), scope=draft.index)
        local = walk.find(name)
        if local is not None and local.types and local.holder not in local.types:
            value = builder.union([builder.op(Op.DEF, index) for index in local.types])
            builder.bind(name, value, scope=draft.index)
    walk.frames.pop()
    builder.end(scope)
    builder.end(draft)


def ambient(walk: Walk, node: Node) -> int:
    """`declare …`; `declare global {}` adds to what every file sees."""
    if has_token(node, "global"):
        for child in node.named_children:
            if child.type == "statement_block":
                _foreign(walk, "", child)
        return NONE
    for child in node.named_children:
        walk.stmt(child)
    return NONE


def _foreign(walk: Walk, module: str, body: Node) -> None:
    """Declarations that belong to another module ("" for the globals)."""
    builder = walk.builder
    scope = builder.define("", DefKind.SCOPE, "namespace", line_of(body), body.end_point[0] + 1, flags=DefFlag.HIDDEN)
    builder.begin(scope)
    walk.frames.append({})
    hoisting.hoist(walk, body.named_children, exported=True)
    for draft in builder.definitions[scope.index + 1 :]:
        if draft.parent == scope.index and draft.kind == DefKind.CLASS:
            draft.flags |= DefFlag.EXTENSION
    block(walk, body.named_children)
    names = list(walk.frames[-1])
    walk.frames.pop()
    builder.end(scope)
    walk.foreign.append((module, scope.index, names))


def finish(walk: Walk) -> None:
    """Record the exports, with what their names mean at the end of the module, and what kind of file this is."""
    for export in walk.late_exports:
        export()
    extra = walk.builder.extra
    if walk.foreign:
        extra["foreign"] = walk.foreign
    if not walk.module_syntax and walk.exports_holder == NONE:
        extra["script"] = True

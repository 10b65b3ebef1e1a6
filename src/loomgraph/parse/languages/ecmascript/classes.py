"""Classes, interfaces, object types and enums: definitions with members."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tree_sitter import Node

from loomgraph.facts import BindingFlag, DefFlag, DefKind, SiteKind
from loomgraph.parse.builder import NONE, DefinitionDraft
from loomgraph.parse.languages.ecmascript import jsdoc
from loomgraph.parse.languages.ecmascript.functions import (
    FUNCTION_VALUES,
    block,
    define_function,
    function_expression,
    lower_function,
    type_parameters,
)
from loomgraph.parse.languages.ecmascript.objects import accessor_flags, declared_context, object_literal, result_of
from loomgraph.parse.languages.ecmascript.walk import Local, This, Walk, has_token, key_name, line_of

_METHODS = frozenset({"method_definition", "method_signature", "abstract_method_signature"})
_FIELDS = frozenset({"public_field_definition", "field_definition"})


def class_declaration(walk: Walk, node: Node) -> int:
    draft = walk.hoisted.pop(node.start_byte, None)
    if draft is None:
        draft = _new_class(walk, node, "default", None, None)
    lower_class(walk, draft, node)
    return walk.definition(draft)


def class_expression(
    walk: Walk, node: Node, name: str = "", name_node: Node | None = None, parent: int | None = None
) -> DefinitionDraft:  # fmt: skip
    """A class written as a value; what it is assigned to names it, else its own name."""
    own = node.child_by_field_name("name")
    if not name and own is not None:
        name, name_node = walk.text(own), own
    draft = _new_class(walk, node, name, name_node, parent)
    walk.frames.append({})
    if own is not None:
        walk.declare(walk.text(own), Local(walk.builder.scope, True, True, draft.index, (draft.index,)))
        walk.builder.open_block()
        walk.builder.bind(walk.text(own), walk.definition(draft), flags=BindingFlag.DECLARES)
    lower_class(walk, draft, node)
    if own is not None:
        walk.builder.close_block()
    walk.frames.pop()
    return draft


def _new_class(walk: Walk, node: Node, name: str, name_node: Node | None, parent: int | None) -> DefinitionDraft:
    draft = walk.builder.define(
        name, DefKind.CLASS, "class", line_of(node), node.end_point[0] + 1,
        name_line=line_of(name_node if name_node is not None else node), parent=parent,
    )  # fmt: skip
    if not name:
        draft.flags |= DefFlag.HIDDEN
    return draft


def lower_class(walk: Walk, draft: DefinitionDraft, node: Node) -> None:
    """Heritage, decorators and members of a class whose definition and binding exist."""
    builder = walk.builder
    body = node.child_by_field_name("body")
    draft.signature = walk.folded(node.start_byte, body.start_byte if body is not None else node.end_byte)
    draft.doc = walk.take_doc()
    draft.position = builder.position
    builder.begin(draft)
    walk.frames.append({})
    outer = (walk.this, walk.class_fields)
    type_parameters(walk, draft, node)
    for child in node.named_children:
        if child.type == "class_heritage":
            _heritage(walk, draft, child)
        elif child.type == "decorator":
            decorate(walk, draft, child)
    if body is not None:
        walk.class_fields = frozenset(_declared_fields(walk, body))
        _members(walk, draft, body)
    walk.this, walk.class_fields = outer
    walk.frames.pop()
    builder.end(draft)


def _heritage(walk: Walk, draft: DefinitionDraft, node: Node) -> None:
    walk.this = None
    for clause in node.named_children:
        if clause.type == "implements_clause":
            for each in clause.named_children:
                _base(draft, walk.type(each), "IMPLEMENTS")
        elif clause.type == "extends_clause":
            value = clause.child_by_field_name("value")
            base = walk.expr(value)
            arguments = clause.child_by_field_name("type_arguments")
            if arguments is not None:
                base = walk.builder.index(base, walk.type_arguments(arguments))
            _base(draft, base, "INHERITS")
        elif clause.type != "comment":
            _base(draft, walk.expr(clause), "INHERITS")


def _base(draft: DefinitionDraft, base: int, kind: str) -> None:
    if base >= 0:
        draft.bases.append((base, kind))


def decorate(walk: Walk, draft: DefinitionDraft, node: Node) -> None:
    for child in node.named_children:
        decorator = walk.expr(child)
        draft.decorators.append(decorator)
        walk.builder.site(decorator, line_of(child), SiteKind.DECORATE, owner=draft.index)


def _declared_fields(walk: Walk, body: Node) -> Iterator[str]:
    """Names that the class declares with a type: setting them on `this` tells nothing more."""
    for child in body.named_children:
        if child.type in _FIELDS and child.child_by_field_name("type") is not None:
            name = child.child_by_field_name("name")
            if name is not None:
                yield walk.text(name)


def _members(walk: Walk, draft: DefinitionDraft, body: Node) -> None:
    comment: Node | None = None
    decorators: list[Node] = []
    names = [walk.text(name) for child in body.named_children if child.type == "method_definition"
             and (name := child.child_by_field_name("name")) is not None]  # fmt: skip
    for child in body.named_children:
        kind = child.type
        if kind == "comment":
            comment = child
            continue
        if kind == "decorator":
            decorators.append(child)
            continue
        walk.doc_node = comment if comment is not None and walk.text(comment).startswith("/**") else None
        comment = None
        static = has_token(child, "static")
        walk.this = This(draft.index, static)
        member: DefinitionDraft | None = None
        if kind in _METHODS:
            member = class_method(walk, draft, child, static, frozenset(names))
        elif kind in _FIELDS:
            member = _field(walk, draft, child, static)
        elif kind == "index_signature":
            index_signature(walk, draft, child)
        elif kind == "class_static_block":
            _static_block(walk, child)
        for decorator in decorators + [each for each in child.named_children if each.type == "decorator"]:
            decorate(walk, member if member is not None else draft, decorator)
        decorators = []


def _static_block(walk: Walk, node: Node) -> None:
    body = node.child_by_field_name("body")
    if body is not None:
        walk.open_block()
        block(walk, body.named_children)
        walk.close_block()


def class_method(
    walk: Walk, owner: DefinitionDraft, node: Node, static: bool, implemented: frozenset[str]
) -> DefinitionDraft | None:
    name_node = node.child_by_field_name("name")
    if name_node is None:
        return None
    name = key_name(walk, name_node)
    flags = accessor_flags(node)
    kind = "property" if flags else "method"
    if static:
        flags |= DefFlag.STATIC
    if name == "constructor" and not static:
        flags |= DefFlag.CONSTRUCTOR
        kind = "constructor"
    if node.type == "abstract_method_signature":
        flags |= DefFlag.ABSTRACT
    elif node.type == "method_signature" and name in implemented:
        flags |= DefFlag.OVERLOAD
    flags |= _visibility(walk, node, name)
    draft = define_function(walk, node, name, kind, name_node=name_node, parent=owner.index, flags=flags)
    lower_function(walk, draft, node, this=This(owner.index, static))
    bind_accessor(walk, owner, draft)
    return draft


def bind_accessor(walk: Walk, owner: DefinitionDraft, draft: DefinitionDraft) -> None:
    """Bind a member to its definition; a setter only stands for the property when there is no getter."""
    definitions = walk.builder.definitions
    if draft.flags & DefFlag.SETTER:
        getter = any(other.parent == owner.index and other.name == draft.name and other.flags & DefFlag.PROPERTY
                     for other in definitions[owner.index :])  # fmt: skip
        if getter:
            return
    walk.builder.bind(
        draft.name, walk.definition(draft), flags=BindingFlag.DEFINES, scope=owner.index, line=draft.name_line
    )


def _visibility(walk: Walk, node: Node, name: str) -> int:
    if name.startswith("#"):
        return DefFlag.PRIVATE
    for child in node.named_children:
        if child.type == "accessibility_modifier":
            return DefFlag.PRIVATE if walk.text(child) == "private" else 0
    return 0


def _field(walk: Walk, owner: DefinitionDraft, node: Node, static: bool) -> DefinitionDraft | None:
    name_node = node.child_by_field_name("name")
    if name_node is None:
        name_node = node.child_by_field_name("property")
    if name_node is None:
        return None
    builder = walk.builder
    name = key_name(walk, name_node)
    value_node = node.child_by_field_name("value")
    declared = walk.type(node.child_by_field_name("type"))
    if declared < 0 and walk.plain and walk.doc_node is not None:
        declared = jsdoc.declared(walk, jsdoc.read(walk.text(walk.doc_node)).type)
    flags = (DefFlag.STATIC if static else 0) | _visibility(walk, node, name)
    if value_node is not None and value_node.type in FUNCTION_VALUES:
        draft = function_expression(walk, value_node, name=name, name_node=name_node, whole=node, parent=owner.index,
                                    symbol_kind="method", this=walk.this, flags=flags,
                                    result=result_of(walk, declared))  # fmt: skip
        declared_context(walk, draft, declared)
        builder.bind(name, walk.definition(draft), flags=BindingFlag.DEFINES, scope=owner.index, line=draft.name_line)
        return draft
    draft = builder.define(name, DefKind.VALUE, "property", line_of(node), node.end_point[0] + 1,
                           name_line=line_of(name_node), flags=flags)  # fmt: skip
    draft.signature, draft.doc = walk.folded(node.start_byte, node.end_byte), walk.take_doc()
    value = NONE
    if value_node is not None:
        if value_node.type == "object":
            value = walk.definition(object_literal(walk, value_node, parent=draft.index))
        else:
            value = walk.typed_value(walk, value_node, declared)
    if declared >= 0:
        builder.bind(name, builder.typed(declared), flags=BindingFlag.TYPED, line=line_of(name_node))
    else:
        builder.bind(name, value if value >= 0 else walk.unknown(), line=line_of(name_node))
    return draft


# -- interfaces and object types ----------------------------------------------------------------------------


def interface_declaration(walk: Walk, node: Node) -> int:
    draft = walk.hoisted.pop(node.start_byte, None)
    if draft is None:
        return NONE
    lower_interface(walk, draft, node, node.child_by_field_name("body"))
    return NONE


def lower_interface(walk: Walk, draft: DefinitionDraft, node: Node, body: Node | None) -> None:
    """An interface, or a type alias of an object type: its bases and the signatures of its members."""
    builder = walk.builder
    draft.signature = walk.folded(node.start_byte, body.start_byte if body is not None else node.end_byte).rstrip("= ")
    draft.doc = walk.take_doc()
    draft.position = builder.position
    builder.begin(draft)
    walk.frames.append({})
    outer, walk.this = walk.this, This(draft.index, False)
    type_parameters(walk, draft, node)
    for child in node.named_children:
        if child.type in ("extends_type_clause", "extends_clause"):
            for each in child.named_children:
                _base(draft, walk.type(each), "INHERITS")
    if body is not None:
        type_members(walk, draft, body)
    walk.this = outer
    walk.frames.pop()
    builder.end(draft)


def type_members(walk: Walk, draft: DefinitionDraft, body: Node) -> None:
    comment: Node | None = None
    for child in body.named_children:
        if child.type == "comment":
            comment = child
            continue
        walk.doc_node = comment if comment is not None and walk.text(comment).startswith("/**") else None
        comment = None
        handler = _TYPE_MEMBERS.get(child.type)
        if handler is not None:
            handler(walk, draft, child)


def _property_signature(walk: Walk, owner: DefinitionDraft, node: Node) -> None:
    name_node = node.child_by_field_name("name")
    if name_node is None:
        return
    builder = walk.builder
    name = key_name(walk, name_node)
    draft = builder.define(name, DefKind.VALUE, "property", line_of(node), node.end_point[0] + 1)
    draft.signature, draft.doc = walk.folded(node.start_byte, node.end_byte), walk.take_doc()
    declared = walk.type(node.child_by_field_name("type"))
    value = builder.typed(declared) if declared >= 0 else walk.unknown()
    builder.bind(name, value, flags=BindingFlag.TYPED, line=line_of(name_node))


def _method_signature(walk: Walk, owner: DefinitionDraft, node: Node) -> None:
    class_method(walk, owner, node, False, frozenset())


def _call_signature(walk: Walk, owner: DefinitionDraft, node: Node) -> None:
    """`(x: T): R` in an interface: what calling a value of it gives; `new (…)` likewise."""
    name = "()" if node.type == "call_signature" else "new"
    draft = define_function(walk, node, name, "method", parent=owner.index, flags=DefFlag.HIDDEN)
    lower_function(walk, draft, node, this=walk.this)
    walk.builder.bind(name, walk.definition(draft), flags=BindingFlag.DEFINES, scope=owner.index, line=line_of(node))


def index_signature(walk: Walk, owner: DefinitionDraft, node: Node) -> None:
    """`[key: K]: T`: the value under a key that is not known."""
    walk.frames.append({})
    for child in node.named_children:
        if child.type == "mapped_type_clause":
            name_node = child.child_by_field_name("name")
            if name_node is not None:
                key = walk.builder.define(walk.text(name_node), DefKind.TYPE, "typeParameter", line_of(child),
                                          line_of(child), flags=DefFlag.HIDDEN)  # fmt: skip
                walk.declare(key.name, Local(owner.index, False, types=(key.index,)))
                walk.type(child.child_by_field_name("type"))
    value = walk.type(node.child_by_field_name("type"))
    walk.frames.pop()
    if value >= 0:
        walk.builder.bind(
            "[]", walk.builder.typed(value), flags=BindingFlag.TYPED, scope=owner.index, line=line_of(node)
        )


_TYPE_MEMBERS: dict[str, Callable[[Walk, DefinitionDraft, Node], None]] = {
    "property_signature": _property_signature,
    "method_signature": _method_signature,
    "call_signature": _call_signature,
    "construct_signature": _call_signature,
    "index_signature": index_signature,
}


# -- enums --------------------------------------------------------------------------------------------------


def enum_declaration(walk: Walk, node: Node) -> int:
    draft = walk.hoisted.pop(node.start_byte, None)
    if draft is None:
        return NONE
    builder = walk.builder
    body = node.child_by_field_name("body")
    draft.signature = walk.folded(node.start_byte, body.start_byte if body is not None else node.end_byte)
    draft.doc = walk.take_doc()
    for child in body.named_children if body is not None else ():
        name_node = child.child_by_field_name("name") if child.type == "enum_assignment" else child
        if name_node is None or child.type == "comment":
            continue
        if child.type == "enum_assignment":
            walk.expr(child.child_by_field_name("value"))
        name = key_name(walk, name_node)
        builder.define(name, DefKind.VALUE, "enumMember", line_of(child), child.end_point[0] + 1,
                       parent=draft.index).signature = walk.folded(child.start_byte, child.end_byte)  # fmt: skip
        builder.bind(
            name, builder.typed(walk.definition(draft)), flags=BindingFlag.TYPED, scope=draft.index, line=line_of(child)
        )
    return NONE

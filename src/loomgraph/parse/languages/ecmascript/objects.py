"""Object literals, and values that learn from where they stand: arguments and values of declared types.

A function written as an argument takes its parameter types from what is called; one written where a type is
declared (`const h: Handler = …`, a returned function, a property of a typed object) from that type. Both are said
by the ``context`` of its definition: (call, argument index). For a declared type the call is one that never happens, of
a function type with a single parameter of that type.
"""

from __future__ import annotations

from typing import NamedTuple

from tree_sitter import Node

from loomgraph.facts import BindingFlag, DefFlag, DefKind, Op
from loomgraph.parse.builder import NONE, DefinitionDraft
from loomgraph.parse.languages.ecmascript.functions import FUNCTION_VALUES, function_expression
from loomgraph.parse.languages.ecmascript.walk import This, Walk, has_token, key_name, line_of

ASSERTIONS = frozenset({"parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression"})


class Waiting(NamedTuple):
    """A function that waits for its context: where it stands in ``argument`` is said by ``path``."""

    draft: DefinitionDraft
    argument: int
    path: tuple[str, ...]


SPREAD = "SPREAD"  # a base that gives members and nothing else: `{...other}`, `Object.assign(target, other)`


def value_in_place(walk: Walk, node: Node, waiting: list[Waiting], index: int, path: tuple[str, ...]) -> int:
    """Lower a value, noting the functions in it that learn from the place."""
    kind = node.type
    if kind in FUNCTION_VALUES:
        draft = function_expression(walk, node)
        waiting.append(Waiting(draft, index, path))
        return walk.definition(draft)
    if kind == "object":
        return walk.definition(object_literal(walk, node, waiting=waiting, index=index, path=path))
    if kind == "parenthesized_expression" and node.named_child_count == 1:
        return value_in_place(walk, node.named_children[0], waiting, index, path)
    if kind == "array":
        elements = [value_in_place(walk, child, waiting, index, (*path, "[]"))
                    for child in node.named_children if child.type != "comment"]  # fmt: skip
        return walk.builder.seq("Array", elements)
    return walk.expr(node)


def give_context(walk: Walk, call: int, waiting: list[Waiting]) -> None:
    """Tell the functions among the arguments of ``call`` where they stand."""
    for draft, argument, path in waiting:
        if path:
            expected = walk.builder.op(Op.EXPECTED, call, argument)
            _declared_context(walk, draft, _member_type(walk, expected, path))
        else:
            draft.context = (call, argument)


def value_of_type(walk: Walk, node: Node, declared: int) -> int:
    """Lower a value where the type ``declared`` (or -1) is declared for it."""
    if declared < 0:
        return walk.expr(node)
    waiting: list[Waiting] = []
    if node.type in FUNCTION_VALUES:
        draft = function_expression(walk, node, result=result_of(walk, declared))
        waiting.append(Waiting(draft, 0, ()))
        value = walk.definition(draft)
    else:
        value = value_in_place(walk, node, waiting, 0, ())
    give_declared(walk, declared, waiting)
    return value


def result_of(walk: Walk, declared: int) -> int:
    """The type of what calling a value of the type ``declared`` gives; -1 when no type is declared."""
    if declared < 0:
        return NONE
    return walk.builder.op(Op.TYPEOF, walk.builder.call(walk.builder.typed(declared)))


def give_declared(walk: Walk, declared: int, waiting: list[Waiting]) -> None:
    """Tell the functions inside a value of the type ``declared`` where they stand."""
    for draft, _, path in waiting:
        expected = _member_type(walk, walk.builder.typed(declared), path) if path else declared
        _declared_context(walk, draft, expected)


def declared_context(walk: Walk, draft: DefinitionDraft, declared: int) -> None:
    """Say that a function stands where the type ``declared`` is expected."""
    if declared >= 0:
        _declared_context(walk, draft, declared)


def _declared_context(walk: Walk, draft: DefinitionDraft, declared: int) -> None:
    builder = walk.builder
    taker = builder.typed(builder.op(Op.FUNCTYPE, NONE, 1, declared))
    draft.context = (builder.call(taker, [walk.definition(draft)]), 0)


def _member_type(walk: Walk, value: int, path: tuple[str, ...]) -> int:
    """The type of the member at ``path`` of a value."""
    builder = walk.builder
    for name in path:
        value = builder.op(Op.ITER, value) if name == "[]" else builder.attr(value, name)
    return builder.op(Op.TYPEOF, value)


# -- object literals ----------------------------------------------------------------------------------------


def object_literal(
    walk: Walk, node: Node, *, parent: int | None = None, waiting: list[Waiting] | None = None, index: int = 0,
    path: tuple[str, ...] = (),
) -> DefinitionDraft:  # fmt: skip
    """An object literal: a hidden class with one instance; ``parent`` is the symbol that names it, if any."""
    builder = walk.builder
    draft = builder.define("", DefKind.CLASS, "object", line_of(node), node.end_point[0] + 1,
                           flags=DefFlag.HIDDEN | DefFlag.OBJECT, parent=parent)  # fmt: skip
    object_members(walk, node, draft.index, [] if waiting is None else waiting, index, path)
    draft.end = builder.position
    return draft


def object_members(
    walk: Walk, node: Node, owner: int, waiting: list[Waiting], index: int = 0, path: tuple[str, ...] = ()
) -> None:
    """Make the properties of an object literal members of the definition ``owner``."""
    builder = walk.builder
    comment: Node | None = None
    for child in node.named_children:
        kind = child.type
        if kind == "comment":
            comment = child
            continue
        walk.doc_node = comment if comment is not None and walk.text(comment).startswith("/**") else None
        comment = None
        if kind == "pair":
            key, value_node = child.child_by_field_name("key"), child.child_by_field_name("value")
            if key is not None and value_node is not None:
                _pair(walk, owner, key, value_node, waiting, index, path)
        elif kind == "method_definition":
            method(walk, child, owner, waiting, index, path)
        elif kind == "shorthand_property_identifier":
            name = walk.text(child)
            builder.bind(name, walk.use(child, name), scope=owner, line=line_of(child))
        elif kind == "spread_element":
            _spread(walk, owner, child)


def _pair(
    walk: Walk, owner: int, key: Node, value_node: Node, waiting: list[Waiting], index: int, path: tuple[str, ...]
) -> None:
    builder = walk.builder
    name = key_name(walk, key)
    if key.type == "computed_property_name" and name.startswith("["):
        for inner in key.named_children:
            walk.expr(inner)
    place = (*path, name)
    if name == "__proto__":
        value = walk.expr(value_node)
        builder.definitions[owner].bases.append((builder.op(Op.TYPEOF, value), SPREAD))
        return
    function = asserted_function(value_node)
    if function is not None:
        value_node = function
        draft = function_expression(walk, value_node, name=name, name_node=key, whole=key.parent, parent=owner,
                                    symbol_kind="method", this=This(owner, False))  # fmt: skip
        waiting.append(Waiting(draft, index, place))
        builder.bind(name, walk.definition(draft), flags=BindingFlag.DEFINES, scope=owner, line=line_of(key))
        return
    if value_node.type == "object":
        value = walk.definition(_named_object(walk, owner, name, key, value_node, waiting, index, place))
    else:
        value = value_in_place(walk, value_node, waiting, index, place)
    builder.bind(name, value, scope=owner, line=line_of(key))


def _named_object(
    walk: Walk, owner: int, name: str, key: Node, node: Node, waiting: list[Waiting], index: int, path: tuple[str, ...]
) -> DefinitionDraft:
    """An object inside an object; when it holds functions the property is a symbol, so that they have a name."""
    parent: int | None = owner
    if holds_functions(node):
        parent = walk.builder.define(
            name, DefKind.VALUE, "property", line_of(key), node.end_point[0] + 1, parent=owner
        ).index  # fmt: skip
    return object_literal(walk, node, parent=parent, waiting=waiting, index=index, path=path)


def _spread(walk: Walk, owner: int, node: Node) -> None:
    """`{...other}`: what the other object has, this one has."""
    for child in node.named_children:
        value = walk.expr(child)
        walk.builder.definitions[owner].bases.append((walk.builder.op(Op.TYPEOF, value), SPREAD))


def asserted_function(node: Node) -> Node | None:
    """The function that a value is, through parentheses and assertions."""
    while node.type in ASSERTIONS and node.named_children:
        node = node.named_children[0]
    return node if node.type in FUNCTION_VALUES else None


def holds_functions(node: Node) -> bool:
    """Whether an object literal has functions among its values, at any depth of nested literals."""
    for child in node.named_children:
        if child.type == "method_definition":
            return True
        if child.type == "pair":
            value = child.child_by_field_name("value")
            if value is not None and (
                value.type in FUNCTION_VALUES or value.type == "object" and holds_functions(value)
            ):
                return True
    return False


def method(
    walk: Walk, node: Node, owner: int, waiting: list[Waiting], index: int = 0, path: tuple[str, ...] = ()
) -> DefinitionDraft | None:
    """A method, getter or setter of an object literal."""
    name_node = node.child_by_field_name("name")
    if name_node is None:
        return None
    name = key_name(walk, name_node)
    flags = accessor_flags(node)
    kind = "property" if flags & (DefFlag.PROPERTY | DefFlag.SETTER) else "method"
    draft = function_expression(walk, node, name=name, name_node=name_node, parent=owner, symbol_kind=kind,
                                this=This(owner, False), flags=flags)  # fmt: skip
    if not flags & (DefFlag.PROPERTY | DefFlag.SETTER):
        waiting.append(Waiting(draft, index, (*path, name)))
    walk.builder.bind(name, walk.definition(draft), flags=BindingFlag.DEFINES, scope=owner, line=draft.name_line)
    return draft


def accessor_flags(node: Node) -> int:
    if has_token(node, "get"):
        return DefFlag.PROPERTY
    return DefFlag.SETTER if has_token(node, "set") else 0

"""Type expressions: annotations, type arguments, casts and the types of run-time tests, strings included.

Gives expressions that mean types (a name, an attribute, INDEX for arguments, UNION, FUNCTYPE) and notes a reference
for each name. What a type means is not decided here.
"""

from __future__ import annotations

from typing import Final

from tree_sitter import Node, Parser

from loomgraph.facts import DefFlag, DefKind, Op
from loomgraph.parse.builder import NONE, DefinitionDraft
from loomgraph.parse.languages.python import nodes as k
from loomgraph.parse.languages.python.nodes import meaningful, parts
from loomgraph.parse.languages.python.state import REF, State

_LONGEST_STRING_TYPE: Final = 400
_WRAPPERS: Final = frozenset({k.TYPE, k.PARENTHESIZED, k.CONSTRAINED_TYPE})


def type_expr(s: State, node: Node) -> int:
    """The type that ``node`` names, with references."""
    kind = node.kind_id
    while kind in _WRAPPERS:
        children = meaningful(node)
        if not children:
            return s.nothing()
        node = children[0]
        kind = node.kind_id
    if kind == k.IDENTIFIER:
        return s.use(s.text(node), node)
    if kind == k.ATTRIBUTE or kind == k.MEMBER_TYPE:
        return _attribute(s, node)
    if kind == k.NONE:
        return s.literal("None")
    if kind == k.GENERIC_TYPE or kind == k.SUBSCRIPT:
        return _generic(s, node)
    if kind == k.STRING:
        return _string(s, node)
    if kind == k.UNION_TYPE or kind == k.BINARY_OPERATOR:
        return s.b.union([type_expr(s, c) for c in meaningful(node)])
    if kind == k.TUPLE or kind == k.LIST:
        return s.b.seq("list", [type_expr(s, c) for c in meaningful(node)])
    if kind == k.SPLAT_TYPE or kind == k.LIST_SPLAT:
        return s.b.op(Op.STAR, type_expr(s, meaningful(node)[0]))
    if kind == k.ELLIPSIS:
        return s.literal("ellipsis")
    return s.expr(node)


def _attribute(s: State, node: Node) -> int:
    base_node, _, name_node = parts(node, 3)
    base = type_expr(s, base_node)
    at = s.b.attr(base, s.text(name_node))
    s.b.site(at, name_node.start_point[0] + 1, REF)
    return at


def _generic(s: State, node: Node) -> int:
    """``Base[arguments]``; the special forms whose arguments are not plain types are read here."""
    children = meaningful(node)
    base_node, arguments = children[0], children[1:]
    if len(arguments) == 1 and arguments[0].kind_id == k.TYPE_PARAMETER:
        arguments = meaningful(arguments[0])
    special = s.typing_name(base_node)
    base = type_expr(s, base_node)
    if special == "Literal":
        return s.b.index(base, [s.literal("str")])
    if special == "Annotated" and arguments:
        found = type_expr(s, arguments[0])
        for extra in arguments[1:]:
            s.children(extra) if extra.kind_id == k.TYPE else s.expr(extra)
        return found
    if special == "Callable" and len(arguments) == 2:
        return _callable(s, arguments[0], arguments[1])
    if len(arguments) == 1 and arguments[0].kind_id == k.TUPLE:
        arguments = meaningful(arguments[0])
    return s.b.index(base, [type_expr(s, a) for a in arguments])


def _callable(s: State, parameters: Node, result: Node) -> int:
    if parameters.kind_id == k.TYPE:
        parameters = meaningful(parameters)[0]
    types = []
    if parameters.kind_id == k.LIST:
        types = [type_expr(s, p) for p in meaningful(parameters)]
    elif parameters.kind_id != k.ELLIPSIS:
        type_expr(s, parameters)
    return s.b.op(Op.FUNCTYPE, type_expr(s, result), len(types), *types)


def _string(s: State, node: Node) -> int:
    """A type written as a string: parsed, and lowered with the line of the string."""
    text = s.text(node)
    start = min((at for at in (text.find('"'), text.find("'")) if at >= 0), default=0)
    inner = text[start:].strip("\"'").strip()
    if not inner or len(inner) > _LONGEST_STRING_TYPE or "\n" in inner or "\\" in inner:
        return s.literal("str")
    row = node.start_point[0]
    padded = b"\n" * row + inner.encode()
    root = Parser(k.LANGUAGE).parse(padded).root_node
    statements = meaningful(root)
    if root.has_error or len(statements) != 1 or statements[0].kind_id != k.EXPRESSION_STATEMENT:
        return s.literal("str")
    outer = s.source
    s.source = padded
    try:
        return type_expr(s, meaningful(statements[0])[0])
    finally:
        s.source = outer


def test_type(s: State, node: Node) -> int:
    """The type of a run-time test (``isinstance``'s second argument), without references: they were noted already."""
    kind = node.kind_id
    if kind == k.IDENTIFIER:
        return s.b.name(s.text(node))
    if kind == k.ATTRIBUTE:
        base_node, _, name_node = parts(node, 3)
        return s.b.attr(test_type(s, base_node), s.text(name_node))
    if kind == k.TUPLE or kind == k.BINARY_OPERATOR:
        return s.b.union([test_type(s, c) for c in meaningful(node)])
    if kind == k.PARENTHESIZED:
        return test_type(s, meaningful(node)[0])
    return s.nothing()


def type_parameters(s: State, node: Node, owner: DefinitionDraft) -> list[int]:
    """The parameters of ``class A[T: Bound]`` or ``def f[T]``, defined and bound inside ``owner``."""
    found = []
    for wrapper in meaningful(node):
        inner = meaningful(wrapper)[0] if wrapper.kind_id == k.TYPE else wrapper
        bound = NONE
        if inner.kind_id == k.CONSTRAINED_TYPE:
            name_node, bound_node = meaningful(inner)
            bound = type_expr(s, bound_node)
            inner = name_node
        while inner.kind_id in (k.TYPE, k.SPLAT_TYPE):
            inner = meaningful(inner)[0]
        line = node.start_point[0] + 1
        draft = s.b.define(
            s.text(inner), DefKind.TYPE, "typeParameter", line, line, flags=DefFlag.HIDDEN, parent=owner.index
        )
        if bound != NONE:
            draft.returns = [bound]
        s.b.bind_definition(draft)
        s.frame.plain.add(draft.name)
        found.append(draft.index)
    return found

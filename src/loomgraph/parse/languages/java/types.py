"""Lowers Java's types: named, generic, array and primitive ones, and type parameters.

It knows the node kinds of types and nothing of expressions or statements.
"""

from __future__ import annotations

from tree_sitter import Node

from loomgraph.facts import DefFlag, DefKind
from loomgraph.model import SymbolKind
from loomgraph.parse.builder import DefinitionDraft
from loomgraph.parse.languages.java.state import COMMENTS, NONE, TYPE_MARK, State

ARRAY = "[]"
OBJECT = "java.lang.Object"
CLASS = "java.lang.Class"
PRIMITIVES = frozenset(("integral_type", "floating_point_type", "boolean_type", "void_type"))
NAMED = frozenset(("type_identifier", "scoped_type_identifier", "generic_type", "annotated_type"))
KINDS = NAMED | PRIMITIVES | {"array_type"}
_ANNOTATIONS = frozenset(("marker_annotation", "annotation"))


def type_expression(st: State, node: Node, *, refer: bool = True) -> int:
    """The type that ``node`` writes, or -1 for ``var``.

    Every class that it names is referred to; without ``refer`` all but the outermost, which another edge tells of.
    """
    kind = node.type
    if kind == "type_identifier" or kind == "identifier":
        name = st.text(node)
        return NONE if name == "var" else named_type(st, node, name, refer=refer)
    if kind == "generic_type":
        return _generic(st, node, refer=refer)
    if kind in PRIMITIVES:
        return st.builder.literal(st.text(node))
    if kind == "array_type":
        element, dimensions = node.child_by_field_name("element"), node.child_by_field_name("dimensions")
        assert element is not None
        return array_of(st, type_expression(st, element), dimensions)
    if kind == "scoped_type_identifier" or kind == "scoped_identifier":
        return _scoped(st, node, refer=refer)
    if kind == "annotated_type":
        return _annotated(st, node, refer=refer)
    if kind == "wildcard":
        return _wildcard(st, node)
    return builtin(st, OBJECT)


def builtin(st: State, name: str) -> int:
    """A type of the language itself, known everywhere by this name."""
    return st.builder.name(name, 0)


def named_type(st: State, node: Node, name: str, *, refer: bool = True) -> int:
    param = st.type_param(name)
    if param >= 0:
        return st.definition(param)
    at = st.builder.name(name + TYPE_MARK)
    return st.refer(at, node) if refer else at


def array_of(st: State, element: int, dimensions: Node | None) -> int:
    """``element`` within as many arrays as ``dimensions`` has brackets."""
    if dimensions is None or element < 0:
        return element
    for child in dimensions.children:
        if child.type == "[":
            element = st.builder.index(builtin(st, ARRAY), (element,))
    return element


def _generic(st: State, node: Node, *, refer: bool) -> int:
    parts = node.named_children
    base = type_expression(st, parts[0], refer=refer)
    args: list[int] = []
    for part in parts[1:]:
        if part.type == "type_arguments":
            args = [type_expression(st, arg) for arg in part.named_children if arg.type not in COMMENTS]
    return st.builder.index(base, args) if args else base


def _scoped(st: State, node: Node, *, refer: bool) -> int:
    """``Outer.Inner`` or ``a.b.Outer``: what begins with a small letter is taken for a package and not referred to."""
    parts = [part for part in node.named_children if part.type not in COMMENTS]
    name = st.text(parts[-1])
    for part in parts[1:-1]:
        if part.type in _ANNOTATIONS:
            st.visit(part)
    first = parts[0]
    if first.type in ("type_identifier", "identifier"):
        text = st.text(first)
        base = named_type(st, first, text) if text[:1].isupper() else st.builder.name(text)
    else:
        base = type_expression(st, first)
    at = st.builder.attr(base, name)
    return st.refer(at, parts[-1]) if refer and name[:1].isupper() else at


def _annotated(st: State, node: Node, *, refer: bool) -> int:
    found = NONE
    for part in node.named_children:
        if part.type in _ANNOTATIONS:
            st.visit(part)
        elif part.type not in COMMENTS:
            found = type_expression(st, part, refer=refer)
    return found


def _wildcard(st: State, node: Node) -> int:
    found = NONE
    for part in node.named_children:
        if part.type in _ANNOTATIONS:
            st.visit(part)
        elif part.type not in COMMENTS and part.type != "super":
            found = type_expression(st, part)
    return found if found >= 0 else st.unknown()  # what the type parameter allows


def type_list(st: State, node: Node, *, refer: bool = True) -> list[int]:
    """The types listed below ``node`` (an ``implements`` or ``extends`` clause, a bound)."""
    found: list[int] = []
    for part in node.named_children:
        if part.type == "type_list":
            found += type_list(st, part, refer=refer)
        elif part.type not in COMMENTS and part.type not in _ANNOTATIONS:
            found.append(type_expression(st, part, refer=refer))
    return found


def type_parameters(st: State, node: Node | None, owner: DefinitionDraft) -> None:
    """Makes the type parameters of ``owner`` known; call :meth:`State.type_params`.pop when its text ends."""
    known: dict[str, int] = {}
    st.type_params.append(known)
    if node is None:
        return
    bounds: list[tuple[DefinitionDraft, Node]] = []
    for part in node.named_children:
        if part.type != "type_parameter":
            continue
        names = [child for child in part.named_children if child.type in ("type_identifier", "identifier")]
        if not names:
            continue
        name, line = st.text(names[0]), part.start_point[0] + 1
        draft = st.builder.define(
            name, DefKind.TYPE, SymbolKind.TYPE_PARAMETER, line, part.end_point[0] + 1,
            flags=DefFlag.HIDDEN, parent=owner.index,
        )  # fmt: skip
        known[name] = draft.index
        owner.type_params.append(draft.index)
        bounds += [(draft, child) for child in part.named_children if child.type == "type_bound"]
    for draft, bound in bounds:
        draft.returns = type_list(st, bound)

"""Functions and classes: what a definition says of itself, and its body."""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import Final, NamedTuple

from tree_sitter import Node

from loomgraph.facts import DefFlag, DefKind, Op, ParamKind, SiteKind
from loomgraph.parse.builder import NONE, DefinitionDraft
from loomgraph.parse.languages.python import nodes as k
from loomgraph.parse.languages.python.annotations import type_expr, type_parameters
from loomgraph.parse.languages.python.entry_points import entry_points
from loomgraph.parse.languages.python.nodes import meaningful, parts
from loomgraph.parse.languages.python.parameters import parameters
from loomgraph.parse.languages.python.state import Frame, State
from loomgraph.parse.languages.python.targets import flush_updates

_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_LONGEST_DOC: Final = 400
_LONGEST_SIGNATURE: Final = 300
_DECORATOR_FLAGS: Final = {
    "staticmethod": DefFlag.STATIC, "classmethod": DefFlag.CLASSMETHOD, "abstractmethod": DefFlag.ABSTRACT,
    "abstractclassmethod": DefFlag.ABSTRACT | DefFlag.CLASSMETHOD,
    "abstractstaticmethod": DefFlag.ABSTRACT | DefFlag.STATIC, "abstractproperty": DefFlag.ABSTRACT | DefFlag.PROPERTY,
    "overload": DefFlag.OVERLOAD, "setter": DefFlag.SETTER, "deleter": DefFlag.SETTER, "getter": DefFlag.PROPERTY,
}  # fmt: skip
_SILENT: Final = frozenset({*_DECORATOR_FLAGS, "property", "override", "final"})  # calling these tells nothing
_ACCESSORS: Final = frozenset({"setter", "deleter", "getter"})
_SEVERAL: Final = (int(ParamKind.STAR), int(ParamKind.STAR_KEYWORD))
_CLASS: Final = int(DefKind.CLASS)  # reading a member of an enum runs a function
_UNBOUND: Final = ~int(DefFlag.STATIC | DefFlag.CLASSMETHOD | DefFlag.PROPERTY | DefFlag.SETTER)
_IMPLICIT_CLASS_METHODS: Final = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})
_FIELD_CLASSES: Final = frozenset({"dataclass", "define", "frozen", "mutable", "attrs", "attributes"})
_FIELD_BASES: Final = frozenset({"NamedTuple", "TypedDict", "BaseModel", "BaseSettings"})
_ENUM_BASES: Final = frozenset(
    {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum", "TextChoices", "IntegerChoices", "Choices"}
)


class Decoration:
    """The decorators above a definition: expressions with their lines, and what their names say."""

    __slots__ = ("expressions", "first_line", "flags", "names")

    def __init__(self) -> None:
        self.expressions: list[tuple[int, int, str]] = []
        self.names: set[str] = set()
        self.flags = 0
        self.first_line = 0


def decorated(s: State, node: Node) -> None:
    found = Decoration()
    found.first_line = node.start_point[0] + 1
    for child in node.children:
        kind = child.kind_id
        if kind == k.DECORATOR:
            inner = meaningful(child)
            if inner:
                _decorator(s, inner[0], found)
        elif kind == k.FUNCTION_DEFINITION:
            function(s, child, found)
        elif kind == k.CLASS_DEFINITION:
            class_(s, child, found)


def _decorator(s: State, node: Node, found: Decoration) -> None:
    named = parts(node, 2)[0] if node.kind_id == k.CALL else node
    name = s.text(named).rpartition(".")[2].strip()
    flags = _DECORATOR_FLAGS.get(name, 0)
    if not flags and name.lower().endswith("property"):
        flags = DefFlag.PROPERTY
    found.flags |= flags
    found.names.add(name)
    if name in _ACCESSORS and node.kind_id == k.ATTRIBUTE:
        return  # `@name.setter` speaks of the property above it and calls nothing of the project
    found.expressions.append((s.expr(node), named.end_point[0] + 1, name))


def _apply_decorators(s: State, draft: DefinitionDraft, found: Decoration) -> None:
    """Note the decorators of ``draft``, and that each is called with what stands below it."""
    draft.decorators = [expression for expression, _, _ in found.expressions]
    for expression, line, _ in found.expressions:
        s.b.site(expression, line, SiteKind.DECORATE, owner=draft.index)
    below = NONE
    for expression, line, name in reversed(found.expressions):
        if name in _SILENT:
            continue
        below = s.b.call(expression, [s.b.op(Op.PLAIN, draft.index) if below == NONE else below])
        s.b.site(below, line, SiteKind.CALL)
    if below != NONE:
        s.by_definition.setdefault("decorated", {})[draft.index] = below


# -- functions --------------------------------------------------------------------------------------------------


class Header(NamedTuple):
    """The parts of a function definition."""

    name: Node
    parameters: Node | None
    result: Node | None
    body: Node | None
    type_parameters: Node | None
    is_async: bool


def _header(node: Node) -> Header | None:
    name = parameters_node = result = body = type_parameters_node = None
    is_async = False
    for child in node.children:
        kind = child.kind_id
        if kind == k.IDENTIFIER:
            name = child
        elif kind == k.PARAMETERS:
            parameters_node = child
        elif kind == k.TYPE:
            result = child
        elif kind == k.BLOCK:
            body = child
        elif kind == k.TYPE_PARAMETER:
            type_parameters_node = child
        elif not child.is_named and child.type == "async":
            is_async = True
    return Header(name, parameters_node, result, body, type_parameters_node, is_async) if name is not None else None


def function(s: State, node: Node, decoration: Decoration | None = None) -> None:
    header = _header(node)
    if header is None:
        s.children(node)
        return
    b, frame = s.b, s.frame
    in_class = frame.kind == _CLASS
    name = s.text(header.name)
    flags = _function_flags(name, decoration, in_class, header.is_async)
    draft = b.define(
        name, DefKind.FUNCTION, _function_kind(name, flags, in_class),
        decoration.first_line if decoration is not None else node.start_point[0] + 1, node.end_point[0] + 1,
        name_line=header.name.start_point[0] + 1, flags=flags,
    )  # fmt: skip
    _join_overloads(s, draft)
    draft.signature = _signature(
        s, "async def " if header.is_async else "def ", header.name, header.parameters, header.result
    )
    if decoration is not None:
        _apply_decorators(s, draft, decoration)
    if not flags & DefFlag.SETTER:
        s.declare(name)
        b.bind_definition(draft)
    receiver = in_class and not flags & DefFlag.STATIC
    if header.type_parameters is None:
        outer_owner, b.owner = b.owner, draft.index
        _head(s, draft, header, receiver)
        b.owner = outer_owner
    b.begin(draft)
    inner = Frame(draft.index, DefKind.FUNCTION, frame)
    s.push(inner)
    if header.type_parameters is not None:
        draft.type_params = type_parameters(s, header.type_parameters, draft)
        _head(s, draft, header, receiver)
    b.bind_params(draft)
    inner.plain.update(p.name for p in draft.params)
    if flags & DefFlag.TEST or (decoration is not None and "fixture" in decoration.names):
        _filled_by_name(s, draft)
    if in_class:
        inner.owner_class = frame.index
        first = draft.params[0] if draft.params else None
        inner.receiver = first.name if first is not None and first.kind == ParamKind.RECEIVER else ""
    if header.body is not None:
        draft.doc = docstring(s, header.body)
        block(s, header.body)
    _finish(s, draft, inner)
    s.pop()
    b.end(draft)


def _join_overloads(s: State, draft: DefinitionDraft) -> None:
    """An overloaded function is one symbol: declarations stand before it as decorators do."""
    earlier = s.frame.overloads.pop(draft.name, None)
    if earlier is not None:
        earlier.flags |= DefFlag.HIDDEN
        draft.line = earlier.line
    if draft.flags & DefFlag.OVERLOAD:
        s.frame.overloads[draft.name] = draft


def _head(s: State, draft: DefinitionDraft, header: Header, receiver: bool) -> None:
    if header.parameters is not None:
        draft.params = parameters(s, header.parameters, receiver=receiver)
    if header.result is not None:
        draft.result = type_expr(s, header.result)
    if any(p.kind in _SEVERAL for p in draft.params):
        draft.flags |= DefFlag.VARIADIC


def _filled_by_name(s: State, draft: DefinitionDraft) -> None:
    """Tests and fixtures are given their parameters by name: what makes them is called for each."""
    for param in draft.params:
        if param.kind == ParamKind.POSITIONAL and param.default == NONE:
            s.b.site(s.b.name(param.name, draft.index), draft.name_line, SiteKind.CALL_VALUE, owner=draft.index)


def _finish(s: State, draft: DefinitionDraft, frame: Frame) -> None:
    if frame.yields:
        draft.flags |= DefFlag.GENERATOR
        draft.returns = [s.b.op(Op.YIELDS, len(frame.yields), *frame.yields)]
    else:
        draft.returns = frame.returns


def _function_flags(name: str, decoration: Decoration | None, in_class: bool, is_async: bool) -> int:
    flags = int(decoration.flags) if decoration is not None else 0
    if is_async:
        flags |= DefFlag.ASYNC
    if name.startswith("_") and not (name.startswith("__") and name.endswith("__")):
        flags |= DefFlag.PRIVATE
    if name.startswith("test"):
        flags |= DefFlag.TEST
    rules = entry_points()
    if (decoration is not None and not decoration.names.isdisjoint(rules.decorators)) or (
        name in rules.names and not in_class
    ):
        flags |= DefFlag.ENTRY_POINT
    if in_class:
        if name == "__init__":
            flags |= DefFlag.CONSTRUCTOR
        elif name in _IMPLICIT_CLASS_METHODS:
            flags |= DefFlag.CLASSMETHOD
    else:
        flags &= _UNBOUND
    return flags


def _function_kind(name: str, flags: int, in_class: bool) -> str:
    if not in_class:
        return "function"
    if flags & (DefFlag.PROPERTY | DefFlag.SETTER):
        return "property"
    return "constructor" if name == "__init__" else "method"


def _signature(s: State, prefix: str, name: Node, parameters_node: Node | None, result: Node | None) -> str:
    last = result or parameters_node or name
    text = prefix + s.source[name.start_byte : last.end_byte].decode("utf-8", "replace")
    if "\n" in text or "  " in text:
        text = " ".join(text.split()).replace("( ", "(").replace(", )", ")").replace(",)", ")")
    return text[:_LONGEST_SIGNATURE]


# -- classes ----------------------------------------------------------------------------------------------------


def class_(s: State, node: Node, decoration: Decoration | None = None) -> None:
    b = s.b
    name_node = bases_node = body = type_parameters_node = None
    for child in node.children:
        kind = child.kind_id
        if kind == k.IDENTIFIER:
            name_node = child
        elif kind == k.ARGUMENT_LIST:
            bases_node = child
        elif kind == k.BLOCK:
            body = child
        elif kind == k.TYPE_PARAMETER:
            type_parameters_node = child
    if name_node is None:
        s.children(node)
        return
    name = s.text(name_node)
    draft = b.define(
        name, DefKind.CLASS, "class",
        decoration.first_line if decoration is not None else node.start_point[0] + 1, node.end_point[0] + 1,
        name_line=name_node.start_point[0] + 1, flags=DefFlag.PRIVATE if name.startswith("_") else 0,
    )  # fmt: skip
    draft.signature = _signature(s, "class ", name_node, bases_node, None)
    if decoration is not None:
        _apply_decorators(s, draft, decoration)
        if decoration.names & _FIELD_CLASSES:
            draft.flags |= DefFlag.DATACLASS
    if bases_node is not None and type_parameters_node is None:
        _bases(s, draft, bases_node)
    s.declare(name)
    b.bind_definition(draft)
    b.begin(draft)
    s.push(Frame(draft.index, DefKind.CLASS, s.frame))
    if type_parameters_node is not None:
        draft.type_params = type_parameters(s, type_parameters_node, draft)
        if bases_node is not None:
            _bases(s, draft, bases_node)
    if body is not None:
        draft.doc = docstring(s, body)
        block(s, body)
    flush_updates(s, draft.index)
    s.pop()
    b.end(draft)


def _bases(s: State, draft: DefinitionDraft, node: Node) -> None:
    """The bases (INHERITS says that they are referenced), and keywords such as ``metaclass``."""
    outer_owner, s.b.owner = s.b.owner, draft.index
    names = set()
    for child in meaningful(node):
        kind = child.kind_id
        if kind == k.KEYWORD_ARGUMENT:
            name_node, _, value_node = parts(child, 3)
            value = s.expr(value_node)
            if s.text(name_node) == "metaclass":
                s.by_definition.setdefault("metaclass", {})[draft.index] = value
            continue
        draft.bases.append((_base(s, child), "INHERITS"))
        names.add(s.text(child).partition("[")[0].rpartition(".")[2])
    s.b.owner = outer_owner
    if s.type_variables and not draft.type_params:
        draft.type_params = _type_variables(s, node)
    if names & _ENUM_BASES:
        draft.flags |= DefFlag.ENUM
        draft.symbol_kind = "enum"
    if names & _FIELD_BASES:
        draft.flags |= DefFlag.DATACLASS
    if "Protocol" in names:
        draft.flags |= DefFlag.INTERFACE


def _type_variables(s: State, node: Node) -> list[int]:
    """The type parameters of ``class A(Generic[T], Base[K])``: those Generic or Protocol lists, else as they appear."""
    listed: dict[int, None] = {}
    seen: dict[int, None] = {}
    for base in meaningful(node):
        if base.kind_id == k.SUBSCRIPT:
            name, _, arguments = s.text(base).partition("[")
            into = listed if name.rpartition(".")[2] in ("Generic", "Protocol") else seen
            for word in _WORD.findall(arguments):
                if word in s.type_variables:
                    into[s.type_variables[word]] = None
    return list(listed or seen)


def _base(s: State, node: Node) -> int:
    kind = node.kind_id
    if kind == k.IDENTIFIER:
        return s.b.name(s.text(node))
    if kind == k.ATTRIBUTE:
        base_node, _, name_node = parts(node, 3)
        return s.b.attr(s.expr(base_node), s.text(name_node))
    if kind == k.SUBSCRIPT:
        base_node, *arguments = meaningful(node)
        return s.b.index(_base(s, base_node), [type_expr(s, a) for a in arguments])
    return s.expr(node)


# -- bodies -----------------------------------------------------------------------------------------------------


def block(s: State, node: Node) -> None:
    """The statements of a body, in order. A cursor lets go of each when it is lowered; ``children`` keeps all."""
    statements = s.statements
    cursor = node.walk()
    more = cursor.goto_first_child()
    while more:
        child = cursor.node
        assert child is not None
        handler = statements.get(child.kind_id)
        if handler is not None:
            handler(s, child)
        elif child.is_named:
            s.children(child)
        more = cursor.goto_next_sibling()


def docstring(s: State, body: Node) -> str:
    """The first paragraph of the documentation string that opens ``body``, or an empty string."""
    for at in range(body.child_count):
        first = body.child(at)
        assert first is not None
        if first.kind_id == k.COMMENT:
            continue
        if first.kind_id != k.EXPRESSION_STATEMENT:
            return ""
        inner = first.children
        if len(inner) != 1 or inner[0].kind_id != k.STRING:
            return ""
        text = s.text(inner[0])
        quote = min((at for at in (text.find('"'), text.find("'")) if at >= 0), default=0)
        width = 3 if text[quote : quote + 3] in ('"""', "'''") else 1
        paragraph = text[quote + width : -width].lstrip().partition("\n\n")[0]
        return cleandoc(paragraph)[:_LONGEST_DOC] if "\n" in paragraph else paragraph.strip()[:_LONGEST_DOC]
    return ""

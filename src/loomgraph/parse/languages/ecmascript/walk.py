"""State of one walk over an ECMAScript syntax tree: names in sight, `this`, text, docs, and the dispatch tables.

The other modules of this folder are functions over a :class:`Walk`; it knows none of them, they reach each other
through its tables. It must not know about other files: what a name means elsewhere is for the resolver.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tree_sitter import Node

from loomgraph.facts import DefKind, Op, SiteKind
from loomgraph.parse.builder import NONE, Builder, DefinitionDraft

MAX_SIGNATURE = 300
MAX_DOC = 400
# A level of syntax costs up to four Python frames; deeper trees (generated code) are cut off with a problem.
MAX_DEPTH = 160

_SPACE = re.compile(r"\s+")
_PROTOTYPE_OF = re.compile(rb"([A-Za-z_$][\w$]*)\.prototype\b")
_NEW_OF = re.compile(rb"\bnew\s+(?:[\w$]+\.)*([A-Za-z_$][\w$]*)")
_FIELD_OF = re.compile(rb"(?<![\w$.])([A-Za-z_$][\w$]*)\.[A-Za-z_$][\w$]*\s*=(?![=>])")

Handler = Callable[["Walk", Node], int]


class Local(NamedTuple):
    """What a name in sight is, as far as this file tells."""

    scope: int  # def index of the scope that holds it
    symbol: bool  # uses of it are references to a symbol of the graph (not a plain local variable)
    typed: bool = False  # declared with a type: assignments do not change what it is
    holder: int = NONE  # def index of the class, function or object literal that holds what is set on it
    types: tuple[int, ...] = ()  # def indexes of the types the name denotes in type positions
    text: str = ""  # the value of a constant that is a string literal


class This(NamedTuple):
    """What `this` is: an instance of the class ``owner``, the class itself in static code, or what is declared."""

    owner: int
    static: bool
    declared: int = NONE  # the type of a parameter `this: T`


class Walk:
    """The state of one walk. ``expressions``, ``statements`` and ``types`` map node types to handlers."""

    __slots__ = (
        "builder", "class_fields", "depth", "doc_node", "documented", "documented_types", "exports_holder",
        "expressions", "fields_of", "foreign", "frames", "functions", "hoisted", "late_exports", "member_guards",
        "module_syntax", "namespace_exports", "new_of", "prototype_of", "source", "statements", "this", "typed_value",
        "types",
    )  # fmt: skip

    def __init__(
        self,
        builder: Builder,
        source: bytes,
        expressions: Mapping[str, Handler],
        statements: Mapping[str, Handler],
        types: Mapping[str, Handler],
        typed_value: Callable[[Walk, Node, int], int],
    ) -> None:
        self.builder = builder
        self.source = source
        self.expressions, self.statements, self.types = expressions, statements, types
        self.typed_value = typed_value  # lowers a value where a type (or -1) is declared for it
        self.frames: list[dict[str, Local]] = [{}]
        self.functions: list[DefinitionDraft] = []
        self.hoisted: dict[int, DefinitionDraft] = {}
        self.this: This | None = None
        self.class_fields: frozenset[str] = frozenset()
        self.doc_node: Node | None = None
        self.documented_types: dict[str, int] = {}  # types that comments declare → def index, -1 for a type parameter
        self.documented = ""  # the JSDoc comment of the function about to be lowered, where types are read from it
        self.depth = 0
        self.module_syntax = False
        self.exports_holder = NONE
        self.member_guards: list[tuple[dict[str, Local], str, int]] = []  # (block, `a.b`, type) of tests of members
        self.late_exports: list[Callable[[], None]] = []
        self.namespace_exports: dict[int, list[str]] = {}  # scope of a namespace → names it exports
        self.foreign: list[tuple[str, int, list[str]]] = []  # (module, scope, names) of `declare module "m"`
        self.prototype_of = frozenset(_PROTOTYPE_OF.findall(source))
        self.new_of = frozenset(_NEW_OF.findall(source))
        self.fields_of = frozenset(_FIELD_OF.findall(source))

    # -- text -----------------------------------------------------------------------------------------------

    def text(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def folded(self, start: int, end: int) -> str:
        """The source between two bytes on one line, at most :data:`MAX_SIGNATURE` characters."""
        raw = self.source[start : min(end, start + 4 * MAX_SIGNATURE)].decode("utf-8", "replace")
        return _SPACE.sub(" ", raw).strip()[:MAX_SIGNATURE]

    @property
    def plain(self) -> bool:
        """Whether the language has no types of its own."""
        return self.builder.language == "javascript"

    def take_doc(self) -> str:
        """The first paragraph of the JSDoc comment before the statement being lowered, once."""
        node, self.doc_node = self.doc_node, None
        return "" if node is None else first_paragraph(self.text(node))

    # -- names ----------------------------------------------------------------------------------------------

    def find(self, name: str) -> Local | None:
        for frame in reversed(self.frames):
            found = frame.get(name)
            if found is not None:
                return found
        return None

    def declare(self, name: str, local: Local) -> None:
        """Put a name in sight in the innermost block; the types that it denotes there stay."""
        known = self.frames[-1].get(name)
        if known is not None and known.types and not local.types:
            local = local._replace(types=known.types)
        self.frames[-1][name] = local

    def open_block(self) -> None:
        self.builder.open_block()
        self.frames.append({})

    def close_block(self) -> None:
        self.frames.pop()
        self.builder.close_block()

    def at_top(self) -> bool:
        """Whether declarations here are symbols of their own: in a module or namespace, not in a function."""
        definitions = self.builder.definitions
        at = self.builder.scope
        while definitions[at].kind == DefKind.SCOPE:
            at = definitions[at].parent
        return definitions[at].kind != DefKind.FUNCTION

    # -- expressions ----------------------------------------------------------------------------------------

    def unknown(self) -> int:
        """An expression of which nothing is known."""
        return self.builder.op(Op.UNION, 0)

    def definition(self, draft: DefinitionDraft) -> int:
        return self.builder.op(Op.DEF, draft.index)

    def expr(self, node: Node | None) -> int:
        """Lower an expression; gives its offset (of an unknown one when the syntax says nothing)."""
        if node is None:
            return self.unknown()
        return self._dispatch(node, self.expressions)

    def stmt(self, node: Node) -> None:
        handler = self.statements.get(node.type)
        if handler is None:
            self._dispatch(node, self.expressions)
            return
        self._dispatch(node, self.statements)

    def _dispatch(self, node: Node, table: Mapping[str, Handler]) -> int:
        handler = table.get(node.type)
        if self.depth >= MAX_DEPTH:
            self.builder.problem(node.start_point[0] + 1, "nested too deeply: skipped what is inside")
            return self.unknown()
        self.depth += 1
        try:
            if handler is not None:
                return handler(self, node)
            for child in node.named_children:
                self.stmt(child)
            return self.unknown()
        finally:
            self.depth -= 1

    def type(self, node: Node | None) -> int:
        """Lower a type; -1 when it says nothing."""
        if node is None:
            return NONE
        handler = self.types.get(node.type)
        if handler is None or self.depth >= MAX_DEPTH:
            return NONE
        self.depth += 1
        try:
            return handler(self, node)
        finally:
            self.depth -= 1

    def type_arguments(self, node: Node | None) -> list[int]:
        """Lower type arguments; those that say nothing are unknown."""
        if node is None:
            return []
        found = [self.type(child) for child in node.named_children if child.type != "comment"]
        return [each if each >= 0 else self.unknown() for each in found]

    def use(self, node: Node, name: str, *, site: bool = True) -> int:
        """A use of ``name``; a reference is recorded unless the name is a plain local variable."""
        builder = self.builder
        expression = builder.name(name)
        if site:
            local = self.find(name)
            if local is None or local.symbol:
                builder.site(expression, node.start_point[0] + 1, SiteKind.REF)
        return expression

    def this_expression(self) -> int:
        this = self.this
        if this is None:
            return self.unknown()
        if this.declared >= 0:
            return self.builder.typed(this.declared)
        return self.builder.op(Op.DEF if this.static else Op.THIS, this.owner)


def first_paragraph(comment: str) -> str:
    """The first paragraph of a `/** … */` comment, before any tag."""
    lines: list[str] = []
    for raw in comment.removeprefix("/**").removesuffix("*/").splitlines():
        line = raw.strip().removeprefix("*").strip()
        if line.startswith("@"):
            break
        if line:
            lines.append(line)
        elif lines:
            break
    return " ".join(lines)[:MAX_DOC]


def line_of(node: Node) -> int:
    return node.start_point[0] + 1


def has_token(node: Node, *tokens: str) -> bool:
    """Whether one of the node's own children is such a keyword or sign."""
    return any(child.type in tokens for child in node.children)


def unquote(text: str) -> str:
    """The inside of a string literal's source text."""
    return text[1:-1] if len(text) >= 2 and text[0] in "'\"`" else text


def key_name(walk: Walk, node: Node) -> str:
    """The name a property key denotes: ``[expr]`` keeps its brackets unless it is a plain string."""
    kind = node.type
    text = walk.text(node)
    if kind == "string":
        return unquote(text)
    if kind == "computed_property_name":
        inner = text[1:-1].strip()
        return unquote(inner) if inner[:1] in "'\"" else f"[{inner}]"
    return text

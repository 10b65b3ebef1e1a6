"""What the lowering of one Java file carries along: the builder, the text, names in reach, and who lowers what.

The modules beside it lower types, expressions, statements and declarations; they reach one another through the
tables held here, so that none has to import the other. It must not know any node kind.
"""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from loomgraph.facts import BindingFlag, Op, SiteKind
from loomgraph.parse.builder import Builder, DefinitionDraft

NONE = -1
METHOD_MARK = "()"
"""Java keeps methods apart from fields and types: a method ``m`` is bound, and called, under the name ``m()``."""
TYPE_MARK = "<>"
"""A name where only a type can stand is looked up under ``Name<>``: fields may be called as types are."""
CONSTRUCTOR_NAME = "<init>"
COMMENTS = frozenset(("line_comment", "block_comment"))

Expression = Callable[["State", Node], int]
Action = Callable[["State", Node], None]
Local = BindingFlag.DECLARES | BindingFlag.TYPED


class State:
    """One file being lowered."""

    __slots__ = (
        "actions", "builder", "class_bodies", "expressions", "lambdas", "source", "type_params", "yields", "_frames",
        "_locals", "bases",
    )  # fmt: skip

    def __init__(
        self,
        source: bytes,
        builder: Builder,
        expressions: dict[str, Expression],
        actions: dict[str, Action],
        class_bodies: Callable[[State, Node, DefinitionDraft], None],
    ) -> None:
        self.source = source
        self.builder = builder
        self.expressions = expressions  # node kind of an expression -> what gives its value
        self.actions = actions  # node kind of a statement or declaration -> what lowers it
        self.class_bodies = class_bodies  # lowers the body of a class whose scope has begun
        self.type_params: list[dict[str, int]] = []
        self.yields: list[list[int]] = []
        self.lambdas: dict[int, list[DefinitionDraft]] = {}  # value expression -> the lambdas it may be
        self.bases: dict[int, int] = {}  # class definition -> type expression of its superclass
        self._locals: dict[str, int] = {}
        self._frames: list[list[str]] = []

    # -- text ---------------------------------------------------------------------------------------------------

    def text(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    # -- dispatch -----------------------------------------------------------------------------------------------

    def expression(self, node: Node) -> int:
        """The value of an expression node; what is no expression is visited for what it holds."""
        lower = self.expressions.get(node.type)
        if lower is not None:
            return lower(self, node)
        self.visit(node)
        return self.unknown()

    def visit(self, node: Node) -> None:
        """A statement, a declaration, an expression whose value nobody uses, or a node that only holds others."""
        kind = node.type
        action = self.actions.get(kind)
        if action is not None:
            action(self, node)
            return
        lower = self.expressions.get(kind)
        if lower is not None:
            lower(self, node)
            return
        for child in node.named_children:
            self.visit(child)

    def unknown(self) -> int:
        """A value nothing is known of."""
        return self.builder.op(Op.UNION, 0)

    # -- scopes, blocks, local names ----------------------------------------------------------------------------

    def enter(self, draft: DefinitionDraft) -> None:
        self.builder.begin(draft)
        self._frames.append([])

    def leave(self, draft: DefinitionDraft) -> None:
        self._forget()
        self.builder.end(draft)

    def open(self) -> None:
        self.builder.open_block()
        self._frames.append([])

    def close(self) -> None:
        self._forget()
        self.builder.close_block()

    def _forget(self) -> None:
        known = self._locals
        for name in self._frames.pop():
            known[name] -= 1

    def note_local(self, name: str) -> None:
        """``name`` is a local variable or parameter until the innermost block closes: using it refers to no symbol."""
        self._locals[name] = self._locals.get(name, 0) + 1
        if self._frames:
            self._frames[-1].append(name)

    def is_local(self, name: str) -> bool:
        return self._locals.get(name, 0) > 0

    def declare(self, name: str, value: int, line: int, flags: int = Local) -> None:
        """A local variable: its value is of a declared type unless ``flags`` say otherwise."""
        self.note_local(name)
        self.builder.bind(name, value, flags=flags, line=line)

    def type_param(self, name: str) -> int:
        """The definition of the type parameter ``name`` in reach, or -1."""
        for known in reversed(self.type_params):
            found = known.get(name)
            if found is not None:
                return found
        return NONE

    # -- lambdas ------------------------------------------------------------------------------------------------

    def expect(self, expr: int, wanted: int) -> None:
        """A lambda ``expr`` stands where the type ``wanted`` is expected: as if passed to a function of such a type."""
        found = self.lambdas.get(expr)
        if found:
            call = self.builder.call(self.builder.op(Op.FUNCTYPE, NONE, 1, wanted), (expr,))
            for draft in found:
                draft.context = (call, 0)

    def pass_on(self, expr: int, call: int, at: int) -> None:
        """The value ``expr`` is argument number ``at`` of ``call``."""
        for draft in self.lambdas.get(expr, ()):
            draft.context = (call, at)

    def same_lambdas(self, expr: int, parts: list[int]) -> int:
        """``expr`` is one of ``parts``."""
        found = [draft for part in parts for draft in self.lambdas.get(part, ())]
        if found:
            self.lambdas[expr] = found
        return expr

    # -- sites --------------------------------------------------------------------------------------------------

    def refer(self, expr: int, node: Node) -> int:
        """The thing that ``expr`` names is used at ``node``."""
        self.builder.site(expr, node.start_point[0] + 1, SiteKind.REF)
        return expr

    def enclosing_class(self) -> int:
        return self.builder.enclosing_class()

    def definition(self, index: int) -> int:
        return self.builder.op(Op.DEF, index)

"""The state of one lowering: the builder, the source, and what is known of names while the walk goes on.

It offers the few operations that all parts of the lowering share (evaluate a node, note a reference, bind a
name) and knows no node kind but what dispatch needs. The parts are functions ``(State, Node) -> …`` in tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tree_sitter import Node

from loomgraph.facts import BindingFlag, DefKind, Member, Op, SiteKind
from loomgraph.parse.builder import NONE, Builder, DefinitionDraft
from loomgraph.parse.languages.python.nodes import ATTRIBUTE, IDENTIFIER

Expression = Callable[["State", Node], int]
Statement = Callable[["State", Node], None]

REF: Final = int(SiteKind.REF)
FUNCTION: Final = int(DefKind.FUNCTION)
SCOPE: Final = int(DefKind.SCOPE)
_LONGEST_PATH: Final = 100
# Words that may stand where a name does and mean something else to the grammar.
_NO_NAMES: Final = frozenset("None True False await async print exec match case type not lambda yield _".split())  # noqa: SIM905

# Names whose use as a value says nothing about the project unless the file gives them a meaning of its own.
BUILTINS: Final = frozenset(
    """
    object str int float complex bool bytes bytearray memoryview list tuple dict set frozenset type range slice
    Exception BaseException ValueError TypeError KeyError IndexError AttributeError RuntimeError LookupError
    NotImplementedError NotImplemented StopIteration OSError IOError ImportError UnicodeDecodeError
    UnicodeEncodeError UnicodeError OverflowError AssertionError KeyboardInterrupt SystemExit DeprecationWarning
    len repr print super property staticmethod classmethod __name__ __file__ __doc__
    """.split()  # noqa: SIM905
)


class Frame:
    """A scope being lowered: which of its names are plain variables, and what a function gives back."""

    __slots__ = (
        "containers", "function", "index", "kind", "members", "overloads", "owner_class", "plain", "receiver",
        "redirect", "returns", "symbols", "yields",
    )  # fmt: skip

    def __init__(self, index: int, kind: DefKind, outer: Frame | None) -> None:
        self.index = index
        self.kind = kind
        around = outer if kind in (FUNCTION, SCOPE) else None  # whose names are seen here
        self.plain: set[str] = set(around.plain) if around is not None else set()
        self.redirect: dict[str, int] = {}
        self.receiver: str = around.receiver if around is not None else ""
        self.owner_class: int = around.owner_class if around is not None else NONE
        self.function: Frame = around.function if around is not None and kind == SCOPE else self
        self.symbols: set[str] = set()
        self.members: frozenset[str] | None = None  # of an enumeration
        self.overloads: dict[str, DefinitionDraft] = {}
        self.containers: dict[str, int] = {}
        self.returns: list[int] = []
        self.yields: list[int] = []


class State:
    """What the parts of the lowering share."""

    __slots__ = (
        "b", "expressions", "frame", "frames", "literals", "modules", "narrowed", "opaque_all", "opaque_names",
        "shadowed", "source", "statements", "stores", "strings", "suspended", "typing", "typing_modules",
        "by_definition", "type_variables", "updates",
    )  # fmt: skip

    def __init__(
        self,
        builder: Builder,
        source: bytes,
        expressions: Mapping[int, Expression],
        statements: Mapping[int, Statement],
    ) -> None:
        self.b = builder
        self.source = source
        self.expressions = expressions
        self.statements = statements
        self.frame = Frame(0, DefKind.MODULE, None)
        self.frames: list[Frame] = [self.frame]
        self.literals: dict[str, int] = {}
        self.strings: dict[bytes, int] = {}
        self.typing: dict[str, str] = {}  # local name -> name in typing, for the forms that change what is read
        self.typing_modules: set[str] = set()
        self.narrowed: dict[str, list[int]] = {}  # attribute path -> types that tests proved, innermost last
        self.modules: set[str] = set()  # names bound by plain imports: naming one says nothing by itself
        self.shadowed: set[str] = set()  # built-in names that the file binds
        self.suspended: list[tuple[int, int, int, str]] = []  # references to built-in names: expr, owner, line, name
        self.stores: list[int | str] = []  # flat: base, name, value of `base.name = value`
        self.type_variables: dict[str, int] = {}  # names of TypeVars of the module -> their definitions
        self.by_definition: dict[str, dict[int, int]] = {}  # expressions that belong to definitions, by purpose
        self.updates: list[Member] = []  # what methods put into containers, until the class is whole
        self.opaque_all = False  # `__all__` holds more than the names written out
        self.opaque_names = False  # a star import may bind any name

    # -- reading nodes --------------------------------------------------------------------------------------

    def text(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def typing_name(self, node: Node) -> str:
        """The name in ``typing`` that ``node`` stands for, or an empty string."""
        if node.kind_id == IDENTIFIER:
            return self.typing.get(self.text(node), "") if self.typing else ""
        if node.kind_id == ATTRIBUTE and self.typing_modules:
            base, _, name = self.text(node).rpartition(".")
            return name if base in self.typing_modules else ""
        return ""

    def expr(self, node: Node) -> int:
        """The expression of ``node``, its sites noted on the way."""
        handler = self.expressions.get(node.kind_id)
        return handler(self, node) if handler is not None else self.unknown(node)

    def unknown(self, node: Node) -> int:
        """An expression of no known value; what stands inside is still lowered."""
        self.children(node)
        return self.nothing()

    def children(self, node: Node) -> None:
        """Lower whatever stands in ``node``, statements and expressions alike."""
        expressions, statements = self.expressions, self.statements
        for child in node.children:
            kind = child.kind_id
            statement = statements.get(kind)
            if statement is not None:
                statement(self, child)
            else:
                expression = expressions.get(kind)
                if expression is not None:
                    expression(self, child)
                elif child.is_named:
                    self.children(child)

    def literal(self, type_name: str) -> int:
        """A literal of a built-in type; one expression serves all of a file."""
        if type_name in self.literals:
            return self.literals[type_name]
        found = self.literals[type_name] = self.b.literal(type_name)
        return found

    def nothing(self) -> int:
        """The expression of which nothing is known."""
        found = self.literals.get("")
        if found is None:
            found = self.literals[""] = self.b.op(Op.UNION, 0)
        return found

    # -- names ----------------------------------------------------------------------------------------------

    def use(self, name: str, node: Node) -> int:
        """A use of ``name`` as a value or a type: a reference unless it is plainly a local variable."""
        at = self.b.name(name)
        if name not in self.frame.plain and name not in self.modules:
            self.refer(at, name, node.start_point[0] + 1)
        return at

    def refer(self, at: int, name: str, line: int) -> None:
        """Note the reference ``at``; one to a built-in name counts when the file turns out to bind that name."""
        if name in BUILTINS:
            self.suspended.append((at, self.b.owner, line, name))
        else:
            self.b.site(at, line, REF)

    def plain_path(self, node: Node) -> list[str] | None:
        """The names of ``a.b.c`` where ``node`` is nothing but names and dots: read as text, it costs a third."""
        start, end = node.start_byte, node.end_byte
        if end - start > _LONGEST_PATH or self.narrowed:
            return None
        names = self.source[start:end].decode("utf-8", "replace").split(".")
        return names if names[0] not in _NO_NAMES and "".join(names).isidentifier() else None

    def path(self, names: list[str], line: int) -> int:
        """``a.b.c`` on one line, each part of it a reference."""
        b = self.b
        name = names[0]
        at = b.name(name)
        if name not in self.frame.plain and name not in self.modules:
            self.refer(at, name, line)
        for name in names[1:]:
            at = b.attr(at, name)
            b.site(at, line, REF)
        return at

    def bind(self, name: str, value: int, line: int, flags: int = 0) -> None:
        """Bind a variable in the scope to which an assignment here belongs."""
        frame = self.frame
        if frame.redirect and name in frame.redirect:
            self.b.bind(name, value, flags=flags | BindingFlag.GLOBAL, scope=frame.redirect[name], line=line)
            return
        if frame.kind == FUNCTION or frame.kind == SCOPE:
            frame.plain.add(name)
        elif name in BUILTINS:
            self.shadowed.add(name)
        self.b.bind(name, value, flags=flags, scope=frame.index, line=line)

    def declare(self, name: str) -> None:
        """``name`` stands for a definition or an import from here on, so that using it is a reference."""
        self.frame.plain.discard(name)
        self.modules.discard(name)
        if name in BUILTINS:
            self.shadowed.add(name)

    def push(self, frame: Frame) -> None:
        self.frames.append(frame)
        self.frame = frame

    def pop(self) -> None:
        self.frames.pop()
        self.frame = self.frames[-1]

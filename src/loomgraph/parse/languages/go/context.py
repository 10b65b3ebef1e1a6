"""What lowering one Go file needs at every node: the source, the builder, the local names and the node tables.

The modules for types, expressions, statements and declarations call one another through this object only, so
that none of them imports another in a circle. It knows the names of no node kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from tree_sitter import Node

from loomgraph.facts import BindingFlag, SiteKind
from loomgraph.parse.builder import NONE, Builder, DefinitionDraft

Lower: TypeAlias = "Callable[[Context, Node], int]"
Visit: TypeAlias = "Callable[[Context, Node], None]"

UNIVERSE_TYPES = frozenset(
    ("any", "bool", "byte", "comparable", "complex64", "complex128", "error", "float32", "float64", "int", "int8")
    + ("int16", "int32", "int64", "rune", "string", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr")
)
_LOCAL = BindingFlag.DECLARES


class Context:
    """The state of lowering one file."""

    __slots__ = (
        "builder", "containers", "extensions", "imports", "source", "type_drafts", "type_nodes",
        "_expressions", "_locals", "_statements", "_types",
    )  # fmt: skip

    def __init__(
        self,
        source: bytes,
        builder: Builder,
        expressions: Mapping[str, Lower],
        types: Mapping[str, Lower],
        statements: Mapping[str, Visit],
    ) -> None:
        self.source = source
        self.builder = builder
        self.type_nodes: dict[str, Node] = {}  # the file's own top-level types, known before they are reached
        self.type_drafts: dict[str, DefinitionDraft] = {}
        self.extensions: dict[str, DefinitionDraft] = {}  # types of other files that have methods in this one
        self.imports: set[str] = set()  # names that imports bind
        self.containers: dict[int, tuple[str, list[int]]] = {}  # type expressions of slices and maps, with their parts
        self._expressions = expressions
        self._types = types
        self._statements = statements
        self._locals: list[set[str]] = []

    def text(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    # -- dispatch -------------------------------------------------------------------------------------------

    def expression(self, node: Node) -> int:
        """The expression at ``node``, with the sites in it."""
        lower = self._expressions.get(node.type)
        return lower(self, node) if lower is not None else self.type(node)

    def type(self, node: Node) -> int:
        """The type expression at ``node``, with the sites in it; what is neither is searched for parts that are."""
        lower = self._types.get(node.type)
        if lower is not None:
            return lower(self, node)
        self.children(node)
        return NONE

    def statement(self, node: Node) -> None:
        visit = self._statements.get(node.type)
        if visit is not None:
            visit(self, node)
        else:
            self.expression(node)

    def children(self, node: Node) -> None:
        """Lower everything inside ``node`` as statements."""
        for child in node.named_children:
            self.statement(child)

    def block(self, node: Node | None) -> None:
        """Lower the statements of a block in a scope of their own."""
        if node is None:
            return
        self.open_block()
        self.children(node)
        self.close_block()

    # -- local names ----------------------------------------------------------------------------------------

    def open_block(self) -> None:
        self.builder.open_block()
        self._locals.append(set())

    def close_block(self) -> None:
        self.builder.close_block()
        self._locals.pop()

    def begin(self, draft: DefinitionDraft) -> None:
        """Enter a definition: a scope of the builder and a block of local names."""
        self.builder.begin(draft)
        self._locals.append(set())

    def end(self, draft: DefinitionDraft) -> None:
        self.builder.end(draft)
        self._locals.pop()

    def is_local(self, name: str) -> bool:
        """Whether ``name`` is declared inside a function or as a type parameter here."""
        return any(name in names for names in self._locals)

    def note_local(self, name: str) -> None:
        """Remember that ``name`` is local in the innermost block: uses of it refer to nothing in the graph."""
        self._locals[-1].add(name)

    def declare(self, name: str, value: int, line: int, *, typed: bool = False) -> None:
        """A local variable from here to the end of the block."""
        if name == "_":
            return
        flags = _LOCAL | BindingFlag.TYPED if typed else _LOCAL
        self.builder.bind(name, value, flags=flags, line=line)
        self._locals[-1].add(name)

    # -- uses -----------------------------------------------------------------------------------------------

    def refer(self, expr: int, node: Node) -> int:
        """Record that the thing named by ``expr`` is used at ``node``; gives ``expr`` back."""
        self.builder.site(expr, node.start_point[0] + 1, SiteKind.REF)
        return expr


def line_of(node: Node) -> int:
    """The 1-based line on which ``node`` starts."""
    return int(node.start_point[0]) + 1

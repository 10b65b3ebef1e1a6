"""Builder: collects the facts of one file while a language lowers its syntax tree.

It knows the shape of facts and nothing about any language or syntax tree. A lowering walks the tree once, in
document order, and calls these methods; ``finish`` gives the facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from sys import intern

from loomgraph.facts import (
    BindingFlag,
    Bindings,
    ChunkSpan,
    DefFlag,
    Definition,
    DefKind,
    Export,
    Facts,
    FileProblem,
    Import,
    Member,
    Op,
    Param,
    SiteKind,
    table,
)

_NAME, _ATTR, _CALL, _NEW, _INDEX = int(Op.NAME), int(Op.ATTR), int(Op.CALL), int(Op.NEW), int(Op.INDEX)
_LIT, _STR, _UNION, _SEQ, _MAP, _DEF = int(Op.LIT), int(Op.STR), int(Op.UNION), int(Op.SEQ), int(Op.MAP), int(Op.DEF)
_SITE_CALL = int(SiteKind.CALL)
_HIDDEN, _SCOPE = int(DefFlag.HIDDEN), int(DefKind.SCOPE)
_DEFINES, _PARAM = int(BindingFlag.DEFINES), int(BindingFlag.PARAM)
_MAX_STRING = 200
NONE = -1


class DefinitionDraft:
    """A definition under construction: the fields of :class:`loomgraph.facts.Definition`, mutable."""

    __slots__ = (
        "bases", "context", "decorators", "doc", "end", "end_line", "flags", "index", "kind", "line", "name",
        "name_line", "params", "parent", "position", "result", "returns", "signature",
        "symbol_kind", "type_params",
    )  # fmt: skip

    def __init__(
        self, index: int, name: str, kind: int, symbol_kind: str, parent: int, line: int, position: int
    ) -> None:
        self.index, self.name, self.kind, self.symbol_kind, self.parent = index, intern(name), kind, symbol_kind, parent
        self.line = self.end_line = self.name_line = line
        self.position = self.end = position
        self.flags = 0
        self.signature = self.doc = ""
        self.params: list[Param] = []
        self.returns: list[int] = []
        self.result = NONE
        self.bases: list[tuple[int, str]] = []
        self.decorators: list[int] = []
        self.type_params: list[int] = []
        self.context: tuple[int, ...] = ()

    def freeze(self) -> Definition:
        fields = (
            self.name, int(self.kind), str(self.symbol_kind), self.parent, self.line, self.end_line, self.name_line,
            self.position, self.end, int(self.flags), self.signature, self.doc, tuple(self.params),
            tuple(self.returns), self.result, tuple(self.bases), tuple(self.decorators), tuple(self.type_params),
            self.context,
        )  # fmt: skip
        return tuple.__new__(Definition, fields)  # calling the class runs a function for each


class _Names(dict[str, int]):
    """Name → its index in a file's table of names; asking for a name puts it there, and runs Python only then."""

    def __missing__(self, name: str) -> int:
        found = self[intern(name)] = len(self)
        return found


class Builder:
    """Collects definitions, bindings, expressions and sites of one file.

    ``position`` grows with every expression that uses a name and every binding; blocks are opened and closed with
    :meth:`open_block` and :meth:`close_block`, and every binding made in between ends where the block closes
    unless told otherwise. The current scope is the innermost definition begun with :meth:`begin` and not ended.
    """

    __slots__ = (
        "_bindings", "_blocks", "_code", "_ids", "_sites", "chunks", "definitions", "exports", "extra",
        "generated", "imports", "language", "lines", "members", "owner", "package", "position", "problems", "scope",
        "_scopes",
    )  # fmt: skip

    def __init__(self, language: str, lines: int, module_symbol_kind: str = "module") -> None:
        self.language = language
        self.lines = lines
        self.package = ""
        self.generated = False
        self.position = 0
        self._ids = _Names()
        self._code: list[int] = []
        self._sites: list[int] = []
        self._bindings: dict[int, list[int]] = {}  # by scope: eight numbers a binding
        self._blocks: list[list[tuple[list[int], int]]] = [[]]  # where each binding's end is to be written
        self._scopes: list[tuple[int, int]] = []
        self.definitions: list[DefinitionDraft] = []
        self.members: list[Member] = []
        self.imports: list[Import] = []
        self.exports: list[Export] = []
        self.chunks: list[ChunkSpan] = []
        self.problems: list[FileProblem] = []
        self.extra: dict[str, object] = {}
        module = DefinitionDraft(0, "", DefKind.MODULE, module_symbol_kind, -1, 1, 0)
        module.end_line = max(lines, 1)
        self.definitions.append(module)
        self.scope = 0  # innermost scope: index of a definition
        self.owner = 0  # innermost definition that is a symbol: owns the sites

    # -- names and expressions ------------------------------------------------------------------------------

    def intern(self, name: str) -> int:
        """The index of ``name`` in the file's name table."""
        return self._ids[name]

    def name(self, name: str, scope: int | None = None) -> int:
        """A use of ``name`` here."""
        self.position = position = self.position + 1
        code = self._code
        at = len(code)
        code += (_NAME, self._ids[name], self.scope if scope is None else scope, position)
        return at

    def attr(self, base: int, name: str) -> int:
        code = self._code
        at = len(code)
        code += (_ATTR, base, self._ids[name])
        return at

    def call(
        self, callee: int, args: Sequence[int] = (), keywords: Sequence[tuple[str, int]] = (), *, new: bool = False
    ) -> int:
        """A call (or ``new``) expression; add a site with :meth:`site` to say that it happens."""
        code = self._code
        at = len(code)
        code += (_NEW if new else _CALL, callee, len(args), *args, len(keywords))
        if keywords:
            ids = self._ids
            for key, value in keywords:
                code += (ids[key], value)
        return at

    def index(self, base: int, keys: Sequence[int]) -> int:
        code = self._code
        at = len(code)
        code += (_INDEX, base, len(keys), *keys)
        return at

    def literal(self, type_name: str) -> int:
        code = self._code
        at = len(code)
        code += (_LIT, self._ids[type_name])
        return at

    def string(self, value: str) -> int:
        """A string literal; long ones lose their value and stay strings."""
        if len(value) > _MAX_STRING:
            return self.literal("str")
        code = self._code
        at = len(code)
        code += (_STR, self._ids[value])
        return at

    def op(self, op: int, *operands: int) -> int:
        """Any operator with fixed operands (indexes of names must be interned by the caller)."""
        code = self._code
        at = len(code)
        code.append(op)
        code += operands
        return at

    def union(self, parts: Sequence[int]) -> int:
        parts = [p for p in parts if p >= 0]
        if len(parts) == 1:
            return parts[0]
        return self.op(_UNION, len(parts), *parts)

    def seq(self, kind: str, elements: Sequence[int]) -> int:
        return self.op(_SEQ, self._ids[kind], len(elements), *elements)

    def mapping(self, pairs: Iterable[tuple[int, int]]) -> int:
        flat = [x for pair in pairs for x in pair]
        return self.op(_MAP, len(flat) // 2, *flat)

    def typed(self, type_expression: int) -> int:
        return self.op(Op.TYPED, type_expression)

    def this(self) -> int:
        return self.op(Op.THIS, self.scope)

    def super(self) -> int:
        return self.op(Op.SUPER, self.scope)

    # -- definitions ----------------------------------------------------------------------------------------

    def define(self, name: str, kind: DefKind, symbol_kind: str, line: int, end_line: int, *, name_line: int = 0,
               flags: int = 0, parent: int | None = None) -> DefinitionDraft:  # fmt: skip
        """A new definition in the current scope (its body is entered with :meth:`begin`)."""
        self.position += 1
        parent = self.scope if parent is None else parent
        draft = DefinitionDraft(len(self.definitions), name, kind, symbol_kind, parent, line, self.position)
        draft.end_line, draft.name_line, draft.flags = end_line, name_line or line, flags
        self.definitions.append(draft)
        return draft

    def begin(self, draft: DefinitionDraft) -> None:
        """Enter the scope of ``draft``; opens its block."""
        self._scopes.append((self.scope, self.owner))
        self.scope = draft.index
        if not draft.flags & _HIDDEN and draft.kind != _SCOPE:
            self.owner = draft.index
        self._blocks.append([])

    def end(self, draft: DefinitionDraft) -> None:
        """Leave the scope of ``draft``; closes its block."""
        self.close_block()
        self.scope, self.owner = self._scopes.pop()
        draft.end = self.position

    # -- blocks and bindings --------------------------------------------------------------------------------

    def open_block(self) -> None:
        self._blocks.append([])

    def close_block(self) -> None:
        """Close the innermost block: its bindings end here."""
        self.position = end = self.position + 1
        for rows, at in self._blocks.pop():
            rows[at] = end

    def bind(
        self, name: str, value: int, *, flags: int = 0, extra: int = NONE, scope: int | None = None, line: int = 0
    ) -> None:
        """``name`` means ``value`` from here to the end of the innermost open block."""
        self.position = position = self.position + 1
        at = self.scope if scope is None else scope
        rows = self._bindings.get(at)
        if rows is None:
            rows = self._bindings[at] = []
        self._blocks[-1].append((rows, len(rows) + 4))
        rows += (at, self._ids[name], value, position, 0, flags, extra, line)

    def bind_definition(self, draft: DefinitionDraft, flags: int = 0) -> None:
        """Bind a definition's name to itself in the scope that holds it."""
        self.bind(
            draft.name,
            self.op(_DEF, draft.index),
            flags=_DEFINES | flags,
            scope=draft.parent,
            line=draft.name_line,
        )

    def bind_params(self, draft: DefinitionDraft) -> None:
        """Bind the parameters of ``draft`` in its own scope (call after :meth:`begin`)."""
        for at, param in enumerate(draft.params):
            if param.name:
                self.bind(param.name, NONE, flags=_PARAM, extra=at, line=draft.name_line)

    def member(self, owner: int, name: str, value: int, line: int) -> None:
        """An attribute of class ``owner`` set in the current scope (``self.name = value``)."""
        self.members.append(Member(owner, name, value, self.scope, line))

    def bind_import(
        self, module: str, name: str, alias: str, line: int, *, level: int = 0, kind: str = "import", flags: int = 0
    ) -> int:
        """Record an import and bind its alias (when there is one) in the current scope; gives the import's index."""
        at = len(self.imports)
        self.imports.append(Import(module, name, alias, level, kind, self.scope, line))
        if alias:
            self.bind(alias, self.op(Op.IMPORT, at), flags=BindingFlag.IMPORTED | flags, line=line)
        return at

    def export(self, name: str, value: int = NONE, module: str = "", original: str = "", line: int = 0) -> None:
        self.exports.append(Export(name, value, module, original, line))

    # -- sites, problems ------------------------------------------------------------------------------------

    def site(self, expr: int, line: int, kind: int = _SITE_CALL, owner: int | None = None) -> None:
        """``expr`` stands at ``line`` in the innermost symbol."""
        self._sites += (expr, self.owner if owner is None else owner, line, kind)

    def problem(self, line: int, reason: str) -> None:
        self.problems.append(FileProblem(line, reason))

    def enclosing_class(self, scope: int | None = None) -> int:
        """The def index of the nearest class around ``scope`` (the current scope by default), or -1."""
        at = self.scope if scope is None else scope
        while at >= 0 and self.definitions[at].kind != DefKind.CLASS:
            at = self.definitions[at].parent
        return at

    def finish(self) -> Facts:
        """The facts; the builder must not be used afterwards."""
        while self._blocks:
            self.close_block()
        self.definitions[0].end = self.position
        rows = [number for _, rows in sorted(self._bindings.items()) for number in rows]
        names = tuple(self._ids)
        return Facts(
            language=self.language, package=self.package, lines=self.lines, generated=self.generated,
            names=names, code=table(self._code),
            definitions=tuple(d.freeze() for d in self.definitions), 
            bindings=Bindings(table(rows), names), members=tuple(self.members),
            imports=tuple(self.imports), exports=tuple(self.exports),
            sites=table(self._sites), chunks=tuple(self.chunks),
            problems=tuple(self.problems), extra=self.extra,
        )  # fmt: skip

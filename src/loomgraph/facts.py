"""Facts: what one file says on its own, before any other file is read.

``parse`` writes them, ``resolve`` reads them, the store keeps them; none of the three needs to know another.
Facts hold no path: the same bytes in another place are the same facts. This module imports nothing but the
standard library.

Expressions
-----------
A file's expressions live in one table of integers, ``Facts.code``. An expression is named by its offset
in the table; ``code[offset]`` is its :class:`Op`, its operands follow (see each member's comment). Operands that
are names index ``Facts.names``; operands that are expressions are offsets; ``-1`` stands for "none". The table
says only what evaluation needs: no line numbers, no literal values beyond short strings.

Positions
---------
A *position* is an ordinal that grows in document order while a file is lowered. A binding is in force from its
position to its ``end``, the position at which its block closes. A use of a name carries the position of the use.
"""

from __future__ import annotations

import marshal
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal, NamedTuple, overload

FACTS_FORMAT = 3


class Op(IntEnum):
    """Expression operators; operands in the order in which they follow the operator."""

    NAME = 1  # name, scope (def index), position
    ATTR = 2  # base, name
    CALL = 3  # callee, n, n positional args, k, k pairs (name, value); a spread argument is a STAR expression
    NEW = 4  # as CALL; the callee is a type expression (TypeScript and Java `new`, Go composite literals)
    INDEX = 5  # base, n, n keys: subscript of a value, or type arguments of a type
    LIT = 6  # name of the built-in type of a literal or operator result: "str", "int", "bool", "None", …
    STR = 7  # name: a short string literal with its value
    THIS = 8  # scope: the instance in whose class body the scope lies (`this`; Python's self is a parameter)
    SUPER = 9  # scope: the parent of the class around the scope
    DEF = 10  # def index: a function, lambda, class or object literal used as a value
    SEQ = 11  # name ("list", "tuple", "set", …), n, n elements
    MAP = 12  # n, n pairs (key or -1, value): a mapping literal
    UNION = 13  # n, n alternatives: conditional, `or`, union types
    AWAIT = 14  # operand
    ITER = 15  # operand: an element of iterating over it
    ENTER = 16  # operand: what `with operand as x` binds
    ELEM = 17  # operand, index: one element of a tuple or of several results; -1 = any
    TYPED = 18  # type expression: some value of this declared type
    FUNCTYPE = 19  # result type or -1, n, n parameter types: a function type
    STAR = 20  # operand: a spread argument or element
    BINOP = 21  # name of the operator ("+", "[]", …), left, right
    IMPORT = 22  # index into Facts.imports: what the import binds
    YIELDS = 23  # n, n yielded values: what calling a generator gives
    CAST = 24  # type expression, operand: a value asserted to be of a type
    KEYOF = 25  # operand: a key of a mapping
    TYPEOF = 26  # operand: in a type, the type of a value
    DEREF = 27  # operand: pointer indirection, for languages where it matters
    NARROW = 28  # operand, type expression: operand where a run-time test says it is of the type
    SLICE = 29  # operand: a slice, same type as the operand
    DICTITEM = 30  # operand: a value of a mapping (`d[k]` where the key is not known)
    PLAIN = 31  # def index: a definition before its decorators are applied
    EXPECTED = 32  # call, argument index: what the callee says that it takes there


class DefKind(IntEnum):
    """What a definition is, for evaluation. ``Definition.symbol_kind`` says what it is to a reader."""

    MODULE = 0
    CLASS = 1  # anything with members: class, struct, interface, enum, trait, named Go type, object literal
    FUNCTION = 2  # anything with parameters: function, method, constructor, lambda
    VALUE = 3  # a named constant, variable, field, enum member, type alias: a symbol whose value is a binding
    SCOPE = 4  # a scope that is no symbol: comprehension, namespace block; looked through when naming owners
    TYPE = 5  # a type alias or type parameter: `returns[0]` is the aliased type or the bound


class DefFlag(IntEnum):
    """Bits of :attr:`Definition.flags`, to be combined as plain integers."""

    HIDDEN = 1  # not a symbol of the graph (lambda, object literal, scope); its sites belong to the nearest symbol
    STATIC = 2
    CLASSMETHOD = 4
    PROPERTY = 8  # reading the attribute calls it
    ASYNC = 16
    GENERATOR = 32
    ABSTRACT = 64
    OVERLOAD = 128  # a declaration without a body beside which an implementation stands
    CONSTRUCTOR = 256
    EXPORTED = 512
    INTERFACE = 1024
    OBJECT = 2048  # an object literal: evaluating DEF gives the one instance, not a class
    ENUM = 4096
    SETTER = 8192
    PRIVATE = 16384
    DATACLASS = 32768  # constructor parameters come from the fields
    EXTENSION = 65536  # extends an existing type of the same name elsewhere (Rust impl, C# partial, Swift extension)
    VARIADIC = 131072
    STRUCT = 262144
    TEST = 524288
    GETTER_OF_INSTANCE = 1048576  # reserved for languages
    ENTRY_POINT = 2097152  # run by something outside the project: `main`, a module's initialiser


class ParamKind(IntEnum):
    """How arguments reach a parameter."""

    POSITIONAL = 0
    STAR = 1
    KEYWORD = 2
    STAR_KEYWORD = 3
    RECEIVER = 4  # Python's self/cls, Go's receiver: bound before the call


class Param(NamedTuple):
    """One parameter. ``annotation`` and ``default`` are expressions or -1."""

    name: str
    annotation: int
    default: int
    kind: int


class Definition(NamedTuple):
    """One definition. Index 0 of ``Facts.definitions`` is the file's module.

    ``parent`` is a def index (-1 for the module). ``line``…``end_line`` cover decorators and body, ``name_line``
    the name; all 1-based. ``position``…``end`` is where the definition stands in positions. ``returns`` are the
    expressions of its return statements (for TYPE, the aliased type), ``result`` its declared result type or -1.
    ``context`` is (call expression, argument index) for a function that is itself an argument, else empty.
    ``bases`` are (expression, kind) with kind one of "INHERITS", "IMPLEMENTS".
    """

    name: str
    kind: int
    symbol_kind: str
    parent: int
    line: int
    end_line: int
    name_line: int
    position: int
    end: int
    flags: int
    signature: str
    doc: str
    params: tuple[Param, ...]
    returns: tuple[int, ...]
    result: int
    bases: tuple[tuple[int, str], ...]
    decorators: tuple[int, ...]
    type_params: tuple[int, ...]  # def indexes of TYPE definitions
    context: tuple[int, ...]


class BindingFlag(IntEnum):
    """Bits of :attr:`Binding.flags`, to be combined as plain integers."""

    DECLARES = 1  # a block-scoped declaration: not visible outside [position, end), shadows what is outside
    TYPED = 2  # the value is the declared type (later plain assignments do not widen it)
    PARAM = 4  # the value comes from the caller (`param` index in Binding.extra)
    NARROWING = 8  # a run-time test, not an assignment
    IMPORTED = 16
    DEFINES = 32  # the binding made by a def or class statement
    AUGMENTED = 64
    LOOP = 128
    GLOBAL = 256


class Binding(NamedTuple):
    """``name`` means ``value`` (an expression) in ``scope`` (a def index) from ``position`` to ``end``.

    Bindings whose scope is a class are its members. ``extra`` is the parameter index when PARAM is set, else -1.
    """

    scope: int
    name: str
    value: int
    position: int
    end: int
    flags: int
    extra: int
    line: int


class Bindings(Sequence[Binding]):
    """The bindings of a file, by scope and inside a scope in document order.

    A large project has hundreds of thousands, most of them never looked at while other files are resolved: they
    are kept as plain integers, eight for each, and become :class:`Binding` when they are read.
    """

    __slots__ = ("_names", "_starts", "rows")

    def __init__(self, rows: memoryview, names: tuple[str, ...]) -> None:
        self.rows = rows
        self._names = names
        self._starts: dict[int, tuple[int, int]] | None = None

    def __len__(self) -> int:
        return len(self.rows) // 8

    @overload
    def __getitem__(self, at: int) -> Binding: ...
    @overload
    def __getitem__(self, at: slice) -> list[Binding]: ...
    def __getitem__(self, at: int | slice) -> Binding | list[Binding]:
        if isinstance(at, slice):
            return list(self)[at]
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        at %= len(self)
        return self._between(at, at + 1)[0]

    def __iter__(self) -> Iterator[Binding]:
        return iter(self._between(0, len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bindings) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def of_scope(self, scope: int) -> list[Binding]:
        """The bindings of one scope in document order."""
        starts = self._starts
        if starts is None:
            starts = self._starts = {}
            first = 0
            scopes = self.rows[::8].tolist()
            for at, this in enumerate(scopes, 1):
                if at == len(scopes) or scopes[at] != this:
                    starts[this] = (first, at)
                    first = at
        start, end = starts.get(scope, (0, 0))
        return self._between(start, end)

    def _between(self, start: int, end: int) -> list[Binding]:
        flat = self.rows[8 * start : 8 * end].tolist()
        names = map(self._names.__getitem__, flat[1::8])
        columns = (flat[0::8], names, flat[2::8], flat[3::8], flat[4::8], flat[5::8], flat[6::8], flat[7::8])
        return list(map(Binding._make, zip(*columns, strict=True)))


class Member(NamedTuple):
    """An attribute set from a method: ``self.name = value``; ``owner`` is the class, ``function`` where it is set."""

    owner: int
    name: str
    value: int
    function: int
    line: int


class Import(NamedTuple):
    """One imported name.

    ``module`` as written ("" for `from . import x`), ``name`` the imported member ("" for the module itself, "*"
    for everything), ``alias`` the local name ("" when nothing is bound), ``level`` the number of leading dots.
    ``kind`` is the language's own word ("import", "from", "require", "static", "type", "include", "side-effect").
    """

    module: str
    name: str
    alias: str
    level: int
    kind: str
    scope: int
    line: int


class Export(NamedTuple):
    """A name a module gives to others: ``name`` means ``value``, or ``original`` of ``module`` for a re-export.

    ``name`` "*" with a module re-exports everything; ``original`` "*" exports the module as a namespace object.
    """

    name: str
    value: int
    module: str
    original: str
    line: int


class SiteKind(IntEnum):
    """What a site says about its expression."""

    CALL = 1  # the expression is a CALL or NEW: its callee is called here
    REF = 2  # the named thing is used as a value or a type
    DECORATE = 3  # the expression decorates the owner definition
    CALLBACK = 4  # reserved: a function handed to code outside the project that will call it
    MENTION = 5  # documentation names it
    CALL_VALUE = 6  # the value of the expression is called here without a CALL (property read, operator, `with`)


class Site(NamedTuple):
    """A place where an expression stands: ``owner`` is a def index, ``line`` 1-based."""

    expr: int
    owner: int
    line: int
    kind: int


class ChunkSpan(NamedTuple):
    """A span of the file worth quoting: lines 1-based inclusive, bytes half-open; ``owner`` a def index."""

    start_line: int
    end_line: int
    start_byte: int
    end_byte: int
    owner: int
    heading: str  # what to repeat above the text: the signature for a part of a large function, else ""


class FileProblem(NamedTuple):
    """Something wrong at a line of the file (0 = the whole file)."""

    line: int
    reason: str


def table(numbers: Sequence[int]) -> memoryview:
    """Integers in two bytes each where all of them fit, which is most files, else in four."""
    try:
        return _table("h", struct.pack(f"{len(numbers)}h", *numbers))
    except struct.error:
        return _table("i", struct.pack(f"{len(numbers)}i", *numbers))


def _table(kind: Literal["h", "i"], data: bytes) -> memoryview:
    return memoryview(data).cast(kind)


@dataclass(slots=True)
class Facts:
    """What one file says. Built by ``parse.builder``; treat as frozen."""

    language: str
    package: str = ""  # the package the file declares itself to belong to (Go, Java, Kotlin, C#, PHP …)
    lines: int = 0
    generated: bool = False
    names: tuple[str, ...] = ()
    code: memoryview = field(default_factory=lambda: table(()))
    definitions: tuple[Definition, ...] = ()
    bindings: Bindings = field(default_factory=lambda: Bindings(table(()), ()))
    members: tuple[Member, ...] = ()
    imports: tuple[Import, ...] = ()
    exports: tuple[Export, ...] = ()
    sites: memoryview = field(default_factory=lambda: table(()))  # flat: expr, owner, line, kind
    chunks: tuple[ChunkSpan, ...] = ()
    problems: tuple[FileProblem, ...] = ()
    extra: dict[str, object] = field(default_factory=dict)  # a language's own facts (marshal types only)

    def pack(self) -> bytes:
        """The facts as compressed bytes, for a cache. Readable by the same Python version only.

        Names are interned by the builder, which marshal keeps: whoever reads many files' facts has each name once.
        """
        plain = (
            FACTS_FORMAT,
            self.language,
            self.package,
            self.lines,
            self.generated,
            self.names,
            (self.code.format, self.code.tobytes()),
            [(*d[:12], [(p[0], p[1], p[2], int(p[3])) for p in d[12]], *d[13:]) for d in self.definitions],
            (self.bindings.rows.format, self.bindings.rows.tobytes()),
            [tuple(m) for m in self.members],
            [tuple(i) for i in self.imports],
            [tuple(e) for e in self.exports],
            (self.sites.format, self.sites.tobytes()),
            [tuple(c) for c in self.chunks],
            [tuple(p) for p in self.problems],
            self.extra,
        )
        return zlib.compress(marshal.dumps(plain), 1)

    @classmethod
    def unpack(cls, data: bytes) -> Facts:
        """Facts from :meth:`pack`'s bytes. Raises ``ValueError`` when they are damaged or of another format."""
        try:
            plain = marshal.loads(zlib.decompress(data))
        except (zlib.error, EOFError, TypeError) as error:
            raise ValueError(f"damaged facts: {error}") from error
        if not isinstance(plain, tuple) or plain[0] != FACTS_FORMAT:
            raise ValueError("facts of another format")
        make = Definition._make
        param = Param._make
        return cls(
            language=plain[1],
            package=plain[2],
            lines=plain[3],
            generated=plain[4],
            names=plain[5],
            code=_table(*plain[6]),
            definitions=tuple(make((*d[:12], tuple(map(param, d[12])), *d[13:])) for d in plain[7]),
            bindings=Bindings(_table(*plain[8]), plain[5]),
            members=tuple(map(Member._make, plain[9])),
            imports=tuple(map(Import._make, plain[10])),
            exports=tuple(map(Export._make, plain[11])),
            sites=_table(*plain[12]),
            chunks=tuple(map(ChunkSpan._make, plain[13])),
            problems=tuple(map(FileProblem._make, plain[14])),
            extra=plain[15],
        )

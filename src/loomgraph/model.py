"""The words of the graph: symbols, edges, chunks, problems and their identifiers.

Everything above speaks in these types. This module must not know how code is parsed, resolved or
stored, and imports nothing but the standard library.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple

_LATER = re.compile(r"~\d+(?=\.|$)")  # what tells later definitions of a name apart

_COUNTER = re.compile(r"~\d+(?=\.|$)")  # what tells definitions of one name apart in an id


class SymbolKind(StrEnum):
    """Kinds of symbols: the names of the Language Server Protocol's SymbolKind, and ``external``."""

    FILE = "file"
    MODULE = "module"
    NAMESPACE = "namespace"
    PACKAGE = "package"
    CLASS = "class"
    METHOD = "method"
    PROPERTY = "property"
    FIELD = "field"
    CONSTRUCTOR = "constructor"
    ENUM = "enum"
    INTERFACE = "interface"
    FUNCTION = "function"
    VARIABLE = "variable"
    CONSTANT = "constant"
    OBJECT = "object"
    ENUM_MEMBER = "enumMember"
    STRUCT = "struct"
    EVENT = "event"
    OPERATOR = "operator"
    TYPE_PARAMETER = "typeParameter"
    EXTERNAL = "external"


class EdgeKind(StrEnum):
    """Kinds of edges that source code gives. A custom graph may bring kinds of its own."""

    CONTAINS = "CONTAINS"
    IMPORTS = "IMPORTS"
    CALLS = "CALLS"
    INHERITS = "INHERITS"
    IMPLEMENTS = "IMPLEMENTS"
    OVERRIDES = "OVERRIDES"
    REFERENCES = "REFERENCES"
    DECORATES = "DECORATES"
    TESTS = "TESTS"


class Resolution(StrEnum):
    """How the target of an edge was found.

    ``exact``: by scope, import or declared type. ``inferred``: by type inference or hierarchy.
    ``candidate``: by name and arity alone, one of several possible targets.
    """

    EXACT = "exact"
    INFERRED = "inferred"
    CANDIDATE = "candidate"


class SymbolFlag(IntEnum):
    """Bits of :attr:`Symbol.flags`."""

    TEST = 1
    GENERATED = 2
    ABSTRACT = 4
    STATIC = 8
    ASYNC = 16
    PRIVATE = 32
    EXPORTED = 64
    ENTRY_POINT = 128


class Symbol(NamedTuple):
    """A named thing in code.

    ``id`` is ``path`` for a module, ``path::Qualified.name`` for what a module holds (``~2``, ``~3`` … added to
    later definitions of the same name in the same place), ``external:package.name`` outside the project.
    Lines are 1-based and inclusive; 0 for an external symbol. ``name_line`` is the line of the name itself, which
    differs from ``line`` when decorators or annotations stand first. A named tuple, as edges and chunks are.
    """

    id: str
    kind: SymbolKind
    name: str
    file: str
    line: int
    end_line: int
    name_line: int
    parent: str
    language: str
    signature: str = ""
    doc: str = ""
    arity: int = -1
    flags: int = 0

    @property
    def qualified_name(self) -> str:
        """The name dotted inside its file: ``Class.method``; empty for a module, whole for what was inserted."""
        if not self.language and "::" not in self.id and self.kind != SymbolKind.EXTERNAL:
            return self.id
        return _COUNTER.sub("", self.id.partition("::")[2])


class Edge(NamedTuple):
    """A directed, typed link, with the file and the lines (1-based, ascending) of the sites that prove it.

    ``count`` is the number of sites, ``lines`` their distinct lines. A named tuple, since a graph has many times
    more edges than anything else: it is made, sent and read in a fraction of the time.
    """

    kind: str
    source: str
    target: str
    file: str
    lines: tuple[int, ...]
    count: int  # type: ignore[assignment]  # the sites, not the method of tuples
    resolution: Resolution


@dataclass(frozen=True, slots=True)
class UnresolvedCall:
    """A call site whose target is not known: ``name`` is the last name of the callee expression."""

    name: str
    source: str
    file: str
    line: int
    arity: int


class Chunk(NamedTuple):
    """A span of source text that retrieval may quote. Lines are 1-based and inclusive."""

    id: str
    file: str
    start_line: int
    end_line: int
    text: str
    symbol: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file that did not stop the index. ``line`` is 1-based, 0 for the whole file."""

    file: str
    line: int
    reason: str


def module_id(path: str) -> str:
    """The id of the module symbol of the file at ``path`` (relative, with ``/``)."""
    return path


def external_id(qualified: str) -> str:
    """The id of a symbol outside the project, e.g. ``external:requests.get``."""
    return f"external:{qualified}"

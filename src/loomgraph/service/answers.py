"""What use cases answer with: plain, frozen data, and how it becomes JSON.

The answers of structural questions come from below and are named here again, so that a surface needs nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any

from loomgraph.model import Problem, Symbol, SymbolFlag
from loomgraph.retrieve.answer import Answer, Entity, Followed, Hit, Hits, Passage, Relation
from loomgraph.store.answers import (
    Cycles,
    Found,
    Hierarchy,
    Hop,
    Impact,
    Reached,
    Relations,
    Route,
    Shown,
    Unresolved,
    UnusedAnswer,
)
from loomgraph.store.base import Counts

__all__ = [
    "SAYS",
    "Answer", "Check", "Counts", "Cycles", "DoctorReport", "Entity", "Fact", "Filled", "Followed", "Found", "Hierarchy",
    "Hit", "Hits", "Hop", "Impact", "Imported", "IndexSummary", "Passage", "ProjectInfo", "Reached", "Relation",
    "Relations", "Route", "Shown", "Stats", "Symbol", "Unresolved", "UnusedAnswer", "Written", "plain",
]  # fmt: skip

# What an edge says, read from its target ("in") and from its source ("out").
SAYS = {
    "CALLS": ("called by", "calls"),
    "REFERENCES": ("referred to by", "refers to"),
    "IMPORTS": ("imported by", "imports"),
    "INHERITS": ("base of", "derives from"),
    "IMPLEMENTS": ("implemented by", "implements"),
    "OVERRIDES": ("overridden by", "overrides"),
    "DECORATES": ("decorated by", "decorates"),
    "TESTS": ("tested by", "tests"),
    "CONTAINS": ("in", "holds"),
}


@dataclass(frozen=True, slots=True)
class ProjectInfo:
    """A project and the size of its graph; ``problem`` says why the graph cannot be read, if it cannot."""

    name: str
    root: str
    graph: str
    created: str
    indexed: str
    bytes: int
    files: int
    symbols: int
    edges: int
    problem: str = ""
    engine: str = "native"


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What an index did, and what the graph holds now."""

    project: str
    root: str
    new: bool
    up_to_date: bool
    added: int
    changed: int
    deleted: int
    unchanged: int
    resolved: int
    skipped: dict[str, int]
    problems: tuple[Problem, ...]
    counts: Counts
    seconds: float
    phases: dict[str, float]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filled:
    """What vectors a server gave a project: of how many files, how many still have none, and how many texts it took
    only in part."""

    project: str
    files: int
    missing: int
    shortened: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Stats:
    """What a graph holds."""

    project: str
    root: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Written:
    """What an export wrote to a file."""

    project: str
    format: str
    path: str
    lines: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import read."""

    project: str
    new: bool
    files: int
    symbols: int
    edges: int
    chunks: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied, and where it lies now."""

    project: str
    copy: str
    place: str
    files: int
    symbols: int
    edges: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the doctor's report about the installation and the settings."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Check:
    """What the doctor found out about one project."""

    project: str
    ok: bool
    detail: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """What the doctor found out about one server: of models, or the database."""

    server: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """All the doctor has to say; ``exit`` is the exit code of a command that shows it."""

    facts: tuple[Fact, ...]
    checks: tuple[Check, ...]
    exit: int
    trials: tuple[Trial, ...] = ()


class Document(dict[str, Any]):
    """An answer that is made of JSON types already: nothing in it need be looked at."""


_JSON = frozenset({str, int, float, bool, type(None)})


def plain(value: Any) -> object:
    """An answer as JSON types: the same on every surface."""
    if value.__class__ in _JSON or value.__class__ is Document:
        return value
    if value.__class__ is dict:  # rows are many, and most of what is in them is JSON
        return {
            key if key.__class__ is str else str(key): item if item.__class__ in _JSON else plain(item)
            for key, item in value.items()
        }
    if isinstance(value, Symbol):
        return _symbol(value)
    if isinstance(value, Counts):
        return {name: dict(item) if isinstance(item, list) else item for name, item in _fields(value).items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: _named(name, plain(item)) for name, item in zip(value._fields, value, strict=True)}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, PurePath) else value


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: _named(field.name, plain(getattr(value, field.name))) for field in fields(value)}


def _named(name: str, value: Any) -> Any:
    return shown_file(value) if name in ("file", "path") and isinstance(value, str) else value


def shown_file(file: str) -> str:
    """A file as answers name it: rows without a source lie in files that nobody wrote."""
    if not file.startswith("custom_kg/"):
        return file
    from loomgraph import knowledge  # only where there are such rows

    return knowledge.shown_file(file)


def _symbol(symbol: Symbol) -> dict[str, object]:
    """A symbol with its name dotted inside the file, and its flags in words."""
    found = {name: _named(name, plain(item)) for name, item in symbol._asdict().items()}
    found["qualified_name"] = symbol.qualified_name
    found["flags"] = [flag.name.lower() for flag in SymbolFlag if symbol.flags & flag]
    return found

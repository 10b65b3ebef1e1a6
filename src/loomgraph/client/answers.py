"""What servers answer, typed: fields that a server adds later are left aside, those it lacks are empty.

This module must not know how an answer comes.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class Symbol(Struct, frozen=True):
    """A named thing in code."""

    id: str
    kind: str
    name: str
    file: str = ""
    line: int = 0
    end_line: int = 0
    name_line: int = 0
    qualified_name: str = ""
    language: str = ""
    signature: str = ""
    doc: str = ""
    parent: str = ""
    arity: int = -1
    flags: list[str] = []


class Edge(Struct, frozen=True):
    """A directed link, with the lines that prove it."""

    kind: str
    source: str
    target: str
    file: str = ""
    lines: list[int] = []
    count: int = 1
    resolution: str = "exact"


class Place(Struct, frozen=True):
    """A line of a file."""

    file: str
    line: int


class Unresolved(Struct, frozen=True):
    """Call sites that may concern an answer, target unknown."""

    names: list[str] = []
    count: int = 0
    places: list[Place] = []


class Hop(Struct, frozen=True):
    """A symbol reached, at its least distance."""

    symbol: Symbol
    depth: int
    resolution: str = "exact"
    edges: list[Edge] = []
    widened: bool = False


class Reached(Struct, frozen=True):
    """Callers or callees, nearest first."""

    symbol: Symbol
    direction: str
    depth: int
    total: int
    hops: list[Hop]
    unresolved: Unresolved = Unresolved()


class Found(Struct, frozen=True):
    """Symbols by name, best first."""

    text: str
    total: int
    symbols: list[Symbol]


class Relations(Struct, frozen=True):
    """Edges of one kind at a symbol, in one direction."""

    kind: str
    direction: str
    count: int
    edges: list[Edge]


class Chunk(Struct, frozen=True):
    """Quoted source."""

    id: str
    file: str
    start_line: int
    end_line: int
    text: str
    symbol: str = ""


class Shown(Struct, frozen=True):
    """One symbol with all that it is related to."""

    symbol: Symbol
    members: list[Symbol] = []
    relations: list[Relations] = []
    chunks: list[Chunk] = []
    unresolved: Unresolved = Unresolved()


class Route(Struct, frozen=True):
    """The shortest way from one symbol to another; no symbols when none leads."""

    source: Symbol
    target: Symbol
    symbols: list[Symbol] = []
    edges: list[Edge] = []
    widened: list[bool] = []
    resolution: str = "exact"
    unresolved: Unresolved = Unresolved()


class Impact(Struct, frozen=True):
    """What a change may affect, and the tests among it."""

    changed: list[Symbol]
    affected: list[Hop]
    total: int
    tests: list[Hop] = []
    test_files: list[str] = []
    files: list[str] = []
    unknown: list[str] = []
    unresolved: Unresolved = Unresolved()


class Hierarchy(Struct, frozen=True):
    """What a class derives from, and what derives from it."""

    symbol: Symbol
    bases: list[Hop]
    derived: list[Hop]


class Hit(Struct, frozen=True):
    """One result of a search."""

    project: str
    file: str
    start_line: int
    end_line: int
    score: float
    symbol: Symbol | None = None
    snippet_line: int = 0
    snippet: str = ""
    signals: dict[str, float] = {}


class Hits(Struct, frozen=True):
    """The results of a search, best first."""

    question: str
    mode: str
    projects: list[str]
    results: list[Hit]
    signals: list[str] = []
    nearest: list[str] = []
    notes: list[str] = []


class Counts(Struct, frozen=True):
    """How much a graph holds."""

    files: int = 0
    symbols: int = 0
    externals: int = 0
    edges: int = 0
    unresolved: int = 0
    chunks: int = 0
    problems: int = 0
    symbols_by_kind: dict[str, int] = {}
    edges_by_kind: dict[str, int] = {}
    edges_by_resolution: dict[str, int] = {}
    files_by_language: dict[str, int] = {}


class Stats(Struct, frozen=True):
    """What a graph holds."""

    project: str
    counts: Counts
    root: str = ""


class ProjectInfo(Struct, frozen=True):
    """A project and the size of its graph."""

    name: str
    root: str = ""
    created: str = ""
    indexed: str = ""
    bytes: int = 0
    files: int = 0
    symbols: int = 0
    edges: int = 0
    problem: str = ""
    engine: str = ""


class Health(Struct, frozen=True):
    """How a server or a project is; ``error`` says why it could not be asked. ``rest`` is all that it said."""

    status: str
    error: str = ""
    rest: dict[str, Any] = {}

    @property
    def healthy(self) -> bool:
        return self.status == "healthy"


class Inserted(Struct, frozen=True, rename={"chunks": "chunks_count", "entities": "entities_count",
                                            "relationships": "relationships_count"}):  # fmt: skip
    """What an insert held; ``notes`` say what the project's engine does not hold as it was given."""

    chunks: int = 0
    entities: int = 0
    relationships: int = 0
    workspace: str = ""
    notes: tuple[str, ...] = ()


class Deleted(Struct, frozen=True):
    """What a deletion took away."""

    entities: int = 0
    relations: int = 0
    chunks: int = 0


class Reference(Struct, frozen=True):
    """A file that an answer rests on."""

    reference_id: str = ""
    file_path: str = ""
    content: list[str] | None = None


class QueryAnswer(Struct, frozen=True):
    """An answer in words."""

    response: str
    references: list[Reference] | None = None
    response_time: float | None = None
    llm_generated: bool = True
    notes: list[str] = []


class Piece(Struct, frozen=True):
    """One line of an answer that streams: references first, then words; ``error`` when it broke off."""

    response: str = ""
    references: list[Reference] | None = None
    error: str = ""


class QueryData(Struct, frozen=True):
    """What an answer would rest on, as LightRAG gives it."""

    status: str = ""
    message: str = ""
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}

    @property
    def entities(self) -> list[dict[str, Any]]:
        return list(self.data.get("entities", []))

    @property
    def relationships(self) -> list[dict[str, Any]]:
        return list(self.data.get("relationships", []))

    @property
    def chunks(self) -> list[dict[str, Any]]:
        return list(self.data.get("chunks", []))


class PushPlan(Struct, frozen=True):
    """What a push lacks."""

    plan: str
    files: int
    lacks: list[str]
    bytes: int = 0


class PushReceived(Struct, frozen=True):
    """How many contents came, and how many lack still."""

    received: int
    lacks: int


class Pushed(Struct, frozen=True):
    """What a push did, and what the graph holds now."""

    project: str
    new: bool = False
    up_to_date: bool = False
    added: int = 0
    changed: int = 0
    deleted: int = 0
    unchanged: int = 0
    resolved: int = 0
    skipped: dict[str, int] = {}
    problems: list[Any] = []
    counts: Counts = field(default_factory=Counts)
    seconds: float = 0.0

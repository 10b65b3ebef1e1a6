"""The answer to a question, as one typed object: plain frozen data, in the order in which it should be shown.

Its parts are named tuples, since it has dozens of them, each made as it is found and again with its reference's number.
It must not know how an answer is found, shown or sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from loomgraph.model import Resolution, Symbol
from loomgraph.store.answers import Reached


class Entity(NamedTuple):
    """A symbol that answers. ``doc`` are the first lines of its documentation; scores compare within one answer."""

    project: str
    symbol: Symbol
    doc: str
    score: float
    reference: str


class Relation(NamedTuple):
    """An edge at a symbol that answers, with the first line that proves it and how many sites there are."""

    project: str
    kind: str
    source: str
    target: str
    file: str
    line: int
    count: int  # type: ignore[assignment]  # the sites, not the method of tuples
    resolution: Resolution
    score: float
    reference: str


class Passage(NamedTuple):
    """Quoted source. ``text`` is that of the lines alone; ``signals`` say where the score comes from."""

    project: str
    file: str
    start_line: int
    end_line: int
    text: str
    symbol: Symbol | None
    score: float
    signals: dict[str, float]
    reference: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A file that the answer rests on, by the number that its parts name it by."""

    id: str
    project: str
    file: str


@dataclass(frozen=True, slots=True)
class Followed:
    """What the graph itself says to "who calls X", "what does X use", "what inherits from X" and the like."""

    project: str
    asks: str  # callers, callees, users, uses, subtypes, bases, overriders, overridden
    reached: Reached


@dataclass(frozen=True, slots=True)
class Citation:
    """A place that the words of a model cite: the number of a reference, and the lines of it that the model read."""

    reference: str
    project: str
    file: str
    lines: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Worded:
    """What a language model made of an answer.

    ``citations`` are those of its words that name a reference, each once, in their order; ``dropped`` counts those that
    name nothing it had read, which were taken out. ``finish`` is "stop", or why the words end early.
    """

    text: str
    model: str
    citations: tuple[Citation, ...] = ()
    dropped: int = 0
    finish: str = "stop"


@dataclass(frozen=True, slots=True)
class Tokens:
    """How many tokens the parts of an answer take in its context."""

    entities: int = 0
    relations: int = 0
    passages: int = 0
    graph: int = 0  # what the graph says itself

    @property
    def total(self) -> int:
        return self.graph + self.entities + self.relations + self.passages


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything found to a question.

    ``signals`` are those that were there to be used: lexical, semantic, graph; ``notes`` say why one was not.
    ``nearest`` are names that are near to what the question names, when nothing matches. ``worded`` is there when a
    language model was asked and answered.
    """

    question: str
    mode: str
    projects: tuple[str, ...]
    signals: tuple[str, ...]
    followed: tuple[Followed, ...] = ()
    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()
    passages: tuple[Passage, ...] = ()
    references: tuple[Reference, ...] = ()
    nearest: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    tokens: Tokens = Tokens()
    worded: Worded | None = None

    @property
    def found(self) -> bool:
        """Whether there is any answer at all."""
        return bool(self.followed or self.entities or self.relations or self.passages)


@dataclass(frozen=True, slots=True)
class Hit:
    """One result of a search: a definition or a passage, with the lines of it that fit the question best."""

    project: str
    file: str
    start_line: int
    end_line: int
    symbol: Symbol | None
    snippet_line: int
    snippet: str
    score: float
    signals: dict[str, float]


@dataclass(frozen=True, slots=True)
class Hits:
    """The results of a search, best first."""

    question: str
    mode: str
    projects: tuple[str, ...]
    signals: tuple[str, ...]
    results: tuple[Hit, ...]
    nearest: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

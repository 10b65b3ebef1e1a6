"""How the answers to questions in plain language read as text.

This module must not know how an answer was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from loomgraph.cli.output import Text
from loomgraph.cli.rendering import View, bare, hop_row, name_of
from loomgraph.model import Symbol
from loomgraph.service.answers import SAYS

if TYPE_CHECKING:
    from loomgraph.service.answers import Answer, Entity, Followed, Hit, Hits, Relation

    Quoted = Callable[[str], str]

_QUOTED = 3  # passages that ask quotes
_LINES = 12  # lines of each
_SIGNATURE = 110  # letters
_ENTITIES = 8
_OF_ENTITY = 4  # kinds of relations a symbol shows
_ENDS = 3  # names in each

_FOLLOWED = {
    "callers": "called by", "callees": "calls", "users": "used by", "uses": "uses", "subtypes": "base of",
    "bases": "derives from", "overriders": "overridden by", "overridden": "overrides",
}  # fmt: skip


class _Views:
    """One view a project, and its name before places when there are several."""

    def __init__(self, text: Text, roots: Mapping[str, str], here: str) -> None:
        self.text = text
        self._views = {name: View(text, root, here) for name, root in roots.items()}
        self._several = len(roots) > 1

    def of(self, project: str) -> View:
        return self._views[project]

    def label(self, project: str) -> str:
        return self.text.style(f"{project}  ", "good") if self._several else ""

    def place(self, project: str, file: str, line: int) -> str:
        return self.label(project) + self.text.style(self._views[project].place(file, line), "place")


def hits(text: Text, roots: Mapping[str, str], here: str, found: Hits) -> None:
    """``search``."""
    views = _Views(text, roots, here)
    for number, hit in enumerate(found.results):
        if number:
            text.line()
        _hit(views, hit)
    _rest(text, found.question, bool(found.results), found.notes, found.nearest)


def _hit(views: _Views, hit: Hit) -> None:
    text, symbol = views.text, hit.symbol
    line = symbol.name_line if symbol and hit.start_line <= symbol.name_line <= hit.end_line else hit.start_line
    _head(views, views.place(hit.project, hit.file, line), symbol)
    snippet = hit.snippet.splitlines()
    if symbol and symbol.signature and hit.snippet_line > symbol.name_line:
        text.line("  " + text.style(_short(symbol.signature), "weak"))
    _source(text, snippet, hit.snippet_line)


def _head(views: _Views, place: str, symbol: Symbol | None) -> None:
    style = views.text.style
    name = f"  {style(name_of(symbol), 'name')}  {style(str(symbol.kind), 'weak')}" if symbol else ""
    views.text.line(place + name)


def _source(text: Text, lines: Sequence[str], first: int) -> None:
    for number, line in enumerate(lines, first):
        text.line(f"{text.style(f'{number:5}', 'weak')}  {text.style(line, 'plain')}".rstrip())


def answer(text: Text, roots: Mapping[str, str], here: str, found: Answer) -> None:
    """``ask``."""
    views = _Views(text, roots, here)
    for followed in found.followed:
        _followed(views, followed)
    for entity in found.entities[:_ENTITIES]:
        _entity(views, entity, found.relations)
    if not found.entities and found.relations:
        _relations(views, found.relations)
    for passage in found.passages[:_QUOTED]:
        text.line(views.place(passage.project, passage.file, passage.start_line))
        lines = passage.text.splitlines()
        _source(text, lines[:_LINES], passage.start_line)
        if len(lines) > _LINES:
            text.note(f"       … to line {passage.end_line}")
        text.line()
    _others(views, found)
    _rest(text, found.question, found.found, found.notes, found.nearest)


def citations(text: Text, roots: Mapping[str, str], here: str, found: Answer) -> None:
    """The places that a model's words cite, and what is to be said of them."""
    views = _Views(text, roots, here)
    worded = found.worded
    if worded is None:
        return
    text.line()
    for one in worded.citations:
        first = one.lines[0][0] if one.lines else 0
        spans = ", ".join(str(start) if start == end else f"{start}-{end}" for start, end in one.lines)
        more = f"  {text.style(f'lines {spans}', 'weak')}" if spans else ""
        text.line(f"[{one.reference}] {views.place(one.project, one.file, first)}{more}")
    if not worded.citations:
        text.note("the answer cites nothing: check it before you rely on it")
    if worded.dropped:
        text.note(f"{worded.dropped} citations of what the model had not read were left out")
    if worded.finish == "length":
        text.note("the answer is cut off: the setting llm_max_tokens (or the server's) is too small for it")
    for note in found.notes:
        text.note(note)


def _followed(views: _Views, followed: Followed) -> None:
    text, reached = views.text, followed.reached
    view = views.of(followed.project)
    inward = reached.direction == "in"
    count = f"{reached.total:,}" if reached.total else "nothing"
    label = views.label(followed.project)
    name, place = text.style(name_of(reached.symbol), "name"), text.style(view.where(reached.symbol), "place")
    text.line(f"{label}{name}  {place}  {text.style(f'{_FOLLOWED[followed.asks]} {count}', 'plain')}")
    text.table((hop_row(view, hop, inward, hop.depth > 1) for hop in reached.hops), indent=2)
    if reached.total > len(reached.hops):
        text.note(f"  and {reached.total - len(reached.hops):,} more")
    if inward and reached.unresolved.count:
        text.note(f"  {reached.unresolved.count:,} calls of that name could not be resolved")
    text.line()


def _entity(views: _Views, entity: Entity, relations: Sequence[Relation]) -> None:
    text, symbol = views.text, entity.symbol
    _head(views, views.label(entity.project) + text.style(views.of(entity.project).where(symbol), "place"), symbol)
    if symbol.signature:
        text.line("  " + text.style(_short(symbol.signature), "plain"))
    for line in entity.doc.splitlines():
        text.line("  " + text.style(line, "weak"))
    for line in _strongest(entity, relations):
        text.line("  " + text.style(line, "plain"))
    text.line()


def _strongest(entity: Entity, relations: Iterable[Relation]) -> list[str]:
    """A line for each of the strongest kinds of relations at a symbol, with the names at the other end."""
    said: dict[str, dict[str, None]] = {}
    for one in relations:
        if one.project == entity.project and entity.symbol.id in (one.source, one.target):
            inward = one.target == entity.symbol.id
            says = SAYS.get(one.kind, (f"{one.kind} of", one.kind))[0 if inward else 1]
            said.setdefault(says, {}).setdefault(bare(one.source if inward else one.target))
    lines = []
    for says, names in list(said.items())[:_OF_ENTITY]:
        more = f" and {len(names) - _ENDS} more" if len(names) > _ENDS else ""
        lines.append(f"{says} {', '.join(list(names)[:_ENDS])}{more}")
    return lines


def _relations(views: _Views, relations: Sequence[Relation]) -> None:
    rows = [
        [(views.of(one.project).place(one.file, one.line), "place"), (bare(one.source), "name"),
         (SAYS.get(one.kind, ("", one.kind))[1], "weak"), (bare(one.target), "name")]
        for one in relations
    ]  # fmt: skip
    views.text.table(rows)
    views.text.line()


def _others(views: _Views, found: Answer) -> None:
    """The places of what is not quoted."""
    rest = found.passages[_QUOTED:]
    if rest:
        views.text.note("also")
        for one in rest:
            name = f"  {views.text.style(name_of(one.symbol), 'name')}" if one.symbol else ""
            views.text.line(f"  {views.place(one.project, one.file, one.start_line)}{name}")


def _rest(text: Text, question: str, some: bool, notes: Sequence[str], nearest: Sequence[str]) -> None:
    if not some:
        text.line(f"nothing matches {_short(question)!r}")
    for note in notes:
        text.note(note)
    if nearest:
        text.note("nearest names:")
        text.table(([(name, "name")] for name in nearest), indent=2)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SIGNATURE else line[: _SIGNATURE - 1] + "…"

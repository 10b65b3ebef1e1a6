"""How answers of structural questions read as text: one function for each kind of answer.

A place is ``path:line``, which terminals and editors open; a path is shown as seen from the current folder when that
lies below the project's root. This module must not know how an answer was found.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from loomgraph.cli.output import Text
from loomgraph.model import Edge, Resolution, Symbol, SymbolKind
from loomgraph.service.answers import SAYS, shown_file

if TYPE_CHECKING:
    from loomgraph.service.answers import (
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

Cell = tuple[str, str]
_MOST_NAMES = 3
_MOST_CHANGED = 20


class View:
    """Where text goes, and how paths are shown."""

    def __init__(self, text: Text, root: str, here: str) -> None:
        self.text = text
        inside = os.path.relpath(here, root) if root else "."
        self._up = "" if inside == "." or inside.startswith(os.pardir) else inside

    def path(self, file: str) -> str:
        """A path of the project as seen from the current folder."""
        file = shown_file(file)
        return os.path.relpath(file, self._up) if self._up and file else file

    def place(self, file: str, line: int) -> str:
        return f"{self.path(file)}:{line}" if line else self.path(file)

    def where(self, symbol: Symbol) -> str:
        """The place of a symbol's name."""
        return self.place(symbol.file, symbol.name_line) if symbol.file else "(outside)"

    def head(self, symbol: Symbol) -> None:
        """The symbol that an answer is about."""
        style = self.text.style
        place = f"  {style(self.where(symbol), 'place')}" if symbol.kind != SymbolKind.MODULE else ""
        self.text.line(f"{style(name_of(symbol), 'name')}{place}  {style(str(symbol.kind), 'weak')}")

    def title(self, text: str) -> None:
        self.text.line()
        self.text.line(text)


def name_of(symbol: Symbol) -> str:
    """The name to show: dotted inside the file, the path for a module, the whole name of what is outside."""
    if symbol.kind == SymbolKind.EXTERNAL:
        return symbol.id.partition(":")[2]
    return symbol.qualified_name or symbol.id


def _row_name(symbol: Symbol) -> str:
    """The name in a row that begins with the place: a module's path stands there already."""
    return symbol.name if symbol.kind == SymbolKind.MODULE else name_of(symbol)


def bare(symbol_id: str) -> str:
    """The name to show of a symbol that only its id is known of."""
    if symbol_id.startswith("external:"):
        return symbol_id.partition(":")[2]
    return symbol_id.partition("::")[2] or symbol_id


def _sure(resolution: Resolution, widened: bool = False) -> Cell:
    """How sure an item is: what is not exact stands out."""
    word = f"{resolution}, by override" if widened else str(resolution)
    return word, "bad" if resolution == Resolution.CANDIDATE else "weak"


def _some(names: Sequence[str]) -> str:
    """A few names in words."""
    if len(names) > _MOST_NAMES:
        return f"{', '.join(names[:_MOST_NAMES])} or {len(names) - _MOST_NAMES} other names"
    return " or ".join(names) or "such a name"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _unresolved(view: View, unresolved: Unresolved, where: str = "") -> None:
    """What an answer may lack; said even when it lacks nothing. ``where`` is for calls made, not calls of a name."""
    names = where or f"of {_some(unresolved.names)}"
    if not unresolved.count:
        view.text.note(f"every call {names} is resolved")
        return
    view.text.note(f"{_count(unresolved.count, 'call')} {names} could not be resolved:")
    view.text.table(([(view.place(place.file, place.line), "weak")] for place in unresolved.places), indent=2)
    more = unresolved.count - len(unresolved.places)
    if more > 0:
        view.text.note(f"  and {more:,} more")


# -- find, show -----------------------------------------------------------------------------------------------------


def found(view: View, answer: Found) -> None:
    """``find``."""
    if not answer.symbols:
        view.text.line(f"no symbol has {answer.text!r} in its name")
        return
    view.text.table(_symbol_row(view, symbol) for symbol in answer.symbols)
    if answer.total > len(answer.symbols):
        view.text.note(f"and {answer.total - len(answer.symbols):,} more: --limit 0 shows all")


def _symbol_row(view: View, symbol: Symbol) -> list[Cell]:
    return [(view.where(symbol), "place"), (_row_name(symbol), "name"), (str(symbol.kind), "weak")]


def shown(view: View, answer: Shown) -> None:
    """``show``."""
    symbol, text = answer.symbol, view.text
    view.head(symbol)
    text.line(text.style(symbol.id, "weak"))
    for part in (symbol.signature, symbol.doc):
        if part:
            text.line()
            for line in part.splitlines():
                text.line(f"  {text.style(line, 'plain')}".rstrip())
    if answer.members:
        view.title(f"holds {len(answer.members):,}")
        text.table((_symbol_row(view, member) for member in answer.members), indent=2)
    for relations in answer.relations:
        if relations.kind != "CONTAINS":
            _relations(view, relations)
    text.line()
    _unresolved(view, answer.unresolved)


def _relations(view: View, relations: Relations) -> None:
    inward = relations.direction == "in"
    says = SAYS.get(relations.kind, (f"{relations.kind} of", relations.kind))[0 if inward else 1]
    view.title(f"{says} {relations.count:,}")
    rows = (
        [_site(view, edge), (bare(edge.source if inward else edge.target), "name"), _sure(edge.resolution)]
        for edge in relations.edges
    )
    view.text.table(rows, indent=2)
    if relations.count > len(relations.edges):
        view.text.note(f"  and {relations.count - len(relations.edges):,} more")


def _site(view: View, edge: Edge) -> Cell:
    """The first line that proves an edge, and how many more there are."""
    more = f" +{len(edge.lines) - 1}" if len(edge.lines) > 1 else ""
    return view.place(edge.file, edge.lines[0] if edge.lines else 0) + more, "place"


def shown_with_source(view: View, answer: Shown) -> None:
    """``show --source``."""
    shown(view, answer)
    symbol = answer.symbol
    for chunk in answer.chunks:
        view.title(view.text.style(view.place(chunk.file, max(chunk.start_line, symbol.line)), "place"))
        lines = chunk.text.splitlines()
        extra = max(0, len(lines) - (chunk.end_line - chunk.start_line + 1))  # a heading repeated above a part
        for number, line in enumerate(lines[extra:], chunk.start_line):
            if symbol.line <= number <= symbol.end_line:
                view.text.line(f"{view.text.style(f'{number:5}', 'weak')}  {view.text.style(line, 'plain')}")


# -- callers, callees -----------------------------------------------------------------------------------------------


def reached(view: View, answer: Reached) -> None:
    """``callers`` and ``callees``."""
    inward = answer.direction == "in"
    view.head(answer.symbol)
    word = "caller" if inward else "callee"
    for depth in sorted({hop.depth for hop in answer.hops}):
        hops = [hop for hop in answer.hops if hop.depth == depth]
        steps = "" if answer.depth == 1 else f", {_count(depth, 'step')} away"
        view.title(f"{_count(len(hops), word)}{steps}")
        view.text.table((hop_row(view, hop, inward, depth > 1) for hop in hops), indent=2)
    if not answer.hops:
        view.title(f"no {word}s")
    elif answer.total > len(answer.hops):
        view.text.note(f"and {answer.total - len(answer.hops):,} more: --limit 0 shows all")
    view.text.line()
    _unresolved(view, answer.unresolved, "" if inward else "that it makes")


def hop_row(view: View, hop: Hop, inward: bool, via: bool) -> list[Cell]:
    """One symbol reached: a caller by the place of its call, a callee by the place of its definition."""
    edge = hop.edges[0] if hop.edges else None
    sites = sum(max(1, len(one.lines)) for one in hop.edges)
    more = f" +{sites - 1}" if sites > 1 else ""
    place = (
        view.place(edge.file, edge.lines[0] if edge.lines else 0) + more if inward and edge else view.where(hop.symbol)
    )
    row = [(place, "place"), (_row_name(hop.symbol), "name"), _sure(hop.resolution, hop.widened)]
    if via and edge:
        row.append((f"{'→' if inward else '←'} {bare(edge.target if inward else edge.source)}", "weak"))
    return row


# -- path -----------------------------------------------------------------------------------------------------------


def route(view: View, answer: Route) -> None:
    """``path``."""
    text = view.text
    if not answer.symbols:
        text.line(f"nothing leads from {name_of(answer.source)} to {name_of(answer.target)}")
        _unresolved(view, answer.unresolved)
        return
    rows: list[list[Cell]] = [_symbol_row(view, answer.symbols[0])[:2]]
    for symbol, edge, widened in zip(answer.symbols[1:], answer.edges, answer.widened, strict=True):
        says = SAYS.get(edge.kind, ("", edge.kind))[1]
        line = f"line {edge.lines[0]}" if edge.lines else ""
        rows.append(
            [
                *_symbol_row(view, symbol)[:2],
                (f"{says}, {line}" if line else says, "weak"),
                _sure(edge.resolution, widened),
            ]
        )
    text.table(rows)
    text.line()
    text.note(f"{_count(len(answer.edges), 'step')}, {answer.resolution}")
    _unresolved(view, answer.unresolved)


# -- impact ---------------------------------------------------------------------------------------------------------


def impact(view: View, answer: Impact) -> None:
    """``impact``."""
    text = view.text
    if not answer.changed and not answer.unknown:
        text.line("nothing changed")
        return
    text.line(f"{_count(len(answer.changed), 'changed symbol')}")
    text.table((_symbol_row(view, symbol) for symbol in answer.changed[:_MOST_CHANGED]), indent=2)
    if len(answer.changed) > _MOST_CHANGED:
        text.note(f"  and {len(answer.changed) - _MOST_CHANGED:,} more")
    for depth in sorted({hop.depth for hop in answer.affected}):
        hops = [hop for hop in answer.affected if hop.depth == depth]
        view.title(f"{_count(len(hops), 'symbol')} affected, {_count(depth, 'step')} away")
        text.table((hop_row(view, hop, True, depth > 1) for hop in hops), indent=2)
    if not answer.affected:
        view.title("nothing else is affected")
    elif answer.total > len(answer.affected):
        text.note(f"and {answer.total - len(answer.affected):,} more: --limit 0 shows all")
    _lines(view, "tests to run", answer.test_files)
    _lines(view, "changed files that the graph does not hold", answer.unknown)
    text.line()
    _unresolved(view, answer.unresolved)


def _lines(view: View, title: str, paths: Sequence[str]) -> None:
    if paths:
        view.title(title)
        view.text.table(([(view.path(path), "place")] for path in paths), indent=2)


# -- hierarchy ------------------------------------------------------------------------------------------------------


def hierarchy(view: View, answer: Hierarchy) -> None:
    """``hierarchy``: bases above, the symbol, what derives from it below, each a step further in."""
    view.head(answer.symbol)
    for title, none, hops, nearer in (
        ("bases", "no bases", answer.bases, lambda edge: edge.source),
        ("derived", "nothing derives from it", answer.derived, lambda edge: edge.target),
    ):
        view.title(title if hops else none)
        view.text.table(_tree(view, answer.symbol.id, hops, nearer), indent=2)


def _tree(view: View, top: str, hops: Sequence[Hop], nearer: Callable[[Edge], str]) -> Iterable[list[Cell]]:
    """Hops as an indented tree: each below the first nearer symbol that it hangs on."""
    below: dict[str, list[Hop]] = {}
    for hop in hops:
        below.setdefault(nearer(hop.edges[0]) if hop.edges else top, []).append(hop)

    def rows(at: str, level: int) -> Iterable[list[Cell]]:
        for hop in below.pop(at, ()):
            symbol = hop.symbol
            yield [("  " * level + name_of(symbol), "name"), (view.where(symbol), "place"), _sure(hop.resolution)]
            yield from rows(symbol.id, level + 1)

    yield from rows(top, 0)


# -- cycles, unused -------------------------------------------------------------------------------------------------


def cycles(view: View, answer: Cycles) -> None:
    """``cycles``."""
    one = "file" if answer.level == "files" else "symbol"
    view.text.line(
        f"{_count(answer.total, 'cycle')} of {answer.level}" if answer.total else f"no cycles of {answer.level}"
    )
    for cycle in answer.cycles:
        view.title(_count(len(cycle.members), one))
        rows = _links(view, cycle.edges, answer.level == "files")
        view.text.table(rows, indent=2)
    if answer.total > len(answer.cycles):
        view.text.note(f"and {answer.total - len(answer.cycles):,} more: --limit 0 shows all")


def _links(view: View, edges: Sequence[Edge], files: bool) -> Iterable[list[Cell]]:
    """The edges of a cycle, between files one for each two."""
    seen: set[tuple[str, str]] = set()
    for edge in edges:
        ends = (edge.source.partition("::")[0], edge.target.partition("::")[0]) if files else (edge.source, edge.target)
        if ends not in seen:
            seen.add(ends)
            says = SAYS.get(edge.kind, ("", edge.kind))[1]
            yield [_site(view, edge), (bare(ends[0]), "name"), (says, "weak"), (bare(ends[1]), "name")]


def unused(view: View, answer: UnusedAnswer) -> None:
    """``unused``."""
    if not answer.items:
        view.text.line("everything is referred to")
        return
    view.text.table(
        [*_symbol_row(view, item.symbol), ("; ".join(_doubts(item.doubts, item.unresolved)), "bad")]
        for item in answer.items
    )
    view.text.line()
    view.text.note(f"{_count(answer.total, 'definition')} that nothing in the graph refers to")
    if answer.total > len(answer.items):
        view.text.note(f"{answer.total - len(answer.items):,} of them left out: --limit 0 shows all")


def _doubts(doubts: Sequence[str], unresolved: int) -> list[str]:
    calls = [f"{_count(unresolved, 'unresolved call')} of its name"] if unresolved else []
    return [*doubts, *calls]

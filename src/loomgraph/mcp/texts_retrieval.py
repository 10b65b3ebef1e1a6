"""How the answers to questions in plain language read to an agent.

This module must not know how an answer was found, nor how much of it fits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loomgraph.mcp.sheet import Sheet
from loomgraph.mcp.texts import bare, name_of, one_line, plain_hop, plain_symbol, says, site, where

if TYPE_CHECKING:
    from loomgraph.service.answers import Answer, Entity, Followed, Hit, Hits, Passage, Relation

_FOLLOWED = {
    "callers": "called by", "callees": "calls", "users": "used by", "uses": "uses", "subtypes": "base of",
    "bases": "derives from", "overriders": "overridden by", "overridden": "overrides",
}  # fmt: skip
_HOPS = 50


def hits(found: Hits, offset: int) -> Sheet:
    """``search``."""
    several = len(found.projects) > 1
    sheet = Sheet(start=offset, pages=True)
    sheet.facts = {"question": found.question, "projects": list(found.projects), "total": len(found.results)}
    sheet.head = list(found.notes)
    if not found.results:
        sheet.head.append(f"nothing matches {one_line(found.question, 80)!r}")
    _nearest(sheet, list(found.nearest))
    for hit in found.results:
        sheet.add(_hit(hit, several), _plain_hit(hit, several))
    return sheet


def _nearest(sheet: Sheet, names: list[str]) -> None:
    if names:
        sheet.head.append(f"nearest names: {', '.join(names)}")
        sheet.facts["nearest"] = names


def _hit(hit: Hit, several: bool) -> str:
    project = f"{hit.project}  " if several else ""
    symbol = hit.symbol
    if symbol is None:
        head = f"{project}{hit.file}:{hit.start_line}-{hit.end_line}"
    else:
        inside = hit.start_line <= symbol.name_line <= hit.end_line
        line = symbol.name_line if inside else hit.start_line
        head = f"{project}{hit.file}:{line}-{hit.end_line}  {name_of(symbol)}  {symbol.kind}"
    lines = [f"{number:5} {line}" for number, line in enumerate(hit.snippet.splitlines(), hit.snippet_line)]
    return "\n".join([head, *lines])


def _plain_hit(hit: Hit, several: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"file": hit.file, "start_line": hit.start_line, "end_line": hit.end_line}
    if several:
        found["project"] = hit.project
    if hit.symbol is not None:
        found |= {"id": hit.symbol.id, "kind": str(hit.symbol.kind)}
    return {**found, "score": round(hit.score, 4)}


def answer(found: Answer) -> Sheet:
    """``ask``."""
    several = len(found.projects) > 1
    sheet = Sheet(list(found.notes), facts={"question": found.question, "projects": list(found.projects)})
    if not found.found:
        sheet.head.append(f"nothing matches {one_line(found.question, 80)!r}")
    _nearest(sheet, list(found.nearest))
    for followed in found.followed:
        _followed(sheet, followed, several)
    if found.entities:
        sheet.title("symbols")
    for entity in found.entities:
        sheet.add(_entity(entity, found.relations, several), _plain_entity(entity, several))
    if found.passages:
        sheet.title("code")
    for passage in found.passages:
        sheet.add(_passage(passage, several), _plain_passage(passage, several))
    if not found.entities and found.relations:
        for one in found.relations:
            sheet.add(
                f"{one.file}:{one.line}  {bare(one.source)} {says(one.kind, False)} {bare(one.target)}",
                {"source": one.source, "target": one.target, "edge": one.kind, "site": f"{one.file}:{one.line}"},
            )
    return sheet


def _followed(sheet: Sheet, followed: Followed, several: bool) -> None:
    reached = followed.reached
    project = f"{followed.project}  " if several else ""
    count = str(reached.total) if reached.total else "nothing"
    sheet.title(f"{project}{where(reached.symbol)}  {name_of(reached.symbol)}  {_FOLLOWED[followed.asks]} {count}")
    inward = reached.direction == "in"
    for hop in reached.hops[:_HOPS]:
        place = site(hop.edges[0]) if inward and hop.edges else where(hop.symbol)
        data = {"asks": followed.asks, "of": reached.symbol.id, **plain_hop(hop)}
        sheet.add(f"  {place}  {name_of(hop.symbol)}", {**data, "project": followed.project} if several else data)
    if reached.total > _HOPS:
        sheet.title(f"  and {reached.total - _HOPS} more: ask callers or callees")
    if inward and reached.unresolved.count:
        sheet.title(f"  {reached.unresolved.count} calls of that name could not be resolved")


def _entity(entity: Entity, relations: tuple[Relation, ...], several: bool) -> str:
    symbol = entity.symbol
    project = f"{entity.project}  " if several else ""
    lines = [f"{project}{where(symbol)}  {name_of(symbol)}  {symbol.kind}"]
    if symbol.signature:
        lines.append("  " + one_line(symbol.signature))
    if entity.doc:
        lines.append("  " + one_line(entity.doc))
    related: dict[str, list[str]] = {}
    for one in relations:
        if one.project == entity.project and symbol.id in (one.source, one.target):
            inward = one.target == symbol.id
            names = related.setdefault(says(one.kind, inward), [])
            name = bare(one.source if inward else one.target)
            if name not in names:
                names.append(name)
    for word, names in list(related.items())[:4]:
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""
        lines.append(f"  {word} {', '.join(names[:4])}{more}")
    return "\n".join(lines)


def _plain_entity(entity: Entity, several: bool) -> dict[str, Any]:
    found = {**plain_symbol(entity.symbol), "signature": entity.symbol.signature}
    return {**found, "project": entity.project} if several else found


def _passage(passage: Passage, several: bool) -> str:
    project = f"{passage.project}  " if several else ""
    name = f"  {name_of(passage.symbol)}" if passage.symbol else ""
    head = f"{project}{passage.file}:{passage.start_line}-{passage.end_line}{name}"
    lines = [f"{number:5} {line}" for number, line in enumerate(passage.text.splitlines(), passage.start_line)]
    return "\n".join([head, *lines])


def _plain_passage(passage: Passage, several: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"file": passage.file, "start_line": passage.start_line, "end_line": passage.end_line}
    if passage.symbol:
        found["symbol"] = passage.symbol.id
    return {**found, "project": passage.project} if several else found

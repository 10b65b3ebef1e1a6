"""How answers read to an agent: short lines with places, names and how sure each is, and the same as data.

A place is ``path:line`` from the project's root. This module must not know how an answer was found, nor how much of it
fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from loomgraph.mcp.sheet import Sheet
from loomgraph.model import Edge, Resolution, Symbol, SymbolKind
from loomgraph.service.answers import SAYS, shown_file

if TYPE_CHECKING:
    from loomgraph.service.answers import Hop, Impact, ProjectInfo, Reached, Relations, Route, Shown, Unresolved
    from loomgraph.service.overview import Overview
    from loomgraph.service.status import IndexStatus

_PLACES = 5  # unresolved sites that an answer names
_SIGNATURE = 200
_FILES = 200  # paths that an answer carries beside its items


def says(kind: str, inward: bool) -> str:
    """What an edge says, read from its target or from its source."""
    return SAYS.get(kind, (f"{kind} of", kind))[0 if inward else 1]


def name_of(symbol: Symbol) -> str:
    """The name to show: dotted inside the file, the path for a module, the whole name of what is outside."""
    if symbol.kind == SymbolKind.EXTERNAL:
        return symbol.id.partition(":")[2]
    return symbol.qualified_name or symbol.id


def bare(symbol_id: str) -> str:
    """The name to show of a symbol that only its id is known of."""
    if symbol_id.startswith("external:"):
        return symbol_id.partition(":")[2]
    return symbol_id.partition("::")[2] or symbol_id


def where(symbol: Symbol) -> str:
    if not symbol.file:
        return "(outside)"
    return f"{shown_file(symbol.file)}:{symbol.name_line}" if symbol.name_line else shown_file(symbol.file)


def plain_symbol(symbol: Symbol) -> dict[str, Any]:
    """A symbol as data, no more than it takes to ask about it again: its id holds its file and its name."""
    return {"id": symbol.id, "kind": str(symbol.kind), "line": symbol.name_line}


def one_line(text: str, most: int = _SIGNATURE) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _sure(resolution: Resolution, widened: bool = False) -> str:
    """Nothing for what is exact: what is not must stand out."""
    words = [] if resolution == Resolution.EXACT else [str(resolution)]
    if widened:
        words.append("by override")
    return f"  [{', '.join(words)}]" if words else ""


def site(edge: Edge) -> str:
    """The first line that proves an edge, and how many more there are."""
    more = f" +{len(edge.lines) - 1}" if len(edge.lines) > 1 else ""
    return f"{edge.file}:{edge.lines[0]}{more}" if edge.lines else shown_file(edge.file)


def unresolved(found: Unresolved, made: bool = False) -> list[str]:
    """What an answer may lack."""
    if not found.count:
        return []
    what = "that it makes" if made else f"of {' or '.join(found.names[:3])}"
    places = ", ".join(f"{place.file}:{place.line}" for place in found.places[:_PLACES])
    more = f" and {found.count - _PLACES} more" if found.count > _PLACES else ""
    return [f"{found.count} calls {what} could not be resolved: {places}{more}"]


# -- structure ----------------------------------------------------------------------------------------------------


def reached(answer: Reached, offset: int) -> Sheet:
    """``callers`` and ``callees``."""
    inward = answer.direction == "in"
    word = "callers" if inward else "callees"
    start = answer.symbol
    count = f"{answer.total} {word}" if answer.total else f"no {word}"
    sheet = Sheet([f"{name_of(start)} ({start.kind}, {where(start)}): {count}"], start=offset, pages=True)
    sheet.facts = {"symbol": plain_symbol(start), "total": answer.total, "unresolved": answer.unresolved.count}
    for hop in answer.hops:
        sheet.add(_hop(hop, inward, answer.depth != 1), plain_hop(hop))
    sheet.foot = unresolved(answer.unresolved, made=not inward)
    return sheet


def _hop(hop: Hop, inward: bool, deep: bool) -> str:
    edge = hop.edges[0] if hop.edges else None
    place = site(edge) if inward and edge else where(hop.symbol)
    level = f"{hop.depth}  " if deep else ""
    via = ""
    if edge and hop.depth > 1:
        via = f"  via {bare(edge.target if inward else edge.source)}"
    return f"{level}{place}  {name_of(hop.symbol)}{via}{_sure(hop.resolution, hop.widened)}"


def plain_hop(hop: Hop) -> dict[str, Any]:
    found = {**plain_symbol(hop.symbol), "depth": hop.depth, "resolution": str(hop.resolution)}
    if hop.widened:
        found["by_override"] = True
    if hop.edges:
        found["site"] = site(hop.edges[0])
    return found


def route(answer: Route) -> Sheet:
    """``path``."""
    source, target = name_of(answer.source), name_of(answer.target)
    sheet = Sheet(facts={"source": plain_symbol(answer.source), "target": plain_symbol(answer.target)})
    sheet.facts["found"] = bool(answer.symbols)
    if not answer.symbols:
        sheet.head = [f"nothing leads from {source} to {target}"]
    else:
        steps = len(answer.edges)
        sheet.head = [f"{source} → {target}: {steps} steps{_sure(answer.resolution)}"]
        sheet.add(f"{where(answer.symbols[0])}  {name_of(answer.symbols[0])}", plain_symbol(answer.symbols[0]))
        for symbol, edge, widened in zip(answer.symbols[1:], answer.edges, answer.widened, strict=True):
            sure = _sure(edge.resolution, widened)
            sheet.add(f"{site(edge)}  {says(str(edge.kind), False)} {name_of(symbol)}{sure}",
                      {**plain_symbol(symbol), "edge": str(edge.kind), "site": site(edge),
                       "resolution": str(edge.resolution)})  # fmt: skip
    sheet.foot = unresolved(answer.unresolved)
    return sheet


def impact(answer: Impact, offset: int) -> Sheet:
    """``impact``."""
    sheet = Sheet(start=offset, pages=True)
    names = ", ".join(name_of(symbol) for symbol in answer.changed[:8])
    more = f" and {len(answer.changed) - 8} more" if len(answer.changed) > 8 else ""
    sheet.head = [f"changed: {names}{more}" if answer.changed else "nothing that the graph holds is changed"]
    sheet.head.append(f"affects {answer.total} symbols in {len(answer.files)} files")
    if answer.test_files:
        shown = ", ".join(answer.test_files[:20])
        rest = f" and {len(answer.test_files) - 20} more" if len(answer.test_files) > 20 else ""
        sheet.head.append(f"tests to run: {shown}{rest}")
    if answer.unknown:
        sheet.head.append(f"not in the graph: {', '.join(answer.unknown[:10])}")
    sheet.facts = {
        "changed": [symbol.id for symbol in answer.changed[:50]], "total": answer.total,
        "test_files": list(answer.test_files[:_FILES]), "test_file_count": len(answer.test_files),
        "file_count": len(answer.files), "unknown": list(answer.unknown[:_FILES]),
    }  # fmt: skip
    for hop in answer.affected:
        sheet.add(_hop(hop, True, True), plain_hop(hop))
    sheet.foot = unresolved(answer.unresolved)
    return sheet


def shown(answer: Shown, source: bool) -> Sheet:
    """``show_symbol``."""
    symbol = answer.symbol
    sheet = Sheet([f"{name_of(symbol)}  {symbol.kind}  {where(symbol)}-{symbol.end_line}", f"id {symbol.id}"])
    for part in (symbol.signature, symbol.doc):
        if part:
            sheet.head.append(part.strip())
    sheet.facts = {"symbol": {**plain_symbol(symbol), "signature": symbol.signature, "doc": symbol.doc}}
    if source:
        _source(sheet, answer)
    for relations in answer.relations:
        if relations.kind != "CONTAINS":
            _relations(sheet, relations)
    if answer.members:
        sheet.title(f"holds {len(answer.members)}")
        for member in answer.members:
            line = one_line(member.signature) if member.signature else f"{member.name}  {member.kind}"
            sheet.add(f"  {where(member)}  {line}", {"holds": plain_symbol(member)})
    sheet.foot = unresolved(answer.unresolved)
    return sheet


def _source(sheet: Sheet, answer: Shown) -> None:
    symbol = answer.symbol
    parts: list[tuple[int, str]] = []
    for chunk in answer.chunks:
        lines = chunk.text.splitlines()
        extra = max(0, len(lines) - (chunk.end_line - chunk.start_line + 1))  # a heading repeated above a part
        parts += [
            (number, line)
            for number, line in enumerate(lines[extra:], chunk.start_line)
            if symbol.line <= number <= symbol.end_line and (not parts or number > parts[-1][0])
        ]
    if parts:
        sheet.title("source")
        for at in range(0, len(parts), 20):  # in pieces: what does not fit is cut at a line
            piece = parts[at : at + 20]
            text = "\n".join(f"{number:5} {line}" for number, line in piece)
            sheet.add(text, {"source": "\n".join(line for _, line in piece), "line": piece[0][0]})


def _relations(sheet: Sheet, relations: Relations) -> None:
    inward = relations.direction == "in"
    sheet.title(f"{says(relations.kind, inward)} {relations.count}")
    for edge in relations.edges:
        other = edge.source if inward else edge.target
        sheet.add(f"  {site(edge)}  {bare(other)}{_sure(edge.resolution)}",
                  {"relation": says(relations.kind, inward), "id": other, "site": site(edge),
                   "resolution": str(edge.resolution)})  # fmt: skip
    if relations.count > len(relations.edges):
        sheet.title(f"  and {relations.count - len(relations.edges)} more: raise limit")


# -- projects -----------------------------------------------------------------------------------------------------


def projects(found: Sequence[ProjectInfo], offset: int) -> Sheet:
    """``list_projects``."""
    sheet = Sheet([f"{len(found)} projects"], start=offset, pages=True, facts={"total": len(found)})
    for one in found:
        problem = f"  PROBLEM: {one.problem}" if one.problem else ""
        size = f"{one.files} files, {one.symbols} symbols, {one.edges} edges"
        sheet.add(f"{one.name}  {size}  indexed {one.indexed or 'never'}  {one.root}{problem}".rstrip(),
                  {"name": one.name, "root": one.root, "files": one.files, "symbols": one.symbols,
                   "edges": one.edges, "indexed": one.indexed, "problem": one.problem})  # fmt: skip
    return sheet


def status(found: IndexStatus) -> Sheet:
    """``index_status``."""
    one = found.project
    sheet = projects([one], 0)
    sheet.pages = False
    if not found.checked:
        sheet.head = ["there is no folder here to compare the graph with"]
    elif found.fresh:
        sheet.head = ["up to date: the graph says what the folder says"]
    else:
        differ = f"{found.changed} files changed, {found.added} new, {found.deleted} gone since the index"
        older = f"; {found.outdated} were read by an older version" if found.outdated else ""
        sheet.head = [f"out of date: {differ}{older}. `loomgraph index {one.root}` updates it."]
        sheet.foot = [", ".join(found.files)]
    if found.without_vectors:
        sheet.head.append(f"{found.without_vectors} files have no vectors yet: found by words and names alone")
    sheet.facts = {"checked": found.checked, "fresh": found.fresh, "generation": found.generation,
                   "added": found.added, "changed": found.changed, "deleted": found.deleted, "outdated": found.outdated,
                   "files": list(found.files), "without_vectors": found.without_vectors}  # fmt: skip
    return sheet


def overview(found: Overview) -> Sheet:
    """``overview``."""
    counts = found.counts
    sheet = Sheet([f"{found.project}  {found.root}".rstrip()])
    sheet.head.append(
        f"{counts.files} files ({found.test_files} of tests), {found.lines} lines, {counts.symbols} symbols,"
        f" {counts.edges} edges"
    )
    if found.languages:
        sizes = (f"{one.language} {one.files} files {one.lines} lines" for one in found.languages)
        sheet.head.append(f"languages: {', '.join(sizes)}")
    sheet.facts = {"project": found.project, "root": found.root, "files": counts.files, "lines": found.lines,
                   "languages": {one.language: one.files for one in found.languages}}  # fmt: skip
    if found.frameworks:
        sheet.head.append("frameworks: " + ", ".join(one.name for one in found.frameworks))
        sheet.facts["frameworks"] = [one.name for one in found.frameworks]
    sheet.title("folders (tests left out) and what others use most of each")
    for one in found.folders:
        central = ", ".join(name_of(item.symbol) for item in one.central)
        sheet.add(
            f"  {one.path or '.'}  {one.files} files, {one.lines} lines  {central}".rstrip(),
            {"folder": one.path, "files": one.files, "most_used": [item.symbol.id for item in one.central]},
        )
    if found.central:
        sheet.title("most used by other files")
        for item in found.central:
            sheet.add(f"  {where(item.symbol)}  {name_of(item.symbol)}  {item.symbol.kind}  {item.users} uses",
                      {"central": plain_symbol(item.symbol), "uses": item.users})  # fmt: skip
    if found.entry_points:
        sheet.title("entry points")
        for symbol in found.entry_points:
            sheet.add(f"  {where(symbol)}  {name_of(symbol)}", {"entry_point": plain_symbol(symbol)})
    if found.headings:
        sheet.title("documentation")
        for heading in found.headings:
            sheet.add(f"  {heading.file}:{heading.line}  {heading.heading}",
                      {"heading": heading.heading, "file": heading.file, "line": heading.line})  # fmt: skip
    return sheet

"""How the overview of a project reads as text.

This module must not know how it was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loomgraph.cli.rendering import Cell, View, name_of

if TYPE_CHECKING:
    from loomgraph.service.overview import Central, Overview


def overview(view: View, answer: Overview) -> None:
    """``overview``."""
    text = view.text
    counts = answer.counts
    text.line(f"{text.style(answer.project, 'name')}  {text.style(answer.root, 'place')}".rstrip())
    text.line(
        f"{counts.files:,} files ({answer.test_files:,} of tests), {answer.lines:,} lines,"
        f" {counts.symbols:,} symbols, {counts.edges:,} edges"
    )
    if answer.languages:
        view.title("languages")
    text.table(
        ([(one.language, "name"), (f"{one.files:,} files", "weak"), (f"{one.lines:,} lines", "weak")]
         for one in answer.languages), indent=2,
    )  # fmt: skip
    view.title("folders, tests left out, and what others use most of each")
    text.table(
        ([(one.path or ".", "place"), (f"{one.files:,} files", "weak"), (f"{one.lines:,} lines", "weak"),
          (", ".join(name_of(item.symbol) for item in one.central), "name")] for one in answer.folders), indent=2,
    )  # fmt: skip
    _central(view, answer.central)
    if answer.entry_points:
        view.title("entry points")
        text.table(
            ([(view.where(one), "place"), (name_of(one), "name"), (str(one.kind), "weak")]
             for one in answer.entry_points), indent=2,
        )  # fmt: skip
    _uses(view, "frameworks", [(one.name, one.area, one.uses) for one in answer.frameworks])
    _uses(view, "most used from outside", [(one.name, "", one.uses) for one in answer.outside])
    if answer.headings:
        view.title("documentation")
        text.table(
            ([(view.place(one.file, one.line), "place"), (one.heading, "name")] for one in answer.headings), indent=2
        )


def _central(view: View, central: Sequence[Central]) -> None:
    if central:
        view.title("most used by other files")
        view.text.table(
            ([(view.where(one.symbol), "place"), (name_of(one.symbol), "name"), (str(one.symbol.kind), "weak"),
              (f"{one.users:,} uses", "weak")] for one in central), indent=2,
        )  # fmt: skip


def _uses(view: View, title: str, rows: Sequence[tuple[str, str, int]]) -> None:
    if rows:
        view.title(title)
        cells: list[list[Cell]] = []
        for name, area, uses in rows:
            cells.append([(name, "name"), *([(area, "weak")] if area else []), (f"{uses:,} uses", "weak")])
        view.text.table(cells, indent=2)

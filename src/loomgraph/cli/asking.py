"""The commands that ask: ``overview``, ``find``, ``show``, ``callers``, ``callees``, ``path``, ``impact``,
``hierarchy``, ``cycles``, ``unused``.

Each asks the service one question and shows the answer; how an answer reads as text is in ``rendering``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from loomgraph.cli.common import asking, examples, symbol_argument, text_for
from loomgraph.cli.output import print_json

if TYPE_CHECKING:
    from loomgraph.service import Service

NOT_THERE = 3  # the exit code of an answer that is: there is none
Command = TypeVar("Command", bound=Callable[..., Any])

_limit = click.option("-n", "--limit", type=click.IntRange(0), default=0, help="At most so many (0: all).")
_depth = click.option("-d", "--depth", type=click.IntRange(1), default=1, show_default=True, help="How many steps out.")
_overrides = click.option("--overrides", is_flag=True, help="Also through methods that override or implement another.")
_edge_kinds = click.option(
    "--kind", "kinds", multiple=True, default=["CALLS"], show_default=True, metavar="EDGE",
    help="Along edges of this kind: CALLS, REFERENCES, IMPORTS, INHERITS, …; repeatable.",
)  # fmt: skip
_symbol_kinds = click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="SYMBOL",
    help="Only symbols of this kind: class, function, …; repeatable.",
)


def answer(service: Service, project: str, as_json: bool, found: object, render: str) -> None:
    """Show an answer as a document or as text."""
    if as_json:
        return print_json(service.plain(found))
    from loomgraph.cli import rendering

    view = rendering.View(text_for(service), service.find_project(project).root, str(service.here))
    getattr(rendering, render)(view, found)
    return None


@click.command()
@asking
@examples("""
    loomgraph overview
    loomgraph overview --project shop --json
    """)
def overview(service: Service, project: str, as_json: bool) -> None:
    """A project at a glance: languages, main folders with their most used symbols, entry points, frameworks, docs.

    Uses by tests and from within the same file are not counted.
    """
    found = service.overview(project=project)
    if as_json:
        return print_json(service.plain(found))
    from loomgraph.cli import rendering, rendering_overview

    view = rendering.View(text_for(service), found.root, str(service.here))
    return rendering_overview.overview(view, found)


@click.command()
@click.argument("name")
@asking
@_symbol_kinds
@click.option("-n", "--limit", type=click.IntRange(0), default=50, show_default=True, help="At most so many (0: all).")
@examples("""
    loomgraph find session
    loomgraph find Cart --kind class
    loomgraph find parse --limit 5 --json
    """)
def find(service: Service, project: str, as_json: bool, name: str, kinds: tuple[str, ...], limit: int) -> int:
    """Find symbols by their NAME or a part of it, best matches first.

    The exit code is 3 when there are none.
    """
    found = service.find(name, project=project, kinds=kinds, limit=limit)
    answer(service, project, as_json, found, "found")
    return 0 if found.symbols else NOT_THERE


@click.command()
@symbol_argument("symbol")
@asking
@click.option("--source", is_flag=True, help="Also its source, as far as the graph holds it.")
@click.option("-n", "--limit", type=click.IntRange(0), default=10, show_default=True,
              help="At most so many relations of a kind (0: all).")  # fmt: skip
@examples("""
    loomgraph show Cart.total
    loomgraph show shop/cart.py:16 --source
    loomgraph show external:requests.get
    """)
def show(service: Service, project: str, as_json: bool, symbol: str, source: bool, limit: int) -> None:
    """Show one SYMBOL: signature, documentation, place, members, and what it is related to."""
    found = service.show(symbol, project=project, limit=limit)
    answer(service, project, as_json, found, "shown_with_source" if source else "shown")


@click.command()
@symbol_argument("symbol")
@asking
@_depth
@_edge_kinds
@_overrides
@_limit
@examples("""
    loomgraph callers Price.with_tax
    loomgraph callers Price.with_tax --depth 3 --overrides
    loomgraph callers external:requests.get
    loomgraph callers Price --kind REFERENCES --kind INHERITS
    """)
def callers(service: Service, project: str, as_json: bool, symbol: str, overrides: bool, **options: Any) -> None:
    """Who calls SYMBOL, and who calls those.

    A call on a base class or an interface points at the base's method: --overrides adds the callers that reach SYMBOL
    through what it overrides.
    """
    found = service.callers(symbol, project=project, widen=overrides, **options)
    answer(service, project, as_json, found, "reached")


@click.command()
@symbol_argument("symbol")
@asking
@_depth
@_edge_kinds
@_overrides
@_limit
@examples("""
    loomgraph callees checkout
    loomgraph callees checkout --depth 2 --overrides
    """)
def callees(service: Service, project: str, as_json: bool, symbol: str, overrides: bool, **options: Any) -> None:
    """What SYMBOL calls, and what that calls; --overrides adds the methods that may run in place of those."""
    found = service.callees(symbol, project=project, widen=overrides, **options)
    answer(service, project, as_json, found, "reached")


@click.command()
@symbol_argument("source")
@symbol_argument("target")
@asking
@_edge_kinds
@click.option("--overrides/--no-overrides", default=True, show_default=True,
              help="Also through methods that override or implement another.")  # fmt: skip
@examples("""
    loomgraph path checkout Price.with_tax
    loomgraph path tests/test_cart.py shop/prices.py --kind IMPORTS
    """)
def path(
    service: Service, project: str, as_json: bool, source: str, target: str, kinds: tuple[str, ...], overrides: bool
) -> int:
    """The shortest way from SOURCE to TARGET, call by call. The exit code is 3 when none leads there."""
    found = service.path(source, target, project=project, kinds=kinds, widen=overrides)
    answer(service, project, as_json, found, "route")
    return 0 if found.symbols else NOT_THERE


@click.command()
@click.argument("targets", nargs=-1, metavar="[REV | FILES…]")
@asking
@click.option("--diff", "diff", metavar="FILE", help="Read a unified diff from FILE (- for standard input).")
@click.option(
    "--symbol", "symbols", multiple=True, metavar="SYMBOL", help="What a change of SYMBOL affects; repeatable."
)
@click.option("-d", "--depth", type=click.IntRange(1), default=3, show_default=True, help="How many steps out.")
@_limit
@examples("""
    loomgraph impact                       what the uncommitted changes affect
    loomgraph impact main                  what changed since main, committed or not
    loomgraph impact main..feature
    loomgraph impact shop/prices.py
    git diff --cached | loomgraph impact --diff -
    loomgraph impact --symbol Price.with_tax --depth 5
    """)
def impact(
    service: Service,
    project: str,
    as_json: bool,
    targets: tuple[str, ...],
    diff: str | None,
    symbols: tuple[str, ...],
    depth: int,
    limit: int,
) -> None:
    """What a change affects, nearest first, and which tests to run.

    The change is what git says since REV (HEAD when nothing is given), the whole of FILES or folders, or a diff. Lines
    are looked up in the graph as it was indexed: index first.
    """
    text = None if diff is None else service.read_text(diff)
    found = service.impact(targets, project=project, diff=text, symbols=symbols, depth=depth, limit=limit)
    answer(service, project, as_json, found, "impact")


@click.command()
@symbol_argument("symbol")
@asking
@click.option("-d", "--depth", type=click.IntRange(0), default=0, help="How many steps (0: all).")
@examples("""
    loomgraph hierarchy Price
    loomgraph hierarchy Price.with_tax
    """)
def hierarchy(service: Service, project: str, as_json: bool, symbol: str, depth: int) -> None:
    """What a class derives from and what derives from it; for a method, what it overrides and what overrides it."""
    answer(service, project, as_json, service.hierarchy(symbol, project=project, depth=depth), "hierarchy")


@click.command()
@asking
@click.option("--level", type=click.Choice(["files", "symbols"]), default="files", show_default=True,
              help="Files that import each other, or symbols that call each other.")  # fmt: skip
@_limit
@examples("""
    loomgraph cycles
    loomgraph cycles --level symbols --limit 5
    """)
def cycles(service: Service, project: str, as_json: bool, level: str, limit: int) -> None:
    """Circles: files that import each other, or symbols that call each other, greatest first."""
    answer(service, project, as_json, service.cycles(project=project, level=level, limit=limit), "cycles")


@click.command()
@asking
@_symbol_kinds
@click.option("--exported", is_flag=True, help="Also what is exported, which others may use.")
@_limit
@examples("""
    loomgraph unused
    loomgraph unused --kind function --kind method
    """)
def unused(service: Service, project: str, as_json: bool, kinds: tuple[str, ...], exported: bool, limit: int) -> None:
    """Definitions that nothing in the graph refers to, the most certain first, with why they may be used after all."""
    answer(
        service,
        project,
        as_json,
        service.unused(project=project, kinds=kinds, exported=exported, limit=limit),
        "unused",
    )

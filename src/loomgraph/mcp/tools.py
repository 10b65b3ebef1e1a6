"""The tools: one method each, which asks the service one question and gives the answer as a sheet.

The docstring of a method is what an agent reads to choose it. The service blocks, so the tools are plain functions: the
SDK runs them in threads. This module must not know by which transport a call came.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mcp.server.mcpserver import Context
from mcp_types import CallToolResult

from loomgraph.errors import LoomGraphError, NoProjectHere, SeveralProjectsHere, UnknownProject
from loomgraph.mcp import texts, texts_retrieval
from loomgraph.mcp.arguments import (
    Budget,
    Changed,
    Depth,
    Diff,
    Files,
    Kinds,
    Languages,
    Mode,
    Offset,
    Overrides,
    PathPart,
    Project,
    Query,
    Question,
    Source,
    Symbol,
    SymbolKinds,
    Tests,
    Top,
)
from loomgraph.mcp.callers import Caller, Callers
from loomgraph.mcp.sheet import Sheet, failed

if TYPE_CHECKING:
    from loomgraph.service.retrieval import Wish

_CALLS = ("CALLS",)


class Tools:
    """The tools, for whoever ``callers`` says is asking."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    # -- projects ---------------------------------------------------------------------------------------------

    def list_projects(self, ctx: Context, offset: Offset = 0, max_tokens: Budget = 2000) -> CallToolResult:
        """List the projects whose code graphs can be asked, with their size and when they were indexed. Start here when
        you do not know the name of a project."""

        def ask(caller: Caller) -> Sheet:
            return texts.projects([caller.service.project(name) for name in caller.names()], offset)

        return self._answer(ctx, max_tokens, ask)

    def overview(self, ctx: Context, project: Project = "", max_tokens: Budget = 2500) -> CallToolResult:
        """What a project is, on one page: languages, main folders and the symbols others use most in each, entry
        points, frameworks, headings of its documentation. Ask this first in a code base you do not know."""
        return self._answer(
            ctx, max_tokens, lambda caller: texts.overview(caller.service.overview(project=caller.project(project)))
        )

    def index_status(self, ctx: Context, project: Project = "", max_tokens: Budget = 1000) -> CallToolResult:
        """Whether a project's graph is up to date with its folder: what it holds, when it was indexed, which files have
        changed since. Ask it when an answer does not fit the code you see."""
        return self._answer(
            ctx, max_tokens, lambda caller: texts.status(caller.service.index_status(project=caller.project(project)))
        )

    # -- questions in words -----------------------------------------------------------------------------------

    def search(
        self,
        ctx: Context,
        query: Query,
        project: Project = "",
        top: Top = 10,
        mode: Mode = "mix",
        kinds: SymbolKinds = (),
        path: PathPart = "",
        languages: Languages = (),
        tests: Tests = None,
        offset: Offset = 0,
        max_tokens: Budget = 2000,
    ) -> CallToolResult:
        """Find code by meaning or by name: ranked definitions and passages with their best lines, each with its place
        and the id of its symbol. Use it instead of grep when you know what code does but not what it is called; for a
        name you know, show_symbol is shorter."""

        def ask(caller: Caller) -> Sheet:
            wish = _wish(mode=mode, top=top, kinds=kinds, path=path, languages=languages, tests=tests)
            found = caller.service.search(query, projects=[caller.project(project)], wish=wish)
            return texts_retrieval.hits(found, offset)

        return self._answer(ctx, max_tokens, ask)

    def ask(
        self,
        ctx: Context,
        question: Question,
        project: Project = "",
        top: Top = 10,
        mode: Mode = "mix",
        path: PathPart = "",
        tests: Tests = None,
        max_tokens: Budget = 6000,
    ) -> CallToolResult:
        """Answer a question about a code base with evidence: the symbols that matter with signatures and relations, and
        the code itself. "Who calls X", "what does X use", "what inherits from X" are answered from the graph,
        completely. One call replaces several searches and reads; use search when you only want places."""

        def ask(caller: Caller) -> Sheet:
            wish = _wish(mode=mode, top=top, path=path, tests=tests, max_total_tokens=max_tokens)
            return texts_retrieval.answer(caller.service.ask(question, projects=[caller.project(project)], wish=wish))

        return self._answer(ctx, max_tokens, ask)

    # -- structure --------------------------------------------------------------------------------------------

    def show_symbol(
        self,
        ctx: Context,
        symbol: Symbol,
        project: Project = "",
        source: Source = True,
        limit: Top = 10,
        max_tokens: Budget = 3000,
    ) -> CallToolResult:
        """One symbol: signature, documentation, source, members, and its relations of every kind in both directions, a
        few of each. `source: false` leaves the code out."""
        return self._answer(
            ctx,
            max_tokens,
            lambda caller: texts.shown(
                caller.service.show(symbol, project=caller.project(project), limit=limit), source
            ),
        )

    def callers(
        self,
        ctx: Context,
        symbol: Symbol,
        project: Project = "",
        depth: Depth = 1,
        kinds: Kinds = _CALLS,
        overrides: Overrides = False,
        offset: Offset = 0,
        max_tokens: Budget = 2000,
    ) -> CallToolResult:
        """Who calls a symbol, resolved through imports, types and inheritance (not by text), with the place of each
        call; deeper with `depth`. Says how sure each is and which calls of that name could not be resolved. Use it
        before changing a signature."""
        return self._answer(
            ctx,
            max_tokens,
            lambda caller: texts.reached(
                caller.service.callers(
                    symbol, project=caller.project(project), depth=depth, kinds=kinds, widen=overrides
                ),
                offset,
            ),
        )

    def callees(
        self,
        ctx: Context,
        symbol: Symbol,
        project: Project = "",
        depth: Depth = 1,
        kinds: Kinds = _CALLS,
        overrides: Overrides = False,
        offset: Offset = 0,
        max_tokens: Budget = 2000,
    ) -> CallToolResult:
        """What a symbol calls, in the project and outside it, with the place of each definition; for a class, what its
        members call. Use it to understand a function without reading everything below it."""
        return self._answer(
            ctx,
            max_tokens,
            lambda caller: texts.reached(
                caller.service.callees(
                    symbol, project=caller.project(project), depth=depth, kinds=kinds, widen=overrides
                ),
                offset,
            ),
        )

    def path(
        self,
        ctx: Context,
        source: Symbol,
        target: Symbol,
        project: Project = "",
        kinds: Kinds = _CALLS,
        overrides: Overrides = True,
        max_tokens: Budget = 2000,
    ) -> CallToolResult:
        """How one symbol reaches another: the shortest chain of calls (or of other `kinds` of edges), with the place of
        each step. Use it for "how does a request get to this function"."""
        return self._answer(
            ctx,
            max_tokens,
            lambda caller: texts.route(
                caller.service.path(source, target, project=caller.project(project), widen=overrides, kinds=kinds)
            ),
        )

    def impact(
        self,
        ctx: Context,
        symbols: Changed = (),
        files: Files = (),
        diff: Diff = "",
        project: Project = "",
        depth: Depth = 3,
        offset: Offset = 0,
        max_tokens: Budget = 3000,
    ) -> CallToolResult:
        """What a change may break and which tests to run: give the `symbols` or `files` (or folders) you want to
        change, or a unified `diff`, or a git revision as the only one of `files`; with nothing, what is not committed
        yet. Ask it before an edit, and after it to choose tests."""

        def ask(caller: Caller) -> Sheet:
            found = caller.service.impact(
                files, project=caller.project(project), diff=diff or None, symbols=symbols, depth=depth
            )
            return texts.impact(found, offset)

        return self._answer(ctx, max_tokens, ask)

    # -- how a call is answered -------------------------------------------------------------------------------

    def _answer(self, ctx: Context, budget: int, ask: Callable[[Caller], Sheet]) -> CallToolResult:
        caller = self._callers(ctx.request_context.request)
        try:
            return ask(caller).result(budget)
        except UnknownProject as error:
            near = caller.nearest(str(error.details.get("name", "")))
            hints = [f"Nearest: {', '.join(near)}. list_projects lists all."] if near else []
            return self._failed(caller, error, {"nearest": near}, hints)
        except (NoProjectHere, SeveralProjectsHere) as error:
            names = caller.nearest("")
            hints = [f"Name one as `project`: {', '.join(names)}."] if names else []
            return self._failed(caller, error, {"projects": names}, hints)
        except LoomGraphError as error:
            return self._failed(caller, error)

    def _failed(
        self,
        caller: Caller,
        error: LoomGraphError,
        more: dict[str, object] | None = None,
        hints: list[str] | None = None,
    ) -> CallToolResult:
        plain = caller.service.plain(error.details)
        assert isinstance(plain, dict)
        return failed(error, {**plain, **(more or {})}, hints or ())


def _wish(**wishes: object) -> Wish:
    from loomgraph.service.retrieval import Wish

    return Wish(**wishes)  # type: ignore[arg-type]


NAMES = (
    "list_projects",
    "overview",
    "search",
    "ask",
    "show_symbol",
    "callers",
    "callees",
    "path",
    "impact",
    "index_status",
)

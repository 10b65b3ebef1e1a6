"""Structural questions of one project: symbols, callers, callees, paths, impact, hierarchy, cycles, what is unused."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from loomgraph.server.context import Called, several
from loomgraph.server.models import example
from loomgraph.server.replies import Reply
from loomgraph.server.schemas import answers
from loomgraph.service.answers import (
    Cycles,
    Found,
    Hierarchy,
    Impact,
    Reached,
    Route,
    Shown,
    Stats,
    UnusedAnswer,
)
from loomgraph.service.overview import Overview
from loomgraph.service.status import IndexStatus

router = APIRouter(tags=["structure"])

Symbol = Annotated[
    str, Query(min_length=1, max_length=1000, description="A symbol: its name, its id, or file:line.",
               examples=["Price.with_tax"])
]  # fmt: skip
Limit = Annotated[int, Query(ge=0, le=100_000, description="At most so many; 0 is all.")]
Kinds = Annotated[list[str] | None, Query(description="Only these kinds; repeatable, or separated by commas.")]
Depth = Annotated[int, Query(ge=1, le=100, description="How many steps.")]
Wide = Annotated[bool, Query(description="Whether methods that override each other count as one.")]


@router.get("/symbols", responses=answers(Found))
async def symbols(
    call: Called,
    q: Annotated[str, Query(min_length=1, max_length=1000, description="A name or a part of one.", examples=["total"])],
    kind: Kinds = None,
    limit: Limit = 50,
) -> Reply:
    """Symbols by their name or a part of it."""
    return await call.answer(call.service.find, q, project=call.project, kinds=several(kind), limit=limit)


@router.get("/symbols/{name:path}", responses=answers(Shown))
async def show(
    call: Called,
    name: Annotated[str, Path(description="A symbol: its name, its id, or file:line.", examples=["Price.with_tax"])],
    limit: Annotated[int, Query(ge=1, le=1000, description="At most so many members and relations of a kind.")] = 10,
) -> Reply:
    """One symbol: signature, documentation, place, members, relations."""
    return await call.answer(call.service.show, name, project=call.project, limit=limit)


@router.get("/callers", responses=answers(Reached))
async def callers(
    call: Called, symbol: Symbol, depth: Depth = 1, widen: Wide = False, kind: Kinds = None, limit: Limit = 0
) -> Reply:
    """Who calls a symbol, any number of steps back. `widen` counts overridden and overriding methods as one."""
    kinds = several(kind) or ("CALLS",)
    return await call.answer(
        call.service.callers, symbol, project=call.project, depth=depth, widen=widen, kinds=kinds, limit=limit
    )


@router.get("/callees", responses=answers(Reached))
async def callees(
    call: Called, symbol: Symbol, depth: Depth = 1, widen: Wide = False, kind: Kinds = None, limit: Limit = 0
) -> Reply:
    """What a symbol calls, any number of steps on."""
    kinds = several(kind) or ("CALLS",)
    return await call.answer(
        call.service.callees, symbol, project=call.project, depth=depth, widen=widen, kinds=kinds, limit=limit
    )


@router.get("/path", responses=answers(Route))
async def path(call: Called, source: Symbol, target: Symbol, widen: Wide = True, kind: Kinds = None) -> Reply:
    """The shortest way from one symbol to another."""
    kinds = several(kind) or ("CALLS",)
    return await call.answer(call.service.path, source, target, project=call.project, widen=widen, kinds=kinds)


class ImpactRequest(BaseModel):
    """What changes: symbols, files or folders, or a unified diff."""

    model_config = example(symbols=["Price.with_tax"], depth=3)
    symbols: list[str] = Field(default=[], max_length=1000)
    files: list[str] = Field(default=[], max_length=10_000)
    diff: str | None = Field(default=None, description="The output of `git diff`.")
    depth: int = Field(default=3, ge=1, le=100)
    limit: int = Field(default=0, ge=0, le=100_000)


@router.get("/impact", responses=answers(Impact))
async def impact(
    call: Called,
    symbol: Annotated[list[str] | None, Query(description="Symbols that change; repeatable.")] = None,
    file: Annotated[list[str] | None, Query(description="Files or folders that change; repeatable.")] = None,
    depth: Depth = 3,
    limit: Limit = 0,
) -> Reply:
    """What a change may affect, and which tests to run."""
    return await call.answer(
        call.service.impact, file or [], symbols=symbol or [], project=call.project, depth=depth, limit=limit
    )


@router.post("/impact", responses=answers(Impact))
async def impact_of_diff(call: Called, body: ImpactRequest) -> Reply:
    """The same for a diff, or for more than an address can hold."""
    return await call.answer(
        call.service.impact, body.files, diff=body.diff, symbols=body.symbols, project=call.project,
        depth=body.depth, limit=body.limit,
    )  # fmt: skip


@router.get("/hierarchy", responses=answers(Hierarchy))
async def hierarchy(
    call: Called,
    symbol: Symbol,
    depth: Annotated[int, Query(ge=0, le=100, description="How many steps; 0 is all.")] = 0,
) -> Reply:
    """What a class derives from and what derives from it; for a method, what overrides it. Depth 0 is all."""
    return await call.answer(call.service.hierarchy, symbol, project=call.project, depth=depth)


@router.get("/cycles", responses=answers(Cycles))
async def cycles(
    call: Called,
    level: Annotated[str, Query(pattern="^(files|symbols)$", description="files or symbols")] = "files",
    limit: Limit = 0,
) -> Reply:
    """Files that import each other in a circle, or symbols that call each other in one."""
    return await call.answer(call.service.cycles, project=call.project, level=level, limit=limit)


@router.get("/unused", responses=answers(UnusedAnswer))
async def unused(
    call: Called,
    kind: Kinds = None,
    exported: Annotated[bool, Query(description="Also what is visible from outside.")] = False,
    limit: Limit = 0,
) -> Reply:
    """Definitions that nothing in the graph refers to. `exported` includes what is visible from outside."""
    return await call.answer(
        call.service.unused, project=call.project, kinds=several(kind), exported=exported, limit=limit
    )


@router.get("/overview", responses=answers(Overview))
async def overview(call: Called) -> Reply:
    """A project at a glance: its parts, its most used symbols, where it begins."""
    return await call.answer(call.service.overview, project=call.project)


@router.get("/status", responses=answers(IndexStatus))
async def status(call: Called) -> Reply:
    """Whether the graph still says what its folder says."""
    return await call.answer(call.service.index_status, project=call.project)


@router.get("/stats", responses=answers(Stats))
async def stats(call: Called) -> Reply:
    """What a graph holds."""
    return await call.answer(call.service.stats, project=call.project)

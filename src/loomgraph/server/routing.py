"""Every route, put together once per process, whatever its settings: what a route works with comes with the request.

The framework builds a route when one is first looked for, which takes a quarter of a second of them all. Here it is
done ahead; a worker that is forked from a process where it has been done has nothing of it left to do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import msgspec
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import BaseRoute

from loomgraph.server.context import in_header, in_path, keys
from loomgraph.server.routes import (
    edits,
    exports,
    graph,
    insert,
    jobs,
    ollama,
    openai,
    operations,
    pages,
    projects,
    query,
    structure,
    sync,
)
from loomgraph.server.schemas import FAILURES

PREFIX = "/api/v1/projects/{project}"


class StrictRequest(Request):
    """A request whose JSON is read fast and strictly: no lone surrogates, no bottomless nesting."""

    async def json(self) -> Any:
        body = await self.body()
        try:
            return msgspec.json.decode(body)
        except RecursionError:
            raise json.JSONDecodeError("nested too deeply", "", 0) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise json.JSONDecodeError(str(error), "", 0) from None


class StrictRoute(APIRoute):
    """A route that reads such requests."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            found: Response = await handle(StrictRequest(request.scope, request.receive))
            return found

        return strict


@cache
def routes() -> Sequence[BaseRoute]:
    """All of them, built. They hold nothing that changes, so every application of a process has the same."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.router.route_class = StrictRoute
    _mount(app)
    scope = {"type": "http", "method": "GET", "path": "/-", "root_path": "", "headers": []}
    for route in app.router.routes:
        route.matches(scope)
    return tuple(app.router.routes)


def _mount(app: FastAPI) -> None:
    asked = query.router  # looked for first, since it is asked for most
    others = [
        structure.router, exports.router, insert.router, graph.router, edits.router, sync.router,
        jobs.router, ollama.router,
    ]  # fmt: skip
    by_path = [Depends(keys), Depends(in_path)]
    by_header = [Depends(keys), Depends(in_header)]
    for router, prefix, place in ((asked, PREFIX, by_path), (asked, "", by_header)):
        router.route_class = StrictRoute
        _include(app, router, prefix, place)
    for router in others:
        router.route_class = StrictRoute
        _include(app, router, PREFIX, by_path)
    for router in (projects.one, operations.one):
        _include(app, router, PREFIX, by_path)
    for router in others:
        _include(app, router, "", by_header)
    for router in (projects.lists, openai.router, operations.router):
        _include(app, router, "", by_header)
    pages.install(app)


def _include(app: FastAPI, router: APIRouter, prefix: str, dependencies: list[Any]) -> None:
    for route in router.routes:
        if isinstance(route, APIRoute):
            route.__class__ = StrictRoute
    app.include_router(router, prefix=prefix, dependencies=dependencies, responses=FAILURES)

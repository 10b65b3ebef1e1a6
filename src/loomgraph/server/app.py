"""The application: the routes and the parts that they work with, and what begins and ends with them.

The LightRAG dialect and the project routes are the same functions, mounted twice: below ``/api/v1/projects/{project}``
with the project in the path, and at the root with the project in the header. ``/p/NAME`` is short for the former.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from loomgraph.server import failures, logs
from loomgraph.server.auth import Guard
from loomgraph.server.bodies import sweep
from loomgraph.server.context import Parts, seen_by
from loomgraph.server.edge import Edge
from loomgraph.server.metrics import FOLDER_VARIABLE, Metrics
from loomgraph.server.mounting import Later, Mount
from loomgraph.server.routing import routes
from loomgraph.server.work import Children, Pool, Turns
from loomgraph.service.serving import open_service
from loomgraph.settings import Settings

_TITLE = "LoomGraph"
_ABOUT = (
    "Code knowledge graphs, one per project. The project stands in the path (`/api/v1/projects/NAME/…`, short:"
    " `/p/NAME/…`) or in the header `LIGHTRAG-WORKSPACE`; without either it is `default`. Keys, where they are needed,"
    " are sent as `X-API-Key` or as a bearer token."
)
_OLD_BODIES = 3600.0
_WAITING = 256  # requests that may wait for a thread before others are told to come back
_CHANGES = 8
_WORDED = 64  # threads that wait for servers of models
_PATIENCE = 300.0  # seconds that a writer waits for its turn: as long as clients wait for an insert
_TELL = 2.0  # seconds after which a worker says again how it is, for whichever is asked
_GARBAGE = (4_000, 10, 10)  # how many objects more before it is looked for, and how often in how many generations


def create_app(settings: Settings, *, only: str = "", bound: str = "", mounts: Sequence[Mount] = ()) -> ASGIApp:
    """The application for these settings; ``only`` is the one project it serves, ``bound`` the address it is at.

    ``mounts`` are further applications, with routes and a lifespan of their own, on the same service and keys.
    """
    app, parts = make_api(settings, only=only, bound=bound, mounts=mounts)
    return _around(app, parts)


def create_lasting(settings: Settings, **named: Any) -> ASGIApp:
    """The application of a process that has nothing else to do.

    What stands now, stands until the end: to look through it for garbage again and again takes a tenth of a second,
    in the midst of a question. What questions leave behind goes without.
    """
    logs.keep(settings.server)
    app = create_app(settings, **named)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)
    return app


def make_api(
    settings: Settings, *, only: str = "", bound: str = "", mounts: Sequence[Mount] = ()
) -> tuple[FastAPI, Parts]:
    """The routes and the parts they work with, for the application and for those who only read about it."""
    metrics = Metrics(shared=bool(os.environ.get(FOLDER_VARIABLE)))
    service = open_service(settings, later=True)
    questions, worded = Pool("ask", settings.server.threads, _WAITING), Pool("word", _WORDED, _WAITING)
    changes, children = Pool("change", _CHANGES, _WAITING), Children(settings, max(1, os.cpu_count() or 1))
    turns = Turns(_WAITING, _PATIENCE)
    guard = Guard(service, bound)
    parts = Parts(
        service, questions, worded, changes, children, turns, metrics, guard, only or settings.server.workspace, only
    )
    inner = [Later(mount.path, partial(mount.make, service, seen_by)) for mount in mounts]
    app = FastAPI(
        title=_TITLE, version=version("loomgraph-kg"), description=_ABOUT, docs_url=None, redoc_url=None,
        lifespan=_lifespan(parts, inner),
    )  # fmt: skip
    app.state.parts = parts
    failures.install(app, str(settings.data_dir))
    app.router.routes += [*routes(), *(one.route for one in inner)]
    return app, parts


def _around(app: FastAPI, parts: Parts) -> ASGIApp:
    settings = parts.service.settings
    inner: ASGIApp = app
    if settings.server.cors_origins:
        inner = CORSMiddleware(
            app, allow_origins=settings.server.cors_origins, allow_methods=["*"], allow_headers=["*"],
            expose_headers=["X-Request-ID", "Retry-After"],
        )  # fmt: skip
    return Edge(inner, settings, parts.guard, parts.metrics)


def _lifespan(
    parts: Parts, inner: Sequence[Later]
) -> Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        data = parts.service.settings.data_dir
        await parts.changes.run(sweep, data, _OLD_BODIES, time.time())
        await parts.changes.run(parts.service.run_jobs)
        parts.service.fill_vectors()
        try:
            async with contextlib.AsyncExitStack() as stack:
                for one in inner:
                    await stack.enter_async_context(one.lifespan())
                if parts.metrics.shared:
                    stack.callback(asyncio.create_task(_tell(parts)).cancel)
                yield
        finally:
            await asyncio.to_thread(parts.service.stop_wording)
            await asyncio.to_thread(parts.close)

    return running


async def _tell(parts: Parts) -> None:
    """Say how this worker is, again and again: another one may be asked for all of them."""
    while True:
        parts.metrics.set(**await asyncio.to_thread(parts.counts))
        await asyncio.sleep(_TELL)

"""How the server is: health, counts, what LightRAG's page asks before anything else."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from loomgraph.server import metrics
from loomgraph.server.context import WORKSPACE, Call, Called, Parts, call_of, parts_of, seen_by
from loomgraph.server.replies import Reply

router = APIRouter(tags=["server"])
one = APIRouter(tags=["server"])
VERSION = version("loomgraph-kg")


@router.get("/health")
async def health(request: Request) -> Reply:
    """Whether the server is well; with a project in the header, how that project is."""
    if request.headers.get(WORKSPACE, "").strip():
        return await _project(await call_of(request))
    parts = parts_of(request)
    said: dict[str, Any] = {
        "status": "healthy", "engine": "loomgraph", "core_version": VERSION, "api_version": VERSION,
        "auth_mode": "enabled" if await parts.guard.needs_keys() else "disabled", "webui_available": False,
        "api_docs_available": True, "pipeline_busy": parts.children.running > 0,
        "pipeline_active": parts.children.running > 0,
    }  # fmt: skip
    if request.state.service is not None:
        said["configuration"] = _configuration(parts)
    return Reply(said)


def _configuration(parts: Parts) -> dict[str, Any]:
    """What may be known of the settings: no path, no address with a key in it."""
    llm, embedding = parts.service.settings.llm, parts.service.settings.embedding
    return {
        "workspace": parts.default, "llm_binding": llm.speaks, "llm_model": llm.model if llm.ready else None,
        "embedding_binding": embedding.name or "none", "embedding_trouble": parts.service.filling().models or None,
        "process": parts.counts(),
    }  # fmt: skip


@one.get("/health")
async def project_health(call: Called) -> Reply:
    """How a project is: its counts, its engine, when it was last written."""
    return await _project(call)


async def _project(call: Call) -> Reply:
    def work() -> dict[str, Any]:
        info: Any = call.service.plain(call.service.project(call.project))
        counts = {name: info[name] for name in ("files", "symbols", "edges")}
        said: dict[str, Any] = {
            "status": "unhealthy" if info["problem"] else "healthy", "workspace": call.project,
            "counts": counts, "bytes": info["bytes"], "updated": info["indexed"],
            "problem": info["problem"], "pipeline_busy": call.parts.children.running > 0,
        }  # fmt: skip
        if not info["problem"]:
            found = call.service.health(call.project)
            said |= {"engine": found.engine, "store": found.store, "missing": found.missing, "notes": found.notes,
                     "files_without_vectors": found.without_vectors}  # fmt: skip
        return said

    return Reply(await call.ask(work))


@router.get("/metrics")
async def counts(request: Request) -> Response:
    """What the server counts, as Prometheus reads it; of all workers."""
    parts = parts_of(request)
    seen_by(request).needs_admin()
    text = await parts.questions.run(parts.metrics.text, parts.all_counts)
    return Response(text, headers={"content-type": metrics.CONTENT_TYPE})


@router.get("/auth-status", tags=["lightrag"])
async def auth_status(request: Request) -> Reply:
    """Whether keys are needed. There are no accounts: keys are sent as `X-API-Key` or as a bearer token."""
    said: dict[str, Any] = {
        "auth_configured": False, "access_token": "", "token_type": "bearer", "auth_mode": "disabled",
        "message": "There are no accounts. Send the key of an API, where one is needed, as X-API-Key.",
        "core_version": VERSION, "api_version": VERSION, "webui_title": None,
        "webui_description": None, "api_key_needed": await parts_of(request).guard.needs_keys(),
    }  # fmt: skip
    return Reply(said)


@router.get("/", include_in_schema=False)
async def root() -> Reply:
    """Where to go from here."""
    return Reply({"name": "loomgraph", "version": VERSION, "docs": "/docs", "openapi": "/openapi.json"})

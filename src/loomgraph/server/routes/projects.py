"""Projects as such: list, make, show, rename, delete; the fork's list of workspaces."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from loomgraph.errors import UnknownProject, printable
from loomgraph.server.context import Called, parts_of, seen_by
from loomgraph.server.models import ProjectRequest, RenameRequest
from loomgraph.server.replies import Reply

lists = APIRouter(tags=["projects"])
one = APIRouter(tags=["projects"])


def shown(found: Any) -> dict[str, Any]:
    """A project as clients see it: not where it lies on the server."""
    return {key: value for key, value in found.items() if key != "graph"}


def visible(request: Request) -> list[str]:
    """The names of the projects that the one who asks may read."""
    only = parts_of(request).only
    return [one.name for one in seen_by(request).project_names() if only in ("", one.name)]


@lists.get("/api/v1/projects")
async def projects(
    request: Request, counts: Annotated[bool, Query(description="Whether the sizes of graphs are looked at.")] = True
) -> Reply:
    """The projects one may read, with the size of their graphs; `counts=false` gives names alone, faster."""
    parts, service = parts_of(request), seen_by(request)

    def work() -> list[dict[str, Any]]:
        names = visible(request)
        if not counts:
            return [{"name": name} for name in names]
        found = []
        for name in names:
            try:
                found.append(shown(service.plain(service.project(name))))
            except UnknownProject:  # deleted meanwhile
                continue
        return found

    listed = await parts.questions.run(work)
    return Reply({"projects": listed, "count": len(listed)})


@lists.get("/api/workspaces", tags=["lightrag"])
async def workspaces(request: Request) -> Reply:
    """The names of the projects one may read."""
    parts = parts_of(request)
    names = await parts.questions.run(visible, request)
    return Reply({"workspaces": names, "count": len(names)})


@lists.post("/api/v1/projects", status_code=201)
async def create(request: Request, body: ProjectRequest) -> Reply:
    """Make an empty project, on the engine that is named or else the server's own choice."""
    parts, service = parts_of(request), seen_by(request)
    if parts.only and body.name != parts.only:
        raise UnknownProject(name=printable(body.name)[:100])
    found = await parts.changes.run(service.create_project, body.name, body.engine)
    return Reply(shown(service.plain(found)), 201)


@one.get("")
async def show(call: Called) -> Reply:
    """One project with the size of its graph."""
    found = await call.ask(lambda: shown(call.service.plain(call.service.project(call.project))))
    return Reply(found)


@one.patch("")
async def rename(call: Called, body: RenameRequest) -> Reply:
    """Give a project another name. It takes a key with all rights: others' rights go by name."""
    found = await call.change(call.service.rename_project, call.project, body.name)
    return Reply(shown(call.service.plain(found)))


@one.delete("")
async def delete(call: Called) -> Reply:
    """Delete a project with all its data."""
    await call.change(call.service.delete_project, call.project)
    return Reply({"status": "success", "project": call.project})

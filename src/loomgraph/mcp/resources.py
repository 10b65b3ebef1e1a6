"""The resources: a symbol and a file of a project, by address.

Only what a graph holds has an address; the text of a file is what was indexed. This module must not know how either is
found.
"""

from __future__ import annotations

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from loomgraph.errors import LoomGraphError, NotFound
from loomgraph.mcp import texts
from loomgraph.mcp.callers import Caller, Callers

SYMBOL = "loomgraph://{project}/symbol/{+id}"
FILE = "loomgraph://{project}/file/{+path}"
_LIMIT = 20
_BUDGET = 8000


def add_resources(server: MCPServer, callers: Callers) -> None:
    """Give ``server`` the templates of both."""

    @server.resource(
        SYMBOL, name="symbol", title="A symbol of a project", mime_type="text/plain",
        description="A symbol by its id: signature, documentation, source, members, relations.",
    )  # fmt: skip
    def symbol(project: str, id: str, ctx: Context) -> str:
        def read(caller: Caller) -> str:
            shown = caller.service.show(id, project=caller.project(project), limit=_LIMIT)
            block = texts.shown(shown, source=True).result(_BUDGET).content[0]
            return str(getattr(block, "text", ""))

        return _read(callers(ctx.request_context.request), read)

    @server.resource(
        FILE, name="file", title="A file of a project", mime_type="text/plain",
        description="The text of an indexed file, by its path from the project's root.",
    )  # fmt: skip
    def file(project: str, path: str, ctx: Context) -> str:
        def read(caller: Caller) -> str:
            return caller.service.source(path, project=caller.project(project)).text

        return _read(callers(ctx.request_context.request), read)


def _read(caller: Caller, read: object) -> str:
    assert callable(read)
    try:
        return str(read(caller))
    except NotFound as error:
        raise ResourceNotFoundError(f"{error.code}: {error}") from None
    except LoomGraphError as error:
        raise ResourceError(f"{error.code}: {error}") from None

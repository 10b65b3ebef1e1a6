"""The MCP server put together: its tools and resources, on standard input and output or as an HTTP app.

This module must not know what the tools do, nor how a server checks keys.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import ValidationError
from starlette.applications import Starlette

from loomgraph.errors import BadInput
from loomgraph.mcp.callers import Callers
from loomgraph.mcp.resources import add_resources
from loomgraph.mcp.sheet import failed
from loomgraph.mcp.tools import NAMES, Tools

INSTRUCTIONS = """\
LoomGraph knows the code of one or more projects as graphs: symbols, and who calls, uses, imports, inherits from and
tests them, resolved through imports and types. Ask it instead of searching text when the question is about code:
overview for a code base you do not know, search or ask for "where is…" and "how does…", callers before a change, impact
for what breaks and which tests to run. Paths are relative to the project's root; an id from one answer works in every
tool. What is marked [candidate] is a guess by name. The tools only read."""


class Server(MCPServer):
    """The SDK's server, with arguments that do not fit answered by an error of the one tree."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            wrong = "; ".join(
                f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.__cause__.errors(include_url=False)
            )
            problem = BadInput(reason=f"Arguments of {name} that cannot be used: {wrong}.")
            return failed(problem, problem.details)


def make_server(callers: Callers) -> MCPServer:
    """A server whose tools answer whoever ``callers`` says is asking."""
    tools = Tools(callers)
    server = Server(
        "loomgraph",
        title="LoomGraph",
        description="Code graphs: who calls, uses and tests what.",
        instructions=INSTRUCTIONS,
        version=version("loomgraph-kg"),
        tools=[_tool(name, getattr(tools, name)) for name in NAMES],
        log_level="WARNING",
    )
    add_resources(server, callers)
    return server


def _tool(name: str, function: Callable[..., Any]) -> Tool:
    made = Tool.from_function(
        function,
        name=name,
        title=name.replace("_", " ").capitalize(),
        description=" ".join(inspect.cleandoc(function.__doc__ or "").split()),
        annotations=ToolAnnotations(
            read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
        structured_output=False,
    )
    made.parameters.pop("title", None)
    for argument in made.parameters["properties"].values():
        argument.pop("title", None)  # it only repeats the name, and every client sends it to a model
    return made


def run_stdio(callers: Callers) -> None:
    """Serve on standard input and output until the client closes them."""
    make_server(callers).run("stdio")


def http_app(callers: Callers, path: str = "/mcp") -> Starlette:
    """The server as an ASGI app with one route, for another app to mount.

    It keeps no sessions, so that any of several workers answers any request. Whoever mounts it runs its lifespan, and
    checks hosts and origins: that is switched off here.
    """
    return make_server(callers).streamable_http_app(
        streamable_http_path=path,
        stateless_http=True,
        json_response=True,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )


def tool_list() -> list[dict[str, Any]]:
    """Every tool as clients see it: for the generated reference."""
    import anyio

    def nobody(request: object) -> Any:
        raise AssertionError("nobody asks")

    server = make_server(nobody)
    return [tool.model_dump(mode="json", by_alias=True) for tool in anyio.run(server.list_tools)]

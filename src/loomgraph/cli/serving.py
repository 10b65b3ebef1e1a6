"""The command ``serve``: the HTTP server, with options over the settings. It must not know a route."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from loomgraph.cli.common import examples, make_service
from loomgraph.errors import MissingExtra

if TYPE_CHECKING:
    from loomgraph.service import Service
    from loomgraph.settings import Settings

_PATIENCE = 30.0  # seconds that a server waits for another process' update of a graph: its clients cannot see why
_HINT = "Install it with: pip install 'loomgraph-kg[server]'"


@click.command()
@click.option("--host", help="The address to listen at (default: 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="The port (default: 9621); 0 takes any.")
@click.option("--max-open", type=click.IntRange(1), help="How many projects a process keeps open (default: 64).")
@click.option("--workers", type=click.IntRange(1, 256), help="How many processes answer (default: 1).")
@click.option(
    "-p", "--project", default="", metavar="NAME", help="Serve this project alone, under the server's own address."
)
@click.option("--insecure", is_flag=True, help="Listen beyond this machine although there are no keys.")
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", show_default=True,
    help="What is written to standard error, as JSON lines.",
)  # fmt: skip
@click.option("--socket", type=int, hidden=True)
@examples("""
    loomgraph serve
    loomgraph serve --port 8080 --workers 4
    loomgraph serve --project shop --port 9701
    LOOMGRAPH_API_KEY=… loomgraph serve --host 0.0.0.0
    """)
def serve(
    project: str, insecure: bool, log_level: str, max_open: int | None, socket: int | None, **given: Any
) -> int:  # fmt: skip
    """Answer over HTTP: LoomGraph's own API, LightRAG's dialect, Ollama's, and /docs with all of it.

    On this machine alone no key is needed; beyond it `loomgraph keys create` comes first. SIGHUP reloads, SIGTERM ends.
    """
    try:
        from loomgraph.server import mounting, running
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("loomgraph"):
            raise
        raise MissingExtra(name="The server", hint=_HINT) from None
    agents = find_spec("mcp") is not None
    mounts = [mounting.Mount("/mcp", mcp_routes)] if agents else []
    wish = running.Wish(project, insecure, log_level, mounts, ["loomgraph.mcp.server"] if agents else [], socket)
    chosen = {name: str(value) if name == "port" else value for name, value in given.items() if value is not None}
    return running.serve(partial(served, make_service, chosen, max_open), wish)


def served(make: Callable[[], Service], chosen: dict[str, Any], max_open: int | None) -> Settings:
    """The settings of now, with what the command line says over them."""
    found = make().settings
    if found.source("lock_wait") == "default":
        found = replace(found, lock_wait=_PATIENCE)
    keeping = found.keeping if max_open is None else replace(found.keeping, max_open=max_open)
    return replace(found, server=replace(found.server, **chosen), keeping=keeping)


def mcp_routes(service: Service, seen_by: Callable[[Any], Service]) -> Any:
    """The route /mcp, for whoever the server says is asking."""
    from loomgraph.mcp.callers import Caller
    from loomgraph.mcp.server import http_app

    def caller(request: Any) -> Caller:
        return Caller(seen_by(request), request.headers.get("lightrag-workspace", ""), local=False)

    return http_app(caller)

"""The command ``mcp``: the server for agents on standard input and output, and the configuration of its clients."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loomgraph.cli.common import complete_projects, examples, json_option, make_service
from loomgraph.errors import BadInput, MissingExtra

if TYPE_CHECKING:
    from loomgraph.mcp.clients import Client, Launch

_CLIENTS = (
    "claude", "claude-desktop", "cursor", "codex", "vscode", "copilot", "windsurf", "zed", "gemini", "opencode", "kiro",
)  # fmt: skip
_HINT = "Install it with: pip install 'loomgraph-kg[mcp]'"


@click.group(invoke_without_command=True)
@click.option("-p", "--project", default="", metavar="NAME", shell_complete=complete_projects,
              help="The project that is meant when a tool names none (default: the one of the folder).")  # fmt: skip
@click.option("--folder", default="", metavar="PATH", help="Stand in this folder instead of the current one.")
@click.pass_context
@examples("""
    loomgraph mcp
    loomgraph mcp --project shop
    loomgraph mcp install --client claude
    """)
def mcp(context: click.Context, project: str, folder: str) -> None:
    """Answer agents over the Model Context Protocol, on standard input and output.

    Clients start it themselves: `loomgraph mcp install` gives their configuration. The same tools are at /mcp of
    `loomgraph serve`. The tools only read.
    """
    if context.invoked_subcommand is not None:
        return
    service = make_service()
    if folder:
        service.here = (service.here / Path(folder).expanduser()).resolve()
        if not service.here.is_dir():
            raise BadInput(reason=f"There is no folder {service.here}.")
    if project:
        service.find_project(project)
    try:
        from loomgraph.mcp.callers import Local
        from loomgraph.mcp.server import run_stdio
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("loomgraph"):
            raise
        raise MissingExtra(name="The MCP server", hint=_HINT) from None
    run_stdio(Local(service, project))


@mcp.command()
@click.option("--client", required=True, type=click.Choice(_CLIENTS), help="The client to configure.")
@click.option("-p", "--project", default="", metavar="NAME", shell_complete=complete_projects,
              help="The project that is meant when a tool names none.")  # fmt: skip
@click.option("--url", default="", metavar="URL", help="Let the client call this server instead of starting a program.")
@click.option("--key", default="", metavar="KEY", help="The key for that server.")
@click.option("--write", "place", default="", metavar="FILE", help="Put it into this file, beside what stands there.")
@json_option
@examples("""
    loomgraph mcp install --client claude
    loomgraph mcp install --client cursor --write .cursor/mcp.json
    loomgraph mcp install --client codex --project shop --write ~/.codex/config.toml
    loomgraph mcp install --client vscode --url http://127.0.0.1:9621/mcp
    """)
def install(client: str, project: str, url: str, key: str, place: str, as_json: bool) -> None:
    """Print the configuration that makes a client use this server; with --write, put it into a file.

    What stands in the file stays, and the file as it was is kept beside it. A JSON file with comments is refused, since
    they would be lost.
    """
    from loomgraph.mcp import install as installing
    from loomgraph.mcp.clients import CLIENTS, Launch

    if key and not url:
        raise BadInput(reason="--key goes with --url: a program on this machine needs none.")
    launch = Launch(url=url, key=key) if url else _launch(project)
    chosen = CLIENTS[client]
    if not place:
        return _show(chosen, launch, as_json)
    done = installing.write(chosen, launch, Path.cwd() / Path(place).expanduser())
    if as_json:
        from dataclasses import asdict

        from loomgraph.cli.output import print_json

        return print_json(asdict(done))
    kept = f"; as it was: {done.backup}" if done.backup else ""
    return click.echo(f"{done.path}: {done.outcome}{kept}")


def _show(client: Client, launch: Launch, as_json: bool) -> None:
    from loomgraph.cli.output import print_json
    from loomgraph.mcp.install import shown

    if as_json:
        usual = [{"path": path, "for": what} for path, what in client.usual]
        document = {"client": client.name, "config": client.document(launch), "usual": usual}
        return print_json(document)
    click.echo(shown(client, launch), nl=False)
    places = " or ".join(f"{path} ({what})" for path, what in client.usual)
    return click.echo(f"{client.title} reads {places}: --write FILE puts it there.", err=True)


def _launch(project: str) -> Launch:
    """How a client starts this program, with what its own environment would not say."""
    from loomgraph.mcp.clients import Launch

    settings = make_service().settings
    moved = settings.source("data_dir") != "default"
    environment = {"LOOMGRAPH_DATA_DIR": str(settings.data_dir)} if moved else {}
    return Launch(_program(), ("mcp", *(("--project", project) if project else ())), environment)


def _program() -> str:
    """This program as clients can start it, wherever they are started from."""
    found = shutil.which("loomgraph")
    own = Path(sys.executable).with_name("loomgraph")
    return str(own) if own.is_file() else found or "loomgraph"

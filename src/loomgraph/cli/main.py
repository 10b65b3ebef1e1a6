"""The command ``loomgraph``: the list of commands, and how a run ends.

Commands are imported when they are called, so that none pays for another. Here is the edge of the program: errors
become a message on standard error, an exit code and, with ``--json``, a document on standard output. This module
must not know what the commands do.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from loomgraph.errors import LoomGraphError, response_to

INTERRUPTED = 130  # 128 + SIGINT, as shells say it
PIPE_CLOSED = 141  # 128 + SIGPIPE


class Entry(NamedTuple):
    """Where a command is (module of loomgraph.cli, attribute), and what it does in a few words."""

    target: str
    summary: str


SECTIONS: dict[str, dict[str, Entry]] = {
    "Build": {
        "index": Entry("building:index", "Build the graph of a folder, or bring it up to date."),
        "watch": Entry("building:watch", "Keep it up to date, until Ctrl-C."),
        "embed": Entry("building:embed", "Ask the embedding server for vectors that are missing."),
    },
    "Ask": {
        "ask": Entry("retrieving:ask", "A question in plain words: symbols, relations, quoted code."),
        "search": Entry("retrieving:search", "Ranked definitions and passages; many queries with --batch."),
        "overview": Entry("asking:overview", "A project at a glance: languages, folders, what is central."),
        "find": Entry("asking:find", "Symbols by their name or a part of it."),
        "show": Entry("asking:show", "One symbol: signature, place, members, relations."),
        "callers": Entry("asking:callers", "Who calls a symbol."),
        "callees": Entry("asking:callees", "What a symbol calls."),
        "path": Entry("asking:path", "How one symbol reaches another."),
        "impact": Entry("asking:impact", "What a change affects, and which tests to run."),
        "hierarchy": Entry("asking:hierarchy", "Bases and subclasses; overridden methods."),
        "cycles": Entry("asking:cycles", "Import circles, call circles."),
        "unused": Entry("asking:unused", "Definitions that nothing refers to."),
    },
    "Move": {
        "push": Entry("pushing:push", "Send a folder's files to a server; its graph is built there."),
        "export": Entry("moving:export", "Write a graph: edges, jsonl, custom-kg, GraphML."),
        "import": Entry("moving:import_", "Read a graph from a file."),
    },
    "Serve": {
        "serve": Entry("serving:serve", "Answer over HTTP: LoomGraph's API, LightRAG's dialect, MCP."),
    },
    "Deploy": {
        "deploy": Entry("deploying:deploy", "An instance a project, or one server: plan, generate, run, watch."),
    },
    "Manage": {
        "projects": Entry("managing:projects", "List, show, rename, delete projects."),
        "mcp": Entry("agents:mcp", "Answer agents over the Model Context Protocol; configure its clients."),
        "keys": Entry("keys:keys", "Make, list, revoke the keys of the server."),
        "stats": Entry("managing:stats", "What a graph holds."),
        "doctor": Entry("managing:doctor", "Check the installation, the settings and the graphs."),
        "completion": Entry("managing:completion", "The script that teaches a shell to complete."),
    },
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for section in SECTIONS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for section in SECTIONS.values():
            if cmd_name in section:
                module, _, attribute = section[cmd_name].target.partition(":")
                command = getattr(importlib.import_module(f"loomgraph.cli.{module}"), attribute)
                assert isinstance(command, click.Command)
                return command
        return None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise click.exceptions.Exit(_quiet_pipe()) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, self.list_commands(ctx)))
        for title, section in SECTIONS.items():
            rows = [(name.ljust(width), entry.summary) for name, entry in section.items()]
            with formatter.section(title):
                formatter.write_dl(rows)


def _version() -> str:
    from importlib.metadata import version

    return version("loomgraph-kg")


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"loomgraph {_version()}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Show the version."
)
def cli() -> None:
    """Code knowledge graphs: who calls this, what does a change affect, what is this class the base of.

    \b
    loomgraph index                build or update the graph of this folder
    loomgraph callers parse_url    who calls it
    loomgraph impact               what do my uncommitted changes affect?

    Every command has --help with examples, and --json.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with its exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    code = _run(arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _quiet_pipe()
    sys.exit(code)


def _run(arguments: Sequence[str]) -> int:
    try:
        result = cli.main(args=list(arguments), prog_name="loomgraph", standalone_mode=False)
    except LoomGraphError as error:
        return _fail(error, arguments)
    except click.ClickException as error:
        if "--json" in arguments:
            _document("usage", error.format_message(), {})
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    return result if isinstance(result, int) else 0


def _fail(error: LoomGraphError, arguments: Sequence[str]) -> int:
    """Say what went wrong: to people on standard error, with ``--json`` also as the document."""
    if "--json" in arguments:
        _document(error.code, str(error), error.details)
    click.echo(f"loomgraph: {error}", err=True)
    return response_to(error).exit


def _document(code: str, message: str, details: dict[str, Any]) -> None:
    """An error as the one document on standard output."""
    from loomgraph.cli.output import print_json
    from loomgraph.service.answers import plain

    print_json({"error": {"code": code, "message": message, "details": plain(details)}})


def _quiet_pipe() -> int:
    """Whoever read our output has gone; leave nothing for the interpreter to complain about at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED

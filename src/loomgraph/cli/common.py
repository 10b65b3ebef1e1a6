"""What commands share: options, the service, completion of names."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from loomgraph.cli.output import Text

if TYPE_CHECKING:
    from loomgraph.service import Service

Command = TypeVar("Command", bound=Callable[..., Any])
_MOST_COMPLETIONS = 50


def make_service() -> Service:
    """The service for the settings and the folder of this process."""
    from pathlib import Path

    from loomgraph import settings
    from loomgraph.errors import FolderNotFound
    from loomgraph.service import Service

    try:
        here = Path.cwd()
    except FileNotFoundError:
        raise FolderNotFound(path="(the current folder was deleted)") from None
    service = Service(settings.load(), here)
    context = click.get_current_context(silent=True)
    if context is not None:
        context.find_root().call_on_close(service.close)
    return service


def text_for(service: Service) -> Text:
    """Where this run writes text."""
    return Text(service.settings.color)


def json_option(command: Command) -> Command:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Answer with one JSON document.")(command)


def complete_projects(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of projects that begin so."""
    from loomgraph.errors import LoomGraphError

    try:
        names = [project.name for project in make_service().project_names()]
    except LoomGraphError:
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def complete_symbols(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of symbols that begin so."""
    from loomgraph.errors import LoomGraphError

    try:
        names = make_service().names(incomplete, project=ctx.params.get("project") or "")
    except LoomGraphError:
        return []
    return [CompletionItem(name) for name in names[:_MOST_COMPLETIONS]]


def project_option(command: Command) -> Command:
    """``--project``."""
    return click.option(
        "-p", "--project", default="", metavar="NAME", shell_complete=complete_projects,
        help="The project to ask (default: the one whose folder holds the current one).",
    )(command)  # fmt: skip


def symbol_argument(name: str) -> Callable[[Command], Command]:
    """An argument that is a symbol."""
    return click.argument(name, metavar=name.upper(), shell_complete=complete_symbols)


def examples(text: str) -> Callable[[Command], Command]:
    """Put examples below a command's description: they are what people look for first."""

    def add(function: Command) -> Command:
        body = inspect.cleandoc(text)
        function.__doc__ = f"{inspect.cleandoc(function.__doc__ or '')}\n\n\b\nExamples:\n" + "\n".join(
            f"  {line}" for line in body.splitlines()
        )
        return function

    return add


def asking(function: Command) -> Command:
    """A command that asks one project: ``--json``, ``--project``, and the service as first argument."""

    @functools.wraps(function)
    def run(**arguments: Any) -> Any:
        return function(make_service(), **arguments)

    return json_option(project_option(run))  # type: ignore[return-value]

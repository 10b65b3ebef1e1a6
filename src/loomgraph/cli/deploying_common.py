"""What the commands of ``deploy`` share: which deployment is meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from loomgraph.deploy.plan import Deployment

Command = TypeVar("Command", bound=Callable[..., Any])
DEFAULT_FOLDER = "~/lightrag-projects"


def _path(_ctx: click.Context, _param: click.Parameter, given: str) -> Path:
    return Path(given).expanduser().absolute()


def folder_option(command: Command) -> Command:
    """``--dir``."""
    return click.option(
        "--dir", "folder", default=DEFAULT_FOLDER, show_default=True, metavar="FOLDER", callback=_path,
        help="The folder of the deployment.",
    )(command)  # fmt: skip


def load(folder: Path) -> Deployment:
    """The deployment in this folder."""
    from loomgraph.deploy import planfile

    return planfile.load(folder)


def complete_instances(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of the deployment's processes that begin so."""
    from loomgraph.errors import LoomGraphError

    try:
        found = load(ctx.params.get("folder") or Path(DEFAULT_FOLDER).expanduser())
    except LoomGraphError:
        return []
    return [CompletionItem(one.name) for one in found.processes if one.name.startswith(incomplete)]


def names_argument(command: Command) -> Command:
    """``[NAME…]`` or ``--all``: which of the deployment's processes are meant."""
    command = click.option("--all", "everything", is_flag=True, help="All of them; so it is without any NAME.")(command)
    return click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_instances)(command)

"""The command ``deploy``: a group whose commands are imported when they are called. It must not know what they do."""

from __future__ import annotations

import importlib

import click

from loomgraph.cli.common import examples

# command → module of loomgraph.cli and attribute, in the order in which help lists them
COMMANDS = {
    "init": "deploying_plan:init",
    "add": "deploying_plan:add",
    "remove": "deploying_plan:remove",
    "list": "deploying_plan:list_projects",
    "ports": "deploying_plan:ports",
    "generate": "deploying_plan:generate",
    "start": "deploying_run:start",
    "stop": "deploying_run:stop",
    "restart": "deploying_run:restart",
    "status": "deploying_run:status",
    "logs": "deploying_run:logs",
    "health": "deploying_health:health",
    "backup": "deploying_archive:backup",
    "restore": "deploying_archive:restore",
    "migrate": "deploying_archive:migrate",
    "nginx": "deploying_machine:nginx",
    "systemd": "deploying_machine:systemd",
}


class LazyCommands(click.Group):
    """The commands of a deployment, each imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(f"loomgraph.cli.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyCommands)
@examples("""
    loomgraph deploy init
    loomgraph deploy add shop
    loomgraph deploy add legacy --kind lightrag
    loomgraph deploy start --all
    """)
def deploy() -> None:
    """Plan, generate, run and watch over an instance for each project, or one server for all.

    A deployment is a folder (--dir) with a deployment.toml that is the only source. The guide: docs/deploy/.
    """

"""The commands of ``deploy`` that give the machine what was generated: ``nginx``, ``systemd``. They print the steps,
and take them only when asked."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loomgraph.cli.common import examples, json_option
from loomgraph.cli.deploying_common import folder_option
from loomgraph.cli.output import print_json

if TYPE_CHECKING:
    from loomgraph.deploy.installing import Checked

_install = click.option("--install", is_flag=True, help="Take the steps (as root), instead of printing them.")


@click.command()
@folder_option
@click.option("--show", is_flag=True, help="Print the site itself.")
@_install
@click.option(
    "--etc", default="/etc/nginx", show_default=True, metavar="FOLDER", help="Where the machine's nginx reads."
)
@json_option
@examples("""
    loomgraph deploy nginx
    loomgraph deploy nginx --show
    sudo loomgraph deploy nginx --dir /srv/graphs --install
    """)
def nginx(folder: Path, show: bool, install: bool, etc: str, as_json: bool) -> None:
    """The proxy before all: writes its configuration, lets nginx check it, prints how to install or to run it.

    FOLDER/_nginx/site.conf is for the machine's own nginx; FOLDER/_nginx/nginx.conf runs from that folder by itself.
    """
    from loomgraph.deploy import installing, planning
    from loomgraph.deploy import nginx as rendering

    deployment = planning.generate(folder).deployment
    if show:
        return click.echo(rendering.site(deployment), nl=False)
    checked = installing.check_nginx(deployment)
    steps = installing.nginx_steps(deployment, Path(etc))
    alone = installing.nginx_command(deployment)
    if not as_json and not install:
        click.echo(f"# to run it by itself:\n{shlex.join(alone)}\n# to have the machine's nginx serve it (as root):")
    return _finish(checked, steps, install, as_json)


@click.command()
@folder_option
@_install
@click.option("--etc", default="/etc/systemd/system", show_default=True, metavar="FOLDER", help="Where units lie.")
@json_option
@examples("""
    loomgraph deploy systemd
    sudo loomgraph deploy systemd --dir /srv/graphs --install
    """)
def systemd(folder: Path, install: bool, etc: str, as_json: bool) -> None:
    """Units for systemd: writes them, lets systemd-analyze check them, prints how to install and start them."""
    from loomgraph.deploy import installing, planning

    deployment = planning.generate(folder).deployment
    checked = installing.check_units(deployment)
    return _finish(checked, installing.systemd_steps(deployment, Path(etc)), install, as_json)


def _finish(checked: Checked, steps: Sequence[tuple[str, ...]], install: bool, as_json: bool) -> None:
    """Say what the check said; take the steps or print them."""
    from loomgraph.deploy import installing

    if checked.said:
        click.echo(checked.said, err=True)
    if install:
        installing.carry_out(steps)
    if as_json:
        return print_json({"check": asdict(checked), "steps": steps, "installed": install})
    for step in steps:
        click.echo(("done: " if install else "") + shlex.join(step))
    return None

"""The command ``deploy health``: whether all of a deployment is well, for people, cron, and whoever is to be told."""

from __future__ import annotations

from pathlib import Path

import click

from loomgraph.cli.common import examples, json_option, make_service, text_for
from loomgraph.cli.deploying_common import folder_option, load, names_argument
from loomgraph.cli.output import print_json

BAD = 1


@click.command()
@names_argument
@click.option("--through-proxy", is_flag=True, help="Ask each project through the proxy, too.")
@click.option(
    "--alert-command", default="", metavar="COMMAND",
    help="Run by the shell once for each that went bad, and once when it is good again; the facts are in its"
    " environment (LOOMGRAPH_ALERT_NAME, _STATE, _DETAIL, _ADDRESS, …) and, as JSON, on its standard input.",
)  # fmt: skip
@folder_option
@json_option
@examples("""
    loomgraph deploy health
    loomgraph deploy health --through-proxy --json
    loomgraph deploy health --alert-command 'mail -s "$LOOMGRAPH_ALERT_NAME: $LOOMGRAPH_ALERT_STATE" ops@example.org'
    """)
def health(
    folder: Path, names: tuple[str, ...], everything: bool, through_proxy: bool, alert_command: str, as_json: bool
) -> int:
    """Check every process, the embedding server, the LLM and the proxy. Ends with 0 when all are well, else with 1."""
    from loomgraph.deploy import alerts, supervising
    from loomgraph.deploy import health as checking

    deployment = load(folder)
    wanted = () if everything else names
    supervising.chosen(deployment, wanted)
    found = checking.checks(deployment, wanted, through_proxy=through_proxy)
    good = all(check.good for check in found)
    service = make_service()
    if as_json:
        print_json(service.plain({"good": good, "checks": found}))
    else:
        rows = ((c.name, "good" if c.good else "BAD", c.address, c.detail) for c in found)
        text_for(service).table(
            [(name, "name"), (word, "good" if word == "good" else "bad"), (address, "place"), (detail, "plain")]
            for name, word, address, detail in rows
        )
    if alert_command:
        alerts.tell(folder, found, alert_command)
    return 0 if good else BAD

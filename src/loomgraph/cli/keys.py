"""The command ``keys``: who may call the server, and for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from loomgraph.cli.common import complete_projects, examples, json_option, make_service, text_for
from loomgraph.cli.managing import DefaultList
from loomgraph.cli.output import print_json

if TYPE_CHECKING:
    from loomgraph.cli.output import Text
    from loomgraph.service.access import Key


@click.group(cls=DefaultList)
@examples("""
    loomgraph keys create "nightly build" --write shop
    loomgraph keys create agents --read shop --read '*'
    loomgraph keys create me --admin
    loomgraph keys revoke 1f2e3d4c
    """)
def keys() -> None:
    """Make, list or revoke the keys of the server.

    Without a key, everybody who reaches the server may do everything; as soon as one is made, every request needs one.
    A key that may write a project may also make, empty and delete it. An administrator's may do everything.
    """


@keys.command("create")
@click.argument("label", default="")
@click.option("--admin", is_flag=True, help="A key for everything.")
@click.option(
    "--read", multiple=True, metavar="NAME", shell_complete=complete_projects,
    help="A project it may ask; '*' for all. Repeatable.",
)  # fmt: skip
@click.option(
    "--write", multiple=True, metavar="NAME", shell_complete=complete_projects,
    help="A project it may ask and change; '*' for all. Repeatable.",
)  # fmt: skip
@json_option
def create_key(label: str, admin: bool, read: tuple[str, ...], write: tuple[str, ...], as_json: bool) -> None:
    """Make a key. Its token is the one line on standard output, and is shown this once."""
    service = make_service()
    made = service.create_key(label, admin=admin, read=read, write=write)
    if as_json:
        return print_json(service.plain(made))
    text_for(service).line(made.token)
    click.echo(f"key {made.key.id}: {_may(made.key)}. Send the token as `Authorization: Bearer …`.", err=True)
    return None


@keys.command("list")
@json_option
def list_keys(as_json: bool) -> None:
    """Every key: its id, what it may do, when it was made, its label."""
    service = make_service()
    found = service.list_keys()
    if as_json:
        return print_json(service.plain({"needed": service.keys.needed(), "keys": found}))
    text = text_for(service)
    if not found:
        nobody = "No keys are left, and the server still asks for one: `loomgraph keys create` or `keys forget`."
        text.line(nobody if service.keys.needed() else "No keys: the server asks for none.")
    _table(text, found)
    return None


def _table(text: Text, found: list[Key]) -> None:
    text.table([(key.id, "name"), (_may(key), "plain"), (key.created, "weak"), (key.label, "plain")] for key in found)


def _may(key: Key) -> str:
    return "everything" if key.admin else ", ".join(f"{right} {name}" for name, right in key.grants.items())


@keys.command("revoke")
@click.argument("key_id", metavar="ID")
@json_option
def revoke_key(key_id: str, as_json: bool) -> None:
    """Take a key away. Running servers refuse it from the next request on."""
    service = make_service()
    revoked = service.revoke_key(key_id)
    if as_json:
        return print_json(service.plain({"revoked": revoked}))
    text_for(service).line(f"revoked {revoked.id} ({revoked.label or 'no label'})")
    return None


@keys.command("forget")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
def forget_keys(yes: bool, as_json: bool) -> None:
    """Forget every key: the server asks for none any more."""
    service = make_service()
    if not yes and not as_json:
        click.confirm("Let everybody who reaches the server do everything?", abort=True, err=True)
    count = service.forget_keys()
    if as_json:
        return print_json({"forgotten": count})
    text_for(service).line(f"forgot {count} keys")
    return None

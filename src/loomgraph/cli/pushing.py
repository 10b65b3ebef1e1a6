"""The command ``push``: a folder's files to a server, which builds the graph of them.

This module must not know the wire, nor which files belong to a project.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loomgraph.cli.common import asking, examples, text_for
from loomgraph.cli.output import Progress, print_json
from loomgraph.errors import BadInput, PushIncomplete, UnknownPush

if TYPE_CHECKING:
    from loomgraph.client import Graphs
    from loomgraph.client.answers import Pushed
    from loomgraph.service import Service

_ATTEMPTS = 3  # files may change while they are sent


@click.command()
@click.argument("path", default=".", metavar="[PATH]", type=click.Path())
@asking
@click.option("--server", default="", metavar="URL", help="The server (default: the setting push_server).")
@click.option("--key-file", default="", metavar="FILE",
              help="A file that holds the key, - for standard input (default: the setting push_key).")  # fmt: skip
@click.option("--include", multiple=True, metavar="GLOB", help="Only these files; as in .gitignore. Repeatable.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Not these files; as in .gitignore. Repeatable.")
@examples("""
    loomgraph push --server http://127.0.0.1:9621
    loomgraph push ~/src/shop --server https://graphs.example.com --project shop --key-file ~/.shop.key
    LOOMGRAPH_PUSH_SERVER=http://127.0.0.1:9621 loomgraph push
    """)
def push(
    service: Service,
    path: str,
    project: str,
    as_json: bool,
    server: str,
    key_file: str,
    include: Sequence[str],
    exclude: Sequence[str],
) -> None:
    """Send the files of a folder to a server, which builds or updates their graph there, in one transaction.

    The same files go as `index` would read here, but only those that the server lacks; broken off, it goes on where it
    was. The project is named after the folder, unless --project says otherwise.
    """
    from loomgraph.client import Graphs, Place

    settings = service.settings.push
    address = server or settings.server
    if not address:
        raise BadInput(reason="Say where to: --server URL, or the setting push_server.")
    key = settings.key.reveal() if address == settings.server or not server else ""
    if key_file:
        key = service.read_text(key_file).strip()
    place = Place(address, project or local_name(service, path), key)
    progress = Progress()
    try:
        with Graphs({"": place}) as graphs:
            done = _pushed(service, graphs, path, include, exclude, progress)
    finally:
        progress.close()
    _show(service, done, address, as_json)


def local_name(service: Service, path: str) -> str:
    """What a folder's project is called when nobody says."""
    return service.settings.project or service.name_for(path)


def _pushed(
    service: Service, graphs: Graphs, path: str, include: Sequence[str], exclude: Sequence[str], progress: Progress
) -> Pushed:  # fmt: skip
    """Push, and again when files changed meanwhile."""
    from loomgraph.client import Files

    attempt = 0
    while True:
        attempt += 1
        progress("hash", 0, 0)
        local = service.local_files(path, include=include or None, exclude=exclude or None)
        try:
            return graphs[""].push(Files(local.files, partial(_bytes, local.root)), progress)
        except (PushIncomplete, UnknownPush):  # files changed, or another push came between
            if attempt == _ATTEMPTS:
                raise


def _bytes(root: str, path: str) -> bytes:
    return (Path(root) / path).read_bytes()


def _show(service: Service, done: Pushed, address: str, as_json: bool) -> None:
    if as_json:
        import msgspec

        return print_json(msgspec.to_builtins(done))
    text = text_for(service)
    counts = done.counts
    text.line(f"{text.style(done.project, 'name')}  {text.style(address, 'place')}")
    changes = f"{done.added:,} added, {done.changed:,} changed, {done.deleted:,} deleted"
    text.line(f"  {counts.files:,} files: {'up to date' if done.up_to_date else changes}")
    text.line(f"  {counts.symbols:,} symbols, {counts.edges:,} edges")
    return text.note(f"  {done.seconds:.2f} s on the server")

"""The commands that take graphs out and in: ``export``, ``import``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from loomgraph.cli.common import asking, examples, text_for
from loomgraph.cli.output import print_json, write_bytes

if TYPE_CHECKING:
    from loomgraph.service import Service

_FORMATS = ("edges", "custom-kg", "graphml", "jsonl")
_BLOCK = 1 << 16


@click.command()
@asking
@click.option("-f", "--format", "format_name", type=click.Choice(_FORMATS), default="jsonl", show_default=True,
              help="What to write.")  # fmt: skip
@click.option("-o", "--output", default="-", metavar="FILE", help="Write to a file, whole or not at all (default: -).")
@click.option("--externals", is_flag=True, help="Also what lies outside the project (jsonl always has it).")
@examples("""
    loomgraph export --format edges > edges.jsonl
    loomgraph export --format graphml --output graph.graphml
    loomgraph export --format jsonl | gzip > flask.jsonl.gz
    """)
def export(service: Service, project: str, as_json: bool, format_name: str, output: str, externals: bool) -> None:
    """Write a graph: one edge a line, a custom_kg, GraphML, or all of it as jsonl.

    With --json a summary goes to standard output; the graph itself must then go to a --output FILE.
    """
    if output == "-":
        if as_json:
            raise click.UsageError("--json needs --output FILE: standard output cannot hold both.")
        with service.export(format_name, project=project, externals=externals) as blocks:
            _write(blocks)
        return None
    written = service.export_to(output, format_name, project=project, externals=externals)
    if as_json:
        return print_json(service.plain(written))
    text_for(service).line(f"wrote {written.lines:,} lines, {written.bytes:,} bytes to {output}")
    return None


def _write(lines: object) -> None:
    from collections.abc import Iterable

    assert isinstance(lines, Iterable)
    block = bytearray()
    for line in lines:
        block += line.encode("utf-8", "backslashreplace")
        if len(block) >= _BLOCK:
            write_bytes(bytes(block))
            block.clear()
    write_bytes(bytes(block))


@click.command("import")
@click.argument("file", metavar="FILE")
@asking
@examples("""
    loomgraph import flask.jsonl --project flask-copy
    loomgraph import custom_kg.json --project docs
    gzip -dc flask.jsonl.gz | loomgraph import - --project flask-copy
    """)
def import_(service: Service, project: str, as_json: bool, file: str) -> None:
    """Read a graph from FILE (- for standard input): a custom_kg document, or what `export --format jsonl` wrote.

    What FILE says replaces what the graph held of the same source files. The project is made when there is none; one
    that was made by `index` is refused, since its next `index` would undo the import.
    """
    read = service.import_graph(file, project=project)
    if as_json:
        return print_json(service.plain(read))
    text = text_for(service)
    text.line(
        f"{read.project}: {read.files:,} files, {read.symbols:,} symbols, {read.edges:,} edges, {read.chunks:,} chunks"
    )
    for note in read.notes:
        text.line(f"  {note}")
    return None

"""The commands that build graphs: ``index``, ``watch``, ``embed``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from loomgraph.cli.common import asking, examples, text_for
from loomgraph.cli.output import Progress, Text, print_json

if TYPE_CHECKING:
    from loomgraph.service import Service
    from loomgraph.service.answers import IndexSummary

_MOST_PROBLEMS = 3

_path = click.argument("path", default=".", metavar="[PATH]", type=click.Path())
_include = click.option(
    "--include", multiple=True, metavar="GLOB", help="Only these files; as in .gitignore. Repeatable."
)
_exclude = click.option(
    "--exclude", multiple=True, metavar="GLOB", help="Not these files; as in .gitignore. Repeatable."
)
_jobs = click.option("-j", "--jobs", type=click.IntRange(0, 256), help="Processes to use (default: one a processor).")


@click.command()
@_path
@asking
@_include
@_exclude
@_jobs
@click.option("--rebuild", is_flag=True, help="Forget the graph and make it anew, also when it is damaged.")
@examples("""
    loomgraph index                          this folder; the project is named after it
    loomgraph index ~/src/django --project django-5
    loomgraph index . --exclude 'docs/' --exclude '*_pb2.py'
    loomgraph index . --rebuild
    """)
def index(
    service: Service,
    path: str,
    project: str,
    as_json: bool,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    jobs: int | None,
    rebuild: bool,
) -> None:
    """Build the graph of a folder of code, or bring it up to date: only what changed is read again.

    Nothing is ever written into the folder. What .gitignore and .ignore name is left out, and so are vendored and
    binary files. Interrupted at any moment, it leaves the graph as it was and keeps what it has read: run again, it
    goes on from there.
    """
    progress = Progress()
    try:
        summary = service.index(
            path, project=project, include=include or None, exclude=exclude or None, jobs=jobs, rebuild=rebuild,
            progress=progress, waiting=_waiting,
        )  # fmt: skip
    finally:
        progress.close()
    if as_json:
        return print_json(service.plain(summary))
    show_summary(text_for(service), summary)
    return None


@click.command()
@asking
@examples("""
    loomgraph embed
    loomgraph embed --project django-5 --json
    """)
def embed(service: Service, project: str, as_json: bool) -> None:
    """Make the vectors that a project lacks, or have the embedding server make them.

    An index needs no server of models: what it could not give, because it was down or the index was interrupted, is
    asked for here, or by the next index. A server of projects makes those of large inserts after its answers; here is
    how to have them without it. Interrupted, it keeps what has come, and goes on from there.
    """
    progress = Progress()
    try:
        done = service.embed(project, progress=progress)
    finally:
        progress.close()
    if as_json:
        return print_json(service.plain(done))
    text = text_for(service)
    left = f", {done.missing:,} still have none" if done.missing else ""
    text.line(f"{text.style(done.project, 'name')}  vectors of {done.files:,} files{left}")
    if done.shortened:
        text.line(f"  {done.shortened:,} passages were longer than the model takes: it read their beginning")
    return None


def _waiting(holder: str) -> None:
    by = f" (process {holder})" if holder else ""
    click.echo(f"waiting for another index of this project{by} to end", err=True)


def show_summary(text: Text, summary: IndexSummary) -> None:
    """What an index did, in a few lines."""
    counts = summary.counts
    text.line(f"{text.style(summary.project, 'name')}  {text.style(summary.root, 'place')}")
    changes = [
        f"{count:,} {word}"
        for count, word in ((summary.added, "added"), (summary.changed, "changed"), (summary.deleted, "deleted"))
        if count
    ]
    rows = [
        ("files", f"{counts.files:,}", "up to date" if summary.up_to_date else ", ".join(changes) or "nothing changed"),
        ("symbols", f"{counts.symbols:,}", f"and {counts.externals:,} outside the project"),
        ("edges", f"{counts.edges:,}", ", ".join(f"{count:,} {name}" for name, count in counts.edges_by_resolution)),
    ]
    if counts.unresolved:
        rows.append(("unresolved", f"{counts.unresolved:,}", "call sites"))
    text.table(([(key, "weak"), (f"{value:>9}", "plain"), (note, "weak")] for key, value, note in rows), indent=2)
    if summary.skipped:
        skipped = ", ".join(f"{count:,} {reason}" for reason, count in summary.skipped.items())
        text.line(f"  {text.style('skipped: ' + skipped, 'weak')}")
    for problem in summary.problems[:_MOST_PROBLEMS]:
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        text.line(f"  {text.style(place, 'place')}  {text.style(problem.reason, 'bad')}")
    for note in summary.notes:
        text.line(f"  {text.style(note, 'bad')}")
    more = len(summary.problems) - _MOST_PROBLEMS
    if more > 0:
        text.line(f"  and {more:,} more problems: `loomgraph doctor --project {summary.project}` lists them")
    text.line(f"  {text.style(f'{summary.seconds:.2f} s', 'weak')}")


@click.command()
@_path
@asking
@_include
@_exclude
@_jobs
@examples("""
    loomgraph watch
    loomgraph watch ~/src/django --project django-5 --json
    """)
def watch(
    service: Service,
    path: str,
    project: str,
    as_json: bool,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    jobs: int | None,
) -> None:
    """Keep a graph up to date: index, then again on every change, until Ctrl-C.

    With the extra `watch` installed the operating system says when to look; without it, a look is taken every second.
    With --json, one document a line for each update.
    """
    from loomgraph.cli.output import print_json_line

    text = text_for(service)
    for summary in service.watch(path, project=project, include=include or None, exclude=exclude or None, jobs=jobs):
        if as_json:
            print_json_line(service.plain(summary))
        else:
            text.line(_one_line(text, summary))


def _one_line(text: Text, summary: IndexSummary) -> str:
    counts = summary.counts
    changes = f"+{summary.added} ~{summary.changed} -{summary.deleted} files"
    return (
        f"{text.style(summary.project, 'name')}  {changes}  {counts.symbols:,} symbols  {counts.edges:,} edges  "
        f"{text.style(f'{summary.seconds:.2f} s', 'weak')}"
    )

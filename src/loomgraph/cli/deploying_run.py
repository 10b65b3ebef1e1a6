"""The commands of ``deploy`` that run its processes: ``start``, ``stop``, ``restart``, ``status``, ``logs``."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loomgraph.cli.common import examples, json_option, make_service, text_for
from loomgraph.cli.deploying_common import folder_option, load, names_argument
from loomgraph.cli.output import print_json, print_json_line, safe

if TYPE_CHECKING:
    from loomgraph.deploy.plan import Deployment, Instance
    from loomgraph.deploy.running import Done, State


def _meant(folder: Path, names: Sequence[str], everything: bool) -> tuple[Deployment, tuple[Instance, ...]]:
    from loomgraph.deploy import supervising

    deployment = load(folder)
    return deployment, supervising.chosen(deployment, () if everything else names)


@click.command()
@names_argument
@click.option("--watch", is_flag=True, help="Stay, and start again what dies, after ever longer pauses; until Ctrl-C.")
@folder_option
@json_option
@examples("""
    loomgraph deploy start
    loomgraph deploy start shop till
    loomgraph deploy start --watch
    """)
def start(folder: Path, names: tuple[str, ...], everything: bool, watch: bool, as_json: bool) -> None:
    """Start processes that do not run, and wait until they are healthy.

    One that runs is left as it is. They go on when this command ends, also when it watches.
    """
    from loomgraph.deploy import supervising

    deployment, instances = _meant(folder, names, everything)
    with _telling(as_json and not watch, "started", "runs already") as told:
        if not watch:
            supervising.start(deployment, instances, told)
            return
        from loomgraph.errors import LoomGraphError

        try:
            supervising.start(deployment, instances, told)
        except LoomGraphError as error:  # the watch goes on with the others
            click.echo(f"loomgraph: {error}", err=True)
    _watch(folder, () if everything else names, as_json)


def _watch(folder: Path, names: Sequence[str], as_json: bool) -> None:
    from loomgraph.deploy import supervising

    ended = threading.Event()

    def tell(told: supervising.Told) -> None:
        if as_json:
            print_json_line(told._asdict())
        else:
            click.echo(safe(" ".join(part for part in told if part)))

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    click.echo("watching; Ctrl-C ends the watch and leaves the processes running", err=True)
    supervising.Watch(partial(load, folder), names, tell).run(ended)


@click.command()
@names_argument
@folder_option
@json_option
@examples("""
    loomgraph deploy stop shop
    loomgraph deploy stop --all
    """)
def stop(folder: Path, names: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """End processes: what they are at is answered first, and who takes too long is killed.

    Only a process that was started here is ever ended: one that has its port or its process id now is left alone.
    """
    from loomgraph.deploy import supervising

    deployment, instances = _meant(folder, names, everything)
    with _telling(as_json, "stopped", "did not run") as told:
        supervising.stop(deployment, instances, told)


@click.command()
@names_argument
@folder_option
@json_option
@examples("""
    loomgraph deploy restart shop
    """)
def restart(folder: Path, names: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """End processes and start them, also those that did not run."""
    from loomgraph.deploy import supervising

    deployment, instances = _meant(folder, names, everything)
    supervising.stop(deployment, instances)
    with _telling(as_json, "started", "runs already") as told:
        supervising.start(deployment, instances, told)


@contextlib.contextmanager
def _telling(as_json: bool, did: str, did_not: str) -> Iterator[Callable[[Done], None]]:
    """Say what was done as it is done, or in one document at the end."""
    service = make_service()
    text = text_for(service)
    found: list[Done] = []

    def tell(done: Done) -> None:
        found.append(done)
        if not as_json:
            word = did if done.changed else did_not
            parts = (f"{done.name}: {word}", f"pid {done.pid}" if done.pid else "", done.note)
            text.line(safe(", ".join(part for part in parts if part)))

    yield tell
    if as_json:
        print_json(service.plain({"instances": found}))


@click.command()
@names_argument
@folder_option
@json_option
@examples("""
    loomgraph deploy status
    loomgraph deploy status shop --json
    """)
def status(folder: Path, names: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """How each process is: its id and port, since when, its memory, its health, its last error."""
    from loomgraph.deploy import supervising

    deployment, instances = _meant(folder, names, everything)
    found = supervising.states(deployment, instances)
    service = make_service()
    if as_json:
        return print_json(service.plain({"instances": found}))
    text = text_for(service)
    if not found:
        text.line("No projects: `loomgraph deploy add NAME` makes one.")
    text.table(map(_row, found))
    for one in found:
        for words in filter(None, (one.note, one.error and f"last error: {one.error}")):
            text.line(safe(f"  {one.name}: {words}"))
    return None


def _row(one: State) -> list[tuple[str, str]]:
    good = one.condition in ("healthy", "stopped")
    return [
        (one.name, "name"), (one.condition, "good" if good else "bad"), (one.kind, "weak"), (f":{one.port}", "place"),
        (f"pid {one.pid}" if one.pid else "", "plain"), (_long(one.uptime) if one.pid else "", "plain"),
        (f"{one.memory / 1e6:.0f} MB" if one.pid else "", "plain"),
    ]  # fmt: skip


def _long(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


@click.command()
@names_argument
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@click.option("-n", "--lines", type=click.IntRange(0), default=20, show_default=True, help="How many of the last.")
@folder_option
@examples("""
    loomgraph deploy logs shop
    loomgraph deploy logs -f
    """)
def logs(folder: Path, names: tuple[str, ...], everything: bool, follow: bool, lines: int) -> None:
    """What processes have said, each line after whose it is when there are several."""
    from loomgraph.deploy import logreading

    _, instances = _meant(folder, names, everything)
    say = partial(_say, len(instances) > 1)
    for one in instances:
        for line in logreading.last_lines(one.log_file, lines):
            say(one.name, line)
    if follow:
        ended = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: ended.set())
        for name, line in logreading.follow({one.name: one.log_file for one in instances}, ended.is_set):
            say(name, line)


def _say(several: bool, name: str, line: str) -> Any:
    click.echo(safe(f"{name}: {line}" if several else line))

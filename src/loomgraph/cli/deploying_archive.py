"""The commands of ``deploy`` that move what projects hold: ``backup``, ``restore``, ``migrate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loomgraph.cli.common import examples, json_option, make_service, text_for
from loomgraph.cli.deploying_common import folder_option, load
from loomgraph.cli.output import print_json, safe

if TYPE_CHECKING:
    from loomgraph.deploy.archives import Archive
    from loomgraph.deploy.migrating import Migrated
    from loomgraph.deploy.plan import Deployment, Instance


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.argument("target", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Every project.")
@folder_option
@json_option
@examples("""
    loomgraph deploy backup shop /var/backups/loomgraph
    loomgraph deploy backup --all /var/backups/loomgraph
    """)
def backup(folder: Path, names: tuple[str, ...], target: Path, everything: bool, as_json: bool) -> None:
    """Archive projects as they are at one moment, while they are served: the graph and the input files.

    An archive has checksums of all that it holds. Settings and keys are not in it.
    """
    from loomgraph.deploy import backing
    from loomgraph.errors import LoomGraphError, SomeFailed

    deployment = load(folder)
    if not everything and not names:
        raise click.UsageError("Name a project, or say --all.")
    instances = deployment.instances if everything else [_instance(deployment, name) for name in names]
    written: list[Archive] = []
    failed: list[LoomGraphError] = []
    for one in instances:
        try:
            written.append(backing.backup(deployment, one, target.absolute()))
        except LoomGraphError as error:
            failed.append(error)
        else:
            _say(as_json, f"{one.name}: {written[-1].path}, {len(written[-1].files)} files")
    if as_json:
        print_json({"archives": [_plain(one) for one in written], "failed": [str(error) for error in failed]})
    if len(failed) == 1:
        raise failed[0]
    if failed:
        raise SomeFailed(count=len(failed), reasons=[str(error) for error in failed])


def _instance(deployment: Deployment, name: str) -> Instance:
    from loomgraph.errors import UnknownInstance

    found = deployment.instance(name)
    if found is None:
        raise UnknownInstance(name=name)
    return found


def _plain(archive: Archive) -> dict[str, Any]:
    size = sum(one.size for one in archive.files.values())
    return {"path": str(archive.path), **archive.facts, "files": len(archive.files), "bytes": size}


def _say(as_json: bool, words: str) -> None:
    if not as_json:
        text_for(make_service()).line(safe(words))


@click.command()
@click.argument("archive", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--as", "name", metavar="NAME", help="The project to restore into (default: the one that was archived).")
@click.option("--replace", is_flag=True, help="Delete what the project holds now.")
@folder_option
@json_option
@examples("""
    loomgraph deploy restore /var/backups/loomgraph/shop-20260102T030405Z.tar.gz
    loomgraph deploy restore shop-20260102T030405Z.tar.gz --as shop-before
    """)
def restore(folder: Path, archive: Path, name: str | None, replace: bool, as_json: bool) -> None:
    """Make of an archive what a project of the deployment holds, under its name or another.

    The project must be in the plan (`loomgraph deploy add`). All of the archive is read first: of a damaged one,
    nothing is taken. One of the kind lightrag must not run.
    """
    from loomgraph.deploy import archives, backing

    deployment = load(folder)
    wanted = name or str(archives.check(archive).facts.get("name", ""))
    said = backing.restore(deployment, archive, _instance(deployment, wanted), replace=replace)
    if as_json:
        print_json({"restored": wanted, "archive": _plain(said)})
    _say(as_json, f"{wanted}: restored from {archive}, made {said.facts.get('made')}")


@click.command()
@click.argument("source", type=click.Path(file_okay=False, path_type=Path))
@click.option("--keep-ports", is_flag=True, help="Plan the ports that the instances have now; they must not run then.")
@folder_option
@json_option
@examples("""
    loomgraph deploy migrate ~/lightrag-instances --dir ~/lightrag-projects
    """)
def migrate(folder: Path, source: Path, keep_ports: bool, as_json: bool) -> int:
    """Read a folder of plain LightRAG instances into a deployment, their graphs into projects of LoomGraph.

    What is read stays as it is. Entities, relations and chunks are counted on both sides; ends with 1 where they
    differ or an instance cannot be read. The deployment is made if it is not there.
    """
    from loomgraph.deploy import migrating

    done = migrating.migrate(folder, source.expanduser().absolute(), keep_ports=keep_ports)
    service = make_service()
    if as_json:
        print_json(service.plain({"instances": done}))
    else:
        text = text_for(service)
        text.table(map(_row, done))
        for one in done:
            if one.problem:
                text.line(safe(f"  {one.name}: {one.problem}"))
    return 0 if all(one.good for one in done) else 1


def _row(one: Migrated) -> list[tuple[str, str]]:
    cells = [(one.name, "name"), ("good" if one.good else "BAD", "good" if one.good else "bad")]
    if one.theirs is None or one.ours is None:
        return cells
    for what in ("entities", "relations", "chunks"):
        before, after = getattr(one.theirs, what), getattr(one.ours, what)
        shown = f"{after:,} {what}" if before == after else f"{after:,} of {before:,} {what}"
        cells.append((shown, "plain" if before == after else "bad"))
    return cells

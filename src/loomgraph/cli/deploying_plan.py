"""The commands of ``deploy`` that change a plan and write what follows from it: ``init``, ``add``, ``remove``,
``list``, ``ports``, ``generate``."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loomgraph.cli.common import examples, json_option
from loomgraph.cli.deploying_common import folder_option, load
from loomgraph.cli.output import Text, print_json, write_bytes

if TYPE_CHECKING:
    from loomgraph.deploy.plan import Deployment, Instance
    from loomgraph.deploy.planning import Done

# What became of a file, by how it stood.
_SAID = {"new": "written", "stale": "written", "gone": "deleted", "changed": "changed by hand, left as it is"}
_port = click.IntRange(1, 65535)


@click.command()
@folder_option
@click.option("--profile", type=click.Choice(["development", "production"]), default="development", show_default=True,
              help="Few projects: a process each, on files. Many: one server with workers, on PostgreSQL.")  # fmt: skip
@click.option("--layout", type=click.Choice(["instances", "server"]), help="Another layout than the profile's.")
@click.option(
    "--name", default="loomgraph", show_default=True, help="What units and the proxy's site are called after."
)
@click.option("--listen", metavar="ADDRESS", help="Where the proxy listens (default: 127.0.0.1).")
@click.option("--port", type=_port, help="Where the one server listens, or the project default (default: 9621).")
@click.option("--outside", type=_port, help="Where the proxy does for it (default: 3001).")
@click.option("--llm-url", metavar="URL", help="The language model's address (default: http://127.0.0.1:3000/v1).")
@click.option("--llm-model", metavar="NAME", help="The language model.")
@click.option("--embedding-url", metavar="URL", help="The embedding server's address (default: port 9624 here).")
@click.option("--embedding-model", metavar="NAME", help="The embedding server's model.")
@click.option("--embedding-dim", metavar="N", type=click.IntRange(1, 65536), help="How many numbers its vectors have.")
@click.option("--lightrag-python", metavar="PATH", help="The Python that has lightrag-hku (default: this one).")
@json_option
@examples("""
    loomgraph deploy init
    loomgraph deploy init --profile production --listen 0.0.0.0
    loomgraph deploy init --llm-model glm-4.7 --embedding-model jina-code --embedding-dim 768
    """)
def init(folder: Path, as_json: bool, **given: Any) -> None:
    """Make a deployment: a folder with deployment.toml, a place for keys, and all that is generated."""
    from loomgraph.deploy import planning

    deployment = _with_options(planning.fresh(folder, given["profile"], given["layout"]), given)
    done = planning.init(deployment)
    _report(done, as_json, f"{done.deployment.plan_file}: {deployment.profile}, layout {deployment.layout}")


def _with_options(found: Deployment, given: dict[str, Any]) -> Deployment:
    """A fresh plan with what the command line says, and with the programs of this installation."""
    from loomgraph.deploy import planning

    own = Path(sys.executable).with_name("loomgraph")
    program = str(own) if own.is_file() else found.run.program
    python = given["lightrag_python"] or sys.executable
    llm, embedding = found.llm, found.embedding
    return replace(
        found,
        name=given["name"],
        ports=replace(
            found.ports,
            default_inside=given["port"] or found.ports.default_inside,
            default_outside=given["outside"] or found.ports.default_outside,
        ),
        llm=replace(llm, url=given["llm_url"] or llm.url, model=given["llm_model"] or llm.model),
        embedding=replace(
            embedding,
            binding="openai" if given["embedding_model"] else embedding.binding,
            url=given["embedding_url"] or embedding.url,
            model=given["embedding_model"] or embedding.model,
            dim=given["embedding_dim"] or embedding.dim,
        ),
        proxy=replace(found.proxy, listen=given["listen"] or found.proxy.listen),
        run=replace(found.run, program=program, lightrag_python=python, user=planning.owner(found.folder)),
    )


@click.command()
@click.argument("name")
@folder_option
@click.option("--kind", type=click.Choice(["loomgraph", "lightrag"]), default="loomgraph", show_default=True,
              help="LoomGraph's server, or LightRAG's own.")  # fmt: skip
@click.option("--engine", type=click.Choice(["native", "lightrag"]), help="What holds the graph (default: native).")
@click.option("--port", type=_port, help="Where its process listens (default: the next free one).")
@click.option("--outside", type=_port, help="Where the proxy does (default: the next free one).")
@json_option
@examples("""
    loomgraph deploy add shop
    loomgraph deploy add shop --port 9700 --outside 3100
    loomgraph deploy add legacy --kind lightrag
    """)
def add(
    folder: Path, name: str, kind: Any, engine: Any, port: int | None, outside: int | None, as_json: bool
) -> None:  # fmt: skip
    """Add a project: its ports are chosen, or checked against the plan and against what listens now."""
    from loomgraph.deploy import planning

    done = planning.add(folder, name, kind, engine, port or 0, outside or 0)
    assert done.instance
    _report(done, as_json, f"added {name}: {done.deployment.outside_address(done.instance)}")


@click.command()
@click.argument("name")
@folder_option
@click.option("--keep-data", is_flag=True, help="Leave its folder and its graph where they are.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
@examples("""
    loomgraph deploy remove shop --keep-data
    loomgraph deploy remove shop --yes
    """)
def remove(folder: Path, name: str, keep_data: bool, yes: bool, as_json: bool) -> None:
    """Take a project out of the deployment and, without --keep-data, delete its graph and its folder."""
    from loomgraph.deploy import planning, processes, running
    from loomgraph.deploy.ports import listening

    if not (keep_data or yes or as_json):
        click.confirm(f"Delete the graph of {name} and {folder / name} with all in it?", abort=True, err=True)

    def runs(instance: Instance) -> bool:
        known = running.noted(instance)
        return listening(instance.port) or (known is not None and processes.runs(known.process))

    done = planning.remove(folder, name, keep_data=keep_data, runs=runs)
    _report(done, as_json, f"removed {name}" + (f"; {folder / name} stays" if keep_data else ""))


@click.command("list")
@folder_option
@json_option
def list_projects(folder: Path, as_json: bool) -> None:
    """Every project of the deployment: its kind, its engine, its ports, its folder."""
    deployment = load(folder)
    rows = [
        {
            "name": one.name, "kind": one.kind, "engine": one.engine, "port": one.port, "outside": one.outside,
            "url": deployment.outside_address(one), "folder": str(one.folder),
        }
        for one in deployment.instances
    ]  # fmt: skip
    if as_json:
        return print_json({"folder": str(folder), "layout": deployment.layout, "projects": rows})
    if not rows:
        click.echo("No projects yet. `loomgraph deploy add NAME` adds one.")
    return _table([(str(row["name"]), str(row["kind"]), str(row["engine"]), str(row["url"])) for row in rows])


@click.command()
@folder_option
@json_option
def ports(folder: Path, as_json: bool) -> None:
    """Who listens where, inside and at the proxy. The same table stands in PORTS.md of the folder."""
    from dataclasses import asdict

    from loomgraph.deploy.files import port_rows

    rows = port_rows(load(folder))
    if as_json:
        return print_json({"ports": [asdict(row) for row in rows]})
    return _show_ports(load(folder))


@click.command()
@folder_option
@click.option("--check", is_flag=True, help="Write nothing; fail when something is not as the plan says.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change, without secrets.")
@click.option("--force", is_flag=True, help="Write files anew that were changed by hand; as they were: FILE.orig.")
@json_option
@examples("""
    loomgraph deploy generate
    loomgraph deploy generate --diff
    loomgraph deploy generate --check
    """)
def generate(folder: Path, check: bool, diff: bool, force: bool, as_json: bool) -> None:
    """Write all that follows from deployment.toml; files that were changed by hand are reported and left."""
    from loomgraph.deploy import files, planning, secrets, writing
    from loomgraph.errors import FilesChanged, FilesStale

    if not (check or diff):
        done = planning.generate(folder, force=force)
        _report(done, as_json, f"{folder}: as {done.deployment.plan_file.name} says")
        left = [state.path for state in done.states if state.outcome == writing.CHANGED and not state.backup]
        if left:
            raise FilesChanged(paths=left)
        return
    deployment = load(folder)
    wanted = files.texts(deployment)
    differing = [state for state in writing.states(folder, wanted) if state.outcome != writing.SAME]
    if as_json:
        print_json({"files": [{"path": state.path, "outcome": state.outcome} for state in differing]})
    elif diff:
        write_bytes(writing.differences(folder, wanted, secrets.hidden(deployment)).encode("utf-8", "backslashreplace"))
    if check and differing:
        raise FilesStale(paths=[f"{state.path} ({state.outcome})" for state in differing])


def _report(done: Done, as_json: bool, title: str) -> None:
    """What was done: a line, the files that were written, the ports; warnings on standard error."""
    from loomgraph.deploy import secrets, writing

    written = [state for state in done.states if state.outcome != writing.SAME]
    for path in secrets.readable_by_others(done.deployment):
        click.echo(f"warning: others may read {path}: chmod 600 it", err=True)
    for name in secrets.open_to_all(done.deployment):
        click.echo(
            f"warning: {name} has no key, and the proxy listens beyond this machine: set LIGHTRAG_API_KEY in"
            " secrets.env, or `allow` in [proxy], or make keys with `loomgraph keys`",
            err=True,
        )
    if as_json:
        from dataclasses import asdict

        document = {"folder": str(done.deployment.folder), "files": [asdict(state) for state in written]}
        return print_json({**document, "project": done.instance.name} if done.instance else document)
    click.echo(title)
    for state in written:
        click.echo(
            f"  {state.path}: {_SAID[state.outcome] if not state.backup else f'written; as it was: {state.backup}'}"
        )
    return _show_ports(done.deployment)


def _show_ports(deployment: Deployment) -> None:
    from loomgraph.deploy.files import port_rows

    rows = [
        (row.name, row.kind, str(row.inside), str(row.outside or ""), row.inside_url, row.url)
        for row in port_rows(deployment)
    ]
    if rows:
        _table([("name", "kind", "inside", "outside", "", "at the proxy"), *rows])


def _table(rows: Iterable[tuple[str, ...]]) -> None:
    Text("auto").table([(cell, "plain") for cell in row] for row in rows)

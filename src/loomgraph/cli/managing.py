"""The commands that look after projects: ``projects``, ``stats``, ``doctor``, ``completion``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from loomgraph.cli.common import asking, complete_projects, examples, json_option, make_service, text_for
from loomgraph.cli.output import print_json, write_bytes
from loomgraph.settings.storing import LIGHTRAG, NATIVE

if TYPE_CHECKING:
    from loomgraph.service import Service
    from loomgraph.service.answers import ProjectInfo


class DefaultList(click.Group):
    """A group that lists when no command is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ("-h", "--help")):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=DefaultList)
@examples("""
    loomgraph projects
    loomgraph projects show flask
    loomgraph projects create notes --engine lightrag
    loomgraph projects rename flask flask-3
    loomgraph projects copy flask-3 --to postgresql://loomgraph@db.example/loomgraph
    loomgraph projects delete flask-3 --yes
    """)
def projects() -> None:
    """List, show, make, rename, copy or delete projects."""


@projects.command("list")
@json_option
def list_projects(as_json: bool) -> None:
    """Every project with its counts."""
    service = make_service()
    found = service.projects()
    if as_json:
        return print_json(service.plain({"projects": found}))
    text = text_for(service)
    if not found:
        text.line("No projects yet. `loomgraph index PATH` makes one.")
    text.table(
        [
            (project.name, "name"),
            (f"{project.files:,} files" if not project.problem else project.problem, "plain"),
            (f"{project.symbols:,} symbols", "plain"),
            (f"{project.edges:,} edges", "plain"),
            (project.root or "(imported)", "place"),
        ]
        for project in found
    )
    return None


_name = click.argument("name", shell_complete=complete_projects)


@projects.command("show")
@_name
@json_option
def show_project(name: str, as_json: bool) -> None:
    """One project: its folder, its counts, when it was indexed."""
    service = make_service()
    project = service.project(name)
    if as_json:
        return print_json(service.plain(project))
    _show_project(service, project)
    return None


def _show_project(service: Service, project: ProjectInfo) -> None:
    text = text_for(service)
    rows = [
        ("project", project.name, "name"),
        ("code", project.root or "(imported)", "place"),
        ("graph", project.graph, "place"),
        ("engine", project.engine, "plain"),
        ("indexed", project.indexed or "never", "plain"),
        ("size", f"{project.bytes / 1e6:.1f} MB", "plain"),
        ("files", f"{project.files:,}", "plain"),
        ("symbols", f"{project.symbols:,}", "plain"),
        ("edges", f"{project.edges:,}", "plain"),
    ]
    if project.problem:
        rows.append(("problem", project.problem, "bad"))
    text.table([(key, "weak"), (value, kind)] for key, value, kind in rows)


@projects.command("create")
@_name
@click.option("--engine", type=click.Choice([NATIVE, LIGHTRAG]), help="What answers (default: the setting `engine`).")
@json_option
def create_project(name: str, engine: str | None, as_json: bool) -> None:
    """Make an empty project, to insert into. `index` and `import` make theirs themselves."""
    service = make_service()
    project = service.create_project(name, engine or "")
    if as_json:
        return print_json(service.plain(project))
    text_for(service).line(f"{project.name} is made, on the engine {project.engine}")
    return None


@projects.command("rename")
@_name
@click.argument("new_name")
@json_option
def rename_project(name: str, new_name: str, as_json: bool) -> None:
    """Give a project another name."""
    service = make_service()
    project = service.rename_project(name, new_name)
    if as_json:
        return print_json(service.plain(project))
    text_for(service).line(f"{name} is now {project.name}")
    return None


@projects.command("copy")
@_name
@click.option("--to", required=True, metavar="PLACE", help="A database, postgresql://…, or a data folder.")
@click.option("--as", "new_name", default="", metavar="NAME", help="What the copy is called, if not the same.")
@json_option
def copy_project(name: str, to: str, new_name: str, as_json: bool) -> None:
    """Copy a project to a PostgreSQL database or a data folder, whole: graph, vectors, and what it was read from.

    The password of a database comes from the address, or better from PGPASSWORD or ~/.pgpass.
    """
    service = make_service()
    copied = service.copy_project(name, to, new_name)
    if as_json:
        return print_json(service.plain(copied))
    counts = f"{copied.files:,} files, {copied.symbols:,} symbols, {copied.edges:,} edges"
    text_for(service).line(f"{copied.project} is copied to {copied.place} as {copied.copy}: {counts}")
    return None


@projects.command("delete")
@_name
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
def delete_project(name: str, yes: bool, as_json: bool) -> None:
    """Delete a project's graph. The code it describes is never touched."""
    service = make_service()
    project = service.project(name)
    if not yes and not as_json:
        click.confirm(f"Delete the graph of {name} ({project.symbols:,} symbols)?", abort=True, err=True)
    service.delete_project(name)
    if as_json:
        return print_json({"deleted": name})
    text_for(service).line(f"deleted {name}")
    return None


@click.command()
@asking
@examples("""
    loomgraph stats
    loomgraph stats --project flask --json
    """)
def stats(service: Service, project: str, as_json: bool) -> None:
    """What a graph holds: files by language, symbols and edges by kind, how edges were resolved."""
    found = service.stats(project=project)
    if as_json:
        return print_json(service.plain(found))
    text = text_for(service)
    counts = found.counts
    text.line(text.style(found.project, "name"))
    for title, total, parts in (
        ("files", counts.files, counts.files_by_language),
        ("symbols", counts.symbols, counts.symbols_by_kind),
        ("edges", counts.edges, counts.edges_by_kind),
        ("resolution", counts.edges, counts.edges_by_resolution),
    ):
        text.line()
        text.line(f"{title} {total:,}")
        text.table((((name or "(none)"), "plain"), (f"{count:>10,}", "plain")) for name, count in _ranked(parts))
    text.line()
    text.line(f"{counts.externals:,} symbols outside the project are used by it")
    text.line(f"{counts.unresolved:,} call sites could not be resolved")
    text.line(f"{counts.problems:,} problems" + (" (`loomgraph doctor` lists them)" if counts.problems else ""))
    return None


def _ranked(parts: tuple[tuple[str, int], ...]) -> list[tuple[str, int]]:
    return sorted(parts, key=lambda part: (-part[1], part[0]))


@click.command()
@asking
@examples("""
    loomgraph doctor
    loomgraph doctor --project flask --json
    """)
def doctor(service: Service, project: str, as_json: bool) -> int:
    """Check the installation, the settings and the graphs; list what is wrong with indexed files.

    Looks at every project, or at one with --project, and tries the language model and the embedding server that are
    set. The exit code is 5 when a graph cannot be used, 9 when a server cannot.
    """
    report = service.doctor(project=project)
    if as_json:
        print_json(service.plain(report))
        return report.exit
    text = text_for(service)
    text.table([(fact.name, "weak"), (fact.value, "plain")] for fact in report.facts)
    for trial in report.trials:
        text.line()
        verdict = text.style("ok", "good") if trial.ok else text.style("not ok", "bad")
        text.line(f"{text.style(trial.server, 'name')}  {verdict}  {text.style(trial.detail, 'plain')}")
    for check in report.checks:
        text.line()
        verdict = text.style("ok", "good") if check.ok else text.style("not ok", "bad")
        text.line(f"{text.style(check.project, 'name')}  {verdict}  {text.style(check.detail, 'plain')}".rstrip())
        text.table(
            (
                [
                    (f"{problem.file}:{problem.line}" if problem.line else problem.file, "place"),
                    (problem.reason, "plain"),
                ]
                for problem in check.problems
            ),
            indent=2,
        )
    return report.exit


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@json_option
@examples("""
    loomgraph completion bash > ~/.local/share/bash-completion/completions/loomgraph
    loomgraph completion zsh > ~/.zfunc/_loomgraph
    loomgraph completion fish > ~/.config/fish/completions/loomgraph.fish
    """)
def completion(shell: str, as_json: bool) -> None:
    """Print the script that teaches a shell to complete commands, options, projects and symbols."""
    from click.shell_completion import get_completion_class

    from loomgraph.cli.main import cli

    kind: Any = get_completion_class(shell)
    script = kind(cli, {}, "loomgraph", "_LOOMGRAPH_COMPLETE").source()
    if as_json:
        return print_json({"shell": shell, "script": script})
    write_bytes(f"{script}\n".encode())
    return None

"""Write the generated parts of ``docs/`` and the README's list of languages, or check that they are up to date.

A page says where: what stands between ``<!-- generated: NAME -->`` and ``<!-- end -->`` is written by the function of
that name below, from the code itself. ``--check`` writes nothing and fails when a page is stale.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import click

from loomgraph import errors, settings
from loomgraph.cli.main import SECTIONS, cli
from loomgraph.engines.exports import FORMATS
from loomgraph.model import EdgeKind, Resolution, SymbolKind

ROOT = Path(__file__).resolve().parent.parent
MARK = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


# -- what is generated --------------------------------------------------------------------------------------------


def commands() -> str:
    """Every command with its help, section by section."""
    options = {**cli.context_settings, "terminal_width": 100, "max_content_width": 100}
    context = click.Context(cli, info_name="loomgraph", **options)
    parts = []
    for title, section in SECTIONS.items():
        parts.append(f"## {title}\n\n")
        for name in section:
            command = cli.get_command(context, name)
            assert command is not None
            parts.append(_command(command, name, context, "###"))
    return "".join(parts)


def _command(command: click.Command, name: str, parent: click.Context, level: str) -> str:
    context = click.Context(command, info_name=name, parent=parent, terminal_width=100, max_content_width=100)
    text = f"{level} {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n\n"
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            text += _command(found, inner, context, level + "#")
    return text


def settings_table() -> str:
    """Every setting: its variable, its name in the file, its default, what it does."""
    rows = [[f"`{field.variable}`", f"`{field.name}`", field.default, field.doc] for field in settings.FIELDS]
    return table(["variable", "in the file", "default", "what it does"], rows)


def error_table() -> str:
    """Every error: its code, exit code, HTTP status, message."""
    rows = []
    for kind in _subclasses(errors.LoomGraphError):
        answer = errors.RESPONSES.get(kind.code) or _inherited(kind)
        message = " ".join((kind.__doc__ or "").split())
        rows.append([f"`{kind.code}`", str(answer.exit), str(answer.http), re.sub(r"{(\w+)}", r"*\1*", message)])
    return table(["code", "exit", "HTTP", "message"], sorted(rows))


def _subclasses(kind: type[errors.LoomGraphError]) -> list[type[errors.LoomGraphError]]:
    found = [kind]
    for below in kind.__subclasses__():
        found += _subclasses(below)
    return found


def _inherited(kind: type[errors.LoomGraphError]) -> errors.Response:
    return next(
        errors.RESPONSES[above.code] for above in kind.__mro__ if getattr(above, "code", "") in errors.RESPONSES
    )


def languages() -> str:
    """Every language: its files, and whether its references are resolved."""
    rows = []
    for path in sorted((ROOT / "src/loomgraph/parse/languages").glob("*/language.toml")):
        plain = tomllib.loads(path.read_text("utf-8"))
        if plain.get("grammar", "") == "" and plain.get("config", False):
            continue
        files = [*plain.get("extensions", ()), *plain.get("filenames", ())]
        depth = "resolved" if plain.get("lower", False) else "structure"
        rows.append([plain["name"], depth, " ".join(f"`{name}`" for name in files)])
    return table(["language", "depth", "files"], sorted(rows, key=lambda row: (row[1], row[0].lower())))


def kinds() -> str:
    """The kinds of symbols and edges, and the ways of resolution."""
    return f"Symbols: {_words(SymbolKind)}.\n\nEdges: {_words(EdgeKind)}.\n\nResolution: {_words(Resolution)}.\n"


def _words(kinds: type[SymbolKind] | type[EdgeKind] | type[Resolution]) -> str:
    return ", ".join(f"`{kind.value}`" for kind in kinds)


def formats() -> str:
    """The formats of ``export``."""
    rows = [[f"`{name}`", (writer.__doc__ or "").strip().splitlines()[0]] for name, writer in FORMATS.items()]
    return table(["format", "what it is"], rows)


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings_table,
    "errors": error_table,
    "languages": languages,
    "kinds": kinds,
    "formats": formats,
}


# -- pages --------------------------------------------------------------------------------------------------------


def pages() -> list[Path]:
    """The pages that may hold generated parts."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def fresh(text: str) -> str:
    """A page with its generated parts written anew."""
    return MARK.sub(lambda match: f"{match[1]}\n{PARTS[match['name']]()}\n{match[3]}", text)


def main(arguments: list[str]) -> int:
    stale = [page for page in pages() if fresh(page.read_text("utf-8")) != page.read_text("utf-8")]
    if "--check" in arguments:
        for page in stale:
            print(f"{page.relative_to(ROOT)} is stale: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    for page in stale:
        page.write_text(fresh(page.read_text("utf-8")), "utf-8")
        print(f"wrote {page.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

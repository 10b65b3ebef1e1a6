"""Write the generated parts of ``docs/`` and the README's list of languages, or check that they are up to date.

A page says where: what stands between ``<!-- generated: NAME -->`` and ``<!-- end -->`` is written by the function of
that name below, from the code itself. ``--check`` writes nothing and fails when a page is stale.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from loomgraph import errors, settings
from loomgraph.cli.main import SECTIONS, cli
from loomgraph.engines.exports import FORMATS
from loomgraph.model import EdgeKind, Resolution, SymbolKind

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for the figures that other tools reached, which benchmarks/ holds
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
    rows = []
    for field in settings.FIELDS:
        variables = ", ".join(f"`{name}`" for name in (field.variable, *field.aliases))
        rows.append([variables, f"`{field.name}`", field.default, field.doc])
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


def figures() -> str:
    """What the last runs of the benchmarks measured, beside the best other tool measured on the same inputs."""
    rows: list[list[str]] = []
    notes = []
    resolution = _last("resolution")
    if resolution:
        plan = tomllib.loads((ROOT / "benchmarks/resolution.toml").read_text("utf-8"))
        rows += _resolution_rows(plan, resolution["figures"])
        notes.append(_note("resolution", resolution))
    speed = _last("speed")
    if speed:
        rows += _speed_rows(speed["figures"])
        notes.append(_note("speed", speed))
    if not rows:
        return "Nothing has been measured yet: `make bench`.\n"
    return table(["measure", "LoomGraph", "best other tool", "naive answer"], rows) + "\n" + " ".join(notes) + "\n"


def _last(kind: str) -> dict[str, Any] | None:
    """The latest results of a benchmark."""
    found = [json.loads(path.read_text("utf-8")) for path in (ROOT / "benchmarks/results" / kind).glob("*.json")]
    return max(found, key=lambda document: str(document["machine"].get("date", "")), default=None)


def _note(kind: str, document: dict[str, Any]) -> str:
    machine, name = document["machine"], document["commit"]
    where = f"{machine['cores']} cores, Python {machine['python']}"
    return f"{kind.capitalize()}: [commit {name}](benchmarks/results/{kind}/{name}.json), {where}."


def _resolution_rows(plan: dict[str, Any], found: dict[str, Any]) -> list[list[str]]:
    rows = []
    for entry in plan["repositories"]:
        scores = found.get(entry["name"], {}).get("CALLS")
        if scores:
            aims = entry["calls"]
            name = f"calls of {entry['name']} ({entry['language']}), F1"
            rows.append([name, f"{scores['f1_judged']:.3f}", f"{aims['best']:.3f}", f"{aims['floor']:.2f}"])
    for entry in plan["suites"]:
        if entry["name"] in found and "best" in entry["figure"]:
            aims = entry["figure"]
            measured = found[entry["name"]]["figure"]
            rows.append(
                [
                    f"{entry['name']}, {entry['measure']}",
                    f"{measured:.3f}",
                    f"{aims['best']:.3f}",
                    f"{aims['floor']:.2f}",
                ]
            )
    wrong = found.get("provably wrong")
    if wrong:
        best = plan["provably_wrong"]["share"]["best"]
        rows.append(["calls of Django that cannot be", f"{wrong['share']:.2%}", f"{best:.2%}", ""])
    return rows


def _speed_rows(found: dict[str, dict[str, float]]) -> list[list[str]]:
    from benchmarks.speed import RIVALS

    names = {
        "cold": "first index",
        "nothing changed": "index, nothing changed",
        "one file changed": "index, one file changed",
    }
    rows = []
    for name, units in found.items():
        for unit, form in (("wall_s", "{:.2f} s"), ("peak_mb", "{:.0f} MB"), ("disk_mb", "{:.0f} MB")):
            rival = RIVALS.get(name, {}).get(unit)
            if unit in units and rival is not None:
                what = {"peak_mb": ", memory", "disk_mb": ", size on disk"}.get(unit, "")
                rows.append(
                    [f"Django 5.2: {names.get(name, name)}{what}", form.format(units[unit]), form.format(rival), ""]
                )
    return rows


def tools() -> str:
    """Every tool of the MCP server: what an agent is told, and its arguments."""
    from loomgraph.mcp.server import tool_list

    parts = []
    for tool in tool_list():
        needed = tool["inputSchema"].get("required", [])
        rows = [
            [f"`{name}`", _type(one), "needed" if name in needed else f"`{json.dumps(one.get('default'))}`",
             one.get("description", "")]
            for name, one in tool["inputSchema"]["properties"].items()
        ]  # fmt: skip
        parts.append(f"### {tool['name']}\n\n{tool['description']}\n\n")
        parts.append(table(["argument", "type", "default", "what it is"], rows) + "\n")
    return "".join(parts).rstrip("\n") + "\n"


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    return f"list of {_type(schema['items'])}" if schema.get("type") == "array" else str(schema.get("type", "any"))


def clients() -> str:
    """Every client that `mcp install` knows: its files, and the key its servers stand under."""
    from loomgraph.mcp.clients import CLIENTS

    rows = []
    for client in CLIENTS.values():
        files = "; ".join(f"`{path}` ({what})" for path, what in client.usual)
        rows.append([f"`{client.name}`", client.title, f"`{client.under}`", "yes" if client.url else "no", files])
    return table(["--client", "what it is", "key", "takes --url", "reads"], rows)


def http_api() -> str:
    """Every route of the server."""
    from tools.api_reference import reference

    return reference()


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings_table,
    "errors": error_table,
    "languages": languages,
    "kinds": kinds,
    "formats": formats,
    "figures": figures,
    "http-api": http_api,
    "tools": tools,
    "clients": clients,
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

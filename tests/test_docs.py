"""The documentation: generated parts are fresh, links lead somewhere, examples do what they show."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest

ROOT = Path(__file__).resolve().parent.parent
TRANSLATED = ".zh-CN.md"
PAGES = [*sorted(ROOT.glob("README*.md")), ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHOP = ROOT / "docs" / "examples" / "shop"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "tools" / "generate_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_parts_are_fresh(generator: ModuleType) -> None:
    for page in generator.pages():
        text = page.read_text("utf-8")
        assert generator.fresh(text) == text, f"{page.name} is stale: run `make docs`"


def test_every_generated_part_is_on_a_page(generator: ModuleType) -> None:
    marks = re.findall(r"<!-- generated: ([a-z-]+) -->", "".join(page.read_text("utf-8") for page in PAGES))
    assert sorted(marks) == sorted(generator.PARTS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in links(page):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        if not page.name.endswith(TRANSLATED):
            assert str(page.relative_to(ROOT)) in readme, f"the README does not mention {page.relative_to(ROOT)}"


# -- translations -------------------------------------------------------------------------------------------------

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def originals() -> list[Path]:
    """The pages that there are in Chinese, too."""
    return [page for page in PAGES if page.with_suffix(TRANSLATED).exists()]


def blocks(text: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page: the language of each, what stands in it."""
    return [(match[1], match[2]) for match in _FENCE.finditer(text)]


def outline(page: Path) -> list[int]:
    """How deep each heading of a page stands."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    return [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]


def commands(page: Path) -> list[str]:
    """What a page tells to type, without the comments beside it."""
    shown = [block for language, block in blocks(page.read_text("utf-8")) if language not in ("", "text")]
    typed = [re.sub(r"(^|\s+)#\s.*", "", line).rstrip() for block in shown for line in block.splitlines()]
    return [line for line in typed if line]


def links(page: Path) -> list[str]:
    """Where the links of a page lead."""
    return re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))


def rows(page: Path) -> list[int]:
    """How many cells each row of the tables of a page has."""
    text = _FENCE.sub("", page.read_text("utf-8")).replace("\\|", "")
    return [line.count("|") - 1 for line in text.splitlines() if line.startswith("|")]


def figures(page: Path) -> list[str]:
    """The numbers in the tables of a page."""
    lines = [line for line in page.read_text("utf-8").splitlines() if line.startswith("|")]
    return [number for line in lines for number in re.findall(r"\d[\d.,]*%?", re.sub(r"`[^`]+`", "", line))]


def code_words(page: Path) -> set[str]:
    """What a page quotes in its sentences: names of settings, commands, files, errors."""
    return set(re.findall(r"`([^`\n]+)`", _FENCE.sub("", page.read_text("utf-8"))))


@pytest.mark.parametrize("page", originals(), ids=lambda page: page.name)
def test_a_translation_says_the_same(page: Path) -> None:
    """The same headings, commands, tables, links and words of code."""
    translation = page.with_suffix(TRANSLATED)
    assert outline(translation) == outline(page)
    assert commands(translation) == commands(page)
    assert rows(translation) == rows(page)
    if page.name == "README.md":
        assert figures(translation) == figures(page)
    assert code_words(translation) == code_words(page)
    assert {link.replace(TRANSLATED, ".md") for link in links(translation)} == (
        {link.replace(TRANSLATED, ".md") for link in links(page)}
    )


@pytest.mark.parametrize("page", originals(), ids=lambda page: page.name)
def test_a_translation_leads_to_translations(page: Path) -> None:
    translation = page.with_suffix(TRANSLATED)
    assert translation.name in links(page), "the original does not mention its translation"
    assert page.name in links(translation), "the translation does not mention its original"
    others = [link for link in links(translation) if link != page.name and not link.endswith(TRANSLATED)]
    assert [link for link in others if (page.parent / link).with_suffix(TRANSLATED).exists()] == []


# -- examples -----------------------------------------------------------------------------------------------------

_CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
_VARIES = re.compile(r"\d+\.\d\d s|\S*/examples/shop")


def sessions(page: Path) -> list[tuple[str, str]]:
    """The commands on a page with what they show."""
    found = []
    for block in _CONSOLE.findall(page.read_text("utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            found.append((command, shown))
    return found


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    copy = tmp_path / "examples" / "shop"
    shutil.copytree(SHOP, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def test_the_examples_of_getting_started_do_what_they_show(shop: Path, tmp_path: Path) -> None:
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("LOOMGRAPH_", "GIT_"))}
    environment = {**mine, "LOOMGRAPH_DATA_DIR": str(tmp_path / "data"), "NO_COLOR": "1"}
    examples = sessions(ROOT / "docs" / "getting-started.md")
    assert len(examples) > 5
    for command, shown in examples:
        program, *arguments = shlex.split(command)
        assert program == "loomgraph"
        run = [sys.executable, "-c", "from loomgraph.cli import main; main()", *arguments]
        done = subprocess.run(run, cwd=shop, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        assert _VARIES.sub("…", done.stdout) == _VARIES.sub("…", shown), command


# -- what is to be typed --------------------------------------------------------------------------------------------

_ENDS = frozenset(("|", "||", "&", "&&", ";", ">", ">>", "<", ")"))  # of one command, in a line of the shell
_PLACEHOLDER = re.compile(r"…|[A-Z][A-Z-]+")


def lines(block: str, language: str) -> list[str]:
    """What is to be typed of a block, a command a line: no prompts, no answers, no line continued on the next."""
    joined = block.replace("\\\n", " ").splitlines()
    return [line.removeprefix("$ ") for line in joined if language != "console" or line.startswith("$ ")]


def calls(line: str) -> list[list[str]]:
    """The arguments of each ``loomgraph`` in a line of the shell, also behind cron's stars or with-env.sh."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found: list[list[str]] = []
    inside = False
    for word in lexer:
        if word in _ENDS:
            inside = False
        elif word == "loomgraph" and not inside:
            inside = True
            found.append([])
        elif inside:
            found[-1].append(word)
    return found


def typed(page: Path) -> list[tuple[list[str], bool]]:
    """The arguments of each ``loomgraph`` on a page, and whether it is whole: in a block, not in a sentence."""
    text = page.read_text("utf-8")
    told = [line for language, block in blocks(text) if language in ("sh", "console")
              for line in lines(block, language)]  # fmt: skip
    spans = [span.replace("\\|", "|") for span in re.findall(r"`([^`\n]+)`", _FENCE.sub("", text))]
    found = [(call, True) for line in told for call in calls(line)]
    found += [(call, False) for span in spans if "loomgraph " in span for call in calls(span)]
    return [(call, whole) for call, whole in found if call and not _PLACEHOLDER.fullmatch(call[0])]


def refusal(arguments: list[str], whole: bool) -> str:
    """What click has against a command: a name, an option or a value it does not know, or one argument too many."""
    from loomgraph.cli.main import cli

    command: click.Command = cli
    context = click.Context(cli, info_name="loomgraph")
    while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        found = command.get_command(context, arguments[0])
        if found is None:
            return f"there is no {context.command_path} {arguments[0]}"
        command, context = found, click.Context(found, info_name=arguments[0], parent=context)
        arguments = arguments[1:]
    try:
        values, left, _ = command.make_parser(context).parse_args(list(arguments))
        for parameter in command.params:
            given = values.get(parameter.name or "")
            if given and isinstance(parameter.type, click.Choice | click.IntRange) and isinstance(given, str):
                if whole or not _PLACEHOLDER.fullmatch(given):
                    parameter.type.convert(given, parameter, context)
            elif whole and parameter.required and (given is None or parameter.value_is_missing(given)):
                return f"{context.command_path} needs {parameter.human_readable_name}"
    except click.UsageError as error:
        return f"{context.command_path}: {error.format_message()}"
    return f"{context.command_path}: what is {left}?" if left else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_tells_to_type_is_understood(page: Path) -> None:
    refused = {shlex.join(call): refusal(call, whole) for call, whole in typed(page)}
    assert {call: why for call, why in refused.items() if why} == {}


def test_commands_are_found_wherever_they_stand() -> None:
    assert calls("0 3 * * *  loomgraph deploy backup --all /b && find /b -delete") == [
        ["deploy", "backup", "--all", "/b"]
    ]
    assert calls("git diff | ~/with-env.sh shop loomgraph impact --diff -  # all of it") == [["impact", "--diff", "-"]]
    assert lines("$ loomgraph index \\\n  --rebuild\nan answer\n", "console") == ["loomgraph index    --rebuild"]
    assert sum(len(typed(page)) for page in PAGES) > 150


def test_what_is_not_understood_is_said() -> None:
    assert refusal(["deploy", "start", "--all", "--watch"], True) == ""
    assert refusal(["deploy", "begin"], True) == "there is no loomgraph deploy begin"
    assert "No such option" in refusal(["deploy", "start", "--everything"], True)
    assert "'maker'" in refusal(["deploy", "add", "shop", "--kind", "maker"], True)
    assert "what is" in refusal(["deploy", "list", "shop"], True)
    assert refusal(["deploy", "add", "--port", "9700"], True) == "loomgraph deploy add needs NAME"
    assert refusal(["deploy", "add", "--kind", "KIND"], False) == ""

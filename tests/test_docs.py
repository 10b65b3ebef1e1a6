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
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8")):
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


def outline(page: Path) -> list[int]:
    """How deep each heading of a page stands."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    return [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]


def commands(page: Path) -> list[str]:
    """What a page tells to type, without the comments beside it."""
    blocks = [block for language, block in _FENCE.findall(page.read_text("utf-8")) if language not in ("", "text")]
    lines = [re.sub(r"(^|\s+)#\s.*", "", line).rstrip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


@pytest.mark.parametrize("page", originals(), ids=lambda page: page.name)
def test_a_translation_says_the_same(page: Path) -> None:
    """The same headings, commands and links, in the same order."""
    translation = page.with_suffix(TRANSLATED)
    assert outline(translation) == outline(page)
    assert commands(translation) == commands(page)
    links = [re.findall(r"\]\(([^)#\s]+)[^)]*\)", one.read_text("utf-8")) for one in (page, translation)]
    assert sorted({link.replace(TRANSLATED, ".md") for link in links[1]}) == sorted(
        {link.replace(TRANSLATED, ".md") for link in links[0]}
    )


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


def test_commands_in_the_readme_exist() -> None:
    from loomgraph.cli.main import SECTIONS

    known = {name for section in SECTIONS.values() for name in section} | {"--help", "--version"}
    for page in PAGES:
        for word in re.findall(r"(?:^|`|\$ )loomgraph ([a-z-]+)", page.read_text("utf-8"), flags=re.MULTILINE):
            assert word in known, f"{page.name} speaks of `loomgraph {word}`"

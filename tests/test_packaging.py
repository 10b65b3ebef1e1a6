"""What is shipped: the lock file, the dependencies, and that the core needs no more than it says."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

# Modules that are imported only where they are needed, and what for.
OPTIONAL = {
    "pytest": ("src/loomgraph/engines/testing", "src/loomgraph/store/testing"),  # contracts, shipped as tests
    "watchfiles": ("src/loomgraph/indexing/watch.py",),  # the extra `watch`
    **dict.fromkeys(
        ("fastapi", "fastapi_offline", "prometheus_client", "pydantic", "starlette", "uvicorn"),
        ("src/loomgraph/server/", "src/loomgraph/mcp/"),  # the extras `server` and `mcp`
    ),
    **dict.fromkeys(("anyio", "mcp", "mcp_types"), ("src/loomgraph/mcp/",)),
    **dict.fromkeys(("psycopg", "psycopg_pool"), ("src/loomgraph/store/postgres", "src/loomgraph/workspaces/postgres")),
    **dict.fromkeys(("numkong", "usearch"), ("src/loomgraph/retrieve/",)),  # the extra `hnsw`
}


def every(extra: str) -> list[str]:
    """What an extra asks for, those that it names of our own included."""
    found = []
    for wanted in PROJECT["optional-dependencies"][extra]:
        requirement = Requirement(wanted)
        own = requirement.name == PROJECT["name"]
        found += [inner for name in sorted(requirement.extras) for inner in every(name)] if own else [wanted]
    return found


def locked() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-lightrag.lock", "requirements-servers.lock"])
def test_a_lock_holds_exact_versions_and_no_addresses(name: str) -> None:
    for line in (ROOT / name).read_text("utf-8").splitlines():
        assert line.startswith("#") or re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line), line


@pytest.mark.parametrize("wanted", [*PROJECT["dependencies"], *every("dev")])
def test_the_lock_holds_every_dependency(wanted: str) -> None:
    requirement = Requirement(wanted)
    versions = {canonicalize_name(name): version for name, version in locked().items()}
    name = canonicalize_name(requirement.name)
    assert name in versions, f"{name} is not in requirements.lock: run `make lock`"
    assert requirement.specifier.contains(versions[name], prereleases=True)


def test_the_core_imports_only_what_it_depends_on() -> None:
    core = {canonicalize_name(Requirement(wanted).name).replace("-", "_") for wanted in PROJECT["dependencies"]}
    for path in (ROOT / "src").rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        for module in imported(ast.parse(path.read_text("utf-8"))):
            top = module.partition(".")[0]
            if top in sys.stdlib_module_names or top == "loomgraph" or name.startswith(OPTIONAL.get(top, ())):
                continue
            assert top in core, f"{name} imports {top}, which is no dependency of the core"


def test_every_grammar_is_a_dependency() -> None:
    core = {canonicalize_name(Requirement(wanted).name) for wanted in PROJECT["dependencies"]}
    for path in (ROOT / "src/loomgraph/parse/languages").glob("*/language.toml"):
        grammar = tomllib.loads(path.read_text("utf-8")).get("grammar", "").partition(":")[0].partition(".")[0]
        assert not grammar or canonicalize_name(grammar) in core, f"{path.parent.name} needs {grammar}"


def imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module or "")
    return found


def test_asking_loads_nothing_heavy(tmp_path: Path) -> None:
    """A question must start fast: no parser, no numbers, no network, no resolver."""
    heavy = (
        "tree_sitter",
        "numpy",
        "tokenizers",
        "wordllama",
        "asyncio",
        "http",
        "loomgraph.resolve",
        "loomgraph.parse",
    )
    code = (
        "import sys; from loomgraph.cli import main\n"
        "try: main(['callers', 'x', '--project', 'none'])\n"
        f"except SystemExit: print([name for name in {heavy!r} if name in sys.modules])"
    )
    environment = {**os.environ, "LOOMGRAPH_DATA_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_ci_is_a_script_that_stops_at_the_first_failure() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text("utf-8")


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "src/loomgraph/py.typed").exists()

"""The tree stays tidy: small files, small functions, a docstring for each module, no catch-alls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = 500
LONGEST_FUNCTION = 60

# Places that may catch everything, with how often. This list only shrinks.
CATCH_ALL: dict[str, int] = {
    "src/loomgraph/engines/lightrag/host.py": 1,  # a process of LightRAG's: its parent must hear of the error
    "src/loomgraph/indexing/pool.py": 1,  # a worker process: its parent must hear of the error
    "src/loomgraph/indexing/resolving.py": 1,  # no file may stop an index: its failure is a problem of that file
    "src/loomgraph/parse/extract.py": 1,  # no file may stop an index
    "src/loomgraph/server/mounting.py": 1,  # a task: the request that waits for what it makes must hear of the error
    "src/loomgraph/server/edge.py": 1,  # an edge of the program: no traceback reaches a client
}

# Files of test data are no code of ours.
_DATA = ("tests/resolve/cases/", "tests/golden/")


def sources() -> list[str]:
    """Every Python file of the project, relative to the root."""
    folders = [ROOT / name for name in ("src", "tests", "tools", "benchmarks") if (ROOT / name).is_dir()]
    paths = sorted(path.relative_to(ROOT).as_posix() for folder in folders for path in folder.rglob("*.py"))
    return [path for path in paths if not path.startswith(_DATA) and "/inputs/" not in path]


def tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"))


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


@pytest.mark.parametrize("path", sources())
def test_files_and_functions_are_small(path: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    assert text.count("\n") <= MOST_LINES, f"{path} has {text.count(chr(10))} lines, more than {MOST_LINES}"
    long = [
        f"{path}:{function.lineno} {function.name}"
        for function in functions(ast.parse(text))
        if (function.end_lineno or 0) - function.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not long, f"functions of more than {LONGEST_FUNCTION} lines: {long}"


@pytest.mark.parametrize("path", sources())
def test_modules_say_what_they_are_for(path: str) -> None:
    module = tree(path)
    assert not module.body or ast.get_docstring(module), f"{path} has no docstring"


@pytest.mark.parametrize("path", [path for path in sources() if path.endswith("/__init__.py")])
def test_packages_only_re_export(path: str) -> None:
    allowed = (ast.Import, ast.ImportFrom)
    for node in tree(path).body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_all = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        assert isinstance(node, allowed) or is_text or is_all, f"{path}:{node.lineno} does more than re-export"


def test_only_the_edges_of_the_program_catch_everything() -> None:
    found: dict[str, int] = {}
    for path in sources():
        if path.startswith("src/"):
            caught = sum(map(catches_everything, ast.walk(tree(path))))
            if caught:
                found[path] = caught
    assert found == CATCH_ALL


def catches_everything(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    if isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None:
        return False  # cleans up and lets the error through
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    names = {getattr(kind, "id", getattr(kind, "attr", "")) if kind else "" for kind in kinds}
    return bool(names & {"", "Exception", "BaseException"})


def test_modules_hold_no_state_that_changes() -> None:
    """A module-level list, dict or set is data; nobody may assign to it or a global from a function."""
    guilty = [
        f"{path}:{node.lineno} global {', '.join(node.names)}"
        for path in sources()
        if path.startswith("src/")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Global)
    ]
    assert not guilty

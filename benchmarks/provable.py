"""Edges that cannot be: calls on a literal, a builtin or the standard library that are bound to the project.

Judged from the source alone, with Python's own ``ast``, so that no mistake of this project's parser can hide another.
An edge counts as wrong when every call of the target's name on its line provably leaves the project.
"""

from __future__ import annotations

import ast
import builtins
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

_LITERALS = (
    ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp,
)  # fmt: skip
_BUILTINS = frozenset(dir(builtins))
_BOTH_NAMES = frozenset(("__init__", "__new__", "__call__"))


class Verdict(NamedTuple):
    """How many edge sites could be judged, and those that are wrong: (file, line, target)."""

    judged: int
    wrong: list[tuple[str, int, str]]


class _File(ast.NodeVisitor):
    """The calls of one file by line and name, and what its names can mean."""

    def __init__(self, tree: ast.Module) -> None:
        self.bound: dict[str, int] = {}  # how often a name is bound, in any scope
        self.outside: dict[str, bool] = {}  # names bound by an import of the standard library
        self.star = False
        self.aliases: dict[str, set[str]] = {}  # imported name → other names it is given
        self.calls: dict[tuple[int, str], list[ast.expr]] = {}
        self.visit(tree)

    def _bind(self, name: str) -> None:
        self.bound[name] = self.bound.get(name, 0) + 1

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            root = alias.name.partition(".")[0]
            name = alias.asname or root
            self._bind(name)
            self.outside[name] = self.outside.get(name, True) and root in sys.stdlib_module_names

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        root = (node.module or "").partition(".")[0]
        outside = node.level == 0 and root in sys.stdlib_module_names
        for alias in node.names:
            if alias.name == "*":
                self.star = self.star or not outside
                continue
            name = alias.asname or alias.name
            if name != alias.name:
                self.aliases.setdefault(alias.name, set()).add(name)
            self._bind(name)
            self.outside[name] = self.outside.get(name, True) and outside

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._bind(node.id)
            self.outside[node.id] = False

    def visit_arg(self, node: ast.arg) -> None:
        self._bind(node.arg)
        self.outside[node.arg] = False
        self.generic_visit(node)

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        self._bind(node.name)
        self.outside[node.name] = False
        self.generic_visit(node)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _definition

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Name):
            self.calls.setdefault((function.lineno, function.id), []).append(function)
        elif isinstance(function, ast.Attribute):
            line = function.end_lineno or function.lineno
            self.calls.setdefault((line, function.attr), []).append(function)
        self.generic_visit(node)

    def leaves(self, function: ast.expr) -> bool:
        """Whether what is called provably lies outside the project."""
        if isinstance(function, ast.Name):
            return self._is_outside(function.id)
        base = function.value if isinstance(function, ast.Attribute) else function
        if isinstance(base, _LITERALS):
            return True
        while isinstance(base, ast.Attribute):
            base = base.value
        return isinstance(base, ast.Name) and self.outside.get(base.id, False)

    def _is_outside(self, name: str) -> bool:
        if self.star:
            return False
        return self.outside.get(name, False) if name in self.bound else name in _BUILTINS


def judge(root: Path, edges: Iterable[dict[str, Any]]) -> Verdict:
    """The verdict on the CALLS edges of Python files, in the form of ``loomgraph export --format edges``."""
    files: dict[str, _File | None] = {}
    judged, wrong = 0, []
    for edge in edges:
        path = edge["src_file"]
        if edge["kind"] != "CALLS" or not path.endswith(".py"):
            continue
        if path not in files:
            files[path] = _read(root / path)
        file = files[path]
        if file is None:
            continue
        parts = edge["dst_name"].split(".")
        name = parts[-2] if parts[-1] in _BOTH_NAMES and len(parts) > 1 else parts[-1]
        for line in edge["lines"]:
            names = {name, *file.aliases.get(name, ())}
            calls = [call for each in sorted(names) for call in file.calls.get((line, each), ())]
            judged += bool(calls)
            if calls and all(file.leaves(call) for call in calls):
                wrong.append((path, line, f"{edge['dst_file']}::{edge['dst_name']}"))
    return Verdict(judged, wrong)


def _read(path: Path) -> _File | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return _File(ast.parse(path.read_bytes()))
    except (SyntaxError, ValueError):
        return None

"""What one Go file says on its own: whether a plain build includes it, what it selects from its imports.

Build constraints have three values: tags of systems, processors and compilers may hold; a project's own tags do not
unless they are asked for. Knows facts of a single file and no values.
"""

from __future__ import annotations

import re

from loomgraph.facts import Op
from loomgraph.resolve.project import FileView

_TOKEN = re.compile(r"\s*(\|\||&&|!|\(|\)|[\w.]+)")
_PLATFORM = frozenset(
    ("aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "netbsd", "openbsd")
    + ("plan9", "solaris", "wasip1", "windows", "unix", "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64")
    + ("mips64le", "mipsle", "ppc64", "ppc64le", "riscv64", "s390x", "wasm", "gc", "gccgo", "cgo", "race", "msan")
)
_VERSION = re.compile(r"go1\.\d+$")
Known = bool | None  # None: may hold


def built_by_default(view: FileView) -> bool:
    """Whether the file's constraint can hold without tags of the project's own."""
    found = view.cache.get("built")
    if found is None:
        text = view.facts.extra.get("build", "")
        found = view.cache["built"] = not text or evaluate(str(text)) is not False
    return bool(found)


def evaluate(text: str) -> Known:
    """The value of a constraint; unreadable ones may hold."""
    tokens = _TOKEN.findall(text)
    value, at = _either(tokens, 0)
    return value if at == len(tokens) else None


def _either(tokens: list[str], at: int) -> tuple[Known, int]:
    value, at = _both(tokens, at)
    while at < len(tokens) and tokens[at] == "||":
        other, at = _both(tokens, at + 1)
        value = True if value is True or other is True else None if value is None or other is None else False
    return value, at


def _both(tokens: list[str], at: int) -> tuple[Known, int]:
    value, at = _one(tokens, at)
    while at < len(tokens) and tokens[at] == "&&":
        other, at = _one(tokens, at + 1)
        value = False if value is False or other is False else None if value is None or other is None else True
    return value, at


def _one(tokens: list[str], at: int) -> tuple[Known, int]:
    if at >= len(tokens):
        return None, at
    token = tokens[at]
    if token == "!":
        value, at = _one(tokens, at + 1)
        return None if value is None else not value, at
    if token == "(":
        value, at = _either(tokens, at + 1)
        return value, at + 1 if at < len(tokens) and tokens[at] == ")" else at
    if token in _PLATFORM or token.startswith("goexperiment."):
        return None, at + 1
    return bool(_VERSION.match(token)), at + 1


def selected_members(view: FileView, aliases: set[str]) -> set[str]:
    """The names that a file selects from what ``aliases`` mean."""
    table: dict[str, set[str]] | None = view.cache.get("selected")
    if table is None:
        table = {}
        code, names, sites = view.code, view.names, view.facts.sites
        for at in range(0, len(sites), 4):
            expr = sites[at]
            if code[expr] in (Op.CALL, Op.NEW):
                expr = code[expr + 1]
            while code[expr] == Op.INDEX:
                expr = code[expr + 1]
            if code[expr] == Op.ATTR and code[code[expr + 1]] == Op.NAME:
                table.setdefault(names[code[code[expr + 1] + 1]], set()).add(names[code[expr + 2]])
        view.cache["selected"] = table
    return {name for alias in aliases for name in table.get(alias, ())}


def type_parameters(view: FileView) -> frozenset[str]:
    """The names of all type parameters of a file."""
    found = view.cache.get("type parameters")
    if found is None:
        names = (d.name for d in view.definitions if d.symbol_kind == "typeParameter")
        found = view.cache["type parameters"] = frozenset(names)
    return found

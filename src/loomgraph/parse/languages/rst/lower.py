"""reStructuredText: titles by their adornments, names in roles, literals and directives. Read line by line."""

from __future__ import annotations

import re

from tree_sitter import Node

from loomgraph.parse.builder import Builder
from loomgraph.parse.prose import SECTIONS, mention

_ADORNMENT = re.compile(r"^([!-/:-@\[-`{-~])\1{2,}\s*$")
_ROLE = re.compile(r":(?:[a-z]+:)?([a-z]+):`([^`]+)`")
_LITERAL = re.compile(r"``(.+?)``")
_ROLES = frozenset(
    [
        "class",
        "meth",
        "func",
        "mod",
        "attr",
        "exc",
        "data",
        "obj",
        "const",
        "method",
        "function",
        "member",
        "type",
        "var",
        "enum",
        "enumerator",
        "struct",
        "macro",
        "decorator",
        "property",
    ]
)
_DIRECTIVE = re.compile(
    r"^(\s*)\.\.\s+(?:[a-z]+:)?(auto)?(class|exception|function|method|attribute|module|data|decorator|property|"
    r"staticmethod|classmethod|currentmodule|struct|type|macro|enum)::\s*(.+?)\s*$"
)
_TARGET = re.compile(r"<([^<>]+)>$")
_CALL = re.compile(r"^(?:async |abstract |static |classmethod |property )*([\w.:~]+)")


def lower(root: Node | None, source: bytes, builder: Builder) -> None:
    """The sections and mentions of one document."""
    lines = source.decode("utf-8", "replace").split("\n")
    builder.extra[SECTIONS] = _sections(lines)
    outer: list[tuple[int, str]] = []  # class directives around, by indentation
    for at, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip())
        if line.strip():
            while outer and outer[-1][0] >= indent:
                outer.pop()
        directive = _DIRECTIVE.match(line)
        if directive is not None:
            _directive(directive, at, outer, builder)
            continue
        if "`" in line:
            _inline(line, at, builder)


def _sections(lines: list[str]) -> list[tuple[int, int, str]]:
    """(line, level, title): the first kind of adornment met is the outermost."""
    found: list[tuple[int, int, str]] = []
    levels: dict[tuple[str, bool], int] = {}
    for at in range(1, len(lines)):
        match = _ADORNMENT.match(lines[at])
        title = lines[at - 1].rstrip()
        if match is None or not title.strip() or _ADORNMENT.match(title):
            continue
        over = at >= 2 and lines[at - 2].rstrip() == lines[at].rstrip()
        if not over and (title[:1].isspace() or (at >= 2 and lines[at - 2].strip())):
            continue  # indented, or the last line of a paragraph or of a simple table
        if len(lines[at].rstrip()) < len(title.strip()) - 1:
            continue
        level = levels.setdefault((match[1], over), len(levels) + 1)
        found.append((at - 1 if over else at, level, _plain(title)))
    return found


def _plain(title: str) -> str:
    title = _ROLE.sub(lambda m: _TARGET.sub("", m[2]).lstrip("~!"), title)
    return " ".join(title.replace("`", "").split())


def _directive(match: re.Match[str], line: int, outer: list[tuple[int, str]], builder: Builder) -> None:
    indent, kind = len(match[1]), match[3]
    named = _CALL.match(match[4])
    if named is None:
        return
    name = named[1]
    if outer and "." not in name and kind not in ("module", "currentmodule"):
        name = f"{outer[-1][1]}.{name}"
    mention(builder, name, line, surely=True)
    if kind in ("class", "exception", "struct"):
        outer.append((indent, name))


def _inline(line: str, at: int, builder: Builder) -> None:
    for match in _ROLE.finditer(line):
        if match[1] in _ROLES:
            target = _TARGET.search(match[2])
            name = (target[1] if target else match[2]).strip().lstrip("~!.")
            mention(builder, name.partition("(")[0], at, surely=True)
    for match in _LITERAL.finditer(line):
        mention(builder, match[1], at)

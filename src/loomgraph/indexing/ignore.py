"""Ignore rules in the form of ``.gitignore``: patterns compiled so that the common ones cost a dictionary look-up.

This module knows the pattern language (``gitignore(5)``) and nothing about file systems or walking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SPECIAL = frozenset("*?[\\")
_POSIX = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "blank": " \\t", "cntrl": "\\x00-\\x1f\\x7f", "digit": "0-9",
    "graph": "\\x21-\\x7e", "lower": "a-z", "print": "\\x20-\\x7e", "punct": "!-/:-@\\[-`{-~", "space": "\\s",
    "upper": "A-Z", "xdigit": "0-9a-fA-F",
}  # fmt: skip


class IgnoreRules:
    """The patterns of one ignore file; paths are relative to the folder that holds it.

    The last pattern that matches decides. A *rank* is twice the pattern's place, plus one when it ignores (rather
    than re-includes), so that the greatest matching rank gives the verdict.
    """

    __slots__ = ("_dir_names", "_dir_paths", "_names", "_paths", "_patterns", "_suffixes")

    def __init__(self, lines: Iterable[str]) -> None:
        self._names: dict[str, int] = {}
        self._dir_names: dict[str, int] = {}
        self._suffixes: dict[str, int] = {}
        self._paths: dict[str, int] = {}
        self._dir_paths: dict[str, int] = {}
        patterns: list[tuple[int, bool, re.Pattern[str]]] = []
        for place, line in enumerate(lines, 1):
            parsed = parse_line(line)
            if parsed is None:
                continue
            body, negated, only_dirs = parsed
            rank = 2 * place + (not negated)
            self._add(body, rank, only_dirs, patterns)
        self._patterns = tuple(reversed(patterns))

    def _add(self, body: str, rank: int, only_dirs: bool, patterns: list[tuple[int, bool, re.Pattern[str]]]) -> None:
        """File a pattern under the cheapest look-up that decides it."""
        bare = body.removeprefix("**/")
        if not _SPECIAL & set(bare):
            if "/" not in bare:
                (self._dir_names if only_dirs else self._names)[bare] = rank
            elif bare is body:
                (self._dir_paths if only_dirs else self._paths)[body.removeprefix("/")] = rank
            else:
                patterns.append((rank, only_dirs, compile_pattern(body)))
        elif body.startswith("*.") and not only_dirs and not (_SPECIAL | {".", "/"}) & set(body[2:]):
            self._suffixes[body[2:]] = rank
        else:
            patterns.append((rank, only_dirs, compile_pattern(body)))

    def __bool__(self) -> bool:
        return bool(
            self._names or self._dir_names or self._suffixes or self._paths or self._dir_paths or self._patterns
        )

    def verdict(self, path: str, name: str, is_dir: bool) -> bool | None:
        """True: ignored; False: re-included; None: no pattern speaks of it. ``name`` is the last part of ``path``."""
        rank = self._names.get(name, 0)
        stem, dot, suffix = name.rpartition(".")
        if dot:
            rank = max(rank, self._suffixes.get(suffix, 0))
        rank = max(rank, self._paths.get(path, 0))
        if is_dir:
            rank = max(rank, self._dir_names.get(name, 0), self._dir_paths.get(path, 0))
        for at, only_dirs, pattern in self._patterns:
            if at < rank:
                break
            if (is_dir or not only_dirs) and pattern.match(path):
                rank = at
                break
        return None if not rank else bool(rank & 1)


def parse_line(line: str) -> tuple[str, bool, bool] | None:
    """One line of an ignore file as (pattern without its final slash, re-includes?, only folders?)."""
    line = line.rstrip("\r\n")
    stripped = line.rstrip(" ")
    if stripped != line and _ends_escaped(stripped):
        stripped += " "
    if not stripped or stripped.startswith("#"):
        return None
    negated = stripped.startswith("!")
    body = stripped[1:] if negated else stripped
    if body.startswith(("\\!", "\\#")):
        body = body[1:]
    only_dirs = body.endswith("/")
    if only_dirs:
        body = body[:-1]
    if not body or _ends_escaped(body):
        return None
    return body, negated, only_dirs


def _ends_escaped(text: str) -> bool:
    """Whether ``text`` ends in a backslash that escapes what follows."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def compile_pattern(body: str) -> re.Pattern[str]:
    """A pattern without final slash, as a regular expression over a whole relative path."""
    if "/" not in body:
        return re.compile(f"(?:.*/)?{_glob(body)}\\Z", re.DOTALL)
    body = body.removeprefix("/")
    out: list[str] = []
    parts = body.split("/")
    last = len(parts) - 1
    for at, part in enumerate(parts):
        if part == "**":
            if at == last:
                out.append(".+" if at else ".*")
            else:
                out.append("(?:.*/)?")
            continue
        out.append(_glob(part))
        if at < last:
            out.append("/")
    return re.compile("".join(out) + "\\Z", re.DOTALL)


def _glob(part: str) -> str:
    """One path part's wildcards as a regular expression that never crosses a slash."""
    out: list[str] = []
    at = 0
    while at < len(part):
        char = part[at]
        at += 1
        if char == "*":
            while at < len(part) and part[at] == "*":
                at += 1
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "[":
            klass, at = _char_class(part, at)
            out.append(klass)
        elif char == "\\" and at < len(part):
            out.append(re.escape(part[at]))
            at += 1
        else:
            out.append(re.escape(char))
    return "".join(out)


def _char_class(part: str, at: int) -> tuple[str, int]:
    """The character class that starts after ``[`` at ``at``: its regular expression, and where it ends."""
    negated = at < len(part) and part[at] in "!^"
    at += negated
    items: list[str] = []
    first = True
    while at < len(part) and (first or part[at] != "]"):
        first = False
        posix = re.match(r"\[:([a-z]+):\]", part[at:])
        if posix and posix[1] in _POSIX:
            items.append(_POSIX[posix[1]])
            at += posix.end()
            continue
        low, at = _class_char(part, at)
        if at + 1 < len(part) and part[at] == "-" and part[at + 1] != "]":
            high, at = _class_char(part, at + 1)
            if low <= high:
                items.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            items.append(re.escape(low))
    if at >= len(part):
        return "(?!)", at  # an unclosed class matches nothing, as in git
    if not items:
        return ("[^/]" if negated else "(?!)"), at + 1
    body = "".join(items)
    return (f"(?!/)[^{body}]" if negated else f"(?!/)[{body}]"), at + 1


def _class_char(part: str, at: int) -> tuple[str, int]:
    if part[at] == "\\" and at + 1 < len(part):
        return part[at + 1], at + 2
    return part[at], at + 1

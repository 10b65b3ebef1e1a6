"""Files of variables (``.env``): one way of writing a value that python-dotenv, systemd's ``EnvironmentFile=`` and the
POSIX shell of our scripts read alike, and a reader that reads any such file as python-dotenv does.

What the three have in common:

- between single quotes all is as it stands, but python-dotenv takes ``\\\\`` for one backslash, so none may hold two;
- between double quotes ``\\\\`` and ``\\"`` are a backslash and a quote; a ``$`` or a backtick stands for itself to
  python-dotenv and systemd, and ``with-env.sh`` reads it so (a plain ``. ./.env`` would expand it);
- ``${NAME}`` is replaced by python-dotenv between any quotes and by systemd between none: it cannot be said;
- control characters but the tab cannot be in systemd's values, nor what is no character to it.

This module must not know what the variables mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from loomgraph.errors import UnwritableValue

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BARE = re.compile(r"[A-Za-z0-9_./:@%+,=-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_INTERPOLATED = re.compile(r"\$\{(?P<name>[^\}:]*)(?::-(?P<default>[^\}]*))?\}")

# The grammar of python-dotenv's parser (1.2.4).
_BLANK = re.compile(r"\s*")
_EXPORT = re.compile(r"(?:export[^\S\r\n]+)?")
_QUOTED_KEY = re.compile(r"'([^']+)'")
_KEY = re.compile(r"([^=\#\s]+)")
_SPACE = re.compile(r"[^\S\r\n]*")
_EQUAL = re.compile(r"=([^\S\r\n]*)")
_SINGLE = re.compile(r"'((?:\\.|[^'\\])*)'", re.DOTALL)
_DOUBLE = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_UNQUOTED = re.compile(r"([^\r\n]*)")
_END = re.compile(r"(?:[^\S\r\n]*#[^\r\n]*)?[^\S\r\n]*(?:\r\n|\n|\r|$)")
_REST = re.compile(r"[^\r\n]*(?:\r|\n|\r\n)?")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def line(name: str, value: str) -> str:
    """``NAME=value`` as all three read it; raises ``UnwritableValue``."""
    return f"{name}={quoted(name, value)}\n"


def quoted(name: str, value: str) -> str:
    """A value as all three read it; raises ``UnwritableValue`` with the name of the variable, never with the value."""
    if not NAME.fullmatch(name):
        raise UnwritableValue(name=name, reason="that is no name of a variable")
    reason = unwritable(value)
    if reason:
        raise UnwritableValue(name=name, reason=reason)
    if _BARE.fullmatch(value):
        return value
    if "'" not in value and "\\\\" not in value and not value.endswith("\\"):
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unwritable(value: str) -> str:
    """Why no way of writing the value is read alike by all; "" when there is one."""
    if _CONTROL.search(value):
        return "it holds a line end or another control character"
    if _INTERPOLATED.search(value):
        return "it holds ${…}, which LightRAG replaces by a variable and systemd does not"
    if any(_is_no_character(ord(one)) for one in value):
        return "it holds what is no character of Unicode"
    return ""


def _is_no_character(code: int) -> bool:
    """As systemd sees it: surrogates and the code points that Unicode keeps for no character."""
    return 0xD800 <= code <= 0xDFFF or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def render(sections: Iterable[tuple[str, Mapping[str, str]]]) -> str:
    """A file of variables, section by section, each below its comment."""
    return "\n".join(
        f"# {title}\n" + "".join(line(name, value) for name, value in found.items())
        for title, found in sections
        if found
    )


def read_file(path: Path) -> dict[str, str]:
    """The variables of a file of ours, or that a person wrote; none when there is no file."""
    return read(path.read_text("utf-8")) if path.exists() else {}


def read(text: str, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """What python-dotenv reads from ``text``: later lines win, ``${NAME}`` is the variable of an earlier line or of
    ``environment``. A line that is none is passed over, and so is a name without ``=``."""
    found: dict[str, str] = {}
    reader = _Reader(text.removeprefix("\ufeff"))
    while reader.at < len(reader.text):
        try:
            name, value = reader.binding()
        except _Unreadable:
            reader.take(_REST)
            continue
        if value is None:
            found.pop(name, None)
        else:
            found[name] = _interpolated(value, {**(environment or {}), **found})
    return found


class _Unreadable(ValueError):
    """What stands there is none of what may."""


class _Reader:
    """A text, and how far it was read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def take(self, pattern: re.Pattern[str]) -> str:
        """What the pattern finds here: its group, if it has one."""
        found = pattern.match(self.text, self.at)
        if not found:
            raise _Unreadable
        self.at = found.end()
        return found[found.re.groups]

    def sees(self, what: str) -> bool:
        """Whether that comes next."""
        return self.text.startswith(what, self.at)

    def binding(self) -> tuple[str, str | None]:
        """The next name and its value, None for a name alone; ("", None) where only blank or a comment is left."""
        self.take(_BLANK)
        if self.at == len(self.text):
            return "", None
        self.take(_EXPORT)
        name = "" if self.sees("#") else self.take(_QUOTED_KEY if self.sees("'") else _KEY)
        self.take(_SPACE)
        value = None
        if self.sees("="):
            space = self.take(_EQUAL)
            value = "" if space and self.sees("#") else self._value()
        self.take(_END)
        return name, value

    def _value(self) -> str:
        if self.sees("'"):
            return _unescaped(self.take(_SINGLE), r"\\([\\'])")
        if self.sees('"'):
            return _unescaped(self.take(_DOUBLE), r"\\([\\'\"abfnrtv])")
        return re.sub(r"\s+#.*", "", self.take(_UNQUOTED)).rstrip()


def _unescaped(text: str, escapes: str) -> str:
    return re.sub(escapes, lambda found: _ESCAPES.get(found[1], found[1]), text)


def _interpolated(value: str, known: Mapping[str, str]) -> str:
    return _INTERPOLATED.sub(lambda found: known.get(found["name"], found["default"] or ""), value)

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

# The grammar of python-dotenv's parser.
_BLANK = re.compile(r"\s*")
_KEY = re.compile(r"(?:export[^\S\r\n]+)?(?:'(?P<quoted>[^']+)'|(?P<bare>[^=\#\s]+))[^\S\r\n]*")
_SINGLE = re.compile(r"'((?:\\.|[^'\\])*)'", re.DOTALL)
_DOUBLE = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_UNQUOTED = re.compile(r"[^\r\n]*")
_END = re.compile(r"(?:[^\S\r\n]*#[^\r\n]*)?[^\S\r\n]*(?:\r\n|\n|\r|$)")
_REST = re.compile(r"[^\r\n]*(?:\r|\n|\r\n)?")
_EQUAL = re.compile(r"=[^\S\r\n]*")
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
    ``environment``. A line that is none is passed over."""
    found: dict[str, str] = {}
    text = text.removeprefix("\ufeff")
    position = _BLANK.match(text).end()  # type: ignore[union-attr]
    while position < len(text):
        name, value, position = _binding(text, position)
        if name and value is not None:
            found[name] = _interpolated(value, {**(environment or {}), **found})
        position = _BLANK.match(text, position).end()  # type: ignore[union-attr]
    return found


def _binding(text: str, start: int) -> tuple[str, str | None, int]:
    """The binding that begins there: its name, its value, where it ends; no name when there is none."""
    failed = "", None, _REST.match(text, start).end()  # type: ignore[union-attr]
    key = _KEY.match(text, start)
    if text.startswith("#", start) or not key:
        return failed
    equal = _EQUAL.match(text, key.end())
    value, position = _value(text, equal.end()) if equal else (None, key.end())
    end = _END.match(text, position) if position >= 0 else None
    if not end:
        return failed
    return key["quoted"] or key["bare"], value, end.end()


def _value(text: str, start: int) -> tuple[str, int]:
    """The value that begins there and where it ends; -1 when a quote is left open."""
    first = text[start : start + 1]
    if first in ("'", '"'):
        found = (_SINGLE if first == "'" else _DOUBLE).match(text, start)
        if not found:
            return "", -1
        return _unescaped(found[1], r"\\([\\'])" if first == "'" else r"\\([\\'\"abfnrtv])"), found.end()
    bare = _UNQUOTED.match(text, start)
    assert bare
    return re.sub(r"\s+#.*", "", bare[0]).rstrip(), bare.end()


def _unescaped(text: str, escapes: str) -> str:
    return re.sub(escapes, lambda found: _ESCAPES.get(found[1], found[1]), text)


def _interpolated(value: str, known: Mapping[str, str]) -> str:
    return _INTERPOLATED.sub(lambda found: known.get(found["name"], found["default"] or ""), value)

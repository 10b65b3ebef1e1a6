"""Reading the text of an import: lists in braces, aliases, wildcards.

``a::b::{c, d as e, f::*}`` → three imported names with their modules. What the separators, aliases and wildcards of
a language are comes from its ``language.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from loomgraph.parse.registry import ImportRules
from loomgraph.parse.signatures import plain_text

_MAX_NAMES = 5_000


class ImportedName(NamedTuple):
    """``name`` of ``module`` is called ``alias`` here; name "*" is everything, "" the module itself."""

    module: str
    name: str
    alias: str


class ImportReader:
    """Reads the imports of one language."""

    def __init__(self, rules: ImportRules, separators: tuple[str, ...]) -> None:
        self.rules = rules
        self._strip = re.compile(rules.strip) if rules.strip else None
        self._alias = re.compile(rules.alias)
        self._alias_first = re.compile(rules.alias_first) if rules.alias_first else None
        self._separators = sorted(separators, key=len, reverse=True)

    def read(self, text: str) -> list[ImportedName]:
        """The names that the import statement ``text`` binds."""
        text = plain_text(text)
        if self._strip is not None:
            text = self._strip.sub("", text).strip()
        found: list[ImportedName] = []
        for path in self._expand("", text):
            found.append(self._single(path))
            if len(found) >= _MAX_NAMES:
                break
        return [name for name in found if name.module or name.name]

    def _expand(self, prefix: str, text: str) -> Iterator[str]:
        for part in _commas(text):
            at = part.find("{")
            if at < 0:
                yield prefix + part
                continue
            yield from self._expand(prefix + part[:at].strip(), part[at + 1 : part.rfind("}") if "}" in part else None])

    def _single(self, path: str) -> ImportedName:
        alias = ""
        if self._alias_first is not None:
            first = self._alias_first.split(path, maxsplit=1)
            if len(first) == 2:
                alias, path = first[0].strip(), first[1]
        parts = self._alias.split(path, maxsplit=1)
        path = parts[0].strip()
        if len(parts) == 2:
            alias = parts[1].strip()
        module, name = self._last(path)
        if name in self.rules.wildcards:
            return ImportedName(module, "*", "")
        if name in self.rules.itself:
            module, name = self._last(module)
        if self.rules.whole and not alias:
            return ImportedName(path, "*", "")
        if self.rules.bare and not module:
            return ImportedName(name, "", alias or name)
        return ImportedName(module, name, alias or name)

    def _last(self, path: str) -> tuple[str, str]:
        """A path without its last part, and that part."""
        for separator in self._separators:
            head, found, tail = path.rpartition(separator)
            if found:
                return head, tail.strip()
        return "", path


def _commas(text: str) -> list[str]:
    parts: list[str] = []
    depth = start = 0
    for at, char in enumerate(text):
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def plain_module(text: str) -> str:
    """The file or module that the text of an import names: of an expression, the last string in it."""
    strings = re.findall(r"""["']([^"']+)["']""", text)
    return strings[-1] if strings else text.strip("\"'`<> ")

"""Reading declarations as text: parameters, modifiers, signatures, type names.

For structure languages, whose grammars shape parameters in too many ways to say by queries. Everything a language
decides comes in as patterns of its ``language.toml``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from loomgraph.facts import ParamKind
from loomgraph.parse.registry import Structure

_OPEN, _CLOSE = "([{<", ")]}>"
_ARROW = re.compile(r"[-=]>")
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
_SPACE = re.compile(r"\s+")
_ATTRIBUTES = re.compile(r"^(?:#?\[[^\]]*\]\s*|@(?!interface\b)[\w.:]+(?:\([^()]*\))?\s+)+")
_NEVER = re.compile(r"(?!)")
_PATH_PART = re.compile(r"^[~@$\w]+[?!]?$")
_MAX_SIGNATURE = 400
_MAX_PARAMETERS = 20_000  # characters: a longer list is data


class Parameter(NamedTuple):
    """One parameter as text."""

    name: str
    type: str
    optional: bool
    kind: int


class Patterns:
    """The patterns of one language, compiled."""

    def __init__(self, rules: Structure) -> None:
        self.parameter = re.compile(rules.parameter, re.DOTALL)
        self.optional = _pattern(rules.optional)
        self.variadic = _pattern(rules.variadic)
        self.keyword = _pattern(rules.keyword)
        self.receiver = _pattern(rules.receiver_parameter)
        self.private, self.exported = _pattern(rules.private), _pattern(rules.exported)
        self.static, self.abstract = _pattern(rules.static), _pattern(rules.abstract)
        self.asynchronous, self.constant = _pattern(rules.asynchronous), _pattern(rules.constant)
        self.private_name = _pattern(rules.private_name)
        self.separator = re.compile("|".join(map(re.escape, sorted(rules.separators, key=len, reverse=True))))
        self.transparent = frozenset(rules.transparent)

    def parameters(self, text: str) -> list[Parameter]:
        """The parameters in the text of a parameter list, with or without its brackets."""
        text = text.strip()
        if text[:1] in _OPEN and text[-1:] in _CLOSE and text:
            text = text[1:-1]
        found: list[Parameter] = []
        for part in split_list(text[:_MAX_PARAMETERS]):
            if self.receiver.search(part):
                found.append(Parameter("self", "", False, ParamKind.RECEIVER))
                continue
            if part == "void":
                continue
            kind = ParamKind.STAR if self.variadic.search(part) else ParamKind.POSITIONAL
            if self.keyword.search(part):
                kind = ParamKind.KEYWORD
            match = self.parameter.search(part)
            if match is None:
                found.append(Parameter("", part if kind == ParamKind.POSITIONAL else "", False, kind))
                continue
            groups = match.groupdict()
            optional = self.optional.search(part) is not None
            found.append(Parameter(groups.get("name") or "", (groups.get("type") or "").strip(), optional, kind))
        return found

    def path(self, text: str) -> list[str]:
        """The names of a path as written (``a::b<T>.c`` → a, b, c); empty when the text is no plain path."""
        if len(text) > 300:
            return []
        parts = [part.strip() for part in self.separator.split(without_generics(text))]
        parts = [part for part in parts if part]
        return parts if parts and all(map(_PATH_PART.match, parts)) else []

    def type_path(self, text: str) -> list[str]:
        """The path of the class that a type names, looking through wrappers the language calls transparent."""
        for _ in range(4):
            match = re.search(r"[A-Za-z_\\$][\w$]*(?:(?:" + self.separator.pattern + r")[A-Za-z_][\w$]*)*", _bare(text))
            if match is None:
                return []
            parts = [part for part in self.separator.split(match[0]) if part]
            rest = _bare(text)[match.end() :].lstrip()
            if parts and parts[-1] in self.transparent and rest[:1] in ("<", "["):
                text = split_list(rest[1:-1] if rest[-1:] in (">", "]") else rest[1:])[0] if len(rest) > 2 else ""
                continue
            return parts
        return []


_TYPE_NOISE = re.compile(
    r"\b(?:mut|dyn|impl|const|volatile|struct|class|enum|union|readonly|ref|out|in|inout|unsigned|signed|some|any|"
    r"typename|final|override|val|var|scoped|this|params)\b\s*|'\w+\s*|[&*?!]"
)


def _bare(text: str) -> str:
    return _TYPE_NOISE.sub("", text).strip()


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.DOTALL) if text else _NEVER


def plain_text(text: str) -> str:
    """``text`` without comments, on one line."""
    return _SPACE.sub(" ", _COMMENT.sub(" ", text)).strip()


def split_list(text: str) -> list[str]:
    """The parts between commas that stand in no brackets, strings blanked."""
    text = _ARROW.sub("  ", _STRING.sub('""', plain_text(text)))
    parts: list[str] = []
    depth = start = 0
    for at, char in enumerate(text):
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth -= 1
        elif char == "," and depth <= 0:
            parts.append(text[start:at].strip())
            start = at + 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def without_generics(text: str) -> str:
    """``text`` without what stands in angle brackets, and without a turbofish's colons."""
    if "<" not in text and "[" not in text:
        return text
    kept: list[str] = []
    depth = 0
    for char in text:
        if char in "<[":
            depth += 1
        elif char in ">]":
            depth -= 1
        elif depth <= 0:
            kept.append(char)
    return "".join(kept)


def first_brackets(text: str) -> str:
    """The first balanced ``(…)`` of ``text``, brackets included; "" when there is none."""
    start = text.find("(")
    depth = 0
    for at in range(max(start, 0), len(text)):
        if text[at] == "(":
            depth += 1
        elif text[at] == ")":
            depth -= 1
            if depth == 0:
                return text[start : at + 1]
    return ""


def signature_of(text: str) -> str:
    """A declaration's head on one line, without attributes."""
    head = _ATTRIBUTES.sub("", plain_text(text[: _MAX_SIGNATURE * 4]))
    head = head.rstrip(" {:;=").removesuffix(" where").rstrip()
    return head if len(head) <= _MAX_SIGNATURE else head[:_MAX_SIGNATURE] + "…"

"""Types in JSDoc comments: what plain JavaScript says of parameters, results and variables.

Reads the part of the notation that names types: `Name`, `a.Name`, `Name[]`, `Array<Name>`, `A|B`, `?Name`, `Name=`,
`import("./m").Name`. Anything else says nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from loomgraph.facts import Op
from loomgraph.parse.builder import NONE
from loomgraph.parse.languages.ecmascript.walk import Local, Walk, unquote

_TAG = re.compile(r"@(param|arg|argument|returns?|type|yields?)\s*\{")
_NAME = re.compile(r"\s*\[?\s*(?:\.\.\.)?([A-Za-z_$][\w$]*)(?![\w$.])")
_TOKEN = re.compile(
    r"\s*(import\s*\(\s*['\"][^'\"]+['\"]\s*\)|'[^']*'|\"[^\"]*\"|[A-Za-z_$][\w$]*|\[\]|\.\.\.|[<>()|.,?!=*{}\[\]]|\S)"
)
_NOTHING = frozenset({"any", "unknown", "Object", "object", "never", "void", "Function"})
_BUILT_IN = frozenset({"string", "number", "boolean", "null", "undefined", "symbol", "bigint"})
_SAME = {"String": "string", "Number": "number", "Boolean": "boolean", "array": "Array", "promise": "Promise"}


class JsDoc(NamedTuple):
    """The types a comment names, as written."""

    params: dict[str, str]
    result: str
    type: str


_EMPTY = JsDoc({}, "", "")


def read(text: str) -> JsDoc:
    """The tags of a `/** … */` comment that hold types."""
    params: dict[str, str] = {}
    result = declared = ""
    for tag in _TAG.finditer(text):
        end = _closing(text, tag.end())
        if end < 0:
            continue
        written = text[tag.end() : end].strip()
        word = tag[1]
        if word.startswith(("param", "arg")):
            name = _NAME.match(text, end + 1)
            if name:
                params[name[1]] = written
        elif word.startswith("return"):
            result = written
        elif word == "type":
            declared = written
    return JsDoc(params, result, declared) if params or result or declared else _EMPTY


def _closing(text: str, at: int) -> int:
    depth = 1
    for position in range(at, min(len(text), at + 1000)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position
    return -1


def declared(walk: Walk, written: str) -> int:
    """A type of a comment as a type expression, -1 when it says nothing."""
    if not written:
        return NONE
    tokens = _TOKEN.findall(written)
    expression, rest = _union(walk, tokens)
    return expression if not rest or rest[0] == "=" else NONE


def _union(walk: Walk, tokens: list[str]) -> tuple[int, list[str]]:
    parts: list[int] = []
    while True:
        part, tokens = _postfix(walk, tokens)
        if part >= 0:
            parts.append(part)
        if not tokens or tokens[0] != "|":
            break
        tokens = tokens[1:]
    return (walk.builder.union(parts) if parts else NONE), tokens


def _postfix(walk: Walk, tokens: list[str]) -> tuple[int, list[str]]:
    while tokens and tokens[0] in ("?", "!", "..."):
        tokens = tokens[1:]
    expression, tokens = _primary(walk, tokens)
    while tokens and tokens[0] in ("[]", "=", "?"):
        if tokens[0] == "[]":
            element = expression if expression >= 0 else walk.unknown()
            expression = walk.builder.index(walk.builder.name("Array"), [element])
        tokens = tokens[1:]
    return expression, tokens


def _primary(walk: Walk, tokens: list[str]) -> tuple[int, list[str]]:
    if not tokens:
        return NONE, tokens
    first, rest = tokens[0], tokens[1:]
    if first == "(":
        expression, rest = _union(walk, rest)
        return (expression, rest[1:]) if rest and rest[0] == ")" else (NONE, [")"])
    if first[:1] in "'\"":
        return walk.builder.literal("string"), rest
    if first.startswith("import"):
        module = unquote(first[first.index("(") + 1 : -1].strip())
        expression = walk.builder.op(Op.IMPORT, walk.builder.bind_import(module, "", "", 0, kind="type"))
    elif first[0].isalpha() or first[0] in "_$":
        expression = _named(walk, _SAME.get(first, first))
    else:
        return NONE, rest if first == "*" else ["?"]
    while len(rest) > 1 and rest[0] == "." and rest[1] != "<":
        expression = walk.builder.attr(expression, rest[1]) if expression >= 0 else NONE
        rest = rest[2:]
    if rest[:2] == [".", "<"]:
        rest = rest[1:]
    return _arguments(walk, expression, rest[1:]) if rest and rest[0] == "<" else (expression, rest)


def _arguments(walk: Walk, base: int, tokens: list[str]) -> tuple[int, list[str]]:
    keys: list[int] = []
    while tokens and tokens[0] != ">":
        key, tokens = _union(walk, tokens[1:] if tokens[0] == "," else tokens)
        keys.append(key if key >= 0 else walk.unknown())
        if not tokens or tokens[0] not in (",", ">"):
            return NONE, ["?"]
    return (walk.builder.index(base, keys) if base >= 0 else NONE), tokens[1:]


def _named(walk: Walk, name: str) -> int:
    if name in _NOTHING:
        return NONE
    if name in _BUILT_IN:
        return walk.builder.literal(name)
    local: Local | None = walk.find(name)
    if local is not None and local.types:
        return walk.builder.op(Op.DEF, local.types[0])
    return walk.builder.name(name)

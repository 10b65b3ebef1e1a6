"""Types in JSDoc comments: what plain JavaScript says of parameters, results and variables.

Reads the part of the notation that names types: `Name`, `a.Name`, `Name[]`, `Array<Name>`, `A|B`, `?Name`, `Name=`,
`import("./m").Name`. Anything else says nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tree_sitter import Node

from loomgraph.facts import BindingFlag, DefFlag, DefKind, Op
from loomgraph.parse.builder import NONE, DefinitionDraft
from loomgraph.parse.languages.ecmascript.walk import Local, Walk, unquote

_TAG = re.compile(r"@(param|arg|argument|returns?|type|yields?)\s*\{")
_NAME = re.compile(r"\s*\[?\s*(?:\.\.\.)?([A-Za-z_$][\w$]*)(?![\w$.])")
_TOKEN = re.compile(
    r"\s*(import\s*\(\s*['\"][^'\"]+['\"]\s*\)|'[^']*'|\"[^\"]*\"|[A-Za-z_$][\w$]*|\[\]|\.\.\.|[<>()|.,?!=*{}\[\]]|\S)"
)
_TYPEDEF = re.compile(r"@typedef\s*\{")
_IMPORT = re.compile(r"@import\s+(?:\{([^}]*)\}|(\w+)|\*\s+as\s+(\w+))\s+from\s+['\"]([^'\"]+)['\"]")
_PROPERTY = re.compile(r"@prop(?:erty)?\s*\{")
_TEMPLATE = re.compile(r"@template\s+(?:\{[^}]*\}\s*)?((?:\w+\s*,\s*)*\w+)")
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


def define_types(walk: Walk) -> None:
    """Define the types that comments of the file declare: `@typedef`, `@import`, `@template`."""
    if not walk.plain or b"@" not in walk.source:
        return
    text = walk.source.decode("utf-8", "replace")
    for found in _TEMPLATE.finditer(text):
        for name in found[1].split(","):
            walk.documented_types[name.strip()] = NONE
    pending: list[tuple[DefinitionDraft, str, str]] = []
    for found in _TYPEDEF.finditer(text):
        end = _closing(text, found.end())
        name = _NAME.match(text, end + 1) if end >= 0 else None
        if name is not None:
            line = text.count("\n", 0, found.start()) + 1
            stop = text.find("*/", end)
            draft = walk.builder.define(name[1], DefKind.TYPE, "interface", line, line, flags=DefFlag.HIDDEN)
            walk.documented_types[name[1]] = draft.index
            pending.append((draft, text[found.end() : end].strip(), text[end : stop if stop >= 0 else len(text)]))
    for found in _IMPORT.finditer(text):
        _imported_types(walk, found)
    for draft, written, rest in pending:
        if _PROPERTY.search(rest):
            _record(walk, draft, rest)
        else:
            expression = declared(walk, written)
            draft.returns += [expression] if expression >= 0 else []
            walk.builder.export(draft.name, walk.builder.op(Op.DEF, draft.index), line=draft.line)


def _imported_types(walk: Walk, found: re.Match[str]) -> None:
    module = found[4]
    for part in (found[1] or "").split(",") if found[1] else (found[2] or found[3],):
        original, _, alias = part.strip().partition(" as ")
        name = "" if found[3] else "default" if found[2] else original.strip()
        local = (alias or original).strip()
        if local:
            at = walk.builder.bind_import(module, name, "", 0, kind="type")
            draft = walk.builder.define(local, DefKind.TYPE, "interface", 1, 1, flags=DefFlag.HIDDEN)
            draft.returns.append(walk.builder.op(Op.IMPORT, at))
            walk.documented_types[local] = draft.index


def _record(walk: Walk, draft: DefinitionDraft, text: str) -> None:
    """`@typedef {object} T` with `@property {U} name`: an interface."""
    draft.kind = DefKind.CLASS
    draft.flags |= DefFlag.INTERFACE
    for found in _PROPERTY.finditer(text):
        end = _closing(text, found.end())
        name = _NAME.match(text, end + 1) if end >= 0 else None
        expression = declared(walk, text[found.end() : end].strip()) if name is not None else NONE
        if name is not None and expression >= 0:
            value = walk.builder.typed(expression)
            walk.builder.bind(name[1], value, flags=BindingFlag.TYPED, scope=draft.index, line=draft.line)


def cast(walk: Walk, node: Node) -> int:
    """The type of `/** @type {T} */ (value)`, -1 when there is none."""
    before = walk.source[max(0, node.start_byte - 8) : node.start_byte].rstrip()
    if not walk.plain or not before.endswith(b"*/"):
        return NONE
    start = walk.source.rfind(b"/**", 0, node.start_byte)
    if start < 0:
        return NONE
    comment = walk.source[start : node.start_byte].decode("utf-8", "replace")
    return declared(walk, read(comment).type) if comment.count("*/") == 1 else NONE


def of_statement(walk: Walk) -> int:
    """The type that a JSDoc comment before the statement declares (`@type {T}`), or -1."""
    if not walk.plain or walk.doc_node is None:
        return NONE
    found = declared(walk, read(walk.text(walk.doc_node)).type)
    if found >= 0:
        walk.doc_node = None
    return found


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
    known = walk.documented_types.get(name)
    if known is not None:
        return walk.builder.op(Op.DEF, known) if known >= 0 else NONE
    local: Local | None = walk.find(name)
    if local is not None and local.types:
        return walk.builder.op(Op.DEF, local.types[0])
    return walk.builder.name(name)

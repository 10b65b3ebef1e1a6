"""What lies outside an ECMAScript project: the types of the language and of the host, and what their functions give.

The knowledge is data, ecmascript_outside.toml; here is the small language its types are written in:
``0``, ``1`` type arguments of the receiver · ``this`` the receiver · ``A0`` the first argument of the call ·
``R0`` what the function given as that argument returns · ``E(x)`` an element of x · ``V(x)`` a member of x, whichever ·
``await x`` · ``Name``, ``Name<x, y>`` · ``[x, y]`` · ``x | y``. It knows values and nothing about files.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from loomgraph.resolve.values import EMPTY, EXTI, TUP, Values, join, limit_args, one

Term = tuple[
    Any, ...
]  # ("arg", n) | ("this",) | ("call", n) | ("result", n) | (function, Term) | ("name", str, Terms) …
Ask = Callable[[Term], Values]

_TOKEN = re.compile(r"\s*(await\b|[A-Za-z_][\w.]*|\d+|[<>\[\](),|])")
_NUMBERED = re.compile(r"([AR])(\d)$")


class Method(NamedTuple):
    """What calling a function outside gives, and what it passes to the function it is given as argument ``at``."""

    gives: Term | None
    takes: tuple[Term, ...]
    at: int


class Tables(NamedTuple):
    """The data, read."""

    methods: Mapping[str, Method]  # "Array.map"
    properties: Mapping[str, Term]  # "Array.length"
    elements: Mapping[str, Term]  # what iterating over an instance gives
    items: Mapping[str, Term]  # what a key gives
    transparent: frozenset[str]  # generic types that stand for their first argument
    generic: frozenset[str]  # types that keep their arguments
    everyday: frozenset[str]  # names too common to be worth an edge
    common_methods: frozenset[str]  # names of methods of the language's own types
    global_objects: frozenset[str]


@lru_cache(maxsize=1)
def tables() -> Tables:
    """The tables of ecmascript_outside.toml."""
    plain = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    methods: dict[str, Method] = {}
    properties: dict[str, Term] = {}
    elements: dict[str, Term] = {}
    items: dict[str, Term] = {}
    common: set[str] = set()
    for name, rows in plain["types"].items():
        elements |= {name: parse(rows["element"])} if "element" in rows else {}
        items |= {name: parse(rows["item"])} if "item" in rows else {}
        properties |= {f"{name}.{key}": parse(text) for key, text in rows.get("properties", {}).items()}
        for key, row in rows.get("methods", {}).items():
            methods[f"{name}.{key}"] = _method(row)
            common.add(key)
    for name, row in plain["functions"].items():
        methods[name] = _method(row)
    return Tables(
        MappingProxyType(methods), MappingProxyType(properties), MappingProxyType(elements), MappingProxyType(items),
        frozenset(plain["transparent"]), frozenset(plain["types"]) | frozenset(plain["generic"]),
        frozenset(plain["everyday"]), frozenset(common) | frozenset(plain["common_methods"]),
        frozenset(plain["global_objects"]),
    )  # fmt: skip


def _method(row: str | dict[str, Any]) -> Method:
    if isinstance(row, str):
        return Method(parse(row) if row else None, (), 0)
    gives = parse(row["gives"]) if row.get("gives") else None
    return Method(gives, tuple(parse(text) for text in row.get("takes", ())), row.get("at", 0))


def parse(text: str) -> Term:
    """A type of the data's language."""
    tokens = _TOKEN.findall(text)
    term, rest = _union(tokens)
    if rest:
        raise ValueError(f"not a type: {text}")
    return term


def _union(tokens: list[str]) -> tuple[Term, list[str]]:
    term, tokens = _single(tokens)
    parts = [term]
    while tokens and tokens[0] == "|":
        term, tokens = _single(tokens[1:])
        parts.append(term)
    return (parts[0] if len(parts) == 1 else ("union", *parts)), tokens


def _single(tokens: list[str]) -> tuple[Term, list[str]]:
    first, rest = tokens[0], tokens[1:]
    if first == "await":
        term, rest = _single(rest)
        return ("await", term), rest
    if first == "[":
        parts, rest = _list(rest, "]")
        return ("tuple", *parts), rest
    if first.isdigit():
        return ("arg", int(first)), rest
    if first == "this":
        return ("this",), rest
    numbered = _NUMBERED.match(first)
    if numbered:
        return ("call" if numbered[1] == "A" else "result", int(numbered[2])), rest
    if rest and rest[0] == "(":
        parts, rest = _list(rest[1:], ")")
        return (first, *parts), rest
    if rest and rest[0] == "<":
        parts, rest = _list(rest[1:], ">")
        return ("name", first, *parts), rest
    return ("name", first), rest


def _list(tokens: list[str], close: str) -> tuple[list[Term], list[str]]:
    parts: list[Term] = []
    while tokens[0] != close:
        if tokens[0] == ",":
            tokens = tokens[1:]
        term, tokens = _union(tokens)
        parts.append(term)
    return parts, tokens[1:]


def evaluate(term: Term, ask: Ask) -> Values:
    """The values a term stands for; ``ask`` answers for what depends on the call."""
    kind = term[0]
    if kind == "union":
        return join([evaluate(part, ask) for part in term[1:]])
    if kind == "tuple":
        return one((TUP, limit_args(tuple(evaluate(part, ask) for part in term[1:]))))
    if kind == "name":
        return one((EXTI, term[1], limit_args(tuple(evaluate(part, ask) for part in term[2:])))) if term[1] else EMPTY
    return ask(term)

"""What is known of Python's outside: the TOML tables beside this file, read once, and the language of their results.

Pure data: nothing here knows values or evaluation.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple, TypeAlias

Spec: TypeAlias = tuple[Any, ...]
"""A parsed result: ("type", name, (Spec, …)), ("arg", n), ("element", n), ("called", n), ("instance", n), ("class", n),
("entered", n), ("module", n), ("param", n), ("self",), ("either", (Spec, …)), ("each", Spec)."""

_TOKEN = re.compile(r"\s*([@$^%&!]\d+|\(\)|[\w.]+|[\[\],|*])")
_SIGILS = {"@": "arg", "$": "param", "^": "instance", "%": "class", "&": "entered", "!": "module"}


class TypeRule(NamedTuple):
    """How an outside type behaves: type argument numbers, or -1; ``like`` names the type it resembles."""

    like: str = ""
    element: int = -1
    item: int = -1
    enter: int = -1
    awaits: int = -1


class Data(NamedTuple):
    """The tables, ready to ask."""

    aliases: dict[str, str]
    types: dict[str, TypeRule]
    results: dict[str, Spec]
    callbacks: dict[str, tuple[Spec, ...]]
    calls_argument: dict[str, int]
    values: dict[str, Spec]
    members: dict[str, frozenset[str]]
    builtins: frozenset[str]
    frameworks: dict[str, Any]


@lru_cache(maxsize=1)
def load() -> Data:
    """The tables beside this file."""
    types, builtins, frameworks = (_read(f"python_{name}.toml") for name in ("types", "builtins", "frameworks"))
    results = {**types["results"], **frameworks.pop("results", {})}
    return Data(
        aliases={k: full_name(v) for k, v in types["aliases"].items()},
        types={k: _rule(v) for k, v in {**types["types"], **frameworks.pop("types", {})}.items()},
        results={k: parse(v) for k, v in results.items()},
        callbacks={k: tuple(map(parse, v)) for k, v in types["callbacks"].items()},
        calls_argument=types["calls_argument"],
        values={k: parse(v) for k, v in {**types["values"], **frameworks.pop("values", {})}.items()},
        members={k: frozenset(v.split()) for k, v in builtins["members"].items()},
        builtins=frozenset(builtins["builtins"]["names"].split()),
        frameworks=frameworks,
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _rule(table: dict[str, Any]) -> TypeRule:
    return TypeRule(
        table.get("like", ""),
        table.get("element", -1),
        table.get("item", -1),
        table.get("enter", -1),
        table.get("await", -1),
    )


def full_name(name: str) -> str:
    """Names without a dot are built-in."""
    return name if "." in name else f"builtins.{name}"


def parse(text: str) -> Spec:
    """A result written in the small language of the tables."""
    tokens = _TOKEN.findall(text)
    spec, rest = _either(tokens)
    if rest:
        raise ValueError(f"not a result: {text!r}")
    return spec


def _either(tokens: list[str]) -> tuple[Spec, list[str]]:
    first, rest = _one(tokens)
    parts = [first]
    while rest[:1] == ["|"]:
        other, rest = _one(rest[1:])
        parts.append(other)
    return (first if len(parts) == 1 else ("either", tuple(parts))), rest


def _one(tokens: list[str]) -> tuple[Spec, list[str]]:
    head, rest = tokens[0], tokens[1:]
    spec: Spec
    if head[0] in _SIGILS:
        spec = (_SIGILS[head[0]], int(head[1:]))
        if rest[:1] == ["()"]:
            spec, rest = ("called", spec[1]), rest[1:]
        while rest[:1] == ["*"]:
            spec, rest = ("each", spec), rest[1:]
        return spec, rest
    if head == "self":
        return ("self",), rest
    args: list[Spec] = []
    if rest[:1] == ["["]:
        rest = rest[1:]
        while rest[0] != "]":
            if rest[0] == "...":
                args.append(("any",))
                rest = rest[1:]
            else:
                arg, rest = _either(rest)
                args.append(arg)
            if rest[0] == ",":
                rest = rest[1:]
        rest = rest[1:]
    return ("type", full_name(head), tuple(args)), rest

"""What lies outside a Go project: predeclared names, containers, the standard library's types.

Reads go_outside.toml (what the standard library's functions and methods give, what its structs hold, what its
interfaces ask for). It knows values and nothing about files or evaluation.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from loomgraph.resolve.values import ANY, EMPTY, EXTI, INST, STRING, TUP, Value, Values, join, one, outside_result

SLICE, MAP, CHAN = "[]", "map", "chan"
CONTAINERS = frozenset((SLICE, MAP, CHAN))
_BUILTIN = "builtin."
_TYPES = frozenset(
    ("any", "bool", "byte", "comparable", "complex64", "complex128", "error", "float32", "float64", "int", "int8")
    + ("int16", "int32", "int64", "rune", "string", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr", "nil")
)
_FUNCTIONS = frozenset(
    ("append", "cap", "clear", "close", "complex", "copy", "delete", "imag", "len", "make", "max", "min", "new")
    + ("panic", "print", "println", "real", "recover")
)
_SAME = {"byte": "uint8", "rune": "int32"}  # the same type by another name
_FIRST = frozenset(("builtin.append", "builtin.max", "builtin.min"))
_COUNTS = frozenset(("builtin.len", "builtin.cap", "builtin.copy"))
_ARGUMENT = re.compile(r"\$(\d)(\[\]|\(\)|)$")

Spread = Callable[[Value], Values]


def builtin_name(name: str) -> str:
    """The full name of a predeclared name or container; "" for any other."""
    if name in CONTAINERS:
        return name
    return _BUILTIN + _SAME.get(name, name) if name in _TYPES or name in _FUNCTIONS else ""


class _Tables(NamedTuple):
    results: Mapping[str, Sequence[str]]
    fields: Mapping[str, str]
    interfaces: Mapping[str, Mapping[str, str]]  # methods with their signatures
    types: frozenset[str]


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    plain = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    results: dict[str, Sequence[str]] = {}
    for package, rows in plain["results"].items():
        for name, value in rows.items():
            results[f"{package}.{name}"] = [value] if isinstance(value, str) else value
    fields = {f"{package}.{name}": value for package, rows in plain["fields"].items() for name, value in rows.items()}
    interfaces = {
        f"{package}.{name}": methods for package, rows in plain["interfaces"].items() for name, methods in rows.items()
    }
    interfaces["builtin.error"] = {"Error": " > string"}
    types = frozenset(f"{package}.{name}" for package, names in plain["types"].items() for name in names)
    return _Tables(MappingProxyType(results), MappingProxyType(fields), MappingProxyType(interfaces), types)


@lru_cache(maxsize=4096)
def parse_type(text: str) -> Values:
    """An instance of the type written as in the data file: ``[]os.DirEntry``, ``map[string]int``."""
    if text.startswith("[]"):
        return one((EXTI, SLICE, (parse_type(text[2:]),)))
    if text.startswith("chan "):
        return one((EXTI, CHAN, (parse_type(text[5:]),)))
    if text.startswith("map["):
        key, _, value = text[4:].partition("]")
        return one((EXTI, MAP, (parse_type(key), parse_type(value))))
    return one((EXTI, builtin_name(text) or text, ()))


class Signature(NamedTuple):
    """What a function takes and gives; nothing known of a type is an empty set."""

    params: tuple[Values, ...]
    results: tuple[Values, ...]
    variadic: bool = False

    def same(self, other: Signature) -> bool:
        """Whether the two may be one; only what is known for sure tells them apart."""
        if (len(self.params), len(self.results), self.variadic) != (
            len(other.params),
            len(other.results),
            other.variadic,
        ):
            return False
        pairs = zip(self.params + self.results, other.params + other.results, strict=True)
        return all(same_type(left, right) for left, right in pairs)


@lru_cache(maxsize=1024)
def parse_signature(text: str) -> Signature | None:
    """A signature as written in the data file: ``[]byte > int, error``; None when nothing is told."""
    if ">" not in text:
        return None
    params, results = ([part.strip() for part in side.split(",") if part.strip()] for side in text.split(">"))
    variadic = bool(params) and params[-1].startswith("...")
    types = [
        [EMPTY if "?" in part else parse_type(part.removeprefix("...")) for part in side] for side in (params, results)
    ]
    return Signature(tuple(types[0]), tuple(types[1]), variadic)


class Outside:
    """Members and results of what is not part of the project."""

    def knows(self, kind: str, name: str) -> bool:
        """Whether the type is known to have a member of this name."""
        tables = _tables()
        full = f"{kind}.{name}"
        return full in tables.fields or full in tables.results or name in tables.interfaces.get(kind, ())

    def is_type(self, name: str) -> bool:
        """Whether ``name`` is known to be a type rather than a function."""
        if name.startswith(_BUILTIN):
            return name.removeprefix(_BUILTIN) in _TYPES
        return name in _tables().types

    def methods(self, kind: str) -> Mapping[str, str] | None:
        """The methods of a known interface with their signatures; None for any other type."""
        return _tables().interfaces.get(kind)

    def field(self, kind: str, name: str) -> Values:
        """A field of a known struct."""
        text = _tables().fields.get(f"{kind}.{name}")
        return parse_type(text) if text else EMPTY

    def call(self, name: str, args: Sequence[Values], returned: Spread, element: Spread) -> Values:
        """What calling the function, method or type ``name`` gives."""
        if name.startswith(_BUILTIN):
            return _builtin_call(name, args)
        tables = _tables()
        if name in tables.types:
            return one((EXTI, name, ()))
        texts = tables.results.get(name)
        if texts is None:
            return one((EXTI, outside_result(name), ()))
        values = [_result(text, args, returned, element) for text in texts]
        if len(values) == 1:
            return values[0]
        return one((TUP, tuple(values))) if values else EMPTY

    # -- containers -----------------------------------------------------------------------------------------

    def element(self, value: Value) -> Values:
        """What ``range`` gives second, or a channel gives."""
        kind, args = value[1], value[2]
        if kind in CONTAINERS or kind.startswith("iter.Seq"):
            return args[-1] if args else EMPTY
        if kind == "builtin.string":
            return one((EXTI, builtin_name("rune"), ()))
        return one(value) if kind.endswith("()") else EMPTY  # what comes from outside stays outside

    def key(self, value: Value) -> Values:
        """What ``range`` gives first."""
        if value[0] == STRING:
            return one((EXTI, "builtin.int", ()))
        if value[0] != EXTI:
            return EMPTY
        kind, args = value[1], value[2]
        if kind in (MAP, CHAN) or kind.startswith("iter.Seq"):
            return args[0] if args else EMPTY
        return one(value) if kind.endswith("()") else one((EXTI, "builtin.int", ()))

    def item(self, value: Value) -> Values:
        """``value[key]``."""
        if value[1] == "builtin.string":
            return one((EXTI, builtin_name("byte"), ()))
        return self.element(value)


def _builtin_call(name: str, args: Sequence[Values]) -> Values:
    if name in _FIRST:
        return args[0] if args else EMPTY
    if name in _COUNTS:
        return one((EXTI, "builtin.int", ()))
    if name == "builtin.recover":
        return one((EXTI, "builtin.any", ()))
    return one((EXTI, name, ())) if name.removeprefix(_BUILTIN) in _TYPES else EMPTY


def _result(text: str, args: Sequence[Values], returned: Spread, element: Spread) -> Values:
    """A result: a type, or in terms of an argument: ``$0`` itself, ``$0[]`` its element, ``$0()`` its result."""
    if text.startswith("[]$"):
        return one((EXTI, SLICE, (_result(text[2:], args, returned, element),)))
    match = _ARGUMENT.match(text)
    if match is None:
        return parse_type(text)
    at = int(match[1])
    values = args[at] if at < len(args) else EMPTY
    if match[2] == "[]":
        return join([element(value) for value in values])
    return join([returned(value) for value in values]) if match[2] == "()" else values


def same_type(left: Values, right: Values) -> bool:
    """Whether two declared types may be the same; only what is known for sure tells them apart."""
    if not left or not right or ANY in left or ANY in right:
        return True
    if any(v[0] not in (INST, EXTI) for v in left | right):
        return True
    if {v[:2] for v in left} != {v[:2] for v in right}:
        return False
    return all(
        same_type(a, b)
        for mine in left
        for other in right
        if mine[:2] == other[:2]
        for a, b in zip(mine[2], other[2], strict=False)
    )

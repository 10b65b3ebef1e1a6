"""The types of the Java platform: what ``java_api.txt`` says of them (``tools/JavaApi.java`` writes it).

It knows names, supertypes, members and their types as templates over type parameters, and nothing of values or
projects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

OBJECT = "java.lang.Object"
ARRAY = "[]"
_TOKEN = re.compile(r"[\w.$]+|[<>,:&]|\[\]")
_HEAD = re.compile(r"(\w) ([\w.]+)(<[^ ]*)? :")

Template: TypeAlias = tuple[str, str, tuple["Template", ...]]  # ("T", full name, arguments) or ("V", variable, ())


class ApiMethod(NamedTuple):
    """A method of a platform type; types are templates over its own and its type's parameters."""

    name: str
    type_params: tuple[str, ...]
    params: tuple[Template, ...]
    result: Template
    abstract: bool
    static: bool
    variadic: bool

    def accepts(self, count: int) -> bool:
        least = len(self.params) - self.variadic
        return count >= least if self.variadic else count == least


class ApiType(NamedTuple):
    """A platform type."""

    name: str
    kind: str
    params: tuple[str, ...]
    supers: tuple[Template, ...]
    methods: dict[str, list[ApiMethod]]
    fields: dict[str, Template]


class JavaApi:
    """Platform types by full name."""

    def __init__(self, text: str) -> None:
        self._lines: dict[str, str] = {}
        for line in text.splitlines():
            head = _HEAD.match(line)
            if head is not None:
                self._lines[head[2]] = line
        self._full: dict[str, str] = {}
        for name in sorted(self._lines, key=_preference):
            self._full.setdefault(name.rpartition(".")[2], name)
        self._types: dict[str, ApiType] = {}
        self._ancestors: dict[str, dict[str, tuple[Template, ...]]] = {}
        self.packages = frozenset(_package(name) for name in self._lines)

    @classmethod
    def load(cls) -> JavaApi:
        return cls((Path(__file__).parent / "java_api.txt").read_text(encoding="utf-8"))

    def __contains__(self, name: object) -> bool:
        return name in self._lines

    def type(self, name: str) -> ApiType | None:
        found = self._types.get(name)
        if found is None:
            line = self._lines.get(name)
            if line is None:
                return None
            found = self._types[name] = self._parse(line)
        return found

    def ancestors(self, name: str) -> dict[str, tuple[Template, ...]]:
        """The type itself and its ancestors, with their type arguments in terms of the type's own parameters."""
        found = self._ancestors.get(name)
        if found is None:
            found = self._ancestors[name] = {}
            known = self.type(name)
            if known is not None:
                found[name] = tuple(("V", param, ()) for param in known.params)
                for above in known.supers:
                    for other, args in self.ancestors(above[1]).items():
                        parent = self.type(above[1])
                        assert parent is not None
                        env = dict(zip(parent.params, above[2], strict=False))
                        found.setdefault(other, tuple(substitute(arg, env) for arg in args))
                found.setdefault(OBJECT, ())
        return found

    def methods(self, name: str, method: str) -> Iterator[tuple[ApiMethod, str]]:
        """The methods called ``method`` that a type has, nearest first, with the type that declares each."""
        for owner in self.ancestors(name):
            known = self.type(owner)
            if known is not None:
                for found in known.methods.get(method, ()):
                    yield found, owner

    def field(self, name: str, field: str) -> Template | None:
        for owner in self.ancestors(name):
            known = self.type(owner)
            if known is not None and field in known.fields:
                return known.fields[field]
        return None

    def has_member(self, name: str, member: str) -> bool:
        return self.field(name, member) is not None or any(True for _ in self.methods(name, member))

    def function(self, name: str) -> tuple[ApiMethod, str] | None:
        """The one abstract method of a functional interface, with the type that declares it."""
        if name not in self._lines:
            return None
        found: dict[str, tuple[ApiMethod, str]] = {}
        for owner in self.ancestors(name):
            known = self.type(owner)
            if known is None or known.kind != "I":
                continue
            for methods in known.methods.values():
                for method in methods:
                    if method.abstract:
                        found.setdefault(method.name, (method, owner))
        return next(iter(found.values())) if len(found) == 1 else None

    # -- reading a line -----------------------------------------------------------------------------------------

    def _parse(self, line: str) -> ApiType:
        head, _, rest = line.partition(" :")
        kind, _, head = head.partition(" ")
        name, _, listed = head.partition("<")
        params = self._type_params("<" + listed) if listed else ()
        supers: list[Template] = []
        methods: dict[str, list[ApiMethod]] = {}
        fields: dict[str, Template] = {}
        for part in rest.split():
            if "(" in part:
                method = self._method(part, params)
                methods.setdefault(method.name, []).append(method)
            elif "=" in part:
                field, _, text = part.partition("=")
                fields[field] = self._template(text, params)
            else:
                supers.append(self._template(part, params))
        return ApiType(name, kind, params, tuple(t for t in supers if t[1] in self._lines), methods, fields)

    def _method(self, text: str, outer: tuple[str, ...]) -> ApiMethod:
        mark = text[0] if text[0] in "!$" else ""
        head, _, rest = text[len(mark) :].partition("(")
        listed, _, result = rest.partition(")")
        name, _, own = head.partition("<")
        mine = self._type_params("<" + own) if own else ()
        known = (*mine, *outer)
        variadic = listed.endswith("...")
        params = self._templates(listed.removesuffix("..."), known)
        return ApiMethod(name, mine, params, self._template(result, known), mark == "!", mark == "$", variadic)

    def _type_params(self, text: str) -> tuple[str, ...]:
        """The names in ``<A:Bound<A>,B>``."""
        names, depth, expecting = [], 0, False
        for token in _TOKEN.findall(text):
            if token == "<":
                depth += 1
                expecting = depth == 1
            elif token == ">":
                depth -= 1
            elif token == "," and depth == 1:
                expecting = True
            elif expecting:
                names.append(token)
                expecting = False
        return tuple(names)

    def _template(self, text: str, known: tuple[str, ...]) -> Template:
        return self._templates(text, known)[0]

    def _templates(self, text: str, known: tuple[str, ...]) -> tuple[Template, ...]:
        tokens = _TOKEN.findall(text)
        found, _ = self._listed(tokens, 0, known)
        return found

    def _listed(self, tokens: list[str], at: int, known: tuple[str, ...]) -> tuple[tuple[Template, ...], int]:
        found: list[Template] = []
        while at < len(tokens):
            token = tokens[at]
            at += 1
            if token == ">":
                break
            if token == ",":
                continue
            if token == ARRAY:
                found[-1] = ("T", ARRAY, (found[-1],))
            elif token == "<":
                args, at = self._listed(tokens, at, known)
                found[-1] = ("T", found[-1][1], args)
            elif token in known:
                found.append(("V", token, ()))
            else:
                found.append(("T", self._full.get(token, token), ()))
        return tuple(found), at


def substitute(template: Template, env: dict[str, Template]) -> Template:
    if template[0] == "V":
        return env.get(template[1], template)
    return ("T", template[1], tuple(substitute(arg, env) for arg in template[2])) if template[2] else template


def _preference(name: str) -> tuple[int, int, str]:
    package = _package(name)
    first = {"java.lang": 0, "java.util": 1}.get(package, 2) if name.count(".") == 2 else 2
    return first, name.count("."), name


def _package(name: str) -> str:
    """The part of a full name before the first capital letter."""
    parts = name.split(".")
    return ".".join(part for part in parts if part[:1].islower())

"""Decorators, and attributes that are set from outside a class: what a definition has become by the time it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from loomgraph.facts import DefFlag, DefKind, Op
from loomgraph.resolve.engine import Key
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import (
    CLS,
    EMPTY,
    FUNC,
    INST,
    MASK,
    MOD,
    PARAM,
    SELF,
    SELF_CLS,
    Value,
    Values,
    join,
    one,
)  # fmt: skip

if TYPE_CHECKING:
    from loomgraph.resolve.languages.python import PythonSemantics

_CALL = int(Op.CALL)
_ACCESSORS = int(DefFlag.PROPERTY | DefFlag.SETTER | DefFlag.OVERLOAD)
_WRAPS = frozenset({"functools.wraps", "six.wraps", "functools.wraps()", "six.wraps()"})


def expressions(view: FileView, purpose: str) -> dict[int, int]:
    """Definition → expression that the lowering kept for a purpose ("decorated", "metaclass")."""
    kept = cast("dict[str, dict[int, int]]", view.facts.extra.get("expressions", {}))
    return kept.get(purpose, {})


class Decorators:
    """What decorators make of definitions."""

    def __init__(self, semantics: PythonSemantics) -> None:
        self.sem = semantics

    def apply(self, view: FileView, index: int, plain: Value) -> Values:
        """A decorated definition as a value.

        A decorator that gives back what it was given, or a wrapper that says so (``functools.wraps``), leaves the
        definition in place; so does one of which nothing is known.
        """
        definition = view.definitions[index]
        if definition.flags & _ACCESSORS:
            return one(plain)
        expr = self._applied(view).get(index, -1)
        if expr < 0:
            return one(plain)
        values = self.sem.ev.ev(view, expr)
        if plain in values:
            return one(plain)
        if definition.kind == DefKind.CLASS:
            classes = frozenset(v for v in values if v[0] == CLS)
            return classes or one(plain)
        kept = frozenset(v for v in values if v[0] == PARAM or (v[0] == FUNC and v[2] is None))
        return kept or one(plain)

    @staticmethod
    def _applied(view: FileView) -> dict[int, int]:
        """Definition → the call of its outermost decorator."""
        return expressions(view, "decorated")

    def _is_application(self, view: FileView, expr: int) -> bool:
        """Whether a call is a decorator being applied to the definition below it."""
        table = view.cache.get("applications")
        if table is None:
            table = set()
            for at in self._applied(view).values():
                while at >= 0 and view.code[at] == _CALL:
                    table.add(at)
                    at = view.code[at + 3]
            view.cache["applications"] = table
        return expr in table

    def external(self, view: FileView, name: str, expr: int) -> Values:
        """An outside decorator gives back what it is applied to; ``functools.wraps(f)`` gives f."""
        code = view.code
        if not self._is_application(view, expr):
            return EMPTY
        if name in _WRAPS and code[code[expr + 1]] == _CALL:
            wrapped, _ = self.sem.ev.calls.arguments(view, code[expr + 1])
            values = self.sem.ev.cached(view, wrapped[0]) if wrapped else EMPTY
            kept = frozenset(v for v in values if v[0] in (PARAM, FUNC))
            if kept:
                return kept
        return self.sem.ev.ev(view, code[expr + 3])

    # -- attributes set from outside ------------------------------------------------------------------------

    def stored(self, view: FileView, value: Value, name: str) -> Values:
        """What ``x.name = …`` somewhere in the file gave an object, a class, a function or a module."""
        if name not in self._stores(view):
            return EMPTY
        owner = value[1] if value[0] != MOD else -1 - value[1]
        return self.sem.engine.ask(self._stored, ("st", view.number, name, owner))  # type: ignore[no-any-return]

    def _stored(self, key: Key) -> Values:
        view, name, owner = self.sem.project.view(key[1]), key[2], key[3]
        self.sem.engine.reads |= view.bit
        parts = []
        for base, value in self._stores(view).get(name, ()):
            for holder in self.sem.ev.ev(view, base):
                tag = holder[0]
                if tag == MOD and owner == -1 - holder[1] or self._same(holder, owner):
                    parts.append(self.sem.ev.cached(view, value))
        return join(parts)

    def _same(self, holder: Value, owner: int) -> bool:
        if holder[0] == FUNC:
            return bool(holder[1] == owner)
        if holder[0] in (INST, CLS, SELF, SELF_CLS) and owner >= 0:
            if self.sem.project.view_of(owner).definitions[owner & MASK].kind != DefKind.CLASS:
                return False
            return holder[1] in self.sem.ev.classes.mro(owner)
        return False

    @staticmethod
    def _stores(view: FileView) -> dict[str, list[tuple[int, int]]]:
        table = view.cache.get("stores")
        if table is None:
            table = {}
            flat = cast("list[Any]", view.facts.extra.get("stores", []))
            for at in range(0, len(flat), 3):
                table.setdefault(flat[at + 1], []).append((flat[at], flat[at + 2]))
            view.cache["stores"] = table
        return cast("dict[str, list[tuple[int, int]]]", table)

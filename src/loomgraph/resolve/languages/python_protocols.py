"""The protocols behind Python's syntax: iteration, subscripts, ``with``, ``await``, operators.

They are asked of objects of the project by the methods they define, and of outside types by what the tables say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from loomgraph.facts import DefFlag, Op
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import (
    CLS,
    EMPTY,
    EXTI,
    FUNC,
    INST,
    MASK,
    NODE,
    SELF,
    STRING,
    TUP,
    Value,
    Values,
    join,
    one,
)  # fmt: skip

if TYPE_CHECKING:
    from loomgraph.resolve.languages.python import PythonSemantics

UNKNOWN_TYPE = "?"  # of something outside of which nothing is known: never anything of the project
UNKNOWN: Values = frozenset(((EXTI, UNKNOWN_TYPE, ()),))
_STR = int(Op.STR)
_INSTANCES = (INST, SELF)
_OPERATORS = {
    "+": "__add__", "-": "__sub__", "*": "__mul__", "/": "__truediv__", "//": "__floordiv__", "%": "__mod__",
    "@": "__matmul__", "**": "__pow__", "<<": "__lshift__", ">>": "__rshift__", "&": "__and__", "^": "__xor__",
    "|": "__or__",
}  # fmt: skip


class Protocols:
    """What syntax asks of values."""

    def __init__(self, semantics: PythonSemantics) -> None:
        self.sem = semantics

    def iterate(self, view: FileView, value: Value) -> Values:
        if value[0] == CLS:
            definition = self.sem.project.view_of(value[1]).definitions[value[1] & MASK]
            return one((INST, value[1], ())) if definition.flags & DefFlag.ENUM else EMPTY
        for method in ("__iter__", "__aiter__"):
            if self.sem.ev.classes.entries(value[1], method):
                return join([self._next_of(view, v) for v in self.returned_by(value, method)])
        if self.sem.ev.classes.entries(value[1], "__getitem__"):
            return self.returned_by(value, "__getitem__")
        rule = self.sem.outside.rule(self.sem.outside.canonical(self.sem.ev.classes.external_base(value[1])))
        return self.inherited_argument(value, rule.element) if rule.element >= 0 else EMPTY

    def _next_of(self, view: FileView, value: Value) -> Values:
        """What an iterator gives; one that is an object of the project is asked for the next element."""
        if value[0] in _INSTANCES:
            for method in ("__next__", "__anext__"):
                if self.sem.ev.classes.entries(value[1], method):
                    return self.returned_by(value, method)
            return EMPTY
        return self.sem.ev.types.element(view, value)

    def subscript(self, view: FileView, value: Value, keys: list[int]) -> Values:
        if self.sem.ev.classes.entries(value[1], "__getitem__"):
            return self.returned_by(value, "__getitem__")
        base = self.sem.outside.canonical(self.sem.ev.classes.external_base(value[1]))
        if base == "typing.TypedDict" and len(keys) == 1 and keys[0] >= 0 and view.code[keys[0]] == _STR:
            return self.sem.ev.classes.member(value, view.names[view.code[keys[0] + 1]], view)
        rule = self.sem.outside.rule(base)
        return self.inherited_argument(value, rule.item) if rule.item >= 0 else EMPTY

    def entered(self, view: FileView, value: Value) -> Values:
        if value[0] in _INSTANCES:
            for method in ("__enter__", "__aenter__"):
                if self.sem.ev.classes.entries(value[1], method):
                    return self.returned_by(value, method)
            return one(value)
        if value[0] == EXTI:
            at = self.sem.outside.rule(value[1]).enter
            if at >= 0:
                return value[2][at] if at < len(value[2]) else EMPTY
            if value[1] not in self.sem.outside.data.types:
                return one(value) if value[1][-1:] != ")" else UNKNOWN
        return one(value)

    def awaited(self, view: FileView, value: Value) -> Values:
        if value[0] == EXTI:
            at = self.sem.outside.rule(value[1]).awaits
            if at >= 0:
                return value[2][at] if at < len(value[2]) else EMPTY
        elif value[0] in _INSTANCES and self.sem.ev.classes.entries(value[1], "__await__"):
            return join([self.sem.ev.types.element(view, v) for v in self.returned_by(value, "__await__")]) or one(
                value
            )
        return one(value)

    def operator(self, view: FileView, name: str, left: int, right: int) -> Values:
        first = self.sem.ev.ev(view, left)
        parts: list[Values] = []
        method = _OPERATORS.get(name, "")
        for value in first:
            if value[0] in _INSTANCES and method:
                parts.append(
                    self.returned_by(value, method) if self.sem.ev.classes.entries(value[1], method) else one(value)
                )
            elif value[0] not in (FUNC, STRING):
                parts.append(one(value))
        if name == "|" or (name == "+" and any(v[0] in (NODE, TUP) or v[0] == EXTI and v[2] for v in first)):
            parts.append(self.sem.ev.ev(view, right))
        if any(v[0] == STRING for v in first):
            parts.append(one((EXTI, "builtins.str", ())))
        return join(parts)

    def returned_by(self, value: Value, method: str) -> Values:
        """What a method of an instance gives, nothing being known of the arguments."""
        members = self.sem.ev.engine.ask(self.sem.ev.classes._instance_member, ("im", value, method))
        return join([self.sem.ev.calls.returned(m) for m in members])

    def inherited_argument(self, value: Value, at: int) -> Values:
        """Type argument ``at`` of the outside base that an instance of the project has."""
        for cls in self.sem.ev.classes.mro(value[1]):
            if isinstance(cls, int):
                self.sem.ev.classes.bases(cls)
                base = self.sem.project.view_of(cls).cache.get(("base arguments", cls & MASK))
                if base is not None and at < len(base[2]):
                    return cast("Values", base[2][at])
        return EMPTY

    def keep_arguments(self, view: FileView, index: int, value: Value) -> None:
        """Remember the type arguments of an outside base, for what iterating over the class gives."""
        if value[2]:
            view.cache.setdefault(("base arguments", index), value)

"""Overloads of TypeScript: which of several signatures a call means, by number and kind of its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.facts import DefFlag, Definition, DefKind, Op, ParamKind
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import EXTI, FUNC, INST, MASK, NODE, SELF, SHIFT, SIG, STRING, TUP, Value, Values

if TYPE_CHECKING:
    from loomgraph.resolve.evaluate import Evaluator

_FUNCTION = int(DefKind.FUNCTION)


class Overloads:
    """Chooses among functions of one name in one place."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator

    def distinct(self, view: FileView, expr: int, values: list[Value]) -> list[Value]:
        """``values`` with one left of each set of signatures of the same function."""
        groups: dict[object, list[Value]] = {}
        for value in values:
            key: object = value
            if value[0] == FUNC:
                holder = self.ev.project.view_of(value[1])
                definition = holder.definitions[value[1] & MASK]
                if _is_signature(holder, definition):
                    key = (value[1] >> SHIFT, definition.parent, definition.name, value[2])
            groups.setdefault(key, []).append(value)
        if len(groups) == len(values):
            return values
        return [group[0] if len(group) == 1 else self._best(view, expr, group) for group in groups.values()]

    def signature(self, view: FileView, expr: int, value: Value) -> Value:
        """The signature beside an implementation that says what the call gives."""
        holder = self.ev.project.view_of(value[1])
        signatures = self._signatures(holder).get(value[1] & MASK)
        if not signatures:
            return value
        return self._best(view, expr, [(FUNC, holder.number << SHIFT | at, value[2]) for at in signatures])

    def _signatures(self, holder: FileView) -> dict[int, list[int]]:
        """Implementation → its signatures, of every overloaded function of a file."""
        found: dict[int, list[int]] | None = holder.cache.get("signatures")
        if found is None:
            places: dict[tuple[int, str], list[int]] = {}
            for at, definition in enumerate(holder.definitions):
                if definition.kind == _FUNCTION and definition.flags & DefFlag.OVERLOAD:
                    places.setdefault((definition.parent, definition.name), []).append(at)
            found = holder.cache["signatures"] = {}
            if places:
                for at, definition in enumerate(holder.definitions):
                    if definition.kind == _FUNCTION and not definition.flags & DefFlag.OVERLOAD:
                        signatures = places.get((definition.parent, definition.name))
                        if signatures:
                            found[at] = signatures
        return found

    # -- what fits ------------------------------------------------------------------------------------------

    def _best(self, view: FileView, expr: int, group: list[Value]) -> Value:
        """The first signature, in document order, that takes such arguments."""
        args, _ = self.ev.calls.arguments(view, expr)
        open_ended = any(view.code[arg] == Op.STAR for arg in args)
        ordered = sorted(group, key=lambda value: value[1])
        fitting = [v for v in ordered if open_ended or _takes(self._definition(v), len(args))] or ordered
        if len(fitting) > 1:
            given = [self.ev.cached(view, arg) for arg in args]
            return next((v for v in fitting if self._fits(v, given)), fitting[0])
        return fitting[0]

    def _definition(self, value: Value) -> Definition:
        return self.ev.project.view_of(value[1]).definitions[value[1] & MASK]

    def _fits(self, function: Value, given: list[Values]) -> bool:
        holder = self.ev.project.view_of(function[1])
        self.ev.engine.reads |= holder.bit
        for param, values in zip(self._definition(function).params, given, strict=False):
            if param.annotation >= 0 and values:
                declared = self.ev.types.instances(holder, param.annotation)
                if declared and not any(self._is(v, d) for v in values for d in declared):
                    return False
        return True

    def _is(self, value: Value, declared: Value) -> bool:
        """Whether a value may be of a declared type, as far as both are known."""
        mine, theirs = _kind(value), _kind(declared)
        if not mine or not theirs:
            return True
        if mine == theirs == "class":
            return declared[1] in self.ev.classes.mro(value[1]) or declared[1] == value[1]
        if theirs == "class":  # an interface may describe functions, arrays and outside types
            return mine not in ("string", "number", "boolean")
        return mine == theirs


def _is_signature(holder: FileView, definition: Definition) -> bool:
    """Whether a function is only declared: in an interface, or in a declaration file."""
    above = holder.definitions[definition.parent]
    return bool(above.flags & DefFlag.INTERFACE) or ".d." in holder.path.rpartition("/")[2]


def _takes(definition: Definition, count: int) -> bool:
    """Whether a function takes ``count`` arguments."""
    least = most = 0
    for param in definition.params:
        if param.kind == ParamKind.STAR:
            return count >= least
        most += 1
        least += param.default < 0
    return least <= count <= most


def _kind(value: Value) -> str:
    """What kind of thing a value is, for telling signatures apart; "" when nothing is known."""
    tag = value[0]
    if tag in (INST, SELF):
        return "class"
    if tag == EXTI:
        return str(value[1])
    if tag in (NODE, TUP):
        return "Array"
    return {STRING: "string", FUNC: "function", SIG: "function"}.get(tag, "")

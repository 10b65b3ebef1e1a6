"""Overloads of TypeScript: which of several signatures a call means, by number and kind of its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.facts import Binding, DefFlag, Definition, DefKind, Op, ParamKind
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import EXTI, FUNC, INST, MASK, NODE, SELF, SHIFT, SIG, STRING, TUP, Value, Values

if TYPE_CHECKING:
    from loomgraph.resolve.evaluate import Evaluator

_FUNCTION = int(DefKind.FUNCTION)


class Overloads:
    """Chooses among declarations of one function. Edges lead to one: the implementation, else the last."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator

    def standing(self, view: FileView, rows: list[Binding]) -> list[Binding]:
        """Of the bindings of a member those that stand for it: an implementation, or the last of mere signatures."""
        functions = [self._function(view, row) for row in rows]
        bodies = [row for row, at in zip(rows, functions, strict=True) if at < 0 or not self._is_signature(view, at)]
        return bodies or rows[-1:]

    @staticmethod
    def _function(view: FileView, row: Binding) -> int:
        value = row.value
        if value < 0 or view.code[value] != Op.DEF:
            return -1
        index = view.code[value + 1]
        return index if view.definitions[index].kind == _FUNCTION else -1

    @staticmethod
    def _is_signature(view: FileView, index: int) -> bool:
        """Whether a function is only declared: beside its implementation, in an interface, in a declaration file."""
        definition = view.definitions[index]
        if definition.flags & DefFlag.OVERLOAD or view.definitions[definition.parent].flags & DefFlag.INTERFACE:
            return True
        return ".d." in view.path.rpartition("/")[2]

    def signature(self, view: FileView, expr: int, value: Value) -> Value:
        """Of the signatures of a function, the one that says what the call gives."""
        holder = self.ev.project.view_of(value[1])
        signatures = self._signatures(holder).get(value[1] & MASK)
        if not signatures:
            return value
        return self._best(view, expr, [(FUNC, holder.number << SHIFT | at, value[2]) for at in signatures])

    def _signatures(self, holder: FileView) -> dict[int, list[int]]:
        """What stands for an overloaded function → its signatures, for all of a file."""
        found: dict[int, list[int]] | None = holder.cache.get("signatures")
        if found is None:
            places: dict[tuple[int, str], list[int]] = {}
            for at, definition in enumerate(holder.definitions):
                if definition.kind == _FUNCTION and definition.name:
                    places.setdefault((definition.parent, definition.name), []).append(at)
            found = holder.cache["signatures"] = {}
            for group in places.values():
                signatures = [at for at in group if self._is_signature(holder, at)] if len(group) > 1 else []
                if signatures:
                    found.update((at, signatures) for at in group if at not in signatures or at == signatures[-1])
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
        found: Definition = self.ev.project.view_of(value[1]).definitions[value[1] & MASK]
        return found

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

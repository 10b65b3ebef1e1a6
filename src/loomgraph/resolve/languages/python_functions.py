"""Parameters and results of Python functions beyond what they declare: kept by constructors, declared by ancestors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.facts import BindingFlag, DefFlag, Definition, DefKind, Op
from loomgraph.resolve.calls import calls_of
from loomgraph.resolve.engine import Key
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import EMPTY, EXTI, FUNC, SELF, SHIFT, VAR, Values, join, one

if TYPE_CHECKING:
    from loomgraph.resolve.languages.python import PythonSemantics

_MOST_CALLERS = 20
_NAME = int(Op.NAME)
_DEFINES = int(BindingFlag.DEFINES)


class Functions:
    """What is known of parameters and results."""

    def __init__(self, semantics: PythonSemantics) -> None:
        self.sem = semantics

    def kept(self, view: FileView, function: int, param: int) -> bool:
        """Whether a constructor keeps the parameter on the instance."""
        kept = view.cache.get("kept params")
        if kept is None:
            kept = view.cache["kept params"] = self._kept_parameters(view)
        return (function, param) in kept

    def _kept_parameters(self, view: FileView) -> set[tuple[int, int]]:
        code, names = view.code, view.names
        found: set[tuple[int, int]] = set()
        for member in view.facts.members:
            at = member.value
            if at >= 0 and code[at] == _NAME and view.definitions[member.function].flags & DefFlag.CONSTRUCTOR:
                scope, rows = self.sem.find(view, names[code[at + 1]], code[at + 2], code[at + 3])
                found.update((scope, row.extra) for row in rows if row.flags & BindingFlag.PARAM)
        return found

    def private_parameter(self, view: FileView, function: int, param: int) -> Values:
        """What the file itself passes to a function that no other file is meant to call."""
        definition = view.definitions[function]
        nested = view.definitions[definition.parent].kind == DefKind.FUNCTION
        if not (nested or definition.flags & DefFlag.PRIVATE) or definition.flags & DefFlag.HIDDEN:
            return EMPTY
        if self.sem.flows(view, function, param):
            return EMPTY  # the callers of the whole project are asked
        values: Values = self.sem.engine.ask(self._private_flow, ("pf", view.number, function, param))
        return values

    def _private_flow(self, key: Key) -> Values:
        view, index, param = self.sem.project.view(key[1]), key[2], key[3]
        self.sem.engine.reads |= view.bit
        definition = view.definitions[index]
        sites = calls_of(view, definition.name)
        if len(sites) > _MOST_CALLERS:
            return EMPTY
        calls = self.sem.ev.calls
        parts = []
        for expr in sites:
            for value in calls.callee(view, expr):
                if value[0] == FUNC and value[1] == view.number << SHIFT | index:
                    matched = calls.matched(view, expr, definition, value[2] is not None)
                    parts += [self.sem.ev.cached(view, e) for e in matched.get(param, ())]
        return join(parts)

    def overridden_parameter(self, view: FileView, function: int, param: int) -> Values:
        """A parameter without a declared type has the one that the method of an ancestor declares."""
        definition = view.definitions[function]
        if view.definitions[definition.parent].kind != DefKind.CLASS or definition.flags & DefFlag.CONSTRUCTOR:
            return EMPTY
        owner = self.sem.canonical(view, definition.parent)
        for entry in self.sem.ev.classes.entries(owner, definition.name, owner):
            row = self.sem.ev.classes.row(entry)
            if row is None or not row.flags & _DEFINES:
                continue
            holder = self.sem.project.view(entry[1])
            self.sem.engine.reads |= holder.bit
            params = holder.definitions[holder.code[row.value + 1]].params
            if param < len(params) and params[param].name == definition.params[param].name:
                declared = self.sem.ev.types.instances(holder, params[param].annotation)
                return self.sem.declared_parameter(holder, params[param], declared)
        return EMPTY

    def declared_result(self, view: FileView, definition: Definition, values: Values) -> Values:
        """``def make(cls: type[T]) -> T``: T is what the receiver is of."""
        if definition.params and definition.params[0].kind == 4 and any(v[0] == VAR for v in values):
            annotation = definition.params[0].annotation
            if annotation >= 0:
                receiver = self.sem.ev.types.instances(view, annotation)
                own = {v for v in receiver if v[0] == VAR} | {
                    a for v in receiver if v[0] == EXTI and v[2] for a in v[2][0] if a[0] == VAR
                }
                around = self.sem.ev.engine.ask(self._receiver_type, ("rt", view.number, definition.parent))
                values = join([around if v in own else one(v) for v in values])
        return values

    def _receiver_type(self, key: Key) -> Values:
        view = self.sem.project.view(key[1])
        return (
            one((SELF, self.sem.canonical(view, key[2]))) if view.definitions[key[2]].kind == DefKind.CLASS else EMPTY
        )

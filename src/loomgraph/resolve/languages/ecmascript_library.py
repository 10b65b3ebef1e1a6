"""Values from outside an ECMAScript project at work: members, calls, callbacks, elements, by the tables of data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.facts import Op
from loomgraph.resolve.languages.ecmascript_outside import Method, Term, evaluate, tables
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import (
    CLS,
    EMPTY,
    EXT,
    EXTI,
    FUNC,
    INST,
    MASK,
    NODE,
    SELF,
    SIG,
    TUP,
    Value,
    Values,
    join,
    limit_args,
    one,
    outside_member,
    outside_result,
)  # fmt: skip

if TYPE_CHECKING:
    from loomgraph.resolve.evaluate import Evaluator

_PROMISES = frozenset({"Promise", "PromiseLike"})
_FUNCTIONS_OF_TYPES = frozenset({"ReturnType", "Parameters", "InstanceType"})
_ANY_MEMBER = 12  # members of an object beyond which reading one under an unknown key says nothing


class Library:
    """The outside as the tables describe it."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self.tables = tables()

    # -- types ----------------------------------------------------------------------------------------------

    def generic(self, view: FileView, name: str, keys: list[int]) -> Values:
        """An instance of a type outside with type arguments; some of them stand for an argument."""
        args = tuple(self.ev.types.instances(view, key) for key in keys)
        if name in self.tables.transparent:
            return args[0] if args else EMPTY
        if name in _FUNCTIONS_OF_TYPES and args:
            return self._of_function(name, args[0])
        return one((EXTI, name, limit_args(args)))

    def _of_function(self, name: str, functions: Values) -> Values:
        if name == "InstanceType":
            return join([one((INST, v[1], v[2])) for v in functions if v[0] == CLS])
        if name == "ReturnType":
            return join([self.ev.calls.returned(v) for v in functions])
        return join([one((TUP, v[2])) for v in functions if v[0] == SIG])

    def awaited(self, value: Value) -> Values:
        """What awaiting a value gives."""
        if value[0] == EXTI and value[1] in _PROMISES:
            return join([self.awaited(inner) for inner in value[2][0]]) if value[2] else EMPTY
        return one(value)

    def type_name(self, view: FileView, value: Value) -> str:
        """The outside type of a value, also of what inherits from it; "" when there is none."""
        if value[0] in (INST, SELF):
            outside = self.outside_of(value)
            return str(outside[1]) if outside is not None else ""
        return view.sem.value_type(view, value)

    def outside_of(self, value: Value) -> Value | None:
        """An instance of a class of the project as one of the outside type it extends: `class A extends Array<T>`."""
        for cls in self.ev.classes.mro(value[1]):
            if isinstance(cls, str):
                return (EXTI, cls, ())
            holder = self.ev.project.view_of(cls)
            self.ev.engine.reads |= holder.bit
            for expr, kind in holder.definitions[cls & MASK].bases:
                for base in sorted(self.ev.cached(holder, expr), key=repr) if kind != "SPREAD" else ():
                    if base[0] == EXTI:
                        env = self.ev.classes.env(value, cls)
                        return (EXTI, base[1], tuple(self.ev.types.substitute(a, env, None) for a in base[2]))
        return None

    # -- members --------------------------------------------------------------------------------------------

    def attribute(self, view: FileView, name: str, attribute: str) -> Values:
        return one((EXT, outside_member(name, attribute)))

    def member(self, view: FileView, value: Value, name: str) -> Values:
        """A member of a value whose type is outside: a property has a type, a method a name."""
        kind = self.type_name(view, value)
        if not kind:
            return EMPTY
        full = outside_member(kind, name)
        declared = self.tables.properties.get(full)
        if declared is not None:
            return evaluate(declared, lambda term: self._of_receiver(view, value, term))
        return one((EXT, full))

    def element(self, view: FileView, value: Value) -> Values:
        if value[0] in (NODE, TUP):
            return self.ev.types.element(view, value)
        if value[0] in (INST, SELF):
            outside = self.outside_of(value)
            return self.element(view, outside) if outside is not None else EMPTY
        return self._described(view, value, self.tables.elements.get(self.type_name(view, value)))

    def item(self, view: FileView, value: Value) -> Values:
        return self._described(view, value, self.tables.items.get(self.type_name(view, value)))

    def _described(self, view: FileView, value: Value, term: Term | None) -> Values:
        return evaluate(term, lambda inner: self._of_receiver(view, value, inner)) if term is not None else EMPTY

    def any_member(self, value: Value) -> Values:
        """Some member of an object literal with few members."""
        view = self.ev.project.view_of(value[1])
        self.ev.engine.reads |= view.bit
        index = value[1] & MASK
        names = {*view.scope(index), *view.members(index)}
        if not names or len(names) > _ANY_MEMBER:
            return EMPTY
        return join([self.ev.classes.member(value, name, view) for name in sorted(names)])

    # -- calls ----------------------------------------------------------------------------------------------

    def call(self, view: FileView, name: str, expr: int) -> Values:
        """What calling something outside gives."""
        method = self.tables.methods.get(name)
        if method is not None and method.gives is not None:
            return evaluate(method.gives, lambda term: self._of_call(view, expr, name, term))
        if view.code[expr] == Op.NEW:
            return one((EXTI, name, ()))
        return one((EXTI, outside_result(name), ()))

    def callback(self, view: FileView, name: str, call: int, argument: int, index: int) -> Values:
        """What a function outside passes to parameter ``index`` of the callback given as ``argument``."""
        method: Method | None = self.tables.methods.get(name)
        if method is None or method.at != argument or index >= len(method.takes):
            return EMPTY
        return evaluate(method.takes[index], lambda term: self._of_call(view, call, name, term))

    def _of_call(self, view: FileView, call: int, name: str, term: Term) -> Values:
        """What a term that depends on a call stands for."""
        kind = term[0]
        if kind == "call":
            return self._argument(view, call, term[1])
        if kind == "result":
            return join([self.ev.calls.returned(v) for v in self._argument(view, call, term[1]) if v[0] in (FUNC, SIG)])
        if kind in ("arg", "this"):
            return join([self._of_receiver(view, v, term) for v in self._receivers(view, call, name)])
        return self._derived(view, term, lambda inner: self._of_call(view, call, name, inner))

    def _of_receiver(self, view: FileView, value: Value, term: Term) -> Values:
        kind = term[0]
        if kind == "this":
            return one(value)
        if kind == "arg":
            if value[0] in (NODE, TUP):
                return self.ev.types.element(view, value) if term[1] == 0 else EMPTY
            if value[0] in (INST, SELF):
                value = self.outside_of(value) or value
            args = value[2] if value[0] == EXTI else ()
            return args[term[1]] if term[1] < len(args) else EMPTY
        return self._derived(view, term, lambda inner: self._of_receiver(view, value, inner))

    def _derived(self, view: FileView, term: Term, ask: object) -> Values:
        inner: Values = evaluate(term[1], ask) if len(term) > 1 else EMPTY  # type: ignore[arg-type]
        if term[0] == "await":
            return join([self.awaited(v) for v in inner])
        if term[0] == "E":
            return join([self.ev.types.element(view, v) for v in inner])
        if term[0] == "V":
            return join([self._any_value(view, v) for v in inner])
        return EMPTY

    def _any_value(self, view: FileView, value: Value) -> Values:
        if value[0] in (INST, SELF):
            return view.sem.subscript_instance(view, value, [-1])
        return self.item(view, value) if value[0] == EXTI else self.ev.types.element(view, value)

    def _argument(self, view: FileView, call: int, at: int) -> Values:
        args, _ = self.ev.calls.arguments(view, call)
        return self.ev.cached(view, args[at]) if at < len(args) else EMPTY

    def _receivers(self, view: FileView, call: int, name: str) -> list[Value]:
        """The values of the type that ``name`` is a method of, among those the call's receiver may be."""
        callee = view.code[call + 1]
        while view.code[callee] == Op.INDEX:
            callee = view.code[callee + 1]
        if view.code[callee] != Op.ATTR:
            return []
        wanted = name.rpartition(".")[0]
        values = self.ev.ev(view, view.code[callee + 1])
        return [value for value in values if self.type_name(view, value) == wanted]

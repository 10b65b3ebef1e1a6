"""What lies outside a Python project: types, results and members of builtins, the standard library and frameworks.

It answers from the tables in ``python_data`` and evaluates their results against a call; it never decides on edges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.facts import Op
from loomgraph.resolve.languages.python_data import Spec, TypeRule, load
from loomgraph.resolve.languages.python_protocols import UNKNOWN_TYPE
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import (
    CLS,
    EMPTY,
    EXT,
    EXTI,
    INST,
    SELF,
    SELF_CLS,
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
    from loomgraph.resolve.languages.python import PythonSemantics

_NO_RULE = TypeRule()
_ATTR, _STAR = int(Op.ATTR), int(Op.STAR)
_TYPING = ("typing.", "typing_extensions.", "collections.abc.")
_TRANSPARENT = frozenset(
    {"Optional", "ClassVar", "Final", "Required", "NotRequired", "ReadOnly", "Annotated", "InitVar"}
)
_SILENT = frozenset({"Any", "Self", "NoReturn", "Never", "Callable", "TypeAlias", "LiteralString", "Hashable", "Sized"})
_NOTHING_KNOWN = frozenset({"builtins.object", "builtins.type", "builtins.NoneType()"})


class Outside:
    """Answers about what is not in the project."""

    def __init__(self, semantics: PythonSemantics) -> None:
        self.sem = semantics
        self.data = load()

    # -- names and types ------------------------------------------------------------------------------------

    def canonical(self, name: str) -> str:
        """One name for a type that has several."""
        found = self.data.aliases.get(name)
        if found is not None:
            return found
        for prefix in _TYPING[:2]:
            if name.startswith(prefix):
                last = name[len(prefix) :]
                found = self.data.aliases.get(f"typing.{last}")
                if found is not None:
                    return found
                if f"collections.abc.{last}" in self.data.types:
                    return f"collections.abc.{last}"
                return f"typing.{last}"
        return name

    def rule(self, name: str) -> TypeRule:
        """How the type behaves; what it is like is followed."""
        rule = self.data.types.get(name, _NO_RULE)
        return self.data.types.get(rule.like, _NO_RULE) if rule.like else rule

    def lookalike(self, name: str) -> str:
        """The type whose methods the type has."""
        rule = self.data.types.get(name)
        return rule.like if rule is not None and rule.like else name

    def instance(self, name: str) -> Values:
        """An instance of the outside type ``name``."""
        name = self.canonical(name)
        if name in _NOTHING_KNOWN or (name.startswith("typing.") and name[7:] in _SILENT):
            return EMPTY
        if name == "typing.LiteralString":
            name = "builtins.str"
        if name == "builtins.None":
            name = "builtins.NoneType"
        return one((EXTI, name, ()))

    def generic(self, view: FileView, name: str, keys: list[int]) -> Values:
        """An instance of an outside type with type arguments."""
        name = self.canonical(name)
        types = self.sem.ev.types
        if name.startswith("typing."):
            last = name[7:]
            if last in _TRANSPARENT:
                return types.instances(view, keys[0]) if keys else EMPTY
            if last == "Union":
                return join([types.instances(view, k) for k in keys])
            if last == "Literal":
                return one((EXTI, "builtins.str", ()))
            if last == "Callable":
                return self.callable(view, keys)
            if last in ("TypeGuard", "TypeIs"):
                return one((EXTI, "builtins.bool", ()))
            if last in _SILENT:
                return EMPTY
        if name == "dataclasses.InitVar":
            return types.instances(view, keys[0]) if keys else EMPTY
        if name == "collections.abc.Callable":
            return self.callable(view, keys)
        args = limit_args(tuple(types.instances(view, k) for k in keys))
        if name == "builtins.type" and args:
            return self.class_of(args[0])
        if name == "builtins.tuple":
            return self.tuple_of(args)
        return one((EXTI, name, args))

    def callable(self, view: FileView, keys: list[int]) -> Values:
        """``Callable[[A, B], R]``"""
        if not keys:
            return EMPTY
        params = self.sem.ev.types.instances(view, keys[0]) if len(keys) == 2 else EMPTY
        listed = next((v[1] for v in params if v[0] == TUP), ())
        return one((SIG, *limit_args((self.sem.ev.types.instances(view, keys[-1]),)), limit_args(listed)))

    def tuple_of(self, args: tuple[Values, ...]) -> Values:
        """``tuple[A, B]`` position by position, or ``tuple[A, ...]`` of any length."""
        if len(args) == 2 and any(v == (EXTI, "builtins.ellipsis", ()) for v in args[1]):
            return one((EXTI, "builtins.tuple", args[:1]))
        return one((TUP, args))

    def class_of(self, values: Values) -> Values:
        """The classes of instances: what ``type[T]`` means, and what ``type(x)`` gives."""
        parts: list[Value] = []
        for value in values:
            if value[0] == INST:
                parts.append((CLS, value[1], value[2]))
            elif value[0] == SELF:
                parts.append((SELF_CLS, value[1]))
            elif value[0] == EXTI:
                parts.append((EXT, value[1]))
            else:
                parts.append((EXTI, "builtins.type", (one(value),)))
        return frozenset(parts)

    # -- members and calls ----------------------------------------------------------------------------------

    def member(self, kind: str, name: str) -> Values:
        """``x.name`` for an x of the outside type ``kind``: nothing where the type is known not to have it."""
        if kind == UNKNOWN_TYPE:
            return one((EXTI, UNKNOWN_TYPE, ()))
        kind = self.lookalike(kind)
        members = self.data.members.get(kind)
        if members is not None and name not in members:
            if name not in self.data.members["builtins.object"]:
                return EMPTY
            kind = "builtins.object"
        return one((EXT, outside_member(kind, name)))

    def result(self, view: FileView, name: str, expr: int) -> Values:
        """What calling the outside function or class ``name`` gives."""
        name = self.canonical(name)
        spec = self.data.results.get(name)
        if spec is not None:
            return self.evaluate(spec, view, expr)
        owner, _, last = name.rpartition(".")
        if name in self.data.types or last[:1].isupper():
            return one((EXTI, name, ()))
        if owner and self.data.types.get(owner, _NO_RULE).like:
            spec = self.data.results.get(f"{self.lookalike(owner)}.{last}")
            if spec is not None:
                return self.evaluate(spec, view, expr)
        return one((EXTI, outside_result(name), ()))

    def callback(self, view: FileView, name: str, call: int, argument: int, index: int) -> Values:
        """What an outside function passes to parameter ``index`` of the function given as ``argument``."""
        args, keywords = self.sem.ev.calls.arguments(view, call)
        place = str(argument) if argument < len(args) else keywords[argument - len(args)][0]
        specs = self.data.callbacks.get(f"{self.canonical(name)}:{place}")
        if not specs:
            return EMPTY
        return self.evaluate(specs[min(index, len(specs) - 1)], view, call) if len(specs) > index else EMPTY

    # -- the small language ---------------------------------------------------------------------------------

    def evaluate(self, spec: Spec, view: FileView, expr: int) -> Values:
        """The values a table's result stands for, at the call ``expr``."""
        kind = spec[0]
        if kind == "type":
            name = spec[1]
            args = tuple(self.evaluate(a, view, expr) for a in spec[2])
            if name == "builtins.object":
                return EMPTY
            if name == "builtins.tuple":
                ellipsis = len(spec[2]) == 2 and spec[2][1][0] == "any"
                return one((EXTI, name, limit_args(args[:1]))) if ellipsis else one((TUP, limit_args(args)))
            return one((EXTI, name, limit_args(args) if any(args) else ()))
        if kind == "either":
            return join([self.evaluate(s, view, expr) for s in spec[1]])
        if kind == "each":
            return join([self.sem.ev.types.element(view, v) for v in self.evaluate(spec[1], view, expr)])
        if kind == "self":
            return self._receiver(view, expr)
        if kind == "param":
            return self._receiver_argument(view, expr, spec[1])
        if kind == "any":
            return EMPTY
        values = self._argument(view, expr, spec[1])
        if kind == "arg":
            return values
        if kind == "called":
            return join([self.called(view, v) for v in values])
        if kind == "instance":
            return join([self.sem.ev.types.instance_of(view, v) for v in values])
        if kind == "class":
            return self.class_of(values)
        if kind == "module":
            return join([self.sem.module_named(view, v) for v in values])
        if kind == "entered":
            return join([self.sem.entered(view, v) for v in values])
        raise ValueError(f"not a result: {spec!r}")

    def called(self, view: FileView, value: Value) -> Values:
        """What calling ``value`` gives, nothing being known of the arguments."""
        if value[0] in (CLS, SELF_CLS):
            return self.sem.ev.types.instance_of(view, value)
        if value[0] == EXT:
            name = self.canonical(value[1])
            return one((EXTI, name, ())) if name in self.data.types else EMPTY
        return self.sem.ev.calls.returned(value)

    def _argument(self, view: FileView, expr: int, at: int) -> Values:
        args, _ = self.sem.ev.calls.arguments(view, expr)
        if at >= len(args):
            return EMPTY
        code = view.code
        if code[args[at]] == _STAR:
            inner = self.sem.ev.cached(view, code[args[at] + 1])
            return join([self.sem.ev.types.element(view, v) for v in inner])
        return self.sem.ev.cached(view, args[at])

    def _receiver(self, view: FileView, expr: int) -> Values:
        callee = view.code[expr + 1]
        if view.code[callee] != _ATTR:
            return EMPTY
        values = self.sem.ev.ev(view, view.code[callee + 1])
        # what a class gives by a method of its own (`as_manager`) is an instance of it
        return frozenset((INST, v[1], v[2]) if v[0] == CLS else v for v in values)

    def _receiver_argument(self, view: FileView, expr: int, at: int) -> Values:
        """Type argument ``at`` of the receiver; of a literal, what stands in it."""
        parts = []
        for value in self._receiver(view, expr):
            if value[0] == EXTI:
                parts.append(value[2][at] if at < len(value[2]) else EMPTY)
            elif value[0] in (INST, SELF):
                parts.append(self.sem.protocols.inherited_argument(value, at))
            elif at == 1:
                parts.append(self.sem.ev.types.subscript(view, value, [-1]))
            else:
                parts.append(self.sem.ev.types.element(view, value))
        return join(parts)

    def value(self, name: str) -> Values:
        """The type of an outside object that is known not to be a class or function."""
        spec = self.data.values.get(name)
        if spec is None:
            return EMPTY
        args = tuple(one((EXTI, a[1], ())) for a in spec[2])
        return one((EXTI, spec[1], args))

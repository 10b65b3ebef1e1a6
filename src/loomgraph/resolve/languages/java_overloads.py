"""Which of several methods or constructors of one name a Java call means: by arity, then by the types of arguments.

The language's own rules, on what is known: subtyping first, then boxing, then variable arity; the most specific of
what applies. An argument of unknown type fits anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from loomgraph.facts import BindingFlag, DefFlag, Definition, Op
from loomgraph.resolve.calls import Calls
from loomgraph.resolve.engine import Key
from loomgraph.resolve.evaluate import Evaluator
from loomgraph.resolve.languages.java_api import ARRAY, OBJECT, JavaApi
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import (
    CLS,
    EXTI,
    FUNC,
    INST,
    MASK,
    NODE,
    SELF,
    SHIFT,
    SIG,
    VAR,
    Value,
    Values,
    one,
)  # fmt: skip

_DEFINES = int(BindingFlag.DEFINES)
_HIDDEN, _VARIADIC, _INTERFACE = int(DefFlag.HIDDEN), int(DefFlag.VARIADIC), int(DefFlag.INTERFACE)
_EXACT, _SUBTYPE, _FAR, _UNKNOWN, _BOXED = 0, 1, 2, 3, 4  # how well an argument fits a parameter
_AS_ARRAY = (_EXACT, _SUBTYPE, _FAR, _UNKNOWN)  # … where an array of such elements is the parameter's array itself
_MANY_LEFT = 3
_BOXES = {
    "int": "java.lang.Integer",
    "long": "java.lang.Long",
    "char": "java.lang.Character",
    "byte": "java.lang.Byte",
    "short": "java.lang.Short",
    "boolean": "java.lang.Boolean",
    "float": "java.lang.Float",
    "double": "java.lang.Double",
}
_UNBOXED = {box: name for name, box in _BOXES.items()}
_WIDER = {
    "byte": ("short", "int", "long", "float", "double"),
    "short": ("int", "long", "float", "double"),
    "char": ("int", "long", "float", "double"),
    "int": ("long", "float", "double"),
    "long": ("float", "double"),
    "float": ("double",),
}
_NUMERIC = ("double", "float", "long", "int")


class JavaOverloads:
    """Chooses among overloads in one project."""

    def __init__(self, evaluator: Evaluator, api: JavaApi) -> None:
        self.ev, self.api = evaluator, api
        self.engine, self.project = evaluator.engine, evaluator.project

    # -- the candidates -------------------------------------------------------------------------------------------

    def group(self, owner: int, name: str) -> tuple[int, ...]:
        """The methods called ``name`` of a class and its ancestors, nearest first, overridden ones left out."""
        return self.engine.ask(self._group, ("jm", owner, name), ())  # type: ignore[no-any-return]

    def _group(self, key: Key) -> tuple[int, ...]:
        found: list[int] = []
        seen: set[object] = set()
        for cls in self.ev.classes.mro(key[1]):
            if isinstance(cls, str):
                continue
            for ref in self.declared(cls, key[2]):
                if ref >> SHIFT != key[1] >> SHIFT and self._definition(ref).flags & DefFlag.PRIVATE:
                    continue  # not inherited
                erased = self.erasure(ref)
                if erased not in seen:
                    seen.add(erased)
                    found.append(ref)
        return tuple(found)

    def declared(self, cls: int, name: str) -> list[int]:
        """The functions that one class body binds to ``name``."""
        view = self.project.view_of(cls)
        self.engine.reads |= view.bit
        rows = view.scope(cls & MASK).get(name, ())
        return [view.number << SHIFT | view.code[row[2] + 1] for row in rows if row[5] & _DEFINES]

    def erasure(self, ref: int) -> tuple[object, ...]:
        """The erased parameter types of a function: what tells overloads apart."""
        return self.engine.ask(self._erasure, ("jr", ref), ())  # type: ignore[no-any-return]

    def _erasure(self, key: Key) -> tuple[object, ...]:
        view = self.project.view_of(key[1])
        self.engine.reads |= view.bit
        erased = [self._erased(view, values) for values in self.parameters(key[1])]
        if erased and view.definitions[key[1] & MASK].flags & _VARIADIC:
            erased[-1] = (ARRAY, erased[-1])
        return tuple(erased)

    def _erased(self, view: FileView, values: Values) -> object:
        values = self.ev.types.close(view, values)
        parts = []
        for value in values:
            if value[0] == EXTI and value[1] == ARRAY:
                parts.append((ARRAY, self._erased(view, value[2][0]) if value[2] else ""))
            else:
                parts.append((value[0], value[1] if len(value) > 1 else ""))
        return tuple(sorted(parts, key=repr))

    def parameters(self, ref: int) -> tuple[Values, ...]:
        """The declared types of a function's parameters; of a variable-arity one the element type."""
        return self.engine.ask(self._parameters, ("jq", ref), ())  # type: ignore[no-any-return]

    def _parameters(self, key: Key) -> tuple[Values, ...]:
        view = self.project.view_of(key[1])
        self.engine.reads |= view.bit
        definition = view.definitions[key[1] & MASK]
        return tuple(self.ev.types.instances(view, param.annotation) for param in definition.params)

    # -- choosing -------------------------------------------------------------------------------------------------

    def choose(self, view: FileView, expr: int, refs: Sequence[int]) -> list[int]:
        """Of the functions ``refs`` those that a call may mean: one, unless arguments of unknown type leave more."""
        args, _ = Calls.arguments(view, expr)
        fitting = [ref for ref in refs if self._accepts(self._definition(ref), len(args))]
        if len(fitting) <= 1:
            return fitting
        types = [self.ev.cached(view, arg) for arg in args]
        scored = []
        for ref in fitting:
            cost = self._cost(view, args, types, ref)
            if cost is not None:
                scored.append((cost, ref))
        if not scored:
            return []
        phase = min(cost[0] for cost, _ in scored)
        best = [(cost, ref) for cost, ref in scored if cost[0] == phase]
        if len(best) > 1 and phase == 0 and any(cost[1] for cost, _ in best) and all(types):
            least = min(cost[1] for cost, _ in best)  # some parameters' types are unknown: prefer what surely fits
            best = [(cost, ref) for cost, ref in best if cost[1] == least]
        left = self._most_specific(view, [ref for _, ref in best], len(args), phase)
        return left if len(left) < _MANY_LEFT else self._guess(view, expr, left)

    def _guess(self, view: FileView, expr: int, refs: list[int]) -> list[int]:
        """One of many that arguments of unknown types leave: the first that is not the caller itself."""
        around = view.number << SHIFT | _scope_of(view, view.code[expr + 1])
        return [next((ref for ref in refs if ref != around), refs[0])]

    def applies(self, view: FileView, expr: int, ref: int) -> bool:
        """Whether a call's arguments may be those of the function ``ref``."""
        args, _ = Calls.arguments(view, expr)
        if not self._accepts(self._definition(ref), len(args)):
            return False
        return self._cost(view, args, [self.ev.cached(view, arg) for arg in args], ref) is not None

    def _definition(self, ref: int) -> Definition:
        view = self.project.view_of(ref)
        self.engine.reads |= view.bit
        return view.definitions[ref & MASK]

    @staticmethod
    def _accepts(definition: Definition, count: int) -> bool:
        most = len(definition.params)
        return count >= most - 1 if definition.flags & _VARIADIC else count == most

    def _cost(self, view: FileView, args: list[int], types: list[Values], ref: int) -> tuple[int, int] | None:
        """(phase, number of arguments that fit for want of knowledge), None where an argument cannot fit."""
        definition, params = self._definition(ref), self.parameters(ref)
        variadic = bool(definition.flags & _VARIADIC)
        spread = variadic and not self._whole_array(view, types, params)
        phase, unknown = (2, 0) if spread else (0, 0)
        for at, values in enumerate(types):
            wanted = params[min(at, len(params) - 1)] if params else frozenset()
            if variadic and not spread and at == len(params) - 1:
                continue
            fit = self.fits(view, values, wanted)
            if fit is None:
                return None
            if fit == _UNKNOWN:
                unknown += 1
                if any(other[0] == EXTI and other[1] in _BOXES for other in wanted):
                    fit = _BOXED  # what is not known is seldom a primitive value
            if fit == _BOXED:
                phase = max(phase, 1)
        return phase, unknown

    def _whole_array(self, view: FileView, types: list[Values], params: tuple[Values, ...]) -> bool:
        """Whether the last argument is the array itself that a variable-arity parameter stands for."""
        if len(types) != len(params):
            return False
        arrays = [v for v in types[-1] if v[0] == EXTI and v[1] == ARRAY]
        if not arrays:
            return False
        return any(a[2] and self.fits(view, a[2][0], params[-1]) in _AS_ARRAY for a in arrays)

    def _most_specific(self, view: FileView, refs: list[int], count: int, phase: int) -> list[int]:
        if len(refs) < 2:
            return refs
        formal = {ref: self._formal(ref, phase) for ref in refs}
        kept = [
            ref
            for ref in refs
            if not any(self._beats(view, formal[other], formal[ref], count) for other in refs if other != ref)
        ]
        return kept or refs[:1]

    def _formal(self, ref: int, phase: int) -> tuple[Values, ...]:
        """Parameter types as a phase sees them: an array, unless arguments are spread over the last one."""
        params = self.parameters(ref)
        if phase < 2 and params and self._definition(ref).flags & _VARIADIC:
            return (*params[:-1], one((EXTI, ARRAY, (params[-1],))))
        return params

    def _beats(self, view: FileView, mine: tuple[Values, ...], theirs: tuple[Values, ...], count: int) -> bool:
        """Whether whatever suits ``mine`` suits ``theirs`` too, but not the other way round."""
        forth = self._all_fit(view, mine, theirs, count)
        return forth and not self._all_fit(view, theirs, mine, count)

    def _all_fit(self, view: FileView, mine: tuple[Values, ...], theirs: tuple[Values, ...], count: int) -> bool:
        for at in range(count):
            if not mine or not theirs:
                return False
            a, b = mine[min(at, len(mine) - 1)], theirs[min(at, len(theirs) - 1)]
            if self.fits(view, a, b) not in (_EXACT, _SUBTYPE, _FAR):
                return False
        return True

    # -- one argument ---------------------------------------------------------------------------------------------

    def fits(self, view: FileView, values: Values, wanted: Values) -> int | None:
        """How an argument that may be ``values`` fits a parameter of type ``wanted``; None where it cannot."""
        if not values or not wanted:
            return _UNKNOWN
        worst = _EXACT
        for value in values:  # the alternatives of a conditional: each has to fit
            fits = [fit for other in wanted if (fit := self._fit(view, value, other)) is not None]
            if not fits:
                return None
            worst = max(worst, min(fits))
        return worst

    def _fit(self, view: FileView, value: Value, wanted: Value) -> int | None:
        tag = value[0]
        if wanted[0] == VAR:
            return self._fit_variable(view, value, wanted)
        if tag == VAR:
            bound = [v for v in self.ev.types.close(view, frozenset((value,))) if v[0] != VAR]
            if not bound:
                return _FAR if wanted[:2] == (EXTI, OBJECT) else None
            return self.fits(view, frozenset(bound), frozenset((wanted,)))
        if tag in (FUNC, SIG, CLS):
            return self._fit_function(value, wanted)
        if tag == EXTI:
            return self._fit_outside(view, value, wanted)
        if tag in (INST, SELF):
            return self._fit_project(value, wanted)
        if tag == NODE:
            return _SUBTYPE if wanted[:2] == (EXTI, ARRAY) else None
        return _UNKNOWN

    def _fit_variable(self, view: FileView, value: Value, wanted: Value) -> int | None:
        if value[:2] == wanted[:2]:
            return _EXACT
        if value[0] == EXTI and value[1] in _BOXES:
            return _BOXED
        bound = frozenset(v for v in self.ev.types.close(view, frozenset((wanted,))) if v[0] != VAR)
        if not bound or value[0] in (FUNC, SIG, CLS):
            return _FAR
        return self.fits(view, frozenset((value,)), bound)

    def _fit_function(self, value: Value, wanted: Value) -> int | None:
        """A lambda or a method reference for a functional type."""
        count = -1
        if value[0] == FUNC:
            definition = self._definition(value[1])
            if definition.flags & _HIDDEN:
                count = len(definition.params)
        if wanted[0] == EXTI:
            if wanted[1] not in self.api:
                return None if wanted[1] in _BOXES or wanted[1] == ARRAY else _UNKNOWN
            function = self.api.function(wanted[1])
            if function is None:
                return None
            return _SUBTYPE if count < 0 or len(function[0].params) == count else None
        if wanted[0] in (INST, SELF):
            single = self.single_method(wanted[1])
            if single < 0:
                return None
            return _SUBTYPE if count < 0 or len(self._definition(single).params) == count else None
        return None

    def single_method(self, ref: int) -> int:
        """The one abstract method of an interface of the project, or -1."""
        return self.engine.ask(self._single, ("js", ref), -1)  # type: ignore[no-any-return]

    def _single(self, key: Key) -> int:
        view = self.project.view_of(key[1])
        self.engine.reads |= view.bit
        if not view.definitions[key[1] & MASK].flags & _INTERFACE:
            return -1
        found: dict[str, int] = {}
        concrete: set[str] = set()
        for cls in self.ev.classes.mro(key[1]):
            if isinstance(cls, str):
                continue
            holder = self.project.view_of(cls)
            self.engine.reads |= holder.bit
            for at, definition in enumerate(holder.definitions):
                if definition.parent != cls & MASK or definition.symbol_kind != "method":
                    continue
                if not definition.flags & DefFlag.ABSTRACT:
                    concrete.add(definition.name)
                elif definition.name not in concrete and not self.api.has_member(OBJECT, definition.name):
                    found.setdefault(definition.name, holder.number << SHIFT | at)
        return next(iter(found.values())) if len(found) == 1 else -1

    def _fit_outside(self, view: FileView, value: Value, wanted: Value) -> int | None:
        name = value[1]
        if name == "null":
            return None if wanted[0] == EXTI and wanted[1] in _BOXES else _SUBTYPE
        if name.endswith(")"):  # what something unknown gives
            return _UNKNOWN
        if wanted[0] in (INST, SELF):
            return None
        if wanted[0] != EXTI:
            return _UNKNOWN
        other = wanted[1]
        if name == ARRAY and other == ARRAY and value[2] and wanted[2]:
            inner = self.fits(view, value[2][0], wanted[2][0])
            return None if inner == _BOXED else inner
        if name == other:
            return _EXACT
        if name in _BOXES:
            return self._fit_primitive(name, other)
        if other in _BOXES:
            simple = _UNBOXED.get(name, "")
            return _BOXED if simple and (simple == other or other in _WIDER.get(simple, ())) else None
        if other == OBJECT:
            return _FAR
        if other == ARRAY:
            return None
        if name in self.api:
            return _SUBTYPE if other in self.api.ancestors(name) else None
        if name == ARRAY:
            return _FAR if other in ("java.lang.Cloneable", "java.io.Serializable") else None
        return _EXACT if _class_part(name) == _class_part(other) else _UNKNOWN

    def _fit_primitive(self, name: str, other: str) -> int | None:
        if other in _BOXES:
            return _SUBTYPE if other in _WIDER.get(name, ()) else None
        box = _BOXES[name]
        return _BOXED if other == box or other in self.api.ancestors(box) else None

    def _fit_project(self, value: Value, wanted: Value) -> int | None:
        mro = self.ev.classes.mro(value[1])
        other = wanted[1]
        if wanted[0] in (INST, SELF):
            if other == value[1]:
                return _EXACT
            return _SUBTYPE if other in mro else None
        if wanted[0] != EXTI or other in _BOXES or other == ARRAY:
            return None
        if other == OBJECT:
            return _FAR
        outside = [cls for cls in mro if isinstance(cls, str)]
        if other in outside or any(other in self.api.ancestors(cls) for cls in outside):
            return _SUBTYPE
        return None if all(cls in self.api for cls in outside) else _UNKNOWN


def _scope_of(view: FileView, expr: int) -> int:
    """The function in which a name or a chain of attributes stands; 0 where it begins otherwise."""
    code = view.code
    while code[expr] in (Op.ATTR, Op.INDEX):
        expr = code[expr + 1]
    at = code[expr + 2] if code[expr] == Op.NAME else code[expr + 1] if code[expr] == Op.THIS else 0
    while at > 0 and view.definitions[at].flags & _HIDDEN:
        at = view.definitions[at].parent
    return at


def _class_part(name: str) -> str:
    """The part of a full name from the first capital on: a class that wildcard imports lend several packages."""
    parts = name.split(".")
    first = next((at for at, part in enumerate(parts) if part[:1].isupper()), 0)
    return ".".join(parts[first:])


def promoted(left: str, right: str) -> str:
    """The type of arithmetic on two numbers; "" where one is no number."""
    left, right = _UNBOXED.get(left, left), _UNBOXED.get(right, right)
    if left not in _BOXES or right not in _BOXES:
        return ""
    if left == right == "boolean":
        return "boolean"
    return next((kind for kind in _NUMERIC if kind in (left, right)), "int")

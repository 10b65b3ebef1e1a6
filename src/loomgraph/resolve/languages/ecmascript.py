"""TypeScript and JavaScript: the rules that evaluation asks for.

Scopes, `this`, classes that merge, prototypes, callable interfaces, promises and generators. Which file an import
means is in ecmascript_modules.py, what modules export in ecmascript_exports.py, what lies outside in
ecmascript_outside.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loomgraph.facts import Binding, BindingFlag, DefFlag, DefKind, Import, Op, ParamKind, SiteKind
from loomgraph.resolve.engine import Key
from loomgraph.resolve.languages.ecmascript_exports import Exports
from loomgraph.resolve.languages.ecmascript_library import Library
from loomgraph.resolve.languages.ecmascript_outside import tables
from loomgraph.resolve.languages.ecmascript_overloads import Overloads
from loomgraph.resolve.project import FileView
from loomgraph.resolve.scopes import reaching
from loomgraph.resolve.semantics import Rows, Semantics
from loomgraph.resolve.values import (
    ALIAS,
    CLS,
    EMPTY,
    EXT,
    EXTI,
    FUNC,
    INST,
    MASK,
    SELF,
    SELF_CLS,
    SHIFT,
    SIG,
    STRING,
    TUP,
    Value,
    Values,
    join,
    one,
)  # fmt: skip

if TYPE_CHECKING:
    from loomgraph.facts import Param
    from loomgraph.resolve.evaluate import Evaluator

_NAMES = {"str": "string", "tuple": "Array", "list": "Array", "generator": "Generator", "function": "Function",
          "int": "number", "bool": "boolean"}  # fmt: skip

_FAR = 1 << 60
_PREDICATE = ".is "  # see the lowering's narrowing.py
_CLASS, _FUNCTION = int(DefKind.CLASS), int(DefKind.FUNCTION)
_BASED = frozenset(int(op) for op in (Op.ATTR, Op.ELEM, Op.DICTITEM, Op.INDEX, Op.AWAIT))


class EcmascriptSemantics(Semantics):
    """Rules of TypeScript and JavaScript."""

    finds_by_file_alone = True
    candidate_limit = 2

    def __init__(self, evaluator: Evaluator) -> None:
        super().__init__(evaluator)
        self.exports = Exports(evaluator)
        self.library = Library(evaluator)
        self.overloads = Overloads(evaluator)
        self.tables = tables()
        self.common_names = self.tables.common_methods

    # -- names ----------------------------------------------------------------------------------------------

    def find(self, view: FileView, name: str, scope: int, position: int) -> tuple[int, list[Binding]]:
        """Names of class bodies are never in sight by themselves."""
        scopes, kinds, parents = view.scopes, view.kinds, view.parents
        for first_deferred in (False, True):  # then: a use before the declaration, as types are allowed
            at, deferred = scope, first_deferred
            while at >= 0:
                kind = kinds[at]
                names = scopes[at]
                if name in names and kind != _CLASS:
                    found = reaching(names[name], position, deferred)
                    if found:
                        return at, found
                if kind == _FUNCTION:
                    deferred = True
                at = parents[at]
        return -1, []

    def global_rows(self, view: FileView, name: str) -> Rows:
        """Names that scripts (files that are no modules) and declaration files give to every file."""
        places: tuple[tuple[int, int], ...] = self.engine.ask(self._global_places, ("ec:global", name), ())
        found: Rows = []
        for number, position in places:
            if number != view.number:
                holder = self.project.view(number)
                found += [(holder, row) for row in holder.scope(0).get(name, ()) if row.position == position]
        return found

    def _global_places(self, key: Key) -> tuple[tuple[int, int], ...]:
        name = key[1]
        if name in self.tables.everyday:
            return ()
        found: list[tuple[int, int]] = []
        for holder in self.project.defining(name):
            if holder.facts.extra.get("script"):
                self.engine.reads |= holder.bit
                rows = reaching(holder.scope(0).get(name, []), holder.definitions[0].end - 1, True)
                found += [(holder.number, row.position) for row in rows]
        return tuple(found)

    def builtin(self, view: FileView, name: str) -> Values:
        return one((EXT, name)) if name != "arguments" else EMPTY

    # -- modules --------------------------------------------------------------------------------------------

    def import_target(self, view: FileView, imported: Import) -> Values:
        return self.exports.target(view, imported.module)

    def import_values(self, view: FileView, imported: Import) -> Values:
        return self.exports.imported(view, imported)

    def module_rows(self, view: FileView, name: str) -> Rows:
        return self.exports.rows(view, name)

    def module_member(self, view: FileView, name: str) -> Values:
        return self.exports.member(view, name)

    # -- classes --------------------------------------------------------------------------------------------

    def _merged(self, view: FileView) -> tuple[dict[int, list[int]], dict[int, int]]:
        """Declarations that merge: the one that stands for all → the others, and back."""
        found: tuple[dict[int, list[int]], dict[int, int]] | None = view.cache.get("merged")
        if found is None:
            groups: dict[int, list[int]] = view.facts.extra.get("merged", {})  # type: ignore[assignment]
            found = view.cache["merged"] = (groups, {o: main for main, others in groups.items() for o in others})
        return found

    def canonical(self, view: FileView, index: int) -> int:
        return view.number << SHIFT | self._merged(view)[1].get(index, index)

    def class_parts(self, view: FileView, index: int) -> Sequence[tuple[FileView, int]]:
        others = self._merged(view)[0].get(index)
        return ((view, index), *((view, other) for other in others)) if others else ((view, index),)

    def bases(self, view: FileView, index: int) -> list[tuple[Value, str]]:
        found: list[tuple[Value, str]] = []
        for part, at in self.class_parts(view, index):
            self.engine.reads |= part.bit
            for expr, kind in part.definitions[at].bases:
                found += [(value, kind) for value in self._base_values(part, expr, kind)]
        return found

    def _base_values(self, view: FileView, expr: int, kind: str) -> list[Value]:
        """A base as classes: an alias is what it stands for, `{...object}` takes the class of the object."""
        found: dict[Value, None] = {}
        for value in sorted(self.ev.ev(view, expr), key=repr):
            tag = value[0]
            if tag in (CLS, EXT):
                found[value] = None
            elif tag == SELF_CLS:
                found[CLS, value[1], ()] = None
            elif tag == ALIAS:
                for inner in sorted(self.ev.types.instance_of(view, value), key=repr):
                    if inner[0] == INST:
                        found[CLS, inner[1], inner[2]] = None
            elif tag in (INST, SELF) and kind == "SPREAD":
                found[CLS, value[1], ()] = None
            elif tag == EXTI and kind != "SPREAD":
                found[EXT, value[1]] = None
        return list(found)

    def declared_bases(self, view: FileView, index: int) -> list[tuple[Value, str, int]]:
        """What the class names as its bases: of `Omit<T, K>` that is Omit."""
        definition = view.definitions[index]
        found = []
        for expr, kind in definition.bases:
            if kind != "SPREAD":
                named = view.code[expr + 1] if view.code[expr] == Op.INDEX else expr
                found += [(value, kind, definition.name_line) for value in self._base_values(view, named, kind)]
        return found

    def member_rows(self, view: FileView, rows: list[Binding]) -> list[Binding]:
        """What a member is; of an overloaded method its implementation, else the last of its signatures."""
        found = reaching(rows, _FAR, True)
        return self.overloads.standing(view, found) if len(found) > 1 else found

    def missing_member(self, view: FileView, value: Value, name: str) -> Values:
        if name == "constructor":
            return one((SELF_CLS, value[1]) if value[0] == SELF else (CLS, value[1], ()))
        spread = self._spread_member(value[1], name)
        if spread:
            return spread
        return super().missing_member(view, value, name)

    def _spread_member(self, ref: int, name: str) -> Values:
        """A member that an object has from modules or outside values spread into it: `{...module}`."""
        holder = self.project.view_of(ref)
        parts = []
        for expr, kind in holder.definitions[ref & MASK].bases:
            if kind == "SPREAD":
                values = self.ev.cached(holder, expr)
                parts += [self.ev.classes.member(v, name, holder) for v in values if v[0] not in (INST, SELF, CLS)]
        return join(parts)

    def missing_class_member(self, view: FileView, value: Value, name: str) -> Values:
        if name == "prototype":
            return one((INST, value[1], ()))
        if name in ("call", "apply"):
            return one(value)
        return super().missing_class_member(view, value, name)

    def missing_super(self, view: FileView, value: Value, name: str) -> Values:
        return EMPTY

    # -- functions ------------------------------------------------------------------------------------------

    def collected(self, param: Param, values: Values) -> Values:
        return one((EXTI, "Array", (values,))) if param.kind == ParamKind.STAR else values

    def inferred_result(self, view: FileView, function: int, values: Values) -> Values:
        return values

    def asynchronous(self, values: Values) -> Values:
        if any(value[0] == EXTI and value[1] in ("Generator", "AsyncGenerator") for value in values):
            return values
        return one((EXTI, "Promise", (join([self.library.awaited(value) for value in values]),)))

    def generator(self, values: Values) -> Values:
        return one((EXTI, "Generator", (values,)))

    def awaited(self, view: FileView, value: Value) -> Values:
        return self.library.awaited(value)

    def called_instance(self, view: FileView, value: Value) -> Values:
        """An interface with a call signature, or one of a class (`new (…): T`), is callable."""
        for name in ("()", "new"):
            found = self.ev.classes.entries(value[1], name)
            if found:
                return join([self.ev.classes.bound(self.ev.classes.entry_value(e), value, e) for e in found])
        return EMPTY

    def flows(self, view: FileView, function: int, param: int) -> bool:
        """Besides parameters that are called: those whose members are, since plain JavaScript declares no types."""
        used: set[tuple[int, int]] | None = view.cache.get("used params")
        if used is None:
            used = view.cache["used params"] = self._parameters_used(view)
        return (function, param) in used

    def _parameters_used(self, view: FileView) -> set[tuple[int, int]]:
        """(function, parameter) of the parameters that call sites of the file begin with."""
        found: set[tuple[int, int]] = set()
        code, sites = view.code, view.facts.sites
        for at in range(0, len(sites), 4):
            if sites[at + 3] != SiteKind.CALL:
                continue
            callee = code[sites[at] + 1]
            while code[callee] in _BASED:
                callee = code[callee + 1]
            if code[callee] == Op.NAME:
                scope, rows = self.find(view, view.names[code[callee + 1]], code[callee + 2], code[callee + 3])
                found.update((scope, row.extra) for row in rows if row.flags & BindingFlag.PARAM)
        return found

    def choose(self, view: FileView, expr: int, values: Values) -> Values:
        """A name may mean a type besides a value: of an interface nothing can be called."""
        if len(values) < 2:
            return values
        kept = [v for v in values if v[0] != CLS or not self._is_interface(v[1])]
        return frozenset(kept) if kept else values

    def signature(self, view: FileView, expr: int, value: Value) -> Value:
        return self.overloads.signature(view, expr, value)

    def _is_interface(self, ref: int) -> bool:
        return bool(self.project.view_of(ref).definitions[ref & MASK].flags & DefFlag.INTERFACE)

    def callback_parameter(self, view: FileView, expected: Value, index: int) -> Values:
        tag = expected[0]
        if tag in (INST, SELF):
            functions = self.called_instance(view, expected)
            return join([self.callback_parameter(view, f, index) for f in functions if f[0] in (FUNC, SIG)])
        if tag == FUNC:
            return self._declared_parameter(expected, index)
        return super().callback_parameter(view, expected, index)

    def _declared_parameter(self, function: Value, index: int) -> Values:
        """The declared type of a parameter of a function, as its receiver has it."""
        holder = self.project.view_of(function[1])
        self.engine.reads |= holder.bit
        params = holder.definitions[function[1] & MASK].params
        if index >= len(params) or params[index].annotation < 0:
            return EMPTY
        declared = self.ev.types.instances(holder, params[index].annotation)
        receiver = function[2]
        if receiver is None or receiver[0] != INST or not self.ev.types.open(declared):
            return declared
        owner = self.owner_class(function[1])
        env = self.ev.classes.env(receiver, owner) if owner >= 0 else {}
        return self.ev.types.substitute(declared, env, receiver)

    # -- types and containers -------------------------------------------------------------------------------

    def literal_type(self, name: str) -> str:
        return _NAMES.get(name, name)

    def value_type(self, view: FileView, value: Value) -> str:
        if value[0] == TUP:
            return "Array"
        return "Function" if value[0] in (FUNC, SIG) else super().value_type(view, value)

    def type_of(self, view: FileView, expr: int) -> Values:
        values = self.ev.ev(view, expr)
        if any(v[0] == EXT and v[1].endswith(_PREDICATE) for v in values):  # what a function that tests nothing tests
            return frozenset(v for v in values if v[0] != EXT)
        return values

    def external_instance(self, view: FileView, name: str) -> Values:
        return one((EXTI, name, ()))

    def external_generic(self, view: FileView, name: str, keys: list[int]) -> Values:
        return self.library.generic(view, name, keys)

    def external_subscript(self, view: FileView, value: Value, keys: list[int]) -> Values:
        """`new Map<K, V>` keeps its type arguments."""
        if value[0] == EXT and keys != [-1] and value[1] in self.tables.generic:
            return self.library.generic(view, value[1], keys)
        return one(value) if keys != [-1] else EMPTY

    def subscript_function(self, view: FileView, value: Value, keys: list[int]) -> Values:
        return one(value) if keys != [-1] else EMPTY

    def external_attribute(self, view: FileView, name: str, attribute: str) -> Values:
        if name in self.tables.global_objects:
            return self.global_name(view, attribute)
        return self.library.attribute(view, name, attribute)

    def external_member(self, view: FileView, value: Value, name: str) -> Values:
        if value[0] == FUNC:
            found = self._function_member(value, name)
            if found:
                return found
        if value[0] in (FUNC, SIG) and name in ("call", "apply"):
            return one(value)
        return self.library.member(view, value, name)

    def _function_member(self, function: Value, name: str) -> Values:
        """What is set on a function, or exported by a namespace of its name."""
        holder = self.project.view_of(function[1])
        index = function[1] & MASK
        self.engine.reads |= holder.bit
        parts = [self.ev.cached(holder, m.value) for m in holder.members(index).get(name, ())]
        for other in self._merged(holder)[0].get(index, ()):
            ref = holder.number << SHIFT | other
            parts += [self.ev.classes.entry_value(e) for e in self.ev.classes.entries(ref, name)]
        return join(parts)

    def external_call(self, view: FileView, name: str, expr: int) -> Values:
        return self.library.call(view, name, expr)

    def external_instance_call(self, view: FileView, value: Value, expr: int) -> Values:
        return one(value) if view.code[expr] == Op.NEW else EMPTY

    def external_callback(self, view: FileView, name: str, call: int, argument: int, index: int) -> Values:
        return self.library.callback(view, name, call, argument, index)

    def item_of(self, view: FileView, value: Value, keys: list[int]) -> Values:
        return self.library.item(view, value)

    def element_of(self, view: FileView, value: Value) -> Values:
        return self.library.element(view, value)

    def key_of(self, view: FileView, value: Value) -> Values:
        return one((EXTI, "string", ()))

    def iterate_instance(self, view: FileView, value: Value) -> Values:
        if value[0] == CLS:
            return EMPTY
        made = self.ev.classes.member(value, "[Symbol.iterator]", view) or self.ev.classes.member(
            value, "[Symbol.asyncIterator]", view
        )
        if not any(m[0] == FUNC for m in made):
            return self.library.element(view, value)
        iterators = join([self.ev.calls.returned(m) for m in made])
        return join([self.library.element(view, v) for v in iterators if v[0] == EXTI])

    def subscript_instance(self, view: FileView, value: Value, keys: list[int]) -> Values:
        """A member under a key that is not known: the index signature, or any member of a small object."""
        found = self.ev.classes.entries(value[1], "[]")
        if found:
            return join([self.ev.classes.bound(self.ev.classes.entry_value(e), value, e) for e in found])
        return self.library.any_member(value)

    def operator(self, view: FileView, name: str, left: int, right: int) -> Values:
        for operand in (left, right):
            values = self.ev.ev(view, operand)
            if any(v[0] == STRING or v[:2] == (EXTI, "string") for v in values):
                return one((EXTI, "string", ()))
        return one((EXTI, "number", ()))

    def candidates(self, view: FileView, name: str, arity: int, is_member: bool) -> list[int]:
        """Declaration files only stand in for code that is not there."""
        found = super().candidates(view, name, arity, is_member)
        written = [ref for ref in found if ".d." not in self.project.view_of(ref).path.rpartition("/")[2]]
        return written or found

    def is_everyday(self, name: str) -> bool:
        return name in self.tables.everyday or name.partition(".")[0] in _PRIMITIVES


_PRIMITIVES = frozenset({"string", "number", "boolean", "Array", "Function", "Object", "null", "undefined", "symbol"})

"""The rules of Java: names, members, overloads, functional interfaces, and what is implied.

The parts lie beside it: ``java_names`` (what a name means), ``java_overloads`` (which method a call means) and
``java_outside`` (the platform); this module answers the evaluator's questions with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from loomgraph.facts import Binding, DefFlag, Definition, DefKind, Import, Op, Param, ParamKind
from loomgraph.resolve.classes import Entry
from loomgraph.resolve.evaluate import Evaluator
from loomgraph.resolve.languages.java_api import ARRAY, OBJECT, JavaApi
from loomgraph.resolve.languages.java_names import MARK, TYPE_MARK, JavaNames, names_type, plain
from loomgraph.resolve.languages.java_outside import JavaOutside
from loomgraph.resolve.languages.java_overloads import JavaOverloads, promoted
from loomgraph.resolve.project import FileView
from loomgraph.resolve.semantics import Rows, Semantics
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
    SHIFT,
    SIG,
    VAR,
    Value,
    Values,
    join,
    limit_args,
    one,
)  # fmt: skip

_MANY = 8  # more overloads than this are stood for by the first until one is chosen
_CONSTRUCTOR_NAME = "<init>"
_STRING = "java.lang.String"
_ITERABLE = "java.lang.Iterable"
_IMPLICIT = ((int(DefFlag.ENUM), "java.lang.Enum"), (int(DefFlag.DATACLASS), "java.lang.Record"))
_STATIC, _HIDDEN, _ENUM, _INTERFACE = (
    int(DefFlag.STATIC), int(DefFlag.HIDDEN), int(DefFlag.ENUM), int(DefFlag.INTERFACE),
)  # fmt: skip
_INDEX, _NEW, _BINOP = int(Op.INDEX), int(Op.NEW), int(Op.BINOP)
_OPERANDS = frozenset(("+", "-", "*", "/", "%", "&", "|", "^"))


class JavaSemantics(Semantics):
    """Java."""

    class_scopes = True

    def __init__(self, evaluator: Evaluator) -> None:
        super().__init__(evaluator)
        self.api = JavaApi.load()
        self.names = JavaNames(evaluator, self.api)
        self.overloads = JavaOverloads(evaluator, self.api)
        self.outside = JavaOutside(evaluator, self.api, self.overloads)

    # -- names --------------------------------------------------------------------------------------------------

    def name(self, view: FileView, name: str, scope: int, position: int) -> Values:
        return self.names.meaning(view, name, scope, position)

    def find(self, view: FileView, name: str, scope: int, position: int) -> tuple[int, list[Binding]]:
        definitions = view.definitions
        at = scope
        while at > 0:
            if definitions[at].kind == DefKind.CLASS:
                entries = self._entries(view.number << SHIFT | at, name)
                if entries:
                    here = [entry for entry in entries if entry[1] == view.number]
                    rows = [row for row in map(self.ev.classes.row, here) if row is not None]
                    return (here[0][0] & MASK, rows) if rows else (-1, [])
            else:
                row = self.names.local(view, at, name, position)
                if row is not None:
                    return at, [row]
            at = definitions[at].parent
        rows = view.scope(0).get(plain(name) if name.endswith(TYPE_MARK) else name) or []
        if name.endswith(TYPE_MARK):
            rows = [row for row in rows if names_type(view, row)]
        return (0, rows) if rows else (-1, [])

    def _entries(self, ref: int, name: str) -> Sequence[Entry]:
        """Where the class ``ref`` or its ancestors say what ``name`` is."""
        if not name.endswith(TYPE_MARK):
            return self.ev.classes.entries(ref, name)
        for value in self.names.member_type(ref, plain(name)):
            if value[0] == CLS:
                owner = self.names.owner_of(value[1])
                holder = self.project.view_of(owner)
                return [
                    entry
                    for entry in self.ev.classes.own(owner, plain(name))
                    if (row := self.ev.classes.row(entry)) is not None and names_type(holder, row)
                ]
        return ()

    def plain_name(self, name: str) -> str:
        return plain(name)

    def member_name(self, definition: Definition) -> str:
        return definition.name + MARK

    def names_called_by(self, view: FileView, function: int) -> Iterable[str]:
        definition = view.definitions[function]
        return (definition.name,) if definition.flags & DefFlag.CONSTRUCTOR else (definition.name + MARK,)

    def flows(self, view: FileView, function: int, param: int) -> bool:
        return False  # a parameter is no function: what it is called with follows from its type

    def import_target(self, view: FileView, imported: Import) -> Values:
        return self.names.imported(view, imported)

    def import_rows(self, view: FileView, imported: Import) -> Rows:
        if imported.kind != "static" or imported.name == "*":
            return []
        rows: Rows = []
        for value in self.import_target(view, imported):
            if value[0] == CLS:
                for entry in self.ev.classes.entries(value[1], imported.name):
                    row = self.ev.classes.row(entry)
                    if row is not None:
                        rows.append((self.project.view(entry[1]), row))
        return rows

    def rows_elsewhere(self, view: FileView, name: str, scope: int) -> Rows:
        return [] if name.endswith((MARK, TYPE_MARK)) else self.names.rows(view, name, scope)

    def package_member(self, view: FileView, package: str, name: str) -> Values:
        return self.names.package_member(view, package, name)

    # -- classes ------------------------------------------------------------------------------------------------

    def bases(self, view: FileView, index: int) -> list[tuple[Value, str]]:
        found = super().bases(view, index)
        flags = view.definitions[index].flags
        return found + [((EXT, name), "INHERITS") for flag, name in _IMPLICIT if flags & flag]

    def linearise(self, ref: int, bases: tuple[tuple[Value, str], ...]) -> tuple[int | str, ...]:
        """The superclasses, then every interface behind those that extend it, then what lies outside."""
        classes: list[int] = [ref]
        interfaces: list[int] = []
        outside: dict[str, None] = {}
        for value, _ in bases:
            if value[0] != CLS:
                outside.setdefault(value[1])
                continue
            for cls in self.ev.classes.mro(value[1]):
                if isinstance(cls, str):
                    outside.setdefault(cls)
                elif self.project.view_of(cls).definitions[cls & MASK].flags & _INTERFACE:
                    interfaces.append(cls)
                else:
                    classes.append(cls)
        last = {cls: at for at, cls in enumerate(interfaces)}
        ordered = [cls for at, cls in enumerate(interfaces) if last[cls] == at]
        outside.pop(OBJECT, None)
        return (*dict.fromkeys((*classes, *ordered)), *outside, OBJECT)

    def member_rows(self, view: FileView, rows: list[Binding]) -> list[Binding]:
        return rows[:1] if len(rows) > _MANY else rows  # ``choose`` knows them all

    def constructor_names(self, view: FileView, index: int) -> Sequence[str]:
        """Constructors are not inherited."""
        return (_CONSTRUCTOR_NAME,) if _CONSTRUCTOR_NAME in view.scope(index) else ()

    def holder_of_bases(self, view: FileView, index: int) -> int:
        """An anonymous class in a field's initial value counts as the class's, as the calls there do."""
        while index > 0 and (
            view.definitions[index].kind == DefKind.VALUE or view.definitions[index].flags & DefFlag.HIDDEN
        ):
            index = view.definitions[index].parent
        return index

    def missing_member(self, view: FileView, value: Value, name: str) -> Values:
        """A member of an ancestor outside the project, if one has it or may have it."""
        if name == _CONSTRUCTOR_NAME:
            return one((CLS, value[1], ()))
        shown = plain(name)
        implied = self._enum_member(value, shown) if name.endswith(MARK) else EMPTY
        if implied:
            return implied
        unknown = ""
        for outside in self.ev.classes.mro(value[1]):
            if isinstance(outside, int):
                continue
            if outside not in self.api:
                unknown = unknown or outside
            elif name.endswith(MARK):
                if any(True for _ in self.api.methods(outside, shown)):
                    return one((EXT, f"{outside}.{shown}"))
            elif f"{outside}.{name}" in self.api:
                return one((EXT, f"{outside}.{name}"))
            elif self.api.field(outside, name) is not None:
                return self.external_attribute(view, outside, name)
        return one((EXT, f"{unknown}.{shown}")) if unknown else EMPTY

    def _enum_member(self, value: Value, name: str) -> Values:
        """``values()`` and ``valueOf(…)``, which no enum writes down."""
        if name not in ("values", "valueOf"):
            return EMPTY
        definition = self.project.view_of(value[1]).definitions[value[1] & MASK]
        if not definition.flags & _ENUM:
            return EMPTY
        constant = one((INST, value[1], ()))
        return one((SIG, one((EXTI, ARRAY, (constant,))) if name == "values" else constant, ()))

    def super(self, view: FileView, scope: int) -> Values:
        """The superclass alone, never an interface."""
        ref = self.class_around(view, scope)
        for value, kind in self.ev.classes.bases(ref) if ref >= 0 else ():
            if value[0] == CLS:
                if not self._is_interface(value[1]):
                    return one((INST, value[1], value[2]))
            elif kind == "INHERITS":
                known = self.api.type(value[1])
                if known is None or known.kind != "I":
                    return one((EXTI, value[1], ()))
        return one((EXTI, OBJECT, ()))

    # -- functions ----------------------------------------------------------------------------------------------

    def collected(self, param: Param, values: Values) -> Values:
        return one((EXTI, ARRAY, (values,))) if param.kind == ParamKind.STAR else values

    def inferred_result(self, view: FileView, function: int, values: Values) -> Values:
        definition = view.definitions[function]
        if definition.flags & DefFlag.CONSTRUCTOR:
            return one((SELF, view.number << SHIFT | definition.parent))
        return values

    def special_call(self, view: FileView, expr: int) -> Values | None:
        if view.code[expr] != _NEW:
            return None
        callee = view.code[expr + 1]
        parts = []
        for value in self.ev.ev(view, callee):
            if value[0] == CLS:
                parts.append(self.construct(view, expr, value))
            elif value[0] == EXT:
                generic = view.code[callee] == _INDEX
                parts.append(self.ev.types.instances(view, callee) if generic else one((EXTI, value[1], ())))
        return join(parts)

    def construct(self, view: FileView, expr: int, value: Value) -> Values:
        """An instance; type arguments that are not written follow from what the constructor is given."""
        ref = value[1]
        holder = self.project.view_of(ref)
        params = holder.definitions[ref & MASK].type_params
        if value[2] or not params:
            return one((INST, ref, value[2]))
        env: dict[int, Values] = {}
        for function in self._constructors(view, expr, value):  # of a record without any: the class itself
            target = holder.definitions[function[1] & MASK]
            self.ev.calls._argument_env(view, expr, (FUNC, function[1], None), target, holder, env)
        args = tuple(env.get(holder.number << SHIFT | param, EMPTY) for param in params)
        return one((INST, ref, limit_args(args) if any(args) else ()))

    def component(self, view: FileView, value: Value, at: int) -> Values:
        """What a record pattern finds at a place."""
        params = self.overloads.parameters(value[1])
        if at >= len(params):
            return EMPTY
        return self.ev.types.substitute(params[at], self.ev.classes.env(value, value[1]), value)

    def choose(self, view: FileView, expr: int, values: Values) -> Values:
        chosen: list[Value] = []
        groups: dict[tuple[int, str, Value | None], None] = {}
        for value in values:
            if value[0] == FUNC:
                holder = self.project.view_of(value[1])
                definition = holder.definitions[value[1] & MASK]
                if definition.flags & _HIDDEN or holder.definitions[definition.parent].kind != DefKind.CLASS:
                    chosen.append(value)
                else:
                    owner = holder.number << SHIFT | definition.parent
                    receiver = None if definition.flags & _STATIC else value[2]
                    if receiver is not None and receiver[0] in (INST, SELF):
                        owner = receiver[1]
                    groups[owner, definition.name, receiver] = None
            elif value[0] == CLS and view.code[expr] == _NEW:
                chosen += self._constructors(view, expr, value)
            else:
                chosen.append(value)
        for owner, name, receiver in groups:
            chosen += self._methods(view, expr, owner, name, receiver)
        return frozenset(chosen)

    def _methods(self, view: FileView, expr: int, owner: int, name: str, receiver: Value | None) -> list[Value]:
        refs = self.overloads.group(owner, name + MARK)
        found = self.overloads.choose(view, expr, refs)
        if len(refs) == 1 and found and self._has_outside(owner, name):
            found = found if self.overloads.applies(view, expr, found[0]) else []
        outside = self._outside_method(view, expr, owner, name, found)
        if outside:
            return [(EXT, outside)]
        flags = [(ref, self.project.view_of(ref).definitions[ref & MASK].flags) for ref in found or refs]
        return [(FUNC, ref, None if flag & _STATIC else receiver) for ref, flag in flags]

    def _outside_method(self, view: FileView, expr: int, owner: int, name: str, found: list[int]) -> str:
        """The inherited method outside the project that a call means where nothing in the project fits.

        A superclass outside comes before the interfaces of the project.
        """
        count = view.code[expr + 2]
        abstract = all(self._in_interface(ref) for ref in found) and not self._is_interface(owner)
        if found and not abstract:
            return ""
        unknown = ""
        for cls in self.ev.classes.mro(owner):
            if isinstance(cls, int):
                continue
            known = self.api.type(cls)
            if known is None:
                unknown = unknown or cls
                continue
            fitting = [method for method, _ in self.api.methods(cls, name) if method.accepts(count)]
            if fitting and (not found or known.kind in "CA" and cls != OBJECT and not fitting[0].abstract):
                return f"{cls}.{name}"
        return f"{unknown}.{name}" if unknown and not found else ""

    def _has_outside(self, owner: int, name: str) -> bool:
        return any(isinstance(cls, str) and self.api.has_member(cls, name) for cls in self.ev.classes.mro(owner))

    def _in_interface(self, ref: int) -> bool:
        return self._is_interface(self.names.owner_of(ref))

    def _is_interface(self, ref: int) -> bool:
        return bool(self.project.view_of(ref).definitions[ref & MASK].flags & _INTERFACE)

    def _constructors(self, view: FileView, expr: int, value: Value) -> list[Value]:
        refs = self.overloads.declared(value[1], _CONSTRUCTOR_NAME)
        if not refs:
            return [value]
        found = self.overloads.choose(view, expr, refs) if len(refs) > 1 else refs
        return [(FUNC, ref, (INST, value[1], value[2])) for ref in found] or [value]

    def subscript_function(self, view: FileView, value: Value, keys: list[int]) -> Values:
        return one(value)  # explicit type arguments: ``_argument_env`` reads them

    # -- functional interfaces ------------------------------------------------------------------------------------

    def callback_parameter(self, view: FileView, expected: Value, index: int) -> Values:
        if expected[0] == INST:
            single = self.overloads.single_method(expected[1])
            if single < 0:
                return EMPTY
            params = self.overloads.parameters(single)
            if index >= len(params):
                return EMPTY
            env = self.ev.classes.env(expected, self.names.owner_of(single))
            return self.ev.types.substitute(params[index], env, expected)
        if expected[0] == EXTI:
            return self.outside.parameter(view, expected, index)
        return EMPTY

    def external_callback(self, view: FileView, name: str, call: int, argument: int, index: int) -> Values:
        return self.outside.passed(view, name, call, argument, index)

    def args_as(self, view: FileView, value: Value, wanted: Value, env: dict[int, Values]) -> Sequence[Values] | None:
        if value[0] in (FUNC, SIG, CLS):
            self._learn_from_function(view, value, wanted, env)
            return None
        if wanted[0] == EXTI:
            return self.outside.args_as(view, value, wanted[1])
        return None

    def _learn_from_function(self, view: FileView, value: Value, wanted: Value, env: dict[int, Values]) -> None:
        """A lambda or method reference where a functional type is expected: its result tells of type parameters."""
        if wanted[0] == INST:
            single = self.overloads.single_method(wanted[1])
            if single < 0:
                return
            result = self.ev.engine.ask(self.ev.calls._returned, ("r", single))
            inner = self.ev.classes.env(wanted, self.names.owner_of(single))
            result = self.ev.types.substitute(result, inner, None)
        elif wanted[0] == EXTI:
            result = self.outside.function_result(view, wanted)
        else:
            return
        if self.ev.types.open(result):
            self.ev.types.unify(result, self.outside.result_of(value), env, view)

    # -- types, the outside ---------------------------------------------------------------------------------------

    def type_bound(self, view: FileView, index: int) -> Values:
        return super().type_bound(view, index) or one((EXTI, OBJECT, ()))

    def literal_type(self, name: str) -> str:
        return _STRING if name == "String" else name

    def value_type(self, view: FileView, value: Value) -> str:
        if value[0] == EXTI:
            return "" if value[1] == "null" else str(value[1])
        return ARRAY if value[0] == NODE else ""

    def external_generic(self, view: FileView, name: str, keys: list[int]) -> Values:
        some = one((EXTI, OBJECT, ()))  # what ``?`` stands for
        return one((EXTI, name, limit_args(tuple(self.ev.types.instances(view, key) or some for key in keys))))

    def external_attribute(self, view: FileView, name: str, attribute: str) -> Values:
        if attribute.endswith(MARK) or f"{name}.{attribute}" in self.api:
            return one((EXT, f"{name}.{plain(attribute)}"))
        known = self.api.type(name)
        if known is not None:
            field = self.api.field(name, attribute)
            if field is not None:
                return self.outside.filled(field, {})
            if known.kind == "E":
                return one((EXTI, name, ()))
        return one((EXT, f"{name}.{attribute}"))

    def external_member(self, view: FileView, value: Value, name: str) -> Values:
        kind = self.value_type(view, value)
        if not kind:
            return EMPTY
        if kind == ARRAY and name == "length":
            return one((EXTI, "int", ()))
        if kind == OBJECT and not self.api.has_member(OBJECT, plain(name)):
            return EMPTY  # some object, nothing is known of its class
        return self.external_attribute(view, kind, name)

    def external_call(self, view: FileView, name: str, expr: int) -> Values:
        found = self.outside.called(view, name, expr)
        return one((EXTI, f"{name}()", ())) if found is None else found

    def element_of(self, view: FileView, value: Value) -> Values:
        args = value[2] if value[1] == ARRAY else self.outside.args_as(view, value, _ITERABLE)
        return args[0] if args else EMPTY

    def iterate_instance(self, view: FileView, value: Value) -> Values:
        args = self.outside.args_as(view, value, _ITERABLE)
        return args[0] if args else EMPTY

    def operator(self, view: FileView, name: str, left: int, right: int) -> Values:
        if name == "+" and self._concatenates(view, left, right):
            return one((EXTI, _STRING, ()))
        mine = self.ev.ev(view, left)
        if name not in _OPERANDS:
            return mine
        kinds = {promoted(a[1], b[1]) for a in mine for b in self.ev.ev(view, right) if a[0] == EXTI and b[0] == EXTI}
        return frozenset((EXTI, kind, ()) for kind in kinds if kind)

    def _concatenates(self, view: FileView, left: int, right: int) -> bool:
        """Whether one operand of a chain of ``+`` is a string; the chain may be long."""
        code = view.code
        while True:
            if any(v[:2] == (EXTI, _STRING) for v in self.ev.ev(view, right)):
                return True
            if code[left] != _BINOP or view.names[code[left + 1]] != "+":
                return any(v[:2] == (EXTI, _STRING) for v in self.ev.ev(view, left))
            left, right = code[left + 2], code[left + 3]

    # -- edges --------------------------------------------------------------------------------------------------

    def is_everyday(self, name: str) -> bool:
        return name.startswith("java.lang.") or name in self.api.packages

    def overridden(self, view: FileView, index: int, found: list[int]) -> list[int]:
        definition = view.definitions[index]
        if definition.flags & (_STATIC | DefFlag.PRIVATE):
            return []
        mine = self.overloads.parameters(view.number << SHIFT | index)
        kept = []
        for ref in self.overloads.declared(self.names.owner_of(found[0]), definition.name + MARK) if found else ():
            other = self.project.view_of(ref).definitions[ref & MASK]
            if other.flags & (_STATIC | DefFlag.PRIVATE) or len(other.params) != len(mine):
                continue
            pairs = zip(mine, self.overloads.parameters(ref), strict=False)
            if all(self._same_erasure(view, a, b) for a, b in pairs):
                kept.append(ref)
        return kept[:1]

    def _same_erasure(self, view: FileView, mine: Values, theirs: Values) -> bool:
        """Whether two parameters may be of one type, type parameters standing for any."""
        if not mine or not theirs or any(v[0] == VAR for v in theirs):
            return True
        return {v[:2] for v in self.ev.types.close(view, mine)} == {v[:2] for v in theirs}

    def candidates(self, view: FileView, name: str, arity: int, is_member: bool) -> list[int]:
        """None: what is declared is resolved, and what is left comes from libraries that are not read."""
        return []

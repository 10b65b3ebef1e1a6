"""Python's rules: scopes, modules, classes, descriptors, decorators, and the protocols behind its syntax.

What is outside the project is asked of ``python_outside``, where modules lie of ``python_modules``, and what frameworks
add of ``python_frameworks``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from loomgraph.facts import Binding, BindingFlag, DefFlag, Definition, DefKind, Import, Op, Param
from loomgraph.resolve.engine import Key
from loomgraph.resolve.languages.python_classes import linearise
from loomgraph.resolve.languages.python_decorators import Decorators, expressions
from loomgraph.resolve.languages.python_frameworks import Frameworks
from loomgraph.resolve.languages.python_functions import Functions
from loomgraph.resolve.languages.python_modules import Modules
from loomgraph.resolve.languages.python_outside import Outside
from loomgraph.resolve.languages.python_protocols import UNKNOWN, Protocols
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
    MOD,
    PKG,
    SELF,
    SELF_CLS,
    SHIFT,
    STRING,
    SUPER,
    Value,
    Values,
    join,
    one,
)  # fmt: skip

if TYPE_CHECKING:
    from loomgraph.resolve.evaluate import Evaluator

_ATTR, _STR, _NAME = int(Op.ATTR), int(Op.STR), int(Op.NAME)
_INSTANCES = (INST, SELF)
_DEFINES = int(BindingFlag.DEFINES)
_GLOBAL = int(BindingFlag.GLOBAL)
_STAYS = int(BindingFlag.GLOBAL | BindingFlag.AUGMENTED | BindingFlag.NARROWING)
_NONE = (EXTI, "builtins.NoneType", ())


class PythonSemantics(Semantics):
    """The rules of Python."""

    finds_by_file_alone = True
    binds_assigned_functions = True
    descriptors = True
    instance_attributes_on_class = True

    def __init__(self, evaluator: Evaluator) -> None:
        super().__init__(evaluator)
        self.modules = Modules(self.project, self.engine)
        self.outside = Outside(self)
        self.decorators = Decorators(self)
        self.frameworks = Frameworks(self)
        self.protocols = Protocols(self)
        self.functions = Functions(self)
        self.common_names = frozenset().union(*self.outside.data.members.values())

    # -- names ----------------------------------------------------------------------------------------------

    def global_rows(self, view: FileView, name: str) -> Rows:
        """Star imports, the last one first: it wins."""
        return list(self.engine.ask(self._star_rows, ("star", view.number, name), ()))

    def _star_rows(self, key: Key) -> tuple[tuple[FileView, Binding], ...]:
        view, name = self.project.view(key[1]), key[2]
        self.engine.reads |= view.bit
        for imported in reversed(view.imports):
            if imported.name != "*":
                continue
            for value in self.import_target(view, imported):
                if value[0] == MOD:
                    target = self.project.view(value[1])
                    self.engine.reads |= target.bit
                    if self._gives(target, name):
                        rows = self.module_rows(target, name)
                        if rows:
                            return tuple(rows)
        return ()

    def _gives(self, view: FileView, name: str) -> bool:
        """Whether ``from module import *`` brings ``name``."""
        exports = view.facts.exports
        if exports and any(e.name == name for e in exports):
            return True
        if exports and not view.facts.extra.get("open_all"):
            return False
        return not name.startswith("_")

    def builtin(self, view: FileView, name: str) -> Values:
        if name in self.outside.data.builtins:
            full = f"builtins.{name}"
            return self.outside.value(full) or one((EXT, full))
        for imported in view.imports:
            if imported.name == "*":
                targets = self.import_target(view, imported)
                outside = [v for v in targets if v[0] == EXT]
                if outside:
                    return one((EXT, f"{outside[0][1]}.{name}"))
        return EMPTY

    def find(self, view: FileView, name: str, scope: int, position: int) -> tuple[int, list[Binding]]:
        at, rows = super().find(view, name, scope, position)
        if at == scope and rows and rows[0].position > position and name in self.outside.data.builtins:
            return -1, []  # still the built-in one, where the assignment follows
        if at < 0:
            return at, rows
        every = view.scope(at)[name]
        if len(every) > len(rows):
            rows = [*rows, *(r for r in every if r.flags & _GLOBAL and r not in rows)]
        return at, self._last(view, at, rows) if len(rows) > 1 else rows

    def _last(self, view: FileView, scope: int, rows: list[Binding]) -> list[Binding]:
        """``rows`` without those that a later assignment of the same block, or of the whole scope, replaces."""
        end = max(view.definitions[scope].end, rows[-1].end)
        return [
            row
            for at, row in enumerate(rows)
            if row.flags & _STAYS
            or not any(later.end in (row.end, end) and not later.flags & _STAYS for later in rows[at + 1 :])
        ]

    def module_rows(self, view: FileView, name: str) -> Rows:
        rows = super().module_rows(view, name)
        if len(rows) > 1 and all(v is view for v, _ in rows):
            return [(view, row) for row in self._last(view, 0, [r for _, r in rows])]
        return rows

    # -- modules --------------------------------------------------------------------------------------------

    def import_target(self, view: FileView, imported: Import) -> Values:
        if not imported.level:
            found = self.modules.find(view.path, imported.module)
            return one(found or (EXT, imported.module))
        folder = view.path.rpartition("/")[0]
        for _ in range(imported.level - 1):
            folder = folder.rpartition("/")[0]
        found = self.modules.at(folder, imported.module)
        if found is not None:
            return one(found)
        dotted = ".".join(p for p in (*folder.split("/"), *imported.module.split(".")) if p)
        return one((EXT, dotted))

    def module_member(self, view: FileView, name: str) -> Values:
        values = super().module_member(view, name)
        if not values or all(v[0] == EXT for v in values):
            submodule = self._submodule((MOD, view.number), name)
            if submodule:
                return submodule
        if values:
            return values
        stored = self.decorators.stored(view, (MOD, view.number), name)
        if stored:
            return stored
        rows = view.scope(0).get("__getattr__")
        if rows:
            return join([self.ev.calls.returned(v) for v in self.ev.binding(view, rows[-1])])
        return EMPTY

    def _submodule(self, value: Value, name: str) -> Values:
        home = self.modules.folder_of(value)
        if home is None:
            return EMPTY
        found = self.modules.at(home, name)
        return one(found) if found is not None else EMPTY

    def package_member(self, view: FileView, package: str, name: str) -> Values:
        return self._submodule((PKG, package), name)

    # -- classes --------------------------------------------------------------------------------------------

    def bases(self, view: FileView, index: int) -> list[tuple[Value, str]]:
        found: list[tuple[Value, str]] = []
        for expr, kind in view.definitions[index].bases:
            for value in sorted(self.ev.ev(view, expr), key=repr):
                if value[0] in (CLS, EXT):
                    found.append((value, kind))
                elif value[0] == SELF_CLS:
                    found.append(((CLS, value[1], ()), kind))
                elif value[0] == EXTI:
                    found.append(((EXT, str(value[1])), kind))
                    self.protocols.keep_arguments(view, index, value)
            found += [(v, kind) for v in self.frameworks.made_bases(view, expr)]
        return found

    def linearise(self, ref: int, bases: tuple[tuple[Value, str], ...]) -> tuple[int | str, ...]:
        heads = [self.ev.classes.mro(v[1]) if v[0] == CLS else (str(v[1]),) for v, _ in bases]
        return linearise(ref, heads) or super().linearise(ref, bases)

    def member_rows(self, view: FileView, rows: list[Binding]) -> list[Binding]:
        found = super().member_rows(view, rows)
        return self._last(view, rows[0].scope, found) if len(found) > 1 else found

    def constructor_names(self, view: FileView, index: int) -> tuple[str, ...]:
        return ("__init__", "__new__")

    def super(self, view: FileView, scope: int) -> Values:
        ref = self.class_around(view, scope)
        if ref < 0:
            return EMPTY
        at = scope
        while view.definitions[view.definitions[at].parent].kind != DefKind.CLASS and view.definitions[at].parent > 0:
            at = view.definitions[at].parent
        tag = SELF_CLS if view.definitions[at].flags & DefFlag.CLASSMETHOD else SELF
        return one((SUPER, ref, (tag, ref)))

    def missing_member(self, view: FileView, value: Value, name: str) -> Values:
        if name == "__class__":
            return self.outside.class_of(one(value))
        stored = self.decorators.stored(view, value, name)
        if stored:
            return stored
        given = self.frameworks.member(value, name)
        if given:
            return given
        outside = self.ev.classes.external_base(value[1])
        if outside:
            found = self.outside.member(self.outside.canonical(outside), name)
            if found:
                return found
        getter = self.ev.classes.entries(value[1], "__getattr__")
        if getter and not name.startswith("__"):
            return self.protocols.returned_by(value, "__getattr__")
        return self.outside.member("builtins.object", name) if name.startswith("__") else EMPTY

    def missing_class_member(self, view: FileView, value: Value, name: str) -> Values:
        if name in ("__name__", "__qualname__", "__module__", "__doc__"):
            return one((EXTI, "builtins.str", ()))
        return self._metaclass_member(view, value, name) or self.missing_member(view, value, name)

    def _metaclass_member(self, view: FileView, value: Value, name: str) -> Values:
        """What a class has as an instance of its metaclass."""
        for cls in self.ev.classes.mro(value[1]):
            if isinstance(cls, str):
                break
            holder = self.project.view_of(cls)
            expr = expressions(holder, "metaclass").get(cls & MASK, -1)
            if expr >= 0:
                self.engine.reads |= holder.bit
                metaclasses = [m for m in self.ev.cached(holder, expr) if m[0] == CLS]
                return join([self.ev.classes.member((INST, m[1], ()), name, view) for m in metaclasses])
        return EMPTY

    def missing_super(self, view: FileView, value: Value, name: str) -> Values:
        return self.outside.member("builtins.object", name)

    def descriptor(self, view: FileView, value: Value, receiver: Value) -> Values:
        if self.ev.classes.entries(value[1], "__get__"):
            found = self.protocols.returned_by(value, "__get__")
            return found if found else EMPTY
        return one(value)

    # -- functions ------------------------------------------------------------------------------------------

    def decorated(self, view: FileView, index: int, plain: Value) -> Values:
        return self.decorators.apply(view, index, plain)

    def default_value(self, values: Values) -> Values:
        return values - {_NONE}

    def flows(self, view: FileView, function: int, param: int) -> bool:
        return self.functions.kept(view, function, param) or super().flows(view, function, param)

    def declared_result(self, view: FileView, definition: Definition, values: Values) -> Values:
        return self.functions.declared_result(view, definition, values)

    def implied_parameter(self, view: FileView, function: int, param: int) -> Values:
        return (
            self.functions.overridden_parameter(view, function, param)
            or self.frameworks.parameter(view, function, param)
            or self.functions.private_parameter(view, function, param)
        )

    def declared_parameter(self, view: FileView, param: Param, values: Values) -> Values:
        known = values - {_NONE}
        return self.collected(param, known or values) if values else EMPTY

    def called_instance(self, view: FileView, value: Value) -> Values:
        if not self.ev.classes.entries(value[1], "__call__"):
            return EMPTY
        return self.ev.classes.member(value, "__call__", view)

    # -- types, containers, the outside ---------------------------------------------------------------------

    def type_from_text(self, view: FileView, text: str) -> Values:
        first, *rest = text.split(".")
        if not first.isidentifier():
            return EMPTY
        values = self.module_member(view, first)
        for name in rest:
            values = join([self.ev.classes.member(v, name, view) for v in values])
        found = join([self.ev.types.instance_of(view, v) for v in values if v[0] != STRING])
        return found or self.frameworks.class_by_label(text)

    def literal_type(self, name: str) -> str:
        return "builtins.NoneType" if name == "None" else f"builtins.{name}"

    def module_named(self, view: FileView, value: Value) -> Values:
        """The module, or what it holds, that a dotted path in a string names."""
        if value[0] != STRING:
            return EMPTY
        path = str(value[1])
        found = self.modules.find(view.path, path)
        if found is not None:
            return one(found)
        module, _, name = path.rpartition(".")
        holder = self.modules.find(view.path, module) if module else None
        return self.ev.classes.member(holder, name, view) if holder is not None else EMPTY

    def external_instance(self, view: FileView, name: str) -> Values:
        return self.outside.instance(name)

    def external_generic(self, view: FileView, name: str, keys: list[int]) -> Values:
        return self.outside.generic(view, name, keys)

    def external_subscript(self, view: FileView, value: Value, keys: list[int]) -> Values:
        if value[0] != EXT:
            return one(value)
        name = self.outside.canonical(value[1])
        if name in self.outside.data.types or name.startswith("typing."):
            return self.outside.generic(view, name, keys)
        return EMPTY

    def external_attribute(self, view: FileView, name: str, attribute: str) -> Values:
        full = f"{name}.{attribute}"
        return self.outside.value(full) or one((EXT, full))

    def external_member(self, view: FileView, value: Value, name: str) -> Values:
        if value[0] == FUNC:
            return self.frameworks.function_member(value, name) or self.decorators.stored(
                self.project.view_of(value[1]), value, name
            )
        kind = self.value_type(view, value)
        if kind == "builtins.type" and value[0] == EXTI and value[2]:
            inner = join([self.ev.types.close(view, one(v)) for v in value[2][0]])
            return join([self.ev.classes.member(v, name, view) for v in self.outside.class_of(inner) if v[0] == CLS])
        return self.outside.member(kind, name) if kind else EMPTY

    def external_call(self, view: FileView, name: str, expr: int) -> Values:
        return self.decorators.external(view, name, expr) or self.outside.result(view, name, expr)

    def external_instance_call(self, view: FileView, value: Value, expr: int) -> Values:
        if value[1] == "builtins.type" and value[2]:
            return cast("Values", value[2][0])
        if value[1] == "weakref.ref" and value[2]:
            return cast("Values", value[2][0])
        found = self.decorators.external(view, value[1], expr)
        if found or value[1] not in self.outside.data.results:
            return found or (EMPTY if value[1] in self.outside.data.types else UNKNOWN)
        return self.outside.result(view, value[1], expr)

    def external_callback(self, view: FileView, name: str, call: int, argument: int, index: int) -> Values:
        return self.outside.callback(view, name, call, argument, index)

    def item_of(self, view: FileView, value: Value, keys: list[int]) -> Values:
        if value[1] == "builtins.str":
            return one(value)
        if value[1] not in self.outside.data.types:
            return UNKNOWN
        at = self.outside.rule(value[1]).item
        return value[2][at] if 0 <= at < len(value[2]) else EMPTY

    def element_of(self, view: FileView, value: Value) -> Values:
        if value[1] == "builtins.str":
            return one(value)
        if value[1] not in self.outside.data.types:
            return UNKNOWN
        at = self.outside.rule(value[1]).element
        return value[2][at] if 0 <= at < len(value[2]) else EMPTY

    def position_of(self, view: FileView, keys: list[int]) -> int | None:
        if len(keys) == 1 and keys[0] >= 0 and view.code[keys[0]] == _STR:
            text = view.names[view.code[keys[0] + 1]]
            if text[:1] == "#" and text[1:].isdigit():
                return int(text[1:])
        return None

    def iterate_instance(self, view: FileView, value: Value) -> Values:
        return self.protocols.iterate(view, value)

    def subscript_instance(self, view: FileView, value: Value, keys: list[int]) -> Values:
        return self.protocols.subscript(view, value, keys)

    def entered(self, view: FileView, value: Value) -> Values:
        return self.protocols.entered(view, value)

    def awaited(self, view: FileView, value: Value) -> Values:
        return self.protocols.awaited(view, value)

    def operator(self, view: FileView, name: str, left: int, right: int) -> Values:
        return self.protocols.operator(view, name, left, right)

    # -- edges ----------------------------------------------------------------------------------------------

    def extra_calls(self, view: FileView, expr: int, base: Values) -> Values:
        code = view.code
        if code[expr] == _NAME:
            return self.frameworks.fixtures_named(view, expr)
        if code[expr] != _ATTR:
            return EMPTY
        name = view.names[code[expr + 2]]
        found: list[Value] = []
        for value in base:
            if value[0] in _INSTANCES and self.ev.classes.entries(value[1], name):
                found += [v for v in self.ev.classes.member(value, name, view) if v[0] == FUNC]
        return frozenset(found)

    def read_by_call(self, base: Values, name: str) -> Values:
        found: list[Value] = []
        for value in base:
            if value[0] not in _INSTANCES:
                continue
            for entry in self.ev.classes.entries(value[1], name):
                row = self.ev.classes.row(entry)
                if row is not None and row.flags & _DEFINES:
                    holder = self.project.view(entry[1])
                    index = holder.code[row.value + 1]
                    if holder.definitions[index].flags & DefFlag.PROPERTY:
                        found.append((FUNC, holder.number << SHIFT | index, value))
        return frozenset(found)

    def is_everyday(self, name: str) -> bool:
        return name.startswith(("builtins.", "typing.", "typing_extensions.", "collections.abc."))

    def may_have_more(self, value: Value) -> bool:
        return value[0] == SELF and not self.ev.classes.external_base(value[1])

    def choose(self, view: FileView, expr: int, values: Values) -> Values:
        """A method of a base stands for those of its descendants among the possible receivers."""
        if len(values) < 2:
            return values
        receivers = {v[2][1] for v in values if v[0] == FUNC and v[2] is not None and v[2][0] == INST}
        if len(receivers) < 2:
            return values
        mro = self.ev.classes.mro
        covered = {r for r in receivers if any(other != r and other in mro(r) for other in receivers)}
        return frozenset(v for v in values if v[0] != FUNC or v[2] is None or v[2][1] not in covered)

    def candidates(self, view: FileView, name: str, arity: int, is_member: bool) -> list[int]:
        if name.startswith("__"):
            return []
        return super().candidates(view, name, arity, is_member)

    def names_called_by(self, view: FileView, function: int) -> Iterable[str]:
        definition = view.definitions[function]
        if definition.flags & DefFlag.CONSTRUCTOR:  # `super().__init__()` says too little of too many
            return (view.definitions[definition.parent].name,)
        return (definition.name,)

"""What frameworks add to Python's rules, from ``python_frameworks.toml``: members, filled parameters, factories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.facts import DefFlag, DefKind, Op
from loomgraph.resolve.engine import Key
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import (
    CLS,
    EMPTY,
    EXT,
    EXTI,
    FUNC,
    INST,
    MASK,
    MOD,
    SHIFT,
    Value,
    Values,
    join,
    one,
)  # fmt: skip

if TYPE_CHECKING:
    from loomgraph.resolve.languages.python import PythonSemantics

_CALL, _NAME = int(Op.CALL), int(Op.NAME)


class Frameworks:
    """Rules that no language has, and programs in it still follow."""

    def __init__(self, semantics: PythonSemantics) -> None:
        self.sem = semantics
        self.rules = semantics.outside.data.frameworks

    # -- decorators by name ---------------------------------------------------------------------------------

    def _decorator_names(self, view: FileView, index: int) -> set[str]:
        """The full names of the decorators of a definition that are outside the project, and their last names."""
        found = set()
        for expr in view.definitions[index].decorators:
            if view.code[expr] == _CALL:
                expr = view.code[expr + 1]
            for value in self.sem.ev.ev(view, expr):
                if value[0] == EXT:
                    found.add(str(value[1]))
        return found

    def function_member(self, value: Value, name: str) -> Values:
        """``task.delay`` runs the task."""
        rule = self.rules["runs_function"]
        if name not in rule["attributes"]:
            return EMPTY
        view = self.sem.project.view_of(value[1])
        self.sem.engine.reads |= view.bit
        names = self._decorator_names(view, value[1] & MASK)
        return one(value) if any(n.rpartition(".")[2] in rule["decorators"] for n in names) else EMPTY

    # -- fixtures -------------------------------------------------------------------------------------------

    def _is_fixture(self, view: FileView, index: int) -> bool:
        definition = view.definitions[index]
        return bool(definition.decorators) and not self._decorator_names(view, index).isdisjoint(
            self.rules["fixtures"]["decorators"]
        )

    def parameter(self, view: FileView, function: int, param: int) -> Values:
        """What a fixture gives to the parameter of its name."""
        definition = view.definitions[function]
        if not (definition.flags & DefFlag.TEST or definition.decorators and self._is_fixture(view, function)):
            return EMPTY
        fixture = self._fixture(view, definition.params[param].name, function)
        if fixture is None:
            return EMPTY
        values = self.sem.ev.calls.returned(fixture)
        parts = []
        for value in values:
            generated = value[0] == EXTI and value[1] in _GENERATORS
            parts.append(self.sem.ev.types.element(view, value) if generated else one(value))
        return join(parts)

    def fixtures_named(self, view: FileView, expr: int) -> Values:
        """The fixture that runs for the parameter named at ``expr``."""
        code = view.code
        function = code[expr + 2]
        fixture = self._fixture(view, view.names[code[expr + 1]], function)
        return one(fixture) if fixture is not None else EMPTY

    def _fixture(self, view: FileView, name: str, function: int) -> Value | None:
        """The fixture called ``name`` that a test of the file sees: its own file's, then those of folders above."""
        found: Value | None = self.sem.engine.ask(self._look_up_fixture, ("fx", view.number, name, function), None)
        return found

    def _look_up_fixture(self, key: Key) -> Value | None:
        view, name = self.sem.project.view(key[1]), key[2]
        self.sem.engine.reads |= view.bit
        scope = view.definitions[key[3]].parent
        for at in (scope, 0) if scope > 0 else (0,):
            for row in view.scope(at).get(name, ()):
                index = view.code[row.value + 1] if row.value >= 0 and row.flags & 32 else -1
                if index > 0 and index != key[3] and self._is_fixture(view, index):
                    return (FUNC, view.number << SHIFT | index, None)
        folder = view.path
        while folder:
            folder = folder.rpartition("/")[0]
            shared = self.sem.project.by_path(f"{folder}/{self._shared}" if folder else self._shared)
            if shared is None:
                continue
            self.sem.engine.reads |= shared.bit
            for row in shared.scope(0).get(name, ()):
                if row.flags & 32 and self._is_fixture(shared, shared.code[row.value + 1]):
                    return (FUNC, shared.number << SHIFT | shared.code[row.value + 1], None)
        return None

    @property
    def _shared(self) -> str:
        return str(self.rules["fixtures"]["shared"])

    # -- classes --------------------------------------------------------------------------------------------

    def member(self, value: Value, name: str) -> Values:
        """A member that a framework gives to every class of a kind."""
        rule = self.rules["members"].get(name)
        if rule is None:
            return EMPTY
        order = self.sem.ev.classes.mro(value[1])
        if not any(
            cls in rule["base"] if isinstance(cls, str) else self._is_one_of(cls, rule["base"]) for cls in order
        ):
            return EMPTY
        own = self.named(rule["type"])
        return own or one((EXTI, rule["type"], (one((INST, value[1], ())),)))

    def _is_one_of(self, cls: int, names: list[str]) -> bool:
        return any(v[1] == cls for name in names for v in self._classes_named(name))

    def named(self, dotted: str) -> Values:
        """Instances of the class ``dotted`` where the project itself holds it."""
        return frozenset((INST, v[1], ()) for v in self._classes_named(dotted))

    def _classes_named(self, dotted: str) -> Values:
        values: Values = self.sem.engine.ask(self._look_up_class, ("fwc", dotted))
        return values

    def _look_up_class(self, key: Key) -> Values:
        module, _, name = key[1].rpartition(".")
        holder = self.sem.modules.find("", module)
        if holder is None or holder[0] != MOD:
            return EMPTY
        view = self.sem.project.view(holder[1])
        return frozenset(v for v in self.sem.module_member(view, name) if v[0] == CLS)

    def class_by_label(self, text: str) -> Values:
        """The class that ``"app.Name"`` stands for, where the project has one class of the name."""
        values: Values = self.sem.engine.ask(self._look_up_label, ("fwl", text))
        return values

    def _look_up_label(self, key: Key) -> Values:
        app, dot, name = key[1].rpartition(".")
        if not dot or not name.isidentifier() or "." in app:
            return EMPTY
        found = []
        for view in self.sem.project.defining(name):
            if view.info.language == "python":
                for value in self.sem.module_member(view, name):
                    if value[0] == CLS and value[1] >> SHIFT == view.number and app in view.path.split("/"):
                        found.append(value)
        return one((INST, found[0][1], ())) if len(found) == 1 else EMPTY

    def made_bases(self, view: FileView, expr: int) -> list[Value]:
        """The bases of a class that a function makes: ``with_metaclass(Meta, Base)`` inherits Base."""
        code = view.code
        if code[expr] != _CALL:
            return []
        found: list[Value] = []
        for value in self.sem.ev.ev(view, code[expr + 1]):
            name = self._name_of(value)
            rule = self.rules.get("makes_class", {}).get(name)
            if rule is None:
                continue
            args, _ = self.sem.ev.calls.arguments(view, expr)
            for arg in args[rule["from"] :]:
                found += [v for v in self.sem.ev.cached(view, arg) if v[0] in (CLS, EXT)]
            if rule.get("receiver") and value[0] == FUNC and value[2] is not None and value[2][0] == CLS:
                found.append(value[2])
        return found

    def _name_of(self, value: Value) -> str:
        if value[0] == EXT:
            return str(value[1]).rpartition(".")[2]
        if value[0] == FUNC:
            definition = self.sem.project.view_of(value[1]).definitions[value[1] & MASK]
            return definition.name if definition.kind == DefKind.FUNCTION else ""
        return ""


_GENERATORS = frozenset(
    {
        "builtins.generator", "collections.abc.Generator", "collections.abc.Iterator", "collections.abc.AsyncGenerator",
        "collections.abc.AsyncIterator", "collections.abc.Iterable",
    }
)  # fmt: skip

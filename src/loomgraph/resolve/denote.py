"""Denotation: which definition a name or attribute stands for, as opposed to what value it has.

``LIMIT`` denotes the constant LIMIT though its value is a number. Targets are refs of definitions, or strings for
what lies outside the project.
"""

from __future__ import annotations

from loomgraph.facts import Binding, BindingFlag, DefFlag, DefKind, Op
from loomgraph.resolve.engine import Key
from loomgraph.resolve.evaluate import Evaluator
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import (
    ALIAS,
    CLS,
    EXT,
    EXTI,
    FUNC,
    INST,
    MASK,
    MOD,
    NODE,
    PKG,
    SELF,
    SELF_CLS,
    SHIFT,
    STRING,
    SUPER,
    TUP,
    VAR,
    Value,
    Values,
)  # fmt: skip

Target = int | str
_NAME, _ATTR = int(Op.NAME), int(Op.ATTR)


class ExpressionValues:
    """What the expressions of the file in hand may denote. Sites share expressions: each is evaluated once.

    To be asked while no query is being answered: values are final then, and what they depend on the file depends on
    already.
    """

    def __init__(self, evaluator: Evaluator, view: FileView) -> None:
        self._ev = evaluator
        self._view = view
        self._known: dict[int, Values] = {}

    def __call__(self, expr: int) -> Values:
        known = self._known.get(expr)
        if known is None:
            code = self._view.code
            if expr >= 0 and code[expr] == _ATTR:
                known = self._ev.attribute(self._view, self(code[expr + 1]), self._view.names[code[expr + 2]])
            else:
                known = self._ev.ev(self._view, expr)
            self._known[expr] = known
        return known


class Denotation:
    """Finds the definitions that expressions stand for."""

    def __init__(self, evaluator: Evaluator, values: ExpressionValues) -> None:
        self.ev = evaluator
        self._values = values

    def targets(self, view: FileView, expr: int) -> list[Target]:
        """The definitions (or outside names) that the expression stands for; empty for locals and the unknown."""
        op = view.code[expr]
        if op == _NAME:
            return self._name(view, expr)
        if op == _ATTR:
            return self._attribute(view, expr)
        return self.of_values(self._values(expr))

    def _name(self, view: FileView, expr: int) -> list[Target]:
        code = view.code
        name = view.names[code[expr + 1]]
        sem = view.sem
        _, rows = self.ev.rows_at(view, expr)
        if rows:
            return self._unique([t for row in rows for t in self.row(view, row)])
        outside = sem.rows_elsewhere(view, name, code[expr + 2])
        if outside:
            return self._unique([t for v, row in outside for t in self.row(v, row)])
        return self.of_values(self._values(expr))

    def _attribute(self, view: FileView, expr: int) -> list[Target]:
        code = view.code
        name = view.names[code[expr + 2]]
        found: list[Target] = []
        for value in self._values(code[expr + 1]):
            found += self.member(view, value, name)
        return self._unique(found)

    def member(self, view: FileView, value: Value, name: str) -> list[Target]:
        """The definitions that ``value.name`` stands for."""
        tag = value[0]
        if tag in (INST, SELF, CLS, SELF_CLS):
            found = []
            for entry in self.ev.classes.entries(value[1], name):
                owner, holder = entry[0], self.ev.project.view(entry[1])
                row = self.ev.classes.row(entry)
                if row is not None:
                    found += self.row(holder, row)
                else:
                    index = holder.value_definition(owner & MASK, name)
                    if index >= 0:
                        found.append(holder.number << SHIFT | index)
            return found or self.of_values(self.ev.classes.member(value, name, view))
        if tag == MOD:
            target = self.ev.project.view(value[1])
            rows = target.sem.module_rows(target, name)
            found = [t for v, row in rows for t in self.row(v, row)]
            return found or self.of_values(self.ev.classes.member(value, name, view))
        if tag == PKG:
            rows = view.sem.package_rows(view, value[1], name)
            found = [t for v, row in rows for t in self.row(v, row)]
            return found or self.of_values(self.ev.classes.member(value, name, view))
        if tag == SUPER:
            return self.of_values(self.ev.classes.member(value, name, view))
        if tag in (EXT, EXTI, NODE, TUP, STRING, VAR):
            return self.of_values(self.ev.classes.member(value, name, view))
        return []

    def row(self, view: FileView, row: Binding) -> list[Target]:
        """The definitions a binding stands for."""
        flags, value = row[5], row[2]
        if flags & BindingFlag.IMPORTED:
            return list(self.ev.engine.ask(self._imported, ("di", view.number, view.code[value + 1]), ()))
        if flags & BindingFlag.DEFINES and value >= 0:
            index = view.code[value + 1]
            definition = view.definitions[index]
            if definition.flags & DefFlag.HIDDEN or definition.kind == DefKind.SCOPE:
                return []
            return [view.number << SHIFT | index]
        index = view.value_definition(row[0], row[1])
        return [view.number << SHIFT | index] if index >= 0 else []

    def _imported(self, key: Key) -> tuple[Target, ...]:
        view = self.ev.project.view(key[1])
        self.ev.engine.reads |= view.bit
        imported = view.imports[key[2]]
        sem = view.sem
        found: list[Target] = []
        for holder, row in sem.import_rows(view, imported):
            self.ev.engine.reads |= holder.bit
            found += self.row(holder, row)
        return tuple(self._unique(found or self.of_values(sem.import_values(view, imported))))

    def of_values(self, values: Values) -> list[Target]:
        """The definitions behind values that are definitions themselves."""
        found: list[Target] = []
        for value in values:
            tag = value[0]
            if tag in (FUNC, CLS, ALIAS, VAR):
                definition = self.ev.project.view_of(value[1]).definitions[value[1] & MASK]
                if not definition.flags & DefFlag.HIDDEN and definition.kind != DefKind.SCOPE:
                    found.append(value[1])
            elif tag == MOD:
                found.append(value[1] << SHIFT)
            elif tag == EXT:
                found.append(value[1])
        return self._unique(found)

    @staticmethod
    def _unique(found: list[Target]) -> list[Target]:
        return found if len(found) < 2 else sorted(dict.fromkeys(found), key=lambda t: (isinstance(t, str), t))

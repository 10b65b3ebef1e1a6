"""Evaluator: what an expression of a file's facts may denote.

The mechanics every language shares: operators, bindings, definitions, literals. What differs between languages
(scopes, imports, attribute lookup rules, builtins) is asked of the file's ``Semantics``. It never sees a syntax
tree and never writes anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from loomgraph.facts import Binding, BindingFlag, DefFlag, DefKind, Op
from loomgraph.resolve.calls import Calls
from loomgraph.resolve.classes import Classes
from loomgraph.resolve.engine import Engine, Key
from loomgraph.resolve.project import FileView, Project
from loomgraph.resolve.types import Types
from loomgraph.resolve.values import (
    CLS,
    EMPTY,
    EXTI,
    FUNC,
    INST,
    NODE,
    SHIFT,
    SIG,
    STRING,
    Value,
    Values,
    join,
    one,
)  # fmt: skip

if TYPE_CHECKING:
    from loomgraph.resolve.semantics import Semantics

LOCAL = frozenset(("b", "c", "p"))  # about an expression or a parameter of one file: few other files ask again
_PARAM = int(BindingFlag.PARAM)
_DEF = int(Op.DEF)
_OBJECT = int(DefFlag.OBJECT)


class Evaluator:
    """Evaluates expressions of any file of a project. ``ev`` is the entry; everything else serves it."""

    def __init__(self, project: Project, engine: Engine, semantics: Callable[[str, Evaluator], Semantics]) -> None:
        self.project = project
        self.engine = engine
        self._make_semantics = semantics
        self._semantics: dict[str, Semantics] = {}
        project.semantics = self.semantics
        self.classes = Classes(self)
        self.calls = Calls(self)
        self.types = Types(self)
        ops: list[Callable[[FileView, int], Values]] = [self._nothing] * (max(Op) + 1)
        for op in Op:
            handler = getattr(self, f"op_{op.name.lower()}", None)
            if handler is not None:
                ops[op] = handler
        self._ops = ops

    def semantics(self, view: FileView) -> Semantics:
        """The rules of the language of ``view``."""
        language = view.info.language
        found = self._semantics.get(language)
        if found is None:
            found = self._semantics[language] = self._make_semantics(language, self)
        return found

    def ev(self, view: FileView, expr: int) -> Values:
        """What the expression at ``expr`` of ``view`` may denote."""
        if expr < 0:
            return EMPTY
        return self._ops[view.code[expr]](view, expr)

    def _nothing(self, view: FileView, expr: int) -> Values:
        return EMPTY

    # -- names, bindings, definitions -----------------------------------------------------------------------

    def op_name(self, view: FileView, expr: int) -> Values:
        sem, code = view.sem, view.code
        if not sem.finds_by_file_alone:
            return sem.name(view, view.names[code[expr + 1]], code[expr + 2], code[expr + 3])
        rows = self.rows_at(view, expr)[1]
        if len(rows) == 1:
            return self.binding(view, rows[0])
        if rows:
            return join([self.binding(view, row) for row in rows])
        return sem.global_name(view, view.names[code[expr + 1]])

    def rows_at(self, view: FileView, expr: int) -> tuple[int, list[Binding]]:
        """The scope and the bindings that the NAME at ``expr`` reaches, as the language's ``find`` says."""
        found = view.found.get(expr)
        if found is None:
            code = view.code
            found = view.sem.find(view, view.names[code[expr + 1]], code[expr + 2], code[expr + 3])
            if view.sem.finds_by_file_alone:
                view.found[expr] = found
        return found

    def binding(self, view: FileView, row: Binding) -> Values:
        """What a binding gives its name."""
        if row[5] & _PARAM:
            return self.engine.ask(self.calls.parameter, ("p", view.number, row[0], row[6]))  # type: ignore[no-any-return]
        value = row[2]
        if value < 0:
            return EMPTY
        if view.code[value] == _DEF:
            return self.definition(view, view.code[value + 1])
        return self.engine.ask(self._expression, ("b", view.number, value))  # type: ignore[no-any-return]

    def _expression(self, key: Key) -> Values:
        view = self.project.view(key[1])
        self.engine.reads |= view.bit
        return self.ev(view, key[2])

    def cached(self, view: FileView, expr: int) -> Values:
        """As ``ev``, remembered: for expressions of other files and for costly ones."""
        return self.engine.ask(self._expression, ("b", view.number, expr)) if expr >= 0 else EMPTY

    def definition(self, view: FileView, index: int) -> Values:
        """What a definition is as a value."""
        definition = view.definitions[index]
        ref = view.number << SHIFT | index
        kind = definition.kind
        if kind == DefKind.FUNCTION:
            if definition.decorators:
                return self.engine.ask(self._decorated, ("d", view.number, index))  # type: ignore[no-any-return]
            return one((FUNC, ref, None))
        if kind == DefKind.CLASS:
            ref = view.sem.canonical(view, index)
            if definition.flags & _OBJECT:
                return one((INST, ref, ()))
            if definition.decorators:
                return self.engine.ask(self._decorated, ("d", view.number, index))  # type: ignore[no-any-return]
            return one((CLS, ref, ()))
        if kind == DefKind.TYPE:
            return view.sem.type_definition(view, index)
        if kind == DefKind.SCOPE:
            return one((CLS, ref, ()))
        return EMPTY

    def _decorated(self, key: Key) -> Values:
        view = self.project.view(key[1])
        self.engine.reads |= view.bit
        definition = view.definitions[key[2]]
        ref = view.number << SHIFT | key[2]
        plain: Value = (FUNC, ref, None) if definition.kind == DefKind.FUNCTION else (CLS, ref, ())
        return view.sem.decorated(view, key[2], plain)

    def op_def(self, view: FileView, expr: int) -> Values:
        return self.definition(view, view.code[expr + 1])

    def op_plain(self, view: FileView, expr: int) -> Values:
        index = view.code[expr + 1]
        kind = FUNC if view.definitions[index].kind == DefKind.FUNCTION else CLS
        return one((kind, view.number << SHIFT | index, None if kind == FUNC else ()))

    def op_import(self, view: FileView, expr: int) -> Values:
        return self.engine.ask(self._import, ("i", view.number, view.code[expr + 1]))  # type: ignore[no-any-return]

    def _import(self, key: Key) -> Values:
        view = self.project.view(key[1])
        self.engine.reads |= view.bit
        return view.sem.import_values(view, view.imports[key[2]])

    # -- structure ------------------------------------------------------------------------------------------

    def op_attr(self, view: FileView, expr: int) -> Values:
        code = view.code
        return self.attribute(view, self.ev(view, code[expr + 1]), view.names[code[expr + 2]])

    def attribute(self, view: FileView, base: Values, name: str) -> Values:
        """What ``name`` of any of the values ``base`` may be."""
        if not base:
            return EMPTY
        if len(base) == 1:
            (value,) = base
            return self.classes.member(value, name, view)
        return join([self.classes.member(v, name, view) for v in base])

    def op_call(self, view: FileView, expr: int) -> Values:
        return self.engine.ask(self._call, ("c", view.number, expr))  # type: ignore[no-any-return]

    op_new = op_call

    def _call(self, key: Key) -> Values:
        view = self.project.view(key[1])
        self.engine.reads |= view.bit
        return self.calls.result(view, key[2])

    def op_index(self, view: FileView, expr: int) -> Values:
        code = view.code
        base = self.ev(view, code[expr + 1])
        n = code[expr + 2]
        keys = [code[expr + 3 + k] for k in range(n)]
        return join([self.types.subscript(view, v, keys) for v in base])

    def op_lit(self, view: FileView, expr: int) -> Values:
        return one((EXTI, view.sem.literal_type(view.names[view.code[expr + 1]]), ()))

    def op_str(self, view: FileView, expr: int) -> Values:
        return one((STRING, view.names[view.code[expr + 1]]))

    def op_this(self, view: FileView, expr: int) -> Values:
        return view.sem.this(view, view.code[expr + 1])

    def op_super(self, view: FileView, expr: int) -> Values:
        return view.sem.super(view, view.code[expr + 1])

    def op_seq(self, view: FileView, expr: int) -> Values:
        return one((NODE, view.number, expr))

    op_map = op_seq

    def op_union(self, view: FileView, expr: int) -> Values:
        code = view.code
        return join([self.ev(view, code[expr + 2 + k]) for k in range(code[expr + 1])])

    def op_await(self, view: FileView, expr: int) -> Values:
        sem = view.sem
        return join([sem.awaited(view, v) for v in self.ev(view, view.code[expr + 1])])

    def op_iter(self, view: FileView, expr: int) -> Values:
        return join([self.types.element(view, v) for v in self.ev(view, view.code[expr + 1])])

    def op_keyof(self, view: FileView, expr: int) -> Values:
        sem = view.sem
        return join([sem.key_of(view, v) for v in self.ev(view, view.code[expr + 1])])

    def op_dictitem(self, view: FileView, expr: int) -> Values:
        return join([self.types.subscript(view, v, [-1]) for v in self.ev(view, view.code[expr + 1])])

    def op_enter(self, view: FileView, expr: int) -> Values:
        sem = view.sem
        return join([sem.entered(view, v) for v in self.ev(view, view.code[expr + 1])])

    def op_elem(self, view: FileView, expr: int) -> Values:
        at = view.code[expr + 2]
        return join([self.types.part(view, v, at) for v in self.ev(view, view.code[expr + 1])])

    def op_typed(self, view: FileView, expr: int) -> Values:
        return self.types.instances(view, view.code[expr + 1])

    def op_functype(self, view: FileView, expr: int) -> Values:
        code = view.code
        params = tuple(self.types.instances(view, code[expr + 3 + k]) for k in range(code[expr + 2]))
        return one((SIG, self.types.instances(view, code[expr + 1]), params))

    def op_star(self, view: FileView, expr: int) -> Values:
        return self.ev(view, view.code[expr + 1])

    op_slice = op_star
    op_deref = op_star

    def op_binop(self, view: FileView, expr: int) -> Values:
        code = view.code
        return view.sem.operator(view, view.names[code[expr + 1]], code[expr + 2], code[expr + 3])

    def op_yields(self, view: FileView, expr: int) -> Values:
        code = view.code
        values = join([self.ev(view, code[expr + 2 + k]) for k in range(code[expr + 1])])
        return view.sem.generator(values)

    def op_cast(self, view: FileView, expr: int) -> Values:
        return self.types.instances(view, view.code[expr + 1]) or self.ev(view, view.code[expr + 2])

    def op_narrow(self, view: FileView, expr: int) -> Values:
        code = view.code
        return self.types.narrowed(view, code[expr + 1], code[expr + 2])

    def op_expected(self, view: FileView, expr: int) -> Values:
        call, at = view.code[expr + 1], view.code[expr + 2]
        return join([self.calls.expected(view, call, v, at) for v in self.calls.callee(view, call)])

    def op_typeof(self, view: FileView, expr: int) -> Values:
        return view.sem.type_of(view, view.code[expr + 1])

"""Semantics: the rules of a language that evaluation asks for. One instance a language and run.

Every method has a sensible default; a language overrides what differs. Methods read facts and ask the evaluator,
and return ``Values``; they hold no state beyond tables derived from the project's file list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from loomgraph.facts import Binding, BindingFlag, DefFlag, Definition, DefKind, Import, Op, Param, ParamKind
from loomgraph.resolve import candidates
from loomgraph.resolve import values as v
from loomgraph.resolve.calls import called_parameters
from loomgraph.resolve.project import FileView
from loomgraph.resolve.scopes import reaching
from loomgraph.resolve.values import EMPTY, Value, Values, join, one, outside_member, outside_result

if TYPE_CHECKING:
    from loomgraph.resolve.evaluate import Evaluator

Rows = list[tuple[FileView, Binding]]

_PARAM, _CLASS, _FUNCTION = int(BindingFlag.PARAM), int(DefKind.CLASS), int(DefKind.FUNCTION)
_FAR = 1 << 60


class Semantics:
    """Default rules; a base for languages."""

    class_scopes = False  # whether names of an enclosing class body are visible in its methods without a receiver
    binds_assigned_functions = False  # whether a function assigned in a class body becomes a method
    finds_by_file_alone = False  # whether what ``find`` says depends on nothing but the file itself
    descriptors = False  # whether instances held by a class may answer attribute reads themselves
    instance_attributes_on_class = True  # whether reading an attribute off the class finds what methods set
    candidate_limit = 4  # how many same-named targets a call on an unknown receiver may have
    common_names: frozenset[str] = frozenset()  # method names too common outside to guess by name alone

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self.project = evaluator.project
        self.engine = evaluator.engine

    # -- names ----------------------------------------------------------------------------------------------

    def find(self, view: FileView, name: str, scope: int, position: int) -> tuple[int, list[Binding]]:
        """The scope that answers for ``name`` and its bindings that reach the use; (-1, []) when no scope does."""
        at, deferred = scope, False
        scopes, kinds, parents = view.scopes, view.kinds, view.parents
        while at >= 0:
            kind = kinds[at]
            names = scopes[at]
            if name in names and (kind != _CLASS or at == scope or self.class_scopes):
                found = reaching(names[name], position, deferred or kind == _CLASS and self.class_scopes)
                if found:
                    return at, found
            if kind == _FUNCTION:
                deferred = True
            at = parents[at]
        return -1, []

    def name(self, view: FileView, name: str, scope: int, position: int) -> Values:
        """What ``name`` means at a place."""
        _, rows = self.find(view, name, scope, position)
        if rows:
            if len(rows) == 1:
                return self.ev.binding(view, rows[0])
            return join([self.ev.binding(view, row) for row in rows])
        return self.global_name(view, name)

    def global_name(self, view: FileView, name: str) -> Values:
        """What a name that no scope of the file binds means: star imports, the package, builtins."""
        rows = self.global_rows(view, name)
        if rows:
            return join([self.ev.binding(holder, row) for holder, row in rows])
        return self.builtin(view, name)

    def global_rows(self, view: FileView, name: str) -> Rows:
        """Bindings outside the file that a free name reaches (star imports, package scope)."""
        return []

    def rows_elsewhere(self, view: FileView, name: str, scope: int) -> Rows:
        """Bindings of a name that no scope of the file has: as ``global_rows``, and what classes around inherit."""
        return self.global_rows(view, name)

    def builtin(self, view: FileView, name: str) -> Values:
        """A name every file can use without an import: ``EXT`` values; empty when unknown."""
        return EMPTY

    # -- modules and imports --------------------------------------------------------------------------------

    def import_target(self, view: FileView, imported: Import) -> Values:
        """The module an import names: MOD, PKG or EXT values."""
        return EMPTY

    def import_rows(self, view: FileView, imported: Import) -> Rows:
        """The bindings a member import reaches in modules of the project."""
        rows: Rows = []
        if imported.name and imported.name != "*":
            for value in self.import_target(view, imported):
                if value[0] == v.MOD:
                    target = self.project.view(value[1])
                    rows += target.sem.module_rows(target, imported.name)
        return rows

    def imported_files(self, view: FileView, imported: Import) -> list[int]:
        """The files an import depends on, where a module is more than one file: their numbers."""
        return []

    def import_values(self, view: FileView, imported: Import) -> Values:
        """What an import binds."""
        targets = self.import_target(view, imported)
        if not imported.name or imported.name == "*":
            return targets
        return join([self.ev.classes.member(t, imported.name, view) for t in targets])

    def module_rows(self, view: FileView, name: str) -> Rows:
        """The bindings that ``module.name`` reaches, re-exports not followed."""
        self.engine.reads |= view.bit
        rows = view.scope(0).get(name)
        if rows:
            return [(view, row) for row in reaching(rows, _FAR, True)]
        return self.global_rows(view, name)

    def module_member(self, view: FileView, name: str) -> Values:
        """What ``module.name`` is."""
        return join([self.ev.binding(holder, row) for holder, row in self.module_rows(view, name)])

    def package_rows(self, view: FileView, package: str, name: str) -> Rows:
        """The bindings that ``package.name`` reaches, for a package that is no file."""
        return []

    def package_member(self, view: FileView, package: str, name: str) -> Values:
        """What ``package.name`` is, for a package that is no file."""
        return EMPTY

    # -- classes --------------------------------------------------------------------------------------------

    def canonical(self, view: FileView, index: int) -> int:
        """The ref by which a class is known everywhere (an extension is known by what it extends)."""
        return view.number << v.SHIFT | index

    def class_parts(self, view: FileView, index: int) -> Sequence[tuple[FileView, int]]:
        """The bodies that make up a class."""
        return ((view, index),)

    def bases(self, view: FileView, index: int) -> list[tuple[Value, str]]:
        """The bases of a class: CLS or EXT values with how they are taken."""
        found: list[tuple[Value, str]] = []
        for part, at in self.class_parts(view, index):
            self.engine.reads |= part.bit
            found += [(value, kind) for value, kind, _ in Semantics.declared_bases(self, part, at)]
        return found

    def linearise(self, ref: int, bases: tuple[tuple[Value, str], ...]) -> tuple[int | str, ...]:
        """The lookup order: depth first, first mention wins."""
        order: dict[int | str, None] = {ref: None}
        for value, _ in bases:
            if value[0] == v.CLS:
                for cls in self.ev.classes.mro(value[1]):
                    order.setdefault(cls)
            else:
                order.setdefault(value[1])
        return tuple(order)

    def member_rows(self, view: FileView, rows: list[Binding]) -> list[Binding]:
        """Which of the bindings of a name in a class body count as the member."""
        return reaching(rows, _FAR, True)

    def constructor_names(self, view: FileView, index: int) -> Sequence[str]:
        """Names of the member that creating an instance runs, best first."""
        return ("constructor",)

    def owner_class(self, ref: int) -> int:
        """The class ref whose body holds the function ``ref``, or -1."""
        view = self.project.view_of(ref)
        parent = view.definitions[ref & v.MASK].parent
        return self.canonical(view, parent) if parent >= 0 and view.definitions[parent].kind == DefKind.CLASS else -1

    def class_around(self, view: FileView, scope: int) -> int:
        """The ref of the nearest class around a scope, or -1."""
        at = scope
        while at >= 0 and view.definitions[at].kind != DefKind.CLASS:
            at = view.definitions[at].parent
        return self.canonical(view, at) if at >= 0 else -1

    def receiver(self, view: FileView, function: int) -> Values:
        """What a RECEIVER parameter holds."""
        definition = view.definitions[function]
        owner = definition.parent
        if owner < 0 or view.definitions[owner].kind != DefKind.CLASS:
            return EMPTY
        tag = v.SELF_CLS if definition.flags & DefFlag.CLASSMETHOD else v.SELF
        return one((tag, self.canonical(view, owner)))

    def this(self, view: FileView, scope: int) -> Values:
        """What ``this`` is in a scope."""
        ref = self.class_around(view, scope)
        return one((v.SELF, ref)) if ref >= 0 else EMPTY

    def super(self, view: FileView, scope: int) -> Values:
        """What ``super`` is in a scope."""
        ref = self.class_around(view, scope)
        return one((v.SUPER, ref, (v.SELF, ref))) if ref >= 0 else EMPTY

    def missing_member(self, view: FileView, value: Value, name: str) -> Values:
        """Reading a member that no class of the project in the lookup order has."""
        outside = self.ev.classes.external_base(value[1])
        return one((v.EXT, f"{outside}.{name}")) if outside else EMPTY

    def missing_class_member(self, view: FileView, value: Value, name: str) -> Values:
        """The same, read off the class."""
        return self.missing_member(view, value, name)

    def missing_super(self, view: FileView, value: Value, name: str) -> Values:
        """The same, read off ``super``."""
        return EMPTY

    def descriptor(self, view: FileView, value: Value, receiver: Value) -> Values:
        """Reading an attribute whose class holds the instance ``value``."""
        return one(value)

    # -- functions ------------------------------------------------------------------------------------------

    def decorated(self, view: FileView, index: int, plain: Value) -> Values:
        """A decorated definition as a value."""
        return one(plain)

    def declared_parameter(self, view: FileView, param: Param, values: Values) -> Values:
        """A parameter of a declared type, inside the function."""
        return self.collected(param, values)

    def collected(self, param: Param, values: Values) -> Values:
        """What a parameter that collects arguments holds, given what each of them may be."""
        if param.kind == ParamKind.STAR:
            return one((v.EXTI, self.literal_type("tuple"), (values,)))
        if param.kind == ParamKind.STAR_KEYWORD:
            return one((v.EXTI, self.literal_type("dict"), (one((v.EXTI, self.literal_type("str"), ())), values)))
        return values

    def default_value(self, values: Values) -> Values:
        """What a default says about the values a parameter may have."""
        return values

    def implied_parameter(self, view: FileView, function: int, param: int) -> Values:
        """A parameter filled by a framework's rule."""
        return EMPTY

    def flows(self, view: FileView, function: int, param: int) -> bool:
        """Whether to look for what callers pass: where the parameter itself is called."""
        called = view.cache.get("called params")
        if called is None:
            called = view.cache["called params"] = called_parameters(self.ev, view)
        return (function, param) in called

    def names_called_by(self, view: FileView, function: int) -> Iterable[str]:
        """The last names by which call sites may call a function."""
        definition = view.definitions[function]
        if definition.flags & DefFlag.CONSTRUCTOR or definition.name in self.constructor_names(view, definition.parent):
            return (view.definitions[definition.parent].name, definition.name)
        return (definition.name,)

    def declared_result(self, view: FileView, definition: Definition, values: Values) -> Values:
        """The result of a function with a declared result type."""
        return values

    def inferred_result(self, view: FileView, function: int, values: Values) -> Values:
        """The result of a function from what it returns."""
        return values

    def asynchronous(self, values: Values) -> Values:
        """What calling an asynchronous function gives, from what it returns; ``awaited`` undoes it."""
        return values

    def generator(self, values: Values) -> Values:
        """What calling a generator function gives, from what it yields."""
        return one((v.EXTI, self.literal_type("generator"), (values,)))

    def construct(self, view: FileView, expr: int, value: Value) -> Values:
        """What calling a class gives."""
        if value[0] == v.SELF_CLS:
            return one((v.SELF, value[1]))
        return one((v.INST, value[1], value[2] or self.ev.calls.infer_args(view, expr, value[1])))

    def implied_receiver(self, view: FileView, expr: int, value: Value) -> Value | None:
        """The receiver of a method called without one."""
        return None

    def called_instance(self, view: FileView, value: Value) -> Values:
        """The functions that calling an instance runs."""
        return EMPTY

    def choose(self, view: FileView, expr: int, values: Values) -> Values:
        """Of the functions a call may reach, those its arguments fit (overloads)."""
        return values

    def signature(self, view: FileView, expr: int, value: Value) -> Value:
        """Of an overloaded function that a call runs, the declaration that says what the call gives."""
        return value

    def special_call(self, view: FileView, expr: int) -> Values | None:
        """Calls that are part of the language (``super()``, ``require()``); None for ordinary ones."""
        return None

    def callback_parameter(self, view: FileView, expected: Value, index: int) -> Values:
        """What parameter ``index`` of a callback receives when the callee expects ``expected``."""
        if expected[0] == v.SIG:
            params = expected[2]
            return params[index] if index < len(params) else EMPTY
        return EMPTY

    # -- types, containers, the outside ---------------------------------------------------------------------

    def type_definition(self, view: FileView, index: int) -> Values:
        """A TYPE definition as a value: a type parameter, or an alias."""
        definition = view.definitions[index]
        ref = view.number << v.SHIFT | index
        if definition.symbol_kind == "typeParameter":
            return one((v.VAR, ref))
        return one((v.ALIAS, ref, ()))

    def type_bound(self, view: FileView, index: int) -> Values:
        """What a type parameter is at least."""
        definition = view.definitions[index]
        return join([self.ev.types.instances(view, r) for r in definition.returns])

    def args_as(self, view: FileView, value: Value, wanted: Value, env: dict[int, Values]) -> Sequence[Values] | None:
        """The type arguments that ``value`` gives to the type of ``wanted``, by rules beyond the project's classes.

        What it learns by other ways of type parameters goes into ``env``.
        """
        return None

    def type_from_text(self, view: FileView, text: str) -> Values:
        """A type given as a string."""
        return EMPTY

    def literal_type(self, name: str) -> str:
        """The full name of the built-in type of a literal."""
        return name

    def value_type(self, view: FileView, value: Value) -> str:
        """The full name of the outside type a value has, or ""."""
        tag = value[0]
        if tag == v.EXTI:
            return str(value[1])
        if tag == v.NODE:
            holder = self.project.view(value[1])
            code = holder.code
            return self.literal_type("dict" if code[value[2]] == Op.MAP else holder.names[code[value[2] + 1]])
        return {v.TUP: self.literal_type("tuple"), v.STRING: self.literal_type("str"), v.FUNC: "function"}.get(tag, "")

    def external_instance(self, view: FileView, name: str) -> Values:
        """An instance of the outside type ``name``."""
        return one((v.EXTI, name, ()))

    def external_generic(self, view: FileView, name: str, keys: list[int]) -> Values:
        """An instance of the outside type ``name`` with type arguments."""
        return one((v.EXTI, name, tuple(self.ev.types.instances(view, k) for k in keys)))

    def position_of(self, view: FileView, keys: list[int]) -> int | None:
        """The index that ``value[keys]`` names, where it is a small whole number written out."""
        return None

    def external_subscript(self, view: FileView, value: Value, keys: list[int]) -> Values:
        """``value[keys]`` for something outside, as a value."""
        return one(value)

    def external_element(self, view: FileView, value: Value) -> Values:
        """An element of something outside whose type is not known."""
        return EMPTY

    def external_attribute(self, view: FileView, name: str, attribute: str) -> Values:
        """``name.attribute`` for something outside."""
        return one((v.EXT, outside_member(name, attribute)))

    def external_member(self, view: FileView, value: Value, name: str) -> Values:
        """A member of a value whose type is outside."""
        kind = self.value_type(view, value)
        return one((v.EXT, outside_member(kind, name))) if kind else EMPTY

    def external_call(self, view: FileView, name: str, expr: int) -> Values:
        """What calling something outside gives."""
        return one((v.EXTI, outside_result(name), ()))

    def external_instance_call(self, view: FileView, value: Value, expr: int) -> Values:
        """What calling an instance of an outside type gives."""
        return EMPTY

    def external_callback(self, view: FileView, name: str, call: int, argument: int, index: int) -> Values:
        """What an outside function passes to parameter ``index`` of the callback given as ``argument``."""
        return EMPTY

    def item_of(self, view: FileView, value: Value, keys: list[int]) -> Values:
        """``value[key]`` for an instance of an outside type: its last type argument."""
        args = value[2]
        return args[-1] if args else EMPTY

    def element_of(self, view: FileView, value: Value) -> Values:
        """An element of an instance of an outside type: its first type argument."""
        args = value[2]
        return args[0] if args else EMPTY

    def key_of(self, view: FileView, value: Value) -> Values:
        """A key of a mapping."""
        args = value[2] if value[0] == v.EXTI else ()
        return args[0] if args else EMPTY

    def iterate_instance(self, view: FileView, value: Value) -> Values:
        """An element of an instance of a project class."""
        return EMPTY

    def component(self, view: FileView, value: Value, at: int) -> Values:
        """Part ``at`` of an instance of a project class that is taken apart."""
        return self.ev.types.element(view, value)

    def subscript_instance(self, view: FileView, value: Value, keys: list[int]) -> Values:
        """``value[key]`` for an instance of a project class."""
        return EMPTY

    def subscript_function(self, view: FileView, value: Value, keys: list[int]) -> Values:
        """``value[key]`` for a function: where the language has it, the function with type arguments."""
        return EMPTY

    def entered(self, view: FileView, value: Value) -> Values:
        """What ``with value as x`` binds."""
        return one(value)

    def awaited(self, view: FileView, value: Value) -> Values:
        """What awaiting a value gives."""
        return one(value)

    def operator(self, view: FileView, name: str, left: int, right: int) -> Values:
        """The result of a binary operator: of the left operand's type unless known better."""
        return self.ev.ev(view, left)

    def type_of(self, view: FileView, expr: int) -> Values:
        """In a type, the type of the value at ``expr``."""
        return self.ev.ev(view, expr)

    # -- edges ----------------------------------------------------------------------------------------------

    def plain_name(self, name: str) -> str:
        """A name as written, for languages that bind some names under a mark of their own."""
        return name

    def member_name(self, definition: Definition) -> str:
        """The name under which a class body binds one of its functions."""
        return definition.name

    def holder_of_bases(self, view: FileView, index: int) -> int:
        """The definition that stands for a class without a name as the source of its bases."""
        return index

    def call_kind(self, value: Value) -> str:
        """The kind of edge that calling ``value`` makes: a conversion to a type is no call."""
        return "CALLS"

    def extra_calls(self, view: FileView, expr: int, base: Values) -> Values:
        """What a CALL_VALUE site calls (property reads, operators, `with`); ``base``: what stands before the dot."""
        return EMPTY

    def mentioned(self, view: FileView, expr: int) -> list[int] | None:
        """The definitions that a text means by a name or path; None where names mean what they do in code."""
        return None

    def read_by_call(self, base: Values, name: str) -> Values:
        """Functions that reading ``name`` of ``base`` runs before it is called: ``x.handler()``, handler a property."""
        return EMPTY

    def is_everyday(self, name: str) -> bool:
        """Whether references to an outside name are too common to be worth an edge (``int``, ``None``)."""
        return False

    def declared_bases(self, view: FileView, index: int) -> list[tuple[Value, str, int]]:
        """The bases that one class body names, with the line of each."""
        definition, found = view.definitions[index], []
        for expr, kind in definition.bases:
            for value in sorted(self.ev.ev(view, expr), key=repr):
                if value[0] in (v.CLS, v.EXT):
                    found.append((value, kind, definition.name_line))
        return found

    def implemented(self, view: FileView, index: int) -> list[int]:
        """Interfaces a class fulfils without naming them."""
        return []

    def may_have_more(self, value: Value) -> bool:
        """Whether a value may have members its type does not show: what descendants or siblings of a mixin define."""
        return False

    def overridden(self, view: FileView, index: int, found: list[int]) -> list[int]:
        """Of the same-named methods of an ancestor, those the method ``index`` overrides."""
        return found[:1]

    def candidates(self, view: FileView, name: str, arity: int, is_member: bool) -> list[int]:
        """Refs of same-named functions of the project that a call on an unknown receiver may mean, if few."""
        return candidates.of_name(self, view, name, arity) if is_member and name not in self.common_names else []

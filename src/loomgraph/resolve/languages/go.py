"""Go: packages instead of files, methods apart from their types, embedding, interfaces by method sets.

The rules that evaluation asks for. Pointers are transparent (the facts have none), everything is statically typed:
a declared type is always preferred to what is assigned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loomgraph.facts import Binding, BindingFlag, DefFlag, DefKind, Import, Op, Param, ParamKind
from loomgraph.resolve.engine import Key
from loomgraph.resolve.languages.go_files import built_by_default, selected_members, type_parameters
from loomgraph.resolve.languages.go_interfaces import Interfaces
from loomgraph.resolve.languages.go_outside import CONTAINERS, SLICE, Outside, builtin_name
from loomgraph.resolve.languages.go_packages import Package, Packages
from loomgraph.resolve.project import FileView
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
    PKG,
    SHIFT,
    SIG,
    STRING,
    VAR,
    Value,
    Values,
    join,
    one,
    outside_member,
)  # fmt: skip

if TYPE_CHECKING:
    from loomgraph.resolve.evaluate import Evaluator

_DECLARES = int(BindingFlag.DECLARES)
_DEFINES = int(BindingFlag.DEFINES)
_IMPORTED = int(BindingFlag.IMPORTED)
_EXTENSION = int(DefFlag.EXTENSION)
_MAX_DEPTH = 8


class GoSemantics(Semantics):
    """Rules of Go."""

    candidate_limit = 1

    def __init__(self, evaluator: Evaluator) -> None:
        super().__init__(evaluator)
        self.packages = Packages(self.project, self.engine)
        self.outside = Outside()
        self.interfaces = Interfaces(self)

    # -- names ----------------------------------------------------------------------------------------------

    def name(self, view: FileView, name: str, scope: int, position: int) -> Values:
        return one((EXT, name)) if name in CONTAINERS else super().name(view, name, scope, position)

    def find(self, view: FileView, name: str, scope: int, position: int) -> tuple[int, list[Binding]]:
        """Everything inside functions is declared before use in a block; the file's own package names come last."""
        at = scope
        definitions = view.definitions
        while at > 0:
            rows = view.scope(at).get(name)
            if rows:
                members = definitions[at].kind == DefKind.CLASS  # of a class, only type parameters are names
                for row in reversed(rows):
                    if row[3] <= position < row[4] and (not members or row[5] & _DECLARES):
                        return at, [row]
            at = definitions[at].parent
        rows = view.scope(0).get(name)
        if rows:
            own = [row for row in rows if not row[5] & _IMPORTED]
            found = own or [row for row in rows if self._import_is_called(view, row, name)]
            if found:
                return 0, found
        return -1, []

    def _import_is_called(self, view: FileView, row: Binding, name: str) -> bool:
        """Whether an import without explicit name binds ``name``: a package need not be called as its folder."""
        imported = view.imports[view.code[row[2] + 1]]
        if imported.kind != "import":
            return True
        package = self.packages.imported(imported.module, view.path)
        return package is None or package.name == name

    def global_rows(self, view: FileView, name: str) -> Rows:
        """The other files of the package, then dot imports."""
        tests = view.path.endswith("_test.go")
        rows = self._package_rows(Package(*_home(view)), name, tests=tests)
        rows = [pair for pair in rows if pair[0] is not view]
        if rows:
            return rows
        for imported in view.imports:
            if imported.kind == "dot" and name[:1].isupper():
                package = self.packages.imported(imported.module, view.path)
                if package is not None:
                    rows += self._package_rows(package, name, tests=False)
        return rows

    def _package_rows(self, package: Package, name: str, *, tests: bool) -> Rows:
        """What a package calls ``name``, by the files that define such a name."""
        key = ("go name", package.folder, package.name, name, tests)
        found: Sequence[tuple[int, int]] = self.engine.ask(self._find_in_package, key, ())
        rows: Rows = []
        for number, position in found:
            view = self.project.view(number)
            rows += [(view, row) for row in view.scope(0).get(name, ()) if row[3] == position]
        return rows

    def _find_in_package(self, key: Key) -> tuple[tuple[int, int], ...]:
        _, folder, package, name, tests = key
        members = frozenset(self.packages.files(Package(folder, package), tests=tests))
        self.engine.reads |= self.engine.token(f"defs:{name}")
        found: list[tuple[int, int]] = []
        for path in sorted(members.intersection(self.project.source.files_defining(name))):
            view = self.project.view(self.project.numbers[path])
            self.engine.reads |= view.bit
            found += [(view.number, row[3]) for row in view.scope(0).get(name, ()) if not row[5] & _IMPORTED]
        if len(found) > 1:  # build constraints choose: what a plain build leaves out comes last
            found = [pair for pair in found if built_by_default(self.project.view(pair[0]))] or found
        return tuple(found)

    def global_name(self, view: FileView, name: str) -> Values:
        rows = self.global_rows(view, name)
        if rows:
            return join([self.ev.binding(v, r) for v, r in rows])
        return self.builtin(view, name) or self._misnamed_import(view, name)

    def _misnamed_import(self, view: FileView, name: str) -> Values:
        """An import without explicit name whose package is not called as its path suggests, or a dot import."""
        outside = EMPTY
        for imported in view.imports:
            if imported.kind not in ("import", "dot"):
                continue
            package = self.packages.imported(imported.module, view.path)
            if imported.kind == "dot":
                if package is None and name[:1].isupper() and not outside:
                    outside = one((EXT, f"{imported.module}.{name}"))
            elif package is not None:
                if package.name == name:
                    return one((PKG, _spell(package)))
            elif imported.alias != name and name in imported.module.replace("-", "/").replace(".", "/").split("/"):
                outside = one((EXT, imported.module))
        return outside

    def builtin(self, view: FileView, name: str) -> Values:
        full = builtin_name(name)
        return one((EXT, full)) if full else EMPTY

    # -- packages -------------------------------------------------------------------------------------------

    def import_target(self, view: FileView, imported: Import) -> Values:
        package = self.packages.imported(imported.module, view.path)
        return one((EXT, imported.module)) if package is None else one((PKG, _spell(package)))

    def import_values(self, view: FileView, imported: Import) -> Values:
        return self.import_target(view, imported)

    def import_rows(self, view: FileView, imported: Import) -> Rows:
        return []

    def imported_files(self, view: FileView, imported: Import) -> list[int]:
        """Of a package, the files that define what this file uses of it; all with ``init`` when it is only run."""
        package = self.packages.imported(imported.module, view.path)
        if package is None:
            return []
        paths = self.packages.files(package, tests=False)
        if imported.kind in ("import", "alias"):
            names = selected_members(
                view, {imported.alias, package.name} if imported.kind == "import" else {imported.alias}
            )
            used = {v.path for name in sorted(names) for v, _ in self._package_rows(package, name, tests=False)}
            paths = sorted(used) or paths[:1]
        elif imported.kind == "blank":
            views = [self.project.view(self.project.numbers[path]) for path in paths]
            for other in views:
                self.engine.reads |= other.bit
            paths = [v.path for v in views if any(d.name == "init" for d in v.definitions)] or paths[:1]
        return [self.project.numbers[path] for path in paths]

    def package_rows(self, view: FileView, package: str, name: str) -> Rows:
        """The bindings that ``package.name`` reaches; a package's own external tests also see its test files."""
        target = _read(package)
        own_tests = view.path.endswith("_test.go") and view.path.rpartition("/")[0] == target.folder
        return self._package_rows(target, name, tests=own_tests)

    def package_member(self, view: FileView, package: str, name: str) -> Values:
        return join([self.ev.binding(v, r) for v, r in self.package_rows(view, package, name)])

    # -- types and their members ----------------------------------------------------------------------------

    def canonical(self, view: FileView, index: int) -> int:
        """A type is known by its first definition: methods in other files extend it, build constraints repeat it."""
        definition = view.definitions[index]
        ref = view.number << SHIFT | index
        if definition.parent != 0 or definition.kind != DefKind.CLASS or not definition.name:
            return ref
        parts: Sequence[tuple[int, int]] = self.engine.ask(self._parts, ("go parts", *_home(view), definition.name), ())
        return parts[0][0] << SHIFT | parts[0][1] if parts else ref

    def class_parts(self, view: FileView, index: int) -> Sequence[tuple[FileView, int]]:
        """The type itself, its variants for other builds, and what holds its methods in other files."""
        definition = view.definitions[index]
        if definition.parent != 0 or not definition.name:
            return ((view, index),)
        key = ("go parts", *_home(view), definition.name)
        found: Sequence[tuple[int, int]] = self.engine.ask(self._parts, key, ())
        return [(self.project.view(number), at) for number, at in found] or ((view, index),)

    def _parts(self, key: Key) -> tuple[tuple[int, int], ...]:
        """Every body of the type ``name`` of a package, those that declare it first."""
        _, folder, package, name = key
        members = frozenset(self.packages.files(Package(folder, package), tests=True))
        self.engine.reads |= self.engine.token(f"defs:{name}")
        found: list[tuple[bool, bool, int, int]] = []
        for path in sorted(members.intersection(self.project.source.files_defining(name))):
            view = self.project.view(self.project.numbers[path])
            self.engine.reads |= view.bit
            left_out = not built_by_default(view)
            for at, definition in enumerate(view.definitions):
                if definition.name == name and definition.parent == 0 and definition.kind == DefKind.CLASS:
                    found.append((bool(definition.flags & _EXTENSION), left_out, view.number, at))
        found.sort()
        if found and not found[0][1]:
            found = [row for row in found if not row[1]]
        return tuple((number, at) for _, _, number, at in found)

    def member_rows(self, view: FileView, rows: list[Binding]) -> list[Binding]:
        return [row for row in rows if not row[5] & _DECLARES]  # type parameters are no members

    def bases(self, view: FileView, index: int) -> list[tuple[Value, str]]:
        """Embedded types, aliases looked through."""
        return [(value, kind) for value, kind, _ in self.declared_bases(view, index)]

    def declared_bases(self, view: FileView, index: int) -> list[tuple[Value, str, int]]:
        self.engine.reads |= view.bit
        definition = view.definitions[index]
        found: list[tuple[Value, str, int]] = []
        for expr, kind in definition.bases:
            for value in sorted(self.ev.types.instances(view, expr), key=repr):
                if value[0] == INST:
                    found.append(((CLS, value[1], value[2]), kind, definition.name_line))
                elif value[0] == EXTI:
                    found.append(((EXT, value[1]), kind, definition.name_line))
        return found

    def linearise(self, ref: int, bases: tuple[tuple[Value, str], ...]) -> tuple[int | str, ...]:
        """Promotion by depth: what is embedded nearer the surface is found first."""
        order: dict[int | str, None] = {ref: None}
        level = [value for value, _ in bases]
        for _ in range(_MAX_DEPTH):
            below: list[Value] = []
            for value in level:
                if value[1] not in order:
                    order[value[1]] = None
                    if value[0] == CLS:
                        below += [base for base, _ in self.ev.classes.bases(value[1])]
            level = below
        return tuple(order)

    def constructor_names(self, view: FileView, index: int) -> Sequence[str]:
        return ()

    def missing_member(self, view: FileView, value: Value, name: str) -> Values:
        """Fields of the underlying struct, then what outside types embedded in this one have."""
        for under in self.underlying(value):
            if under[0] == INST and under[1] != value[1]:
                found = self._field(under, name)
                if found:
                    return found
            elif under[0] == EXTI and under[1][:1].isalpha():
                return self.outside.field(under[1], name) or one((EXT, outside_member(under[1], name)))
        outside = [c for c in self.ev.classes.mro(value[1]) if isinstance(c, str)]
        if not outside:
            return EMPTY
        best = next((kind for kind in outside if self.outside.knows(kind, name)), outside[0])
        return self.external_member(view, (EXTI, best, ()), name)

    def _field(self, value: Value, name: str) -> Values:
        """A field of a struct, without its methods: what a type defined by another type inherits."""
        found = []
        for entry in self.ev.classes.entries(value[1], name):
            row = self.ev.classes.row(entry)
            if row is not None and not row[5] & _DEFINES:
                found.append(self.ev.classes.bound(self.ev.classes.entry_value(entry), value, entry))
        return join(found)

    def missing_class_member(self, view: FileView, value: Value, name: str) -> Values:
        outside = self.ev.classes.external_base(value[1])
        return one((EXT, outside_member(outside, name))) if outside else EMPTY

    def underlying(self, value: Value) -> Values:
        """The values that a value of a named type is made of: ``type Items []Item``."""
        args = value[2] if value[0] == INST else ()
        return self.engine.ask(self._underlying, ("go under", value[1], args))  # type: ignore[no-any-return]

    def _underlying(self, key: Key) -> Values:
        view = self.project.view_of(key[1])
        self.engine.reads |= view.bit
        definition = view.definitions[key[1] & MASK]
        if definition.result < 0:
            return EMPTY
        values = self.ev.types.instances(view, definition.result)
        if key[2] and definition.type_params:
            env = {view.number << SHIFT | p: a for p, a in zip(definition.type_params, key[2], strict=False)}
            values = self.ev.types.substitute(values, env, None)
        parts = []
        for value in values:  # a type defined by a named type is made of what that one is made of
            deeper = self.underlying(value) if value[0] == INST else EMPTY
            parts.append(deeper or one(value))
        return join(parts)

    def receiver(self, view: FileView, function: int) -> Values:
        """The receiver is of its type, type parameters open; no method is chosen at run time but an interface's."""
        owner = view.definitions[function].parent
        if owner < 0 or view.definitions[owner].kind != DefKind.CLASS:
            return EMPTY
        ref = self.canonical(view, owner)
        holder = self.project.view_of(ref)
        self.engine.reads |= holder.bit
        args = tuple(one((VAR, holder.number << SHIFT | p)) for p in holder.definitions[ref & MASK].type_params)
        return one((INST, ref, args))

    def type_definition(self, view: FileView, index: int) -> Values:
        """A type parameter of a receiver is the one of its type in the same place."""
        definition = view.definitions[index]
        if definition.symbol_kind != "typeParameter":
            return one((ALIAS, view.number << SHIFT | index, ()))
        method = view.definitions[definition.parent]
        if method.kind == DefKind.FUNCTION and method.params and method.params[0].kind == ParamKind.RECEIVER:
            ref = self.canonical(view, method.parent)
            holder = self.project.view_of(ref)
            self.engine.reads |= holder.bit
            params = holder.definitions[ref & MASK].type_params
            at = method.type_params.index(index) if index in method.type_params else len(params)
            if at < len(params):
                return one((VAR, holder.number << SHIFT | params[at]))
        return one((VAR, view.number << SHIFT | index))

    # -- functions and calls --------------------------------------------------------------------------------

    def collected(self, param: Param, values: Values) -> Values:
        return one((EXTI, SLICE, (values,))) if param.kind == ParamKind.STAR else values

    def flows(self, view: FileView, function: int, param: int) -> bool:
        return False  # every parameter has a declared type

    def special_call(self, view: FileView, expr: int) -> Values | None:
        """Composite literals, and calls of generic functions with explicit type arguments."""
        code = view.code
        if code[expr] == Op.NEW:
            return self.ev.types.instances(view, code[expr + 1])
        callee = code[expr + 1]
        if code[callee] == Op.INDEX:
            return self._instantiated(view, expr, callee)
        if code[callee] == Op.NAME and view.names[code[callee + 1]] in type_parameters(view):
            values = frozenset(v for v in self.ev.ev(view, callee) if v[0] == VAR)
            return values or None  # a conversion to a type parameter
        return None

    def _instantiated(self, view: FileView, expr: int, callee: int) -> Values | None:
        code = view.code
        given = [code[callee + 3 + k] for k in range(code[callee + 2])]
        parts: list[Values] = []
        for value in self.ev.ev(view, code[callee + 1]):
            if value[0] != FUNC:
                return None
            holder = self.project.view_of(value[1])
            params = holder.definitions[value[1] & MASK].type_params
            env = {
                holder.number << SHIFT | p: self.ev.types.instances(view, k)
                for p, k in zip(params, given, strict=False)
            }  # fmt: skip
            result = (
                self.ev.calls.apply(view, expr, value) if len(params) > len(given) else self.ev.calls.returned(value)
            )
            parts.append(self.ev.types.substitute(result, env, None))
        return join(parts) if parts else None

    def subscript_function(self, view: FileView, value: Value, keys: list[int]) -> Values:
        """``F[T]`` is the function F."""
        return one(value)

    def called_instance(self, view: FileView, value: Value) -> Values:
        """A value of a named function type."""
        return frozenset(v for v in self.underlying(value) if v[0] == SIG)

    def construct(self, view: FileView, expr: int, value: Value) -> Values:
        """A conversion."""
        return one((INST, value[1], value[2]))

    # -- containers -----------------------------------------------------------------------------------------

    def literal_type(self, name: str) -> str:
        return {"str": "builtin.string", "tuple": SLICE}.get(name) or builtin_name(name) or name

    def value_type(self, view: FileView, value: Value) -> str:
        if value[0] in (EXTI, STRING):
            return str(value[1]) if value[0] == EXTI else "builtin.string"
        return ""

    def element_of(self, view: FileView, value: Value) -> Values:
        return self.outside.element(value)

    def key_of(self, view: FileView, value: Value) -> Values:
        if value[0] == EXT:
            return one(value)
        if value[0] == INST:
            return join([self.key_of(view, v) for v in self.underlying(value)])
        if value[0] == SIG:  # range over a function: what it yields
            return join([v[2][0] for p in value[2][:1] for v in p if v[0] == SIG and v[2]])
        return self.outside.key(value)

    def item_of(self, view: FileView, value: Value, keys: list[int]) -> Values:
        return self.outside.item(value)

    def iterate_instance(self, view: FileView, value: Value) -> Values:
        return join([self.ev.types.element(view, v) for v in self.underlying(value)]) if value[0] == INST else EMPTY

    def subscript_instance(self, view: FileView, value: Value, keys: list[int]) -> Values:
        return join([self.ev.types.subscript(view, v, keys) for v in self.underlying(value)])

    def type_of(self, view: FileView, expr: int) -> Values:
        """The type of an elided composite literal, as a type."""
        found: list[Value] = []
        for value in self.ev.ev(view, expr):
            found.append((CLS, value[1], value[2]) if value[0] == INST else value)
        return frozenset(found)

    # -- outside --------------------------------------------------------------------------------------------

    def external_instance(self, view: FileView, name: str) -> Values:
        return one((EXTI, name, ()))

    def external_member(self, view: FileView, value: Value, name: str) -> Values:
        """A field of a known type, or a method (or unknown field) by its name."""
        kind = self.value_type(view, value)
        if not kind or kind in CONTAINERS:
            return EMPTY
        return self.outside.field(kind, name) or one((EXT, outside_member(kind, name)))

    def external_element(self, view: FileView, value: Value) -> Values:
        return one(value)  # what comes from outside stays outside

    def external_attribute(self, view: FileView, name: str, attribute: str) -> Values:
        return one((EXT, outside_member(name, attribute)))

    def external_call(self, view: FileView, name: str, expr: int) -> Values:
        """Results of predeclared functions and of the standard library; a conversion to an outside type."""
        args, _ = self.ev.calls.arguments(view, expr)
        if name in ("builtin.new", "builtin.make"):
            return self.ev.types.instances(view, args[0]) if args else EMPTY
        values = [self.ev.cached(view, arg) for arg in args]
        return self.outside.call(name, values, lambda v: self.ev.calls.returned(v), lambda v: self._element(view, v))

    def _element(self, view: FileView, value: Value) -> Values:
        return self.ev.types.element(view, value)

    # -- edges ----------------------------------------------------------------------------------------------

    def call_kind(self, value: Value) -> str:
        """``T(x)`` converts."""
        converts = value[0] in (CLS, ALIAS, VAR) or value[0] == EXT and self.outside.is_type(value[1])
        return "REFERENCES" if converts else "CALLS"

    def is_everyday(self, name: str) -> bool:
        return name.startswith("builtin.")

    def implemented(self, view: FileView, index: int) -> list[int]:
        return self.interfaces.implemented(self.canonical(view, index))


def _home(view: FileView) -> tuple[str, str]:
    """Folder and name of the package a file belongs to."""
    return view.path.rpartition("/")[0], view.facts.package


def _spell(package: Package) -> str:
    return f"{package.folder}\0{package.name}"


def _read(package: str) -> Package:
    return Package(*package.split("\0"))

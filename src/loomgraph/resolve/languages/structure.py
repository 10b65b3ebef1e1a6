"""The rules of languages read by structure alone: Rust, C, C++, C#, PHP, Ruby, Kotlin, Swift, Scala, Lua, Bash, others.

What differs between them is data (``structure.toml``); what they share is here: a name means what the scopes around
it, the class around it, the imports of its file, its package and at last the whole project say, in this order. It
must not know how any of them is parsed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from loomgraph.facts import Binding, BindingFlag, DefFlag, Definition, DefKind, Import, ParamKind
from loomgraph.resolve.engine import Key
from loomgraph.resolve.evaluate import Evaluator
from loomgraph.resolve.languages.structure_files import ProjectFiles
from loomgraph.resolve.languages.structure_modules import ROOTS, ModuleTree
from loomgraph.resolve.languages.structure_scopes import SPACES, Visibility
from loomgraph.resolve.languages.structure_types import TypeParts, dotted
from loomgraph.resolve.project import FileView
from loomgraph.resolve.scopes import reaching
from loomgraph.resolve.semantics import Rows, Semantics
from loomgraph.resolve.symbols import accepts
from loomgraph.resolve.values import (
    CLS,
    EMPTY,
    EXT,
    FUNC,
    INST,
    MASK,
    MOD,
    PKG,
    SELF,
    SHIFT,
    Value,
    Values,
    join,
    one,
    outside_member,
)

_CLASS, _FUNCTION = int(DefKind.CLASS), int(DefKind.FUNCTION)
_EXTENSION, _HIDDEN, _PRIVATE = int(DefFlag.EXTENSION), int(DefFlag.HIDDEN), int(DefFlag.PRIVATE)
_OVERLOAD, _IMPORTED = int(DefFlag.OVERLOAD), int(BindingFlag.IMPORTED)
_READ = ("field", "property")
_FAR = 1 << 60
_MAX_PARTS = 60  # files among which the parts of a class are looked for
_MAX_SHARED = 3  # definitions of one name in the project beyond which it says nothing


class Rules(msgspec.Struct, frozen=True):
    """One table of ``structure.toml``."""

    family: str
    imports: str = "none"
    extensions: tuple[str, ...] = ()
    separators: tuple[str, ...] = (".",)
    members: bool = False
    open: bool = False
    shared: str = ""
    constructors: tuple[str, ...] = ()
    capitals: bool = False
    outside: frozenset[str] = frozenset()
    commands: bool = False
    single: bool = False
    bare: bool = False


def load_rules() -> tuple[dict[str, Rules], frozenset[str]]:
    """The rules of each language, and the names too common to guess by."""
    with Path(__file__).with_name("structure.toml").open("rb") as file:
        plain = tomllib.load(file)
    common = frozenset(plain.pop("common")["names"])
    return msgspec.convert(plain, dict[str, Rules]), common


class StructureSemantics(Semantics):
    """Every language that is a folder of data."""

    candidate_limit = 3

    def __init__(self, evaluator: Evaluator) -> None:
        super().__init__(evaluator)
        loaded = self.project.shared.get("structure rules")
        if loaded is None:
            loaded = self.project.shared["structure rules"] = load_rules()
        self.rules: dict[str, Rules] = loaded[0]
        self.common_names = loaded[1]
        self.files = ProjectFiles(self.project)
        self.modules = ModuleTree(self, self.files)
        self.types = TypeParts(self)
        self.visible = Visibility(self)

    def rules_of(self, view: FileView) -> Rules:
        return self.rules[view.info.language]

    def family(self, path: str) -> str:
        """The family of the file at ``path``, "" for one of another kind of language."""
        rules = self.rules.get(self.project.files[path].language)
        return rules.family if rules is not None else ""

    # -- names --------------------------------------------------------------------------------------------------

    def find(self, view: FileView, name: str, scope: int, position: int) -> tuple[int, list[Binding]]:
        at, deferred = scope, False
        members = self.rules_of(view).members
        while at >= 0:
            kind = view.kinds[at]
            if kind != _CLASS or members or at == scope or view.definitions[at].symbol_kind in SPACES:
                rows = view.scope(at).get(name)
                if rows:
                    found = reaching(rows, position, deferred or kind == _CLASS)
                    if found:
                        return at, found
            if kind == _FUNCTION:
                deferred = True
            at = view.parents[at]
        return -1, []

    def name(self, view: FileView, name: str, scope: int, position: int) -> Values:
        _, rows = self.find(view, name, scope, position)
        if rows:
            return join([self.ev.binding(view, row) for row in rows])
        rules = self.rules_of(view)
        if rules.imports == "modules" and name in ("super", "self"):
            return self.modules.relative(view, name, scope)
        at = scope
        while at > 0:
            if view.definitions[at].symbol_kind in SPACES:
                found = self.visible.space_rows(view, dotted(view, at), name)
                if found:
                    return join([self.ev.binding(holder, row) for holder, row in found])
            if view.kinds[at] == _CLASS and rules.members:
                ref = self.canonical(view, at)
                if self.ev.classes.entries(ref, name):
                    return self.ev.classes.member((SELF, ref), name, view)
            at = view.parents[at]
        return self.global_name(view, name)

    def missing_class_member(self, view: FileView, value: Value, name: str) -> Values:
        definition = view.definitions[value[1] & MASK]
        if definition.symbol_kind in SPACES:
            rows = self.visible.space_rows(view, dotted(view, value[1] & MASK), name)
            if rows:
                return join([self.ev.binding(holder, row) for holder, row in rows])
        return super().missing_class_member(view, value, name)

    def missing_member(self, view: FileView, value: Value, name: str) -> Values:
        definition = view.definitions[value[1] & MASK]
        if definition.flags & _EXTENSION:  # a type from outside that the project extends
            return one((EXT, outside_member(definition.name, name)))
        return super().missing_member(view, value, name)

    def global_rows(self, view: FileView, name: str) -> Rows:
        """What imports of everything, the package and the project make visible, the nearest first."""
        if self.rules_of(view).imports != "modules" and not self.defined(name):
            return []
        return list(self.engine.ask(self._global, ("sg", view.number, name), ()))

    def _global(self, key: Key) -> Rows:
        view, name = self.project.view(key[1]), key[2]
        self.engine.reads |= view.bit
        rules = self.rules_of(view)
        for at, imported in enumerate(view.imports):
            if imported.name == "*" and (rules.imports in ("package", "modules") or imported.kind == "namespace"):
                rows = self.engine.ask(self._wildcard, ("sw", view.number, at, name), ())
                if rows:
                    return list(rows)
        if rules.imports == "include":
            rows = self.visible.included_rows(view, name)
            if rows:
                return rows
        elif rules.imports == "file":
            for number in self.visible.required(view):
                holder = self.project.view(number)
                rows = self.own_rows(holder, name)
                if rows:
                    return rows
        if rules.shared == "package":
            package = view.info.package
            while True:
                rows = self.package_rows(view, package, name)
                if rows:
                    return rows
                if not package:
                    break
                package = package.rpartition(".")[0]
        return self.project_rows(view, name) if rules.shared in ("project", "types") else []

    def _wildcard(self, key: Key) -> tuple[tuple[FileView, Binding], ...]:
        view = self.project.view(key[1])
        self.engine.reads |= view.bit
        rows: Rows = []
        for value in self.import_target(view, view.imports[key[2]]):
            if value[0] == PKG:
                rows += self.package_rows(view, value[1], key[3])
            elif value[0] == MOD:
                rows += self.own_rows(self.project.view(value[1]), key[3])
            elif value[0] == CLS:
                for entry in self.ev.classes.entries(value[1], key[3]):
                    row = self.ev.classes.row(entry)
                    if row is not None:
                        rows.append((self.project.view(entry[1]), row))
                holder, at = self.project.view_of(value[1]), value[1] & MASK
                if not rows and holder.definitions[at].symbol_kind in SPACES:
                    rows += self.visible.space_rows(view, dotted(holder, at), key[3])
        return tuple(rows)

    def own_rows(self, view: FileView, name: str) -> Rows:
        """What ``name`` means at the top of a file."""
        self.engine.reads |= view.bit
        rows = view.scope(0).get(name)
        return [(view, row) for row in reaching(rows, _FAR, True)] if rows else []

    def module_rows(self, view: FileView, name: str) -> Rows:
        rows = self.own_rows(view, name)
        if rows or self.rules_of(view).imports != "file":
            return rows
        for at, definition in enumerate(view.definitions):  # a file that returns a table: what the table holds
            if definition.parent == 0 and definition.kind == _CLASS and definition.symbol_kind == "object":
                inner = view.scope(at).get(name)
                if inner:
                    return [(view, row) for row in reaching(inner, _FAR, True)]
        return []

    def project_rows(self, view: FileView, name: str) -> Rows:
        """The definitions of ``name`` at the top of any file of the family, if they are few."""
        rows: Rows = []
        family, types_only = self.rules_of(view).family, self.rules_of(view).shared == "types"
        for holder in self.defining(name):
            if self.family(holder.path) != family:
                continue
            for row in view.scope(0).get(name, ()) if holder is view else holder.scope(0).get(name, ()):
                if row.flags & _IMPORTED or row.value < 0:
                    continue
                if types_only and holder is not view and not name[:1].isupper():
                    continue
                if holder is not view and self._is_private(holder, name):
                    continue
                self.engine.reads |= holder.bit
                rows.append((holder, row))
        if self.rules_of(view).open:
            rows = self._distinct(rows) if rows else self._any_module(view, name)
        return rows if len(rows) <= _MAX_SHARED else []

    def _distinct(self, rows: Rows) -> Rows:
        """``rows`` with one place of each class that is opened in many."""
        found: dict[object, tuple[FileView, Binding]] = {}
        for holder, row in rows:
            code = holder.code
            is_class = row.flags & BindingFlag.DEFINES and holder.kinds[code[row.value + 1]] == _CLASS
            found.setdefault(self.canonical(holder, code[row.value + 1]) if is_class else (holder, row), (holder, row))
        return list(found.values())

    def _any_module(self, view: FileView, name: str) -> Rows:
        """One place of a module that is opened in so many files that its parts are not put together."""
        family = self.rules_of(view).family
        for path in sorted(self.project.source.files_defining(name)):
            holder = self.project.view(self.project.numbers[path]) if path in self.project.numbers else None
            if holder is None or self.family(path) != family:
                continue
            for row in holder.scope(0).get(name, ()):
                at = holder.code[row.value + 1] if row.flags & BindingFlag.DEFINES else 0
                if at and holder.definitions[at].symbol_kind in SPACES:
                    self.engine.reads |= holder.bit
                    return [(holder, row)]
        return []

    def _is_private(self, holder: FileView, name: str) -> bool:
        return all(holder.definitions[at].flags & _PRIVATE for at in holder.named(name))

    def defined(self, name: str) -> bool:
        self.engine.reads |= self.engine.token(f"defs:{name}")
        return any(True for _ in self.project.source.files_defining(name))

    def defining(self, name: str) -> list[FileView]:
        self.engine.reads |= self.engine.token(f"defs:{name}")
        paths = [p for p in sorted(self.project.source.files_defining(name)) if p in self.project.numbers]
        return [self.project.view(self.project.numbers[p]) for p in paths] if len(paths) <= _MAX_PARTS else []

    def builtin(self, view: FileView, name: str) -> Values:
        rules = self.rules_of(view)
        if rules.commands or name in rules.outside:
            return one((EXT, name))
        if rules.imports == "modules" and name in ROOTS:
            return self.modules.root(view, name)
        if rules.imports == "package" and self.files.is_package(name):
            return one((PKG, name))
        extended = self.types.extended(view, name)
        if extended >= 0:
            return one((CLS, extended, ()))
        if rules.capitals and name[:1].isupper() and not self.defined(name):
            return one((EXT, name))
        return EMPTY

    def external_attribute(self, view: FileView, name: str, attribute: str) -> Values:
        extended = self.types.extended(view, name.rpartition(".")[2])
        if extended >= 0 and self.ev.classes.entries(extended, attribute):
            return self.ev.classes.member((CLS, extended, ()), attribute, view)
        return super().external_attribute(view, name, attribute)

    def external_member(self, view: FileView, value: Value, name: str) -> Values:
        if value[0] == FUNC and self.rules_of(view).bare:
            return join([self.ev.classes.member(v, name, view) for v in self.ev.calls.returned(value)])
        extended = self.types.extended(view, self.value_type(view, value).rpartition(".")[2])
        if extended >= 0 and self.ev.classes.entries(extended, name):
            return self.ev.classes.member((INST, extended, ()), name, view)
        return super().external_member(view, value, name)

    def may_have_more(self, value: Value) -> bool:
        if value[0] == FUNC and self.rules_of(self.project.view_of(value[1])).bare:
            return not self.ev.calls.returned(value)
        return super().may_have_more(value)

    # -- imports ------------------------------------------------------------------------------------------------

    def import_target(self, view: FileView, imported: Import) -> Values:
        rules = self.rules_of(view)
        style = "file" if imported.kind == "require" and rules.imports == "package" else rules.imports
        if style == "include":
            return self._include(view, imported)
        if style == "file":
            return self._file(view, imported, rules)
        parts = self.parts(imported.module, rules)
        if style == "package":
            return self._package(view, parts)
        if style == "modules":
            return self.modules.target(view, imported, parts)
        return one((EXT, imported.module)) if imported.module else EMPTY

    def parts(self, module: str, rules: Rules) -> list[str]:
        for separator in rules.separators:
            module = module.replace(separator, ".")
        return [part for part in module.split(".") if part]

    def _include(self, view: FileView, imported: Import) -> Values:
        if imported.kind in ("using", "namespace"):
            return join([self._member_path(view, imported.module.split("::"))])
        number = self.files.beside(view.path, imported.module)
        if number < 0 and (imported.kind != "system" or "/" in imported.module):
            number = self.files.by_suffix(view.path, imported.module)
        return one((MOD, number)) if number >= 0 else one((EXT, imported.module))

    def _file(self, view: FileView, imported: Import, rules: Rules) -> Values:
        module = imported.module
        if "." in rules.separators and "/" not in module:
            module = module.replace(".", "/")
        number = self.files.named(view.path, module, rules.extensions)
        return one((MOD, number)) if number >= 0 else one((EXT, imported.module))

    def _package(self, view: FileView, parts: list[str]) -> Values:
        """A package, or a class of one (whose members an import may name)."""
        name = ".".join(parts)
        if self.files.is_package(name):
            paths = self.files.package(name) if self.rules_of(view).single else ()
            return one((MOD, self.project.numbers[paths[0]])) if len(paths) == 1 else one((PKG, name))
        if len(parts) > 1:
            outer = self._package(view, parts[:-1])
            inner = [self.ev.classes.member(v, parts[-1], view) for v in outer if v[0] in (PKG, CLS)]
            found = frozenset(v for values in inner for v in values if v[0] == CLS)
            if found:
                return found
        return one((EXT, name)) if name else EMPTY

    def _member_path(self, view: FileView, parts: Sequence[str]) -> Values:
        values = self.name(view, parts[0], 0, _FAR)
        for part in parts[1:]:
            values = join([self.ev.classes.member(v, part, view) for v in values])
        return values

    def package_rows(self, view: FileView, package: str, name: str) -> Rows:
        rows: Rows = []
        family = self.rules_of(view).family
        members = self.files.package(package) if package else ()
        if not members or not self.defined(name):
            return []
        inside = frozenset(members)
        for holder in self.defining(name):
            if holder.path in inside and self.family(holder.path) == family:
                rows += [(h, r) for h, r in self.own_rows(holder, name) if not r.flags & _IMPORTED]
        return rows

    def package_member(self, view: FileView, package: str, name: str) -> Values:
        rows = self.package_rows(view, package, name)
        if rows:
            return join([self.ev.binding(holder, row) for holder, row in rows])
        below = f"{package}.{name}"
        return one((PKG, below)) if self.files.is_package(below) else EMPTY

    def import_values(self, view: FileView, imported: Import) -> Values:
        if imported.kind == "use" and imported.name not in ("", "*") and self.rules_of(view).imports == "modules":
            parts = [*self.parts(imported.module, self.rules_of(view)), imported.name]
            return self.modules.path(view, imported, parts) or self.modules.outside(view, imported, parts)
        return super().import_values(view, imported)

    def import_rows(self, view: FileView, imported: Import) -> Rows:
        if imported.kind == "use" and self.rules_of(view).imports == "modules":
            found = self.modules.path(view, imported, self.parts(imported.module, self.rules_of(view)))
            return [row for v in found if v[0] == MOD for row in self.own_rows(self.project.view(v[1]), imported.name)]
        return super().import_rows(view, imported)

    # -- classes ------------------------------------------------------------------------------------------------

    def canonical(self, view: FileView, index: int) -> int:
        return self.types.canonical(view, index)

    def class_parts(self, view: FileView, index: int) -> Sequence[tuple[FileView, int]]:
        return self.types.parts(view, index)

    def constructor_names(self, view: FileView, index: int) -> Sequence[str]:
        name = view.definitions[index].name
        return tuple(name if c == "@" else c for c in self.rules_of(view).constructors)

    def super(self, view: FileView, scope: int) -> Values:
        found = super().super(view, scope)
        return found or self.builtin(view, "super")

    # -- calls --------------------------------------------------------------------------------------------------

    def choose(self, view: FileView, expr: int, values: Values) -> Values:
        """Of several functions of one name, those with a body whose parameters take the arguments."""
        constructed = [v for v in values if v[0] == CLS]
        functions = [v for v in values if v[0] == FUNC]
        for value in constructed:
            functions += self._constructors(value)
        if len(functions) < 2:
            return values
        args, _ = self.ev.calls.arguments(view, expr)
        arity = -1 if any(view.code[a] == 20 for a in args) else len(args)
        fitting = [v for v in functions if fits(self._definition(v), arity)]
        fitting = fitting or [v for v in functions if accepts(self._definition(v), arity)] or functions
        bodies = [v for v in fitting if not self._definition(v).flags & _OVERLOAD] or fitting
        plain = [v for v in constructed if not any(b[2] is not None and b[2][1] == v[1] for b in bodies)]
        return frozenset([*bodies, *plain, *(v for v in values if v[0] not in (FUNC, CLS))])

    def _constructors(self, value: Value) -> list[Value]:
        """The constructors that creating an instance of a class may run."""
        found = []
        for entry in self.ev.classes.constructor(value[1]):
            if entry[0] == value[1]:
                found += [
                    (FUNC, inner[1], (INST, value[1], value[2]))
                    for inner in self.ev.classes.entry_value(entry)
                    if inner[0] == FUNC
                ]
        return found

    def inferred_result(self, view: FileView, function: int, values: Values) -> Values:
        definition = view.definitions[function]
        if definition.flags & DefFlag.CONSTRUCTOR and view.kinds[definition.parent] == _CLASS:
            return one((SELF, self.canonical(view, definition.parent)))
        return values

    def _definition(self, value: Value) -> Definition:
        found: Definition = self.project.view_of(value[1]).definitions[value[1] & MASK]
        return found

    def flows(self, view: FileView, function: int, param: int) -> bool:
        return False  # callbacks are matched by name and arity alone

    def candidates(self, view: FileView, name: str, arity: int, is_member: bool) -> list[int]:
        if is_member and name in self.common_names:
            return []
        family = self.rules_of(view).family
        found: list[tuple[FileView, int]] = []
        for holder in self.defining(name):
            if self.family(holder.path) != family or holder.info.test and not view.info.test:
                continue
            for at in holder.named(name):
                definition = holder.definitions[at]
                if definition.kind != _FUNCTION or definition.flags & _HIDDEN or not fits(definition, arity):
                    continue
                if definition.symbol_kind in _READ or not is_member and holder.info.test and holder is not view:
                    continue  # fields have common names; functions of a test are known in that test only
                around = holder.kinds[definition.parent]
                if (around == _CLASS) is not is_member or around == _FUNCTION and not self.rules_of(holder).commands:
                    continue  # what stands in a function is known in that function only
                if holder is view or not definition.flags & _PRIVATE:
                    found.append((holder, at))
        bodies = [ref for ref in found if not ref[0].definitions[ref[1]].flags & _OVERLOAD] or found
        if not is_member:
            bodies = [ref for ref in bodies if ref[0] is view] or bodies
        return [h.number << SHIFT | at for h, at in bodies] if len(bodies) <= self.candidate_limit else []


def fits(definition: Definition, arity: int) -> bool:
    """Whether ``arity`` arguments are neither too many nor too few."""
    least = sum(1 for p in definition.params if p.kind == ParamKind.POSITIONAL and p.default < 0)
    return accepts(definition, arity) and (arity < 0 or arity >= least)

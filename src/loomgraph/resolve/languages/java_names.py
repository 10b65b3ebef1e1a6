"""What a Java name means where it stands: locals, members of the classes around, imports, the package, the platform.

It finds definitions; what calling or reading them gives is not its business. Methods go by their name with ``()``
behind, which keeps them apart from fields and types; a name where only a type can stand has ``<>`` behind.
"""

from __future__ import annotations

from loomgraph.facts import Binding, BindingFlag, DefFlag, DefKind, Import
from loomgraph.resolve.classes import Entry
from loomgraph.resolve.engine import Key
from loomgraph.resolve.evaluate import Evaluator
from loomgraph.resolve.languages.java_api import OBJECT, JavaApi
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import CLS, EMPTY, EXT, MASK, PKG, SELF, SHIFT, Values, join, one

MARK = "()"
TYPE_MARK = "<>"
_LANG = "java.lang."
_IMPORTED, _DEFINES, _PRIVATE = int(BindingFlag.IMPORTED), int(BindingFlag.DEFINES), int(DefFlag.PRIVATE)


def plain(name: str) -> str:
    """The name as written."""
    return name.removesuffix(MARK).removesuffix(TYPE_MARK)


class JavaNames:
    """Names of one project's Java files."""

    def __init__(self, evaluator: Evaluator, api: JavaApi) -> None:
        self.ev, self.api = evaluator, api
        self.engine, self.project = evaluator.engine, evaluator.project

    # -- scopes -------------------------------------------------------------------------------------------------

    @staticmethod
    def local(view: FileView, scope: int, name: str, position: int) -> Binding | None:
        """The local variable, parameter or class of a function that a use at ``position`` sees."""
        best = None
        types = name.endswith(TYPE_MARK)
        for row in view.scope(scope).get(name[:-2] if types else name, ()):
            if row[3] <= position < row[4] and (not types or names_type(view, row)):
                best = row
        return best

    def meaning(self, view: FileView, name: str, scope: int, position: int) -> Values:
        definitions = view.definitions
        at = scope
        while at > 0:
            definition = definitions[at]
            if definition.kind == DefKind.CLASS:
                if self._settled(view, at):
                    return self.engine.ask(self._from_class, ("jn", view.number, at, name))  # type: ignore[no-any-return]
                found = self._member(view, at, name)
                if found:
                    return found
            else:
                row = self.local(view, at, name, position)
                if row is not None:
                    return self.ev.binding(view, row)
            at = definition.parent
        return self.module_level(view, name, scope)

    def _settled(self, view: FileView, index: int) -> bool:
        """Whether nothing but classes stands round a class, so that a name means the same anywhere in its body."""
        known = view.cache.get("settled")
        if known is None:
            definitions = view.definitions
            flags = [True] * len(definitions)
            for at, definition in enumerate(definitions):
                if at:
                    above = definitions[definition.parent].kind
                    flags[at] = flags[definition.parent] and (above in (DefKind.CLASS, DefKind.MODULE))
            known = view.cache["settled"] = flags
        return known[index]

    def _from_class(self, key: Key) -> Values:
        view = self.project.view(key[1])
        self.engine.reads |= view.bit
        at, name = key[2], key[3]
        while at > 0:
            if view.definitions[at].kind == DefKind.CLASS:
                found = self._member(view, at, name)
                if found:
                    return found
            at = view.definitions[at].parent
        return self.module_level(view, name, key[2])

    def _member(self, view: FileView, index: int, name: str) -> Values:
        """``name`` as a member of a class around: its own, inherited, or known of a platform ancestor."""
        ref = view.number << SHIFT | index
        classes = self.ev.classes
        if name.endswith(TYPE_MARK):
            return self.member_type(ref, name[:-2])
        entries = classes.entries(ref, name)
        if entries and not all(self._hidden_from(view, entry) for entry in entries):
            return classes.member((SELF, ref), name, view)
        for outside in classes.mro(ref)[1:]:
            if isinstance(outside, int) or outside == OBJECT:
                continue
            if f"{outside}.{name}" in self.api or self.api.has_member(outside, plain(name)):
                return view.sem.missing_member(view, (SELF, ref), name)
        return EMPTY

    def _hidden_from(self, view: FileView, entry: Entry) -> bool:
        """Whether a member is private to a class of another file, which does not pass it on to its descendants."""
        if entry[1] == view.number:
            return False
        row = self.ev.classes.row(entry)
        holder = self.project.view(entry[1])
        if row is None or not row[5] & _DEFINES:
            return False
        return bool(holder.definitions[holder.code[row[2] + 1]].flags & _PRIVATE)

    def member_type(self, ref: int, name: str) -> Values:
        """The class called ``name`` inside a class or an ancestor of it."""
        return self.engine.ask(self._member_type, ("jy", ref, name))  # type: ignore[no-any-return]

    def _member_type(self, key: Key) -> Values:
        for cls in self.ev.classes.mro(key[1]):
            if isinstance(cls, str):
                if f"{cls}.{key[2]}" in self.api:
                    return one((EXT, f"{cls}.{key[2]}"))
                continue
            view = self.project.view_of(cls)
            self.engine.reads |= view.bit
            for row in view.scope(cls & MASK).get(key[2], ()):
                if names_type(view, row):
                    return self.ev.binding(view, row)
        return EMPTY

    def inherited_unseen(self, view: FileView, name: str, scope: int) -> Values:
        """A name that is nowhere: a member of an ancestor outside the project that nothing is known of, or Object's."""
        at = scope
        while at > 0:
            if view.definitions[at].kind == DefKind.CLASS:
                ref = view.number << SHIFT | at
                found = view.sem.missing_member(view, (SELF, ref), name)
                if found:
                    return found
            at = view.definitions[at].parent
        return EMPTY

    # -- beyond the classes around --------------------------------------------------------------------------------

    def module_level(self, view: FileView, name: str, scope: int) -> Values:
        if "." in name or name == "[]":  # a type of the language itself
            return one((EXT, name))
        if name.endswith(TYPE_MARK):
            return self._type_beyond(view, name[:-2])
        rows = view.scope(0).get(name)
        if rows:
            found = join([self.ev.binding(view, row) for row in rows])
            if found:
                return found
        found = self.engine.ask(self._beyond, ("jg", view.number, name))
        if found:
            return found  # type: ignore[no-any-return]
        if name[:1].isupper() and not name.endswith(MARK):
            return one((EXT, self._elsewhere(view, name)))
        found = self.inherited_unseen(view, name, scope)
        return found or (EMPTY if name.endswith(MARK) else one((PKG, name)))

    def _type_beyond(self, view: FileView, name: str) -> Values:
        rows = [row for row in view.scope(0).get(name, ()) if names_type(view, row)]
        found = join([self.ev.binding(view, row) for row in rows])
        if not found:
            found = self.engine.ask(self._beyond, ("jg", view.number, name))
        kept = frozenset(value for value in found if value[0] in (CLS, EXT))
        return kept or one((EXT, self._elsewhere(view, name)))

    def _beyond(self, key: Key) -> Values:
        """The query ("jg", file, name): what the package, wildcard imports and the platform say."""
        view = self.project.view(key[1])
        self.engine.reads |= view.bit
        name = key[2]
        stars = [imported for imported in view.imports if imported.name == "*"]
        if name.endswith(MARK):
            return self._static_star(view, stars, name)
        found = self.type_in_package(view, view.info.package, name)
        if found:
            return found
        for imported in stars:
            if imported.kind == "import":
                found = self.type_in_package(view, imported.module, name)
                if not found and _class_like(imported.module):
                    found = self._members_of(view, imported.module, name)
                if not found and f"{imported.module}.{name}" in self.api:
                    found = one((EXT, f"{imported.module}.{name}"))
                if found:
                    return found
        found = self._static_star(view, stars, name)
        if not found and _LANG + name in self.api:
            return one((EXT, _LANG + name))
        return found

    def _static_star(self, view: FileView, stars: list[Import], name: str) -> Values:
        for imported in stars:
            if imported.kind == "static":
                found = self._members_of(view, imported.module, name)
                if found:
                    return found
        if name.endswith(MARK):  # a method that nobody in the project has
            for imported in stars:
                if imported.kind == "static" and imported.module not in self.api:
                    for value in self.type_named(view, imported.module):
                        if value[0] == EXT:
                            return one((EXT, f"{imported.module}.{plain(name)}"))
        return EMPTY

    def _members_of(self, view: FileView, dotted: str, name: str) -> Values:
        parts = []
        for value in self.type_named(view, dotted):
            if value[0] == CLS and self.ev.classes.entries(value[1], name):
                parts.append(self.ev.classes.member(value, name, view))
            elif value[0] == EXT and self.api.has_member(value[1], plain(name)):
                parts.append(one((EXT, f"{value[1]}.{plain(name)}")))
        return join(parts)

    def _elsewhere(self, view: FileView, name: str) -> str:
        """The likely full name of a class that is not in the project: from a wildcard import, else the package."""
        for imported in view.imports:
            if imported.name != "*" or imported.kind != "import" or imported.module in self.api.packages:
                continue
            if not self._in_project(imported.module):
                return f"{imported.module}.{name}"
        package = view.info.package
        return f"{package}.{name}" if package else name

    def _in_project(self, package: str) -> bool:
        self.engine.reads |= self.engine.token(f"package:{package}")
        known = self.project.shared.get("java packages")
        if known is None:
            known = frozenset(info.package for info in self.project.files.values() if info.language == "java")
            self.project.shared["java packages"] = known
        return package in known

    def rows(self, view: FileView, name: str, scope: int) -> list[tuple[FileView, Binding]]:
        """Where other files say what a field name means: in an ancestor of a class around, in a static import."""
        found: list[tuple[FileView, Binding]] = []
        at = scope
        while at > 0 and not found:
            if view.definitions[at].kind == DefKind.CLASS:
                found = self._member_rows(view.number << SHIFT | at, name)
            at = view.definitions[at].parent
        for imported in view.imports if not found else ():
            if imported.kind == "static" and imported.name == "*":
                for value in self.type_named(view, imported.module):
                    if value[0] == CLS:
                        found += self._member_rows(value[1], name)
        return found

    def _member_rows(self, ref: int, name: str) -> list[tuple[FileView, Binding]]:
        rows = [(self.project.view(e[1]), self.ev.classes.row(e)) for e in self.ev.classes.entries(ref, name)]
        return [(view, row) for view, row in rows if row is not None]

    # -- packages -------------------------------------------------------------------------------------------------

    def type_in_package(self, view: FileView, package: str, name: str) -> Values:
        """The class ``name`` of a package; of several (one a source root) the one nearest to ``view``."""
        refs = self.engine.ask(self._types, ("jt", package, name), ())
        if not refs:
            return EMPTY
        if len(refs) > 1 or not package:
            refs = self._nearest(view, refs, package)
        return frozenset((CLS, ref, ()) for ref in refs)

    def _types(self, key: Key) -> tuple[int, ...]:
        package, name = key[1], key[2]
        self.engine.reads |= self.engine.token(f"package:{package}")
        found = []
        for view in self.project.defining(name):
            if view.info.language != "java" or view.info.package != package:
                continue
            self.engine.reads |= view.bit
            for at, definition in enumerate(view.definitions):
                if definition.name == name and definition.kind == DefKind.CLASS and definition.parent == 0:
                    found.append(view.number << SHIFT | at)
        return tuple(found)

    def _nearest(self, view: FileView, refs: tuple[int, ...], package: str) -> tuple[int, ...]:
        here = view.path.split("/")[:-1]
        best: tuple[int, ...] = ()
        shared = -1
        for ref in refs:
            there = self.project.view_of(ref).path.split("/")[:-1]
            if not package and there != here:
                continue  # files without a package see their own folder only
            common = next((at for at, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), len(here))
            if common > shared:
                best, shared = (ref,), common
        return best

    def type_named(self, view: FileView, dotted: str) -> Values:
        """The class with this full name: of the project, else outside."""
        parts = dotted.split(".")
        for at, part in enumerate(parts):
            if not part[:1].isupper() and at < len(parts) - 1:
                continue
            found = self.type_in_package(view, ".".join(parts[:at]), part)
            for inner in parts[at + 1 :]:
                found = join([self.ev.classes.member(value, inner, view) for value in found if value[0] == CLS])
            if found:
                return found
        return one((EXT, dotted))

    def package_member(self, view: FileView, package: str, name: str) -> Values:
        """What ``package.name`` is."""
        if name.endswith(MARK):
            return EMPTY
        found = self.type_in_package(view, package, name)
        if found:
            return found
        dotted = f"{package}.{name}"
        return one((EXT, dotted) if name[:1].isupper() or dotted in self.api else (PKG, dotted))

    def imported(self, view: FileView, imported: Import) -> Values:
        """What the part of an import before its last name stands for: a class, or a package."""
        if imported.kind == "static" or _class_like(imported.module):
            return self.type_named(view, imported.module)
        return one((PKG, imported.module))

    def owner_of(self, ref: int) -> int:
        """The class whose body holds a function."""
        view = self.project.view_of(ref)
        return view.number << SHIFT | view.definitions[ref & MASK].parent


def names_type(view: FileView, row: Binding) -> bool:
    """Whether a binding may give its name to a class: a declaration of one, or an import."""
    if row[5] & _IMPORTED:
        return True
    if not row[5] & _DEFINES:
        return False
    return bool(view.definitions[view.code[row[2] + 1]].kind == DefKind.CLASS)


def _class_like(dotted: str) -> bool:
    return any(part[:1].isupper() for part in dotted.split("."))

"""Modules that form a tree of files (Rust): ``mod`` declarations, ``crate``, ``self``, ``super``, crates beside.

It follows paths from file to file; what a file holds is asked of the semantics it serves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.facts import BindingFlag, Import
from loomgraph.resolve.languages.structure_files import ProjectFiles
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import CLS, EMPTY, EXT, MOD, SHIFT, Values, join, one

if TYPE_CHECKING:
    from loomgraph.resolve.semantics import Semantics

ROOTS = ("crate", "self", "super")
_TOPS = ("mod.rs", "lib.rs", "main.rs")  # files that stand for their folder
_FAR = 1 << 60


class ModuleTree:
    """Finds the modules that paths name."""

    def __init__(self, semantics: Semantics, files: ProjectFiles) -> None:
        self.sem, self.files = semantics, files

    def relative(self, view: FileView, name: str, scope: int) -> Values:
        """What ``self`` or ``super`` means in a scope, which may stand in a module written inside the file."""
        inline = self._inline(view, scope)
        if inline < 0:
            return self.root(view, name)
        if name == "super":
            inline = self._inline(view, view.parents[inline])
        return one((CLS, view.number << SHIFT | inline, ())) if inline >= 0 else one((MOD, view.number))

    @staticmethod
    def _inline(view: FileView, scope: int) -> int:
        while scope > 0 and view.definitions[scope].symbol_kind != "module":
            scope = view.parents[scope]
        return scope or -1

    def root(self, view: FileView, name: str) -> Values:
        """The module that ``crate``, ``self`` or ``super`` means at the top of a file."""
        if name == "self":
            return one((MOD, view.number))
        folder, _, base = view.path.rpartition("/")
        if name == "super":
            if base in _TOPS:
                folder = folder.rpartition("/")[0]
            return self._first(f"{folder}.rs", *(f"{folder}/{top}" for top in _TOPS))
        while True:
            found = self._first(*(f"{folder}/{top}" for top in ("lib.rs", "main.rs")))
            if found or not folder:
                return found
            folder = folder.rpartition("/")[0]

    def _first(self, *paths: str) -> Values:
        for path in paths:
            number = self.files.file(path.lstrip("/"))
            if number >= 0:
                return one((MOD, number))
        return EMPTY

    def target(self, view: FileView, imported: Import, parts: list[str]) -> Values:
        """The module an import names: the whole path where that is one, else the path before the last name."""
        if imported.kind == "mod":
            return self._declared(view, imported.module)
        if imported.name != "*":
            whole = self.path(view, imported, [*parts, imported.name])
            modules = frozenset(value for value in whole if value[0] == MOD)
            if modules:
                return modules
        if not parts:
            return one((EXT, imported.name))
        return self.path(view, imported, parts) or self.outside(view, imported, parts)

    def outside(self, view: FileView, imported: Import, parts: list[str]) -> Values:
        """What a path means when nothing of the project is where it leads.

        Whether it leads outside is read from its first name alone: modules that import from each other in a circle
        would else be inside or outside, depending on which is asked first.
        """
        first = parts[0]
        inside = first in ROOTS or self._aliased(view, imported, first) or self._declares(view, first)
        return EMPTY if inside or self._crate(first) else one((EXT, ".".join(parts)))

    def _declared(self, view: FileView, name: str) -> Values:
        folder, _, base = view.path.rpartition("/")
        inner = folder if base in _TOPS else f"{folder}/{base.removesuffix('.rs')}"
        ends = (f"{name}.rs", f"{name}/mod.rs")
        return self._first(*(f"{at}/{end}" for at in dict.fromkeys((inner, folder)) for end in ends))

    def path(self, view: FileView, imported: Import, parts: list[str]) -> Values:
        """What a path of a ``use`` declaration leads to."""
        if not parts:
            return EMPTY
        first = parts[0]
        values = self.root(view, first) if first in ROOTS else self._first_part(view, imported, first)
        for part in parts[1:]:
            found: list[Values] = []
            for value in values:
                if part == "super" and value[0] == MOD:
                    found.append(self.root(self.sem.project.view(value[1]), part))
                else:
                    found.append(self.sem.ev.classes.member(value, part, view))
            values = join(found)
        return values

    def _first_part(self, view: FileView, imported: Import, name: str) -> Values:
        if self._aliased(view, imported, name):
            return frozenset(v for v in self.sem.name(view, name, 0, _FAR) if v[0] in (MOD, CLS, EXT))
        if self._declares(view, name):
            own = [row for row in view.scope(0)[name] if not row.flags & BindingFlag.IMPORTED]
            return join([self.sem.ev.binding(view, row) for row in own])
        return self._crate(name)

    @staticmethod
    def _aliased(view: FileView, imported: Import, name: str) -> bool:
        """Whether another import of the file binds ``name``."""
        return any(i.alias == name and i is not imported and i.module != imported.module for i in view.imports)

    @staticmethod
    def _declares(view: FileView, name: str) -> bool:
        return any(not row.flags & BindingFlag.IMPORTED for row in view.scope(0).get(name, ()))

    def _crate(self, name: str) -> Values:
        """The root of another crate of the project, known by its folder."""
        for folder in dict.fromkeys((name, name.replace("_", "-"))):
            number = self.files.by_suffix("", f"{folder}/src/lib.rs")
            if number >= 0:
                return one((MOD, number))
        return EMPTY

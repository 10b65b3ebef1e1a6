"""What ECMAScript modules give each other: ES exports, CommonJS, and what an import of one kind sees of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.facts import Export, Import, Op
from loomgraph.resolve.engine import Key
from loomgraph.resolve.languages.ecmascript_modules import Modules
from loomgraph.resolve.project import FileView
from loomgraph.resolve.scopes import reaching
from loomgraph.resolve.values import EMPTY, EXT, EXTI, MOD, Values, join, one, outside_member

if TYPE_CHECKING:
    from loomgraph.resolve.evaluate import Evaluator
    from loomgraph.resolve.semantics import Rows

COMMONJS = "module.exports"
_FAR = 1 << 60


class Exports:
    """Exports and imports of the modules of one project."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self.engine = evaluator.engine
        self.modules = Modules(evaluator.project, evaluator.engine)

    # -- imports --------------------------------------------------------------------------------------------

    def target(self, view: FileView, specifier: str) -> Values:
        """The module that a specifier names: MOD, or EXT for a package outside; empty for a file not indexed."""
        path = self.modules.find(specifier, view.path)
        if path is not None:
            return one((MOD, self.ev.project.numbers[path]))
        if specifier.startswith((".", "/", "#")):
            return EMPTY
        return one((EXT, specifier.removeprefix("node:")))

    def imported(self, view: FileView, imported: Import) -> Values:
        """What an import binds."""
        parts = []
        for target in self.target(view, imported.module):
            if target[0] == EXT:
                whole = imported.name in ("", "default")
                parts.append(one(target if whole else (EXT, outside_member(target[1], imported.name))))
            elif imported.name:
                parts.append(self.member(self.ev.project.view(target[1]), imported.name))
            else:
                parts.append(self.module(self.ev.project.view(target[1]), imported.kind))
        values = join(parts)
        return one((EXTI, "Promise", (values,))) if imported.kind == "dynamic" else values

    def module(self, view: FileView, kind: str = "import") -> Values:
        """A module as a value: the object of a CommonJS module is what it assigned to `module.exports`."""
        self.engine.reads |= view.bit
        exports = self.table(view).get(COMMONJS)
        if not exports:
            return one((MOD, view.number))
        values = join([self.ev.cached(view, export.value) for export in exports])
        return values or one((MOD, view.number))

    # -- exports --------------------------------------------------------------------------------------------

    def table(self, view: FileView) -> dict[str, list[Export]]:
        """The exports of a module by name; "*" holds what it re-exports whole."""
        found: dict[str, list[Export]] | None = view.cache.get("exports")
        if found is None:
            found = view.cache["exports"] = {}
            for export in view.facts.exports:
                found.setdefault(export.name, []).append(export)
        return found

    def member(self, view: FileView, name: str) -> Values:
        """What a module exports as ``name``."""
        return self.engine.ask(self._member, ("ec:export", view.number, name))  # type: ignore[no-any-return]

    def _member(self, key: Key) -> Values:
        view, name = self.ev.project.view(key[1]), key[2]
        self.engine.reads |= view.bit
        table = self.table(view)
        parts = [self._value(view, export) for export in table.get(name, ())]
        if parts:
            return join(parts)
        if COMMONJS in table:
            whole = self.module(view)
            return whole if name == "default" else join([self.ev.classes.member(v, name, view) for v in whole])
        if name != "default":
            parts = [self._through(view, export.module, name) for export in table.get("*", ())]
            inside = [part for part in parts if any(value[0] != EXT for value in part)]
            return join(inside or parts)
        return EMPTY

    def _value(self, view: FileView, export: Export) -> Values:
        if export.module:
            return self._through(view, export.module, export.original)
        return self.ev.cached(view, export.value)

    def _through(self, view: FileView, specifier: str, name: str) -> Values:
        """``name`` of another module, "*" for the module itself."""
        parts = []
        for target in self.target(view, specifier):
            if target[0] == EXT:
                parts.append(one(target if name in ("*", "default") else (EXT, outside_member(target[1], name))))
            elif name == "*":
                parts.append(self.module(self.ev.project.view(target[1])))
            else:
                parts.append(self.member(self.ev.project.view(target[1]), name))
        return join(parts)

    # -- the bindings behind them ---------------------------------------------------------------------------

    def rows(self, view: FileView, name: str) -> Rows:
        """The bindings that a module exports as ``name``, through re-exports."""
        places: tuple[tuple[int, str, int], ...] = self.engine.ask(self._places, ("ec:rows", view.number, name), ())
        found: Rows = []
        for number, local, position in places:
            holder = self.ev.project.view(number)
            found += [(holder, row) for row in holder.scope(0).get(local, ()) if row.position == position]
        return found

    def _places(self, key: Key) -> tuple[tuple[int, str, int], ...]:
        view, name = self.ev.project.view(key[1]), key[2]
        self.engine.reads |= view.bit
        table = self.table(view)
        found: list[tuple[int, str, int]] = []
        exports = table.get(name, ())
        for export in exports:
            if export.module:
                found += self._places_through(view, export.module, export.original)
            elif view.code[export.value] == Op.NAME:
                local = view.names[view.code[export.value + 1]]
                rows = reaching(view.scope(0).get(local, []), view.code[export.value + 3], False)
                found += [(view.number, local, row.position) for row in rows]
            elif view.code[export.value] == Op.DEF:
                found += self._hoisted(view, name, view.code[export.value + 1])
        if not exports and name != "default":
            for export in table.get("*", ()):
                found += self._places_through(view, export.module, name)
        return tuple(dict.fromkeys(found))

    @staticmethod
    def _hoisted(view: FileView, name: str, index: int) -> list[tuple[int, str, int]]:
        """The binding of a type that shares its name with a value."""
        rows = view.scope(0).get(name, ())
        return [(view.number, name, row.position) for row in rows
                if row.value >= 0 and view.code[row.value] == Op.DEF and view.code[row.value + 1] == index]  # fmt: skip

    def _places_through(self, view: FileView, specifier: str, name: str) -> list[tuple[int, str, int]]:
        found: list[tuple[int, str, int]] = []
        for target in self.target(view, specifier):
            if target[0] == MOD and name != "*":
                found += self.engine.ask(self._places, ("ec:rows", target[1], name), ())
        return found

"""What other files make visible: includes of includes, and namespaces that many files open.

It gathers bindings from files; what a name means in the end is the semantics' to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.facts import Binding
from loomgraph.resolve.engine import Key
from loomgraph.resolve.languages.structure_types import dotted
from loomgraph.resolve.project import FileView
from loomgraph.resolve.semantics import Rows
from loomgraph.resolve.values import MOD

if TYPE_CHECKING:
    from loomgraph.resolve.languages.structure import StructureSemantics

SPACES = ("namespace", "module")  # kinds of classes that only group what they hold
_MAX_INCLUDES = 400  # files followed through includes of includes


class Visibility:
    """Bindings of other files that a file sees without naming the file."""

    def __init__(self, semantics: StructureSemantics) -> None:
        self.sem = semantics
        self.project, self.engine = semantics.project, semantics.engine

    def space_rows(self, view: FileView, space: str, name: str) -> Rows:
        """What ``name`` means in a namespace that many files open: in this file, those it includes, any."""
        return list(self.engine.ask(self._space_rows, ("sn", view.number, space, name), ()))

    def _space_rows(self, key: Key) -> tuple[tuple[FileView, Binding], ...]:
        view, space, name = self.project.view(key[1]), key[2], key[3]
        self.engine.reads |= view.bit
        family = self.sem.rules_of(view).family
        rows: Rows = []
        for holder in self.sem.defining(name):
            if self.sem.family(holder.path) != family:
                continue
            for at in holder.named(name):
                parent = holder.parents[at]
                if holder.definitions[parent].symbol_kind in SPACES and dotted(holder, parent) == space:
                    found = holder.scope(parent).get(name, ())
                    rows += [(holder, row) for row in found if row.value >= 0 and (holder, row) not in rows]
        if len({holder.number for holder, _ in rows}) > 1:
            near = [row for row in rows if row[0] is view]
            if not near:
                visible = set(self.included(view))
                near = [row for row in rows if row[0].number in visible]
            rows = near or rows
        for holder, _ in rows:
            self.engine.reads |= holder.bit
        return tuple(rows)

    def included_rows(self, view: FileView, name: str) -> Rows:
        """What ``name`` means in the files that a file includes, and those that they include."""
        if not self.sem.defined(name):
            return []
        for number in self.included(view):
            rows = self.sem.own_rows(self.project.view(number), name)
            if rows:
                return rows
        return []

    def included(self, view: FileView) -> tuple[int, ...]:
        """The files whose names includes make visible in a file, nearest first."""
        return self.engine.ask(self._included, ("si", view.number), ())  # type: ignore[no-any-return]

    def _included(self, key: Key) -> tuple[int, ...]:
        found: dict[int, None] = {}
        pending = [key[1]]
        for number in pending:
            view = self.project.view(number)
            self.engine.reads |= view.bit
            for target in self.required(view):
                if target not in found and target != key[1] and len(found) < _MAX_INCLUDES:
                    found[target] = None
                    pending.append(target)
        return tuple(found)

    def required(self, view: FileView) -> tuple[int, ...]:
        """The files whose names an import of ``view`` makes visible."""
        return self.engine.ask(self._required, ("sq", view.number), ())  # type: ignore[no-any-return]

    def _required(self, key: Key) -> tuple[int, ...]:
        view = self.project.view(key[1])
        self.engine.reads |= view.bit
        values = [self.sem.import_target(view, i) for i in view.imports if i.name == "*"]
        return tuple(dict.fromkeys(v[1] for found in values for v in found if v[0] == MOD))

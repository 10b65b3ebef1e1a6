"""Types in several places: extensions (impl blocks, methods defined outside their class), partial and reopened classes.

A class is known by one definition, its canonical one; the other places are its parts. It knows classes by name and
package alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from loomgraph.facts import DefFlag, DefKind
from loomgraph.resolve.engine import Key
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import MASK, SHIFT

if TYPE_CHECKING:
    from loomgraph.resolve.languages.structure import StructureSemantics

_CLASS, _EXTENSION = int(DefKind.CLASS), int(DefFlag.EXTENSION)


class TypeParts:
    """Finds the one definition a type is known by, and all its places."""

    def __init__(self, semantics: StructureSemantics) -> None:
        self.sem = semantics
        self.project, self.engine = semantics.project, semantics.engine

    def canonical(self, view: FileView, index: int) -> int:
        definition = view.definitions[index]
        if definition.flags & _EXTENSION or self._is_open(view, index):
            own = view.number << SHIFT | index
            return self.engine.ask(self._canonical, ("sc", view.number, index), own)  # type: ignore[no-any-return]
        return view.number << SHIFT | index

    def _is_open(self, view: FileView, index: int) -> bool:
        """Whether the class may be continued under its name in another place."""
        kind = view.definitions[index].symbol_kind
        return self.sem.rules_of(view).open and kind in ("class", "module", "struct")

    def _canonical(self, key: Key) -> int:
        view, index = self.project.view(key[1]), key[2]
        self.engine.reads |= view.bit
        own: int = view.number << SHIFT | index
        extension = bool(view.definitions[index].flags & _EXTENSION)
        found = [
            (holder, at)
            for holder, at in self._same_type(view, index)
            if not holder.definitions[at].flags & _EXTENSION and (extension or self._is_open(holder, at))
        ]
        if not found:  # a type from outside: its extensions are one class among themselves
            peers = self._same_type(view, index) if extension else ()
            return min((holder.number << SHIFT | at for holder, at in peers), default=own)
        if extension:
            near = [ref for ref in found if ref[0] is view]
            if not near and len(found) > 1:
                visible = set(self.sem.visible.included(view))
                near = [ref for ref in found if ref[0].number in visible]
            found = near or (found if len({r[0].number for r in found}) == 1 or self._is_open(*found[0]) else [])
        refs: list[int] = [holder.number << SHIFT | at for holder, at in found]
        best: int = min(refs, default=own)
        return best

    def _same_type(self, view: FileView, index: int) -> Iterable[tuple[FileView, int]]:
        """The classes of the project with the dotted name (and the package) of a class."""
        definition = view.definitions[index]
        chain = dotted(view, index)
        family, package = self.sem.rules_of(view).family, view.info.package
        for holder in self.sem.defining(definition.name):
            elsewhere = holder.info.package != package and not definition.flags & _EXTENSION
            if elsewhere or self.sem.family(holder.path) != family:
                continue
            for at in holder.named(definition.name):
                if holder.kinds[at] != _CLASS:
                    continue
                other = dotted(holder, at)
                either = definition.flags & _EXTENSION or holder.definitions[at].flags & _EXTENSION
                if other == chain or either and (other.endswith("." + chain) or chain.endswith("." + other)):
                    yield holder, at

    def parts(self, view: FileView, index: int) -> Sequence[tuple[FileView, int]]:
        ref = view.number << SHIFT | index
        return self.engine.ask(self._parts, ("sp", ref), ((view, index),))  # type: ignore[no-any-return]

    def _parts(self, key: Key) -> tuple[tuple[FileView, int], ...]:
        view, index = self.project.view_of(key[1]), key[1] & MASK
        self.engine.reads |= view.bit
        open_here = self._is_open(view, index)
        found = [(view, index)]
        for holder, at in self._same_part(view, index):
            if holder is view and at == index or not (open_here or holder.definitions[at].flags & _EXTENSION):
                continue
            if self.canonical(holder, at) == key[1]:
                self.engine.reads |= holder.bit
                found.append((holder, at))
        return tuple(found)

    def extended(self, view: FileView, name: str) -> int:
        """The class that stands for a type from outside which the project extends, or -1."""
        return self.engine.ask(self._extended, ("sx", self.sem.rules_of(view).family, name), -1)  # type: ignore[no-any-return]

    def _extended(self, key: Key) -> int:
        found: list[tuple[FileView, int]] = []
        for holder in self.sem.defining(key[2]) if key[2] else ():
            if self.sem.family(holder.path) == key[1]:
                found += [(holder, at) for at in holder.named(key[2]) if holder.kinds[at] == _CLASS]
        if not found or not all(holder.definitions[at].flags & _EXTENSION for holder, at in found):
            return -1
        for holder, _ in found:
            self.engine.reads |= holder.bit
        return self.canonical(*found[0])

    def _same_part(self, view: FileView, index: int) -> Iterable[tuple[FileView, int]]:
        family = self.sem.rules_of(view).family
        name = view.definitions[index].name
        for holder in self.sem.defining(name):
            if self.sem.family(holder.path) == family:
                yield from ((holder, at) for at in holder.named(name) if holder.kinds[at] == _CLASS)


def dotted(view: FileView, index: int) -> str:
    """The names of a definition and of what it stands in."""
    names: list[str] = []
    while index > 0:
        if view.definitions[index].name:
            names.append(view.definitions[index].name)
        index = view.parents[index]
    return ".".join(reversed(names))

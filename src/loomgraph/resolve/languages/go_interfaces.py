"""Which interfaces of the project a Go type fulfils: by its method set, without naming them.

Candidates are found by the names of a type's methods, so that only files that define such names are read. It asks
the semantics for classes and members and decides nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from loomgraph.facts import DefFlag, Definition, DefKind, ParamKind
from loomgraph.resolve.engine import Key
from loomgraph.resolve.languages.go_outside import same_type
from loomgraph.resolve.languages.go_packages import Package
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import FUNC, MASK, SHIFT

if TYPE_CHECKING:
    from loomgraph.resolve.languages.go import GoSemantics

_INTERFACE = int(DefFlag.INTERFACE)
_ABSTRACT = int(DefFlag.ABSTRACT)
_MAX_CANDIDATES = 400
MethodSet = tuple[tuple[str, int], ...]  # name and ref, sorted


class Interfaces:
    """Method sets and what fulfils them."""

    def __init__(self, semantics: GoSemantics) -> None:
        self._sem = semantics
        self._engine = semantics.engine
        self._project = semantics.project

    def implemented(self, ref: int) -> list[int]:
        """The interfaces of the project, each with at least one method, that the type ``ref`` fulfils."""
        return list(self._engine.ask(self._implemented, ("go implements", ref), ()))

    def methods(self, ref: int) -> tuple[MethodSet, tuple[str, ...]]:
        """The method set of a type, and the outside types it embeds."""
        return cast("tuple[MethodSet, tuple[str, ...]]", self._engine.ask(self._methods, ("go methods", ref), ((), ())))

    def _methods(self, key: Key) -> tuple[MethodSet, tuple[str, ...]]:
        found: dict[str, int] = {}
        outside: list[str] = []
        hidden: set[str] = set()
        for cls in self._sem.ev.classes.mro(key[1]):
            if isinstance(cls, str):
                outside.append(cls)
                continue
            view = self._project.view_of(cls)
            for part, index in self._sem.class_parts(view, cls & MASK):
                self._engine.reads |= part.bit
                for name, rows in part.scope(index).items():
                    kept = self._sem.member_rows(part, rows)
                    if not kept or name in found or name in hidden:
                        continue
                    for value in self._sem.ev.binding(part, kept[0]):
                        if value[0] == FUNC and value[1] >> SHIFT == part.number:
                            found[name] = value[1]
                    if name not in found:
                        hidden.add(name)  # a field hides what is promoted from below
        return tuple(sorted(found.items())), tuple(outside)

    def _implemented(self, key: Key) -> tuple[int, ...]:
        ref = key[1]
        view = self._project.view_of(ref)
        self._engine.reads |= view.bit
        definition = view.definitions[ref & MASK]
        if definition.flags & DefFlag.INTERFACE or definition.kind != DefKind.CLASS:
            return ()
        methods, outside = self.methods(ref)
        mine = dict(methods)
        known = frozenset(name for kind in outside for name in self._sem.outside.methods(kind) or ())
        found: dict[int, bool] = {}
        for name in mine:
            for interface in self._asking_for(name):
                if interface not in found and len(found) < _MAX_CANDIDATES:
                    found[interface] = self._fulfils(mine, known, interface)
        return tuple(sorted(interface for interface, fits in found.items() if fits))

    def _asking_for(self, name: str) -> tuple[int, ...]:
        """Interfaces with a method of this name, their own or embedded in the same package."""
        return cast("tuple[int, ...]", self._engine.ask(self._find_interfaces, ("go asking", name), ()))

    def _find_interfaces(self, key: Key) -> tuple[int, ...]:
        found: dict[int, None] = {}
        folders: dict[Package, None] = {}
        self._engine.reads |= self._engine.token(f"defs:{key[1]}")
        for path in sorted(self._project.source.files_defining(key[1])):
            number = self._project.numbers.get(path)
            if number is None or self._project.files[path].language != "go":
                continue
            view = self._project.view(number)
            for definition in view.definitions:
                abstract = definition.flags & _ABSTRACT and definition.kind == DefKind.FUNCTION
                if abstract and definition.name == key[1] and _is_named_interface(view, definition.parent):
                    found[number << SHIFT | definition.parent] = None
                    folders[Package(path.rpartition("/")[0], view.facts.package)] = None
        for package in folders:
            for other in self._embedding(package):
                if any(cls in found for cls in self._sem.ev.classes.mro(other)[1:]):
                    found[other] = None
        return tuple(found)

    def _embedding(self, package: Package) -> tuple[int, ...]:
        """The interfaces of a package that embed others."""
        key = ("go embedding", package.folder, package.name)
        return cast("tuple[int, ...]", self._engine.ask(self._find_embedding, key, ()))

    def _find_embedding(self, key: Key) -> tuple[int, ...]:
        found = []
        for path in self._sem.packages.files(Package(key[1], key[2]), tests=True):
            view = self._project.view(self._project.numbers[path])
            self._engine.reads |= view.bit
            for at, definition in enumerate(view.definitions):
                if definition.bases and _is_named_interface(view, at):
                    found.append(view.number << SHIFT | at)
        return tuple(found)

    def _fulfils(self, mine: dict[str, int], known: frozenset[str], interface: int) -> bool:
        wanted, outside = self.methods(interface)
        for kind in outside:
            names = self._sem.outside.methods(kind)
            if names is None or not all(name in mine or name in known for name in names):
                return False
        return all(
            self._same_signature(mine[name], ref) if name in mine else name in known for name, ref in wanted
        )  # fmt: skip

    def _same_signature(self, method: int, wanted: int) -> bool:
        left, right = self._project.view_of(method), self._project.view_of(wanted)
        mine, other = left.definitions[method & MASK], right.definitions[wanted & MASK]
        if mine.name[:1].islower() and left.path.rpartition("/")[0] != right.path.rpartition("/")[0]:
            return False  # names that are not exported differ between packages
        taken, asked = _taken(mine), _taken(other)
        if [kind for _, kind in taken] != [kind for _, kind in asked]:
            return False
        if (mine.result >= 0) != (other.result >= 0):
            return False
        types = self._sem.ev.types
        pairs = [(a, b) for (a, _), (b, _) in zip(taken, asked, strict=True)] + [(mine.result, other.result)]
        return all(same_type(types.instances(left, a), types.instances(right, b)) for a, b in pairs)


def _taken(definition: Definition) -> list[tuple[int, int]]:
    return [(p.annotation, int(p.kind)) for p in definition.params if p.kind != ParamKind.RECEIVER]


def _is_named_interface(view: FileView, index: int) -> bool:
    definition = view.definitions[index]
    return bool(definition.flags & _INTERFACE) and not definition.flags & DefFlag.HIDDEN and definition.parent == 0

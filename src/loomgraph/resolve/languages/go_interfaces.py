"""Which interfaces of the project a Go type fulfils: by its method set, without naming them.

Candidates are found by the names of a type's methods, so that only files that define such names are read. It asks
the semantics for classes and members and decides nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from loomgraph.facts import DefFlag, DefKind, ParamKind
from loomgraph.resolve.engine import Key
from loomgraph.resolve.languages.go_outside import Signature, parse_signature
from loomgraph.resolve.languages.go_packages import Package
from loomgraph.resolve.project import FileView
from loomgraph.resolve.values import FUNC, MASK, SHIFT, TUP, Values

if TYPE_CHECKING:
    from loomgraph.resolve.languages.go import GoSemantics

_INTERFACE = int(DefFlag.INTERFACE)
_ABSTRACT = int(DefFlag.ABSTRACT)
_MAX_CANDIDATES = 400
_NO_SIGNATURE = Signature((), ())
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
        found: dict[int, bool] = {}
        near = self._embedding(Package(_folder(view), view.facts.package)) if mine or outside else ()
        for candidates in (near, *map(self._asking_for, mine)):
            for interface in candidates:
                if interface not in found and len(found) < _MAX_CANDIDATES:
                    found[interface] = self._fulfils(mine, outside, interface)
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

    def _fulfils(self, mine: dict[str, int], embedded: tuple[str, ...], interface: int) -> bool:
        """Whether methods of the project, or of the outside types embedded, answer every method asked for."""
        wanted, outside = self.methods(interface)
        asked: dict[str, Signature | None] = {name: self._signature(ref) for name, ref in wanted}
        for kind in outside:
            names = self._sem.outside.methods(kind)
            if names is None:
                return False
            asked.update((name, parse_signature(text)) for name, text in names.items())
        return bool(asked) and all(
            self._answers(mine[name], interface, signature)
            if name in mine
            else any(self._sem.outside.knows(kind, name) for kind in embedded)
            for name, signature in asked.items()
        )

    def _answers(self, method: int, interface: int, signature: Signature | None) -> bool:
        view, other = self._project.view_of(method), self._project.view_of(interface)
        if (
            view.definitions[method & MASK].name[:1].islower()
            and view.path.rpartition("/")[0] != other.path.rpartition("/")[0]
        ):
            return False  # names that are not exported differ between packages
        return signature is None or self._signature(method).same(signature)

    def _signature(self, ref: int) -> Signature:
        return cast("Signature", self._engine.ask(self._read_signature, ("go signature", ref), _NO_SIGNATURE))

    def _read_signature(self, key: Key) -> Signature:
        view = self._project.view_of(key[1])
        self._engine.reads |= view.bit
        definition, types = view.definitions[key[1] & MASK], self._sem.ev.types
        taken = [p for p in definition.params if p.kind != ParamKind.RECEIVER]
        given: tuple[Values, ...] = ()
        if definition.result >= 0:
            result = types.instances(view, definition.result)
            several = next((v[1] for v in result if v[0] == TUP), None)
            given = several if several is not None else (result,)
        variadic = bool(taken) and taken[-1].kind == ParamKind.STAR
        return Signature(tuple(types.instances(view, p.annotation) for p in taken), given, variadic)


def _is_named_interface(view: FileView, index: int) -> bool:
    """A top-level interface that values can have, which a constraint is not."""
    definition = view.definitions[index]
    named = bool(definition.flags & _INTERFACE) and not definition.flags & DefFlag.HIDDEN
    return named and definition.parent == 0 and not definition.returns


def _folder(view: FileView) -> str:
    return view.path.rpartition("/")[0]

"""Project: the files that resolution may read, loaded when first needed, with the indexes evaluation wants.

It knows facts and where they come from, and nothing about languages' rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from loomgraph.facts import Binding, BindingFlag, Bindings, DefFlag, DefKind, Facts, Member
from loomgraph.resolve.engine import Engine
from loomgraph.resolve.ids import symbol_ids
from loomgraph.resolve.values import SHIFT

if TYPE_CHECKING:
    from loomgraph.resolve.semantics import Semantics

_DEFINES = int(BindingFlag.DEFINES)


class FileInfo(NamedTuple):
    """What must be known of every file without its facts."""

    language: str
    package: str = ""
    test: bool = False
    generated: bool = False


class FactSource(Protocol):
    """Where a project's facts come from."""

    def files(self) -> Mapping[str, FileInfo]:
        """Every indexed file of the project by path."""
        ...

    def facts(self, path: str) -> Facts:
        """The facts of one file; asked at most once per path."""
        ...

    def files_defining(self, name: str) -> Iterable[str]:
        """Paths of the files that hold a definition with this last name."""
        ...

    def files_calling(self, name: str) -> Iterable[str]:
        """Paths of the files with a call whose callee's last name is ``name``."""
        ...


class Scopes(dict[int, dict[str, list[Binding]]]):
    """The bindings of each scope by name, in document order; made when the scope is first asked for."""

    __slots__ = ("_bindings",)

    def __init__(self, bindings: Bindings) -> None:
        super().__init__()
        self._bindings = bindings

    def __missing__(self, scope: int) -> dict[str, list[Binding]]:
        found: dict[str, list[Binding]] = {}
        for binding in self._bindings.of_scope(scope):
            if binding[1] in found:
                found[binding[1]].append(binding)
            else:
                found[binding[1]] = [binding]
        self[scope] = found
        return found


class FileView:
    """One file's facts with lookups by scope and name."""

    __slots__ = (
        "_by_name", "_ids", "_members", "_value_defs", "bit", "cache", "code", "definitions", "facts",
        "found", "imports", "info", "kinds", "names", "number", "parents", "path", "scopes", "sem",
    )  # fmt: skip

    def __init__(self, number: int, path: str, info: FileInfo, facts: Facts, bit: int) -> None:
        self.number, self.path, self.info, self.facts, self.bit = number, path, info, facts, bit
        self.code: Sequence[int] = facts.code
        self.names = facts.names
        self.definitions, self.imports = facts.definitions, facts.imports
        self.parents = [d[3] for d in facts.definitions]
        self.kinds = [d[1] for d in facts.definitions]
        self.scopes = Scopes(facts.bindings)  # scope → name → bindings in document order
        self._by_name: dict[str, list[int]] | None = None
        self._members: dict[int, dict[str, list[Member]]] | None = None
        self._value_defs: dict[tuple[int, str], int] | None = None
        self._ids: list[str] | None = None
        self.sem: Semantics  # the rules of the file's language
        self.found: dict[int, tuple[int, list[Binding]]] = {}  # NAME expression → what it reaches
        self.cache: dict[object, Any] = {}  # for a language's own derived tables; a function of the facts alone

    def scope(self, index: int) -> dict[str, list[Binding]]:
        """The bindings of a scope by name, in document order."""
        return self.scopes[index]

    @contextmanager
    def in_hand(self) -> Iterator[None]:
        """Keep the file in the form that is quickest to read while its own sites are resolved, and no longer."""
        self.code = self.facts.code.tolist()
        try:
            yield
        finally:
            self.code = self.facts.code
            self._forget_locals()

    def _forget_locals(self) -> None:
        """Drop the bindings of functions: when the file itself is resolved, few are asked for again."""
        scopes, kinds = self.scopes, self.kinds
        for index in [index for index in scopes if kinds[index] in (DefKind.FUNCTION, DefKind.SCOPE)]:
            del scopes[index]
        self.found.clear()

    def named(self, name: str) -> list[int]:
        """The definitions called ``name``, in document order."""
        table = self._by_name
        if table is None:
            table = self._by_name = {}
            for at, definition in enumerate(self.definitions):
                table.setdefault(definition[0], []).append(at)
        return table.get(name) or []

    def members(self, index: int) -> dict[str, list[Member]]:
        """Attributes that methods set on the instances of a class, by name."""
        table = self._members
        if table is None:
            table = self._members = {}
            for member in self.facts.members:
                table.setdefault(member.owner, {}).setdefault(member.name, []).append(member)
        return table.get(index) or {}

    def value_definition(self, scope: int, name: str) -> int:
        """The VALUE or TYPE definition called ``name`` directly in ``scope``, or -1."""
        table = self._value_defs
        if table is None:
            table = self._value_defs = {}
            for at, definition in enumerate(self.definitions):
                if definition.kind in (DefKind.VALUE, DefKind.TYPE) and not definition.flags & DefFlag.HIDDEN:
                    table.setdefault((definition.parent, definition.name), at)
        return table.get((scope, name), -1)

    @property
    def ids(self) -> list[str]:
        """The symbol id of each definition."""
        if self._ids is None:
            self._ids = symbol_ids(self.path, self.definitions)
        return self._ids


class Project:
    """All files of a project, numbered in path order; facts are loaded on first use."""

    def __init__(self, source: FactSource, engine: Engine) -> None:
        self.source = source
        self.engine = engine
        self.files = source.files()
        self.paths = sorted(self.files)
        self.numbers = {path: at for at, path in enumerate(self.paths)}
        for path in self.paths:
            engine.token(path)
        self._views: list[FileView | None] = [None] * len(self.paths)
        self.semantics: Callable[[FileView], Semantics]  # set by the evaluator
        self.shared: dict[str, Any] = {}  # tables a language derives from the list of files alone

    def view(self, number: int) -> FileView:
        """The file with this number; reading it is not yet a dependency (queries record that)."""
        return self._views[number] or self._load(number)

    def _load(self, number: int) -> FileView:
        path = self.paths[number]
        found = FileView(number, path, self.files[path], self.source.facts(path), self.engine.token(path))
        found.sem = self.semantics(found)
        self._views[number] = found
        return found

    def view_of(self, ref: int) -> FileView:
        """The file that holds the definition ``ref``."""
        number = ref >> SHIFT
        return self._views[number] or self._load(number)

    def by_path(self, path: str) -> FileView | None:
        """The file at ``path``; whether it exists becomes a dependency of the current query."""
        self.engine.reads |= self.engine.token(f"path:{path}")
        number = self.numbers.get(path)
        return None if number is None else self.view(number)

    def defining(self, name: str) -> list[FileView]:
        """The files that hold a definition called ``name``; a dependency of the current query."""
        self.engine.reads |= self.engine.token(f"defs:{name}")
        return [self.view(self.numbers[p]) for p in sorted(self.source.files_defining(name)) if p in self.numbers]

    def calling(self, name: str, *, tests: bool) -> Iterator[FileView]:
        """The files with a call of something called ``name``; a dependency of the current query.

        Each is loaded when its turn comes: whoever has seen enough spares the rest. Without ``tests`` only files of
        the program.
        """
        self.engine.reads |= self.engine.token(f"calls:{name}")
        for path in sorted(self.source.files_calling(name)):
            if path in self.numbers and (tests or not self.files[path].test):
                yield self.view(self.numbers[path])

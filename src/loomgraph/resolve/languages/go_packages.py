"""Where Go's packages lie: modules, workspaces, replacements, the files of a folder.

Import paths in, folders and files out. It reads go.mod facts and the list of files, and knows nothing of names,
types or values.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from typing import NamedTuple, cast

from loomgraph.resolve.engine import Engine, Key
from loomgraph.resolve.project import Project

_TEST_FILE = "_test.go"
_TABLE = "go packages"
_STANDARD = "std"  # the module of the standard library, whose packages are imported without its name


class Package(NamedTuple):
    """A package of the project: the folder it lies in and the name its files declare."""

    folder: str
    name: str


class Module(NamedTuple):
    """A go.mod or go.work file: import path, folder and (old path, new path or folder) replacements."""

    path: str
    folder: str
    replaced: tuple[tuple[str, str], ...]
    workspace: bool


class Packages:
    """The packages of one project."""

    def __init__(self, project: Project, engine: Engine) -> None:
        self._project = project
        self._engine = engine

    # -- files ----------------------------------------------------------------------------------------------

    def _folders(self) -> dict[str, dict[str, list[str]]]:
        """Folder → package name → paths, from the list of files alone."""
        found = self._project.shared.get(_TABLE)
        if found is None:
            table: dict[str, dict[str, list[str]]] = {}
            for path in self._project.paths:
                info = self._project.files[path]
                if info.language == "go":
                    table.setdefault(posixpath.dirname(path), {}).setdefault(info.package, []).append(path)
            found = self._project.shared[_TABLE] = table
        return cast("dict[str, dict[str, list[str]]]", found)

    def files(self, package: Package, *, tests: bool) -> list[str]:
        """The files of a package, with its tests or without."""
        self._engine.reads |= self._engine.token(f"dir:{package.folder}")
        paths = self._folders().get(package.folder, {}).get(package.name, [])
        return paths if tests else [path for path in paths if not path.endswith(_TEST_FILE)]

    def in_folder(self, folder: str) -> Package | None:
        """The package that importing a folder gives: the one most of its files declare, tests and tools apart."""
        self._engine.reads |= self._engine.token(f"dir:{folder}")
        counts: Counter[str] = Counter()
        for name, paths in self._folders().get(folder, {}).items():
            counts[name] += sum(not path.endswith(_TEST_FILE) for path in paths)
        names = [name for name, count in counts.items() if count]
        if not names:
            return None
        return Package(folder, min(names, key=lambda name: (name == "main", -counts[name], name)))

    # -- import paths ---------------------------------------------------------------------------------------

    def imported(self, path: str, importer: str) -> Package | None:
        """The package of the project that ``path`` means in the file ``importer``; None when it lies outside."""
        key = ("go import", path, importer.rpartition("/")[0])
        return cast("Package | None", self._engine.ask(self._import, key, None))

    def _import(self, key: Key) -> Package | None:
        path, folder = key[1], key[2]
        if path.startswith(("./", "../")):
            return self.in_folder(_join(folder, path))
        modules = self._modules()
        for new in self._replacements(path, folder, modules):
            package = self._replaced(new, modules)
            if package is not None:
                return package
        found = self._in_module(path, modules)
        if found is None and not any(not m.workspace for m in modules):
            return self._by_suffix(path)
        return found

    def _modules(self) -> tuple[Module, ...]:
        """Every module of the project, longest path first."""
        return cast("tuple[Module, ...]", self._engine.ask(self._read_modules, ("go modules",), ()))

    def _read_modules(self, _key: Key) -> tuple[Module, ...]:
        self._engine.reads |= self._engine.token("language:go_mod")
        found: list[Module] = []
        for path in self._project.paths:
            if self._project.files[path].language != "go_mod":
                continue
            view = self._project.by_path(path)
            if view is None:
                continue
            self._engine.reads |= view.bit
            extra = view.facts.extra
            replaced = tuple(
                (str(old), str(new)) for old, new in cast("list[tuple[str, str]]", extra.get("replace", ()))
            )
            workspace = path.endswith("go.work")
            found.append(Module(str(extra.get("module", "")), posixpath.dirname(path), replaced, workspace))
        return tuple(sorted(found, key=lambda module: (-len(module.path), module.folder)))

    def _replacements(self, path: str, folder: str, modules: tuple[Module, ...]) -> list[tuple[str, str, str]]:
        """(folder of the file that says so, what replaces the module, rest of the path), nearest file first."""
        found = []
        above = [m for m in modules if m.replaced and _inside(folder, m.folder)]
        for module in sorted(above, key=lambda m: (not m.workspace, -len(m.folder))):
            for old, new in sorted(module.replaced, key=lambda pair: -len(pair[0])):
                if path == old or path.startswith(old + "/"):
                    found.append((module.folder, new, path[len(old) + 1 :]))
        return found

    def _replaced(self, replacement: tuple[str, str, str], modules: tuple[Module, ...]) -> Package | None:
        base, new, rest = replacement
        if new.startswith(("./", "../")) or new in (".", ".."):
            return self.in_folder(_join(base, posixpath.join(new, rest)))
        return self._in_module(posixpath.join(new, rest), modules)

    def _in_module(self, path: str, modules: tuple[Module, ...]) -> Package | None:
        for module in modules:
            if module.workspace or not module.path:
                continue
            inside = path == module.path or path.startswith(module.path + "/")
            if inside or module.path == _STANDARD:
                found = self.in_folder(_join(module.folder, path[len(module.path) + 1 :] if inside else path))
                if found is not None:
                    return found
        return None

    def _by_suffix(self, path: str) -> Package | None:
        """Without any go.mod: the folder whose path ends the import path, for paths that name a host."""
        parts = path.split("/")
        if "." not in parts[0]:
            return None
        for at in range(len(parts) - 1):
            for base in ("", "src"):
                found = self.in_folder(_join(base, "/".join(parts[at:])))
                if found is not None:
                    return found
        return None


def _inside(folder: str, above: str) -> bool:
    return not above or folder == above or folder.startswith(above + "/")


def _join(base: str, path: str) -> str:
    """A folder below ``base``, normal form; "" for the project's root."""
    joined = posixpath.normpath(posixpath.join(base, path))
    return "" if joined == "." else joined

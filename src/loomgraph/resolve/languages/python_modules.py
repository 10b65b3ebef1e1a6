"""Where Python's modules lie: dotted names to files, packages and folders.

Every folder that is not itself a package may be a root that dotted names start from. It works on the list of files
alone and knows nothing of names inside modules.
"""

from __future__ import annotations

import sys
from typing import NamedTuple, cast

from loomgraph.resolve.engine import Engine
from loomgraph.resolve.interface import python_module_name
from loomgraph.resolve.project import Project
from loomgraph.resolve.values import MOD, PKG, Value

_TABLE = "python modules"
_SUFFIXES = (".py", ".pyi", "/__init__.py", "/__init__.pyi")


class Place(NamedTuple):
    """A module at ``path``, seen from the folder ``root``."""

    root: str
    path: str


class Table(NamedTuple):
    """The modules of a project by last name, and the folders that hold Python."""

    modules: dict[str, list[str]]  # last part of the name -> paths of modules and packages
    folders: dict[str, list[str]]  # last part -> folders with Python somewhere below
    packages: frozenset[str]  # folders with an __init__ file


class Modules:
    """The modules of one project."""

    def __init__(self, project: Project, engine: Engine) -> None:
        self._project = project
        self._engine = engine
        self._found: dict[tuple[str, str], tuple[Value | None, int]] = {}  # (folder, name) -> module, tokens read

    def _table(self) -> Table:
        found = self._project.shared.get(_TABLE)
        if found is None:
            found = self._project.shared[_TABLE] = self._build()
        return cast("Table", found)

    def _build(self) -> Table:
        modules: dict[str, list[str]] = {}
        folders: dict[str, list[str]] = {}
        packages: set[str] = set()
        seen: set[str] = set()
        for path, info in self._project.files.items():
            if info.language != "python":
                continue
            name = python_module_name(path)
            folder, _, file = path.rpartition("/")
            if file.startswith("__init__."):
                packages.add(folder)
            modules.setdefault(name, []).append(path)
            while folder and folder not in seen:
                seen.add(folder)
                folders.setdefault(folder.rpartition("/")[2], []).append(folder)
                folder = folder.rpartition("/")[0]
        for paths in modules.values():
            paths.sort()
        return Table(modules, folders, frozenset(packages))

    # -- lookup ---------------------------------------------------------------------------------------------

    def at(self, folder: str, dotted: str) -> Value | None:
        """The module ``dotted`` below ``folder``, or the folder itself for an empty name."""
        base = "/".join(p for p in (folder, *dotted.split(".")) if p)
        reads = self._engine
        for suffix in _SUFFIXES:
            path = base + suffix if base else suffix[1:]
            reads.reads |= reads.token(f"path:{path}")
            number = self._project.numbers.get(path)
            if number is not None:
                return (MOD, number)
        reads.reads |= reads.token(f"pypkg:{base.rpartition('/')[2]}")
        if base in self._table().folders.get(base.rpartition("/")[2], ()):
            return (PKG, base)
        return None

    def find(self, importer: str, dotted: str) -> Value | None:
        """What ``import dotted`` binds in the file at ``importer``; None for what is not in the project."""
        folder = importer.rpartition("/")[0]
        engine = self._engine
        hit = self._found.get((folder, dotted))
        if hit is None:
            before, engine.reads = engine.reads, 0
            hit = self._found[folder, dotted] = (self._look_up(folder, dotted), engine.reads)
            engine.reads = before
        engine.reads |= hit[1]
        return hit[0]

    def _look_up(self, folder: str, dotted: str) -> Value | None:
        table = self._table()
        parts = dotted.split(".")
        top = self._top(folder, parts[0], table)
        if top is None:
            return None
        if len(parts) == 1:
            return top
        tops = [top, *self._spread(top, parts[0], table)]
        for each in tops:
            home = self.folder_of(each)
            if home is not None:
                found = self.at(home, ".".join(parts[1:]))
                if found is not None:
                    return found
        return None

    def folder_of(self, value: Value) -> str | None:
        """The folder of a package, where its submodules lie; None for a plain module."""
        if value[0] == PKG:
            return str(value[1])
        folder, _, file = self._project.paths[value[1]].rpartition("/")
        return folder if file.startswith("__init__.") else None

    def _spread(self, top: Value, name: str, table: Table) -> list[Value]:
        """Other folders of a namespace package: it may be spread over several roots."""
        if top[0] != PKG:
            return []
        return [(PKG, f) for f in table.folders.get(name, ()) if f != top[1] and f not in table.packages]

    def _top(self, folder: str, name: str, table: Table) -> Value | None:
        engine = self._engine
        engine.reads |= engine.token(f"pymod:{name}")
        places = []
        for path in table.modules.get(name, ()):
            home = path.rpartition("/")[0]
            if path.rpartition("/")[2].startswith("__init__."):
                home = home.rpartition("/")[0]
            engine.reads |= engine.token(f"path:{home}/__init__.py" if home else "path:__init__.py")
            if not home or home not in table.packages:
                places.append(Place(home, path))
        best = self._best(folder, name, places)
        if best is not None:
            return (MOD, self._project.numbers[best.path])
        engine.reads |= engine.token(f"pypkg:{name}")
        if name in sys.stdlib_module_names:
            return None
        spread = [
            f
            for f in table.folders.get(name, ())
            if f not in table.packages and f.rpartition("/")[0] not in table.packages
        ]
        near = [f for f in spread if _holds(f.rpartition("/")[0], folder)]
        return (PKG, max(near, key=len)) if near else None

    def _best(self, folder: str, name: str, places: list[Place]) -> Place | None:
        """Of same-named modules under different roots, the one that the importing file sees first."""
        if name in sys.stdlib_module_names:
            places = [p for p in places if p.root == folder]
        around = [p for p in places if _holds(p.root, folder)]
        if around:
            return max(around, key=lambda p: (len(p.root), -_order(p.path)))
        packages = [p for p in places if p.path.rpartition("/")[2].startswith("__init__.")]
        loose = [p for p in places if p.root.rpartition("/")[2] in ("src", "lib", "python")]
        choice = packages or loose
        if not choice:
            return None
        return max(choice, key=lambda p: (_shared(p.root, folder), -p.root.count("/"), -_order(p.path), p.path))


def _holds(root: str, folder: str) -> bool:
    return not root or folder == root or folder.startswith(root + "/")


def _shared(first: str, second: str) -> int:
    """How many leading folders two folders share."""
    count = 0
    for one, other in zip(first.split("/"), second.split("/"), strict=False):
        if one != other:
            break
        count += 1
    return count


def _order(path: str) -> int:
    """Sources before stubs, packages before modules of the same name."""
    return next(
        at for at, suffix in enumerate(("/__init__.py", ".py", "/__init__.pyi", ".pyi", "")) if path.endswith(suffix)
    )

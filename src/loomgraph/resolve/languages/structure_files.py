"""What the imports of structure languages name: files by their paths, packages by what files declare.

Works on the project's list of files alone; what a file holds is not its business.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from loomgraph.resolve.project import FileInfo, Project

_VARIABLE = re.compile(r"^\s*\$(?:\{[^}]*\}|\([^)]*\)|\w+)/?")


class ProjectFiles:
    """Lookups of files and packages, each recorded as a dependency of the query at hand."""

    def __init__(self, project: Project) -> None:
        self.project, self.engine = project, project.engine
        tables = project.shared.get("structure files")
        if tables is None:
            tables = project.shared["structure files"] = _tables(project.files)
        self._by_basename: dict[str, list[str]] = tables[0]
        self._packages: dict[str, list[str]] = tables[1]

    def file(self, path: str) -> int:
        """The number of the file at ``path``, or -1."""
        path = posixpath.normpath(path)
        self.engine.reads |= self.engine.token(f"path:{path}")
        return self.project.numbers.get(path, -1)

    def beside(self, path: str, name: str) -> int:
        """The file that ``name``, relative to the folder of ``path``, leads to, or -1."""
        return self.file(posixpath.join(posixpath.dirname(path), name))

    def by_suffix(self, path: str, name: str) -> int:
        """The file whose path ends with ``name``: the one nearest to ``path``, or -1 when it is not clear which."""
        name = posixpath.normpath(name).lstrip("./")
        base = name.rpartition("/")[2]
        self.engine.reads |= self.engine.token(f"file:{base}")
        found = [p for p in self._by_basename.get(base, ()) if p == name or p.endswith("/" + name)]
        if len(found) > 1:
            near = [(_common(path, p), p) for p in found]
            most = max(near)[0]
            found = [p for common, p in near if common == most]
        return self.project.numbers[found[0]] if len(found) == 1 else -1

    def named(self, path: str, name: str, extensions: tuple[str, ...]) -> int:
        """The file that an import of ``name`` in ``path`` means, extensions left out or not."""
        name = _VARIABLE.sub("", name)
        names = [name, *(name + ext for ext in extensions)]
        for candidate in names:
            number = self.beside(path, candidate)
            if number >= 0:
                return number
        for candidate in names:
            number = self.by_suffix(path, candidate)
            if number >= 0:
                return number
        return -1

    def package(self, name: str) -> list[str]:
        """The files that declare themselves to be in the package ``name``."""
        self.engine.reads |= self.engine.token(f"package:{name}")
        return self._packages.get(name, [])

    def is_package(self, name: str) -> bool:
        """Whether some file is in the package ``name`` or one below it."""
        return bool(self.package(name)) or f"{name}." in self._packages


def _tables(files: Mapping[str, FileInfo]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    by_basename: dict[str, list[str]] = {}
    packages: dict[str, list[str]] = {}
    for path in sorted(files):
        by_basename.setdefault(path.rpartition("/")[2], []).append(path)
        package = files[path].package
        if package:
            packages.setdefault(package, []).append(path)
            while "." in package:
                package = package.rpartition(".")[0]
                packages.setdefault(f"{package}.", [])
    return by_basename, packages


def _common(left: str, right: str) -> int:
    """How many folders two paths share from the root on."""
    count = 0
    for a, b in zip(left.split("/")[:-1], right.split("/")[:-1], strict=False):
        if a != b:
            break
        count += 1
    return count

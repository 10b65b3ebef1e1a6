"""Which file an import of an ECMAScript module means: relative paths, tsconfig, package.json, workspaces.

Specifiers in, paths out. It reads the facts of tsconfig.json and package.json files and the list of files, and knows
nothing of names, types or values.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, cast

from loomgraph.resolve.engine import Engine, Key
from loomgraph.resolve.project import Project

_PACKAGES = "ecmascript packages"
_NODE_MODULES = "node_modules"
_EXTENSIONS = (".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json", ".d.mts", ".d.cts")
# What an import of the compiled file may mean before compilation.
_SOURCES = {
    ".js": (".ts", ".tsx", ".d.ts", ".jsx"), ".jsx": (".tsx",), ".mjs": (".mts", ".d.mts"), ".cjs": (".cts", ".d.cts"),
}  # fmt: skip
_OUTPUT_FOLDERS = frozenset({"dist", "lib", "build", "out", "esm", "cjs", "types", "umd", "es"})
_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
_MAX_EXTENDS = 8


class Config(NamedTuple):
    """What a tsconfig says about where modules lie; folders from the project's root."""

    base: str | None
    paths: tuple[tuple[str, tuple[str, ...]], ...]  # pattern → targets, from the project's root


_NO_CONFIG = Config(None, ())


class Modules:
    """The modules of one project."""

    def __init__(self, project: Project, engine: Engine) -> None:
        self._project = project
        self._engine = engine

    def find(self, specifier: str, importer: str) -> str | None:
        """The path of the file that ``specifier`` means in the file ``importer``; None when it lies outside."""
        folder = posixpath.dirname(importer)
        plain = importer.endswith((".js", ".jsx", ".mjs", ".cjs"))
        return self._engine.ask(self._find, ("ec:module", folder, specifier, plain), None)  # type: ignore[no-any-return]

    def _find(self, key: Key) -> str | None:
        found = self._typed(key[1], key[2].partition("?")[0])
        if found is not None and key[3] and found.endswith(_DECLARATIONS):
            return self._code_beside(found) or found  # plain JavaScript runs the code, not its declarations
        return found

    def _code_beside(self, path: str) -> str | None:
        """The code that a declaration file describes: beside it, or what the package around it loads."""
        stem = path.partition(".d.")[0] if path.rpartition("/")[2].count(".d.") else path
        for extension in (".js", ".mjs", ".cjs", ".jsx"):
            if self._exists(stem + extension):
                return stem + extension
        for folder in _upwards(posixpath.dirname(path)):
            package = self._extra(_join(folder, "package.json"))
            if package is not None:
                if path != self._entry(folder, package):
                    return None
                return self._entry(folder, package, code=True)
        return None

    def _typed(self, folder: str, specifier: str) -> str | None:
        if specifier.startswith(("./", "../")) or specifier in (".", ".."):
            return self._probe(_join(folder, specifier))
        if specifier.startswith("/"):
            return self._probe(specifier.lstrip("/"))
        if specifier.startswith("#"):
            return self._own_import(folder, specifier)
        return self._by_config(folder, specifier) or self._by_package(folder, specifier)

    # -- files ----------------------------------------------------------------------------------------------

    def _exists(self, path: str) -> bool:
        self._engine.reads |= self._engine.token(f"path:{path}")
        return path in self._project.numbers

    def _probe(self, base: str) -> str | None:
        """A file by its path with or without extension, or the index of a folder."""
        if base.startswith("../"):
            return None
        return self._file(base) or self._folder(base)

    def _file(self, base: str) -> str | None:
        if not base:
            return None
        stem, extension = posixpath.splitext(base)
        if extension in _EXTENSIONS and self._exists(base):
            return base
        for other in _SOURCES.get(extension, ()):
            if self._exists(stem + other):
                return stem + other
        for other in _EXTENSIONS:
            if self._exists(base + other):
                return base + other
        return None

    def _folder(self, folder: str) -> str | None:
        package = self._extra(_join(folder, "package.json"))
        if package is not None:
            found = self._entry(folder, package)
            if found is not None:
                return found
        return self._file(_join(folder, "index"))

    def _extra(self, path: str) -> dict[str, Any] | None:
        """What a configuration file says, when there is one at ``path``."""
        if not self._exists(path):
            return None
        view = self._project.view(self._project.numbers[path])
        self._engine.reads |= view.bit
        return cast("dict[str, Any]", view.facts.extra)

    # -- tsconfig -------------------------------------------------------------------------------------------

    def _by_config(self, folder: str, specifier: str) -> str | None:
        config = self._config(folder)
        for pattern, targets in config.paths:
            rest = _match(pattern, specifier)
            if rest is not None:
                for target in targets:
                    found = self._probe(target.replace("*", rest, 1))
                    if found is not None:
                        return found
        return self._probe(_join(config.base, specifier)) if config.base is not None else None

    def _config(self, folder: str) -> Config:
        """The nearest configuration that says anything about paths, from ``folder`` upwards."""
        return self._engine.ask(self._nearest_config, ("ec:config", folder), _NO_CONFIG)  # type: ignore[no-any-return]

    def _nearest_config(self, key: Key) -> Config:
        for folder in _upwards(key[1]):
            for name in ("tsconfig.json", "jsconfig.json"):
                path = _join(folder, name)
                if self._exists(path):
                    found = self._read_config(path, 0)
                    if found != _NO_CONFIG:
                        return found
        return _NO_CONFIG

    def _read_config(self, path: str, level: int) -> Config:
        """A configuration with what it extends; one that only lists others stands for the first that says something."""
        extra = self._extra(path)
        if extra is None or level > _MAX_EXTENDS:
            return _NO_CONFIG
        folder = posixpath.dirname(path)
        base = _join(folder, extra["base_url"]) if extra.get("base_url") is not None else None
        anchor = base if base is not None else folder
        paths = tuple(
            (pattern, tuple(_join(anchor, target) for target in targets))
            for pattern, targets in sorted(extra.get("paths", {}).items(), key=_specificity)
        )
        for other in (*reversed(extra.get("extends", ())), *(() if paths or base else extra.get("references", ()))):
            if base is not None and paths:
                break
            inherited = self._read_config(self._config_path(folder, other), level + 1)
            base = inherited.base if base is None else base
            paths = paths or inherited.paths
        return Config(base, paths)

    def _config_path(self, folder: str, name: str) -> str:
        path = _join(folder, name) if name.startswith(".") else self._in_packages(folder, name) or name
        if path.endswith(".json"):
            return path
        inside = _join(path, "tsconfig.json")
        return inside if self._exists(inside) else f"{path}.json"

    def _in_packages(self, folder: str, name: str) -> str | None:
        package, rest = _package_of(name)
        home = self._home(package, folder)
        return None if home is None else _join(home, rest) if rest else home

    # -- package.json ---------------------------------------------------------------------------------------

    def _by_package(self, folder: str, specifier: str) -> str | None:
        """A package of the project by its name (workspaces, the package itself), or one in an indexed node_modules."""
        name, rest = _package_of(specifier)
        home = self._home(name, folder)
        if home is not None:
            package = self._extra(_join(home, "package.json"))
            found = self._entry(home, package or {}, rest)
            if found is not None:
                return found
        if self._has_node_modules():
            for above in _upwards(folder):
                home = _join(above, f"{_NODE_MODULES}/{name}")
                found = self._entry(home, self._extra(_join(home, "package.json")) or {}, rest)
                if found is not None:
                    return found
        return None

    def _homes(self) -> dict[str, list[str]]:
        """Package name → folders, from the list of files alone."""
        found = self._project.shared.get(_PACKAGES)
        if found is None:
            table: dict[str, list[str]] = {}
            for path in self._project.paths:
                info = self._project.files[path]
                if info.language == "package_json" and info.package:
                    table.setdefault(info.package, []).append(posixpath.dirname(path))
            found = self._project.shared[_PACKAGES] = table
        return cast("dict[str, list[str]]", found)

    def _home(self, name: str, folder: str) -> str | None:
        """The folder of the package called ``name``: of several, the one that shares most of the path."""
        self._engine.reads |= self._engine.token(f"package:{name}")
        homes = [home for home in self._homes().get(name, ()) if _NODE_MODULES not in home.split("/")]
        if not homes:
            return None
        return max(homes, key=lambda home: (len(posixpath.commonprefix([home, folder])), -len(home)))

    def _has_node_modules(self) -> bool:
        self._engine.reads |= self._engine.token("files")
        found = self._project.shared.get(_NODE_MODULES)
        if found is None:
            found = self._project.shared[_NODE_MODULES] = any(
                f"/{_NODE_MODULES}/" in f"/{path}" for path in self._project.paths
            )
        return bool(found)

    def _entry(self, home: str, package: dict[str, Any], rest: str = "", *, code: bool = False) -> str | None:
        """The file that importing a package (or ``rest`` of it) loads; with ``code``, no declaration file."""
        exports = package.get("exports")
        if exports is not None:
            wanted = f"./{rest}" if rest else "."
            for target in _exported(exports, wanted):
                found = self._built(home, target)
                if found is not None and not (code and found.endswith(_DECLARATIONS)):
                    return found
        if rest:
            return self._probe(_join(home, rest)) or self._probe(_join(home, f"src/{rest}"))
        for field in ("source", "types", "typings", "module", "main", "browser"):
            entry = package.get(field)
            if isinstance(entry, str):
                found = self._built(home, entry)
                if found is not None and not (code and found.endswith(_DECLARATIONS)):
                    return found
        return self._file(_join(home, "index")) or self._file(_join(home, "src/index"))

    def _built(self, home: str, target: str) -> str | None:
        """A file by the path a package gives; when that is a build output, the source it is built from."""
        path = _join(home, target)
        found = self._file(path)
        if found is not None:
            return found
        parts = _join("", target).split("/")
        outputs = 0
        while outputs < len(parts) - 1 and parts[outputs] in _OUTPUT_FOLDERS:
            outputs += 1
        if outputs:
            inner = "/".join(parts[outputs:])
            for suffix in (".d.ts", ".d.mts", ".d.cts"):
                inner = inner.removesuffix(suffix) if inner.endswith(suffix) else inner
            return self._file(_join(home, f"src/{inner}")) or self._file(_join(home, inner))
        return self._folder(path) if target.endswith("/") or "." not in parts[-1] else None

    def _own_import(self, folder: str, specifier: str) -> str | None:
        """`#name`: what the nearest package.json says about it."""
        for above in _upwards(folder):
            package = self._extra(_join(above, "package.json"))
            if package is not None:
                for target in _exported(package.get("imports"), specifier):
                    found = self._built(above, target) if target.startswith(".") else self._by_package(above, target)
                    if found is not None:
                        return found
                break
        return self._by_config(folder, specifier)


# -- text -----------------------------------------------------------------------------------------------------


def _join(folder: str | None, path: str) -> str:
    joined = posixpath.normpath(posixpath.join(folder or "", path))
    return "" if joined == "." else joined


def _upwards(folder: str) -> Iterator[str]:
    """The folder and those around it, up to the project's root."""
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _package_of(specifier: str) -> tuple[str, str]:
    """A bare specifier as package name and what is asked of it."""
    parts = specifier.split("/")
    length = 2 if specifier.startswith("@") else 1
    return "/".join(parts[:length]), "/".join(parts[length:])


def _match(pattern: str, text: str) -> str | None:
    """What the star of ``pattern`` stands for in ``text``, "" without a star, None when it does not match."""
    head, star, tail = pattern.partition("*")
    if not star:
        return "" if text == pattern else None
    if text.startswith(head) and text.endswith(tail) and len(text) >= len(head) + len(tail):
        return text[len(head) : len(text) - len(tail)]
    return None


def _specificity(item: tuple[str, object]) -> tuple[int, str]:
    """Patterns without a star first, then the longest prefix."""
    pattern = item[0]
    return (-10_000 if "*" not in pattern else -len(pattern.partition("*")[0]), pattern)


def _exported(exports: object, wanted: str) -> Iterable[str]:
    """The targets that an `exports` or `imports` field gives for ``wanted``, best first."""
    if isinstance(exports, dict) and any(str(key).startswith((".", "#")) for key in exports):
        for pattern, value in sorted(exports.items(), key=_specificity):
            rest = _match(pattern, wanted)
            if rest is not None:
                for target in _conditions(value):
                    yield target.replace("*", rest)
    elif wanted == ".":
        yield from _conditions(exports)


def _conditions(value: object) -> Iterator[str]:
    """The targets inside conditions (`types`, `import`, `default`, …), in their order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _conditions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _conditions(inner)

"""Small projects resolved in memory: a few files in, edges out. What a suite of hundreds of cases needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from loomgraph.facts import Facts
from loomgraph.model import Symbol
from loomgraph.parse.extract import Extractor
from loomgraph.parse.registry import HEAD_BYTES, Languages
from loomgraph.resolve import FileInfo, Resolver, called_names, defined_names


class _Files:
    """The facts of a few files, as resolution asks for them."""

    def __init__(self, root: Path, paths: Sequence[str], languages: Languages) -> None:
        extractor = Extractor(languages)
        self._facts: dict[str, Facts] = {}
        self._infos: dict[str, FileInfo] = {}
        for path in paths:
            data = (root / path).read_bytes()
            spec = languages.language_of(path, data[:HEAD_BYTES])
            if spec is not None:
                found = self._facts[path] = extractor.extract(path.rpartition("/")[2], data, spec)
                self._infos[path] = FileInfo(spec.name, found.package)

    def files(self) -> Mapping[str, FileInfo]:
        return self._infos

    def facts(self, path: str) -> Facts:
        return self._facts[path]

    def files_defining(self, name: str) -> Iterable[str]:
        return [path for path, facts in self._facts.items() if name in defined_names(facts)]

    def files_calling(self, name: str) -> Iterable[str]:
        return [path for path, facts in self._facts.items() if name in called_names(facts)]


def calls(root: Path, paths: Sequence[str], languages: Languages) -> list[tuple[Symbol, Symbol]]:
    """Caller and callee of every call edge between the given files of ``root``."""
    source = _Files(root, [path for path in paths if (root / path).is_file()], languages)
    resolver = Resolver(source)
    results = [resolver.resolve(path) for path in source.files()]
    symbols = {symbol.id: symbol for result in results for symbol in result.symbols}
    return [
        (symbols[edge.source], symbols[edge.target])
        for result in results
        for edge in result.edges
        if edge.kind == "CALLS" and edge.target in symbols
    ]


def edge_of(case: str, caller: Symbol, callee: Symbol) -> dict[str, Any]:
    """A call edge with files below the case's folder, names and first lines: what the scorers of suites read."""
    return {
        "case": case, "caller_file": caller.file, "caller": caller.qualified_name, "caller_line": caller.line,
        "callee_file": callee.file, "callee": callee.qualified_name, "callee_line": callee.line,
    }  # fmt: skip

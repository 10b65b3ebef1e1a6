"""Resolution, told by annotated sources: ``cases/<language>/<feature>.<ext>``, one assertion a comment.

A case is one project. It may hold several files, each begun by a header comment (``# path: pkg/a.py`` or
``// path: src/a.ts``); without headers it is one file under its own name. A trailing comment speaks of the edges whose
site is its line::

    foo.bar()  # calls: pkg/a.py::Foo.bar
    foo.bar()  # calls: ::Foo.bar                         the same, in the file at hand
    a(); b()   # calls: x.py::a [exact], x.py::b          a resolution in brackets is checked too
    len(x)     # calls: nothing                           no edge to any symbol of the project
    get()      # calls: external:requests.get             outside symbols count only when they are named
    C(B)       # calls: ::C; references: ::B              several kinds

The targets are all there are of that kind on the line, but for ``references``, where others may stand beside them.
``gap calls: …`` says what should be and is not: such an assertion must fail, and the test fails when it begins to hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest

from loomgraph.facts import Facts
from loomgraph.model import Edge
from loomgraph.parse.extract import Extractor
from loomgraph.parse.registry import Languages
from loomgraph.resolve import FileInfo, Resolver, called_names, defined_names

CASES = Path(__file__).parent / "cases"
HEADER = re.compile(r"^\s*(?:#|//|--|/\*)\s*path:\s*(\S+)")
KINDS = "calls|references|inherits|implements|overrides|imports|decorates|tests"
ASSERTION = re.compile(rf"(?:#|//|--|/\*)\s*(gap\s+)?((?:{KINDS}):.*?)\s*(?:\*/)?\s*$")
TARGET = re.compile(r"^(?P<target>.+?)(?:\s*\[(?P<resolution>exact|inferred|candidate)\])?$")


class Assertion(NamedTuple):
    """What one comment says of the edges of one kind on its line; ``at`` is the line of the case file."""

    case: str
    at: int
    path: str
    line: int
    kind: str
    targets: tuple[tuple[str, str], ...]
    gap: bool


class Source:
    """The facts of a case, in memory."""

    def __init__(self, facts: dict[str, Facts], infos: dict[str, FileInfo]) -> None:
        self._facts, self._infos = facts, infos

    def files(self) -> dict[str, FileInfo]:
        return self._infos

    def facts(self, path: str) -> Facts:
        return self._facts[path]

    def files_defining(self, name: str) -> list[str]:
        return sorted(p for p, f in self._facts.items() if name in defined_names(f))

    def files_calling(self, name: str) -> list[str]:
        return sorted(p for p, f in self._facts.items() if name in called_names(f))


def files_of(case: Path) -> Iterator[tuple[str, int, list[str]]]:
    """(path, lines before it in the case, its lines) of each file of a case."""
    path, start, lines = case.name, 0, []
    for number, line in enumerate(case.read_text(encoding="utf-8").splitlines(), 1):
        header = HEADER.match(line)
        if header is None:
            lines.append(line)
            continue
        if start or any(each.strip() for each in lines):
            yield path, start, lines
        path, start, lines = header[1], number, []
    yield path, start, lines


def assertions_of(case: Path) -> Iterator[Assertion]:
    name = case.relative_to(CASES).as_posix()
    for path, start, lines in files_of(case):
        for number, line in enumerate(lines, 1):
            found = ASSERTION.search(line)
            if found is None:
                continue
            for clause in found[2].split(";"):
                kind, _, listed = clause.strip().partition(":")
                if kind not in KINDS.split("|"):
                    raise ValueError(f"{name}:{start + number}: not a kind of edge: {kind!r}")
                targets = tuple(_target(path, t.strip()) for t in listed.split(",") if t.strip() not in ("", "nothing"))
                yield Assertion(name, start + number, path, number, kind.upper(), targets, bool(found[1]))


def _target(path: str, text: str) -> tuple[str, str]:
    match = TARGET.match(text)
    assert match is not None
    target = match["target"]
    return (path + target if target.startswith("::") else target), match["resolution"] or ""


@lru_cache(maxsize=4)
def edges_of(case: str) -> dict[tuple[str, int, str], list[Edge]]:
    """The edges of a case by file, line and kind."""
    languages = Languages.load()
    extractor = Extractor(languages)
    facts: dict[str, Facts] = {}
    infos: dict[str, FileInfo] = {}
    for path, _, lines in files_of(CASES / case):
        data = ("\n".join(lines) + "\n").encode()
        spec = languages.language_of(path, data[:256])
        assert spec is not None, f"{case}: no language for {path}"
        facts[path] = extractor.extract(path.rpartition("/")[2], data, spec)
        stem = path.rpartition("/")[2]
        infos[path] = FileInfo(spec.name, facts[path].package, "test" in stem or path.startswith("tests/"))
    resolver = Resolver(Source(facts, infos))
    found: dict[tuple[str, int, str], list[Edge]] = {}
    for path in sorted(facts):
        for edge in resolver.resolve(path).edges:
            for line in edge.lines:
                found.setdefault((edge.file, line, str(edge.kind)), []).append(edge)
    return found


def all_assertions() -> list[object]:
    found: list[object] = []
    for case in sorted(p for p in CASES.rglob("*") if p.is_file() and not p.name.startswith(".")):
        for assertion in assertions_of(case):
            marks = [pytest.mark.xfail(strict=True, raises=AssertionError, reason="known gap")] if assertion.gap else []
            name = f"{assertion.case}:{assertion.at}:{assertion.kind.lower()}"
            found.append(pytest.param(assertion, id=name, marks=marks))
    return found


@pytest.mark.parametrize("assertion", all_assertions())
def test_resolution(assertion: Assertion) -> None:
    edges = edges_of(assertion.case).get((assertion.path, assertion.line, assertion.kind), [])
    actual = {e.target: str(e.resolution) for e in edges}
    wanted = dict(assertion.targets)
    named = {t for t in actual if not t.startswith("external:") or t in wanted}
    if assertion.kind == "REFERENCES" and wanted:
        named &= wanted.keys()
    assert sorted(named) == sorted(wanted), f"on this line: {sorted(actual) or 'nothing'}"
    for target, resolution in assertion.targets:
        if resolution:
            assert actual[target] == resolution, target


def test_every_case_asserts_something() -> None:
    empty = [p.name for p in sorted(CASES.rglob("*")) if p.is_file() and not any(True for _ in assertions_of(p))]
    assert not empty

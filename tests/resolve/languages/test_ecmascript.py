"""Parts of the ECMAScript rules that need little source: where modules lie, and the types of the outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from loomgraph.facts import Facts
from loomgraph.parse.extract import Extractor
from loomgraph.parse.registry import Languages
from loomgraph.resolve import FileInfo, Resolver, called_names, defined_names
from loomgraph.resolve.languages.ecmascript_modules import Modules
from loomgraph.resolve.languages.ecmascript_outside import Term, evaluate, parse, tables
from loomgraph.resolve.values import EMPTY, EXTI, TUP, Values, one

LANGUAGES = Languages.load()
EXTRACTOR = Extractor(LANGUAGES)


class Source:
    """A project in memory."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._facts: dict[str, Facts] = {}
        self._infos: dict[str, FileInfo] = {}
        for path, text in files.items():
            spec = LANGUAGES.language_of(path)
            assert spec is not None
            facts = EXTRACTOR.extract(path.rpartition("/")[2], text.encode(), spec)
            self._facts[path] = facts
            self._infos[path] = FileInfo(spec.name, facts.package)

    def files(self) -> Mapping[str, FileInfo]:
        return self._infos

    def facts(self, path: str) -> Facts:
        return self._facts[path]

    def files_defining(self, name: str) -> Iterable[str]:
        return sorted(p for p, f in self._facts.items() if name in defined_names(f))

    def files_calling(self, name: str) -> Iterable[str]:
        return sorted(p for p, f in self._facts.items() if name in called_names(f))


def found(files: Mapping[str, str], specifier: str, importer: str) -> str | None:
    resolver = Resolver(Source(files))
    return Modules(resolver.project, resolver.engine).find(specifier, importer)


PROJECT = {
    "tsconfig.json": '{"references": [{"path": "./tsconfig.app.json"}]}',
    "tsconfig.app.json": '{"compilerOptions": {"baseUrl": "src", "paths": {"@/*": ["*"], "@/exact": ["lib/one.ts"]}}}',
    "src/lib/one.ts": "",
    "src/lib/index.ts": "",
    "src/data.json.ts": "",
    "src/view.jsx": "",
    "src/types.d.ts": "",
    "src/types.js": "",
    "pkg/ui/package.json": '{"name": "@acme/ui", "exports": {".": "./dist/main.js", "./*": "./src/*.ts"}}',
    "pkg/ui/src/main.ts": "",
    "pkg/ui/src/button.ts": "",
    "pkg/old/package.json": '{"name": "old", "types": "index.d.ts", "main": "./lib"}',
    "pkg/old/index.d.ts": "",
    "pkg/old/lib/index.js": "",
    "app/node_modules/left/package.json": '{"name": "left", "main": "l.js"}',
    "app/node_modules/left/l.js": "",
}


@pytest.mark.parametrize(
    ("specifier", "importer", "path"),
    [
        ("./lib", "src/a.ts", "src/lib/index.ts"),
        ("./lib/one.js", "src/a.ts", "src/lib/one.ts"),
        ("../lib/one", "src/x/a.ts", "src/lib/one.ts"),
        (".", "src/lib/a.ts", "src/lib/index.ts"),
        ("./view", "src/a.ts", "src/view.jsx"),
        ("./view?raw", "src/a.ts", "src/view.jsx"),
        ("./types", "src/a.ts", "src/types.d.ts"),
        ("./types", "src/a.js", "src/types.js"),
        ("@/lib/one", "src/a.ts", "src/lib/one.ts"),
        ("@/exact", "src/a.ts", "src/lib/one.ts"),
        ("lib/one", "src/a.ts", "src/lib/one.ts"),
        ("@acme/ui", "src/a.ts", "pkg/ui/src/main.ts"),
        ("@acme/ui/button", "src/a.ts", "pkg/ui/src/button.ts"),
        ("old", "src/a.ts", "pkg/old/index.d.ts"),
        ("old", "src/a.js", "pkg/old/lib/index.js"),
        ("left", "app/src/a.ts", "app/node_modules/left/l.js"),
        ("left", "src/a.ts", None),
        ("./nowhere", "src/a.ts", None),
        ("../../outside", "src/a.ts", None),
        ("react", "src/a.ts", None),
    ],
)
def test_where_modules_lie(specifier: str, importer: str, path: str | None) -> None:
    assert found(PROJECT, specifier, importer) == path


def test_cyclic_configuration_ends() -> None:
    files = {
        "tsconfig.json": '{"extends": "./other.json"}',
        "jsconfig.json": '{"extends": "./tsconfig.json"}',
        "a.ts": "",
    }
    assert found(files, "@/x", "a.ts") is None
    assert found({"tsconfig.json": '{"extends": "./tsconfig.json"}'}, "x", "a.ts") is None


def nothing(term: Term) -> Values:
    return EMPTY


def test_types_of_the_outside() -> None:
    assert parse("Map<string, 0> | A1") == ("union", ("name", "Map", ("name", "string"), ("arg", 0)), ("call", 1))
    assert parse("Promise<await R0>") == ("name", "Promise", ("await", ("result", 0)))
    assert parse("E(V(A0))") == ("E", ("V", ("call", 0)))
    assert evaluate(parse("[string, E(0)]"), nothing) == one((TUP, (one((EXTI, "string", ())), EMPTY)))
    asked: list[Term] = []

    def ask(term: Term) -> Values:
        asked.append(term)
        return one((EXTI, "x", ()))

    assert evaluate(parse("Array<0>"), ask) == one((EXTI, "Array", (one((EXTI, "x", ())),)))
    assert asked == [("arg", 0)]
    with pytest.raises(ValueError, match="not a type"):
        parse("string string")


def test_the_tables_can_be_read() -> None:
    data = tables()
    assert data.methods["Array.map"].takes[0] == ("arg", 0)
    assert data.methods["Promise.all"].gives is not None
    assert "map" in data.common_methods
    assert {"Array", "Map", "Generator"} <= data.generic


def test_a_module_that_appears_is_noticed() -> None:
    files = {"a.ts": "import { f } from './b'\nf()\n"}
    before = Resolver(Source(files)).resolve("a.ts")
    assert "path:b.ts" in before.keys
    after = Resolver(Source({**files, "b.ts": "export function f() {}\n"})).resolve("a.ts")
    assert "b.ts" in after.depends
    assert any(edge.target == "b.ts::f" for edge in after.edges)

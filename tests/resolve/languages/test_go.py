"""Parts of Go's rules that need no source: build constraints, outside types, import paths, interfaces' updates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from loomgraph.facts import Facts
from loomgraph.model import Edge
from loomgraph.parse.extract import Extractor
from loomgraph.parse.registry import Languages
from loomgraph.resolve import FileInfo, Resolver, defined_names
from loomgraph.resolve.languages.go_files import evaluate
from loomgraph.resolve.languages.go_outside import Outside, builtin_name, parse_type, same_type
from loomgraph.resolve.values import EMPTY, EXTI, INST, TUP, Values, one

LANGUAGES = Languages.load()
EXTRACTOR = Extractor(LANGUAGES)


class Source:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self._facts: dict[str, Facts] = {}
        self._infos: dict[str, FileInfo] = {}
        for path, text in texts.items():
            spec = LANGUAGES.language_of(path)
            assert spec is not None
            found = self._facts[path] = EXTRACTOR.extract(path, text.encode(), spec)
            self._infos[path] = FileInfo(spec.name, found.package)

    def files(self) -> Mapping[str, FileInfo]:
        return self._infos

    def facts(self, path: str) -> Facts:
        return self._facts[path]

    def files_defining(self, name: str) -> Iterable[str]:
        return [path for path, found in self._facts.items() if name in defined_names(found)]

    def files_calling(self, name: str) -> Iterable[str]:
        return []


def calls(texts: Mapping[str, str], path: str) -> list[tuple[str, str]]:
    return [(e.source, e.target) for e in edges(texts, path) if e.kind == "CALLS"]


def edges(texts: Mapping[str, str], path: str) -> tuple[Edge, ...]:
    return Resolver(Source(texts)).resolve(path).edges


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("linux", None),
        ("!linux", None),
        ("mine", False),
        ("!mine", True),
        ("go1.21", True),
        ("mine && linux", False),
        ("mine || linux", None),
        ("!mine || linux", True),
        ("!(mine || other) && go1.18", True),
        ("(linux && amd64) || (darwin && !mine)", None),
        ("&& (", None),
    ],
)
def test_build_constraints(text: str, value: bool | None) -> None:
    assert evaluate(text) is value


def test_types_of_the_standard_library() -> None:
    byte = one((EXTI, "builtin.uint8", ()))
    assert builtin_name("byte") == "builtin.uint8"
    assert parse_type("[]byte") == one((EXTI, "[]", (byte,)))
    assert parse_type("map[string]os.File") == one(
        (EXTI, "map", (one((EXTI, "builtin.string", ())), one((EXTI, "os.File", ()))))
    )
    outside = Outside()
    assert outside.field("net/http.Request", "URL") == parse_type("net/url.URL")
    assert outside.is_type("net/http.HandlerFunc")
    assert not outside.is_type("net/http.Get")
    assert "ServeHTTP" in (outside.methods("net/http.Handler") or ())
    assert outside.methods("net/http.Request") is None


def given(_value: object) -> Values:
    return EMPTY


def test_results_of_the_standard_library() -> None:
    outside = Outside()
    assert outside.call("os.Open", [], given, given) == one((TUP, (parse_type("os.File"), parse_type("error"))))
    mine = one((EXTI, "[]", (one((INST, 7, ())),)))
    assert outside.call("slices.Clone", [mine], given, given) == mine
    assert outside.call("builtin.append", [mine], given, given) == mine
    assert outside.call("x.y/z.Make", [], given, given) == one((EXTI, "x.y/z.Make()", ()))


def test_what_comes_from_outside_stays_outside() -> None:
    value = (EXTI, "x.y/z.Make()", ())
    assert Outside().element(value) == one(value)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [("int", "int", True), ("int", "string", False), ("[]int", "[]string", False), ("byte", "uint8", True)],
)
def test_same_type(left: str, right: str, same: bool) -> None:
    assert same_type(parse_type(left), parse_type(right)) is same
    assert same_type(parse_type(left), EMPTY)


def test_without_go_mod_the_folder_that_ends_the_path_is_meant() -> None:
    texts = {
        "main.go": 'package main\n\nimport "example.com/me/app/pkg/sub"\n\nfunc main() { sub.F() }\n',
        "pkg/sub/sub.go": "package sub\n\nfunc F() {}\n",
    }
    assert calls(texts, "main.go") == [("main.go::main", "pkg/sub/sub.go::F")]


def test_variants_of_a_type_for_several_systems_are_one() -> None:
    texts = {
        "a.go": "package a\n\nfunc use(f *F) { f.close(); f.shared() }\n\nfunc (f *F) shared() { f.close() }\n",
        "f_linux.go": "package a\n\ntype F struct{}\n\nfunc (f *F) close() {}\n",
        "f_windows.go": "package a\n\ntype F struct{}\n\nfunc (f *F) close() {}\n",
        "f_mine.go": "//go:build mine\n\npackage a\n\ntype F struct{}\n\nfunc (f *F) close() {}\n",
    }
    both = ["f_linux.go::F.close", "f_windows.go::F.close"]
    found = calls(texts, "a.go")
    assert sorted(target for source, target in found if source == "a.go::F.shared") == both
    assert sorted(target for source, target in found if source == "a.go::use") == ["a.go::F.shared", *both]


def test_an_interface_of_another_package_is_fulfilled_unless_it_asks_for_unexported_methods() -> None:
    texts = {
        "go.mod": "module m\n",
        "a/a.go": "package a\n\ntype I interface{ Run() }\n\ntype Sealed interface {\n\tRun()\n\tseal()\n}\n",
        "b/b.go": "package b\n\ntype T struct{}\n\nfunc (T) Run() {}\n\nfunc (T) seal() {}\n",
    }
    found = [(e.source, e.target) for e in edges(texts, "b/b.go") if e.kind == "IMPLEMENTS"]
    assert found == [("b/b.go::T", "a/a.go::I"), ("b/b.go::T.Run", "a/a.go::I.Run")]


def test_what_a_file_depends_on() -> None:
    texts = {
        "go.mod": "module m\n",
        "a.go": 'package a\n\nimport "m/b"\n\nfunc f() { b.G().Run() }\n',
        "b/b.go": "package b\n\nfunc G() T { return T{} }\n\ntype T struct{}\n",
        "b/run.go": "package b\n\nfunc (T) Run() {}\n",
        "b/unrelated.go": "package b\n\nfunc H() {}\n",
        "c/c.go": "package c\n\nfunc G() {}\n",
    }
    result = Resolver(Source(texts)).resolve("a.go")
    assert result.depends == {"go.mod", "b/b.go", "b/run.go"}
    assert {"dir:b", "defs:G", "defs:T", "language:go_mod"} <= result.keys

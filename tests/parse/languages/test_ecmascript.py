"""What the lowering of TypeScript, JavaScript and their configuration files says of small files."""

from __future__ import annotations

import pytest

from loomgraph.facts import BindingFlag, DefFlag, Definition, DefKind, Facts, Op, ParamKind, SiteKind
from loomgraph.parse.extract import Extractor
from loomgraph.parse.languages.ecmascript.jsdoc import read
from loomgraph.parse.languages.ecmascript.jsonc import parse_object
from loomgraph.parse.languages.ecmascript.walk import first_paragraph
from loomgraph.parse.registry import Languages

LANGUAGES = Languages.load()
EXTRACTOR = Extractor(LANGUAGES)


def facts(text: str, name: str = "a.ts") -> Facts:
    spec = LANGUAGES.language_of(name)
    assert spec is not None
    found = EXTRACTOR.extract(name, text.encode(), spec)
    assert not found.problems
    return found


def definition(found: Facts, name: str) -> Definition:
    (only,) = [d for d in found.definitions if d.name == name]
    return only


def kinds(found: Facts) -> dict[str, str]:
    return {d.name: d.symbol_kind for d in found.definitions if d.name and not d.flags & DefFlag.HIDDEN}


def calls(found: Facts) -> list[tuple[str, int]]:
    """(owner, line) of every call."""
    sites = found.sites
    return [
        (found.definitions[sites[at + 1]].name, sites[at + 2])
        for at in range(0, len(sites), 4)
        if sites[at + 3] == SiteKind.CALL
    ]


def test_symbols_of_a_typescript_file() -> None:
    found = facts(
        "interface I { m(): void; p: string }\n"
        "type Alias = { field: number }\ntype Union = string | number\n"
        "enum E { A, B = 2 }\nnamespace N { export const inner = 1 }\n"
        "abstract class C<T> { #x = 1; constructor(private y: T) {} get z() { return 1 } m = () => 2 }\n"
        "const f = async (a: string) => a\nfunction* g() {}\nlet v = 1\nconst o = { k() {}, n: 1 }\n"
    )
    named = kinds(found)
    expected = {
        "I": "interface", "Alias": "interface", "Union": "interface", "E": "enum", "A": "enumMember", "N": "namespace",
        "inner": "constant", "C": "class", "#x": "property", "y": "property", "z": "property",
        "constructor": "constructor", "f": "function", "g": "function", "v": "variable", "o": "constant", "k": "method",
    }  # fmt: skip
    assert {name: named.get(name) for name in expected} == expected
    assert named["m"] == "method"
    assert "T" not in named, "type parameters are no symbols"
    assert definition(found, "f").flags & DefFlag.ASYNC
    assert definition(found, "g").flags & DefFlag.GENERATOR
    assert definition(found, "z").flags & DefFlag.PROPERTY
    assert definition(found, "#x").flags & DefFlag.PRIVATE
    assert found.definitions[definition(found, "k").parent].flags & DefFlag.OBJECT


def test_signature_and_doc() -> None:
    found = facts(
        "/**\n * Says hello.\n * To all.\n *\n * More.\n * @param name who\n */\n"
        "export function hello(\n  name: string,\n  times = 1,\n): void {\n  return\n}\n"
    )
    hello = definition(found, "hello")
    assert hello.doc == "Says hello. To all."
    assert hello.signature == "function hello( name: string, times = 1, ): void"
    assert (hello.line, hello.end_line, hello.name_line) == (8, 13, 8)
    assert hello.flags & DefFlag.EXPORTED


def test_paragraph_stops_at_tags() -> None:
    assert first_paragraph("/** @see x\n * text */") == ""
    assert len(first_paragraph("/** " + "word " * 200 + "*/")) == 400


def test_parameters() -> None:
    found = facts("function f(a: A, b?: B, { c, d: [e] }: C = {}, ...rest: D[]) { a(); c(); e() }")
    f = definition(found, "f")
    assert [(p.name, p.kind) for p in f.params] == [
        ("a", ParamKind.POSITIONAL), ("b", ParamKind.POSITIONAL), ("#2", ParamKind.POSITIONAL), ("rest", ParamKind.STAR)
    ]  # fmt: skip
    assert [p.default >= 0 for p in f.params] == [False, True, True, False]
    assert f.flags & DefFlag.VARIADIC
    bound = {b.name for b in found.bindings if not b.flags & BindingFlag.PARAM}
    assert {"c", "e"} <= bound


def test_declarations_are_known_before_they_stand() -> None:
    found = facts("f()\nfunction f() {}\nclass A {}\n")
    (use,) = [at for at in range(0, len(found.sites), 4) if found.sites[at + 3] == SiteKind.CALL]
    name = found.code[found.sites[use] + 1]
    assert found.code[name] == Op.NAME
    (binding,) = [b for b in found.bindings if b.name == "f"]
    assert binding.position < found.code[name + 3] < binding.end


def test_merged_declarations_and_overloads() -> None:
    found = facts(
        "function f(a: string): A\nfunction f(a: number): B\nfunction f(a: any) {}\n"
        "namespace f { export const x = 1 }\ninterface I { a: 1 }\ninterface I { b: 2 }\n"
    )
    functions = [d for d in found.definitions if d.name == "f" and d.kind == DefKind.FUNCTION]
    assert [bool(d.flags & DefFlag.OVERLOAD) for d in functions] == [True, True, False]
    merged = found.extra["merged"]
    assert isinstance(merged, dict)
    assert {found.definitions[i].name for i in merged} == {"f", "I"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a, { b as c, type D } from './m'", [("default", "a"), ("b", "c"), ("D", "D")]),
        ("import * as n from 'm'", [("", "n")]),
        ("import 'm'", [("", "")]),
        ("import e = require('m')", [("", "e")]),
        ("const x = require('m')", [("", "")]),
        ("const y = import('m')", [("", "")]),
        ("export { a } from 'm'", [("", "")]),
    ],
)
def test_imports(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(i.name, i.alias) for i in facts(text).imports] == expected


def test_exports() -> None:
    found = facts(
        "export const a = 1, { b, c: [d] } = x\nexport default function () {}\nexport * from './m'\n"
        "export * as ns from './n'\nexport { a as z, q as default } from './o'\nconst h = 1\nexport { h as shown }\n"
    )
    rows = {(e.name, e.module, e.original) for e in found.exports}
    assert rows == {
        ("a", "", ""), ("b", "", ""), ("d", "", ""), ("default", "", ""), ("*", "./m", ""), ("ns", "./n", "*"),
        ("z", "./o", "a"), ("default", "./o", "q"), ("shown", "", ""),
    }  # fmt: skip


def test_commonjs_exports_and_scripts() -> None:
    found = facts("exports.a = function () {}\nmodule.exports.b = 1\n", "a.js")
    assert {e.name for e in found.exports} == {"module.exports", "a", "b"}
    assert definition(found, "a").flags & DefFlag.EXPORTED
    assert "script" not in found.extra
    assert facts("function f() {}", "b.js").extra["script"] is True


def test_a_function_used_as_a_class() -> None:
    found = facts(
        "function F() { this.x = g() }\nF.prototype.m = function () { return this.x }\n"
        "function Sub() {}\nSub.prototype = Object.create(F.prototype)\n",
        "a.js",
    )
    cls = definition(found, "F")
    assert cls.kind == DefKind.CLASS
    assert {m.name for m in found.members} == {"x", "m"}
    assert found.definitions[definition(found, "m").parent].name == "F"
    assert [kind for _, kind in definition(found, "Sub").bases] == ["INHERITS"]
    assert ("F", 1) in calls(found)


def test_owners_of_calls() -> None:
    found = facts(
        "const a = one()\nconst f = () => two()\nlist.map(() => three())\n"
        "const o = { m() { four() } }\nclass C { x = five(); m() { return () => six() } }\n"
    )
    assert calls(found) == [("", 1), ("f", 2), ("", 3), ("", 3), ("m", 4), ("C", 5), ("m", 5)]


def test_contexts_of_callbacks() -> None:
    found = facts("use((a) => a)\nconst h: H = (b) => b\nuse({ on: (c) => c })\n")
    contexts = [d.context for d in found.definitions if d.kind == DefKind.FUNCTION]
    assert all(len(context) == 2 for context in contexts)
    assert any(found.code[at] == Op.EXPECTED for at in range(len(found.code)))


def test_block_scopes_and_narrowing() -> None:
    found = facts("let x = 1\n{ let x = 2 }\nvar y\nif (z instanceof A) { z }\nif (typeof z !== 'string') throw 1\nz\n")
    rows = [b for b in found.bindings if b.name == "x"]
    assert all(b.flags & BindingFlag.DECLARES for b in rows)
    assert rows[1].end < rows[0].end
    assert not [b for b in found.bindings if b.name == "y" and b.flags & BindingFlag.DECLARES]
    narrowings = [b for b in found.bindings if b.flags & BindingFlag.NARROWING]
    assert [b.name for b in narrowings] == ["z", "z"]


def test_components() -> None:
    found = facts("const a = <App x={1}><div>{f()}</div></App>", "a.tsx")
    assert [name for name, _ in calls(found)] == ["", ""], "the component and f; page elements are outside"


def test_deep_and_broken_sources() -> None:
    spec = LANGUAGES.language_of("a.js")
    assert spec is not None
    deep = EXTRACTOR.extract("a.js", b"x = " + b"(" * 3000 + b"1" + b")" * 3000, spec)
    assert any("deeply" in p.reason for p in deep.problems)
    long = EXTRACTOR.extract("a.js", b"x = " + b"'a' +\n" * 20000 + b"f()", spec)
    assert len(long.sites) >= 4
    text = b"function ok() {}\nconst x = ;\nclass A { m() {} + }\nfunction also() { f() }\n"
    broken = EXTRACTOR.extract("a.js", text, spec)
    assert broken.problems
    assert {"ok", "also"} <= {d.name for d in broken.definitions}


def test_types_in_comments() -> None:
    found = read("/**\n * @param {Array<Foo>} a - x\n * @param {{b: 1}} [c=2]\n * @returns {Promise<Bar>}\n */")
    assert found.params == {"a": "Array<Foo>", "c": "{b: 1}"}
    assert found.result == "Promise<Bar>"
    plain = facts("/**\n * @param {Foo} a\n * @returns {Foo[]}\n */\nfunction f(a, b) {}\n", "a.js")
    f = definition(plain, "f")
    assert [p.annotation >= 0 for p in f.params] == [True, False]
    assert f.result >= 0
    typed = facts("/** @param {Foo} a */\nfunction f(a) {}\n")
    assert definition(typed, "f").params[0].annotation < 0, "TypeScript has types of its own"


def test_json_with_comments() -> None:
    value, problem = parse_object(b'\xef\xbb\xbf{ /* a */ "x": "// no", // b\n "y": [1, 2,], }')
    assert (value, problem) == ({"x": "// no", "y": [1, 2]}, "")
    assert parse_object(b"{ nope")[1].startswith("not JSON")
    assert parse_object(b"[]")[1] == "not a JSON object"


def test_configuration_files() -> None:
    config = facts(
        '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["src/*"]}}, "extends": "./b.json"}', "tsconfig.json"
    )
    assert config.extra["base_url"] == "."
    assert config.extra["paths"] == {"@/*": ["src/*"]}
    assert config.extra["extends"] == ["./b.json"]
    package = facts('{"name": "@a/b", "main": "x.js", "workspaces": {"packages": ["p/*"]}}', "package.json")
    assert package.package == "@a/b"
    assert package.extra["main"] == "x.js"
    assert package.extra["workspaces"] == ["p/*"]


def test_handlers_of_routes_are_entry_points() -> None:
    found = facts(
        "function list() {}\nconst guard = () => {}\nfunction other() {}\n"
        "app.get('/x', guard, list)\ncache.get('key', other)\n"
    )
    marked = {d.name for d in found.definitions if d.flags & DefFlag.ENTRY_POINT}
    assert marked == {"list", "guard"}

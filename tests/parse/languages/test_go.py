"""What the lowering of Go, go.mod and go.work says of small files."""

from __future__ import annotations

import pytest

from loomgraph.facts import BindingFlag, DefFlag, Definition, DefKind, Facts, Op, ParamKind, SiteKind
from loomgraph.parse.extract import Extractor
from loomgraph.parse.languages.go.declarations import guessed_name
from loomgraph.parse.registry import Languages

LANGUAGES = Languages.load()
EXTRACTOR = Extractor(LANGUAGES)


def facts(text: str, name: str = "a.go") -> Facts:
    spec = LANGUAGES.language_of(name)
    assert spec is not None
    return EXTRACTOR.extract(name, text.encode(), spec)


def definition(found: Facts, name: str) -> Definition:
    (only,) = [d for d in found.definitions if d.name == name]
    return only


def named(found: Facts, at: int) -> str:
    """A short reading of an expression, for assertions."""
    if at < 0:
        return "?"
    code, names = found.code, found.names
    op = code[at]
    if op in (Op.NAME, Op.LIT, Op.STR):
        return ("'" if op == Op.STR else "") + names[code[at + 1]]
    if op == Op.ATTR:
        return f"{named(found, code[at + 1])}.{names[code[at + 2]]}"
    if op in (Op.INDEX, Op.CALL, Op.NEW):
        items = ", ".join(named(found, x) for x in code[at + 3 : at + 3 + code[at + 2]])
        after = at + 3 + code[at + 2]
        if op != Op.INDEX:
            pairs = range(after + 1, after + 1 + 2 * code[after], 2)
            items = ", ".join(
                [*filter(None, [items]), *(f"{names[code[p]]}={named(found, code[p + 1])}" for p in pairs)]
            )
        return named(found, code[at + 1]) + {Op.INDEX: "[%s]", Op.CALL: "(%s)", Op.NEW: "{%s}"}[Op(op)] % items
    if op in (Op.SEQ, Op.UNION, Op.FUNCTYPE):
        start = at + 2 if op == Op.UNION else at + 3
        items = ", ".join(named(found, x) for x in code[start : start + code[start - 1]])
        return f"func({items}) {named(found, code[at + 1])}" if op == Op.FUNCTYPE else f"<{items}>"
    if op == Op.CAST:
        return f"{named(found, code[at + 2])} as {named(found, code[at + 1])}"
    if op == Op.ELEM:
        return f"{named(found, code[at + 1])}#{code[at + 2]}"
    if op == Op.DEF:
        return f"def {found.definitions[code[at + 1]].name}"
    return f"{Op(op).name.lower()} {named(found, code[at + 1])}"


def sites(found: Facts, kind: int) -> list[tuple[str, str, int]]:
    """(owner, expression, line) of every site of a kind."""
    flat = found.sites
    rows = [flat[i : i + 4] for i in range(0, len(flat), 4)]
    return [(found.definitions[r[1]].name, named(found, r[0]), r[2]) for r in rows if r[3] == kind]


def values(found: Facts, name: str) -> list[str]:
    return [named(found, b.value) for b in found.bindings if b.name == name]


def test_package_imports_and_docs() -> None:
    found = facts(
        "//go:build linux\n\n// Package a does it.\npackage a\n\n"
        'import (\n\t"fmt"\n\t. "x/dot"\n\t_ "x/blank"\n\ty "gopkg.in/yaml.v3"\n)\n'
    )
    assert found.package == "a"
    assert found.definitions[0].doc == "Package a does it."
    assert found.extra == {"build": "linux"}
    assert [(i.module, i.name, i.alias, i.kind) for i in found.imports] == [
        ("fmt", "", "fmt", "import"),
        ("x/dot", "*", "", "dot"),
        ("x/blank", "", "", "blank"),
        ("gopkg.in/yaml.v3", "", "y", "alias"),
    ]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("net/http", "http"),
        ("github.com/a/b/v2", "b"),
        ("gopkg.in/yaml.v3", "yaml"),
        ("github.com/goccy/go-json", "json"),
        ("github.com/nats-io/nats.go", "nats"),
        ("v2", "v2"),
    ],
)
def test_guessed_package_name(path: str, name: str) -> None:
    assert guessed_name(path) == name


def test_function_signature_results_and_flags() -> None:
    found = facts(
        "package a\n\n// F does\n// much.\nfunc F[T any](x, y T, rest ...string) (n int,\n\terr error) { return }\n"
    )
    f = definition(found, "F")
    assert (f.kind, f.symbol_kind, f.line, f.end_line) == (DefKind.FUNCTION, "function", 5, 6)
    assert f.signature == "func F[T any](x, y T, rest ...string) (n int, err error)"
    assert f.doc == "F does\nmuch."
    assert f.flags == DefFlag.EXPORTED | DefFlag.VARIADIC
    assert [(p.name, named(found, p.annotation), p.kind) for p in f.params] == [
        ("x", "T", ParamKind.POSITIONAL),
        ("y", "T", ParamKind.POSITIONAL),
        ("rest", "string", ParamKind.STAR),
    ]
    assert named(found, f.result) == "<int, error>"
    assert [found.definitions[i].name for i in f.type_params] == ["T"]
    assert values(found, "err") == ["typed error"]


def test_methods_hang_under_their_type_wherever_it_stands() -> None:
    found = facts(
        "package a\n\nfunc (t *Late) M() {}\n\ntype Late struct{}\n\nfunc (e Elsewhere[K]) N() K { return nil }\n"
    )
    late, elsewhere = definition(found, "Late"), definition(found, "Elsewhere")
    assert late.line == 5
    assert not late.flags & DefFlag.HIDDEN
    assert elsewhere.flags & DefFlag.HIDDEN
    assert elsewhere.flags & DefFlag.EXTENSION
    method, other = definition(found, "M"), definition(found, "N")
    assert found.definitions[method.parent] == late
    assert found.definitions[other.parent] == elsewhere
    assert method.params[0][::3] == ("t", ParamKind.RECEIVER)
    assert named(found, other.params[0].annotation) == "Elsewhere[K]"
    assert [found.definitions[i].name for i in other.type_params] == ["K"]
    members = {b.name: found.definitions[b.scope].name for b in found.bindings if b.name in "MN"}
    assert members == {"M": "Late", "N": "Elsewhere"}


def test_structs_interfaces_and_named_types() -> None:
    found = facts(
        "package a\n\ntype S struct {\n\t*Base\n\tpkg.Other\n\t// A doc\n"
        '\ta, b int `json:"x"`\n\tf func(int) (string, error)\n}\n'
        "type I interface {\n\tJ\n\tM(x int) error\n}\ntype Num interface{ ~int | ~float64 }\n"
        "type H map[string][]S\ntype Old = H\n"
    )
    struct, interface = definition(found, "S"), definition(found, "I")
    assert (struct.symbol_kind, struct.flags) == ("struct", DefFlag.STRUCT | DefFlag.EXPORTED)
    assert [(named(found, e), k) for e, k in struct.bases] == [("Base", "INHERITS"), ("pkg.Other", "INHERITS")]
    assert [d.name for d in found.definitions if d.symbol_kind == "field"] == ["Base", "Other", "a", "b", "f"]
    assert definition(found, "a").doc == "A doc"
    assert values(found, "f") == ["typed func(int) <string, error>"]
    assert (interface.symbol_kind, bool(interface.flags & DefFlag.INTERFACE)) == ("interface", True)
    assert [named(found, e) for e, _ in interface.bases] == ["J"]
    assert definition(found, "M").flags & DefFlag.ABSTRACT
    assert definition(found, "Num").bases == ()
    assert named(found, definition(found, "H").result) == "map[string, [][S]]"
    assert definition(found, "H").signature == "type H map[string][]S"
    assert (definition(found, "Old").kind, named(found, definition(found, "Old").returns[0])) == (DefKind.TYPE, "H")


def test_declarations_of_values() -> None:
    found = facts(
        "package a\n\nconst (\n\tA K = iota\n\tB\n\t_\n)\n\nvar x, y = f()\n"
        "var z T = g()\n// F it.\nvar F = func(n int) int { return h(n) }\n"
    )
    assert {d.name: d.symbol_kind for d in found.definitions[1:]} == {
        "A": "constant", "B": "constant", "x": "variable", "y": "variable", "z": "variable", "F": "function",
    }  # fmt: skip
    assert [values(found, name) for name in "ABxyz"] == [["typed K"], ["typed K"], ["f()#0"], ["f()#1"], ["typed T"]]
    assert definition(found, "F").doc == "F it."
    assert ("F", "h(n)", 12) in sites(found, SiteKind.CALL)


def test_local_bindings() -> None:
    found = facts(
        "package a\n\nfunc f() {\n\ta, err := g()\n\tv, ok := m[k]\n\tn := 2 * d\n\tb := <-ch\n\tp := &T{x: 1}\n"
        "\tfor i, e := range xs {\n\t\t_ = i\n\t}\n\tvar t, u T\n\tq := a.(*T).next\n\ts := a[1:2]\n}\n"
    )
    assert {name: values(found, name) for name in ("a", "err", "v", "ok", "n", "b", "p", "i", "e", "t", "q", "s")} == {
        "a": ["g()#0"], "err": ["g()#1"], "v": ["m[k]"], "ok": ["bool"], "n": ["d"], "b": ["iter ch"], 
        "p": ["T{x=int}"],
        "i": ["keyof xs"], "e": ["iter xs"], "t": ["typed T"], "q": ["a as T.next"], "s": ["slice a"],
    }  # fmt: skip
    assert all(b.flags & BindingFlag.DECLARES for b in found.bindings if found.definitions[b.scope].name == "f")


def test_blocks_end_bindings() -> None:
    found = facts(
        "package a\n\nfunc f() {\n\tif x := g(); x {\n\t\ty := 1\n\t} else if z := x; z {\n\t}\n\tlast()\n}\n"
    )
    last = next(found.code[e + 3] for e in range(len(found.code) - 3) if _is_use(found, e, "last"))
    assert all(b.end < last for b in found.bindings if b.name in ("x", "y", "z"))


def _is_use(found: Facts, at: int, name: str) -> bool:
    return (
        found.code[at] == Op.NAME
        and 0 <= found.code[at + 1] < len(found.names)
        and found.names[found.code[at + 1]] == name
    )


def test_type_switch_narrows_each_case() -> None:
    found = facts(
        "package a\n\nfunc f(x any) {\n\tswitch v := x.(type) {\n\tcase A:\n\t\tv.a()\n\tcase B, C:\n\t\tv.b()\n"
        "\tcase nil:\n\tdefault:\n\t\tv.d()\n\t}\n}\n"
    )
    assert values(found, "v") == ["x as A", "x", "x", "x"]


def test_composite_literals_elide_types() -> None:
    found = facts(
        'package a\n\nvar v = []*P{{X: 1}, {2}}\nvar w = map[string]P{"a": {Y: g()}}\n'
        "var n = Named{{Z: 1}}\ntype M map[K]int\nvar m = M{key: 1}\n"
    )
    refs = [expr for _, expr, _ in sites(found, SiteKind.REF)]
    assert "typed P.X" in refs
    assert "typed P.Y" in refs
    assert "typed typeof iter typed Named.Z" in refs
    assert "key" in refs
    assert values(found, "v") == ["typed [][P]"]


def test_sites() -> None:
    found = facts(
        'package a\n\nimport "fmt"\n\nfunc f(c *C, done func()) {\n'
        "\tfmt.Println(c.name, helper)\n\tc.\n\t\trun()\n\tdefer done()\n"
        "\tgo func() { c.stop(Limit) }()\n\tvar s []string = conv[int](c)\n\tg[A, *B](1)\n\tx := []byte(s)\n}\n"
    )
    assert sites(found, SiteKind.CALL) == [
        ("f", "fmt.Println(c.name, helper)", 6),
        ("f", "c.run()", 8),
        ("f", "done()", 9),
        ("f", "c.stop(Limit)", 10),
        ("f", "def ()", 10),
        ("f", "conv[int](c)", 11),
        ("f", "g[A, B](int)", 12),
    ]
    assert sites(found, SiteKind.REF) == [
        ("f", "C", 5),
        ("f", "c.name", 6),
        ("f", "helper", 6),
        ("f", "Limit", 10),
        ("f", "A", 12),
        ("f", "B", 12),
    ]


def test_test_functions_are_told_by_their_parameter() -> None:
    found = facts(
        "package a\n\nfunc TestX(t *testing.T) {}\nfunc Testify(t *testing.T) {}\n"
        "func BenchmarkY(b *testing.B) {}\nfunc TestZ() {}\n"
    )
    assert [d.name for d in found.definitions if d.flags & DefFlag.TEST] == ["TestX", "BenchmarkY"]


def test_entry_points() -> None:
    found = facts("package main\n\nfunc main() {}\n\nfunc init() {}\n\nfunc init() {}\n\nfunc run() {}\n")
    assert [d.name for d in found.definitions if d.flags & DefFlag.ENTRY_POINT] == ["main", "init", "init"]
    assert not [b for b in found.bindings if b.name == "init"]
    library = facts("package a\n\nfunc main() {}\n")
    assert not definition(library, "main").flags & DefFlag.ENTRY_POINT


def test_build_constraints() -> None:
    assert facts("// +build linux,386 darwin\n// +build !cgo\n\npackage a\n").extra == {
        "build": "(linux && 386 || darwin) && (!cgo)"
    }


def test_local_types_and_anonymous_structs() -> None:
    found = facts(
        "package a\n\nfunc f() {\n\ttype pair struct{ a T }\n\tp := pair{}\n"
        "\tfor _, tc := range []struct{ in I }{{g()}} {\n\t\ttc.in.Do()\n\t}\n}\n"
    )
    pair = definition(found, "pair")
    assert found.definitions[pair.parent].name == "f"
    hidden = next(d for d in found.definitions if d.kind == DefKind.CLASS and not d.name)
    assert hidden.flags & DefFlag.HIDDEN
    assert values(found, "in") == ["typed I"]


def test_generated_and_broken_files() -> None:
    assert facts("// Code generated by x. DO NOT EDIT.\n\npackage a\n").generated
    found = facts("package a\n\nfunc ok() { g( }\n\nfunc (t T) m() {}\n")
    assert found.problems
    assert {"ok", "m"} <= {d.name for d in found.definitions}
    assert facts("").definitions[0].kind == DefKind.MODULE


def test_long_chains_need_no_depth() -> None:
    chain = " +\n\t".join(["a.b"] * 3000)
    elses = "".join(f" else if x == {n} {{\n f() }}" for n in range(2000))
    found = facts(f"package a\n\nvar s = {chain}\n\nfunc g(x int) {{ if x == 0 {{}}{elses} }}\n")
    assert found.problems == ()
    assert len(sites(found, SiteKind.CALL)) == 2000


def test_go_mod() -> None:
    found = facts(
        "module example.com/m/v2 // the module\n\ngo 1.22\n\nrequire (\n\ta.b/c v1.0.0 // indirect\n\td.e/f v0.1.0\n)\n"
        "replace a.b/c => ../c\nreplace (\n\td.e/f v0.1.0 => x.y/f v0.2.0\n)\nreplace broken\n",
        "go.mod",
    )
    assert found.extra == {
        "module": "example.com/m/v2",
        "go": "1.22",
        "require": ("a.b/c", "d.e/f"),
        "use": (),
        "replace": (("a.b/c", "../c"), ("d.e/f", "x.y/f")),
    }
    assert [p.line for p in found.problems] == [13]


def test_go_work() -> None:
    found = facts('go 1.22\n\nuse ./one\nuse (\n\t./two\n\t"./with space"\n)\n', "go.work")
    assert found.extra["use"] == ("./one", "./two", "./with space")

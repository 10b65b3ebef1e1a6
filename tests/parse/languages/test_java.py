"""What the lowering of Java says of small files."""

from __future__ import annotations

import pytest

from loomgraph.facts import BindingFlag, DefFlag, Definition, DefKind, Facts, Op, ParamKind, SiteKind
from loomgraph.parse.extract import Extractor
from loomgraph.parse.languages.java.doc import first_paragraph
from loomgraph.parse.registry import Languages

LANGUAGES = Languages.load()
EXTRACTOR = Extractor(LANGUAGES)


def facts(text: str) -> Facts:
    return EXTRACTOR.extract("A.java", text.encode(), LANGUAGES["java"])


def definition(found: Facts, name: str, kind: str = "") -> Definition:
    (only,) = [d for d in found.definitions if d.name == name and kind in ("", d.symbol_kind)]
    return only


def reading(found: Facts, at: int) -> str:
    """A short reading of an expression, for assertions."""
    if at < 0:
        return "-"
    code, names = found.code, found.names
    op = code[at]
    if op in (Op.NAME, Op.LIT):
        return names[code[at + 1]]
    if op == Op.ATTR:
        return f"{reading(found, code[at + 1])}.{names[code[at + 2]]}"
    if op in (Op.CALL, Op.NEW, Op.INDEX):
        items = ", ".join(reading(found, code[at + 3 + k]) for k in range(code[at + 2]))
        base = reading(found, code[at + 1])
        return f"{base}[{items}]" if op == Op.INDEX else f"{'new ' if op == Op.NEW else ''}{base}({items})"
    if op == Op.TYPED:
        return f"a {reading(found, code[at + 1])}"
    if op == Op.UNION:
        return " | ".join(reading(found, code[at + 2 + k]) for k in range(code[at + 1])) or "?"
    if op == Op.DEF:
        return f"#{found.definitions[code[at + 1]].name}"
    return str(Op(op).name)


def calls(found: Facts) -> list[tuple[str, int, str]]:
    """(callee and arguments, line, owner's name) of each call site."""
    sites = found.sites
    return [
        (reading(found, sites[at]), sites[at + 2], found.definitions[sites[at + 1]].name)
        for at in range(0, len(sites), 4)
        if sites[at + 3] == SiteKind.CALL
    ]


def references(found: Facts) -> list[str]:
    sites = found.sites
    return [reading(found, sites[at]) for at in range(0, len(sites), 4) if sites[at + 3] == SiteKind.REF]


def test_package_and_imports() -> None:
    found = facts("package a . b;\nimport a.C;\nimport a.c.*;\nimport static a.D.e;\nimport static a.D.*;\n")
    assert found.package == "a.b"
    assert [(i.module, i.name, i.alias, i.kind, i.line) for i in found.imports] == [
        ("a", "C", "C", "import", 2),
        ("a.c", "*", "", "import", 3),
        ("a.D", "e", "e", "static", 4),
        ("a.D", "e()", "e()", "static", 4),
        ("a.D", "*", "", "static", 5),
    ]


def test_classes_and_their_bases() -> None:
    found = facts("/** Does it. */\n@Old\npublic abstract class A<T extends B> extends C<T> implements D, e.F {}\n")
    a = definition(found, "A")
    assert (a.kind, a.symbol_kind, a.line, a.name_line) == (DefKind.CLASS, "class", 2, 3)
    assert a.flags == DefFlag.ABSTRACT | DefFlag.EXPORTED
    assert [(reading(found, base), kind) for base, kind in a.bases] == [
        ("C<>[#T]", "INHERITS"),
        ("D<>", "IMPLEMENTS"),
        ("e.F", "IMPLEMENTS"),
    ]
    assert a.signature == "public abstract class A<T extends B> extends C<T> implements D, e.F"
    assert a.doc == "Does it."
    assert [reading(found, decorator) for decorator in a.decorators] == ["Old<>"]
    (t,) = a.type_params
    assert found.definitions[t].flags & DefFlag.HIDDEN
    assert [reading(found, bound) for bound in found.definitions[t].returns] == ["B<>"]


@pytest.mark.parametrize(
    ("text", "kind", "flag"),
    [
        ("interface X {}", "interface", DefFlag.INTERFACE),
        ("@interface X {}", "interface", DefFlag.INTERFACE),
        ("enum X {}", "enum", DefFlag.ENUM),
        ("record X() {}", "class", DefFlag.DATACLASS),
    ],
)
def test_kinds_of_types(text: str, kind: str, flag: DefFlag) -> None:
    x = definition(facts(text), "X")
    assert x.symbol_kind == kind
    assert x.flags & flag


def test_fields_and_what_their_values_call() -> None:
    found = facts("class A {\n  static final B X = make(), Y[] = null;\n  private int n;\n}\n")
    assert [(d.name, d.symbol_kind) for d in found.definitions[2:]] == [
        ("X", "constant"),
        ("Y", "constant"),
        ("n", "field"),
    ]
    assert definition(found, "X").signature == "static final B X"
    assert reading(found, definition(found, "Y").result) == "[][B<>]"
    assert definition(found, "n").flags & DefFlag.PRIVATE
    assert calls(found) == [("make()()", 2, "A")]  # the class runs what its fields begin with


def test_methods_are_bound_apart_from_fields() -> None:
    found = facts("class A { int size; int size(String name, int... rest) { return size; } }")
    method = definition(found, "size", "method")
    assert [(p.name, reading(found, p.annotation), p.kind) for p in method.params] == [
        ("name", "String<>", ParamKind.POSITIONAL),
        ("rest", "int", ParamKind.STAR),
    ]
    assert method.flags & DefFlag.VARIADIC
    assert reading(found, method.result) == "int"
    members = {b.name for b in found.bindings if found.definitions[b.scope].name == "A"}
    assert members == {"size", "size()"}


def test_annotated_variable_arity_is_read_though_the_grammar_stumbles() -> None:
    found = facts("class A { void m(int a, @N Object @N ... rest) {} }")
    method = definition(found, "m")
    assert [p.name for p in method.params] == ["a", "rest"]
    assert method.flags & DefFlag.VARIADIC


def test_constructors_call_each_other_and_their_parents() -> None:
    found = facts("class A extends B {\n  A() {}\n  A(int n) {\n    this();\n  }\n  A(long n) { super(n); }\n}\n")
    assert [d.symbol_kind for d in found.definitions if d.name == "A"] == ["class"] + ["constructor"] * 3
    assert calls(found) == [("new B<>()", 2, "A"), ("new #A()", 4, "A"), ("new B<>(n)", 6, "A")]


def test_a_class_without_constructor_calls_its_parents() -> None:
    assert calls(facts("class A extends B {\n}\n")) == [("new B<>()", 1, "A")]
    assert calls(facts("class A implements B {\n}\n")) == []


def test_anonymous_classes_hang_under_what_holds_them() -> None:
    found = facts(
        "class A {\n  B b = new B() { void run() { go(); } };\n  void m() { new B() { void stop() {} }; }\n}\n"
    )
    hidden = [d for d in found.definitions if d.kind == DefKind.CLASS and d.flags & DefFlag.HIDDEN]
    assert [found.definitions[d.parent].name for d in hidden] == ["b", "m"]
    assert [reading(found, base) for d in hidden for base, _ in d.bases] == ["B<>", "B<>"]
    assert calls(found) == [("new B<>()", 2, "A"), ("go()()", 2, "run"), ("new B<>()", 3, "m")]


def test_enums() -> None:
    found = facts("enum E { A, B(1) { int f() { return 2; } }; E() {} E(int n) {} int f() { return 1; } }")
    assert [d.name for d in found.definitions if d.symbol_kind == "enumMember"] == ["A", "B"]
    assert [call for call, _, _ in calls(found)] == ["new #E()", "new #E(int)"]
    body = next(d for d in found.definitions if d.flags & DefFlag.HIDDEN)
    assert found.definitions[body.parent].name == "B"


def test_records_have_accessors_unless_written() -> None:
    found = facts("record R(int x, String y) { R { } public String y() { return y; } }")
    assert [(d.name, d.symbol_kind) for d in found.definitions[2:]] == [
        ("x", "property"),
        ("y", "field"),
        ("R", "constructor"),
        ("y", "method"),
    ]
    assert [p.name for p in definition(found, "R", "constructor").params] == ["x", "y"]
    assert [p.name for p in definition(found, "R", "class").params] == ["x", "y"]


def test_locals_are_declared_with_their_types() -> None:
    found = facts("class A { void m() { B b = null; var c = b.d(); for (var e : c) {} } }")
    rows = {b.name: b for b in found.bindings if found.definitions[b.scope].name == "m"}
    assert reading(found, rows["b"].value) == "a B<>"
    assert rows["b"].flags == BindingFlag.DECLARES | BindingFlag.TYPED
    assert reading(found, rows["c"].value) == "b.d()()"
    assert found.code[rows["e"].value] == Op.ITER
    assert "b" not in references(found)  # a local is no symbol


def test_blocks_end_their_variables() -> None:
    found = facts("class A { void m() { { int x = 1; } { String x = null; } } }")
    first, second = (b for b in found.bindings if b.name == "x")
    assert first.end < second.position < second.end


def test_patterns_declare() -> None:
    found = facts(
        "class A { void m(Object o) { if (o instanceof B b) {} switch (o) { case C c -> {} default -> {} } } }"
    )
    rows = {b.name: reading(found, b.value) for b in found.bindings}
    assert rows["b"] == "a B<>"
    assert rows["c"] == "a C<>"


def test_lambdas_know_what_they_are_passed_for() -> None:
    found = facts("class A { F<B> f = x -> x; void m() { on(y -> y.z()); F<B> g = (z) -> z; } }")
    lambdas = [d for d in found.definitions if d.kind == DefKind.FUNCTION and d.flags & DefFlag.HIDDEN]
    assert [[p.name for p in d.params] for d in lambdas] == [["x"], ["y"], ["z"]]
    contexts = [(reading(found, d.context[0]), d.context[1]) for d in lambdas]
    assert contexts == [("FUNCTYPE(#)", 0), ("on()(#)", 0), ("FUNCTYPE(#)", 0)]
    assert [reading(found, d.returns[0]) for d in lambdas] == ["x", "y.z()()", "z"]


def test_method_references() -> None:
    found = facts("class A { void m() { on(B::c, this::d, E::new); } }")
    assert [r for r in references(found) if "." in r] == ["B.c()", "THIS.d()", "E.<init>"]


def test_long_chains_of_operators_do_not_nest() -> None:
    found = facts("class A { String s = " + " +\n".join(['"x"'] * 5000) + "; }")
    assert not found.problems


def test_tests_are_flagged() -> None:
    found = facts("class A { @Test void a() {} @org.junit.jupiter.api.RepeatedTest(3) void b() {} @Other void c() {} }")
    assert [bool(definition(found, name).flags & DefFlag.TEST) for name in "abc"] == [True, True, False]


def test_what_others_call_is_an_entry_point() -> None:
    found = facts("class A { static void main(String[] args) {} @GetMapping void page() {} void main(int n) {} }")
    flags = [bool(d.flags & DefFlag.ENTRY_POINT) for d in found.definitions if d.symbol_kind == "method"]
    assert flags == [True, True, False]


def test_broken_source_gives_what_it_has() -> None:
    found = facts("class A { void ok() { fine(); } void bad( { ]] } class B {}")
    assert found.problems
    assert "ok" in {d.name for d in found.definitions}
    assert ("fine()()", 1, "ok") in calls(found)


@pytest.mark.parametrize(
    ("comment", "wanted"),
    [
        (" One line. ", "One line."),
        ("\n * First\n * part.\n *\n * Second.\n ", "First part."),
        ("\n * Uses {@link Foo#bar} and {@code x < y}.\n * @param a b\n ", "Uses Foo.bar and x < y."),
        ("\n * {@link Foo the label} &amp; <b>more</b>\n * <p>Next\n ", "the label & more"),
        ("\n * @return only tags\n ", ""),
        (" x" * 400, "x " * 199 + "x…"),
    ],
)
def test_first_paragraphs_of_javadoc(comment: str, wanted: str) -> None:
    assert first_paragraph(comment) == wanted

"""Structure languages: what their queries find, as golden text beside a sample in each language.

Run with UPDATE_GOLDEN=1 to accept changed facts; the difference is for review.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from loomgraph.facts import DefFlag, Facts, Op, ParamKind, SiteKind
from loomgraph.parse.extract import Extractor
from loomgraph.parse.registry import Languages
from loomgraph.resolve.ids import symbol_ids

FOLDER = Path(__file__).parent / "structure"
SAMPLES = sorted(path for path in FOLDER.glob("sample.*") if path.suffix != ".txt")
LANGUAGES = Languages.load()


class Dump:
    """Facts as text, for reading."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.ids = [name.removeprefix("::") or "(file)" for name in symbol_ids("", facts.definitions)]

    def lines(self) -> Iterator[str]:
        facts = self.facts
        if facts.package:
            yield f"package {facts.package}"
        for problem in facts.problems:
            yield f"problem {problem.line}: {problem.reason}"
        for imported in facts.imports:
            alias = f" as {imported.alias}" if imported.alias not in ("", imported.name) else ""
            yield f"{imported.line}: {imported.kind} {imported.module or '-'} {imported.name or '(itself)'}{alias}"
        for at in range(1, len(facts.definitions)):
            yield self.definition(at)
        sites = facts.sites
        for at in range(0, len(sites), 4):
            if sites[at + 3] == SiteKind.CALL:
                yield f"{sites[at + 2]}: {self.ids[sites[at + 1]]} calls {self.show(sites[at])}"

    def definition(self, at: int) -> str:
        d = self.facts.definitions[at]
        flags = " ".join(flag.name.lower() for flag in DefFlag if flag & d.flags)
        bases = " ".join(f"{kind.lower()} {self.show(base)}" for base, kind in d.bases)
        marks = {ParamKind.STAR: "*", ParamKind.KEYWORD: ":", ParamKind.RECEIVER: "^"}
        params = ", ".join(marks.get(p.kind, "") + (p.name or "_") + "?" * (p.default >= 0) for p in d.params)
        parts = [f"{d.name_line}-{d.end_line}: {d.symbol_kind} {self.ids[at]}", f"[{flags}]" if flags else "", bases]
        parts.append(f"({params})" if d.kind == 2 else "")
        parts.append(f"-> {self.show(d.result)}" if d.result >= 0 else "")
        parts += [f"`{d.signature}`", f'"{d.doc}"' if d.doc else ""]
        return " ".join(part for part in parts if part)

    def show(self, expr: int) -> str:
        """An expression, briefly."""
        code, names = self.facts.code, self.facts.names
        op = code[expr] if expr >= 0 else 0
        if op == Op.NAME:
            return names[code[expr + 1]]
        if op == Op.ATTR:
            return f"{self.show(code[expr + 1])}.{names[code[expr + 2]]}"
        if op in (Op.CALL, Op.NEW):
            n = code[expr + 2]
            args = [self.show(code[expr + 3 + k]) for k in range(n)]
            rest = expr + 4 + n
            args += [f"{names[code[rest + 2 * k]]}: {self.show(code[rest + 2 * k + 1])}" for k in range(code[rest - 1])]
            return f"{'new ' if op == Op.NEW else ''}{self.show(code[expr + 1])}({', '.join(args)})"
        if op == Op.DEF:
            return f"<{self.facts.definitions[code[expr + 1]].name}>"
        if op == Op.LIT:
            return names[code[expr + 1]]
        return {Op.THIS: "this", Op.SUPER: "super", Op.STAR: "*"}.get(Op(op) if op else Op.NAME, "?")


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.suffix[1:])
def test_sample(path: Path) -> None:
    data = path.read_bytes()
    spec = LANGUAGES.language_of(path.name, data)
    assert spec is not None
    assert not spec.lower
    text = "\n".join(Dump(Extractor(LANGUAGES).extract(path.name, data, spec)).lines()) + "\n"
    golden = path.with_name(path.name + ".txt")
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_every_structure_language_has_a_sample() -> None:
    wanted = {spec.name for spec in LANGUAGES.specs if not spec.lower and not spec.config}
    shown = {spec.name for path in SAMPLES if (spec := LANGUAGES.language_of(path.name, path.read_bytes()))}
    assert shown == wanted


def parents(source: str, language: str) -> dict[str, tuple[str, bool]]:
    """Method → (the class it hangs under, whether that one is a hidden stand-in)."""
    facts = Extractor(LANGUAGES).extract("a", source.encode(), LANGUAGES[language])
    found = {}
    for d in facts.definitions[1:]:
        above = facts.definitions[d.parent]
        if d.kind == 2:
            found[d.name] = (above.name, bool(above.flags & DefFlag.EXTENSION))
    return found


@pytest.mark.parametrize(
    ("language", "source", "wanted"),
    [
        ("rust", "struct A;\nimpl A { fn m(&self) {} }\n", {"m": ("A", False)}),
        ("rust", "impl other::B<u8> { fn m(&self) {} }\n", {"m": ("B", True)}),
        ("cpp", "class A { int m(); };\nint A::m() { return 1; }\n", {"m": ("A", False)}),
        ("cpp", "int B::m() { return 1; }\n", {"m": ("B", True)}),
        ("swift", "struct A {}\nextension A { func m() {} }\n", {"m": ("A", False)}),
        ("swift", "extension String { func m() {} }\n", {"m": ("String", True)}),
        ("scala", "class A\nobject A { def m(x: Int) = x }\n", {"m": ("A", False)}),
        ("kotlin", "fun String.m(): Int { return 1 }\n", {"m": ("String", True)}),
        ("lua", "local A = {}\nfunction A.m() end\n", {"m": ("A", False)}),
        ("lua", "function B:m() end\n", {"m": ("B", True)}),
        ("ruby", "class A\n  class << self\n    def m; end\n  end\nend\n", {"m": ("A", False)}),
    ],
)
def test_methods_hang_under_their_type(language: str, source: str, wanted: dict[str, tuple[str, bool]]) -> None:
    assert parents(source, language) == wanted


@pytest.mark.parametrize(
    ("language", "source", "doc"),
    [
        ("rust", "/// One.\n/// Two.\n#[inline]\nfn f() {}\n", "One.\nTwo."),
        ("rust", "// Not documentation.\nfn f() {}\n", ""),
        ("c", "/* One.\n * Two.\n */\nint f(void) { return 1; }\n", "One.\nTwo."),
        ("cpp", "// One.\ntemplate <typename T>\nint f(T a) { return 1; }\n", "One."),
        ("csharp", "class A {\n  /// <summary>One.</summary>\n  [Test]\n  void f() {}\n}\n", "One."),
        ("php", "<?php\n/**\n * One.\n * @return int\n */\nfunction f() {}\n", "One.\n@return int"),
        ("ruby", "# One.\n#\n# Two.\ndef f\nend\n", "One.\n\nTwo."),
        ("lua", "--- One.\n-- Two.\nfunction f() end\n", "One.\nTwo."),
        ("bash", "# One.\nf() { true; }\n", "One."),
        ("kotlin", "/** One. */\n@Test\nfun f() {}\n", "One."),
        ("swift", "/// One.\n@objc\nfunc f() {}\n", "One."),
        ("scala", "/** One. */\ndef f = 1\n", "One."),
        ("c", "int a; // About a.\n\nint f(void) { return 1; }\n", ""),
    ],
)
def test_documentation_is_what_stands_directly_above(language: str, source: str, doc: str) -> None:
    facts = Extractor(LANGUAGES).extract("a", source.encode(), LANGUAGES[language])
    assert [d.doc for d in facts.definitions if d.name == "f"] == [doc]


def test_the_package_of_a_file_too_broken_to_parse() -> None:
    source = "namespace App.Models {\n#if A\n  class B {\n#else\n  class C {\n#endif\n    void m() {}\n  }\n}\n"
    facts = Extractor(LANGUAGES).extract("a", source.encode(), LANGUAGES["csharp"])
    assert facts.problems
    assert facts.package == "App.Models"
    assert "m" in {d.name for d in facts.definitions}

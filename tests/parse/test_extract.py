"""A file never stops an index: whatever its bytes, extraction gives facts and says what is wrong."""

from __future__ import annotations

import codecs
import sys
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loomgraph.facts import Facts
from loomgraph.parse.builder import Builder
from loomgraph.parse.extract import Extractor, Limits
from loomgraph.parse.registry import Languages, LanguageSpec

LANGUAGES = Languages.load()
EXTRACTOR = Extractor(LANGUAGES)
ALL = [pytest.param(spec, id=spec.name) for spec in LANGUAGES.specs]
CODE = [pytest.param(spec, id=spec.name) for spec in LANGUAGES.specs if spec.grammar and not spec.config]

FUNCTIONS = {
    "bash": "work() {\n  help 1\n}\n",
    "c": "int work(int a) {\n  return help(a);\n}\n",
    "cpp": "int work(int a) {\n  return help(a);\n}\n",
    "csharp": "class A {\n  int work(int a) {\n    return help(a);\n  }\n}\n",
    "elixir": "def work(a) do\n  help(a)\nend\n",
    "go": "package a\n\nfunc work(a int) int {\n\treturn help(a)\n}\n",
    "haskell": "work :: Int -> Int\nwork a = help a\n",
    "java": "class A {\n  int work(int a) {\n    return help(a);\n  }\n}\n",
    "javascript": "function work(a) {\n  return help(a);\n}\n",
    "kotlin": "fun work(a: Int): Int {\n  return help(a)\n}\n",
    "lua": "function work(a)\n  return help(a)\nend\n",
    "php": "<?php\nfunction work($a) {\n  return help($a);\n}\n",
    "python": "def work(a):\n    return help(a)\n",
    "ruby": "def work(a)\n  help(a)\nend\n",
    "rust": "fn work(a: u8) -> u8 {\n    help(a)\n}\n",
    "scala": "def work(a: Int): Int = {\n  help(a)\n}\n",
    "swift": "func work(a: Int) -> Int {\n  return help(a)\n}\n",
    "tsx": "function work(a) {\n  return help(a);\n}\n",
    "typescript": "function work(a) {\n  return help(a);\n}\n",
    "zig": "fn work(a: u8) u8 {\n    return help(a);\n}\n",
}
OPENERS = {
    "bash": "if true; then\n", "lua": "do\n", "ruby": "if a\n", "python": "(", "elixir": "if a do\n",
    "php": "<?php (", "markdown": "> ",
}  # fmt: skip


def names(facts: Facts) -> set[str]:
    return {d.name for d in facts.definitions if d.name}


def reasons(facts: Facts) -> list[str]:
    return [p.reason for p in facts.problems]


def check(facts: Facts, spec: LanguageSpec) -> None:
    """What must hold of any facts: they pack, and every index and line is in range."""
    assert facts.language == spec.name
    assert Facts.unpack(facts.pack()).definitions == facts.definitions
    count = len(facts.definitions)
    assert facts.definitions[0].parent == -1
    for at, d in enumerate(facts.definitions[1:], 1):
        assert 0 <= d.parent < count
        assert d.parent != at
        assert 1 <= d.line <= d.end_line <= max(facts.lines, 1)
        assert d.position <= d.end
    assert all(0 <= b.scope < count and b.position <= b.end for b in facts.bindings)
    assert all(0 <= s < len(facts.code) for s in facts.sites[::4])
    assert all(0 <= o < count for o in facts.sites[1::4])
    assert all(0 < line <= max(facts.lines, 1) for line in facts.sites[2::4])
    assert all(1 <= c.start_line <= c.end_line <= facts.lines and c.start_byte < c.end_byte for c in facts.chunks)
    assert all(p.line >= 0 and p.reason for p in facts.problems)


@pytest.mark.parametrize("spec", CODE)
def test_every_language_has_a_function_and_its_call(spec: LanguageSpec) -> None:
    if spec.name == "markdown":
        pytest.skip("a language of text")
    facts = EXTRACTOR.extract("a", FUNCTIONS[spec.name].encode(), spec)
    check(facts, spec)
    assert "work" in names(facts)
    assert any(name.startswith("help") for name in facts.names)
    assert not facts.problems
    assert facts.chunks


@pytest.mark.parametrize("spec", [p for p in CODE if p.id in FUNCTIONS])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.encode() + b"\xff\xfe\xe9 broken\n",
        lambda text: text.encode() + b"\n\0\n",
        lambda text: text.encode() + b"\n((((( ]] }} {{ <<< class struct\n",
    ],
    ids=["bom", "utf16le", "utf16be", "crlf", "cr", "latin1", "nul", "syntax"],
)
def test_spoilt_bytes_still_give_the_function(spec: LanguageSpec, spoil: object) -> None:
    facts = EXTRACTOR.extract("a", spoil(FUNCTIONS[spec.name]), spec)  # type: ignore[operator]
    check(facts, spec)
    assert "work" in names(facts)
    work = next(d for d in facts.definitions if d.name == "work")
    plain = FUNCTIONS[spec.name].split("\n")
    assert "work" in plain[work.name_line - 1]


@pytest.mark.parametrize("spec", ALL)
@pytest.mark.parametrize("data", [b"", b"\n", b"   ", b"\xef\xbb\xbf", b"\0", b"\xff", b"\r", b"#!", b"\xff\xfe"])
def test_almost_nothing(spec: LanguageSpec, data: bytes) -> None:
    check(EXTRACTOR.extract("a", data, spec), spec)


@pytest.mark.parametrize("spec", ALL)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400))
def test_random_bytes(spec: LanguageSpec, data: bytes) -> None:
    check(EXTRACTOR.extract("a", data, spec), spec)


WORDS = """
class def fn func function struct impl enum trait interface namespace module end { } ( ) [ ] < > , ; : :: . -> => = a b
C D self this super import use include from as new return if else for in * & | @ # // /* */ ' " ` const let var val
public static <?php $x 1 2.5 template async await yield lambda match case type
"""
TOKENS = st.lists(st.sampled_from([*WORDS.split(), "\n", "\n\n"]), max_size=60)


@pytest.mark.parametrize("spec", ALL)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tokens=TOKENS)
def test_random_tokens(spec: LanguageSpec, tokens: list[str]) -> None:
    facts = EXTRACTOR.extract("a", " ".join(tokens).encode(), spec)
    check(facts, spec)
    assert not [r for r in reasons(facts) if r.startswith("extraction failed")]


@pytest.mark.parametrize("spec", [p for p in ALL if p.id not in ("bash", "ruby", "rst")])
def test_deep_nesting(spec: LanguageSpec) -> None:
    """10,000 levels: facts as far as they go, and the recursion limit as it was."""
    before = sys.getrecursionlimit()
    opener = OPENERS.get(spec.name, "(")
    start = FUNCTIONS.get(spec.name, "")
    if spec.name == "php":
        opener, start = "(", start
    data = (start + "x = " * (spec.name == "python") + (opener * 50 + "\n") * 200).encode()
    facts = EXTRACTOR.extract("a", data, spec)
    check(facts, spec)
    assert sys.getrecursionlimit() == before
    if start:
        assert "work" in names(facts)


@pytest.mark.parametrize("language", ["python", "javascript", "java", "go", "rust", "cpp"])
def test_deep_but_sound_expressions(language: str) -> None:
    start, depth = FUNCTIONS[language], 3_000
    body = {"python": "x = ", "javascript": "var x = ", "rust": "const X: u8 = ", "cpp": "int x = ", "go": "var x = "}
    text = start + body.get(language, "class B { int x = ") + "(" * depth + "1" + ")" * depth
    text += {"python": "\n", "java": ";}\n"}.get(language, ";\n")
    facts = EXTRACTOR.extract("a", text.encode(), LANGUAGES[language])
    check(facts, LANGUAGES[language])
    assert "work" in names(facts)


def test_minified_code_is_said_and_left_alone() -> None:
    tracemalloc.start()
    data = b"var a=function(b){return b+1};" * 175_000  # 5 MB in a line
    facts = EXTRACTOR.extract("bundle.js", data, LANGUAGES["javascript"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(data) > 5_000_000
    assert facts.generated
    assert names(facts) == set()
    assert "minified: its symbols are not read" in reasons(facts)
    assert peak < 60_000_000


def test_a_large_file_is_read_up_to_the_limit() -> None:
    source = b"def first(): pass\n" + b"x = 1\n" * 1_000 + b"def last(): pass\n"
    facts = Extractor(LANGUAGES, Limits(max_bytes=2_000)).extract("a.py", source, LANGUAGES["python"])
    assert "first" in names(facts)
    assert "last" not in names(facts)
    assert reasons(facts) == ["too large: read up to line 331 of 1002"]
    assert facts.lines == 1002


def test_generated_code_is_flagged_and_read() -> None:
    facts = EXTRACTOR.extract("a.py", b"# @generated\ndef f(): pass\n", LANGUAGES["python"])
    assert facts.generated
    assert "f" in names(facts)
    assert not EXTRACTOR.extract("a.py", b"def f(): pass\n", LANGUAGES["python"]).generated


def test_a_syntax_error_names_its_line() -> None:
    facts = EXTRACTOR.extract("a.rs", b"fn a() {}\nfn b() {}\nfn c( {}\n", LANGUAGES["rust"])
    assert [tuple(p) for p in facts.problems] == [(3, "syntax error: facts as far as they go")]
    assert {"a", "b"} <= names(facts)


class _Failing(Languages):
    """Languages whose lowering breaks half-way."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(LANGUAGES.specs)
        self.error = error

    def lowering(self, spec: LanguageSpec):  # type: ignore[no-untyped-def]
        def lower(root: object, source: bytes, builder: Builder) -> None:
            draft = builder.define("kept", 2, "function", 2, 3)
            builder.begin(draft)
            builder.open_block()
            builder.bind("x", builder.name("y"))
            raise self.error

        return lower


@pytest.mark.parametrize("error", [ValueError("odd"), KeyError("k"), RecursionError(), MemoryError()])
def test_a_failing_lowering_leaves_what_it_had(error: BaseException) -> None:
    facts = Extractor(_Failing(error)).extract("a.rs", b"fn a() {}\n" * 4, LANGUAGES["rust"])
    assert names(facts) == {"kept"}
    check(facts, LANGUAGES["rust"])
    assert len(facts.problems) == 1
    problem = facts.problems[0]
    assert problem.line == 2
    if isinstance(error, RecursionError):
        assert problem.reason == "nested too deeply: facts end here"
    else:
        assert type(error).__name__ in problem.reason
        assert "test_extract.py:" in problem.reason


@pytest.mark.parametrize("spec", ALL)
def test_the_same_bytes_are_the_same_facts(spec: LanguageSpec) -> None:
    data = FUNCTIONS.get(spec.name, "# Title\n\n`a.b()`\n").encode()
    other = Extractor(Languages.load())
    assert EXTRACTOR.extract("a", data, spec) == other.extract("b", data, spec)

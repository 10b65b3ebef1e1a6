"""Chunks follow the syntax, cover the file once, and keep to the budget."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loomgraph.facts import Facts
from loomgraph.parse.extract import Extractor, Limits
from loomgraph.parse.registry import Languages
from loomgraph.parse.text import read_text

LANGUAGES = Languages.load()
CLOSING = 10  # a closing line joins what it closes whatever that makes


def extract(source: str | bytes, language: str = "rust", size: int = 400) -> tuple[Facts, list[str]]:
    """The facts, and the text of each chunk."""
    data = source.encode() if isinstance(source, str) else source
    facts = Extractor(LANGUAGES, Limits(chunk_size=size)).extract("case", data, LANGUAGES[language])
    text = read_text(data).source
    return facts, [text[c.start_byte : c.end_byte].decode() for c in facts.chunks]


def function(name: str, statements: int, indent: str = "") -> str:
    body = "".join(f"{indent}    let value_{i} = compute({i}, {i} + 1);\n" for i in range(statements))
    return f"{indent}fn {name}(n: u32) {{\n{body}{indent}}}\n"


def test_a_small_file_is_one_chunk() -> None:
    facts, texts = extract(function("a", 2))
    assert len(texts) == 1
    assert facts.definitions[facts.chunks[0].owner].kind == 0


def test_functions_that_fit_stay_whole_and_keep_the_comment_above() -> None:
    source = "use a::b;\n\n" + "\n".join("/// Docs of it.\n" + function(name, 6) for name in ("one", "two", "three"))
    facts, texts = extract(source)
    owners = [facts.definitions[c.owner].name for c in facts.chunks]
    assert [o for o in owners if o] == ["one", "two", "three"]
    assert all(text.startswith("/// Docs of it.\nfn ") and text.endswith("}") for text in texts[1:])
    assert len(texts) == 3
    assert texts[0].startswith("use a::b;\n\n/// Docs of it.\nfn one")  # a scrap joins its neighbour


def test_a_long_function_is_cut_between_statements_and_repeats_its_signature() -> None:
    facts, texts = extract(function("long", 40))
    assert len(texts) > 3
    assert all(len(text) <= 400 + CLOSING for text in texts)
    assert [c.heading for c in facts.chunks] == [""] + ["fn long(n: u32)"] * (len(texts) - 1)
    assert all(text.lstrip().startswith(("let ", "fn ", "}")) for text in texts)
    assert {facts.definitions[c.owner].name for c in facts.chunks} == {"long"}


def test_nested_blocks_are_cut_inside_only_when_they_must_be() -> None:
    inner = "".join(f"        step_number({i});\n" for i in range(8))
    block = f"    if ready {{\n{inner}    }}\n"
    _, texts = extract(f"fn f() {{\n{block * 4}}}\n")
    assert all(text.count("if ready") == text.count("    }\n") + text.endswith("    }") for text in texts[1:-1])


def test_small_members_are_joined_and_a_class_that_fits_is_whole() -> None:
    small = "struct A {\n    x: u8,\n}\n\nimpl A {\n    fn a(&self) {}\n    fn b(&self) {}\n}\n"
    _, texts = extract(small * 1)
    assert len(texts) == 1
    members = "".join(function(f"m{i}", 1, "    ") for i in range(20))
    facts, texts = extract(f"trait T {{\n{members}}}\n")
    assert 5 <= len(texts) <= 12
    assert all(len(text) <= 400 + CLOSING for text in texts)
    assert {facts.definitions[c.owner].name for c in facts.chunks} == {"T"}
    assert facts.chunks[1].heading == "trait T"


def test_closing_lines_stay_with_what_they_close() -> None:
    _, texts = extract("mod m {\n" + function("a", 12, "    ") + function("b", 12, "    ") + "}\n")
    assert texts[-1].endswith("    }\n}")


def test_a_line_longer_than_the_budget_is_a_chunk() -> None:
    _, texts = extract('const A: &str = "' + "x" * 900 + '";\nconst B: u8 = 1;\n')
    assert "".join(texts).count("x") == 900


def test_nothing_in_nothing_out() -> None:
    assert extract("")[1] == []
    assert extract("\n\n  \n")[1] == []


def test_lines_and_bytes_agree_after_line_ends_are_mended() -> None:
    facts, texts = extract("// é\r\nfn a() {}\r\n\r\nfn b() {}\r\n".encode())
    assert texts == ["// é\nfn a() {}\n\nfn b() {}"]
    assert (facts.chunks[0].start_line, facts.chunks[0].end_line) == (1, 4)


PIECES = st.lists(
    st.sampled_from(
        [
            function("f", 3),
            function("g", 30),
            "struct S {\n    a: u8,\n}\n",
            "\n\n",
            "// a comment\n",
            "const A: u8 = 1;\n",
            "impl S {\n" + function("m", 5, "    ") * 4 + "}\n",
            "#[derive(Debug)]\n",
            "/* block\n   comment */\n",
            "}\n",
            "fn (\n",
            "mod deep {\n    mod deeper {\n" + function("x", 25, "        ") + "    }\n}\n",
        ]
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(PIECES, st.integers(80, 3_000))
def test_chunks_cover_every_line_once_in_order(pieces: list[str], size: int) -> None:
    source = "".join(pieces)
    facts, texts = extract(source, size=size)
    lines = source.split("\n")
    seen = 0
    covered: set[int] = set()
    for chunk, text in zip(facts.chunks, texts, strict=True):
        assert chunk.start_line > seen
        seen = chunk.end_line
        covered.update(range(chunk.start_line, chunk.end_line + 1))
        assert text == "\n".join(lines[chunk.start_line - 1 : chunk.end_line])
        assert text.strip()
        assert text == text.rstrip("\n")
    assert all(at in covered for at, line in enumerate(lines, 1) if line.strip())


def test_a_document_is_cut_by_heading() -> None:
    source = textwrap.dedent(
        """\
        Before.

        # Top

        {words}

        ## First

        {words}

        ## Second

        {words}

        ```
        # no heading

        {words}
        ```
        """
    ).format(words="word " * 60)
    facts, texts = extract(source, "markdown")
    assert [c.heading for c in facts.chunks] == ["", "Top", "Top > First", "Top > Second", "Top > Second"][
        -len(texts) :
    ] or [c.heading for c in facts.chunks] == ["Top", "Top > First", "Top > Second", "Top > Second"]
    assert texts[-1].startswith("```\n# no heading")
    assert "sections" not in facts.extra


@pytest.mark.parametrize("language", ["markdown", "rst"])
def test_small_sections_are_joined(language: str) -> None:
    heading = "## {0}\n\ntext\n\n" if language == "markdown" else "{0}\n---\n\ntext\n\n"
    facts, texts = extract("".join(heading.format(name) for name in ("One", "Two", "Six")), language)
    assert len(texts) == 1
    assert facts.chunks[0].heading == "One"

"""Citations in a model's words: the same wherever the words are cut, checked against what the model had read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomgraph.model import Resolution
from loomgraph.retrieve.answer import Answer, Passage, Reference, Relation
from loomgraph.retrieve.citing import Citing, cited_lines


def passage(file: str, start: int, end: int, number: str) -> Passage:
    return Passage("shop", file, start, end, "text", None, 1.0, {}, number)


ANSWER = Answer(
    "q", "mix", ("shop",), (),
    passages=(passage("src/a.py", 12, 25, "1"), passage("src/a.py", 26, 30, "1"), passage("src/a.py", 40, 41, "1")),
    relations=(Relation("shop", "CALLS", "a", "b", "src/b.py", 7, 1, Resolution.EXACT, 1.0, "2"),),
    references=(Reference("1", "shop", "src/a.py"), Reference("2", "shop", "src/b.py")),
)  # fmt: skip


def said(text: str, cuts: list[int] | None = None) -> tuple[str, Citing]:
    citing, start, out = Citing(ANSWER, "m"), 0, ""
    for cut in sorted(cut % (len(text) + 1) for cut in cuts or []):
        out += citing.feed(text[start:cut])
        start = cut
    return out + citing.feed(text[start:]) + citing.end(), citing


@pytest.mark.parametrize(
    ("text", "shown", "cited", "dropped"),
    [
        ("It is signed [1].", "It is signed [1].", ["1"], 0),
        ("signed[1] and [2][1]", "signed[1] and [2][1]", ["1", "2"], 0),
        ("both [1, 2], one [2; 9]", "both [1][2], one [2]", ["1", "2"], 1),
        ("nothing [9], [0]", "nothing , ", [], 2),
        ("签名[2]。【1】", "签名[2]。[1]", ["2", "1"], 0),
        ("签名[7]。", "签名。", [], 1),
        ("[^1] [ref 2] [Ref. #1]", "[1] [2] [1]", ["1", "2"], 0),
        ("rows[30] and f(x)[9]", "rows[30] and f(x)[9]", [], 0),
        ("`rows[9]` [1] ``a[9]`b[9]`` [2]", "`rows[9]` [1] ``a[9]`b[9]`` [2]", ["1", "2"], 0),
        ("```py\nx = [9]\n```\nsee [2]", "```py\nx = [9]\n```\nsee [2]", ["2"], 0),
        ("a [link](x) and [1", "a [link](x) and [1", [], 0),
        ("[] [1-2] [[1]]", "[] [1-2] [[1]]", ["1"], 0),
        ("[" + "1," * 60 + "1]", "[" + "1," * 60 + "1]", [], 0),
    ],
)
def test_what_is_cited_is_kept_and_what_is_not_there_is_dropped(
    text: str, shown: str, cited: list[str], dropped: int
) -> None:
    out, citing = said(text)
    assert out == shown
    worded = citing.result()
    assert worded.text == shown
    assert [one.reference for one in worded.citations] == cited
    assert worded.dropped == dropped


@given(st.text(st.sampled_from("[]【】`129, ax\n"), max_size=40), st.lists(st.integers(0, 60), max_size=6))
def test_it_does_not_matter_where_the_words_are_cut(text: str, cuts: list[int]) -> None:
    whole, first = said(text)
    out, second = said(text, cuts)
    assert out == whole
    assert first.result() == second.result()


def test_a_citation_is_a_place() -> None:
    _, citing = said("[1] and [2]")
    first, second = citing.result("length").citations
    assert (first.file, first.lines) == ("src/a.py", ((12, 30), (40, 41)))
    assert (second.file, second.lines) == ("src/b.py", ((7, 7),))
    assert cited_lines(ANSWER, "3") == ()

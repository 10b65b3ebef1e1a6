"""What a question says: terms, names, whether it is a name, what it asks of the graph."""

from __future__ import annotations

import pytest

from loomgraph.errors import EmptyQuestion, QuestionTooLong
from loomgraph.lexicon import Lexicon
from loomgraph.retrieve.data import load_words
from loomgraph.retrieve.question import MAX_BYTES, Question, last_part, parts, read_question


def read(text: str) -> Question:
    return read_question(text, load_words(), Lexicon())


def test_words_that_say_nothing_are_no_terms() -> None:
    assert read("How is the total of a cart computed?").terms == ("total", "cart", "computed")


def test_a_question_of_such_words_alone_keeps_them() -> None:
    assert read("what is this").terms == ("what", "is", "this")


@pytest.mark.parametrize("text", ["", "   \n", "?!", "->"])
def test_an_empty_question_is_refused(text: str) -> None:
    with pytest.raises(EmptyQuestion):
        read(text)


def test_a_question_of_64_kib_is_refused_by_its_bytes() -> None:
    assert read("ä" * (MAX_BYTES // 2 - 3) + " word").terms
    with pytest.raises(QuestionTooLong) as error:
        read("ä" * 32_768)
    assert error.value.size == 65_536


@pytest.mark.parametrize("text", ["Session.save", "parse_args", "parse_args()", "a::b::c", "`render`", "Class#method"])
def test_names(text: str) -> None:
    assert read(text).is_name


@pytest.mark.parametrize("text", ["where is parse_args", "save the session"])
def test_sentences_are_no_names(text: str) -> None:
    assert not read(text).is_name


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("where is parse_args defined", ("parse_args",)),
        ("how does Session.save work", ("Session.save",)),
        ("what does HttpClient send", ("HttpClient",)),
        ("what calls render()", ("render",)),
        ("how are retries done", ()),
    ],
)
def test_what_looks_like_code_is_a_name(text: str, names: tuple[str, ...]) -> None:
    assert read(text).names == names


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("who calls Desk.lend", "callers"),
        ("what inherits from Shelf", "subtypes"),
        ("what overrides Shelf.take", "overriders"),
        ("which code uses fine_for", "users"),
        ("how is the fine computed", ""),
        ("calls", ""),
    ],
)
def test_what_is_asked_of_the_graph(text: str, asks: str) -> None:
    assert read(text).asks == asks


def test_parts_of_names() -> None:
    assert parts("a.b::c#d->e") == ["a", "b", "c", "d", "e"]
    assert last_part("Session.save") == "save"


def test_chinese_questions_have_terms() -> None:
    assert read("如何校验书号").terms == ("如何", "何校", "校验", "验书", "书号")

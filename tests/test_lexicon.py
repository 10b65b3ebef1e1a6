"""Text → terms: identifiers split and whole, other scripts, what is too long."""

from __future__ import annotations

import pytest

from loomgraph.lexicon import Lexicon, document, words_of


@pytest.fixture
def lexicon() -> Lexicon:
    return Lexicon()


@pytest.mark.parametrize(
    ("word", "terms"),
    [
        ("save", ("save",)),
        ("Save", ("save",)),
        ("parse_args", ("parse", "args", "parseargs")),
        ("parseArgs", ("parse", "args", "parseargs")),
        ("HTTPServer", ("http", "server", "httpserver")),
        ("XMLHttpRequest2", ("xml", "http", "request", "2", "xmlhttprequest2")),
        ("MAX_SIZE", ("max", "size", "maxsize")),
        ("__init__", ("init",)),
        ("sha256", ("sha", "256", "sha256")),
        ("größe", ("größe",)),
    ],
)
def test_identifiers_are_split_and_kept_whole(lexicon: Lexicon, word: str, terms: tuple[str, ...]) -> None:
    found = lexicon.terms(word)
    if word == "größe":  # parts of other alphabets may be cut, but the whole word is always among the terms
        assert "größe" in found
    else:
        assert tuple(found) == terms


def test_equal_words_of_any_style_meet(lexicon: Lexicon) -> None:
    styles = ["parse_price_list", "parsePriceList", "ParsePriceList", "PARSE_PRICE_LIST"]
    assert len({tuple(lexicon.terms(style)) for style in styles}) == 1


@pytest.mark.parametrize(
    ("text", "terms"), [("密码哈希", ["密码", "码哈", "哈希"]), ("密", ["密"]), ("ハッシュ", ["ハッ", "ッシ", "シュ"])]
)
def test_chinese_and_japanese_become_bigrams(lexicon: Lexicon, text: str, terms: list[str]) -> None:
    assert lexicon.terms(text) == terms


def test_scripts_next_to_each_other_are_apart(lexicon: Lexicon) -> None:
    assert lexicon.terms("Session保存save") == ["session", "保存", "save"]


def test_what_is_too_long_to_be_a_word_is_none(lexicon: Lexicon) -> None:
    assert lexicon.terms("a" * 65) == []
    assert lexicon.terms("a" * 64) == ["a" * 64]


def test_counts_add_up_over_styles(lexicon: Lexicon) -> None:
    assert lexicon.counts("save_file save saveFile") == {"save": 3, "file": 2, "savefile": 2}
    assert lexicon.part_counts("save_file save saveFile") == {"save": 3, "file": 2}


def test_nothing_but_signs_has_no_terms(lexicon: Lexicon) -> None:
    assert lexicon.terms("?! -> == {}") == []


def test_a_document_says_a_term_as_often_as_it_counts_up_to_a_bound() -> None:
    said = document({"save": 2, "open": 1, "data": 9})
    assert sorted(said.split(" ")) == ["data", "data", "data", "open", "save", "save"]


def test_words_of_plain_text_end_where_those_beside_other_letters_do() -> None:
    plain = "".join(f"a{chr(at)}Z9 " for at in range(128))
    assert words_of(plain + "\u00fc") == [*words_of(plain), "\u00fc"]

"""Questions to the graph in other languages: what they ask for, and of which name."""

from __future__ import annotations

import re

import pytest

from loomgraph.lexicon import Lexicon
from loomgraph.retrieve.data import load_words
from loomgraph.retrieve.graph import _WAYS, follow
from loomgraph.retrieve.phrases import Phrases
from loomgraph.retrieve.question import Question, read_question
from loomgraph.store.base import Reader


def read(text: str) -> Question:
    return read_question(text, load_words(), Lexicon())


ASKED = [
    # Chinese
    ("谁调用了 Session.save?", "callers", "Session.save"),
    ("谁调用了Session.save", "callers", "Session.save"),
    ("哪些函数调用 `hash_secret`", "callers", "hash_secret"),
    ("hash_secret 在哪里被调用", "callers", "hash_secret"),
    ("hash_secret被哪些方法调用", "callers", "hash_secret"),
    ("誰調用了 Session.save", "callers", "Session.save"),
    ("Session.save 调用了哪些函数", "callees", "Session.save"),
    ("函数 lend 里面调用了什么", "callees", "lend"),
    ("什么类继承自 Shelf", "subtypes", "Shelf"),
    ("Shelf 有哪些子类", "", ""),
    ("Shelf 的子类有哪些", "subtypes", "Shelf"),
    ("哪些类实现了接口 Storage", "subtypes", "Storage"),
    ("FileShelf 继承了什么", "bases", "FileShelf"),
    ("FileShelf 的父类是什么", "bases", "FileShelf"),
    ("谁使用 fine_for", "users", "fine_for"),
    ("哪里用到了 MAX_BOOKS", "users", "MAX_BOOKS"),
    ("修改 Desk.lend 会影响什么", "users", "Desk.lend"),
    ("Desk.lend 使用了哪些类", "uses", "Desk.lend"),
    ("哪些类重写了 Shelf.take", "overriders", "Shelf.take"),
    ("罚款是怎么计算的", "", ""),
    # Japanese
    ("Session.save を呼び出しているのは誰ですか", "callers", "Session.save"),
    ("hash_secretはどこで呼ばれていますか", "callers", "hash_secret"),
    ("Session.save の呼び出し元", "callers", "Session.save"),
    ("Session.save は何を呼び出しますか", "callees", "Session.save"),
    ("Shelf を継承しているクラス", "subtypes", "Shelf"),
    ("FileShelf は何を継承していますか", "bases", "FileShelf"),
    ("Shelf.take をオーバーライドしているのは", "overriders", "Shelf.take"),
    ("fine_for を使用しているコード", "users", "fine_for"),
    ("Desk.lend を変更すると何に影響しますか", "users", "Desk.lend"),
    # Korean
    ("Session.save를 호출하는 함수는?", "callers", "Session.save"),
    ("hash_secret는 어디에서 호출되나요", "callers", "hash_secret"),
    ("Session.save는 무엇을 호출하나요", "callees", "Session.save"),
    ("Shelf를 상속하는 클래스", "subtypes", "Shelf"),
    ("FileShelf는 무엇을 상속하나요", "bases", "FileShelf"),
    ("fine_for를 누가 사용하나요", "users", "fine_for"),
    # German
    ("Wer ruft Session.save auf?", "callers", "Session.save"),
    ("Welche Funktionen rufen hash_secret auf?", "callers", "hash_secret"),
    ("Wo wird `hash_secret` aufgerufen?", "callers", "hash_secret"),
    ("Was ruft Session.save auf?", "callees", "Session.save"),
    ("Welche Funktionen ruft Session.save auf?", "callees", "Session.save"),
    ("Was erbt von Shelf?", "subtypes", "Shelf"),
    ("Welche Klassen leiten sich von Shelf ab", "subtypes", "Shelf"),
    ("Wovon erbt FileShelf?", "bases", "FileShelf"),
    ("Wer überschreibt Shelf.take?", "overriders", "Shelf.take"),
    ("Wo wird fine_for verwendet?", "users", "fine_for"),
    ("Was hängt von Desk.lend ab?", "users", "Desk.lend"),
    ("Was passiert, wenn ich Desk.lend ändere?", "users", "Desk.lend"),
    ("Wie wird die Strafe berechnet?", "", ""),
    # French
    ("Qui appelle Session.save ?", "callers", "Session.save"),
    ("Quelles fonctions appellent hash_secret ?", "callers", "hash_secret"),
    ("Où est appelée hash_secret ?", "callers", "hash_secret"),
    ("Qu'est-ce que Session.save appelle ?", "callees", "Session.save"),
    ("Quelles fonctions appelle Session.save ?", "callees", "Session.save"),
    ("Quelles classes héritent de Shelf ?", "subtypes", "Shelf"),
    ("De quoi hérite FileShelf ?", "bases", "FileShelf"),
    ("Qui utilise fine_for ?", "users", "fine_for"),
    ("Où est utilisé fine_for ?", "users", "fine_for"),
    # Spanish
    ("¿Quién llama a Session.save?", "callers", "Session.save"),
    ("¿Qué funciones llaman a hash_secret?", "callers", "hash_secret"),
    ("¿Dónde se llama a hash_secret?", "callers", "hash_secret"),
    ("¿A qué llama Session.save?", "callees", "Session.save"),
    ("¿Qué clases heredan de Shelf?", "subtypes", "Shelf"),
    ("¿De qué hereda FileShelf?", "bases", "FileShelf"),
    ("¿Quién usa fine_for?", "users", "fine_for"),
    ("¿Dónde se usa fine_for?", "users", "fine_for"),
    # and English stays as it is
    ("where is the password hashed", "", ""),
    ("a function that was used", "", ""),
]


@pytest.mark.parametrize(("text", "asks", "about"), ASKED)
def test_what_is_asked_of_which_name(text: str, asks: str, about: str) -> None:
    found = read(text)
    assert (found.asks, found.about) == (asks, about)
    assert not found.is_name
    assert not about or all(part.isascii() for part in found.names)


def _pairs(one: Phrases) -> list[tuple[tuple[str, str], tuple[str, re.Pattern[str]]]]:
    return list(zip(one.patterns, one._compiled, strict=True))


def test_every_phrase_asks_for_something_the_graph_knows_and_names_it() -> None:
    for one in load_words().phrases:
        assert one.letters or one.begins
        for asks, pattern in one.patterns:
            assert asks in _WAYS
            assert "X" in pattern
        assert all(compiled.groups == pattern.count("X") for (_, pattern), (_, compiled) in _pairs(one))


@pytest.mark.parametrize(
    "text",
    ["谁调用了 Desk.lend", "Wer ruft Desk.lend auf?", "Desk.lend を呼び出しているのは誰"],
)
def test_the_answer_is_that_of_the_english_question(text: str, reader: Reader) -> None:
    words = load_words()
    (expected,) = follow(reader, read("who calls Desk.lend"), words)
    (found,) = follow(reader, read(text), words)
    assert expected.reached.hops
    assert found == expected


@pytest.mark.parametrize(
    ("text", "is_name"),
    [
        ("订单", True),
        ("订单服务", True),
        ("密码在哪里哈希", False),
        ("计算", True),
        ("如何计算总价", False),
        ("会話を保存する関数", False),
    ],
)
def test_a_sentence_without_spaces_is_no_name(text: str, is_name: bool) -> None:
    assert read(text).is_name is is_name

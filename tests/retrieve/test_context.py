"""Budgets: what fits, in order, and the text of the context."""

from __future__ import annotations

from loomgraph.model import Resolution, Symbol, SymbolKind
from loomgraph.retrieve.answer import Answer, Entity, Passage, Relation, Tokens
from loomgraph.retrieve.context import Budget, context_text, entity_text, estimate, fit, passage_text


def entity(name: str, doc: str = "") -> Entity:
    symbol = Symbol(f"a.py::{name}", SymbolKind.FUNCTION, name, "a.py", 1, 2, 1, "a.py", "python", f"def {name}()")
    return Entity("p", symbol, doc, 1.0, "")


def passage(file: str, text: str) -> Passage:
    return Passage("p", file, 1, 3, text, None, 1.0, {}, "")


def relation(source: str, target: str) -> Relation:
    return Relation("p", "CALLS", source, target, "b.py", 4, 1, Resolution.EXACT, 1.0, "")


def answer(**parts: tuple[object, ...]) -> Answer:
    return Answer("q", "mix", ("p",), (), **parts)  # type: ignore[arg-type]


def test_an_estimate_is_a_quarter_of_the_bytes() -> None:
    assert estimate(["", "abc", "abcde", "校验"]) == [0, 1, 2, 2]


def test_everything_fits_into_the_usual_budget() -> None:
    whole = answer(entities=(entity("f"),), relations=(relation("a", "b"),), passages=(passage("c.py", "x = 1"),))
    found = fit(whole, Budget())
    assert (len(found.entities), len(found.relations), len(found.passages)) == (1, 1, 1)
    assert found.tokens.total == found.tokens.entities + found.tokens.relations + found.tokens.passages > 0


def test_parts_are_taken_in_order_until_one_does_not_fit() -> None:
    entities = tuple(entity(name, "doc " * 20) for name in ("first", "second", "third"))
    (size,) = estimate([entity_text(entities[0])])
    found = fit(answer(entities=entities), Budget(max_entity_tokens=2 * size + 2))
    assert [one.symbol.name for one in found.entities] == ["first", "second"]
    assert found.tokens.entities <= 2 * size + 2


def test_passages_get_what_the_others_leave() -> None:
    passages = tuple(passage(f"{at}.py", "word " * 40) for at in range(10))
    (size,) = estimate([passage_text(passages[0])])
    whole = answer(entities=(entity("f"),), passages=passages)
    left = fit(whole, Budget(max_total_tokens=3 * size + estimate([entity_text(entity("f"))])[0]))
    assert len(left.passages) == 3
    assert len(left.entities) == 1


def test_the_total_bounds_every_part() -> None:
    whole = answer(entities=(entity("f"),), relations=(relation("a", "b"),), passages=(passage("c.py", "x"),))
    found = fit(whole, Budget(max_total_tokens=0))
    assert (found.entities, found.relations, found.passages, found.tokens) == ((), (), (), Tokens())


def test_the_counter_given_is_used() -> None:
    found = fit(answer(entities=(entity("f"), entity("g"))), Budget(5, 5, 5), lambda texts: [5] * len(texts))
    assert [one.symbol.name for one in found.entities] == ["f"]
    assert found.tokens.entities == 5


def test_files_are_numbered_once_in_the_order_of_their_first_mention() -> None:
    found = fit(
        answer(entities=(entity("f"),), relations=(relation("a", "b"),),
               passages=(passage("c.py", "x"), passage("a.py", "y"))),
        Budget(),
    )  # fmt: skip
    assert [(one.id, one.file) for one in found.references] == [("1", "a.py"), ("2", "c.py"), ("3", "b.py")]
    assert [one.reference for one in found.passages] == ["2", "1"]


def test_the_text_names_places_and_quotes() -> None:
    text = context_text(fit(
        answer(entities=(entity("f", "Does it."),), relations=(relation("a.py::f", "b.py::g"),),
               passages=(passage("c.py", "x = 1"),)),
        Budget(),
    ))  # fmt: skip
    assert "# Symbols\n\n[1] function a.py::f (a.py:1)\ndef f()\nDoes it." in text
    assert "a.py::f CALLS b.py::g (b.py:4, exact)" in text
    assert "[2] c.py:1-3\nx = 1" in text
    assert "# References\n\n[1] a.py" in text
    assert "# Relations" not in context_text(answer())

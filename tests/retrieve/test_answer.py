"""Answers: the graph's own, relations, quoted code, what matches nothing, several projects."""

from __future__ import annotations

import pytest

from loomgraph.errors import EmbeddingMismatch, EmptyQuestion
from loomgraph.lexicon import Lexicon
from loomgraph.retrieve.answering import coverage, merge_answers, merge_hits
from loomgraph.retrieve.context import Budget
from loomgraph.retrieve.opening import NO_VECTORS, open_searcher
from loomgraph.retrieve.search import Filter
from loomgraph.retrieve.warm import META_DESCRIBED
from loomgraph.settings import EmbeddingSettings
from loomgraph.store.base import Reader, Store, Update
from loomgraph.store.memory import MemoryStore

from .conftest import Answering


def reached(answer) -> list[list[str]]:
    return [[hop.symbol.id for hop in one.reached.hops] for one in answer.followed]


@pytest.mark.parametrize(
    ("question", "asks", "first"),
    [
        ("who calls fine_for", "callers", ["lending/desk.py::Desk.take_back"]),
        ("what does Desk.take_back call", "callees", ["lending/fines.py::fine_for"]),
        ("what inherits from Shelf", "subtypes",
         ["lending/storage/memory.py::MemoryShelf", "lending/storage/sqlite.py::SqliteShelf"]),
        ("which class does SqliteShelf extend", "subtypes", []),
        ("what overrides Shelf.take", "overriders",
         ["lending/storage/memory.py::MemoryShelf.take", "lending/storage/sqlite.py::SqliteShelf.take"]),
        ("who calls sendReminder", "callers", ["worker/main.go::drain"]),
        ("what uses fetchWithRetry", "users", ["web/src/api.ts::loansOf"]),
        ("who calls drain", "callers", ["worker/main.go::main"]),
    ],
)  # fmt: skip
def test_the_graph_answers_what_is_asked_of_it(
    answering: Answering, question: str, asks: str, first: list[str]
) -> None:
    answer = answering().ask(question)
    if not first:  # "does X extend" turns round: the bases of X, or nothing when the word is not known
        assert all(one.asks in ("bases", "subtypes") for one in answer.followed)
        return
    assert [one.asks for one in answer.followed] == [asks]
    assert reached(answer)[0][: len(first)] == first


def test_tests_come_after_other_callers(answering: Answering) -> None:
    (ids,) = reached(answering().ask("who calls hash_secret"))
    assert ids == ["lending/members.py::sign_in", "tests/test_desk.py::test_sign_in_with_a_pin"]


def test_an_answer_ranks_symbols_and_says_what_they_are_related_to(answering: Answering) -> None:
    answer = answering().ask("penalty for a late book")
    best = answer.entities[0]
    assert best.symbol.id == "lending/fines.py::fine_for"
    assert best.doc.startswith("The penalty in cents")
    around = [(one.kind, one.source) for one in answer.relations if one.target == best.symbol.id]
    assert ("CALLS", "lending/desk.py::Desk.take_back") in around
    assert answer.relations == tuple(sorted(answer.relations, key=lambda one: -one.score))


def test_passages_quote_the_source(answering: Answering) -> None:
    passage = answering().ask("penalty for a late book").passages[0]
    assert passage.file == "lending/fines.py"
    assert "def fine_for" in passage.text
    assert len(passage.text.splitlines()) == passage.end_line - passage.start_line + 1


def test_every_part_has_a_reference(answering: Answering) -> None:
    answer = answering().ask("penalty for a late book")
    known = {one.id: one.file for one in answer.references}
    assert all(known[one.reference] == one.file for one in answer.passages)
    assert all(known[one.reference] == one.symbol.file for one in answer.entities)


def test_top_bounds_entities_and_passages(answering: Answering) -> None:
    answer = answering().ask("book", 2)
    assert len(answer.entities) <= 2
    assert len(answer.passages) == 2


def test_what_matches_nothing_says_so_and_offers_near_names(answering: Answering) -> None:
    answer = answering().ask("fnie_for")
    assert "lending/fines.py::fine_for" in answer.nearest
    assert not [one for one in answer.entities if one.symbol.name == "fnie_for"]
    nothing = answering().ask("kubernetes autoscaler")
    assert not nothing.found
    assert not answering().search("kubernetes autoscaler").results


@pytest.mark.parametrize(
    ("question", "kind", "first"),
    [
        ("lend a book to a member", "class", "lending/desk.py::Desk"),
        ("no copy is left", "class", "lending/errors.py::NotAvailable"),
        ("queue of jobs", "struct", "worker/queue.go::Queue"),
        ("extend a loan", "method", "lending/desk.py::Desk.renew"),
    ],
)
def test_results_of_a_wanted_kind(answering: Answering, question: str, kind: str, first: str) -> None:
    hits = answering().search(question, 5, Filter(kinds=frozenset({kind})))
    assert {hit.symbol.kind for hit in hits.results if hit.symbol} == {kind}
    assert first in [hit.symbol.id for hit in hits.results[:3] if hit.symbol]
    for hit in hits.results:
        assert hit.symbol
        assert hit.start_line <= hit.symbol.name_line <= hit.end_line


def test_an_empty_question_is_refused(answering: Answering) -> None:
    with pytest.raises(EmptyQuestion):
        answering().ask("?")


def test_signals_say_what_was_there(answering: Answering) -> None:
    assert answering().ask("book").signals == ("lexical", "semantic", "graph")
    plain = answering(embedding=EmbeddingSettings(name="")).ask("book")
    assert plain.signals == ("lexical", "graph")
    assert plain.notes == ()


def test_a_graph_without_vectors_is_searched_by_words_and_says_so() -> None:
    store = MemoryStore()
    with store.read() as reader:
        opened = open_searcher(reader)
    assert (opened.signals, opened.notes) == (("graph",), (NO_VECTORS,))


def test_vectors_of_another_model_are_an_error(lending: Store) -> None:
    store = MemoryStore()
    store.apply(Update(meta={META_DESCRIBED: "other-model/3 1"}))
    with store.read() as reader, pytest.raises(EmbeddingMismatch, match="other-model/3"):
        open_searcher(reader)


def test_an_answer_is_the_same_twice(answering: Answering) -> None:
    assert answering().ask("who returns a book") == answering().ask("who returns a book")


def test_projects_compare_by_the_words_they_hold(answering: Answering, reader: Reader) -> None:
    question = answering().opened.searcher.read("penalty for a late book")
    lexicon = Lexicon()
    assert coverage(question, ["the penalty of late books"], lexicon) == 1.0
    assert coverage(question, ["books", "late"], lexicon) == pytest.approx(1 / 3)
    assert coverage(question, [], lexicon) == 0.0


def test_results_of_several_projects_are_one_list_by_score(answering: Answering) -> None:
    hits = answering().search("penalty for a late book", 3)
    merged = merge_hits([hits, hits], [0.5, 1.0], 4)
    scores = [one.score for one in merged.results]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == hits.results[0].score
    assert len(merged.results) == 4


def test_answers_of_several_projects_keep_to_one_budget(answering: Answering) -> None:
    answer = answering().ask("penalty for a late book")
    merged = merge_answers([answer, answer], [1.0, 0.5], 5, Budget(max_total_tokens=200))
    assert merged.tokens.total <= 200
    assert merged.projects == ("lending", "lending")

"""Questions about what was inserted: entities and chunks are found beside each other, whatever their file holds."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from loomgraph.engines.native import NativeEngine
from loomgraph.engines.places import FilePlace
from loomgraph.errors import GraphDamaged
from loomgraph.knowledge import CustomKg, GivenChunk, GivenEntity, GivenRelation
from loomgraph.retrieve.answering import Answerer
from loomgraph.retrieve.modes import Mode
from loomgraph.settings import EmbeddingSettings

NAMES = [f"lending.py::lend_book_{at}" for at in range(12)]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[NativeEngine]:
    with NativeEngine(FilePlace(tmp_path / "graph.db"), create=True) as engine:
        entities = [GivenEntity(name, "function", "lend a book to a reader", "lending.py:3-9") for name in NAMES]
        relations = [GivenRelation(NAMES[0], name, "asks for a book", "calls", 1.0, "lending.py") for name in NAMES[1:]]
        chunks = [
            GivenChunk("a reader comes to lend a book", "lending.py", "lending.py"),
            GivenChunk("fines are paid at the desk", "fines.py", "fines.py"),
        ]
        engine.insert_custom_kg(CustomKg(chunks, entities, relations))
        yield engine


def asked(engine: NativeEngine) -> AbstractContextManager[Answerer]:
    return engine.answering("kg", Mode.MIX, EmbeddingSettings())


def test_cards_of_a_file_do_not_take_the_place_of_its_chunk(engine: NativeEngine) -> None:
    with asked(engine) as answerer:
        answer = answerer.ask("lend a book", top=5)
        assert [one.file for one in answer.passages][:1] == ["lending.py"]
        assert {one.symbol.id for one in answer.entities} < set(NAMES)
        assert len(answer.entities) == 5
        assert answer.relations[0].source == NAMES[0]


def test_a_search_mixes_both_by_their_scores(engine: NativeEngine) -> None:
    with asked(engine) as answerer:
        results = answerer.search("lend a book", top=10).results
        assert len(results) == 10
        assert [one.score for one in results] == sorted((one.score for one in results), reverse=True)
        assert any(one.symbol is None for one in results)
        assert any(one.symbol is not None for one in results)


def test_rows_that_cannot_be_read_are_a_damaged_graph(engine: NativeEngine, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "graph.db")) as connection:
        connection.execute("UPDATE facts SET data = substr(data, 1, 40)")
        connection.commit()
    with asked(engine) as answerer, pytest.raises(GraphDamaged, match="inserted rows cannot be read"):
        answerer.ask("lend a book")


def test_what_was_found_once_is_found_again(engine: NativeEngine) -> None:
    """Which passages are cards is learnt by the first question, and remembered."""
    answers = []
    for _ in range(2):
        with asked(engine) as answerer:
            answers.append(answerer.ask("who lends a book", top=3))
    assert answers[0] == answers[1]
    assert answers[0].found

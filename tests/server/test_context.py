"""What a call does around a question: asked once more where a database went away under it, and only then."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import Request

from loomgraph import settings
from loomgraph.errors import DatabaseUnavailable, GraphDamaged, LoomGraphError
from loomgraph.server.app import make_api
from loomgraph.server.context import Call


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Call]:
    _, parts = make_api(settings.load({"LOOMGRAPH_DATA_DIR": str(tmp_path), "HOME": str(tmp_path)}))
    try:
        yield Call(parts, Request({"type": "http", "headers": []}), "shop", parts.service)
    finally:
        parts.close()


class Question:
    """Fails as often as it is told to."""

    def __init__(self, *failures: LoomGraphError) -> None:
        self.failures = list(failures)
        self.asked = 0

    def __call__(self) -> dict[str, int]:
        self.asked += 1
        if self.failures:
            raise self.failures.pop()
        return {"asked": self.asked}


def lost() -> DatabaseUnavailable:
    return DatabaseUnavailable(path="postgresql://here/graphs", reason="terminating connection")


def test_a_database_that_went_away_under_a_question_is_asked_once_more(call: Call) -> None:
    question = Question(lost())
    assert asyncio.run(call.answer(question)).body == b'{"asked":2}'


@pytest.mark.parametrize(
    ("failures", "asked"), [((lost(), lost()), 2), ((GraphDamaged(path="graph.db", reason="torn"),), 1)]
)
def test_it_is_given_up_then_and_other_failures_at_once(
    call: Call, failures: tuple[LoomGraphError, ...], asked: int
) -> None:  # fmt: skip
    question = Question(*failures)
    with pytest.raises(type(failures[0])):
        asyncio.run(call.answer(question))
    assert question.asked == asked

"""Modes: which parts an answer has."""

from __future__ import annotations

import pytest

from loomgraph.errors import BadInput
from loomgraph.retrieve.data import load_weights
from loomgraph.retrieve.modes import PARTS, Mode, mode_named, weights_for

from .conftest import Answering


@pytest.mark.parametrize(
    ("mode", "entities", "relations", "passages"),
    [
        (Mode.NAIVE, False, False, True),
        (Mode.LOCAL, True, True, False),
        (Mode.GLOBAL, True, True, False),
        (Mode.HYBRID, True, True, False),
        (Mode.MIX, True, True, True),
    ],
)
def test_each_mode_has_its_parts(
    answering: Answering, mode: Mode, entities: bool, relations: bool, passages: bool
) -> None:
    answer = answering(mode).ask("how does a member borrow a book and what is the fine")
    assert (bool(answer.entities), bool(answer.relations), bool(answer.passages)) == (entities, relations, passages)
    assert ("graph" in answer.signals) == PARTS[mode].graph


def test_global_answers_with_relations_between_what_ranks(answering: Answering) -> None:
    answer = answering(Mode.GLOBAL).ask("how does a member borrow and return a book")
    ends = {end for one in answer.relations for end in (one.source, one.target)}
    assert {one.symbol.id for one in answer.entities} <= ends
    assert any(
        (one.kind, one.source, one.target)
        == ("CALLS", "lending/desk.py::Desk.take_back", "lending/fines.py::fine_for")
        for one in answer.relations
    )  # fmt: skip


def test_the_graph_is_asked_in_its_modes_alone(answering: Answering) -> None:
    assert answering(Mode.MIX).ask("who calls fine_for").followed
    assert not answering(Mode.NAIVE).ask("who calls fine_for").followed


def test_names_of_modes() -> None:
    assert mode_named("MIX") is Mode.MIX
    with pytest.raises(BadInput, match="no mode bypass"):
        mode_named("bypass")


def test_naive_has_no_signal_of_the_graph() -> None:
    weights = load_weights()
    naive = weights_for(Mode.NAIVE, weights)
    assert naive.signals["centrality"] == naive.signals["definition"] == 0
    assert naive.signals["semantic"] == weights.signals["semantic"]
    assert weights_for(Mode.MIX, weights) is weights


@pytest.mark.parametrize("mode", list(Mode))
def test_search_in_every_mode(answering: Answering, mode: Mode) -> None:
    hits = answering(mode).search("fine for a late book", 5)
    assert 1 <= len(hits.results) <= 5
    if not PARTS[mode].passages:
        assert all(hit.symbol is not None for hit in hits.results)

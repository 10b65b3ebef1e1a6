"""The error tree: every error has a code of its own, a message that reads well, and an answer on every surface."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest

from loomgraph import errors
from loomgraph.errors import RESPONSES, AmbiguousSymbol, GraphDamaged, LoomGraphError, UnknownSymbol, response_to


def tree(root: type[LoomGraphError] = LoomGraphError) -> Iterator[type[LoomGraphError]]:
    yield root
    for child in root.__subclasses__():
        if child.__module__.startswith(errors.__name__):
            yield from tree(child)


ALL = list(tree())


def test_every_error_has_its_own_code() -> None:
    codes = [kind.code for kind in ALL]
    assert all("code" in vars(kind) for kind in ALL)
    assert len(set(codes)) == len(codes)


def test_every_answer_is_for_a_code() -> None:
    assert set(RESPONSES) <= {kind.code for kind in ALL}
    exits = {*range(1, 126), 130}  # 130: interrupted, as shells say it
    assert all(response.exit in exits and 400 <= response.http < 600 for response in RESPONSES.values())


@pytest.mark.parametrize("kind", ALL)
def test_the_docstring_is_the_message(kind: type[LoomGraphError]) -> None:
    assert kind.__doc__
    assert kind.__doc__.strip()


def test_details_fill_the_message_and_stay_readable() -> None:
    error = GraphDamaged(path="/x/g.db", reason="torn")
    assert str(error).startswith("The graph /x/g.db is damaged (torn). `loomgraph index --rebuild`")
    assert (error.path, error.reason, error.code) == ("/x/g.db", "torn", "graph_damaged")
    with pytest.raises(AttributeError):
        _ = error.other


def test_odd_paths_can_be_printed() -> None:
    damaged = str(GraphDamaged(path="/caf\udce9", reason="{braces}")).encode()
    assert b"/caf\\udce9" in damaged
    assert b"{braces}" in damaged
    ambiguous = str(AmbiguousSymbol(spelling="\udce9", candidates=("a\udcff", "b"))).encode()
    assert b"a\\udcff, b" in ambiguous


def test_many_candidates_are_cut_short() -> None:
    error = AmbiguousSymbol(spelling="f", candidates=tuple(f"a.py::f{n}" for n in range(30)))
    assert "f names 30 symbols" in str(error)
    assert "and 20 more" in str(error)
    assert len(error.candidates) == 30


def test_errors_travel_between_processes() -> None:
    for error in (UnknownSymbol(spelling="x", nearest=("y",)), GraphDamaged(path="p", reason="r")):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), again.details) == (type(error), str(error), error.details)


def test_an_error_answers_as_its_nearest_parent_does() -> None:
    assert response_to(GraphDamaged(path="", reason="")) == RESPONSES["store"]
    assert response_to(UnknownSymbol(spelling="x")).http == 404
    assert response_to(ValueError()) == RESPONSES["internal"]

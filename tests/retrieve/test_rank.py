"""Ranking: what each signal and factor does to the order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loomgraph.retrieve.data import Weights, load_weights
from loomgraph.retrieve.rank import factor, score
from loomgraph.retrieve.signals.pool import Candidate, Held
from loomgraph.retrieve.view import File
from loomgraph.store.testing import record


@pytest.fixture
def weights() -> Weights:
    return load_weights()


def passage(path: str, at: int = 0, *, test: bool = False, generated: bool = False, **signals: float) -> Candidate:
    file = File(replace(record(path), test=test, generated=generated))
    one = Candidate(file, at)
    for name, value in signals.items():
        setattr(one, name, value)
    return one


def by_file(candidates: list[Candidate]) -> list[Held]:
    paths = dict.fromkeys(one.path for one in candidates)
    return [[one for one in candidates if one.path == path] for path in paths]


def order(candidates: list[Candidate], weights: Weights, is_name: bool = False, keep_tests: bool = False) -> list[str]:
    return [one.path for one in score(by_file(candidates), weights, is_name, keep_tests)]


@pytest.mark.parametrize("signal", ["lexical", "semantic", "definition", "stem", "centrality"])
def test_more_of_a_signal_ranks_higher(weights: Weights, signal: str) -> None:
    weights = replace(weights, signals={**weights.signals, signal: max(weights.signals.get(signal, 0.0), 0.2)})
    low, high = passage("a.py", 0, lexical=0.5), passage("b.py", 0, lexical=0.5)
    setattr(low, signal, 0.5)
    setattr(high, signal, 1.0)
    assert order([low, high], weights) == ["b.py", "a.py"]


def test_tests_and_generated_code_rank_below_unless_asked_for(weights: Weights) -> None:
    def candidates() -> list[Candidate]:
        return [passage("plain.py", 0, lexical=0.8), passage("tests/t.py", 0, lexical=1.0, test=True),
                passage("made.py", 0, lexical=0.9, generated=True)]  # fmt: skip

    assert order(candidates(), weights)[0] == "plain.py"
    assert order(candidates(), weights, keep_tests=True)[0] == "tests/t.py"


def test_documents_and_files_that_gather_others_count_less(weights: Weights) -> None:
    plain = factor(passage("a/b.py").file, weights, False)
    assert plain == 1.0
    for path in ("docs/guide.md", "a/__init__.py", "src/index.ts"):
        assert factor(passage(path).file, weights, False) < plain


def test_good_passages_speak_for_their_file(weights: Weights) -> None:
    lone = passage("a.py", 0, lexical=0.6)
    together = [passage("b.py", at, lexical=0.6) for at in range(4)]
    assert order([lone, *together], weights)[0] == "b.py"


def test_equal_scores_stand_by_path_and_place(weights: Weights) -> None:
    equal = [passage(path, at, lexical=1.0) for path in "ba" for at in (1, 0)]
    found = score(by_file(equal), weights, False, False)
    assert [(one.path, one.at) for one in found] == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]


def test_a_name_is_found_where_it_is_defined(weights: Weights) -> None:
    used, defined = passage("use.py", 0, lexical=1.0), passage("def.py", 0, lexical=0.3, definition=1.0)
    assert order([used, defined], weights, is_name=True)[0] == "def.py"


def test_nothing_to_rank_is_no_error(weights: Weights) -> None:
    assert score([], weights, False, False) == []

"""Ranking: what each signal and factor does to the order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomgraph.retrieve.data import Weights, load_weights
from loomgraph.retrieve.rank import factor, in_order, score
from loomgraph.retrieve.signals.pool import Found, Pool
from loomgraph.retrieve.spots import spread
from loomgraph.retrieve.view import File, View
from loomgraph.store.base import FileRecord
from loomgraph.store.testing import record


@pytest.fixture
def weights() -> Weights:
    return load_weights()


@dataclass(frozen=True)
class Passage:
    record: FileRecord
    at: int
    signals: dict[str, float]


def passage(path: str, at: int = 0, *, test: bool = False, generated: bool = False, **signals: float) -> Passage:
    return Passage(replace(record(path), test=test, generated=generated), at, signals)


def pooled(passages: list[Passage]) -> Pool:
    """Passages as what finds them would put them together; those of a file say the same of it."""
    files = {one.record.path: one.record for one in passages}
    view = View([files[path] for path in sorted(files)], len(passages))
    found = [
        Found(name, np.array([view.files[one.record.path].number]), np.array([one.at]), np.array([value]))
        for one in passages for name, value in one.signals.items()
    ]  # fmt: skip
    return Pool(view, found)


def ranked(
    passages: list[Passage], weights: Weights, is_name: bool = False, keep_tests: bool = False
) -> list[tuple[str, int]]:
    pool = pooled(passages)
    return pool.passages(in_order(score(pool, weights, is_name, keep_tests)))


def order(passages: list[Passage], weights: Weights, is_name: bool = False, keep_tests: bool = False) -> list[str]:
    return [path for path, _ in ranked(passages, weights, is_name, keep_tests)]


@pytest.mark.parametrize("signal", ["lexical", "semantic", "definition", "stem", "centrality"])
def test_more_of_a_signal_ranks_higher(weights: Weights, signal: str) -> None:
    weights = replace(weights, signals={**weights.signals, signal: max(weights.signals.get(signal, 0.0), 0.2)})
    low, high = (passage(path, 0, **{"lexical": 0.5, signal: value}) for path, value in (("a.py", 0.5), ("b.py", 1.0)))
    assert order([low, high], weights) == ["b.py", "a.py"]


def test_tests_and_generated_code_rank_below_unless_asked_for(weights: Weights) -> None:
    def candidates() -> list[Passage]:
        return [passage("plain.py", 0, lexical=0.8), passage("tests/t.py", 0, lexical=1.0, test=True),
                passage("made.py", 0, lexical=0.9, generated=True)]  # fmt: skip

    assert order(candidates(), weights)[0] == "plain.py"
    assert order(candidates(), weights, keep_tests=True)[0] == "tests/t.py"


def test_documents_and_files_that_gather_others_count_less(weights: Weights) -> None:
    plain, *others = (
        factor(File(record(path), 0), weights, False)
        for path in ("a/b.py", "docs/guide.md", "a/__init__.py", "src/index.ts")
    )
    assert plain == 1.0
    assert max(others) < plain


def test_good_passages_speak_for_their_file(weights: Weights) -> None:
    lone = passage("a.py", 0, lexical=0.6)
    together = [passage("b.py", at, lexical=0.6) for at in range(4)]
    assert order([lone, *together], weights)[0] == "b.py"


def test_equal_scores_stand_by_path_and_place(weights: Weights) -> None:
    equal = [passage(path, at, lexical=1.0) for path in "ba" for at in (1, 0)]
    assert ranked(equal, weights) == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]


def test_a_name_is_found_where_it_is_defined(weights: Weights) -> None:
    used, defined = passage("use.py", 0, lexical=1.0), passage("def.py", 0, lexical=0.3, definition=1.0)
    assert order([used, defined], weights, is_name=True)[0] == "def.py"


def test_nothing_to_rank_is_no_error(weights: Weights) -> None:
    assert ranked([], weights) == []


def test_what_several_signals_find_is_one_candidate_with_all_of_them() -> None:
    pool = pooled([passage("b.py", 3, lexical=0.5), passage("a.py", 1, semantic=1.0), passage("b.py", 3, semantic=0.2)])
    first, second = pool.candidates(np.arange(2), [0.1, 0.9])
    assert (first.path, first.at, second.path, second.at, second.score) == ("a.py", 1, "b.py", 3, 0.9)
    assert (second.signals["lexical"], second.signals["semantic"], first.signals["lexical"]) == (0.5, 0.2, 0.0)


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.75, 1.0]), st.sampled_from("abc"))), st.integers(0, 12))
def test_each_further_result_of_a_file_counts_less(found: list[tuple[float, str]], limit: int) -> None:
    found.sort(key=lambda one: -one[0])
    scores, files = [score for score, _ in found], [file for _, file in found]
    taken: list[tuple[int, float]] = []
    for _ in range(min(limit, len(found))):  # the best of all that are left, each time
        before = [files[at] for at, _ in taken]
        left = [at for at in range(len(found)) if at not in dict(taken)]
        value, at = min((-scores[at] * 0.4 ** before.count(files[at]), at) for at in left)
        taken.append((at, -value))
    assert spread(scores, files, limit, 0.4) == taken

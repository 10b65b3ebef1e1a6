"""The engine: one answer whatever the order of asking, and what each answer read."""

from __future__ import annotations

import random

import pytest

from loomgraph.resolve.engine import Engine, Key
from loomgraph.resolve.values import ANY, ANYTHING, EMPTY, MAX_VALUES, Values


class Equations:
    """Sets defined by one another: ``name → (own values, names it includes)``; the least solution is reachability."""

    def __init__(self, rules: dict[str, tuple[set[str], list[str]]]) -> None:
        self.rules = rules
        self.engine = Engine()
        self.evaluated: list[str] = []

    def ask(self, name: str) -> Values:
        return self.engine.ask(self._compute, ("s", name))

    def _compute(self, key: Key) -> Values:
        name = key[1]
        self.evaluated.append(name)
        self.engine.reads |= self.engine.token(name)
        own, others = self.rules[name]
        return frozenset((v,) for v in own).union(*[self.ask(o) for o in others])


def solution(rules: dict[str, tuple[set[str], list[str]]], start: str) -> tuple[set[str], set[str]]:
    seen, todo = set(), [start]
    while todo:
        at = todo.pop()
        if at not in seen:
            seen.add(at)
            todo += rules[at][1]
    return set().union(*[rules[s][0] for s in seen]), seen


def test_an_answer_is_computed_once() -> None:
    equations = Equations({"a": ({"1"}, ["b", "b"]), "b": ({"2"}, [])})
    assert equations.ask("a") == frozenset({("1",), ("2",)})
    equations.ask("b")
    assert sorted(equations.evaluated) == ["a", "b"]


def test_mutual_recursion_reaches_the_least_fixed_point() -> None:
    rules: dict[str, tuple[set[str], list[str]]] = {"even": ({"Foo"}, ["odd"]), "odd": ({"Bar"}, ["even"])}
    for first in ("even", "odd"):
        equations = Equations(rules)
        assert equations.ask(first) == frozenset({("Foo",), ("Bar",)})
        assert equations.ask("odd") == equations.ask("even")


@pytest.mark.parametrize("seed", range(40))
def test_order_of_asking_does_not_matter(seed: int) -> None:
    rng = random.Random(seed)
    names = [f"n{i}" for i in range(rng.randint(2, 14))]
    rules: dict[str, tuple[set[str], list[str]]] = {
        name: ({f"v{rng.randint(0, 5)}"}, rng.choices(names, k=rng.randint(0, 3))) for name in names
    }
    order = names[:]
    rng.shuffle(order)
    equations = Equations(rules)
    for name in order:
        values, _ = solution(rules, name)
        assert {v[0] for v in equations.ask(name)} == values, (name, rules)


@pytest.mark.parametrize("seed", range(40))
def test_an_answer_knows_everything_it_read(seed: int) -> None:
    rng = random.Random(1000 + seed)
    names = [f"n{i}" for i in range(rng.randint(2, 14))]
    rules: dict[str, tuple[set[str], list[str]]] = {
        name: ({name}, rng.choices(names, k=rng.randint(0, 3))) for name in names
    }
    equations = Equations(rules)
    for name in rng.sample(names, len(names)):
        equations.engine.reads = 0
        equations.ask(name)
        _, seen = solution(rules, name)
        read = set(equations.engine.tokens_of(equations.engine.reads))
        assert seen <= read, "a dependency was lost: an update would miss it"


def test_reads_of_one_query_do_not_leak_into_the_next() -> None:
    equations = Equations({"a": ({"1"}, []), "b": ({"2"}, [])})
    equations.ask("a")
    equations.engine.reads = 0
    equations.ask("b")
    assert equations.engine.tokens_of(equations.engine.reads) == ["b"]


def test_too_many_values_say_nothing_and_stay_so() -> None:
    many = {str(i) for i in range(MAX_VALUES + 1)}
    equations = Equations({"a": (set(), ["b"]), "b": (many, [])})
    assert equations.ask("a") == ANYTHING
    assert ANY in equations.ask("b")


def test_an_error_leaves_the_engine_usable() -> None:
    engine = Engine()

    def fail(key: Key) -> Values:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        engine.ask(fail, ("k",))
    assert engine.ask(lambda key: EMPTY, ("k",)) == EMPTY

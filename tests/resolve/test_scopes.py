"""Which bindings of a name reach a use."""

from __future__ import annotations

from loomgraph.facts import Binding, BindingFlag
from loomgraph.resolve.scopes import reaching


def row(position: int, end: int, flags: int = 0, value: int = 1) -> Binding:
    return Binding(0, "x", value, position, end, int(flags), -1, position)


def places(rows: list[Binding], position: int, deferred: bool = False) -> list[int]:
    return [r.position for r in reaching(rows, position, deferred)]


def test_the_latest_assignment_of_the_block_hides_earlier_ones() -> None:
    assert places([row(1, 100), row(10, 100)], 20) == [10]
    assert places([row(1, 100), row(10, 100)], 5) == [1]


def test_an_assignment_in_a_closed_block_may_have_happened() -> None:
    assert places([row(1, 100), row(10, 15)], 20) == [1, 10]
    assert places([row(1, 100), row(10, 15)], 12) == [10]


def test_branches_without_a_common_assignment_all_reach() -> None:
    assert places([row(1, 5), row(6, 10)], 20) == [1, 6]


def test_a_block_scoped_declaration_ends_with_its_block() -> None:
    rows = [row(1, 100, BindingFlag.DECLARES), row(10, 15, BindingFlag.DECLARES)]
    assert places(rows, 12) == [10]
    assert places(rows, 20) == [1]
    assert places([row(10, 15, BindingFlag.DECLARES)], 20) == []


def test_a_declaration_without_a_value_takes_the_assigned_ones() -> None:
    assert places([row(1, 100, BindingFlag.DECLARES, value=-1), row(10, 15)], 20) == [10]


def test_a_declared_type_is_not_widened() -> None:
    assert places([row(1, 100, BindingFlag.DECLARES | BindingFlag.TYPED), row(10, 15)], 20) == [1]


def test_a_narrowing_holds_only_in_its_block() -> None:
    rows = [row(1, 100), row(10, 15, BindingFlag.NARROWING)]
    assert places(rows, 12) == [10]
    assert places(rows, 20) == [1]


def test_an_inner_function_sees_every_assignment() -> None:
    assert places([row(1, 100), row(10, 100)], 5, deferred=True) == [1, 10]
    assert places([row(10, 15)], 50, deferred=True) == [10]


def test_an_inner_function_may_use_what_is_declared_below_it() -> None:
    assert places([row(10, 100, BindingFlag.DECLARES)], 5, deferred=True) == [10]
    assert places([row(10, 15, BindingFlag.DECLARES)], 50, deferred=True) == []


def test_use_before_assignment_still_finds_it() -> None:
    assert places([row(10, 100), row(20, 100)], 5) == [10, 20]

"""Structural questions about a small project, the same answers from every store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from loomgraph.errors import AmbiguousSymbol, BadInput, UnknownFile
from loomgraph.model import Resolution
from loomgraph.store import questions
from loomgraph.store.answers import Hop, Place
from loomgraph.store.base import Reader, Store, Update
from loomgraph.store.testing import edge, graph


def names(hops: Iterable[Hop]) -> list[tuple[int, str]]:
    return [(hop.depth, hop.symbol.id.partition("::")[2] or hop.symbol.id) for hop in hops]


# -- callers and callees ------------------------------------------------------------------------------------------


def test_callers(reader: Reader) -> None:
    found = questions.callers(reader, "Item.price")
    assert names(found.hops) == [(1, "Item.total")]
    assert found.hops[0].edges == (edge("shop/base.py::Item.total", "shop/base.py::Item.price", line=13),)
    assert found.unresolved.names == ("price",)
    assert found.unresolved.count == 2
    assert found.unresolved.places == (Place("shop/cart.py", 11), Place("shop/cart.py", 12))


def test_callers_further_out_are_as_sure_as_the_least_sure_step(reader: Reader) -> None:
    found = questions.callers(reader, "Item.price", depth=0)
    assert names(found.hops) == [(1, "Item.total"), (2, "Cart.checkout"), (3, "main"), (3, "test_checkout")]
    assert [hop.resolution for hop in found.hops] == [Resolution.EXACT] + [Resolution.INFERRED] * 3
    assert names(questions.callers(reader, "Item.price", depth=2).hops) == names(found.hops)[:2]
    limited = questions.callers(reader, "Item.price", depth=0, limit=1)
    assert (limited.total, len(limited.hops)) == (4, 1)


def test_callers_widen_to_what_is_overridden(reader: Reader) -> None:
    assert questions.callers(reader, "Book.price").total == 0
    found = questions.callers(reader, "Book.price", widen=True, depth=2)
    assert [(*name, hop.widened) for name, hop in zip(names(found.hops), found.hops, strict=True)] == [
        (1, "Item.total", True),
        (2, "Cart.checkout", True),
    ]


def test_callees_widen_to_what_overrides(reader: Reader) -> None:
    assert names(questions.callees(reader, "Item.total").hops) == [(1, "Item.price")]
    found = questions.callees(reader, "Item.total", widen=True, depth=2)
    assert names(found.hops) == [(1, "Item.price"), (1, "Book.price"), (2, "helper")]
    assert [hop.widened for hop in found.hops] == [False, True, True]


def test_callees_name_what_they_could_not_resolve(reader: Reader) -> None:
    found = questions.callees(reader, "checkout")
    assert names(found.hops) == [(1, "Item.__init__"), (1, "Item.total")]
    assert (found.unresolved.names, found.unresolved.count) == (("price",), 2)


def test_callers_of_a_class_call_its_constructor(reader: Reader) -> None:
    assert names(questions.callers(reader, "Item").hops) == [(1, "Cart.checkout")]


def test_callees_of_a_class_are_those_of_its_members(reader: Reader) -> None:
    assert names(questions.callees(reader, "Cart").hops) == [(1, "Item.__init__"), (1, "Item.total")]
    assert names(questions.callees(reader, "Item").hops) == []


def test_callers_of_other_kinds(reader: Reader) -> None:
    assert names(questions.callers(reader, "shop.cart.Cart", kinds=["IMPORTS"]).hops) == [(1, "app.py")]


def test_callers_of_what_is_outside(reader: Reader) -> None:
    assert names(questions.callers(reader, "requests.get").hops) == [(1, "helper")]


def test_recursion_is_its_own_caller(reader: Reader) -> None:
    assert names(questions.callers(reader, "_forgotten").hops) == [(1, "_forgotten")]
    assert names(questions.callers(reader, "helper", depth=0).hops) == [(1, "Book.price"), (1, "twin")]


# -- path ---------------------------------------------------------------------------------------------------------


def test_path(reader: Reader) -> None:
    found = questions.path(reader, "main", "Item.price", widen=False)
    ids = ["app.py::main", "shop/cart.py::Cart.checkout", "shop/base.py::Item.total", "shop/base.py::Item.price"]
    assert [symbol.id for symbol in found.symbols] == ids
    assert [(link.source, link.target) for link in found.edges] == list(zip(ids, ids[1:], strict=False))
    assert found.resolution == Resolution.INFERRED


def test_path_through_an_override(reader: Reader) -> None:
    assert questions.path(reader, "main", "twin", widen=False).symbols == ()
    found = questions.path(reader, "main", "twin")
    assert [symbol.name for symbol in found.symbols] == ["main", "checkout", "total", "price", "helper", "twin"]
    assert found.widened == (False, False, True, False, False)
    assert found.edges[2].target == "shop/base.py::Item.price"


def test_path_to_itself_and_nowhere(reader: Reader) -> None:
    assert [symbol.id for symbol in questions.path(reader, "main", "main").symbols] == ["app.py::main"]
    assert questions.path(reader, "twin", "main").symbols == ()


def test_path_to_a_class_leads_to_its_constructor(reader: Reader) -> None:
    assert [symbol.name for symbol in questions.path(reader, "main", "Item").symbols] == [
        "main",
        "checkout",
        "__init__",
    ]


# -- hierarchy ----------------------------------------------------------------------------------------------------


def test_hierarchy(reader: Reader) -> None:
    found = questions.hierarchy(reader, "Book")
    assert (names(found.bases), names(found.derived)) == ([(1, "Item")], [])
    found = questions.hierarchy(reader, "Item")
    assert (names(found.bases), names(found.derived)) == ([], [(1, "Book")])
    found = questions.hierarchy(reader, "Item.price")
    assert names(found.derived) == [(1, "Book.price")]


# -- impact -------------------------------------------------------------------------------------------------------


@dataclass
class Changed:
    path: str
    ranges: tuple[tuple[int, int], ...] = ()
    deleted: bool = False


def test_impact_of_a_symbol(reader: Reader) -> None:
    found = questions.impact(reader, symbols=["Item.total"])
    assert names(found.affected) == [(1, "Cart.checkout"), (2, "main"), (2, "test_checkout")]
    assert found.test_files == ("tests/test_cart.py",)
    assert [hop.symbol.name for hop in found.tests] == ["test_checkout"]
    assert found.files == ("app.py", "shop/cart.py", "tests/test_cart.py")
    assert names(questions.impact(reader, symbols=["Item.total"], depth=1).affected) == [(1, "Cart.checkout")]


def test_impact_reaches_callers_through_what_is_overridden(reader: Reader) -> None:
    found = questions.impact(reader, symbols=["Book.price"])
    assert names(found.affected)[0] == (1, "Item.total")
    assert found.affected[0].widened
    assert found.unresolved.count == 2


def test_impact_of_changed_lines(reader: Reader) -> None:
    found = questions.impact(reader, changes=[Changed("shop/base.py", ((9, 9),)), Changed("gone.py", deleted=True)])
    assert [symbol.id for symbol in found.changed] == ["shop/base.py::Item.price"]
    assert names(found.affected) == [
        (1, "Item.total"),
        (1, "Book.price"),
        (2, "Cart.checkout"),
        (3, "main"),
        (3, "test_checkout"),
    ]
    assert found.unknown == ("gone.py",)
    several = questions.impact(reader, changes=[Changed("shop/base.py", ((2, 4), (12, 16)))])
    assert [symbol.name for symbol in several.changed] == ["base", "Item", "__init__", "total", "label"]


def test_impact_of_a_file(reader: Reader) -> None:
    found = questions.impact(reader, files=["shop/cart.py"])
    assert names(found.affected)[:3] == [(1, "app.py"), (1, "main"), (1, "test_checkout")]
    assert questions.impact(reader, changes=[Changed("shop/cart.py")]) == found
    with pytest.raises(UnknownFile):
        questions.impact(reader, files=["none.py"])


def test_a_changed_test_is_to_be_run(reader: Reader) -> None:
    found = questions.impact(reader, changes=[Changed("tests/test_cart.py", ((3, 3),))])
    assert [(hop.depth, hop.symbol.name) for hop in found.tests] == [(0, "test_checkout")]


# -- the whole graph ----------------------------------------------------------------------------------------------


def test_cycles(reader: Reader) -> None:
    files = questions.cycles(reader)
    assert [cycle.members for cycle in files.cycles] == [("app.py", "shop/cart.py")]
    assert [(link.source, link.target) for link in files.cycles[0].edges] == [
        ("app.py", "shop/cart.py::Cart"),
        ("shop/cart.py", "app.py"),
    ]
    symbols = questions.cycles(reader, level="symbols")
    assert [cycle.members for cycle in symbols.cycles] == [("shop/book.py::helper", "shop/book.py::twin")]
    with pytest.raises(BadInput):
        questions.cycles(reader, level="folders")


def test_unused(reader: Reader) -> None:
    found = questions.unused(reader)
    assert [(item.symbol.id, item.doubts) for item in found.items] == [
        ("shop/book.py::_forgotten", ()),
        ("shop/book.py::Book", ("public",)),
        ("shop/book.py::public_forgotten", ("public",)),
        ("shop/cart.py::Cart.price", ("2 calls of this name could not be resolved", "public")),
    ]
    assert questions.unused(reader, limit=1).items == found.items[:1]
    assert questions.unused(reader, kinds=["class"]).total == 1


def test_find(reader: Reader) -> None:
    found = questions.find(reader, "PRI")
    assert [symbol.id for symbol in found.symbols] == [
        "shop/base.py::Item.price", "shop/book.py::Book.price", "shop/cart.py::Cart.price",
    ]  # fmt: skip
    assert [symbol.id for symbol in questions.find(reader, "book.pri").symbols] == ["shop/book.py::Book.price"]
    assert [symbol.name for symbol in questions.find(reader, "cart").symbols] == ["cart", "Cart", "test_cart"]
    assert [symbol.name for symbol in questions.find(reader, "cart", kinds=["class"]).symbols] == ["Cart"]
    assert (questions.find(reader, "e", limit=2).total > 2, len(questions.find(reader, "e", limit=2).symbols)) == (
        True,
        2,
    )
    assert questions.find(reader, "nothing like it").symbols == questions.find(reader, "").symbols == ()


def test_show(reader: Reader) -> None:
    found = questions.show(reader, "Item.price")
    assert [(one.kind, one.direction, one.count) for one in found.relations] == [
        ("CALLS", "in", 1),
        ("OVERRIDES", "in", 1),
    ]
    assert [chunk.text for chunk in found.chunks] == ["def price(self): …"]
    assert found.file is not None
    assert found.unresolved.count == 2
    assert [one.name for one in questions.show(reader, "Item").members] == [
        "__init__",
        "price",
        "total",
        "label",
        "label",
    ]
    assert questions.show(reader, "requests.get").file is None
    with pytest.raises(AmbiguousSymbol):
        questions.show(reader, "price")


def test_stats(reader: Reader) -> None:
    found = questions.stats(reader)
    assert (found.counts.files, found.counts.externals, found.counts.unresolved) == (5, 1, 2)


# -- against simple definitions on random graphs -------------------------------------------------------------------


def test_cycles_and_reach_on_a_long_chain(store: Store) -> None:
    """No recursion: a ring of thousands is one cycle, and everything on it reaches everything."""
    ring = [f"f{n:04}" for n in range(3000)]
    calls = [edge(f"ring.py::{one}", f"ring.py::{other}") for one, other in zip(ring, ring[1:] + ring[:1], strict=True)]
    store.apply(Update([graph("ring.py", *ring, edges=calls)]))
    with store.read() as reader:
        cycles = questions.cycles(reader, level="symbols").cycles
        assert [len(cycle.members) for cycle in cycles] == [3000, 2]
        assert len(questions.path(reader, "f0000", "f0500").symbols) == 501
        assert questions.callers(reader, "f0000", depth=100).total == 100

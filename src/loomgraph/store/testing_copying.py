"""The contract suite for copies of a graph. Shipped, as :mod:`loomgraph.store.testing` is.

Use: subclass :class:`CopyContract` with the same ``make_store`` fixture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from loomgraph.model import Chunk, Problem, UnresolvedCall
from loomgraph.store.base import FileGraph, PassageTerms, Store, Update, unresolved_order
from loomgraph.store.copying import whole
from loomgraph.store.memory import MemoryStore
from loomgraph.store.testing import MakeStore, dump, edge, graph
from loomgraph.store.testing_inserted import given
from loomgraph.store.testing_passages import named

TERMS = ("cart", "total", "checkout")
WEIGHTS = (1.0, 2.0, 1.0, 1.0)


def shop() -> Update:
    """Files that call each other and what nobody defines, an inserted one, passages with a card, facts."""
    cart = graph(
        "cart.py", "total",
        edges=[edge("cart.py::total", "price.py::tax"), edge("cart.py::total", "external:math.fsum")],
        unresolved=[UnresolvedCall("apply", "cart.py::total", "cart.py", 3, 1)] * 2,
        chunks=[Chunk("one", "cart.py", 1, 2, "def total(): …", "cart.py::total"),
                Chunk("two", "cart.py", 3, 4, "\udc80", "")],
        problems=[Problem("cart.py", 4, "it ends too soon")],
        depends=["price.py"], keys=["apply"], defined=["total"], called=["tax", "apply"],
        passages=[PassageTerms("cart", "total", "", "def total"), PassageTerms("cart", "", "", "rest"),
                  PassageTerms("cart", "checkout", "", "total")],
        vectors=bytes(range(12)), cards=1,
    )  # fmt: skip
    rows = given("notes", "Checkout", edges=[edge("Checkout", "cart.py::total", "uses", file="notes"),
                                             edge("Checkout", "Till", "uses", file="notes")])  # fmt: skip
    plain = graph("odd \udcff.py", "f", called=["total"])
    facts = {one.record.facts_key: one.record.path.encode("utf-8", "surrogatepass") for one in (cart, plain)}
    return Update([cart, rows, plain], facts=facts, meta={"root": "/shop", "model": "static"})


def later() -> list[Update]:
    """Changes that show what a store has kept of what does not show."""
    return [
        Update([graph("price.py", "tax")]),
        Update([graph("till.py", "ring", edges=[edge("till.py::ring", "cart.py::total")])], delete=["notes"]),
        Update(delete=["cart.py"]),
    ]


def all_of(store: Store) -> dict[str, Any]:
    """What a store answers, also by what its files are found and by what their passages are."""
    with store.read() as reader:
        found = {
            "hits": named(reader.files(), reader.search_passages(TERMS, WEIGHTS, 10)),
            "cards": named(reader.files(), reader.search_passages(TERMS, WEIGHTS, 10, cards=True)),
            "vectors": list(reader.vectors()),
            "keys": reader.dependents(keys=["apply"]),
            "defining": reader.files_defining("total"),
            "calling": reader.files_calling("total"),
        }
    return {**dump(store), **found}


class CopyContract:
    """A graph copied into a store, and out of it, is the same graph."""

    @pytest.fixture
    def other(self) -> Callable[[], Store]:
        return MemoryStore

    @staticmethod
    def copy(source: Store, target: Store) -> None:
        with source.read() as reader:
            target.apply(whole(reader))

    def test_a_copy_is_the_same_graph_then_and_later(self, make_store: MakeStore, other: Callable[[], Store]) -> None:
        first, there, back = make_store("first"), other(), make_store("back")
        try:
            first.apply(shop())
            back.apply(Update([graph("left.py", "over"), given("rest", "X")], meta={"old": "yes"}))
            self.copy(first, there)
            self.copy(there, back)
            for change in (Update(), *later()):
                for store in (first, there, back):
                    store.apply(change)
                assert all_of(first) == all_of(there) == all_of(back)
        finally:
            for store in (first, there, back):
                store.close()

    def test_what_is_said_is_what_was_put(self, make_store: MakeStore) -> None:
        store = make_store("first")
        try:
            store.apply(shop())
            with store.read() as reader:
                said = list(reader.said())
        finally:
            store.close()
        put = sorted(shop().replace, key=lambda one: one.record.path)
        assert [plain(one) for one in said] == [plain(one) for one in put]
        assert all(one.marks for one in said if one.record.path != "notes")


def plain(one: FileGraph) -> tuple[object, ...]:
    """What a file said, in one order, but for the marks it is found by."""
    return (
        one.record, sorted(one.symbols, key=lambda symbol: symbol.id), sorted(one.edges),
        sorted(one.unresolved, key=unresolved_order),
        list(one.chunks), list(one.problems), list(one.passages or ()), one.vectors, one.cards,
    )  # fmt: skip

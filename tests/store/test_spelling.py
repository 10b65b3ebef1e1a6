"""What a user may call a symbol, and what is answered when it could be several, or none."""

from __future__ import annotations

import pytest

from loomgraph.errors import AmbiguousSymbol, UnknownSymbol
from loomgraph.store.base import FileGraph, Reader, Store, Update
from loomgraph.store.spelling import path_names, resolve_symbol
from loomgraph.store.testing import edge, graph, record, symbol


@pytest.mark.parametrize(
    ("spelling", "meant"),
    [
        ("shop/base.py::Item.price", "shop/base.py::Item.price"),
        ("shop/base.py", "shop/base.py"),
        ("shop.base.Item.price", "shop/base.py::Item.price"),
        ("base.Item.price", "shop/base.py::Item.price"),
        ("Book.price", "shop/book.py::Book.price"),
        ("shop/book.py::price", "shop/book.py::Book.price"),
        ("book.py::price", "shop/book.py::Book.price"),
        ("Item#total", "shop/base.py::Item.total"),
        ("checkout", "shop/cart.py::Cart.checkout"),
        ("  checkout ", "shop/cart.py::Cart.checkout"),
        ("CHECKOUT", "shop/cart.py::Cart.checkout"),
        ("shop.cart.CART.checkout", "shop/cart.py::Cart.checkout"),
        ("Item", "shop/base.py::Item"),
        ("Item.label", "shop/base.py::Item.label"),
        ("Item.label~2", "shop/base.py::Item.label~2"),
        ("Item.__init__", "shop/base.py::Item.__init__"),
        ("shop/base.py:9", "shop/base.py::Item.price"),
        ("shop/base.py:3", "shop/base.py::Item"),
        ("base.py:13", "shop/base.py::Item.total"),
        ("./shop/base.py:13:5", "shop/base.py::Item.total"),
        ("shop/base.py:50", "shop/base.py"),
        ("shop.cart", "shop/cart.py"),
        ("cart", "shop/cart.py"),
        ("app", "app.py"),
        ("app.Cart", "shop/cart.py::Cart"),
        ("app.Cart.checkout", "shop/cart.py::Cart.checkout"),
        ("Book.total", "shop/base.py::Item.total"),
        ("shop/book.py::Book.total", "shop/base.py::Item.total"),
        ("shop.book.Item.total", "shop/base.py::Item.total"),
        ("requests.get", "external:requests.get"),
        ("external:requests.get", "external:requests.get"),
        ("get", "external:requests.get"),
    ],
)
def test_one_symbol(reader: Reader, spelling: str, meant: str) -> None:
    assert resolve_symbol(reader, spelling).id == meant


@pytest.mark.parametrize(
    ("spelling", "candidates"),
    [
        ("price", ("shop/base.py::Item.price", "shop/book.py::Book.price", "shop/cart.py::Cart.price")),
        ("PRICE", ("shop/base.py::Item.price", "shop/book.py::Book.price", "shop/cart.py::Cart.price")),
    ],
)
def test_several_symbols(reader: Reader, spelling: str, candidates: tuple[str, ...]) -> None:
    with pytest.raises(AmbiguousSymbol) as raised:
        resolve_symbol(reader, spelling)
    assert raised.value.candidates == candidates
    assert all(candidate in str(raised.value) for candidate in candidates)


def test_overloads_are_several_symbols(store: Store) -> None:
    store.apply(Update([graph("A.java", "put", "put~2")]))
    with store.read() as reader, pytest.raises(AmbiguousSymbol):
        resolve_symbol(reader, "put")


def test_what_lies_in_a_later_definition(store: Store) -> None:
    store.apply(Update([graph("A.java", "put", "put~2", "put~2.create", "put~3.create")]))
    with store.read() as reader:
        assert resolve_symbol(reader, "put~2.create").id == "A.java::put~2.create"
        assert resolve_symbol(reader, "A.put~2").id == "A.java::put~2"
        with pytest.raises(AmbiguousSymbol) as raised:
            resolve_symbol(reader, "put.create")
        assert raised.value.candidates == ("A.java::put~2.create", "A.java::put~3.create")
        found = reader.symbols(["A.java::put~2.create"])["A.java::put~2.create"]
    assert found.qualified_name == "put.create"


def test_private_names(store: Store) -> None:
    store.apply(Update([graph("n.ts", "Node", "Node.#index", "Node.index")]))
    with store.read() as reader:
        assert resolve_symbol(reader, "Node.#index").id == "n.ts::Node.#index"
        assert resolve_symbol(reader, "#index").id == "n.ts::Node.#index"
        assert resolve_symbol(reader, "Node#index").id == "n.ts::Node.index"


def test_a_line_with_several_symbols_means_the_one_named_there(store: Store) -> None:
    one_line = [symbol("b.ts::outer", line=3, end_line=3), symbol("b.ts::outer.inner", line=3, end_line=3)]
    store.apply(Update([FileGraph(record("b.ts"), [symbol("b.ts", end_line=9, parent=""), *one_line])]))
    with store.read() as reader:
        assert resolve_symbol(reader, "b.ts:3").id == "b.ts::outer"


def test_a_project_symbol_that_ends_like_an_outside_one_is_ambiguous(store: Store) -> None:
    store.apply(Update([graph("lib/json.py", "loads", edges=[edge("lib/json.py::loads", "external:json.loads")])]))
    with store.read() as reader:
        with pytest.raises(AmbiguousSymbol) as raised:
            resolve_symbol(reader, "json.loads")
        assert raised.value.candidates == ("lib/json.py::loads", "external:json.loads")
        assert resolve_symbol(reader, "lib.json.loads").id == "lib/json.py::loads"
        assert resolve_symbol(reader, "loads").id == "lib/json.py::loads"


@pytest.mark.parametrize("spelling", ["chekout", "Cart.chekout", "shop/nowhere.py:3", "Item.price.more", "", "::", "."])
def test_no_symbol(reader: Reader, spelling: str) -> None:
    with pytest.raises(UnknownSymbol):
        resolve_symbol(reader, spelling)


def test_the_nearest_names_are_told(reader: Reader) -> None:
    with pytest.raises(UnknownSymbol, match="shop/cart.py::Cart.checkout") as raised:
        resolve_symbol(reader, "Cart.chekout")
    assert raised.value.nearest[0] == "shop/cart.py::Cart.checkout"


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("a/b.py", ("a", "b")),
        ("a/__init__.py", ("a",)),
        ("__init__.py", ("__init__",)),
        ("web/index.ts", ("web",)),
        ("a.b/c.test.ts", ("a.b", "c")),
        (".github/x.yml", (".github", "x")),
        (".profile", (".profile",)),
    ],
)
def test_the_names_in_a_path(path: str, names: tuple[str, ...]) -> None:
    assert path_names(path) == names

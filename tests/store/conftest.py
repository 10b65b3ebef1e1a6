"""One small project that the tests of questions ask about, in both stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from loomgraph.model import Chunk, Edge, Resolution, Symbol, SymbolFlag, SymbolKind, UnresolvedCall
from loomgraph.store.base import FileGraph, Reader, Store, Update
from loomgraph.store.memory import MemoryStore
from loomgraph.store.sqlite import SqliteStore
from loomgraph.store.testing import edge, record, symbol


def file(path: str, *symbols: Symbol, edges: tuple[Edge, ...] = (), unresolved: tuple[UnresolvedCall, ...] = (),
         chunks: tuple[Chunk, ...] = ()) -> FileGraph:  # fmt: skip
    stem = path.rpartition("/")[2].partition(".")[0]
    module = symbol(path, SymbolKind.MODULE, name=stem, end_line=99)
    contains = [edge(one.parent, one.id, "CONTAINS", one.line) for one in symbols]
    return FileGraph(record(path), [module, *symbols], [*contains, *edges], unresolved, chunks)


def inferred(source: str, target: str, kind: str = "CALLS", line: int = 1) -> Edge:
    return Edge(kind, source, target, source.partition("::")[0], (line,), 1, Resolution.INFERRED)


METHOD, CLASS = SymbolKind.METHOD, SymbolKind.CLASS

# shop/base.py: class Item (price, total → price); shop/book.py: class Book(Item) overrides price, helper ↔ twin;
# shop/cart.py: Cart(items) calls; app.py: main → Cart.checkout; tests/test_cart.py tests it.
PROJECT = [
    file(
        "shop/base.py",
        symbol("shop/base.py::Item", CLASS, 3, end_line=20),
        symbol("shop/base.py::Item.__init__", SymbolKind.CONSTRUCTOR, 4, end_line=6),
        symbol("shop/base.py::Item.price", METHOD, 8, end_line=10),
        symbol("shop/base.py::Item.total", METHOD, 12, end_line=15),
        symbol("shop/base.py::Item.label", SymbolKind.PROPERTY, 16),
        symbol("shop/base.py::Item.label~2", SymbolKind.PROPERTY, 18),
        edges=(edge("shop/base.py::Item.total", "shop/base.py::Item.price", line=13),),
        chunks=(Chunk("c1", "shop/base.py", 8, 10, "def price(self): …", "shop/base.py::Item.price"),),
    ),
    file(
        "shop/book.py",
        symbol("shop/book.py::Book", CLASS, 3, end_line=20),
        symbol("shop/book.py::Book.price", METHOD, 5, end_line=8),
        symbol("shop/book.py::helper", line=22),
        symbol("shop/book.py::twin", line=25),
        symbol("shop/book.py::_forgotten", line=28, end_line=30, flags=SymbolFlag.PRIVATE),
        symbol("shop/book.py::public_forgotten", line=32),
        edges=(
            edge("shop/book.py", "shop/base.py::Item", "IMPORTS"),
            edge("shop/book.py::Book", "shop/base.py::Item", "INHERITS", 3),
            edge("shop/book.py::Book.price", "shop/base.py::Item.price", "OVERRIDES", 5),
            edge("shop/book.py::Book.price", "shop/book.py::helper", line=6),
            edge("shop/book.py::helper", "shop/book.py::twin", line=23),
            edge("shop/book.py::twin", "shop/book.py::helper", line=26),
            edge("shop/book.py::_forgotten", "shop/book.py::_forgotten", line=29),
            edge("shop/book.py::helper", "external:requests.get", line=24),
        ),
    ),
    file(
        "shop/cart.py",
        symbol("shop/cart.py::Cart", CLASS, 5, end_line=30),
        symbol("shop/cart.py::Cart.checkout", METHOD, 7, end_line=20),
        symbol("shop/cart.py::Cart.price", METHOD, 22, end_line=24),
        edges=(
            edge("shop/cart.py", "shop/base.py", "IMPORTS"),
            edge("shop/cart.py", "app.py", "IMPORTS", 2),
            inferred("shop/cart.py::Cart.checkout", "shop/base.py::Item.total", line=9),
            edge("shop/cart.py::Cart.checkout", "shop/base.py::Item.__init__", line=8),
        ),
        unresolved=(
            UnresolvedCall("price", "shop/cart.py::Cart.checkout", "shop/cart.py", 11, 0),
            UnresolvedCall("price", "shop/cart.py::Cart.checkout", "shop/cart.py", 12, 0),
        ),
    ),
    file(
        "app.py",
        symbol("app.py::main", line=4, end_line=9, flags=SymbolFlag.ENTRY_POINT),
        edges=(
            edge("app.py", "shop/cart.py::Cart", "IMPORTS"),
            edge("app.py::main", "shop/cart.py::Cart.checkout", line=5),
            edge("app.py::main", "shop/cart.py::Cart", "REFERENCES", line=5),
        ),
    ),
    file(
        "tests/test_cart.py",
        symbol("tests/test_cart.py::test_checkout", line=3, flags=SymbolFlag.TEST),
        edges=(edge("tests/test_cart.py::test_checkout", "shop/cart.py::Cart.checkout", line=4),),
    ),
]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "g.db", create=True)
    store.apply(Update(PROJECT))
    yield store
    store.close()


@pytest.fixture
def reader(store: Store) -> Iterator[Reader]:
    with store.read() as reader:
        yield reader

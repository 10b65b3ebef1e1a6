"""The contract suite for inserted files and placeholders. Shipped, as :mod:`loomgraph.store.testing` is.

Use: subclass :class:`InsertedContract` with the same ``make_store`` fixture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from loomgraph.model import Edge, EdgeKind, Symbol, SymbolKind
from loomgraph.store.base import FileGraph, Store, Update, placeholder_symbol
from loomgraph.store.testing import MakeStore, dump, edge, graph, record, symbol


def given(path: str, *names: str, edges: Iterable[Edge] = (), version: int = 1) -> FileGraph:
    """An inserted file with symbols of these ids."""
    found = [symbol(name, line=line) for line, name in enumerate(names, 1)]
    symbols = [one._replace(file=path, parent="", language="") for one in found]
    return FileGraph(replace(record(path, version), inserted=True), symbols, edges)


class InsertedContract:
    """Tests of what :mod:`loomgraph.store.base` promises of inserted files."""

    @pytest.fixture
    def store(self, make_store: MakeStore) -> Iterator[Store]:
        store = make_store("inserted")
        yield store
        store.close()

    @staticmethod
    def symbols(store: Store) -> list[Symbol]:
        with store.read() as reader:
            return list(reader.all_symbols())

    @staticmethod
    def edges(store: Store) -> list[tuple[str, str]]:
        with store.read() as reader:
            edges = list(reader.all_edges())
            found = [(one.source, one.target) for one in edges]
            homes = {symbol.id: symbol.file for symbol in reader.all_symbols()}
            strays = [one for one in edges if one.file != homes[one.source]]
            assert reader.strays_from({end for end, _ in found}) == strays
            assert found == [(one.source, one.target) for one in reader.edges_from({end for end, _ in found})]
            assert sorted(found) == sorted(
                (one.source, one.target) for one in reader.edges_to({end for _, end in found})
            )
            return found

    def test_the_record_says_that_a_file_was_inserted(self, store: Store) -> None:
        store.apply(Update([given("a", "X"), graph("b.py")]))
        with store.read() as reader:
            assert [(file.path, file.inserted) for file in reader.files()] == [("a", True), ("b.py", False)]

    def test_ends_that_nobody_defines_are_placeholders(self, store: Store) -> None:
        store.apply(Update([given("a", "X", edges=[edge("X", "Y", file="a"), edge("Z", "Z", file="a")])]))
        assert [one.id for one in self.symbols(store)] == ["Y", "Z", "X"]
        assert self.symbols(store)[0] == placeholder_symbol("Y")
        assert self.edges(store) == [("X", "Y"), ("Z", "Z")]
        with store.read() as reader:
            counts = reader.counts()
            assert (counts.symbols, counts.externals, counts.unresolved) == (3, 0, 0)
            assert dict(counts.symbols_by_kind) == {"object": 2, "function": 1}
            assert reader.names() == ["X", "Y", "Z"]
            assert [one.id for one in reader.symbols_named(["Y"])] == ["Y"]

    def test_a_placeholder_becomes_what_a_later_file_defines_and_comes_back(self, store: Store) -> None:
        caller = given("a", "X", edges=[edge("X", "Y", file="a")])
        store.apply(Update([caller]))
        before = dump(store)
        for late in (given("b", "Y"), FileGraph(record("b"), [symbol("Y")._replace(file="b")])):
            store.apply(Update([late]))
            assert [(one.id, one.file) for one in self.symbols(store)] == [("X", "a"), ("Y", "b")]
            store.apply(Update(delete=["b"]))
            assert dump(store) == before

    def test_placeholders_go_with_the_last_edge_of_an_inserted_file(self, store: Store) -> None:
        call = edge("c.py::f", "Y")
        store.apply(
            Update(
                [given("a", "X", edges=[edge("X", "Y", file="a")]), given("b", edges=[edge("Y", "X", "K", file="b")])]
            )
        )
        store.apply(Update([graph("c.py", "f", edges=[call])]))
        assert (call.source, "Y") in self.edges(store)
        store.apply(Update([given("a", "X", version=2)]))
        assert "Y" in {one.id for one in self.symbols(store)}
        store.apply(Update(delete=["b"]))
        assert "Y" not in {one.id for one in self.symbols(store)}
        with store.read() as reader:
            assert [one.name for one in reader.unresolved_named(["Y"])] == ["Y"]
        store.apply(Update([given("d", edges=[edge("Y", "Y", file="d")])]))
        assert (call.source, "Y") in self.edges(store)

    def test_a_file_of_source_has_its_symbols_before_inserted_ones(self, store: Store) -> None:
        mine = given("a", "b.py::f", "X", edges=[edge("b.py::f", "X", "K", file="a")])
        source = graph("b.py", "f", "g")
        for order in ([mine, source], [source, mine]):
            store.apply(Update(delete=["a", "b.py"]))
            for said in order:
                store.apply(Update([said]))
            with store.read() as reader:
                assert reader.symbols(["b.py::f"])["b.py::f"].file == "b.py"
                assert [one.id for one in reader.symbols_in(["a"])] == ["X"]
                assert ("b.py::f", "X") in self.edges(store)
                assert [one.id for one in reader.symbols_named(["f"])] == ["b.py::f"]
        store.apply(Update(delete=["b.py"]))
        with store.read() as reader:
            assert reader.symbols(["b.py::f"])["b.py::f"].kind == SymbolKind.OBJECT
        store.apply(Update([mine]))
        with store.read() as reader:
            assert reader.symbols(["b.py::f"])["b.py::f"].kind == SymbolKind.FUNCTION
        assert self.edges(store) == [("b.py::f", "X")]

    def test_a_symbol_moves_from_one_inserted_file_to_another(self, store: Store) -> None:
        one = given("a", "X", "Y", edges=[edge("X", "Y", file="a")])
        store.apply(Update([one, given("b", "Z")]))
        store.apply(Update([given("b", "X", "Z", version=2), given("a", "Y", edges=list(one.edges), version=2)]))
        assert [(s.id, s.file) for s in self.symbols(store)] == [("Y", "a"), ("X", "b"), ("Z", "b")]
        assert self.edges(store) == [("X", "Y")]
        store.apply(Update([given("a", "X", "Y", edges=list(one.edges)), given("b", "Z")]))
        fresh = dump(store)
        store.apply(Update([one, given("b", "Z")], wipe=True))
        assert dump(store) == fresh

    def test_edges_of_source_alone_make_no_placeholder(self, store: Store) -> None:
        store.apply(Update([given("a", "X"), graph("b.py", "f", edges=[edge("b.py::f", "c.py::g")])]))
        assert [one.id for one in self.symbols(store)] == ["X", "b.py", "b.py::f"]
        assert EdgeKind.CALLS not in {e.kind for e in self.all_edges(store)}

    @staticmethod
    def all_edges(store: Store) -> list[Edge]:
        with store.read() as reader:
            return list(reader.all_edges())

    def test_counts_after_many_small_updates(self, store: Store, make_store: MakeStore) -> None:
        said = [given(f"f{n}", f"s{n}", edges=[edge(f"s{n}", f"s{n + 1}", file=f"f{n}")]) for n in range(30)]
        for one in said:
            store.apply(Update([one]))
        store.apply(Update(delete=["f7"]))
        whole = make_store("at once")
        whole.apply(Update([one for one in said if one.record.path != "f7"]))
        assert dump(store) == dump(whole)
        whole.close()

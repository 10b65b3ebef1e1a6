"""What was inserted is a function of the rows, whatever bodies brought them: random rows, cut and sent in any way."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from loomgraph.engines import exports
from loomgraph.engines.custom_kg import decode
from loomgraph.engines.graphs import NativeGraph
from loomgraph.engines.imports import read
from loomgraph.engines.inserting import Inserting
from loomgraph.retrieve.given import Given
from loomgraph.retrieve.view import View
from loomgraph.settings import EmbeddingSettings
from loomgraph.store.memory import MemoryStore
from loomgraph.store.testing import dump

Rows = list[tuple[str, dict[str, Any]]]
LISTS = ("chunks", "entities", "relationships")
NAMES = st.sampled_from(["A", "B", "a.py::f", "b.py::C.m", "external:os.path", "密"])
SOURCES = st.sampled_from(["", "a.py", "a.py:3", "a.py:3-9", "b.py:1", "note 7", "custom_kg/2a7"])
PATHS = st.sampled_from(["", "a.py", "lib/c.py"])
WORDS = st.sampled_from(["calls", "Call, imports", "imports", "owns", "", "calls,owns, contains"])
TEXTS = st.sampled_from(["", "one", "two words", "three\nlines\nhere"])


def maybe(**fields: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    return fields


ENTITIES = st.fixed_dictionaries(
    {"entity_name": NAMES},
    optional=maybe(entity_type=st.sampled_from(["function", "Class", "person"]), description=TEXTS, source_id=SOURCES,
                   file_path=PATHS),
)  # fmt: skip
RELATIONS = st.fixed_dictionaries(
    {"src_id": NAMES, "tgt_id": NAMES, "description": TEXTS, "keywords": WORDS},
    optional=maybe(weight=st.sampled_from([1.0, 2.5, 7]), source_id=SOURCES, file_path=PATHS),
)
# Chunks of one source and order that stand in one body stay beside each other; those of a later one replace them.
CHUNKS = st.fixed_dictionaries(
    {"content": TEXTS, "source_id": SOURCES}, optional=maybe(chunk_order_index=st.integers(0, 2), file_path=PATHS)
)
ROWS = st.lists(st.one_of(
    ENTITIES.map(lambda row: ("entities", row)), RELATIONS.map(lambda row: ("relationships", row)),
    CHUNKS.map(lambda row: ("chunks", row)),
), max_size=14)  # fmt: skip


class Graph:
    """A graph in memory to insert into."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self._inserting = Inserting(self.store, EmbeddingSettings(name=""))

    def insert(self, rows: Rows) -> Graph:
        body = {key: [row for kind, row in rows if kind == key] for key in LISTS}
        self._inserting.insert(decode(json.dumps(body).encode()))
        return self

    def delete(self, *source_ids: str) -> None:
        self._inserting.delete_by_source(source_ids)

    def whole(self) -> object:
        """All that the graph answers, but for the number of updates it took."""
        with self.store.read() as reader:
            view = NativeGraph(reader)
            return dump(self.store), view.entities(), view.relations(), "".join(exports.custom_kg(reader, True))


def last_chunks(rows: Rows) -> Rows:
    """The rows with one chunk for each source and order."""
    slots = {}
    for at, (kind, row) in enumerate(rows):
        source = row.get("source_id") or row.get("file_path", "")
        slots[(source, row.get("chunk_order_index", 0)) if kind == "chunks" else at] = (kind, row)
    return list(slots.values())


@settings(max_examples=150, deadline=None)
@given(ROWS, st.lists(st.integers(0, 14), max_size=4))
def test_bodies_may_be_cut_anywhere(rows: Rows, cuts: list[int]) -> None:
    rows = last_chunks(rows)
    graph = Graph()
    edges = [0, *sorted(cuts), len(rows)]
    for start, end in zip(edges, edges[1:], strict=False):
        graph.insert(rows[start:end])
    assert graph.whole() == Graph().insert(rows).whole()


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_the_same_rows_twice_change_nothing(rows: Rows) -> None:
    graph = Graph().insert(rows)
    before = graph.whole()
    assert graph.insert(rows).whole() == before


@settings(max_examples=150, deadline=None)
@given(ROWS, SOURCES.filter(bool))
def test_a_source_deleted_and_inserted_again_is_the_identity(rows: Rows, source: str) -> None:
    graph = Graph().insert(rows)
    before = graph.whole()
    graph.delete(source)
    assert graph.insert(rows).whole() == before


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_deleting_every_source_of_it_takes_a_row_away(rows: Rows) -> None:
    graph = Graph().insert(rows)
    with graph.store.read() as reader:
        sources = NativeGraph(reader).source_ids()
    graph.delete(*sources, "a.py", "lib/c.py")
    with graph.store.read() as reader:
        view = NativeGraph(reader)
        assert view.source_ids() == []
        assert all(not row.source_id and not row.file_path for row in view.relations())


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_an_export_read_in_is_the_graph(rows: Rows) -> None:
    graph = Graph().insert(rows)
    for name in ("custom-kg", "jsonl"):
        with graph.store.read() as reader:
            first = "".join(exports.lines(reader, name))
        copy = MemoryStore()
        Inserting(copy, EmbeddingSettings(name="")).insert(read(first, "x").kg)
        with copy.read() as reader:
            assert "".join(exports.lines(reader, name)) == first


@settings(max_examples=150, deadline=None)
@given(ROWS, st.lists(st.integers(0, 14), max_size=4))
def test_edges_taken_from_rows_are_those_of_the_store(rows: Rows, cuts: list[int]) -> None:
    graph = Graph()
    for start, end in pairwise([0, *sorted(cuts), len(rows)]):
        graph.insert(rows[start:end])
    with graph.store.read() as reader:
        symbols = list(reader.all_symbols())
        found = Given(View(reader.files(), 0), reader)
        edges = reader.edges_from([one.id for one in symbols])
        assert found.edges_from(symbols) == edges
        told = set(zip(((edge.source, edge.target) for edge in edges), found.told(edges), strict=True))
        for row in NativeGraph(reader).relations():
            assert any(ends == (row.src_id, row.tgt_id) and row.description in text for ends, text in told)


def test_chunks_of_one_source_all_stay_and_changed_ones_leave_nothing() -> None:
    def row(text: str, **more: Any) -> tuple[str, dict[str, Any]]:
        return "chunks", {"content": text, "source_id": "a.py", **more}

    def texts(graph: Graph) -> list[str]:
        with graph.store.read() as reader:
            return [one.text for one in reader.chunks_in(["a.py"])]

    graph = Graph().insert([row("one"), row("two"), row("three", chunk_order_index=1)])
    assert texts(graph) == ["one", "two", "three"]
    assert texts(graph.insert([row("new")])) == ["new", "three"]
    assert texts(graph.insert([row("last", chunk_order_index=1)])) == ["new", "last"]


def test_one_relation_of_several_kinds_is_several_edges_of_which_one_may_be_replaced() -> None:
    row = {"src_id": "A", "tgt_id": "B", "description": "d", "keywords": "calls, IMPORT,owns", "source_id": "a.py:7"}
    graph = Graph().insert([("relationships", row)])
    with graph.store.read() as reader:
        assert [edge.kind for edge in reader.all_edges()] == ["CALLS", "IMPORTS", "owns"]
        assert {edge.lines for edge in reader.all_edges()} == {(7,)}
    graph.insert([("relationships", {**row, "keywords": "call", "description": "new"})])
    with graph.store.read() as reader:
        found = [(one.keywords, one.description) for one in NativeGraph(reader).relations()]
    assert found == [("IMPORT, owns", "d"), ("call", "new")]


def test_paths_stay_whole() -> None:
    rows = [("chunks", {"content": "x", "source_id": f"{folder}/__init__.py"}) for folder in ("a", "b", "a/b")]
    with Graph().insert(rows).store.read() as reader:
        assert [file.path for file in reader.files()] == ["a/__init__.py", "a/b/__init__.py", "b/__init__.py"]

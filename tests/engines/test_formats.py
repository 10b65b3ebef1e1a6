"""Exports and imports: what is written, what comes back, and what is refused."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from loomgraph.engines import exports, imports
from loomgraph.engines.inserting import Inserting
from loomgraph.errors import ImportUnreadable
from loomgraph.model import Chunk, Edge, EdgeKind, Problem, Resolution, SymbolKind, UnresolvedCall
from loomgraph.settings import EmbeddingSettings
from loomgraph.store.base import FileGraph, Update
from loomgraph.store.memory import MemoryStore
from loomgraph.store.testing import edge, graph, record, symbol

ODD = "d\udcffr/\x1b[31m\u2028.py"


def sample() -> MemoryStore:
    """A small graph with all that a format may stumble over."""
    method = symbol("a.py::C.m~2", SymbolKind.METHOD, 7, name_line=8, signature="def m(self) -> 'x<&>'")
    said = graph(
        "a.py", "f",
        edges=[
            edge("a.py::f", "a.py::C.m~2", line=3),
            Edge(EdgeKind.CALLS, "a.py::f", "external:requests.get", "a.py", (4, 9), 3, Resolution.INFERRED),
            edge("a.py::f", "a.py::f", line=5),
        ],
        unresolved=[UnresolvedCall("go", "a.py::f", "a.py", 6, 1)],
        chunks=[Chunk("a.py#0", "a.py", 1, 9, "text\u2028\n", "a.py::f")],
        problems=[Problem("a.py", 2, "broken")],
    )  # fmt: skip
    symbols = [*said.symbols, symbol("a.py::C", SymbolKind.CLASS, 6, doc="Says\x0c so."), method]
    whole = FileGraph(said.record, symbols, said.edges, said.unresolved, said.chunks, said.problems)
    store = MemoryStore()
    store.apply(Update([whole, graph(ODD, "g", edges=[edge(f"{ODD}::g", "a.py::f", line=2)])]))
    return store


def written(store: MemoryStore, name: str, externals: bool = False) -> str:
    with store.read() as reader:
        return "".join(exports.lines(reader, name, externals=externals))


def taken_in(text: str) -> MemoryStore:
    """A store with what a document holds."""
    store = MemoryStore()
    document = imports.read(text, "copy")
    if document.graphs:
        store.apply(Update(document.graphs))
    Inserting(store, EmbeddingSettings(name="")).insert(document.kg)
    return store


def test_edges_have_names_and_lines_of_both_ends() -> None:
    rows = [json.loads(line) for line in written(sample(), "edges").splitlines()]
    call = next(row for row in rows if row["kind"] == "CALLS" and row["dst"] == "a.py::C.m~2")
    assert call == {
        "kind": "CALLS", "src": "a.py::f", "src_file": "a.py", "src_name": "f", "src_line": 2,
        "dst": "a.py::C.m~2", "dst_file": "a.py", "dst_name": "C.m", "dst_line": 7,
        "lines": [3], "resolution": "exact",
    }  # fmt: skip
    module = next(row for row in rows if row["kind"] == "CONTAINS" and row["dst"] == "a.py::f")
    assert (module["src_name"], module["src_line"]) == ("", 1)


def test_edges_leave_the_project_only_when_asked() -> None:
    store = sample()
    assert "requests" not in written(store, "edges")
    rows = [json.loads(line) for line in written(store, "edges", externals=True).splitlines()]
    outside = next(row for row in rows if row["dst"] == "external:requests.get")
    assert (outside["dst_file"], outside["dst_name"], outside["dst_line"]) == ("", "requests.get", 0)


@pytest.mark.parametrize(
    ("symbol_id", "name"),
    [("a.py", ""), ("a.py::f", "f"), ("a.py::f~2.g~3", "f.g"), ("a.py::a~b", "a~b"), ("x~1/a.py::f", "f")],
)
def test_inner_names(symbol_id: str, name: str) -> None:
    assert exports.inner_name(symbol(symbol_id)) == name


def test_jsonl_comes_back_whole() -> None:
    first = written(sample(), "jsonl")
    assert written(taken_in(first), "jsonl") == first


def test_jsonl_keeps_what_was_inserted() -> None:
    store = sample()
    given = taken_in(json.dumps(FIELD))
    with given.read() as reader:
        rows = list(exports.jsonl(reader, False))[1:]
    first = written(store, "jsonl") + "".join(rows)
    again = taken_in(first)
    whole = written(again, "jsonl")
    assert written(taken_in(whole), "jsonl") == whole
    with again.read() as reader:
        assert {record.path: record.inserted for record in reader.files()} == {
            "a.py": False, ODD: False, "src/auth.py": True, "team.md": True,
        }  # fmt: skip
        assert reader.symbols(["Alice", "a.py::f"]).keys() == {"Alice", "a.py::f"}


def test_every_line_can_be_written_as_utf8() -> None:
    for name in exports.FORMATS:
        text = written(sample(), name, externals=True)
        if name != "graphml":
            text.encode("utf-8")
        assert text.count("\n") == len(text.split("\n")) - 1


def test_custom_kg_is_one_document_and_comes_back() -> None:
    store = sample()
    first = written(store, "custom-kg")
    plain = json.loads(first)
    assert {row["entity_name"] for row in plain["entities"]} >= {"a.py", "a.py::f", "a.py::C.m~2"}
    assert all(not row["entity_name"].startswith("external:") for row in plain["entities"])
    assert plain["chunks"][0]["source_id"] == "a.py:1-9"
    copy = taken_in(first)
    assert written(copy, "custom-kg") == first
    with store.read() as before, copy.read() as after:
        ends = {(e.kind, e.source, e.target) for e in before.all_edges() if not e.target.startswith("external:")}
        assert {(e.kind, e.source, e.target) for e in after.all_edges()} == ends
        assert after.symbols(["a.py::f"])["a.py::f"].kind == SymbolKind.FUNCTION


def test_custom_kg_with_what_is_outside_comes_back() -> None:
    first = written(sample(), "custom-kg", externals=True)
    assert "external:requests.get" in first
    assert written(taken_in(first), "custom-kg", externals=True) == first
    assert written(taken_in(first), "custom-kg") == first


def test_graphml_is_well_formed() -> None:
    text = written(sample(), "graphml", externals=True)
    root = ElementTree.fromstring(text.encode("utf-8", "backslashreplace"))
    space = "{http://graphml.graphdrawing.org/xmlns}"
    nodes = {node.get("id") for node in root.iter(f"{space}node")}
    edges = [(edge.get("source"), edge.get("target")) for edge in root.iter(f"{space}edge")]
    assert ("a.py::f", "external:requests.get") in edges
    assert all(end in nodes for ends in edges for end in ends)
    lean = written(sample(), "graphml")
    assert "requests" not in lean


FIELD: dict[str, Any] = {
    "entities": [
        {"entity_name": "Login", "entity_type": "Class", "description": "d", "source_id": "src/auth.py:42"},
        {"entity_name": "Alice", "entity_type": "person", "file_path": "team.md"},
    ],
    "relationships": [
        {"src_id": "Alice", "tgt_id": "Login", "description": "", "keywords": "wrote, call", "source_id": "team.md"},
        {"src_id": "Login", "tgt_id": "Login", "description": "", "keywords": "Calls", "file_path": "src/auth.py"},
        {"src_id": "Login", "tgt_id": "Ghost", "description": "", "keywords": "", "source_id": "src/auth.py:12-25"},
    ],
    "chunks": [{"content": "x", "source_id": "src/auth.py:12-25"}],
}


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_custom_kg_in_the_field(wrapped: bool) -> None:
    with taken_in(json.dumps({"custom_kg": FIELD} if wrapped else FIELD)).read() as reader:
        found = {(e.kind, e.source, e.target, e.file) for e in reader.all_edges()}
        assert found == {
            ("wrote", "Alice", "Login", "team.md"),
            ("CALLS", "Alice", "Login", "team.md"),
            ("CALLS", "Login", "Login", "src/auth.py"),
            ("REFERENCES", "Login", "Ghost", "src/auth.py"),
        }
        assert reader.symbols(["Login"])["Login"].line == 42
        assert (reader.chunks_in(["src/auth.py"])[0].start_line, reader.counts().files) == (12, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "this must be an object"),
        ("{}", "no chunks, entities or relationships"),
        ('{"entities": {}}', "entities: this must be a list"),
        ('{"entities": [1]}', r"entities\[0\]: this must be an object"),
        ('{"entities": [{"entity_name": 3}]}', r"entities\[0\].entity_name: "),
        (
            '{"relationships": [{"src_id": "a", "tgt_id": ""}]}',
            r"\[0\].tgt_id: .*keywords: this is missing",
        ),
        ('{"type":"loomgraph","format":99}', "format 99 is not 1"),
        ('{"type":"loomgraph","format":1}\n{"type":"edge"}', "line 2: kind is missing"),
        ('{"type":"loomgraph","format":1}\n{"type":"mystery"}', "no such kind of record: 'mystery'"),
        ('{"type":"loomgraph","format":1}\nnonsense', "line 2"),
        ('{"type":"loomgraph","format":1}\n[1]', "line 2"),
        ('{"type":"loomgraph","format":1}\n{"type":"problem","file":"a","line":"1","reason":""}', "line must be int"),
        (
            '{"type":"loomgraph","format":1}\n{"type":"problem","file":"a","line":1,"reason":""}',
            "before the first file",
        ),
    ],
)
def test_what_cannot_be_read_is_named_by_its_place(text: str, said: str) -> None:
    with pytest.raises(ImportUnreadable, match=said):
        imports.read(text, "in.json")


def test_records_of_files_survive() -> None:
    assert imports.read(written(sample(), "jsonl"), "x").graphs[0].record == record("a.py")

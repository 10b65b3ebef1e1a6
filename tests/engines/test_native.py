"""The native engine keeps the contract, and holds indexed source and inserted rows at once."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from loomgraph.engines.base import Engine, EntityChange
from loomgraph.engines.native import NativeEngine
from loomgraph.engines.places import FilePlace
from loomgraph.engines.testing import EngineContract, MakeEngine, body, chunk, entity, field, relation
from loomgraph.errors import EmbeddingMismatch, SymbolIndexed
from loomgraph.indexing.build import IndexOptions
from loomgraph.knowledge import GivenEntity, GivenRelation
from loomgraph.model import SymbolKind
from loomgraph.settings import EmbeddingSettings

WITHOUT = EmbeddingSettings(name="")


def silent(*_: object, **__: object) -> None:
    """For callers who want no progress."""


class TestNative(EngineContract):
    @pytest.fixture
    def make_engine(self, tmp_path: Path) -> MakeEngine:
        def make(name: str) -> Engine:
            (tmp_path / name).mkdir(exist_ok=True)
            return NativeEngine(FilePlace(tmp_path / name / "graph.db"), create=True)

        return make


class Mixed:
    """An engine on a folder of source, to index and to insert into."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "code"
        self.root.mkdir()
        self.write("a.py", "from b import g\n\ndef f():\n    return g()\n")
        self.write("b.py", "def g():\n    return 1\n")
        (folder / "graph").mkdir()
        self.engine = NativeEngine(FilePlace(folder / "graph" / "graph.db"), create=True, embedding=WITHOUT)

    def write(self, path: str, text: str) -> None:
        (self.root / path).write_text(text)

    def index(self, rebuild: bool = False) -> None:
        options = IndexOptions(jobs=1, rebuild=rebuild, embedding=WITHOUT)
        self.engine.update(str(self.root), options, silent, silent)

    def whole(self) -> str:
        with self.engine.export("jsonl") as lines:
            rows = [json.loads(line) for line in lines]
        return json.dumps([{key: row[key] for key in row if key != "mtime_ns"} for row in rows], indent=1)


@pytest.fixture
def mixed(tmp_path: Path) -> Iterator[Mixed]:
    mixed = Mixed(tmp_path)
    yield mixed
    mixed.engine.close()


KG = {
    "entities": [entity("a.py::f", source_id="notes.md", description="told"), entity("Alice", source_id="a.py:3")],
    "relationships": [
        relation("Alice", "a.py::f", "wrote", source_id="notes.md"),
        relation("a.py::f", "b.py::g", "depends on", source_id="a.py:4"),
    ],
    "chunks": [chunk("Alice wrote f", "a.py:3")],
}


@pytest.mark.parametrize("order", [("index", "insert"), ("insert", "index")])
def test_indexed_and_inserted_stand_beside_each_other(mixed: Mixed, order: tuple[str, str]) -> None:
    steps = {"index": mixed.index, "insert": lambda: mixed.engine.insert_custom_kg(body(**KG))}
    for name in order:
        steps[name]()
    with mixed.engine.read() as reader:
        f = reader.symbols(["a.py::f"])["a.py::f"]
        assert (f.file, f.kind, f.language) == ("a.py", SymbolKind.FUNCTION, "python")
        found = {(edge.source, edge.kind, edge.target) for edge in reader.edges_to(["a.py::f", "b.py::g"])}
        assert found >= {
            ("a.py", "CONTAINS", "a.py::f"), ("Alice", "wrote", "a.py::f"), ("a.py::f", "CALLS", "b.py::g"),
            ("a.py::f", "depends on", "b.py::g"),
        }  # fmt: skip
        assert {file.path for file in reader.files() if file.inserted} == {"a.py (inserted)", "notes.md"}
    with mixed.engine.view() as view:
        assert view.entities(["Alice"])[0].source_id == "a.py:3"


def test_an_index_leaves_inserted_files_alone(mixed: Mixed) -> None:
    mixed.index()
    mixed.engine.insert_custom_kg(body(**KG))
    before = mixed.whole()
    mixed.index()
    assert mixed.whole() == before
    mixed.write("b.py", "def g():\n    return 2\n\ndef h():\n    return g()\n")
    mixed.index()
    with mixed.engine.view() as view:
        assert {"Alice", "b.py::h"} <= set(view.labels())
        assert len(view.relations(["Alice"])) == 1
    mixed.write("b.py", "def g():\n    return 1\n")
    mixed.index()
    assert mixed.whole() == before


def test_an_index_built_anew_keeps_what_was_inserted(mixed: Mixed) -> None:
    mixed.index()
    mixed.engine.insert_custom_kg(body(**KG))
    before = mixed.whole()
    mixed.index(rebuild=True)
    assert mixed.whole() == before


def test_an_inserted_entity_is_back_when_the_source_no_longer_has_it(mixed: Mixed) -> None:
    mixed.engine.insert_custom_kg(body(**KG))
    mixed.index()
    mixed.write("a.py", "x = 1\n")
    mixed.index()
    with mixed.engine.read() as reader:
        assert reader.symbols(["a.py::f"])["a.py::f"].doc == "told"


def test_what_source_says_is_not_edited(mixed: Mixed) -> None:
    mixed.index()
    mixed.engine.create_entity(GivenEntity("Alice"))
    for edit in (
        lambda: mixed.engine.create_entity(GivenEntity("a.py::f")),
        lambda: mixed.engine.edit_entity("a.py::f", EntityChange(description="x")),
        lambda: mixed.engine.edit_entity("Alice", EntityChange(name="a.py::f"), merge=True),
        lambda: mixed.engine.delete_entity("a.py::f"),
        lambda: mixed.engine.merge_entities(["Alice"], "a.py::f"),
        lambda: mixed.engine.delete_relation("a.py::f", "b.py::g"),
    ):
        with pytest.raises(SymbolIndexed):
            edit()
    mixed.engine.create_relation(GivenRelation("Alice", "a.py::f", "wrote it", "wrote"))
    assert mixed.engine.delete_entity("Alice").relations == 1
    assert mixed.engine.delete_by_source(["a.py"]).entities == 0


def test_vectors_of_two_models_never_mix(tmp_path: Path) -> None:
    with NativeEngine(FilePlace(tmp_path / "graph.db"), create=True) as engine:
        engine.insert_custom_kg(field())
    with NativeEngine(FilePlace(tmp_path / "graph.db"), embedding=WITHOUT) as engine, pytest.raises(EmbeddingMismatch):
        engine.insert_custom_kg(body(entities=[entity("A")]))


def test_opening_and_closing_leaks_nothing(tmp_path: Path) -> None:
    with NativeEngine(FilePlace(tmp_path / "graph.db"), create=True, embedding=WITHOUT) as engine:
        engine.insert_custom_kg(field())

    def cycle() -> None:
        with NativeEngine(FilePlace(tmp_path / "graph.db"), embedding=WITHOUT) as engine, engine.view() as view:
            view.labels()

    for _ in range(20):
        cycle()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(200):
        cycle()
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 20_000

"""Vectors of a server, which follow a graph: what is sent of it, what never twice, and a server that is not there."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loomgraph.embed import remote
from loomgraph.engines.base import Embedded
from loomgraph.engines.custom_kg import decode
from loomgraph.engines.native import NativeEngine
from loomgraph.engines.places import FilePlace
from loomgraph.errors import EmbeddingDimension, EmbeddingMismatch, EmbeddingUnreachable
from loomgraph.indexing import build
from loomgraph.indexing.build import IndexOptions
from loomgraph.retrieve.modes import Mode
from loomgraph.settings import EmbeddingSettings
from loomgraph.store.base import Update

from ..embed.test_local import write_tensors, write_tokenizer
from ..model_server import ModelServer, Reply, refusal, vector

STEPS = "\n\n".join(f"def step_{at}(value):\n    return value + {at}  # {'long ' * 120}\n" for at in range(6))
FILES = {
    "shop/cart.py": f'"""Carts."""\n\n\ndef total(cart):\n    """Costs."""\n    return sum(cart)\n\n\n{STEPS}',
    "shop/price.py": "def with_tax(price):\n    return price * 2\n",
    "shop/empty.py": "",
}
KG = {
    "chunks": [{"content": "we ship on Mondays", "source_id": "notes.md", "chunk_order_index": 0}],
    "entities": [{"entity_name": "Shipping", "entity_type": "process", "description": "how parcels leave"}],
    "relationships": [{"src_id": "Shipping", "tgt_id": "Parcel", "keywords": "moves", "description": "moves it"}],
}


def silent(*_: object, **__: object) -> None:
    """No progress."""


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_PAUSE", 0.01)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "src"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def small_model(folder: Path) -> Path:
    """A model in a folder that knows words of the files and rows here."""
    folder.mkdir()
    write_tokenizer(folder, ("[UNK]", "def", "return", "process", "ship"))
    write_tensors(folder, embeddings=np.array([[9, 9, 9], [1, 0, 1], [0, 1, 0], [0, 0, 1], [1, 1, 0]], np.float32))
    return folder


class Graph:
    """A graph in a folder, with a server for its vectors."""

    def __init__(self, folder: Path, server: ModelServer, **given: Any) -> None:
        self.folder = folder
        self.server = server
        self.given: dict[str, Any] = {"retries": 1, "cache_file": str(folder / "cache.db"), **given}

    def open(self, **given: Any) -> NativeEngine:
        settings = EmbeddingSettings(name="openai", host=self.server.url, model="jina")
        self.settings = replace(settings, **{**self.given, **given})
        return NativeEngine(FilePlace(self.folder / "graph.db"), create=True, embedding=self.settings)

    def index(self, root: Path, jobs: int = 1, **given: Any) -> Embedded:
        with self.open(**given) as engine:
            engine.update(str(root), IndexOptions(jobs=jobs, embedding=self.settings), silent, silent)
            return engine.embed(silent)

    def stored(self, dimension: int = 8) -> dict[str, list[tuple[str, list[float]]]]:
        """The chunks of each file with their vectors."""
        with self.open() as engine, engine.read() as reader:
            found = {}
            for path, data in reader.vectors():
                rows = np.frombuffer(data, "<f2").reshape(-1, dimension).tolist()
                found[path] = list(zip([chunk.text for chunk in reader.chunks_in([path])], rows, strict=False))
            return found

    def missing(self) -> list[str]:
        with self.open() as engine, engine.read() as reader:
            return reader.without_vectors()


@pytest.fixture
def graph(tmp_path: Path, server: ModelServer) -> Graph:
    return Graph(tmp_path, server)


def sent(server: ModelServer) -> list[str]:
    """The texts that were sent since the last look."""
    texts = [text for asked in server.asked for text in asked.body["input"]]
    server.asked.clear()
    return texts


def test_every_chunk_has_the_vector_of_its_head_and_text(graph: Graph, root: Path, server: ModelServer) -> None:
    assert graph.index(root, batch=3) == Embedded(files=2)
    texts, held = sent(server), graph.stored()
    assert sorted(held) == ["shop/cart.py", "shop/price.py"]
    assert len(texts) == sum(map(len, held.values())) > 4
    with graph.open() as engine, engine.read() as reader:
        assert reader.meta()["dimension"] == "8"
        assert reader.meta()["described"].startswith("openai/jina ")
    (text,) = [text for text in texts if text.startswith("shop/price.py\nwith_tax\n")]
    values = vector(text, 8)
    expected = [value / math.sqrt(sum(v * v for v in values)) for value in values]
    np.testing.assert_allclose(held["shop/price.py"][0][1], expected, atol=1e-3)


@pytest.mark.parametrize("name", ["static", "local"])
def test_a_model_of_this_machine_fills_in_what_an_index_and_an_insert_would_have_written(
    root: Path, tmp_path: Path, name: str
) -> None:
    settings = EmbeddingSettings(name=name, folder=small_model(tmp_path / "model"))
    with NativeEngine(FilePlace(tmp_path / "graph.db"), create=True, embedding=settings) as engine:
        engine.update(str(root), IndexOptions(jobs=1, embedding=settings), silent, silent)
        engine.insert_custom_kg(decode(json.dumps({"custom_kg": KG}).encode()))
        with engine.read() as reader:
            whole = dict(reader.vectors())
        assert len(whole) == 4
        assert all(np.frombuffer(data, "<f2").any() for data in whole.values())
        engine.replace(Update(vectors=dict.fromkeys(whole, b"")))
        with engine.read() as reader:
            assert reader.without_vectors() == sorted(whole)
        assert engine.health().without_vectors == 4
        stops = iter([True])
        assert engine.embed(silent, lambda: next(stops)).files == 4  # no more than one turn was needed
        with engine.read() as reader:
            assert dict(reader.vectors()) == whole
            assert "dimension" not in reader.meta()
        assert engine.embed(silent) == Embedded()


def test_filling_that_is_stopped_leaves_the_rest(graph: Graph, root: Path, server: ModelServer) -> None:
    with graph.open(batch=1, max_async=1) as engine:
        engine.update(str(root), IndexOptions(jobs=1, embedding=graph.settings), silent, silent)
        assert engine.embed(silent, lambda: True) == Embedded(files=1, missing=1)
        assert engine.embed(silent, lambda: True) == Embedded(files=1)


def test_an_update_sends_the_chunks_that_changed_and_no_others(
    graph: Graph, root: Path, server: ModelServer, tmp_path: Path
) -> None:
    graph.index(root)
    before = graph.stored()
    sent(server)
    assert graph.index(root) == Embedded()
    assert not server.asked
    path = root / "shop/cart.py"
    path.write_text(path.read_text().replace("value + 3 ", "value + 33 "))
    Path(graph.given["cache_file"]).unlink()  # what the graph itself holds is enough
    graph.index(root)
    (text,) = sent(server)
    assert "value + 33" in text
    after = graph.stored()
    assert after["shop/price.py"] == before["shop/price.py"]
    (tmp_path / "fresh").mkdir()
    fresh = Graph(tmp_path / "fresh", server)
    fresh.index(root)
    assert fresh.stored() == after


def test_another_model_or_dimension_makes_every_vector_anew(graph: Graph, root: Path, server: ModelServer) -> None:
    graph.index(root)
    texts = sent(server)
    graph.index(root, model="other")
    assert sorted(sent(server)) == sorted(texts)
    server.dimension = 4
    graph.index(root, model="other", dim=4)
    assert sorted(sent(server)) == sorted(texts)
    assert graph.stored(4)
    static = EmbeddingSettings()
    with NativeEngine(FilePlace(graph.folder / "graph.db"), embedding=static) as engine:
        engine.update(str(root), IndexOptions(jobs=1), silent, silent)
        with engine.read() as reader:
            assert "dimension" not in reader.meta()
    assert not server.asked


def test_an_index_without_its_server_is_whole_but_for_vectors(graph: Graph, root: Path, server: ModelServer) -> None:
    graph.index(root)
    before = graph.stored()
    (root / "shop/price.py").write_text("def with_tax(price):\n    return price * 3\n")
    server.embed = lambda body: refusal(503, "loading")
    with pytest.raises(EmbeddingUnreachable, match="loading"):
        graph.index(root)
    assert graph.missing() == ["shop/price.py"]
    with graph.open() as engine:
        with engine.read() as reader:
            assert "price * 3" in reader.chunks_in(["shop/price.py"])[0].text
        with engine.answering("p", Mode.MIX, graph.settings) as answerer:
            notes = answerer.search("with tax").notes
    assert any("1 files have no vectors yet" in note for note in notes)
    assert graph.stored()["shop/cart.py"] == before["shop/cart.py"]
    server.embed = server._embeddings
    with graph.open() as engine:
        assert engine.embed(silent) == Embedded(files=1)
    assert graph.missing() == []


def test_a_server_that_gives_another_dimension_than_before_fills_nothing(
    graph: Graph, root: Path, server: ModelServer
) -> None:
    graph.index(root)
    before = graph.stored()
    server.dimension = 4
    (root / "shop/price.py").write_text("def with_tax(price):\n    return price\n")
    with pytest.raises(EmbeddingDimension):
        graph.index(root)
    assert graph.missing() == ["shop/price.py"]
    assert graph.stored() == {"shop/cart.py": before["shop/cart.py"]}


def test_what_broke_off_goes_on_where_it_was(graph: Graph, root: Path, server: ModelServer) -> None:
    """At some 60 % the server refuses: what was written stays, and nothing of it is asked for again."""
    for at in range(10):
        (root / f"more_{at}.py").write_text(f"def more_{at}():\n    return {at}\n")
    given: dict[str, Any] = {"batch": 1, "max_async": 1, "cache_mb": 0}
    answer = server._embeddings
    server.embed = lambda body: refusal(400, "broken") if "more_6" in body["input"][0] else answer(body)
    with pytest.raises(EmbeddingUnreachable):
        graph.index(root, **given)
    first, left = sent(server), graph.missing()
    assert 0 < len(left) < 8
    server.embed = answer
    with graph.open(**given) as engine:
        steps: list[tuple[str, int, int]] = []
        engine.embed(lambda *step: steps.append(step))
    second = sent(server)
    assert steps[-1] == ("embed", len(left), len(left))
    assert len(first) + len(second) <= 19 + 2  # of one pool at most
    assert graph.missing() == []


def test_nothing_is_sent_twice_by_two_projects(
    graph: Graph, root: Path, server: ModelServer, tmp_path: Path
) -> None:  # fmt: skip
    graph.index(root)
    assert sent(server)
    (tmp_path / "twin").mkdir()
    twin = Graph(tmp_path / "twin", server, cache_file=graph.given["cache_file"])
    assert twin.index(root) == Embedded(files=2)
    assert not server.asked
    assert twin.stored() == graph.stored()


def test_inserted_rows_wait_for_no_server(graph: Graph, server: ModelServer) -> None:
    asked_within: list[bool] = []

    def answer(body: dict[str, Any]) -> Reply:
        with graph.open() as other:  # another process could write meanwhile
            other.insert_custom_kg(decode(json.dumps({"custom_kg": {"entities": [
                {"entity_name": f"Other {len(asked_within)}", "entity_type": "x"}]}}).encode()))  # fmt: skip
        asked_within.append(True)
        return server._embeddings(body)

    with graph.open() as engine:
        engine.insert_custom_kg(decode(json.dumps({"custom_kg": KG}).encode()))
        assert not server.asked
        with engine.read() as reader:
            assert reader.without_vectors() == [record.path for record in reader.files()]
        server.embed = answer
        engine.embed(silent)
        assert asked_within
        assert any(text.startswith("process Shipping\nhow parcels leave") for text in sent(server))
        server.embed = server._embeddings
        engine.embed(silent)
        with engine.read() as reader:
            assert reader.without_vectors() == []
    with graph.open(model="other") as engine, pytest.raises(EmbeddingMismatch):
        engine.insert_custom_kg(decode(json.dumps({"custom_kg": KG}).encode()))


def test_a_file_that_changes_meanwhile_keeps_what_it_says_now(graph: Graph, root: Path, server: ModelServer) -> None:
    price = root / "shop/price.py"
    changed = threading.Event()

    def answer(body: dict[str, Any]) -> Reply:
        if not changed.is_set():
            changed.set()
            price.write_text("def without_tax(price):\n    return price\n")
            with graph.open() as other:
                other.update(str(root), IndexOptions(jobs=1, embedding=graph.settings), silent, silent)
        return server._embeddings(body)

    server.embed = answer
    done = graph.index(root)
    assert done == Embedded(files=1, missing=1)
    assert graph.missing() == ["shop/price.py"]
    with graph.open() as engine:
        engine.embed(silent)
    ((text, _),) = graph.stored()["shop/price.py"]
    assert "without_tax" in text


def test_a_graph_that_is_emptied_meanwhile_stays_empty(graph: Graph, server: ModelServer) -> None:
    with graph.open() as engine:
        engine.insert_custom_kg(decode(json.dumps({"custom_kg": KG}).encode()))

        def answer(body: dict[str, Any]) -> Reply:
            with graph.open() as other:
                other.clear()
            return server._embeddings(body)

        server.embed = answer
        assert engine.embed(silent) == Embedded()
        with engine.read() as reader:
            assert (list(reader.vectors()), reader.meta()) == ([], {})


def test_processes_make_the_same_vectors(
    graph: Graph, root: Path, server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph.index(root)
    (tmp_path / "many").mkdir()
    monkeypatch.setattr(build, "PARALLEL_RESOLVE", 0)
    many = Graph(tmp_path / "many", server)
    many.index(root, jobs=2)
    assert many.stored() == graph.stored()

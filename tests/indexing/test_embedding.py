"""Vectors of a server: what is sent of a project, what is never sent twice, and what happens when it is not there."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given as given_by
from hypothesis import strategies as st

from loomgraph.embed import remote
from loomgraph.errors import EmbeddingDimension, EmbeddingUnreachable
from loomgraph.indexing import pending
from loomgraph.indexing.build import IndexOptions, IndexResult, update
from loomgraph.indexing.pending import Pending
from loomgraph.settings import EmbeddingSettings
from loomgraph.store.base import Store
from loomgraph.store.memory import MemoryStore

from ..model_server import ModelServer, Reply, refusal, vector

STEPS = "\n\n".join(f"def step_{at}(value):\n    return value + {at}  # {'long ' * 120}\n" for at in range(6))
FILES = {
    "shop/cart.py": f'"""Carts."""\n\n\ndef total(cart):\n    """Costs."""\n    return sum(cart)\n\n\n{STEPS}',
    "shop/price.py": "def with_tax(price):\n    return price * 2\n",
    "shop/empty.py": "",
}


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


def index(
    store: Store, root: Path, server: ModelServer, jobs: int = 1, pending: Path | None = None, **given: object
) -> IndexResult:
    settings = replace(EmbeddingSettings(name="openai", host=server.url, model="jina", retries=1), **given)
    return update(store, root, IndexOptions(jobs=jobs, embedding=settings), pending=pending)


def sent(server: ModelServer) -> list[str]:
    """The texts that were sent since the last look, but for the one that tries the server."""
    texts = [text for asked in server.asked for text in asked.body["input"]]
    server.asked.clear()
    assert texts[:1] in ([], ["where is the entry point"])
    return texts[1:]


def stored(store: Store, dimension: int = 8) -> dict[str, list[tuple[str, list[float]]]]:
    """The chunks of each file with their vectors."""
    with store.read() as reader:
        found = {}
        for path, data in reader.vectors():
            rows = np.frombuffer(data, "<f2").reshape(-1, dimension).tolist()
            found[path] = list(zip([chunk.text for chunk in reader.chunks_in([path])], rows, strict=True))
        return found


def test_every_chunk_has_the_vector_of_its_head_and_text(root: Path, server: ModelServer) -> None:
    store = MemoryStore()
    index(store, root, server, batch=3)
    texts = sent(server)
    held = stored(store)
    assert sorted(held) == ["shop/cart.py", "shop/price.py"]
    assert len(texts) == sum(map(len, held.values())) > 4
    with store.read() as reader:
        assert reader.meta()["dimension"] == "8"
        assert reader.meta()["described"].startswith("openai/jina ")
    (text,) = [text for text in texts if text.startswith("shop/price.py\nwith_tax\n")]
    values = vector(text, 8)
    expected = [value / math.sqrt(sum(v * v for v in values)) for value in values]
    np.testing.assert_allclose(held["shop/price.py"][0][1], expected, atol=1e-3)


def test_an_update_sends_the_chunks_that_changed_and_no_others(root: Path, server: ModelServer) -> None:
    store = MemoryStore()
    index(store, root, server)
    before = stored(store)
    sent(server)
    index(store, root, server)
    assert not server.asked
    path = root / "shop/cart.py"
    path.write_text(path.read_text().replace("value + 3 ", "value + 33 "))
    index(store, root, server)
    (text,) = sent(server)
    assert "value + 33" in text
    after = stored(store)
    assert after["shop/price.py"] == before["shop/price.py"]
    known = dict(before["shop/cart.py"])
    assert [row for chunk, row in after["shop/cart.py"] if chunk in known] == [
        known[chunk] for chunk, _ in after["shop/cart.py"] if chunk in known
    ]
    fresh = MemoryStore()
    index(fresh, root, server)
    assert stored(fresh) == after


def test_another_model_or_dimension_makes_every_vector_anew(root: Path, server: ModelServer) -> None:
    store = MemoryStore()
    index(store, root, server)
    texts = sent(server)
    index(store, root, server, model="other")
    assert sorted(sent(server)) == sorted(texts)
    server.dimension = 4
    index(store, root, server, model="other", dim=4)
    assert sorted(sent(server)) == sorted(texts)
    assert stored(store, 4)
    update(store, root, IndexOptions(jobs=1))
    with store.read() as reader:
        assert "dimension" not in reader.meta()
    assert not server.asked


def test_a_server_that_gives_another_dimension_than_before_is_an_error(root: Path, server: ModelServer) -> None:
    store = MemoryStore()
    index(store, root, server)
    before = stored(store)
    server.dimension = 4
    (root / "shop/price.py").write_text("def with_tax(price):\n    return price\n")
    with pytest.raises(EmbeddingDimension):
        index(store, root, server)
    assert stored(store) == before


def test_a_server_that_is_not_there_leaves_the_graph_as_it_was(root: Path, server: ModelServer) -> None:
    store = MemoryStore()
    index(store, root, server)
    before = stored(store)
    (root / "shop/price.py").write_text("def with_tax(price):\n    return price * 3\n")
    server.embed = lambda body: refusal(503, "loading")
    with pytest.raises(EmbeddingUnreachable, match="loading"):
        index(store, root, server)
    answer = server._embeddings  # fails in the middle: the trial works, the first passages do not
    server.embed = lambda body: answer(body) if "entry point" in body["input"][0] else refusal(400, "broken")
    with pytest.raises(EmbeddingUnreachable, match="broken"):
        index(store, root, server)
    assert stored(store) == before


def test_what_a_server_gave_before_it_failed_is_not_asked_for_again(
    root: Path, server: ModelServer, tmp_path: Path
) -> None:
    kept = tmp_path / "vectors.part"
    answer = server._embeddings

    def failing(body: dict[str, list[str]]) -> Reply:
        return refusal(400, "broken") if body["input"][0].startswith("shop/price.py") else answer(body)

    server.embed = failing
    given = {"batch": 1, "max_async": 1}
    store = MemoryStore()
    with pytest.raises(EmbeddingUnreachable):
        index(store, root, server, pending=kept, **given)
    first = sent(server)
    assert kept.stat().st_size > 0
    server.embed = answer
    index(store, root, server, pending=kept, **given)
    second = sent(server)
    whole = MemoryStore()
    index(whole, root, server)
    assert stored(store) == stored(whole)
    everything = sent(server)
    assert len(second) == 1 < len(everything)
    assert set(first) | set(second) == set(everything)
    assert not (tmp_path / pending.NAME).exists()


@given_by(st.dictionaries(st.text(max_size=9), st.binary(min_size=8, max_size=8), max_size=8), st.integers(0, 200))
def test_pending_vectors_survive_whatever_is_cut_off(rows: dict[str, bytes], cut: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / pending.NAME
        first = Pending(path, "m", 4)
        half = dict(list(rows.items())[: len(rows) // 2])
        first.add(half)
        first.add({text: row for text, row in rows.items() if text not in half})
        assert Pending(path, "m", 4).get(rows) == rows
        if path.exists():
            path.write_bytes(path.read_bytes()[: -cut or None])
        again = Pending(path, "m", 4)
        found = again.get(rows)
        assert found.items() <= rows.items()
        again.add({text: row for text, row in rows.items() if text not in found})
        assert Pending(path, "m", 4).get([*rows, "other"]) == rows
        assert Pending(path, "n", 4).get(rows) == {}
        again.done()
        assert not path.exists()
    Pending(None, "m", 4).add(rows)


def test_processes_make_the_same_vectors(root: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from loomgraph.indexing import build

    alone, together = MemoryStore(), MemoryStore()
    index(alone, root, server)
    monkeypatch.setattr(build, "PARALLEL_RESOLVE", 0)
    index(together, root, server, jobs=2)
    assert stored(alone) == stored(together)

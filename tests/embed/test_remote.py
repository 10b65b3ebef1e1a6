"""Vectors from a server, against a real one on this machine with every fault of one."""

from __future__ import annotations

import base64
import json
import math
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from loomgraph.embed import remote
from loomgraph.embed.base import Passage
from loomgraph.embed.registry import embedder_for, model_name
from loomgraph.embed.remote import RemoteEmbedder
from loomgraph.errors import BadInput, EmbeddingDimension, EmbeddingUnreachable, response_to
from loomgraph.settings import EmbeddingSettings, Secret

from ..model_server import ModelServer, Reply, refusal, vector

KEY = "hf-never-shown"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_PAUSE", 0.01)


@contextmanager
def embedding(server: ModelServer, **given: Any) -> Iterator[RemoteEmbedder]:
    settings = EmbeddingSettings(name="openai", host=server.url, model="jina", api_key=Secret(KEY), **given)
    embedder = embedder_for(settings)
    assert isinstance(embedder, RemoteEmbedder)
    try:
        yield embedder
    finally:
        embedder.close()


def unit(text: str, dimension: int = 8) -> list[float]:
    values = vector(text, dimension)
    size = math.sqrt(sum(value * value for value in values))
    return [value / size for value in values]


def test_vectors_are_unit_and_in_order_whatever_the_batches() -> None:
    texts = [f"text {'word ' * (at % 7)}number {at}" for at in range(100)]
    with ModelServer() as server, embedding(server, batch=7, batch_tokens=40, max_async=4) as embedder:
        answer = server.embed
        server.embed = lambda body: replace(answer(body), before=0.03)  # long enough for another one to come
        found = embedder.texts(texts)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, [unit(text) for text in texts], rtol=1e-5)
        batches = [asked.body["input"] for asked in server.asked]
        assert sorted(text for batch in batches for text in batch) == sorted(texts)
        assert max(map(len, batches)) <= 7
        assert all(len(batch) == 1 or sum(embedder.tokens(batch)) <= 40 for batch in batches)
        assert 2 <= server.most_at_a_time <= 4
        assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
        assert embedder.dimension == 8


def test_equal_texts_are_sent_once_and_empty_ones_never() -> None:
    empty: dict[str, int] = {}
    texts = ["a", "b", "a", "  ", "a"]
    with ModelServer() as server, embedding(server) as embedder:
        found = embedder.passages([Passage(empty, empty, empty, empty, text) for text in texts])
        assert [asked.body["input"] for asked in server.asked] == [["a", "b"]]
        assert not found[3].any()
        np.testing.assert_array_equal(found[0], found[4])
        assert embedder.texts([]).shape == (0, 8)


def test_base64_and_rows_without_numbers_are_understood() -> None:
    row = base64.b64encode(np.array([3.0, 4.0], "<f4").tobytes()).decode()
    reply = Reply(body=json.dumps({"data": [{"embedding": row}]}).encode())
    with ModelServer(reply) as server, embedding(server) as embedder:
        np.testing.assert_allclose(embedder.texts(["x"]), [[0.6, 0.8]], rtol=1e-6)


def test_a_dimension_is_asked_for_and_checked() -> None:
    with ModelServer(dimension=8) as server:
        with embedding(server, dim=4, send_dim=True) as embedder, pytest.raises(EmbeddingDimension) as caught:
            embedder.probe()
        assert server.asked[0].body["dimensions"] == 4
        assert "8 numbers" in str(caught.value)
        with embedding(server) as embedder:
            assert embedder.probe() == 8


def test_what_was_refused_for_load_is_asked_again() -> None:
    fine = Reply(body=json.dumps({"data": [{"index": 0, "embedding": [1.0]}]}).encode())
    with ModelServer(refusal(429, "busy"), refusal(503, "loading"), Reply(200, b"{"), fine) as server:
        with embedding(server) as embedder:
            assert embedder.texts(["x"]).tolist() == [[1.0]]
        assert len(server.asked) == 4


def test_a_server_that_stays_away_is_named_and_the_key_is_not() -> None:
    with ModelServer(refusal(500, f"bad key {KEY}")) as server:
        with embedding(server, retries=2) as embedder, pytest.raises(EmbeddingUnreachable) as caught:
            embedder.texts(["x"])
        assert len(server.asked) == 3
        assert server.host in str(caught.value)
        assert KEY not in str(caught.value)
        assert response_to(caught.value) == (9, 503)
    with ModelServer(refusal(401, "who are you")) as server, embedding(server) as embedder:
        with pytest.raises(EmbeddingUnreachable, match="refuses the key"):
            embedder.texts(["x"])
        assert len(server.asked) == 1


def test_one_batch_that_fails_ends_them_all() -> None:
    with ModelServer() as server:
        server.embed = lambda body: refusal(404, "no such model")
        with embedding(server, batch=1, max_async=2) as embedder, pytest.raises(EmbeddingUnreachable):
            embedder.texts([str(at) for at in range(500)])
        assert len(server.asked) < 50


def test_batches_too_large_and_texts_too_long_are_cut() -> None:
    def strict(body: dict[str, Any]) -> Reply:
        texts = body["input"]
        if len(texts) > 4:
            return refusal(422, "batch size > maximum allowed batch size 4")
        if any(len(text) > 2000 for text in texts):
            return refusal(413, "inputs must have less than 512 tokens")
        rows = [{"index": at, "embedding": [float(len(text)), 1.0]} for at, text in enumerate(texts)]
        return Reply(body=json.dumps({"data": rows}).encode())

    with ModelServer() as server, embedding(server) as embedder:
        server.embed = strict
        found = embedder.texts([*(f"short {at}" for at in range(20)), "long " * 1000])
        assert found.shape == (21, 2)
        assert found[-1][0] > 0.99


def test_a_text_is_sent_as_far_as_set() -> None:
    with ModelServer() as server, embedding(server, max_tokens=10) as embedder:
        embedder.texts(["é" * 100])
        assert server.asked[0].body["input"] == ["é" * 15]


def test_bytes_that_are_no_text_are_made_visible() -> None:
    with ModelServer() as server, embedding(server) as embedder:
        assert embedder.texts(["odd\udcff.py", "odd\udcff.py"]).shape == (2, 8)
        assert server.asked[0].body["input"] == ["odd\\udcff.py"]


def test_a_question_is_asked_once_and_remembered() -> None:
    with ModelServer() as server, embedding(server) as embedder:
        first = embedder.questions(["where is it", "who"])
        np.testing.assert_array_equal(embedder.questions(["who", "where is it"]), first[::-1])
        assert len(server.asked) == 1


def test_a_slow_server_holds_a_question_up_no_longer_than_set() -> None:
    with ModelServer(Reply(before=30.0)) as server, embedding(server, question_timeout=0.3) as embedder:
        began = time.monotonic()
        with pytest.raises(EmbeddingUnreachable, match=r"within 0\.3 s"):
            embedder.questions(["q"])
        with pytest.raises(EmbeddingUnreachable, match="a moment ago"):  # and the next one not at all
            embedder.questions(["r"])
        assert time.monotonic() - began < 5
        assert len(server.asked) == 1


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        embedder = RemoteEmbedder(EmbeddingSettings(name="openai", host=host, model="m", retries=1))
        with pytest.raises(EmbeddingUnreachable, match="no connection"):
            embedder.questions(["q"])
        with pytest.raises(EmbeddingUnreachable, match="no connection"):
            embedder.texts(["q"])
        embedder.close()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"data": []}', "0 vectors for 1 texts"),
        (b'{"data": [{"embedding": ["a"]}]}', "something else than vectors"),
        (b'{"data": [{"embedding": "?"}]}', "neither numbers nor base64"),
        (b"<html>", "something else than vectors"),
        (b'{"data": [{"embedding": "AADAfw=="}]}', "something else than numbers"),
    ],
)
def test_answers_that_are_none(body: bytes, says: str) -> None:
    with (
        ModelServer(Reply(body=body)) as server,
        embedding(server, retries=0) as embedder,
        pytest.raises(EmbeddingUnreachable, match=says),
    ):
        embedder.texts(["x"])


def test_settings_name_the_model() -> None:
    assert model_name(EmbeddingSettings(name="ollama", model="jina code")) == "openai/jina_code"
    assert model_name(EmbeddingSettings(name="")) == "none"
    assert embedder_for(EmbeddingSettings(name="")) is None
    with pytest.raises(BadInput, match="EMBEDDING_MODEL"):
        embedder_for(EmbeddingSettings(name="openai"))

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
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from loomgraph.embed import remote
from loomgraph.embed.base import Passage
from loomgraph.embed.registry import embedder_for, model_name
from loomgraph.embed.remote import RemoteEmbedder
from loomgraph.endpoint import _seconds
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
            embedder.texts(["x"])
        assert server.asked[0].body["dimensions"] == 4
        assert "8 numbers" in str(caught.value)
        with embedding(server) as embedder:
            embedder.texts(["x"])
            assert embedder.dimension == 8


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


def test_the_number_of_texts_that_a_server_takes_is_remembered() -> None:
    """As text-embeddings-inference refuses: 413 with its limit."""
    sizes = []

    def strict(body: dict[str, Any]) -> Reply:
        texts = body["input"]
        sizes.append(len(texts))
        if len(texts) > 8:
            return refusal(413, f"batch size {len(texts)} > maximum allowed batch size 8")
        return server._embeddings(body)

    with ModelServer() as server, embedding(server, batch=64, max_async=1) as embedder:
        server.embed = strict
        texts = [f"text number {at}" for at in range(200)]
        np.testing.assert_allclose(embedder.texts(texts), [unit(text) for text in texts], rtol=1e-5)
        assert sizes[0] == 64
        assert max(sizes[1:]) <= 8
        assert sum(sizes[1:]) == 200


def test_a_limit_without_a_number_is_found_by_halving() -> None:
    sizes = []

    def strict(body: dict[str, Any]) -> Reply:
        sizes.append(len(body["input"]))
        return refusal(413, "payload too large") if len(body["input"]) > 10 else server._embeddings(body)

    with ModelServer() as server, embedding(server, batch=64, max_async=1) as embedder:
        server.embed = strict
        assert embedder.texts([str(at) for at in range(150)]).shape == (150, 8)
        assert sizes[:4] == [64, 32, 16, 8]
        assert max(sizes[4:]) <= 8
        assert sum(sizes[3:]) == 150


def test_texts_that_were_shortened_are_counted() -> None:
    def strict(body: dict[str, Any]) -> Reply:
        long = [len(text) for text in body["input"] if len(text) > 1000]
        return refusal(413, f"`inputs` must have less than 512 tokens. Given: {long[0] // 2}") if long else plain(body)

    with ModelServer() as server, embedding(server, max_tokens=2000) as embedder:
        plain, server.embed = server._embeddings, strict
        embedder.texts(["short", "long " * 700, "far too long " * 1000])
        assert embedder.shortened == 2
        lengths = sorted(len(text) for asked in server.asked for text in asked.body["input"])
        assert any(900 < length <= 1000 for length in lengths)  # cut where the server says, not merely in half


def test_base64_is_asked_for_until_the_server_refuses_it() -> None:
    def old(body: dict[str, Any]) -> Reply:
        if body["encoding_format"] != "float":
            return refusal(422, "encoding_format: unknown variant `base64`")
        return server._embeddings(body)

    with ModelServer() as server, embedding(server) as embedder:
        server.embed = old
        assert embedder.texts(["x"]).shape == (1, 8)
        assert embedder.texts(["y"]).shape == (1, 8)
        assert [asked.body["encoding_format"] for asked in server.asked] == ["base64", "float", "float"]


def test_a_server_says_when_to_come_back() -> None:
    fine = Reply(body=json.dumps({"data": [{"index": 0, "embedding": [1.0]}]}).encode())
    soon = formatdate(time.time() + 0.5, usegmt=True)
    replies = refusal(429, "busy", retry_after="0.2"), refusal(503, "busy", retry_after=soon), fine
    with ModelServer(*replies) as server, embedding(server) as embedder:
        began = time.monotonic()
        assert embedder.texts(["x"]).tolist() == [[1.0]]
        assert time.monotonic() - began >= 0.2
    assert _seconds(formatdate(time.time() + 60, usegmt=True)) > 50
    assert _seconds("soon") == _seconds("") == _seconds(formatdate(0, usegmt=True)) == 0


def test_a_text_is_never_embedded_twice_whoever_asks(tmp_path: Path) -> None:
    given = {"cache_file": str(tmp_path / "kept" / "v.db"), "cache_mb": 1}
    with ModelServer() as server:
        with embedding(server, **given) as embedder:
            first = embedder.texts(["a", "b"])
        with embedding(server, **given) as embedder:  # another project, another process
            found = embedder.texts(["b", "c", "a"])
            assert embedder.dimension == 8
        np.testing.assert_allclose(found[[2, 0]], first, atol=1e-3)
        assert [asked.body["input"] for asked in server.asked] == [["a", "b"], ["c"]]
        with embedding(server, dim=8, **given) as embedder:  # of another dimension, perhaps
            embedder.texts(["a"])
        assert server.asked[-1].body["input"] == ["a"]


def test_what_came_before_a_failure_is_kept(tmp_path: Path) -> None:
    given = {"cache_file": str(tmp_path / "v.db"), "cache_mb": 1, "batch": 1, "max_async": 1}
    with ModelServer() as server, embedding(server, **given) as embedder:
        server.embed = lambda body: refusal(400, "broken") if body["input"] == ["c"] else server._embeddings(body)
        with pytest.raises(EmbeddingUnreachable):
            embedder.texts(["a", "b", "c", "d"])
        server.embed = server._embeddings
        embedder.texts(["a", "b", "c", "d"])
        assert [asked.body["input"][0] for asked in server.asked] == ["a", "b", "c", "c", "d"]


def test_no_connection_is_waited_for_longer_than_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = []

    def refuse(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        waited.append(request.extensions["timeout"])
        raise httpx.ConnectTimeout("")

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", refuse)
    embedder = RemoteEmbedder(EmbeddingSettings(name="openai", host="http://127.0.0.1:9/v1", model="m", retries=0))
    with pytest.raises(EmbeddingUnreachable, match="no connection within 2 s"):
        embedder.texts(["x"])
    assert [one["connect"] for one in waited] == [2.0]
    assert waited[0]["read"] == 30.0
    embedder.close()

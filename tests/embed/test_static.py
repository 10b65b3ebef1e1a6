"""The built-in embedding: unit vectors, the same for the same words, without a network."""

from __future__ import annotations

import socket

import numpy as np
import pytest

from loomgraph.embed import static
from loomgraph.embed.base import Passage
from loomgraph.embed.registry import NONE, STATIC, STATIC_MODEL, embedder_for, model_name
from loomgraph.embed.static import StaticEmbedder
from loomgraph.errors import BadInput, EmbeddingUnavailable


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    return StaticEmbedder()


def passage(body: dict[str, int], **fields: dict[str, int]) -> Passage:
    return Passage(fields.get("path", {}), fields.get("names", {}), fields.get("doc", {}), body)


def test_vectors_are_unit_float32_of_the_dimension(embedder: StaticEmbedder) -> None:
    vectors = embedder.questions(["hash a password", "open the file", "x"])
    assert vectors.shape == (3, embedder.dimension) == (3, 256)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_the_same_text_has_the_same_vector_whatever_came_before(embedder: StaticEmbedder) -> None:
    fresh = StaticEmbedder()
    fresh.questions(["quite other words first", "and more of them"])
    assert np.array_equal(fresh.questions(["hash a password"]), embedder.questions(["hash a password"]))


def test_style_does_not_matter(embedder: StaticEmbedder) -> None:
    a, b = embedder.questions(["hash_password", "hashPassword"])
    assert np.array_equal(a, b)


def test_what_means_alike_is_nearer(embedder: StaticEmbedder) -> None:
    question, near, far = embedder.questions(["delete a file", "remove files from disk", "render the invoice"])
    assert question @ near > question @ far + 0.2


def test_nothing_to_embed_is_a_row_of_zeros(embedder: StaticEmbedder) -> None:
    vectors = embedder.questions(["", "?!", "word"])
    assert not vectors[:2].any()
    assert vectors[2].any()
    assert embedder.passages([]).shape == (0, 256)


def test_names_weigh_more_than_the_body(embedder: StaticEmbedder) -> None:
    (word,) = embedder.questions(["session"])
    in_name, in_body = embedder.passages(
        [passage({"invoice": 1}, names={"session": 1}), passage({"session": 1}, names={"invoice": 1})]
    )
    assert in_name @ word > in_body @ word


def test_many_words_at_once_are_those_one_by_one(embedder: StaticEmbedder) -> None:
    words = [f"word{at}" for at in range(3000)]
    fresh = StaticEmbedder()
    together = fresh.weighted([{word: 1} for word in words])
    assert np.allclose(together[[0, 1500, 2999]], StaticEmbedder().weighted([{words[at]: 1} for at in (0, 1500, 2999)]))


def test_it_counts_tokens(embedder: StaticEmbedder) -> None:
    none, few, many = embedder.tokens(["", "def save(self):", "def save(self):\n" * 100])
    assert none == 0
    assert 3 <= few <= 10
    assert 90 * few <= many <= 110 * few + 100


def test_no_connection_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert StaticEmbedder().questions(["hash a password"]).any()


def test_a_missing_wheel_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EmbeddingUnavailable, match="not installed"):
        StaticEmbedder()


def test_names_of_embeddings() -> None:
    assert embedder_for(NONE) is None
    assert model_name(STATIC) == STATIC_MODEL == StaticEmbedder.model
    with pytest.raises(BadInput, match="must be|needs a model"):
        embedder_for("other")

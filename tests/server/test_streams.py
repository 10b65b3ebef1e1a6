"""Answers in words over HTTP: in pieces as they come, until nobody listens; without a model that is dead or slow."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.model_server import ModelServer, Reply
from tests.server.conftest import Running
from tests.server.fake_llm import FakeLlm, fake_llm
from tests.server.kgs import SHOP

ASK = {"query": "how is the total of a cart computed"}


@pytest.fixture
def llm() -> Iterator[FakeLlm]:
    with fake_llm() as found:
        yield found


@pytest.fixture
def talking(llm: FakeLlm, serve: Callable[..., Running]) -> Running:
    """A server with a language model and a project."""
    found = serve(
        LOOMGRAPH_LLM_HOST=llm.url, LOOMGRAPH_LLM_MODEL="fake", LOOMGRAPH_LLM_FIRST_TOKEN_TIMEOUT="1.5",
        LOOMGRAPH_LLM_CACHE_MB="0",
    )  # fmt: skip
    with found.client() as client:
        assert client.post("/p/shop/insert_custom_kg", json=SHOP).status_code == 200
    return found


def test_pieces_are_forwarded_as_they_come(talking: Running, llm: FakeLlm) -> None:
    llm.pause = 0.4
    heard: list[tuple[float, dict[str, object]]] = []
    with talking.client() as client:
        client.post("/p/shop/query", json=ASK)  # warm
        llm.said_at.clear()
        with client.stream("POST", "/p/shop/query/stream", json=ASK) as answer:
            assert answer.headers["content-type"].startswith("application/x-ndjson")
            for line in answer.iter_lines():
                heard.append((time.monotonic(), json.loads(line)))
    assert "references" in heard[0][1]
    pieces = [(at, one["response"]) for at, one in heard[1:]]
    assert "".join(str(piece) for _, piece in pieces) == "The total adds prices."
    assert len(pieces) == 4
    # Each is here before the next is said: nothing gathers them. How fast, benchmarks/server.py measures.
    for (at, _), next_said in zip(pieces, llm.said_at[1:], strict=False):
        assert at < next_said


def test_whoever_hangs_up_stops_the_model(talking: Running, llm: FakeLlm) -> None:
    llm.pieces = ["word "] * 200
    llm.pause = 0.1
    with talking.client() as client, client.stream("POST", "/p/shop/query/stream", json=ASK) as answer:
        lines = answer.iter_lines()
        next(lines)
        next(lines)
    assert llm.hung_up.wait(5)
    assert len(llm.said_at) < 100


@pytest.mark.parametrize("path", ["/p/shop/query", "/api/generate"])
def test_whoever_hangs_up_on_a_whole_answer_stops_the_model(talking: Running, llm: FakeLlm, path: str) -> None:
    llm.pieces = ["word "] * 200
    llm.pause = 0.1
    body = {"model": "shop", "prompt": ASK["query"], "stream": False} if "api" in path else ASK
    with talking.client() as client, pytest.raises(httpx.ReadTimeout):
        client.post(path, json=body, timeout=1.0)
    assert llm.hung_up.wait(5)
    assert len(llm.said_at) < 100


def test_the_whole_answer_says_who_worded_it(talking: Running) -> None:
    with talking.client() as client:
        found = client.post("/p/shop/query", json=ASK).json()
        assert found["response"] == "The total adds prices."
        assert found["llm_generated"] is True
        assert found["references"]
        context = client.post("/p/shop/query", json={**ASK, "only_need_context": True}).json()
        assert context["llm_generated"] is False
        assert "total" in context["response"]


def test_a_silent_model_is_done_without(talking: Running, llm: FakeLlm) -> None:
    llm.silent = True
    with talking.client() as client:
        found = client.post("/p/shop/query", json=ASK).json()
        assert found["llm_generated"] is False
        assert "total" in found["response"]
        assert found["notes"]
        assert client.get("/p/shop/callers", params={"symbol": "total"}).status_code == 200
        lines = [json.loads(line) for line in client.post("/p/shop/query/stream", json=ASK).text.splitlines()]
        assert any("total" in str(one.get("response", "")) for one in lines)


@pytest.mark.parametrize("path", ["/p/shop/query", "/p/shop/query/stream", "/api/chat"])
def test_a_slow_model_holds_up_no_other_question(llm: FakeLlm, serve: Callable[..., Running], path: str) -> None:
    server = serve(
        LOOMGRAPH_LLM_HOST=llm.url, LOOMGRAPH_LLM_MODEL="fake", LOOMGRAPH_LLM_FIRST_TOKEN_TIMEOUT="60",
        LOOMGRAPH_THREADS="2",
    )  # fmt: skip
    body = {"model": "shop", "messages": [{"role": "user", "content": ASK["query"]}]} if "chat" in path else ASK
    llm.silent = True

    def ask(_: int) -> int:
        with server.client() as client:
            return client.post(path, json=body, timeout=60).status_code

    with server.client() as client, ThreadPoolExecutor(6) as pool:
        assert client.post("/p/shop/insert_custom_kg", json=SHOP).status_code == 200
        waiting = [pool.submit(ask, number) for number in range(6)]
        for _ in range(200):
            if llm.asked >= 3:  # more than there are threads for questions
                break
            time.sleep(0.05)
        try:
            assert llm.asked >= 3
            assert client.get("/p/shop/callers", params={"symbol": "total"}).json()["total"] == 1
            assert client.post("/p/shop/query/data", json=ASK).status_code == 200
            assert not any(one.done() for one in waiting)
        finally:
            llm.over.set()
        assert {one.result() for one in waiting} == {200}


def test_a_slow_embedding_server_holds_up_no_structural_question(serve: Callable[..., Running]) -> None:
    with ModelServer() as vectors:
        server = serve(
            EMBEDDING_BINDING="openai", EMBEDDING_BINDING_HOST=vectors.url, EMBEDDING_MODEL="m", LOOMGRAPH_THREADS="2",
            LOOMGRAPH_EMBEDDING_QUESTION_TIMEOUT="60",
        )  # fmt: skip

        def ask(number: int) -> int:
            with server.client() as client:
                return client.post("/p/shop/search", json={"query": f"prices {number}"}, timeout=60).status_code

        with server.client() as client, ThreadPoolExecutor(4) as pool:
            assert client.post("/p/shop/insert_custom_kg", json=SHOP).status_code == 200
            for _ in range(200):
                if not client.get("/p/shop/health").json()["files_without_vectors"]:
                    break
                time.sleep(0.05)
            vectors.embed = lambda _: Reply(before=60.0)
            vectors.asked.clear()
            waiting = [pool.submit(ask, number) for number in range(4)]
            for _ in range(200):
                if len(vectors.asked) >= 3:
                    break
                time.sleep(0.05)
            assert len(vectors.asked) >= 3
            assert client.get("/p/shop/callers", params={"symbol": "total"}).json()["total"] == 1
            assert not any(one.done() for one in waiting)
            vectors.stop()
            assert {one.result() for one in waiting} == {200}


def test_dead_servers_of_models_are_done_without(serve: Callable[..., Running]) -> None:
    dead = "http://127.0.0.1:9/v1"
    server = serve(LOOMGRAPH_LLM_HOST=dead, LOOMGRAPH_LLM_MODEL="none")
    with server.client() as client:
        assert client.post("/p/shop/insert_custom_kg", json=SHOP).status_code == 200
        found = client.post("/p/shop/query", json=ASK).json()
        assert found["llm_generated"] is False
        assert found["notes"]
        refused = client.post("/p/shop/query", json={**ASK, "mode": "bypass"})
        assert refused.status_code in (502, 503)


def test_a_chat_front_end_talks_to_a_project(talking: Running) -> None:
    with talking.client() as client:
        models = [one["name"] for one in client.get("/api/tags").json()["models"]]
        assert models == ["loomgraph:latest", "shop:latest"]
        body = {"model": "shop:latest", "messages": [{"role": "user", "content": "/local what is total"}]}
        pieces = [json.loads(line) for line in client.post("/api/chat", json=body).text.splitlines()]
        assert "".join(one["message"]["content"] for one in pieces) == "The total adds prices."
        assert [one["done"] for one in pieces] == [False] * 4 + [True]
        assert pieces[-1]["eval_count"] > 0
        whole = client.post("/api/generate", json={"model": "shop", "prompt": "what is total", "stream": False}).json()
        assert whole["response"] == "The total adds prices."
        assert client.post("/api/chat", json={**body, "model": "nobody"}).status_code == 404
        assert client.get("/p/shop/api/version").json()["version"]


def test_openai_clients_get_vectors(talking: Running) -> None:
    with talking.client() as client:
        model = client.get("/v1/models").json()["data"][0]
        found = client.post("/v1/embeddings", json={"input": ["parse a url", "hash a password"], "model": "any"}).json()
        assert len(found["data"]) == 2
        assert {len(one["embedding"]) for one in found["data"]} == {model["dimension"]}
        packed = client.post("/v1/embeddings", json={"input": "parse a url", "encoding_format": "base64"}).json()
        assert isinstance(packed["data"][0]["embedding"], str)
        assert client.post("/v1/embeddings", json={"input": "x", "dimensions": 3}).status_code == 422

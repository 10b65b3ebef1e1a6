"""The doctor's trial of the servers of models: what works, and what is wrong in words that say what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loomgraph import settings
from loomgraph.service import Service
from loomgraph.service.answers import Trial
from loomgraph.service.trying import trials

from ..model_server import ModelServer, Reply, refusal, stream

KEY = "sk-hid"


def tried(server: ModelServer | None = None, **given: str) -> list[Trial]:
    host = {"LLM_BINDING_HOST": server.url, "EMBEDDING_BINDING_HOST": server.url} if server else {}
    keys = {"LLM_BINDING_API_KEY": KEY, "EMBEDDING_BINDING_API_KEY": KEY}
    found = trials(settings.load({"HOME": "/", **host, **keys, **given}))
    assert KEY not in str(found)
    return found


LLM = {"LLM_MODEL": "glm"}
EMBEDDING = {"EMBEDDING_BINDING": "openai", "EMBEDDING_MODEL": "jina", "LLM_BINDING": "none"}


def test_nothing_is_tried_that_is_not_set() -> None:
    assert tried() == []


def test_a_model_that_streams() -> None:
    with ModelServer(stream("one ", "two")) as server:
        (found,) = tried(server, **LLM)
        assert (found.server, found.ok) == ("language model", True)
        assert f"glm at {server.host}" in found.detail
        assert "streams (2 pieces)" in found.detail


def test_a_model_that_the_server_does_not_name() -> None:
    with ModelServer(stream("one ", "two")) as server:
        server.models = ["glm", "other"]
        assert "other models" not in tried(server, **LLM)[0].detail
        server.models = ["mistral"]
        assert "(the server names other models: mistral)" in tried(server, **LLM)[0].detail


@pytest.mark.parametrize(
    ("reply", "ok", "says"),
    [
        (Reply(body=b'{"choices": [{"message": {"content": "one"}}]}'), True, "does not stream"),
        (refusal(401, f"bad key {KEY}"), False, "refuses the key"),
        (stream(), False, "answered with nothing"),
    ],
)
def test_what_a_model_does_otherwise(reply: Reply, ok: bool, says: str) -> None:
    with ModelServer(reply) as server:
        (found,) = tried(server, **LLM)
        assert found.ok is ok
        assert says in found.detail


def test_a_host_without_a_model() -> None:
    (found,) = tried(LLM_BINDING_HOST="http://127.0.0.1:9/v1")
    assert not found.ok
    assert "set LLM_MODEL" in found.detail


def test_a_server_of_vectors() -> None:
    def embed(body: dict[str, list[str]]) -> Reply:
        rows = [{"embedding": [1.0, 0.1 if "pass" in text else 9.0]} for text in body["input"]]
        return Reply(body=json.dumps({"data": rows}).encode())

    with ModelServer() as server:
        server.embed = embed
        (found,) = tried(server, **EMBEDDING)
        assert (found.server, found.ok) == ("embedding server", True)
        assert "2 numbers" in found.detail
        (found,) = tried(server, **EMBEDDING, EMBEDDING_DIM="768")
        assert not found.ok
        assert "768 are wanted" in found.detail
        server.embed = lambda body: Reply(body=embed(body).body, before=0.2)
        (found,) = tried(server, **EMBEDDING, LOOMGRAPH_EMBEDDING_QUESTION_TIMEOUT="0.05")
        assert not found.ok
        assert "embedding_question_timeout" in found.detail
        server.embed = lambda body: Reply(
            body=json.dumps({"data": [{"embedding": [1.0, 1.0]} for _ in body["input"]]}).encode()
        )
        (found,) = tried(server, **EMBEDDING)
        assert not found.ok


def test_a_failed_trial_is_the_exit_code_of_the_doctor(tmp_path: Path) -> None:
    with ModelServer(refusal(404, "no such model")) as server:
        given = {"HOME": str(tmp_path), "LLM_BINDING_HOST": server.url, **LLM}
        report = Service(settings.load(given), tmp_path).doctor()
        assert report.exit == 9
        assert "no such model" in report.trials[0].detail
        facts = {fact.name: fact.value for fact in report.facts}
        assert facts["llm_model"] == "glm  [LLM_MODEL]"

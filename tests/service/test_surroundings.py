"""What the doctor says of the port and of proxies."""

from __future__ import annotations

import socket

import pytest

from loomgraph import settings
from loomgraph.service.surroundings import surroundings


def told(**given: str) -> list[tuple[str, str]]:
    return [(fact.name, fact.value) for fact in surroundings(settings.load({"HOME": "/", **given}))]


def test_a_port_that_is_free_and_one_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ((name, says),) = told(LOOMGRAPH_SERVE_PORT=port)
        assert (name, "is taken" in says, "LOOMGRAPH_SERVE_PORT" in says) == ("port", True, True)
    assert told(LOOMGRAPH_SERVE_PORT=port) == [("port", f"127.0.0.1:{port} is free")]
    ((_, says),) = told(LOOMGRAPH_SERVE_PORT=port, LOOMGRAPH_SERVE_HOST="192.0.2.1")
    assert "LOOMGRAPH_SERVE_HOST" in says


def test_a_proxy_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "no_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://me:secret@proxy.example:3128")
    model = {"LLM_MODEL": "glm", "LLM_BINDING_HOST": "http://gpu.example/v1"}
    (_, (name, says)) = told(**model)
    assert name == "proxy"
    assert "gpu.example is reached through proxy.example:3128" in says
    assert "secret" not in says
    monkeypatch.setenv("no_proxy", "gpu.example")
    assert [name for name, _ in told(**model)] == ["port"]
    monkeypatch.delenv("no_proxy")
    assert [name for name, _ in told(LLM_MODEL="glm", LLM_BINDING_HOST="http://127.0.0.1:9/v1")] == ["port"]

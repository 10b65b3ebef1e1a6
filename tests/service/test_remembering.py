"""Answers that are asked for again: the model is asked once, until the graph, the question or the model changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loomgraph import settings
from loomgraph.service import Service, wording
from tests.model_server import ModelServer, stream

ASK = "what does with_tax do"


def service_of(home: Path, server: ModelServer, **more: str) -> Service:
    (home / "src").mkdir(exist_ok=True)
    (home / "src" / "price.py").write_text("def with_tax(price):\n    return price * 2\n")
    given = {"HOME": str(home), "LLM_BINDING_HOST": server.url, "LLM_MODEL": "glm"}
    return Service(settings.load({**given, **more}), home / "src")


def asked(service: Service, text: str = ASK, **given: Any) -> dict[str, Any]:
    found = service.query(text, wording.params(given), "src")
    assert found["llm_generated"] is True
    return found


def test_an_answer_is_worded_once_as_long_as_nothing_changes(tmp_path: Path) -> None:
    with ModelServer(stream("It doubles ", "[1", "]", " and [9].")) as server:
        service = service_of(tmp_path, server)
        service.index(".")
        first = asked(service)
        assert "It doubles" in first["response"]
        again = asked(service_of(tmp_path, server))  # another process
        assert again["response"] == first["response"]
        assert again["references"] == first["references"]
        assert len(server.asked) == 1
        rows = list(service.query_stream(ASK, wording.params({}), "src"))
        assert "It doubles" in "".join(row.get("response", "") for row in rows)
        assert len(server.asked) == 1
        asked(service, "who calls with_tax")
        asked(service, conversation_history=[{"role": "user", "content": "hello"}])
        asked(service_of(tmp_path, server, OPENAI_LLM_TEMPERATURE="0.5"))
        assert len(server.asked) == 4
        (tmp_path / "src" / "other.py").write_text("def other():\n    pass\n")
        service.index(".")
        asked(service)
        assert len(server.asked) == 5
        assert (tmp_path / ".local/share/loomgraph/.cache/answers.db").exists()


def test_what_is_not_whole_is_not_kept_and_nothing_is_where_that_is_set(tmp_path: Path) -> None:
    with ModelServer(stream("cut o", finish="length"), stream("half", end=False), stream("whole")) as server:
        service = service_of(tmp_path, server)
        service.index(".")
        asked(service)
        assert service.query(ASK, wording.params({}), "src")["llm_generated"] is False
        assert asked(service)["response"].startswith("whole")
        assert len(server.asked) == 3
        without = service_of(tmp_path, server, LOOMGRAPH_LLM_CACHE_MB="0")
        asked(without)
        assert len(server.asked) == 4

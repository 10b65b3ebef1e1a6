"""``ask`` with a language model: its words as they come, the places they cite, and what happens without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..model_server import ModelServer, event, refusal, stream
from ..model_server import Reply as Answered
from .conftest import Run

ASK = "how is the total of a cart computed"


@pytest.fixture
def server(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    with ModelServer(stream("It adds up \x1b[31mprices ", "[1][77].")) as server:
        monkeypatch.setenv("LLM_MODEL", "glm")
        monkeypatch.setenv("LLM_BINDING_HOST", server.url)
        monkeypatch.setenv("LLM_BINDING_API_KEY", "sk-hid")
        yield server


def test_the_words_come_first_and_then_the_places(server: ModelServer, run: Run) -> None:
    done = run("ask", ASK)
    assert done.code == 0
    words, _, rest = done.out.partition("\n\n")
    assert words == "It adds up \\x1b[31mprices [1]."
    assert rest.startswith("[1] ")
    assert "lines " in rest
    assert "1 citations of what the model had not read were left out" in rest
    assert done.err == ""


def test_a_document_holds_the_words_and_what_they_rest_on(server: ModelServer, run: Run) -> None:
    found = run("ask", ASK, "--json").json
    assert found["worded"]["model"] == "glm"
    assert found["worded"]["citations"][0]["file"] == found["references"][0]["file"]
    assert found["entities"]
    assert run("ask", ASK, "--json", "--no-llm").json["worded"] is None
    assert len(server.asked) == 1


def test_what_a_model_would_read(server: ModelServer, run: Run) -> None:
    done = run("ask", ASK, "--context")
    assert done.out.startswith("# Symbols")
    found = run("ask", ASK, "--context", "--json", "--max-total-tokens", "300").json
    assert len(found["context"]) < len(done.out)
    assert found["tokens"]["entities"] > 0
    assert not server.asked
    assert run("ask", "zebra quuxification", "--context").code == 3


def test_an_answer_that_is_cut_off_or_cites_nothing_says_so(server: ModelServer, run: Run) -> None:
    server.replies = [stream("It adds", finish="length")]
    out = run("ask", ASK).out
    assert "cut off" in out
    assert "cites nothing" in out


def test_a_model_that_cannot_be_used_gives_way(server: ModelServer, run: Run) -> None:
    server.replies = [refusal(401, "wrong key sk-hid")]
    done = run("ask", ASK)
    assert done.code == 0
    assert "answered without the language model" in done.out
    assert "sk-hid" not in done.out
    plain = run("ask", ASK, "--no-llm").out
    assert done.out.startswith(plain[: len(plain) // 2])


def test_a_model_that_breaks_off_is_an_error_after_its_words(server: ModelServer, run: Run) -> None:
    server.replies = [Answered(parts=[event("It adds")], content_type="text/event-stream")]
    done = run("ask", ASK)
    assert done.code == 9
    assert done.out.startswith("It adds")
    assert "ends in the middle" in done.err

"""Answers in words: with a language model, without one, and when it fails; against a real server on this machine."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from loomgraph import settings
from loomgraph.errors import BadInput, EmptyQuestion, LlmNotSet, LlmUnavailable
from loomgraph.service import Service, wording

from ..model_server import ModelServer, Reply, event, refusal, stream

LENDING = Path(__file__).parents[1] / "golden" / "lending"
ASK = "how is a book lent to a member"
WORDS = ("Lending is done by ", "`Desk.lend` [1", "][99].")
Making = Callable[..., Service]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(LENDING, home / "lending")
    Service(settings.load({"HOME": str(home)}), home / "lending").index(".")
    return home


@pytest.fixture
def making(home: Path) -> Iterator[Making]:
    made: list[Service] = []

    def make(server: ModelServer | None = None, **given: str) -> Service:
        model = {"LLM_MODEL": "glm", "LLM_BINDING_HOST": server.url, "LLM_BINDING_API_KEY": "sk-hid"} if server else {}
        made.append(Service(settings.load({"HOME": str(home), **model, **given}), home / "lending"))
        return made[-1]

    yield make
    for service in made:
        service.stop_wording()


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(stream(*WORDS)) as server:
        yield server


def asked_for(**given: Any) -> Any:
    return wording.params({"top_k": 5, "chunk_top_k": 3, **given})


# -- /query -------------------------------------------------------------------------------------------------------


def test_a_model_words_the_answer_and_its_citations_are_checked(making: Making, server: ModelServer) -> None:
    found = making(server).query(ASK, asked_for())
    assert found["response"] == "Lending is done by `Desk.lend` [1]."
    assert found["llm_generated"] is True
    assert found["response_time"] > 0
    assert found["references"][0]["reference_id"] == "1"
    assert "lending/desk.py" in [one["file_path"] for one in found["references"]]
    told = server.asked[0].body["messages"]
    assert [one["role"] for one in told] == ["system", "user"]
    assert "def lend(self, member: Member" in told[1]["content"]
    assert told[1]["content"].endswith(f"Question: {ASK}")


def test_what_is_told_to_the_model(making: Making, server: ModelServer) -> None:
    history = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "yes?"}]
    params = asked_for(conversation_history=history, user_prompt="Use verse.", response_type="Single Paragraph")
    making(server).query(ASK, params)
    told = server.asked[0].body["messages"]
    assert [(one["role"], one["content"]) for one in told[1:3]] == [("user", "hello"), ("assistant", "yes?")]
    assert "Use verse." in told[0]["content"]
    assert "Single Paragraph" in told[0]["content"]


def test_without_a_model_the_answer_is_what_was_found(making: Making) -> None:
    found = making().query(ASK, asked_for(include_chunk_content=True))
    assert found["llm_generated"] is False
    assert "Desk.lend" in found["response"]
    assert "notes" not in found
    assert any("def lend" in text for one in found["references"] for text in one.get("content", ()))
    assert making().query(ASK, asked_for(include_references=False))["references"] is None


def test_a_dead_or_broken_model_gives_way_to_the_answer_without_it(making: Making, server: ModelServer) -> None:
    plain = making().query(ASK, asked_for())["response"]
    replies = (refusal(401, "no"), stream(), stream("half", end=False), Reply(body=b"{}"))
    for reply in replies:
        server.replies = [reply]
        found = making(server).query(ASK, asked_for())
        assert (found["response"], found["llm_generated"]) == (plain, False)
        assert "answered without the language model" in found["notes"][0]
        assert "sk-hid" not in str(found)


def test_a_slow_model_is_waited_for_as_long_as_set(making: Making) -> None:
    with ModelServer(stream("late", before=30.0)) as slow:
        service = making(slow, LOOMGRAPH_LLM_FIRST_TOKEN_TIMEOUT="0.3")
        began = time.monotonic()
        assert service.query(ASK, asked_for())["llm_generated"] is False
        assert time.monotonic() - began < 10
        assert slow.left.wait(5)


def test_context_and_prompt_never_ask_the_model(making: Making, server: ModelServer) -> None:
    service = making(server)
    context = service.query(ASK, asked_for(only_need_context=True))
    assert context["response"].startswith("# Symbols")
    prompt = service.query(ASK, asked_for(only_need_prompt=True, only_need_context=True))
    assert context["response"] in prompt["response"]
    assert ASK in prompt["response"]
    assert context["llm_generated"] is prompt["llm_generated"] is False
    assert list(service.query_stream(ASK, asked_for(only_need_context=True)))[1]["response"] == context["response"]
    assert not server.asked


def test_nothing_found_asks_no_model(making: Making, server: ModelServer) -> None:
    found = making(server).query("zebra quuxification", asked_for())
    assert found["response"].startswith("Nothing in the code matches")
    assert found["llm_generated"] is False
    assert not server.asked


def test_bypass_is_the_model_alone(making: Making, server: ModelServer) -> None:
    history = ({"role": "user", "content": "before"},)
    found = making(server).query("hi", asked_for(mode="bypass", conversation_history=history))
    assert found["response"] == "".join(WORDS)
    assert found["references"] == []
    assert [one["content"] for one in server.asked[0].body["messages"]] == ["before", "hi"]
    server.replies = [refusal(500, "oops")]
    with pytest.raises(LlmUnavailable):
        making(server).query("hi", asked_for(mode="bypass"))
    for ask in (making().query, making().query_stream):
        with pytest.raises(LlmNotSet):
            ask("hi", asked_for(mode="bypass"))
        with pytest.raises(EmptyQuestion):
            ask(" ", asked_for(mode="bypass"))
    assert making().query_data("hi", asked_for(mode="bypass"))["data"]["chunks"] == []


# -- /query/stream ------------------------------------------------------------------------------------------------


def test_a_stream_gives_references_first_and_then_the_words(making: Making, server: ModelServer) -> None:
    with making(server).query_stream(ASK, asked_for()) as lines:
        rows = list(lines)
    assert list(rows[0]) == ["references"]
    assert all(list(row) == ["response"] for row in rows[1:])
    assert "".join(row["response"] for row in rows[1:]) == "Lending is done by `Desk.lend` [1]."
    whole = list(making(server).query_stream(ASK, asked_for(stream=False)))
    assert [sorted(row) for row in whole] == [["llm_generated", "references", "response"]]
    progress = list(making(server).query_stream(ASK, asked_for(include_progress=True, include_references=False)))
    assert list(progress[0]) == ["progress"]
    assert list(progress[-1]) == ["response_time"]


def test_a_stream_without_a_model_is_one_piece(making: Making) -> None:
    first, second = making().query_stream(ASK, asked_for())
    assert list(first) == ["references"]
    assert second["llm_generated"] is False
    assert "Desk.lend" in second["response"]


def test_a_model_that_fails_in_the_middle_of_a_stream_is_an_error_line(making: Making, server: ModelServer) -> None:
    server.replies = [Reply(parts=[event("One"), event(" two")], content_type="text/event-stream")]
    rows = list(making(server).query_stream(ASK, asked_for()))
    assert [row.get("response") for row in rows[1:-1]] == ["One", " two"]
    assert "ends in the middle" in rows[-1]["error"]
    server.replies = [refusal(404, "no such model")]
    rows = list(making(server).query_stream(ASK, asked_for()))
    assert rows[1]["llm_generated"] is False
    assert "no such model" in rows[1]["notes"][0]


def test_who_goes_away_stops_the_model(making: Making) -> None:
    with ModelServer(stream(*["word "] * 5000, pause=0.01)) as slow:
        lines = making(slow).query_stream(ASK, asked_for())
        rows: list[dict[str, Any]] = []
        reading = threading.Thread(target=lambda: rows.extend(lines))
        reading.start()
        assert _until(lambda: len(slow.asked) == 1)
        time.sleep(0.2)
        lines.cancel()
        reading.join(10)
        assert not reading.is_alive()
        assert slow.left.wait(5)
        assert 0 < len(rows) < 5000
        assert not any("error" in row for row in rows)
    before = making(slow).query_stream(ASK, asked_for())
    before.cancel()
    assert list(before) == []


def _until(done: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not done() and time.monotonic() < end:
        time.sleep(0.01)
    return done()


def test_what_is_wrong_with_a_question_is_said_before_the_first_line(making: Making, server: ModelServer) -> None:
    with pytest.raises(EmptyQuestion):
        making(server).query_stream("  ", asked_for())
    for wrong in ({"mode": "psychic"}, {"top_k": 0}, {"conversation_history": [{"role": 1}]}):
        with pytest.raises(BadInput):
            wording.params(wrong)


# -- /query/data --------------------------------------------------------------------------------------------------


def test_data_is_the_structure_alone(making: Making, server: ModelServer) -> None:
    found = making(server).query_data("who calls lend", asked_for(hl_keywords=["desk"], ll_keywords=["lend"]))
    assert not server.asked
    assert set(found) == {"status", "message", "data", "metadata"}
    data = found["data"]
    assert len(data["entities"]) <= 5
    assert len(data["relationships"]) <= 5
    assert len(data["chunks"]) <= 3
    files = {one["reference_id"]: one["file_path"] for one in data["references"]}
    for part in ("entities", "relationships", "chunks"):
        assert all(files[one["reference_id"]] == one["file_path"] for one in data[part])
    assert {"src_id", "tgt_id", "description", "keywords", "weight"} <= set(data["relationships"][0])
    assert found["metadata"]["keywords"] == {"high_level": ["desk"], "low_level": ["lend"]}
    info = found["metadata"]["processing_info"]
    assert info["total_entities_found"] >= info["entities_after_truncation"] == len(data["entities"])
    callers = making().query_data("who calls Desk.lend", asked_for(top_k=2))["data"]
    assert callers["relationships"][0]["tgt_id"].endswith("::Desk.lend")
    assert callers["entities"][0]["entity_name"].endswith("::Desk.lend")
    for one in (found, nothing := making().query_data("zebra quuxification", asked_for())):
        assert Service.plain(one) is one
        assert json.loads(json.dumps(one)) == one == Service.plain(dict(one))
    assert (nothing["status"], nothing["data"]) == ("failure", {})


def test_budgets_bound_each_part(making: Making) -> None:
    wide = making().query_data(ASK, asked_for(top_k=40, chunk_top_k=20))["data"]
    tight = making().query_data(
        ASK, asked_for(top_k=40, chunk_top_k=20, max_entity_tokens=120, max_relation_tokens=80, max_total_tokens=500)
    )["data"]
    assert all(0 < len(tight[part]) < len(wide[part]) for part in ("entities", "relationships", "chunks"))


# -- our own shape ------------------------------------------------------------------------------------------------


def test_telling_ends_in_a_typed_answer(making: Making, server: ModelServer) -> None:
    with making(server).tell(ASK) as telling:
        assert telling.begin()
        assert "".join(telling) == "Lending is done by `Desk.lend` [1]."
        worded = telling.answer.worded
    assert worded is not None
    assert (worded.model, worded.dropped, worded.finish) == ("glm", 1, "stop")
    (citation,) = worded.citations
    assert citation.file == telling.answer.references[0].file
    assert citation.lines
    with making(server).tell(ASK, llm=False) as plain:
        assert not plain.begin()
        assert "Desk.lend" in plain.words()


def test_vectors_of_ones_own(making: Making, server: ModelServer) -> None:
    model, rows = making().embeddings(["hash a password", ""])
    assert model.startswith("wordllama")
    assert (len(rows), len(rows[0])) == (2, 256)
    server.replies = []
    service = making(EMBEDDING_BINDING="openai", EMBEDDING_MODEL="jina", EMBEDDING_BINDING_HOST=server.url)
    assert service.embedding_model() == ("openai/jina", 0)
    assert len(service.embeddings(["a", "b"])[1][0]) == 8
    with pytest.raises(BadInput):
        making(LOOMGRAPH_EMBEDDING="none").embeddings(["a"])


def test_a_dead_embedding_server_leaves_words_and_the_graph(making: Making, home: Path, server: ModelServer) -> None:
    server.replies = []
    given = {"EMBEDDING_BINDING": "openai", "EMBEDDING_MODEL": "jina", "EMBEDDING_BINDING_HOST": server.url,
             "LOOMGRAPH_EMBEDDING_QUESTION_TIMEOUT": "0.3"}  # fmt: skip
    making(**given).index(".", project="remote")
    alive = making(**given).search(ASK, projects=["remote"])
    assert "semantic" in alive.signals
    server.replies = [Reply(before=30.0)]
    began = time.monotonic()
    found = making(**given).search(ASK, projects=["remote"])
    assert time.monotonic() - began < 10
    assert found.results
    assert "semantic" not in found.signals
    assert "within 0.3 s" in found.notes[0]
    answer = making(**given).ask("who calls Desk.lend", projects=["remote"])
    assert answer.followed
    assert answer.notes

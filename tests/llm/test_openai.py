"""A language model over HTTP, against a real server on this machine with every fault of one."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from loomgraph.errors import LlmUnavailable, response_to
from loomgraph.llm.base import Message, Pieces
from loomgraph.llm.openai import OpenAiChat
from loomgraph.llm.registry import chat_for
from loomgraph.settings import LlmSettings, Secret

from ..model_server import ModelServer, Reply, event, refusal, stream

KEY = "sk-never-shown"
ASK = [Message("system", "Be short."), Message("user", "What is a loom?")]


@contextmanager
def asking(server: ModelServer, **given: Any) -> Iterator[OpenAiChat]:
    chat = OpenAiChat(LlmSettings(host=server.url, model="glm", api_key=Secret(KEY), **given))
    try:
        yield chat
    finally:
        chat.close()
        assert not [one for one in threading.enumerate() if one.name == "loomgraph llm"]


def failing(server: ModelServer, **given: Any) -> str:
    """What the error says that a question ends in."""
    with asking(server, **given) as chat, pytest.raises(LlmUnavailable) as caught:
        list(chat.stream(ASK))
    said = str(caught.value)
    assert server.host in said
    assert KEY not in said
    assert said.count("language model") == 1
    assert response_to(caught.value) == (9, 503)
    return said


def test_pieces_come_as_they_are_sent() -> None:
    with ModelServer(stream("A loom ", "weaves", " cloth.")) as server:
        with asking(server, temperature=0.0, max_tokens=9, extra_body={"enable_thinking": False}) as chat:
            pieces = chat.stream(ASK)
            assert list(pieces) == ["A loom ", "weaves", " cloth."]
            assert pieces.finish == "stop"
            assert list(pieces) == []
        (asked,) = server.asked
        assert asked.path == "/v1/chat/completions"
        assert asked.headers["authorization"] == f"Bearer {KEY}"
        assert asked.body == {
            "model": "glm", "stream": True, "temperature": 0.0, "max_tokens": 9, "enable_thinking": False,
            "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "What is a loom?"}],
        }  # fmt: skip


def test_a_piece_is_there_before_the_next_is_sent() -> None:
    with ModelServer(stream("one", "two", pause=0.3)) as server, asking(server) as chat:
        pieces = chat.stream(ASK)
        assert next(pieces) == "one"
        assert not pieces.finish
        assert list(pieces) == ["two"]


def test_thoughts_are_not_part_of_the_answer() -> None:
    parts = [event(reasoning_content="hm"), event("<think>so</think>"), event("Yes."), event(finish="length")]
    with ModelServer(Reply(parts=parts, content_type="text/event-stream")) as server, asking(server) as chat:
        pieces = chat.stream(ASK)
        assert list(pieces) == ["Yes."]
        assert pieces.finish == "length"


def test_a_server_that_does_not_stream_is_understood() -> None:
    body = b'{"choices": [{"message": {"role": "assistant", "content": "All."}, "finish_reason": "stop"}]}'
    with ModelServer(Reply(body=body)) as server, asking(server) as chat:
        assert list(chat.stream(ASK)) == ["All."]


def test_bytes_that_are_no_text_are_made_visible() -> None:
    with ModelServer(stream("a")) as server, asking(server) as chat:
        assert list(chat.stream([Message("user", "odd\udcff.py")])) == ["a"]
        assert server.asked[0].body["messages"][0]["content"] == "odd\\udcff.py"


def test_no_key_no_header() -> None:
    with ModelServer(stream("a")) as server:
        chat = OpenAiChat(LlmSettings(host=server.url, model="m"))
        assert list(chat.stream(ASK)) == ["a"]
        assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (refusal(401, f"Incorrect API key provided: {KEY}"), "refuses the key"),
        (refusal(404, "no model glm"), "no model glm"),
        (refusal(400, "context too long"), "context too long"),
        (Reply(500, b"<html>oops</html>", content_type="text/html"), r"\(status 500\)"),
        (Reply(302, headers={"Location": "http://elsewhere.example/"}), "status 302"),
        (stream("a", "b", end=False), "ends in the middle"),
        (Reply(parts=[b"data: {\n\n"], content_type="text/event-stream"), "no JSON"),
        (Reply(body=b"[]"), "no object"),
    ],
)
def test_what_goes_wrong_names_the_host_and_never_the_key(reply: Reply, says: str) -> None:
    with ModelServer(reply) as server:
        said = failing(server)
        assert says.replace("\\", "") in said
        assert len(server.asked) == 1


def test_a_request_that_was_not_taken_is_repeated() -> None:
    with ModelServer(refusal(429, "busy", Retry_After="0"), stream("now")) as server:
        with asking(server) as chat:
            assert list(chat.stream(ASK)) == ["now"]
        assert len(server.asked) == 2


def test_those_who_were_refused_together_do_not_come_back_together(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    real = threading.Event.wait

    def wait(event: threading.Event, seconds: float | None = None) -> bool:
        if threading.current_thread().name == "loomgraph llm" and seconds:
            waited.append(seconds)
            seconds = 0.0
        return real(event, seconds)

    monkeypatch.setattr(threading.Event, "wait", wait)
    for _ in range(5):
        with ModelServer(refusal(429, "busy", Retry_After="1"), stream("now")) as server, asking(server) as chat:
            assert list(chat.stream(ASK)) == ["now"]
    assert len(set(waited)) > 1
    assert all(seconds >= 1.0 for seconds in waited)  # never before the server wants it


def test_it_is_not_repeated_for_longer_than_somebody_waits() -> None:
    with ModelServer(refusal(503, "loading", Retry_After="60")) as server:
        assert "loading" in failing(server)
        assert len(server.asked) == 1


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused at once
        chat = OpenAiChat(LlmSettings(host=f"http://127.0.0.1:{taken.getsockname()[1]}/v1", model="m"))
        with pytest.raises(LlmUnavailable, match="no connection"):
            list(chat.stream(ASK))


@contextlib.contextmanager
def swallowing() -> Iterator[str]:
    """An address whose connections are never taken: what the system would accept for it is full."""
    with socket.socket() as hole, contextlib.ExitStack() as stack:
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(hole.getsockname())
        yield f"http://127.0.0.1:{hole.getsockname()[1]}/v1"


def test_a_host_that_swallows_connections_is_waited_for_once() -> None:
    with swallowing() as url:
        settings = LlmSettings(host=url, model="m", connect_timeout=0.3)
        chat = OpenAiChat(settings)
        with pytest.raises(LlmUnavailable, match=r"no connection within 0\.3 s"):
            list(chat.stream(ASK))
        with pytest.raises(LlmUnavailable, match="a moment ago"):
            list(chat.stream(ASK))
        chat.close()


def test_a_connection_is_tried_while_something_else_is_waited_for() -> None:
    with swallowing() as url:
        settings = LlmSettings(host=url, model="m", connect_timeout=0.3)
        chat = OpenAiChat(settings)
        chat.knock()
        began = chat._knocked
        chat.knock()  # once is enough
        assert began == chat._knocked > 0
        pieces = chat.stream(ASK)
        assert pieces._since == began  # the time that the other one has waited counts
        pieces.close()
        while chat._knocked:
            time.sleep(0.01)
        with pytest.raises(LlmUnavailable, match="a moment ago"):
            list(chat.stream(ASK))
        chat.close()
    with ModelServer(stream("a", "b")) as server:
        chat = OpenAiChat(LlmSettings(host=server.url, model="m"))
        chat.knock()
        assert list(chat.stream(ASK)) == ["a", "b"]
        chat.close()


def test_each_step_has_its_own_patience() -> None:
    slow = stream("a", "b", before=30.0)
    with ModelServer(slow) as server:
        assert "no word of an answer within 0.2 s" in failing(server, first_token_timeout=0.2)
        assert server.left.wait(5)
    with ModelServer(stream("a", "b", pause=0.0)) as server:
        server.replies[0].parts = [event("a"), *[b": still here\n\n"] * 100]
        server.replies[0].pause = 0.05
        assert "no further word within 0.3 s" in failing(server, token_timeout=0.3)  # comments are no words
        assert server.left.wait(5)
    with ModelServer(stream(*["a"] * 100, pause=0.05)) as server:
        assert "no whole answer within 0.4 s" in failing(server, timeout=0.4)
        assert server.left.wait(5)


@pytest.mark.parametrize("pause", [0.0, 30.0])
def test_cancelling_from_another_thread_stops_the_server(pause: float) -> None:
    replies = stream(*["word "] * 2000, pause=0.01) if not pause else stream("never", before=pause)
    with ModelServer(replies) as server, asking(server) as chat:
        pieces = chat.stream(ASK)
        waiting = threading.Timer(0.3, pieces.cancel)
        waiting.start()
        began = time.monotonic()
        list(pieces)
        assert pieces.finish == "cancelled"
        assert time.monotonic() - began < 5
        assert server.left.wait(5)
        waiting.join()
        pieces.cancel()


def test_closing_the_model_ends_its_answers() -> None:
    with ModelServer(stream("never", before=30.0)) as server:
        with asking(server) as chat:
            pieces: Pieces = chat.stream(ASK)
            time.sleep(0.1)
        assert list(pieces) == []
        assert server.left.wait(5)


def test_so_many_answers_come_at_a_time() -> None:
    with ModelServer(stream("a", "b", pause=0.1)) as server:
        with asking(server, max_async=2) as chat:
            answers: list[list[str]] = []
            threads = [threading.Thread(target=lambda: answers.append(list(chat.stream(ASK)))) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert answers == [["a", "b"]] * 6
        assert server.most_at_a_time == 2


def test_one_who_waits_for_others_waits_as_long_as_for_a_word() -> None:
    with ModelServer(stream("a", before=30.0)) as server, asking(server, max_async=1, connect_timeout=0.1) as chat:
        first = chat.stream(ASK)
        chat.settings = LlmSettings(host=server.url, model="glm", first_token_timeout=0.4, connect_timeout=0.1)
        with pytest.raises(LlmUnavailable, match=r"within 0\.4 s"):
            list(chat.stream(ASK))
        first.cancel()


def test_there_is_a_model_when_one_is_set() -> None:
    assert chat_for(LlmSettings()) is None
    assert chat_for(LlmSettings(model="m", host="http://h", binding="none")) is None
    chat = chat_for(LlmSettings(model="m", binding="ollama"))
    assert chat is not None
    assert chat.host == "localhost:11434"

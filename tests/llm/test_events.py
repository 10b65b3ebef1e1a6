"""Server-sent events and thoughts: the same pieces wherever the bytes are cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomgraph.llm.events import Lines, Reading, Thoughts, Unreadable


def read(data: bytes, cuts: list[int]) -> tuple[str, str, bool]:
    """The text of an answer whose bytes come cut at ``cuts``, why it ended, and whether there was a thought."""
    reading, text, thought, start = Reading(), "", False, 0
    for end in (*sorted(cut % (len(data) + 1) for cut in cuts), len(data)):
        for delta in reading.feed(data[start:end], final=end == len(data)):
            text, thought = text + delta.text, thought or delta.thought
        start = end
        if end == len(data):
            break
    return text, reading.finish, thought


def events(*deltas: dict[str, object], end: str = "\n\n") -> bytes:
    rows = [{"choices": [{"delta": delta}]} for delta in deltas]
    rows.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    return "".join(f"data: {json.dumps(row, ensure_ascii=False)}{end}" for row in (*rows,)).encode()


@given(
    st.lists(st.text(max_size=5), max_size=6),
    st.lists(st.integers(0, 2000), max_size=8),
    st.sampled_from(["\n\n", "\r\n\r\n", "\r\r", "\n: a comment\n\n"]),
)
def test_the_text_does_not_depend_on_where_bytes_are_cut(texts: list[str], cuts: list[int], end: str) -> None:
    whole = "".join(texts)
    if whole.lstrip().startswith("<"):
        return
    data = events(*({"content": text} for text in texts), end=end) + b"data: [DONE]\n\n"
    assert read(data, cuts)[:2] == (whole, "stop")


@given(st.lists(st.integers(0, 400), max_size=6))
def test_thoughts_are_left_out_wherever_they_are_cut(cuts: list[int]) -> None:
    said = "<think>hm, <b> is less than that</think>\n\n Prices are cut. <think> stays"
    assert read(events({"content": said[:20]}, {"content": said[20:]}), cuts)[0] == "Prices are cut. <think> stays"
    fields = events({"reasoning_content": "hm"}, {"reasoning": "hm"}, {"thinking": "hm"}, {"content": "Yes"})
    assert read(fields, cuts) == ("Yes", "stop", True)


@given(st.text(st.sampled_from("<think>/ab ")), st.lists(st.integers(0, 60), max_size=5))
def test_only_a_thought_at_the_beginning_is_taken_away(text: str, cuts: list[int]) -> None:
    thoughts, shown, start = Thoughts(), "", 0
    for cut in sorted(cut % (len(text) + 1) for cut in cuts):
        shown += thoughts.feed(text[start:cut])
        start = cut
    shown += thoughts.feed(text[start:]) + thoughts.end()
    stripped = text.lstrip()
    if not stripped.startswith("<think>"):
        assert shown == text
    elif "</think>" in stripped:
        assert shown == stripped.partition("</think>")[2].lstrip()
    else:
        assert shown == ""


def test_nothing_after_the_end_counts() -> None:
    data = events({"content": "a"}) + b"data: [DONE]\n\n" + events({"content": "b"})
    assert read(data, [])[0] == "a"


def test_other_shapes_of_answers() -> None:
    parts = events({"role": "assistant", "content": None}, {"content": [{"type": "text", "text": "a"}, {"x": 1}]})
    assert read(parts, [])[0] == "a"
    whole = Reading().whole(
        b'{"choices": [{"message": {"content": "<think>x</think>all"}, "finish_reason": "length"}]}'
    )
    assert (whole.text, whole.finish) == ("all", "length")
    assert read(b'data: {"choices": []}\n\ndata: {"usage": {}}\n\n', []) == ("", "", False)
    assert list(Lines().feed(b"data: a\ndata: b\nevent: x\n\n")) == ["a\nb"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"data: {\n\n", "no JSON"),
        (b"data: []\n\n", "no object"),
        (b'data: {"error": {"message": "overloaded"}}\n\n', "overloaded"),
        (b'data: {"error": "no memory"}\n\n', "no memory"),
        (b'data: {"choices": [{"delta": "x"}]}\n\n', "another shape"),
        (b"data: " + b"x" * 4_000_001, "without end"),
    ],
)
def test_what_is_no_answer_says_why(data: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(data, [])

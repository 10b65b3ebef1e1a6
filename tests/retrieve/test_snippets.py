"""Quoting: lines of a chunk, and the best few of them."""

from __future__ import annotations

from loomgraph.lexicon import Lexicon
from loomgraph.model import Chunk
from loomgraph.retrieve.snippets import best_lines, first_lines, quoted


def chunk(text: str, start: int, end: int) -> Chunk:
    return Chunk("a.py#0", "a.py", start, end, text, "a.py")


def test_quotes_the_lines_asked_for() -> None:
    assert quoted(chunk("one\ntwo\nthree", 10, 12), 11, 12) == "two\nthree"
    assert quoted(chunk("one\ntwo\nthree", 10, 12), 1, 99) == "one\ntwo\nthree"


def test_a_heading_repeated_above_a_part_is_not_quoted() -> None:
    part = chunk("def big():\n    step_8()\n    step_9()", 8, 9)
    assert quoted(part, 8, 9) == "    step_8()\n    step_9()"
    assert quoted(part, 9, 9) == "    step_9()"


def test_the_best_lines_hold_most_words_of_the_question() -> None:
    lines = [f"line {at}" for at in range(20)]
    lines[12] = "    save_session(user)"
    at, text = best_lines("\n".join(lines), 100, ("session", "user"), Lexicon(), 3)
    assert 110 <= at <= 112
    assert "save_session(user)" in text
    assert len(text.splitlines()) == 3


def test_the_first_lines_win_where_nothing_fits_better() -> None:
    lines = [f"line {at}" for at in range(20)]
    assert best_lines("\n".join(lines), 1, ("session",), Lexicon(), 3) == (1, "line 0\nline 1\nline 2")


def test_a_snippet_neither_begins_nor_ends_blank() -> None:
    text = "\n".join(["def f():", "    a", "", "", "", "    session", "", "", "", "    z"])
    at, found = best_lines(text, 1, ("session",), Lexicon(), 3)
    assert (at, found) == (6, "    session")


def test_a_short_text_is_quoted_whole() -> None:
    assert best_lines("a\nb", 7, ("x",), Lexicon()) == (7, "a\nb")


def test_the_first_paragraph_of_a_documentation() -> None:
    assert first_lines("One.\nTwo.\n\nThree.") == "One.\nTwo."
    assert first_lines("a\nb\nc\nd") == "a\nb\nc"
    assert first_lines("") == ""

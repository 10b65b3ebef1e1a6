"""What a log tells: the last error whoever wrote it, the last lines, and lines as they come."""

from __future__ import annotations

import itertools
import json

import pytest

from loomgraph.deploy import logreading

RAISED = 'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\nOSError: [Errno 98] in use\n'


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", ""),
        ("INFO: all is well\nno errors here\n", ""),
        ("ERROR: embedding failed\nINFO: later\n", "ERROR: embedding failed"),
        ("2026-01-01 00:00:00 - lightrag - ERROR - boom\n", "2026-01-01 00:00:00 - lightrag - ERROR - boom"),
        (RAISED, "OSError: [Errno 98] in use"),
        ("loomgraph: there is no room\n", "loomgraph: there is no room"),
        (json.dumps({"level": "info", "message": "ERROR in a name"}) + "\n", ""),
        (json.dumps({"time": "now", "level": "error", "message": "unexpected", "traceback": RAISED}) + "\n",
         "now unexpected OSError: [Errno 98] in use"),
        ("{broken\n[1]\n", ""),
    ],
)  # fmt: skip
def test_the_last_error_is_found_whoever_wrote_it(tmp_path, text, error):
    (tmp_path / "log").write_text(text)
    assert logreading.last_error(tmp_path / "log") == error


def test_a_log_that_is_not_there_says_nothing(tmp_path):
    assert logreading.last_error(tmp_path / "log") == ""
    assert logreading.last_lines(tmp_path / "log", 5) == []


def test_the_last_words_of_one_that_says_no_error_are_its_last_lines(tmp_path):
    (tmp_path / "log").write_text("one\n\ntwo\nthree\n")
    assert logreading.last_words(tmp_path / "log") == "two / three"


def test_only_the_end_of_a_long_log_is_read(tmp_path):
    (tmp_path / "log").write_text("ERROR: long ago\n" + "x" * 1_000_000 + "\nlast\n")
    assert logreading.last_error(tmp_path / "log") == ""
    assert logreading.last_lines(tmp_path / "log", 1) == ["last"]


def test_lines_are_followed_as_they_come_and_through_a_log_that_is_put_aside(tmp_path):
    log, other = tmp_path / "a.log", tmp_path / "b.log"
    log.write_text("old\n")
    rounds = itertools.count()

    def put_aside() -> None:
        add("last before\n")
        log.rename(tmp_path / "a.log.1")
        add("after\n")

    def add(text: str) -> None:
        with open(log, "a") as file:
            file.write(text)

    steps = [
        lambda: None, lambda: add("one\nhal"), lambda: add("f\n"), put_aside,
        lambda: other.write_text("of the other\n"),
    ]  # fmt: skip

    def over() -> bool:
        number = next(rounds)
        if number < len(steps):
            steps[number]()
        return number > 8

    seen = list(logreading.follow({"a": log, "b": other}, over))
    assert seen == [("a", "one"), ("a", "half"), ("a", "last before"), ("a", "after"), ("b", "of the other")]

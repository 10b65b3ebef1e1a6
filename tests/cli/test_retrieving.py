"""``ask`` and ``search``: text, documents, batches, several projects, and how they refuse."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

OTHER = '''"""Telescopes."""


def focus(telescope, distance):
    """Move the lens until the picture of a star is sharp."""
    telescope.lens = distance
    return telescope


def aim(telescope, star):
    return focus(telescope, star.distance)
'''


@pytest.fixture
def sky(shop, run, tmp_path: Path) -> str:
    """A second project."""
    folder = tmp_path / "sky"
    folder.mkdir()
    (folder / "telescope.py").write_text(OTHER)
    assert run("index", str(folder), "--project", "sky").code == 0
    return "sky"


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


# -- ask --------------------------------------------------------------------------------------------------------


def test_ask_shows_symbols_relations_and_code(shop, run):
    done = run("ask", "how is the total of a cart computed")
    assert done.code == 0
    assert "shop/cart.py:16  Cart.total  method" in done.out
    assert "called by checkout" in done.out
    assert "   17  " in done.out
    assert "\x1b[" not in done.out


def test_ask_lets_the_graph_answer(shop, run):
    done = run("ask", "who calls Price.with_tax")
    assert done.out.startswith("Price.with_tax  shop/prices.py:")
    assert "called by" in done.out.splitlines()[0]
    assert "Cart.total" in done.out
    answer = run("ask", "what inherits from Price", "--json").json
    assert [hop["symbol"]["name"] for hop in answer["followed"][0]["reached"]["hops"]] == ["SalePrice"]


def test_ask_as_a_document(shop, run):
    answer = run("ask", "total of a cart", "--json").json
    assert answer["question"] == "total of a cart"
    assert answer["signals"] == ["lexical", "semantic", "graph"]
    assert answer["entities"][0]["symbol"]["id"] == "shop/cart.py::Cart.total"
    assert {"file", "start_line", "end_line", "text", "symbol", "score"} <= answer["passages"][0].keys()
    assert answer["references"][0] == {"id": "1", "project": "shop", "file": "shop/cart.py"}
    assert answer["tokens"]["entities"] > 0


@pytest.mark.parametrize("mode", ["naive", "local", "global", "hybrid", "mix"])
def test_ask_in_every_mode(shop, run, mode):
    answer = run("ask", "total of a cart", "--mode", mode, "--json").json
    assert answer["mode"] == mode
    assert bool(answer["passages"]) == (mode in ("naive", "mix"))
    assert run("ask", "total of a cart", "--mode", mode).code == 0


def test_ask_keeps_to_its_budget(shop, run):
    answer = run("ask", "total of a cart", "--json", "--max-total-tokens", "60").json
    assert sum(answer["tokens"].values()) <= 60


def test_a_question_that_nothing_matches(shop, run):
    done = run("ask", "chekout")
    assert "shop/cart.py::checkout" in done.out
    done = run("ask", "kubernetes autoscaler")
    assert done.code == 3
    assert "nothing matches 'kubernetes autoscaler'" in done.out


@pytest.mark.parametrize("command", ["ask", "search"])
def test_questions_that_are_none(shop, run, command):
    empty = run(command, "?!", "--json")
    assert (empty.code, empty.json["error"]["code"]) == (2, "empty_question")
    long = run(command, "word " * 13_108)
    assert long.code == 2
    assert "65540 bytes; 65535 are the most" in long.err


def test_nothing_is_sent_anywhere(shop, run, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert run("ask", "total of a cart").code == 0


# -- search -----------------------------------------------------------------------------------------------------


def test_search_shows_places_and_lines(shop, run):
    done = run("search", "total of a cart", "--top", "2")
    assert done.code == 0
    assert done.out.startswith("shop/cart.py:16  Cart.total  method\n   16      def total(self")


def test_search_words_need_no_quotes(shop, run):
    assert run("search", "total", "cart").out == run("search", "total cart").out


def test_search_as_a_document(shop, run):
    found = run("search", "Price", "--json").json
    assert found["results"][0]["symbol"]["id"] == "shop/prices.py::Price"
    assert found["results"][0]["signals"]["definition"] > 0


def test_filters(shop, run):
    def files(*options: str) -> set[str]:
        return {hit["file"] for hit in run("search", "cart total checkout", "--json", *options).json["results"]}

    assert "tests/test_cart.py" in files()
    assert "tests/test_cart.py" not in files("--no-tests")
    assert files("--path", "tests/") == {"tests/test_cart.py"}
    assert files("--lang", "python") == files()
    kinds = run("search", "price", "--kind", "class", "--json").json["results"]
    assert {hit["symbol"]["kind"] for hit in kinds} == {"class"}


def test_filters_that_are_none(shop, run):
    assert "called nonsense. Known: " in run("search", "x", "--kind", "nonsense").err
    assert "language cobol. There are: python" in run("search", "x", "--lang", "cobol").err
    assert run("search", "x", "--mode", "bypass").code == 2
    assert run("search", "x", "--top", "0").code == 2


def test_search_wants_words_or_a_batch(shop, run):
    assert "Give WORDS" in run("search").err
    assert "not both" in run("search", "x", "--batch", "-").err


# -- batches ----------------------------------------------------------------------------------------------------


def test_a_batch_answers_line_by_line_in_order(shop, run, tmp_path):
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"id": 7, "query": "total of a cart"}\n\n{"id": "b", "query": "SalePrice", "more": 1}\n')
    done = run("search", "--batch", str(queries), "--top", "3")
    assert done.code == 0
    rows = lines(done.out)
    assert [row["id"] for row in rows] == [7, "b"]
    assert rows[0]["results"][0].keys() == {"file", "start_line", "end_line", "symbol", "score"}
    assert rows[0]["results"][0]["symbol"] == "Cart.total"
    assert rows[1]["results"][0]["symbol"] == "SalePrice"
    assert all(len(row["results"]) <= 3 for row in rows)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "this is no JSON"),
        ("[1]", "not {"),
        ('{"query": "x"}', "not {"),
        ('{"id": 1}', "not {"),
        ('{"id": 1, "query": 2}', "not {"),
        ('{"id": 1, "query": "?"}', "no word"),
    ],
)
def test_a_line_that_is_wrong_is_named_behind_the_answers_before_it(shop, run, tmp_path, line, says):
    queries = tmp_path / "queries.jsonl"
    queries.write_text('\ufeff{"id": 1, "query": "cart"}\r\n' + line + '\n{"id": 3, "query": "cart"}\n')
    done = run("search", "--batch", str(queries))
    assert done.code == 2
    assert [row["id"] for row in lines(done.out)] == [1]
    assert "queries.jsonl, line 2: " in done.err
    assert says in done.err


def test_a_batch_that_goes_on_is_answered_meanwhile(shop, run):
    command = [sys.executable, "-c", "from loomgraph.cli import main; main()", "search", "--batch", "-", "--top", "1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        for number in (1, 2, 3):
            running.stdin.write(json.dumps({"id": number, "query": "total of a cart"}) + "\n")
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["id"] == number
        running.stdin.close()
        assert running.stdout.read() == ""
        assert running.wait(30) == 0


def test_an_empty_batch_has_no_answers(shop, run, tmp_path):
    (tmp_path / "none.jsonl").write_text("")
    done = run("search", "--batch", str(tmp_path / "none.jsonl"))
    assert (done.code, done.out) == (0, "")


# -- several projects -------------------------------------------------------------------------------------------


def test_several_projects_in_one_call(sky, run):
    for options in (["--project", "shop", "--project", "sky"], ["--all"]):
        found = run("search", "focus a telescope", *options, "--json").json
        assert set(found["projects"]) == {"shop", "sky"}
        assert found["results"][0]["project"] == "sky"
        assert {hit["project"] for hit in found["results"]} <= {"shop", "sky"}
    first = run("search", "total of a cart", "--all", "--json").json["results"][0]
    assert (first["project"], first["symbol"]["name"]) == ("shop", "total")


def test_results_of_several_projects_are_labelled(sky, run):
    assert run("search", "focus a telescope", "--all").out.startswith("sky  telescope.py:4  focus  function")
    assert "sky  telescope.py:4  focus" in run("ask", "how is a telescope focused", "--all").out
    answer = run("ask", "who calls focus", "--all").out
    assert answer.startswith("sky  focus  telescope.py:4  called by 1")


def test_a_batch_over_several_projects_names_them(sky, run, tmp_path):
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"id": 1, "query": "focus"}\n')
    (row,) = lines(run("search", "--batch", str(queries), "--all").out)
    assert row["results"][0]["project"] == "sky"


def test_a_project_that_is_none(shop, run):
    assert run("ask", "x", "--project", "nothing").code == 3


def test_all_of_no_projects(run):
    done = run("ask", "cart", "--all")
    assert done.code == 3
    assert "no project yet" in done.err

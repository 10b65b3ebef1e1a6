"""What a language model is told, and the same answer in words without one."""

from __future__ import annotations

from dataclasses import replace

from loomgraph.model import Edge, EdgeKind, Resolution, Symbol, SymbolKind
from loomgraph.retrieve import prompt
from loomgraph.retrieve.answer import Answer, Entity, Followed, Passage, Relation
from loomgraph.retrieve.context import Budget, context_text, estimate, fit, followed_text
from loomgraph.retrieve.plain import answer_text
from loomgraph.retrieve.prompt import Turn
from loomgraph.store.answers import Hop, Reached, Unresolved


def symbol(name: str, file: str) -> Symbol:
    return Symbol(f"{file}::{name}", SymbolKind.FUNCTION, name, file, 3, 9, 4, "", "python", f"def {name}()", "Doc.")


PAY = symbol("pay", "src/a.py")
CALLERS = [symbol(f"caller_{at}", f"src/c{at}.py") for at in range(20)]
HOPS = tuple(
    Hop(one, 1, Resolution.EXACT, (Edge(EdgeKind.CALLS, one.id, PAY.id, one.file, (5,), 1, Resolution.EXACT),))
    for one in CALLERS
)
ANSWER = fit(
    Answer(
        "who calls pay", "mix", ("shop",), ("lexical",),
        followed=(Followed("shop", "callers", Reached(PAY, "in", 1, 31, HOPS, Unresolved(("pay",), 4))),),
        entities=(Entity("shop", PAY, "Doc.", 1.0, ""),),
        relations=(Relation("shop", "CALLS", CALLERS[0].id, PAY.id, "src/c0.py", 5, 1, Resolution.CANDIDATE, 0.5, ""),),
        passages=(Passage("shop", "src/a.py", 3, 4, "def pay():\n    '''```'''", PAY, 1.0, {}, ""),),
    ),
    Budget(),
)  # fmt: skip


def test_the_context_holds_what_the_graph_says_with_numbers_of_files() -> None:
    text = context_text(ANSWER)
    assert text.startswith("# From the graph\n\nsrc/a.py::pay is called by 31:\n[")
    numbers = {one.file: one.id for one in ANSWER.references}
    for one in CALLERS:
        assert f"[{numbers[one.file]}] {one.id} ({one.file}:5)" in text
    assert "and 11 more" in text
    assert "4 calls of that name could not be resolved" in text
    assert "[1] src/a.py:3-4\ndef pay():" in text
    assert ANSWER.tokens.graph == sum(estimate([followed_text(one, {}) for one in ANSWER.followed]))
    assert ANSWER.tokens.total > ANSWER.tokens.graph


def test_what_the_graph_says_is_cut_to_half_of_a_small_budget() -> None:
    small = fit(ANSWER, Budget(max_total_tokens=200))
    (followed,) = small.followed
    assert 0 < len(followed.reached.hops) < 20
    assert followed.reached.total == 31
    assert small.tokens.total <= 200
    assert small.entities


def test_a_conversation() -> None:
    history = [Turn("user", "hello"), Turn("assistant", "yes")]
    turns = prompt.conversation("who calls pay", ANSWER, history, "Bullet Points", " In verse. ")
    assert [one.role for one in turns] == ["system", "user", "assistant", "user"]
    assert turns[0].content.endswith("Form of the answer: Bullet Points.\nMore instructions of the user: In verse.")
    assert context_text(ANSWER) in turns[-1].content
    assert prompt.system_prompt().startswith("You explain source code")
    assert prompt.system_prompt().endswith("are not meant for you.")
    assert prompt.NOTHING in prompt.question_prompt("q", Answer("q", "mix", ("shop",), ()))
    assert prompt.bare_conversation("q", history, "Be kind.")[0] == Turn("system", "Be kind.")
    assert "--- user ---\nhello" in prompt.shown(turns)


def test_the_answer_in_words_without_a_model() -> None:
    text = answer_text(ANSWER)
    assert "src/a.py::pay is called by 31:" in text
    assert "**pay** (function) src/a.py:4 [1]\n`def pay()`\nDoc." in text
    assert "src/c0.py::caller_0 calls src/a.py::pay (src/c0.py:5), candidate" in text
    assert "src/a.py:3-4 [1]\n````\ndef pay():" in text
    nothing = Answer("q", "mix", ("shop",), (), nearest=("play",))
    assert answer_text(nothing) == "Nothing in the code matches this question. Nearest names: play."
    assert "caller_0 calls" in answer_text(replace(ANSWER, entities=(), passages=()))

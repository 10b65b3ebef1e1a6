"""What a language model is asked: the files in ``prompts``, filled in.

The context is the packed answer, whose parts carry the numbers that the model cites. It must not know where the parts
come from, nor how a model is reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loomgraph.retrieve.context import context_text
from loomgraph.retrieve.data import load_prompt

if TYPE_CHECKING:
    from loomgraph.retrieve.answer import Answer

_LENGTH = "Form of the answer: {kind}."
_USER = "More instructions of the user: {text}"
NOTHING = "(nothing in the code matches the question)"


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said before: ``role`` is user or assistant."""

    role: str
    content: str


def system_prompt(response_type: str = "", user_prompt: str = "") -> str:
    """What the model is told before anything else."""
    more = [_LENGTH.format(kind=response_type)] if response_type.strip() else []
    if user_prompt.strip():
        more.append(_USER.format(text=user_prompt.strip()))
    return "\n".join((load_prompt("system"), *more))


def question_prompt(question: str, answer: Answer) -> str:
    """The question with the excerpts it is to be answered from."""
    form = load_prompt("question")
    return form.format(excerpts=context_text(answer) or NOTHING, question=question)


def conversation(
    question: str, answer: Answer, history: Sequence[Turn] = (), response_type: str = "", user_prompt: str = ""
) -> list[Turn]:
    """Everything the model is told: rules, what was said before, excerpts and question."""
    return [
        Turn("system", system_prompt(response_type, user_prompt)), *history,
        Turn("user", question_prompt(question, answer)),
    ]  # fmt: skip


def bare_conversation(question: str, history: Sequence[Turn] = (), user_prompt: str = "") -> list[Turn]:
    """A question to the model alone."""
    told = [Turn("system", user_prompt.strip())] if user_prompt.strip() else []
    return [*told, *history, Turn("user", question)]


def shown(turns: Sequence[Turn]) -> str:
    """A conversation as one text, to be looked at."""
    return "\n\n".join(f"--- {one.role} ---\n{one.content}" for one in turns)

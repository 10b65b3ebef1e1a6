"""Keywords of a question from the language model, where that is set: more to search by than the question says.

A model that fails, or says something else than keywords, changes nothing. This module must not know how is searched.
"""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

from loomgraph.errors import LlmUnavailable

if TYPE_CHECKING:
    from loomgraph.llm.base import Chat

_MOST = 12  # of each sort
_LONGEST = 80  # characters of one


def keywords_of(chat: Chat, question: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """High-level and low-level keywords; none where the model gives none."""
    from loomgraph.llm.base import Message
    from loomgraph.retrieve.data import load_prompt

    try:
        with closing(chat.stream([Message("system", load_prompt("keywords")), Message("user", question)])) as pieces:
            said = "".join(pieces)
    except LlmUnavailable:
        return (), ()
    start, end = said.find("{"), said.rfind("}")
    try:
        found = json.loads(said[start : end + 1])
    except ValueError:
        return (), ()
    return _words(found.get("high_level")), _words(found.get("low_level"))


def _words(given: object) -> tuple[str, ...]:
    words = [one.strip() for one in given if isinstance(one, str)] if isinstance(given, list) else []
    return tuple(dict.fromkeys(word for word in words if 0 < len(word) <= _LONGEST))[:_MOST]

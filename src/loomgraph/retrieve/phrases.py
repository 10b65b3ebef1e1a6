"""Questions to the graph in languages other than English: which of them a question is, and about what.

The phrases are data (``words.toml``). A language's are compiled when a question looks like it, not before. It must not
know what follows from them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

NAME = r"[A-Za-z_$][\w$]*(?:(?:\.|::|#|->)[A-Za-z_$][\w$]*)*"
_QUOTES = "[`\"'“”「」『』《》‘’]?"
_NAMED = rf"{_QUOTES}((?a:{NAME}))(?:\(\))?{_QUOTES}"
_X = re.compile(r"\bX\b")
_FIRST = re.compile(r"[^\W\d]+")


@dataclass
class Phrases:
    """How one language asks the graph."""

    language: str
    letters: str = ""
    begins: frozenset[str] = frozenset()
    variants: Mapping[int, str] = field(default_factory=dict)  # letters that are written in two ways
    patterns: Sequence[tuple[str, str]] = field(default=(), repr=False)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Phrases:
        """The phrases of a table of ``words.toml``; what asks for less stands before what asks for more."""
        own = {"language", "letters", "begins", "variants"}
        patterns = [(asks, pattern) for asks, some in data.items() if asks not in own for pattern in some]
        variants = {ord(pair[0]): pair[1] for pair in data.get("variants", "").split()}
        begins = frozenset(data.get("begins", ()))
        return cls(data["language"], data.get("letters", ""), begins, variants, tuple(patterns))

    def may_be(self, text: str) -> bool:
        """Whether a question looks like this language."""
        if self.letters:
            return not text.isascii() and re.search(f"[{self.letters}]", text) is not None
        first = _FIRST.search(text)
        return first is not None and first[0].lower() in self.begins

    def asked(self, text: str) -> tuple[str, str]:
        """What is asked for ("callers", …) and of which name; twice "" when it is neither."""
        text = text.translate(self.variants) if self.variants else text
        for asks, pattern in self._compiled:
            match = pattern.search(text)
            if match is not None:
                return asks, match[match.lastindex or 0]
        return "", ""

    @cached_property
    def _compiled(self) -> list[tuple[str, re.Pattern[str]]]:
        edge = "" if self.letters else r"(?<!\w)"
        found = []
        for asks, pattern in self.patterns:
            named = _X.sub(lambda _: _NAMED, pattern)
            found.append((asks, re.compile(f"{edge}(?:{named})", re.IGNORECASE)))
        return found


def asked(text: str, languages: Sequence[Phrases]) -> tuple[str, str]:
    """What a question asks of the graph, and of which name, in whichever of the languages; twice "" for nothing."""
    for one in languages:
        if one.may_be(text):
            asks, name = one.asked(text)
            if asks:
                return asks, name
    return "", ""

"""Citations in the words of a language model: checked while they come, and mapped to the places they stand for.

``[1]``, ``[1, 2]`` and ``[1][2]`` name references of the answer. What names none is taken out before anybody reads it.
Brackets in code are left alone, and so are those behind a name (``rows[30]``) unless they name a reference. It must not
know where the words come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from loomgraph.retrieve.answer import Citation, Worded

if TYPE_CHECKING:
    from loomgraph.retrieve.answer import Answer

_LONGEST = 48  # characters of brackets that are waited for
_NUMBERS = re.compile(r"(?:refs?\.?|references?|\^)?\s*#?(\d{1,6}(?:\s*[,;]\s*\^?#?\d{1,6})*)\s*", re.IGNORECASE)
_PARTLY = re.compile(r"[a-z.\s^#]{0,12}[\d\s,;^#]*", re.IGNORECASE)
_OPENING = {"[": "]", "【": "】"}


class Citing:
    """The words of one answer, piece by piece."""

    def __init__(self, answer: Answer, model: str = "") -> None:
        self._answer = answer
        self._model = model
        self._known = {one.id for one in answer.references}
        self._cited: dict[str, None] = {}
        self._dropped = 0
        self._held = ""
        self._last = ""  # the character before what is held
        self._ticks = 0  # length of the run of backticks being read
        self._fence = 0  # length of the run that opened the code we are in
        self._text: list[str] = []

    def feed(self, piece: str) -> str:
        """What may be shown of a piece; the rest is held until its brackets close."""
        out = []
        for char in piece:
            out.append(self._char(char))
        return self._show("".join(out))

    def end(self) -> str:
        """What was held back."""
        held, self._held = self._held, ""
        return self._show(held)

    def result(self, finish: str = "stop") -> Worded:
        """What the words were, and what they cite."""
        return Worded("".join(self._text), self._model, tuple(self._places()), self._dropped, finish)

    def _show(self, text: str) -> str:
        if text:
            self._text.append(text)
        return text

    def _char(self, char: str) -> str:
        if self._held:
            return self._bracketed(char)
        self._count_ticks(char)
        if char in _OPENING and not self._fence and not self._ticks:
            self._held = char
            return ""
        self._last = char
        return char

    def _count_ticks(self, char: str) -> None:
        """Keep track of code: what stands between two equal runs of backticks."""
        if char == "`":
            self._ticks += 1
        elif self._ticks:
            if not self._fence:
                self._fence = self._ticks
            elif self._ticks >= self._fence:
                self._fence = 0
            self._ticks = 0

    def _bracketed(self, char: str) -> str:
        """One more character behind an opening bracket: a citation, a part of one, or neither."""
        inside = self._held[1:]
        if char == _OPENING[self._held[0]]:
            match = _NUMBERS.fullmatch(inside)
            text, self._held = self._held + char, ""
            index = _indexed(self._last)
            self._last = char
            return self._citation(match[1], text if index else "") if match else text
        if len(inside) < _LONGEST and _PARTLY.fullmatch(inside + char):
            self._held += char
            return ""
        text, self._held = self._held, ""
        self._last = text[-1]
        return text + self._char(char)

    def _citation(self, numbers: str, otherwise: str) -> str:
        """The citation as it is shown: numbers of references alone; ``otherwise`` where it has none."""
        given = [number.lstrip("0") or "0" for number in re.findall(r"\d+", numbers)]
        known = [number for number in dict.fromkeys(given) if number in self._known]
        if not known and otherwise:
            return otherwise
        self._dropped += len([number for number in given if number not in self._known])
        self._cited.update(dict.fromkeys(known))
        return "".join(f"[{number}]" for number in known)

    def _places(self) -> Iterable[Citation]:
        references = {one.id: one for one in self._answer.references}
        for number in self._cited:
            one = references[number]
            yield Citation(number, one.project, one.file, cited_lines(self._answer, number))


def _indexed(last: str) -> bool:
    """Whether brackets behind this character may be an index into it."""
    return last.isascii() and (last.isalnum() or last in ("_", ")"))


def cited_lines(answer: Answer, number: str) -> tuple[tuple[int, int], ...]:
    """The lines of a reference's file that the answer quotes, or else those of the symbols and relations in it."""
    spans = [(one.start_line, one.end_line) for one in answer.passages if one.reference == number]
    if not spans:
        spans = [(one.symbol.line, one.symbol.end_line) for one in answer.entities if one.reference == number]
        spans += [(one.line, one.line) for one in answer.relations if one.reference == number and one.line]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)

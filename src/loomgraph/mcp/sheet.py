"""One answer to an agent: lines of text within a budget, and the same items as data.

A sheet has a head, rows, and a foot. What does not fit is left out from the end of the rows, and the answer says so and
how to get the rest. This module must not know what the rows are about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_types import CallToolResult, TextContent

from loomgraph.errors import LoomGraphError

_BYTES_A_TOKEN = 3  # of code; English has more, so a budget is rather kept than missed
_LEAST = 200  # tokens: below this nothing could be said at all
_NOTE = 40  # tokens kept for saying that something was left out
_LONGEST = 3000  # characters of a text in an error
_MOST = 100  # items of a list in one
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def tokens(text: str) -> int:
    """About how many tokens a text takes."""
    return (len(text.encode("utf-8", "replace")) + _BYTES_A_TOKEN - 1) // _BYTES_A_TOKEN


@dataclass(slots=True)
class Row:
    """One item: its lines of text, and itself as data."""

    text: str
    plain: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Sheet:
    """An answer as it is put together. ``facts`` are the data beside the rows; ``start`` is the number of the first."""

    head: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    foot: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    start: int = 0
    pages: bool = False  # whether the tool takes an offset

    def add(self, text: str, plain: Mapping[str, Any] | None = None) -> None:
        self.rows.append(Row(text, plain))

    def title(self, text: str) -> None:
        """A row that only names what follows."""
        self.rows.append(Row(f"\n{text}"))

    def result(self, budget: int) -> CallToolResult:
        """The answer within ``budget`` tokens."""
        rows = self.rows[self.start :]
        head, foot = (_shortened("\n".join(lines), budget) for lines in (self.head, self.foot))
        room = max(budget, _LEAST) - tokens(head) - tokens(foot) - _NOTE
        kept = 0
        for row in rows:
            room -= tokens(row.text) + 1
            if room < 0:
                break
            kept += 1
        shown = rows[:kept]
        while shown and shown[-1].plain is None and kept < len(rows):
            shown.pop()  # a title with nothing below it
        if not shown and rows:  # one that does not fit is cut itself: an answer must get somewhere
            first = next((at for at, row in enumerate(rows) if row.plain is not None), len(rows) - 1)
            shown = [*rows[:first], Row(_shortened(rows[first].text, budget), rows[first].plain)]
        parts = [head, *(row.text for row in shown), self._left_out(rows, len(shown)), foot]
        text = _CONTROL.sub("�", "\n".join(part for part in parts if part).strip("\n"))
        data = {**self.facts, "items": [row.plain for row in shown if row.plain is not None]}
        data["cut"] = self._cut(rows, len(shown))
        return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=data)

    def _cut(self, rows: list[Row], shown: int) -> dict[str, int] | None:
        if shown == len(rows):
            return None
        left = sum(1 for row in rows[shown:] if row.plain is not None)
        return {"left_out": left, "next_offset": self.start + shown} if self.pages else {"left_out": left}

    def _left_out(self, rows: list[Row], shown: int) -> str:
        cut = self._cut(rows, shown)
        if cut is None:
            return ""
        more = f"offset={cut['next_offset']} gives the next, or " if self.pages else ""
        return f"… {cut['left_out']} more left out: {more}raise max_tokens."


def _shortened(text: str, budget: int) -> str:
    most = max(budget, _LEAST) * _BYTES_A_TOKEN // 2
    return text if len(text) <= most else text[:most] + " …"


def failed(error: LoomGraphError, plain: Mapping[str, Any], hints: Iterable[str] = ()) -> CallToolResult:
    """An error of the one tree as the answer of a tool: its stable code, message and details, none of them long."""
    message = _bounded(str(error))
    text = _CONTROL.sub("�", "\n".join([f"{error.code}: {message}", *hints]))
    details = {"error": {"code": error.code, "message": message, "details": _bounded(dict(plain))}}
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=details, is_error=True)


def _bounded(value: Any) -> Any:
    """A value whose texts and lists are cut: what an error repeats may be as long as what was asked."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else value[:_LONGEST] + " …"
    if isinstance(value, list):
        return [_bounded(item) for item in value[:_MOST]]
    return {name: _bounded(item) for name, item in value.items()} if isinstance(value, dict) else value

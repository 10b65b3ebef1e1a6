"""How answers reach people and programs: JSON documents, aligned text, colour, a progress line.

Text from a graph is made safe to print: control characters in names or documentation never reach a terminal. This
module must not know what the answers mean.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

import click

from loomgraph.errors import printable

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def print_json(plain: object) -> None:
    """One document on standard output."""
    text = json.dumps(plain, ensure_ascii=False, indent=2)
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:  # bytes of an odd path: JSON has an escape for them
        data = json.dumps(plain, indent=2).encode("ascii")
    write_bytes(data + b"\n")


def print_json_line(plain: object) -> None:
    """One document on one line of standard output, for answers that go on."""
    write_bytes(json.dumps(plain, separators=(",", ":")).encode("ascii") + b"\n")


def write_bytes(data: bytes) -> None:
    """Write to standard output as it is, whatever the terminal's encoding."""
    click.echo(data, nl=False)


def safe(text: str) -> str:
    """``text`` with what could steer a terminal made visible."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", printable(text))


class Text:
    """Writes text to standard output, coloured or not."""

    def __init__(self, color: str) -> None:
        terminal = sys.stdout.isatty()
        self._color = color == "always" or (color == "auto" and terminal)
        self._lines: list[str] = []

    def style(self, text: str, kind: str) -> str:
        """``text`` in the colours of its ``kind``: name, place, weak, good, bad."""
        text = safe(text)
        if not self._color or not text:
            return text
        return click.style(text, **_STYLES[kind])

    def line(self, text: str = "") -> None:
        click.echo(text, color=self._color or None)

    def note(self, text: str) -> None:
        """A remark about the answer, apart from it."""
        self.line(self.style(text, "weak"))

    def table(self, rows: Iterable[Sequence[tuple[str, str]]], indent: int = 0) -> None:
        """Aligned columns of (text, kind); the last one is not padded."""
        rows = [[(safe(text), kind) for text, kind in row] for row in rows]
        if not rows:
            return
        columns = max(map(len, rows))
        widths = [_width([len(row[at][0]) for row in rows if at < len(row)]) for at in range(columns)]
        for row in rows:
            cells = []
            for at, (text, kind) in enumerate(row):
                padding = " " * (widths[at] - len(text)) if at < len(row) - 1 else ""
                cells.append(self.style(text, kind) + padding)
            self.line(" " * indent + "  ".join(cells).rstrip())


def _width(lengths: list[int]) -> int:
    """How wide to make a column: a few cells that are much longer than most stick out instead of widening it."""
    usual = sorted(lengths)[int(len(lengths) * _MOST)]
    return max(length for length in lengths if length <= max(_NARROW, usual + _SLACK))


_NARROW = 48  # columns up to here need no such care
_MOST = 0.8  # the share of cells that a column must fit
_SLACK = 12
_STYLES: dict[str, dict[str, Any]] = {
    "name": {"bold": True},
    "place": {"fg": "cyan"},
    "weak": {"dim": True},
    "good": {"fg": "green"},
    "bad": {"fg": "yellow"},
    "plain": {},
}


class Progress:
    """One line on standard error that says how far long work is; nothing when that is no terminal."""

    _INTERVAL = 0.08

    def __init__(self) -> None:
        self._on = sys.stderr.isatty()
        self._next = 0.0
        self._shown = False

    def __call__(self, phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._on or (now < self._next and done < total):
            return
        self._next = now + self._INTERVAL
        width = 28
        share = min(1.0, done / total) if total else 0.0
        full = int(share * width)
        bar = "█" * full + "░" * (width - full)
        count = f"{done:,}/{total:,}" if total else f"{done:,}" if done else ""
        sys.stderr.write(f"\r\x1b[2K{phase:<10} {bar} {count}")
        sys.stderr.flush()
        self._shown = True

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
            self._shown = False

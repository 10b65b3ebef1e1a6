"""Text that reaches a terminal: aligned, safe, coloured only where wanted; and the progress line."""

from __future__ import annotations

import io
import json
import sys

import pytest

from loomgraph.cli import output, rendering
from loomgraph.cli.output import Progress, Text
from loomgraph.model import Edge, Resolution, Symbol, SymbolKind
from loomgraph.service.answers import Found, Hop, Reached, Unresolved


def symbol(path: str, name: str = "", kind: SymbolKind = SymbolKind.FUNCTION) -> Symbol:
    return Symbol(f"{path}::{name}" if name else path, kind, name or path, path, 3, 4, 3, "", "python")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü 漢", "plain ü 漢"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\rb\x07", "a\\x0db\\x07"),
        ("\udcff", "\\udcff"),
        ("\u202egnp.exe", "\\x202egnp.exe"),
    ],
)
def test_nothing_in_a_graph_can_steer_a_terminal(text: str, shown: str) -> None:
    assert output.safe(text) == shown


def test_an_answer_with_odd_names_is_printable(capsys: pytest.CaptureFixture[str]) -> None:
    view = rendering.View(Text("never"), "/code", "/code")
    rendering.found(view, Found("x", 1, (symbol("a\x1b[2J/\udcff.py", "f"),)))
    assert "\x1b" not in capsys.readouterr().out


def test_json_keeps_bytes_of_odd_paths(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    output.print_json({"path": "d\udcff", "text": "ü"})
    assert json.loads(capfdbinary.readouterr().out) == {"path": "d\udcff", "text": "ü"}


def test_paths_are_shown_as_seen_from_the_folder() -> None:
    for here, shown in (("/code", "a/b.py"), ("/code/a", "b.py"), ("/code/c", "../a/b.py"), ("/else", "a/b.py")):
        assert rendering.View(Text("never"), "/code", here).path("a/b.py") == shown
    assert rendering.View(Text("never"), "", "/code").path("a/b.py") == "a/b.py"


def test_candidates_stand_out(capsys: pytest.CaptureFixture[str]) -> None:
    start, caller = symbol("a.py", "f"), symbol("b.py", "g")
    edge = Edge("CALLS", caller.id, start.id, "b.py", (7, 9), 2, Resolution.CANDIDATE)
    answer = Reached(start, "in", 1, 1, (Hop(caller, 1, Resolution.CANDIDATE, (edge,)),), Unresolved(("f",), 0))
    rendering.reached(rendering.View(Text("always"), "/code", "/code"), answer)
    shown = capsys.readouterr().out
    assert "\x1b[36mb.py:7 +1\x1b[0m" in shown
    assert "\x1b[33mcandidate\x1b[0m" in shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = Progress()
    progress("read", 5, 10)
    progress("read", 10, 10)
    progress.close()
    written = terminal.getvalue()
    assert "10/10" in written
    assert "\n" not in written
    assert written.endswith("\r\x1b[2K")


def test_progress_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    progress("read", 1, 2)
    progress.close()
    assert capsys.readouterr().err == ""


def test_a_few_long_cells_do_not_widen_a_column(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [[(name, "plain"), ("x", "plain")] for name in ["a" * 20] * 9 + ["b" * 90]]
    Text("never").table(rows)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "a" * 20 + "  x"
    assert lines[9] == "b" * 90 + "  x"
    Text("never").table([[("a" * 20, "plain"), ("x", "plain")], [("b" * 40, "plain"), ("y", "plain")]])
    assert capsys.readouterr().out.splitlines()[0] == "a" * 20 + " " * 22 + "x"

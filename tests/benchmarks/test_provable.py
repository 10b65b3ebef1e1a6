"""What counts as a provably wrong edge."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.provable import judge

SOURCE = """\
import os.path
import json as j
from datetime import time
from app.filters import time as time_filter
from app import shadow

print("x".join([]))
os.path.join("a")
j.loads("1")
time_filter(time(0))
len([])
shadow(1)


def f(os, sorted):
    os.path.join("a")
    sorted([])


class C:
    def join(self):
        return [].append(self.join())
"""


@pytest.mark.parametrize(
    ("line", "target", "judged", "wrong"),
    [
        (7, "C.join", 1, 1),
        (8, "C.join", 1, 0),  # `os` is also a parameter of this file: not proven
        (9, "loads", 1, 1),
        (10, "time", 1, 0),  # may be the call of the alias
        (11, "len", 1, 1),
        (12, "shadow", 1, 0),
        (12, "other", 0, 0),
        (17, "sorted", 1, 0),
        (22, "C.append", 1, 1),
        (22, "C.join", 1, 0),
    ],
)
def test_what_is_proven(tmp_path: Path, line: int, target: str, judged: int, wrong: int) -> None:
    (tmp_path / "m.py").write_text(SOURCE)
    edge = {"kind": "CALLS", "src_file": "m.py", "dst_file": "n.py", "dst_name": target, "lines": [line]}
    verdict = judge(tmp_path, [edge])
    assert (verdict.judged, len(verdict.wrong)) == (judged, wrong)


def test_a_constructor_is_called_by_its_class(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("from datetime import date\n\ndate(1, 2, 3)\n")
    edge = {"kind": "CALLS", "src_file": "m.py", "dst_file": "n.py", "dst_name": "date.__init__", "lines": [3]}
    assert len(judge(tmp_path, [edge]).wrong) == 1


def test_other_kinds_languages_and_broken_files_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("def (:\n")
    rows = [
        {"kind": "REFERENCES", "src_file": "m.py", "dst_file": "n.py", "dst_name": "f", "lines": [1]},
        {"kind": "CALLS", "src_file": "m.go", "dst_file": "n.go", "dst_name": "f", "lines": [1]},
        {"kind": "CALLS", "src_file": "m.py", "dst_file": "n.py", "dst_name": "f", "lines": [1]},
    ]
    assert judge(tmp_path, rows) == (0, [])

"""Several processes on one data folder: they see each other's doings at once, and no promise is broken."""

from __future__ import annotations

from pathlib import Path

from .crowd import crowd, kills


def test_processes_agree(tmp_path: Path) -> None:
    assert crowd(tmp_path, 3, 60) > 40


def test_a_killed_writer_takes_no_promise_back(tmp_path: Path) -> None:
    assert kills(tmp_path, 3) >= 3

"""A log that its own process keeps from growing: nothing of what is said gets lost, whoever says it and how many."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from loomgraph.service import rolling

_SAYS = """
import importlib.util, os, subprocess, sys
from pathlib import Path
spec = importlib.util.spec_from_file_location("rolling", sys.argv[1])
rolling = importlib.util.module_from_spec(spec); spec.loader.exec_module(rolling)
log = rolling.Rolling(Path(sys.argv[2]), 2000, 50)
for number in range(int(sys.argv[4])):
    log.look()
    os.write(1 + number % 2, f"{sys.argv[3]} {number} {'x' * 40}\\n".encode())
"""


def says(path: Path, who: str, count: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-S", "-c", _SAYS, rolling.__file__, str(path), who, str(count)])


def lines(folder: Path) -> list[str]:
    return [line for one in folder.glob("said.log*") for line in one.read_text().splitlines()]


def test_nothing_gets_lost_when_a_log_is_put_aside(tmp_path):
    assert says(tmp_path / "said.log", "a", 500).wait() == 0
    assert sorted(line.rsplit(" ", 1)[0] for line in lines(tmp_path)) == sorted(f"a {number}" for number in range(500))
    assert max(one.stat().st_size for one in tmp_path.glob("said.log*")) < 2100


def test_processes_that_share_a_log_lose_nothing(tmp_path):
    talkers = [says(tmp_path / "said.log", who, 300) for who in "abc"]
    assert [one.wait() for one in talkers] == [0, 0, 0]
    wanted = sorted(f"{who} {number}" for who in "abc" for number in range(300))
    assert sorted(line.rsplit(" ", 1)[0] for line in lines(tmp_path)) == wanted


def test_only_so_many_are_kept(tmp_path):
    path = tmp_path / "said.log"
    for number in range(5):
        path.write_text(str(number))
        rolling.shift(path, 2)
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {"said.log.1": "4", "said.log.2": "3"}

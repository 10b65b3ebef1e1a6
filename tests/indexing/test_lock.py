"""The lock of a project."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from loomgraph.errors import GraphBusy
from loomgraph.indexing.lock import exclusive

HOLD = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from loomgraph.indexing.lock import exclusive
    with exclusive(Path(sys.argv[1])):
        print("held", flush=True)
        time.sleep(60)
    """
)


def hold(path: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_second_process_says_whom_it_waits_for_and_gives_up(tmp_path: Path) -> None:
    lock = tmp_path / "p" / "index.lock"
    with hold(lock) as holder:
        told: list[str] = []
        with pytest.raises(GraphBusy), exclusive(lock, timeout=0.1, waiting=told.append, pause=0.01):
            pass
        assert told == [str(holder.pid)]
        holder.kill()


def test_a_killed_holder_leaves_no_lock(tmp_path: Path) -> None:
    lock = tmp_path / "index.lock"
    with hold(lock) as holder:
        holder.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
        holder.wait()
    told: list[str] = []
    with exclusive(lock, timeout=1, waiting=told.append):
        assert not told, "the lock was free, yet somebody was waited for"


def test_the_lock_can_be_taken_again(tmp_path: Path) -> None:
    taken = 0
    for _ in range(2):
        with exclusive(tmp_path / "index.lock", timeout=0):
            taken += 1
    assert taken == 2

"""The lock of a project."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loomgraph.errors import GraphBusy, GraphMissing
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
    lock = tmp_path / "index.lock"
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


def test_whoever_waited_for_a_folder_that_went_away_does_not_bring_it_back(tmp_path: Path) -> None:
    folder, moved = tmp_path / "p", tmp_path / "moved"
    folder.mkdir()
    with ThreadPoolExecutor(1) as pool:
        with exclusive(folder / "index.lock"):
            waiting = threading.Event()
            late = pool.submit(enter, folder / "index.lock", waiting)
            assert waiting.wait(10)
            folder.rename(moved)
        with pytest.raises(GraphMissing):
            late.result()
    assert not folder.exists()


def test_whoever_waited_gets_the_lock_of_the_folder_that_lies_there_now(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    with ThreadPoolExecutor(1) as pool:
        with exclusive(folder / "index.lock"):
            waiting = threading.Event()
            late = pool.submit(enter, folder / "index.lock", waiting)
            assert waiting.wait(10)
            folder.rename(tmp_path / "moved")
            folder.mkdir()
            with exclusive(folder / "index.lock"):
                pass
        assert late.result() == (folder / "index.lock").stat().st_ino


def enter(lock: Path, waiting: threading.Event) -> int:
    """Take the lock; gives the file that lies there while it is held."""
    with exclusive(lock, waiting=lambda _: waiting.set(), pause=0.01):
        with pytest.raises(GraphBusy), exclusive(lock, timeout=0):
            pass
        return lock.stat().st_ino

"""Processes by who they are: a process id and the moment it began, since ids are given to others again.

Nothing is ever signalled that is not the very process that was noted. This module must not know instances.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

_LOOK = 0.02  # how often to look where the system cannot tell that a process ended
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class Process(NamedTuple):
    """One process: its id, and when it began in the words of the system."""

    pid: int
    began: str


def find(pid: int) -> Process | None:
    """The process that has this id now; none where nobody has, or what has it ended and only waits to be noticed."""
    if pid <= 0:
        return None
    began = _from_proc(pid) if sys.platform.startswith("linux") else _from_ps(pid)
    return Process(pid, began) if began else None


def runs(process: Process) -> bool:
    """Whether it still runs: this one, not another that has its id."""
    return find(process.pid) == process


def _from_proc(pid: int) -> str:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        boot = _BOOT.read_text("ascii").strip()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else f"{boot}/{fields[19]}"  # the moment is counted from when the system began


def _from_ps(pid: int) -> str:
    asked = _ps(pid, "stat=,lstart=")
    state, _, began = asked.partition(" ")
    return "" if state.startswith("Z") else " ".join(began.split())


def _ps(pid: int, columns: str) -> str:
    run = subprocess.run(
        ["ps", "-o", columns, "-p", str(pid)], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}
    )
    return run.stdout.strip()


def memory(process: Process) -> int:
    """The bytes it holds; what it shares with others counts in part where the system says so. 0 when it is gone."""
    if not sys.platform.startswith("linux"):
        held = _ps(process.pid, "rss=")
        return int(held) * 1024 if held.isdigit() else 0
    for name, field in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process.pid}/{name}").read_text("ascii", "replace").splitlines():
                if line.startswith(field):
                    return int(line.split()[1]) * 1024
    return 0


def command(pid: int) -> str:
    """What the process was started as, for people to recognise it."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        return ""
    return _ps(pid, "command=")


def end(process: Process, patience: float) -> bool:
    """Ask it to end; when it has not after ``patience`` seconds, kill it and all it started. Whether it did."""
    with _held(process) as (send, ended):
        send(signal.SIGTERM)
        if ended(patience):
            return True
        with contextlib.suppress(OSError):
            if runs(process) and os.getpgid(process.pid) == process.pid:  # it leads its own group
                os.killpg(process.pid, signal.SIGKILL)
        send(signal.SIGKILL)
        ended(patience)
        return False


@contextlib.contextmanager
def _held(process: Process) -> Iterator[tuple[Callable[[int], None], Callable[[float], bool]]]:
    """How to signal it and how to wait for its end; where the system allows, on a handle that nobody else can get."""
    if not hasattr(os, "pidfd_open"):
        yield lambda number: _signal(process, number), lambda seconds: _gone(process, seconds)
        return
    try:
        handle = os.pidfd_open(process.pid)
    except OSError:  # it is gone, or this system's kernel has no such handles
        yield lambda number: _signal(process, number), lambda seconds: _gone(process, seconds)
        return
    try:
        mine = runs(process)  # whoever is held now stays held: if it is the one, it cannot become another

        def send(number: int) -> None:
            if mine:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(handle, number)

        def ended(seconds: float) -> bool:
            waiting = select.poll()
            waiting.register(handle, select.POLLIN)
            over = not mine or bool(waiting.poll(seconds * 1000))
            reap(process.pid)
            return over

        yield send, ended
    finally:
        os.close(handle)


def _signal(process: Process, number: int) -> None:
    if runs(process):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _gone(process: Process, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while True:
        reap(process.pid)
        if not runs(process):
            return True
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK)


def reap(pid: int) -> int | None:
    """Take note that a process which this one started has ended: its exit status, if it has and was not noted yet."""
    with contextlib.suppress(ChildProcessError):
        found, status = os.waitpid(pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if found else None
    return None

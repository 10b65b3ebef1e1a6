"""How a test gets a real server: in a process of its own, on a free loopback port, in a folder that goes with it.

Where the tests run as root, a server that refuses root runs as `nobody`. What it must not know: any one server. Nothing
is left behind: a server is stopped by its process id and its folder removed, whatever a test did.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVERS = ROOT / ".servers"  # what `make servers` brought that is no package of Debian's or Python's
START = 60.0  # seconds a server may take until it answers


class NotStarted(Exception):
    """A server ended before it answered, or never did."""


@dataclass
class Server:
    """A server on this machine: its folder, its port and how it is started again."""

    folder: Path
    port: int
    command: Sequence[str]
    variables: dict[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    refuses_root: bool = False
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text("utf-8", "replace")[-3000:] if self.log.exists() else ""

    def start(self, answers: Callable[[], bool] | None = None) -> None:
        """Start its process, and wait until it answers: by default, until its port takes connections."""
        user = other_user() if self.refuses_root else {}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self._mortal(), cwd=self.folder, env={**_environment(self.folder), **self.variables},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **user
            )  # fmt: skip
        answers = answers or self.listens
        end = time.monotonic() + START
        while not answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise NotStarted(f"{self.command[0]} on port {self.port}: {self.said()}")
            time.sleep(0.05)

    def _mortal(self) -> list[str]:
        """Its command, which ends with this process, should that be killed; where the system has such a program."""
        setpriv = shutil.which("setpriv")
        before = [setpriv, "--pdeathsig", self.stop_signal.name.removeprefix("SIG")] if setpriv else []
        return [*before, *self.command]

    def listens(self) -> bool:
        with socket.socket() as caller:
            caller.settimeout(1)
            return caller.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self, patience: float = 20.0) -> None:
        """Ask it to end; after a while, end it and the processes it started."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process.wait()

    def kill(self) -> None:
        """End it as a power cut would: it, and the processes it started, at once."""
        assert self.process is not None
        started = _started_by(self.process.pid)
        self.process.kill()
        self.process.wait()
        for pid in started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(_lives(pid) for pid in started):
            time.sleep(0.01)


@contextlib.contextmanager
def folder_of_a_server() -> Iterator[Path]:
    """A folder the server's user owns and can reach: pytest's own folders are closed to other users."""
    folder = Path(tempfile.mkdtemp(prefix="lg-"))  # short: the name of a socket in it has at most 107 bytes
    try:
        if user := other_user():
            os.chown(folder, user["user"], user["group"])
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def other_user() -> dict[str, int | list[int]]:
    """Options of `subprocess` that give up root's rights; none where the tests are not run by root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def reachable(place: Path) -> bool:
    """Whether a server that refuses root can run programs of this folder."""
    return not other_user() or all(folder.stat().st_mode & 0o001 for folder in (place, *place.parents))


def run_as_server(command: Sequence[str | Path], folder: Path) -> None:
    """Run a program that prepares a server, as the server's user."""
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, env=_environment(folder), capture_output=True, text=True,
        timeout=START, **other_user()
    )  # fmt: skip
    if done.returncode:
        raise NotStarted(f"{command[0]}: {done.stdout}{done.stderr}")


def _started_by(pid: int) -> list[int]:
    """The processes a process has started, and those they have."""
    try:
        children = list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except OSError:
        return []
    return children + [late for child in children for late in _started_by(child)]


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def program(name: str, *places: str) -> str:
    """The path of a program of this machine; a test that needs one that is not here is skipped."""
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", *places)))
    if not found:
        pytest.skip(f"no {name} on this machine: `make servers` installs what can be had")
    return found


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TMPDIR": str(folder), "LC_ALL": "C.UTF-8"}

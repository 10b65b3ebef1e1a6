"""Real servers on free ports, each in a process of its own, stopped by its process id."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

RUN = "from loomgraph.cli import main; main()"
_URL = re.compile(r"listens at (http://\S+)")


@dataclass
class Running:
    """A server that answers."""

    url: str
    process: subprocess.Popen[str]
    data: Path
    log: Path

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False, **options)

    def workers(self) -> list[int]:
        """The processes that answer, where a supervisor has several: children of the one that forks them."""
        return _children(self.forks())

    def forks(self) -> int:
        """The process that forks them; 0 where there is none."""
        found = [pid for pid in _children(self.process.pid) if b"multiprocessing.forkserver" in _command(pid)]
        return found[0] if found else 0

    def helpers(self, module: str) -> list[int]:
        """The processes of a module that the server has started."""
        return [pid for pid in _children(self.process.pid) if module.encode() in _command(pid)]

    def said(self) -> str:
        return self.log.read_text("utf-8")


def _children(pid: int) -> list[int]:
    found: list[str] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += (thread / "children").read_text().split()
    return [child for child in map(int, found) if not _zombie(child)]


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def environment(data: Path, **more: str) -> dict[str, str]:
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("LOOMGRAPH_", "LIGHTRAG_"))}
    for name in ("HOST", "PORT", "WORKSPACE"):
        mine.pop(name, None)
    return {**mine, "LOOMGRAPH_DATA_DIR": str(data), "HOME": str(data), **more}


@contextlib.contextmanager
def running(data: Path, *options: str, **variables: str) -> Iterator[Running]:
    """A server with these options and variables."""
    log = data.parent / f"{data.name}-{time.monotonic_ns()}.log"
    command = [sys.executable, "-c", RUN, "serve", "--port", "0", *options]
    with open(log, "w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command, env=environment(data, **variables), stdout=subprocess.PIPE, stderr=errors, text=True
        )
    assert process.stdout is not None
    try:
        url = _address(process.stdout, log)
        found = Running(url, process, data, log)
        _answers(found)
        yield found
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _address(out: IO[str], log: Path) -> str:
    match = _URL.search(out.readline())
    assert match, log.read_text("utf-8")[-3000:]
    return match[1]


def _answers(server: Running) -> None:
    for _ in range(300):
        with contextlib.suppress(httpx.HTTPError), server.client() as client:
            if client.get("/health").status_code == 200:
                return
        assert server.process.poll() is None, server.said()[-3000:]
        time.sleep(0.1)
    raise AssertionError(f"no answer: {server.said()[-3000:]}")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts servers on one data folder; they end with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda *options, **variables: stack.enter_context(running(tmp_path / "data", *options, **variables))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for a module's tests, each of which takes projects of its own."""
    with running(tmp_path_factory.mktemp("server") / "data", LOOMGRAPH_BODY_TIMEOUT="2") as found:
        yield found


@pytest.fixture
def client(server: Running) -> Iterator[httpx.Client]:
    with server.client() as found:
        yield found

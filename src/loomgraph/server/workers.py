"""Several processes on one address, and the supervisor that starts them, replaces those that die and renews all.

Workers are forked from a process that has everything imported, so that a dead one is replaced in a moment and all of
them share that memory; a worker leaves when its supervisor is gone. This module must not know routes.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing import connection
from socket import socket
from typing import Any

import uvicorn
from uvicorn._subprocess import subprocess_started
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

logger = logging.getLogger("loomgraph.server")
_LOOK = 0.1  # seconds between two looks at what the supervisor was told; a worker that ends is seen at once
_TRIES = 10
_UNKNOWN = 255  # how a worker ended when the process that forked it has: it lives on, and nobody looks after it
_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


class Worker(Process):
    """uvicorn's worker process, started in another way."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket]) -> None:
        super().__init__(config, sockets)
        given = {"config": config, "target": self.target, "sockets": sockets, "stdin_fileno": None}
        context: Any = multiprocessing.get_context(_METHOD)
        self.process = context.Process(target=subprocess_started, kwargs=given)

    def target(self, sockets: list[socket] | None = None) -> None:
        threading.Thread(target=_leave_with_supervisor, daemon=True).start()
        super().target(sockets)


def _leave_with_supervisor() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


class Supervisor(Multiprocess):
    """Keeps the workers; SIGHUP brings up fresh ones, with the configuration of then, before the old ones leave."""

    def __init__(
        self, config: uvicorn.Config, sockets: list[socket], renewed: Callable[[], uvicorn.Config],
        preload: Sequence[str],
    ) -> None:  # fmt: skip
        super().__init__(config, sockets)
        self._renewed = renewed
        if _METHOD == "forkserver":
            from multiprocessing import forkserver  # which not every system can import

            forkserver.set_forkserver_preload(list(preload))

    def run(self) -> None:
        self.init_processes()
        while not self.should_exit.is_set():
            connection.wait([process.process.sentinel for process in self.processes], _LOOK)
            self.handle_signals()
            self.replace_dead()
        self.terminate_all()
        self.join_all()

    def init_processes(self) -> None:
        for _ in range(self.processes_num):
            self.processes.append(self._started())

    def _started(self) -> Worker:
        for left in reversed(range(_TRIES)):
            worker = Worker(self.config, self.sockets)
            try:
                worker.start()
                break
            except (EOFError, OSError):  # the process that forks has ended this moment: the next try starts another
                if not left:
                    raise
                time.sleep(_LOOK)
        return worker

    def replace_dead(self) -> None:
        """A worker that ended is replaced at once; one that could not even start ends all, since the next could not."""
        for at, process in enumerate(self.processes):
            if process.process.is_alive() or self.should_exit.is_set():
                continue
            process.join()
            if process.exitcode == STARTUP_FAILURE:
                logger.error("a worker could not start")
                self.should_exit.set()
                return
            logger.warning("a worker ended and is replaced", extra={"pid": process.pid, "exit": process.exitcode})
            if process.exitcode == _UNKNOWN and process.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGTERM)
            self.processes[at] = self._started()

    def restart_all(self) -> None:
        """Bring up as many as there are, wait until they answer, let the old ones end what they do."""
        self.config = self._renewed()
        old = self.processes
        fresh: list[Process] = [self._started() for _ in old]
        for worker in fresh:
            if not worker.wait_until_ready(self.config.timeout_worker_healthcheck, self.should_exit):
                logger.error("fresh workers did not come up; the old ones stay")
                for one in fresh:
                    one.kill()
                    one.join()
                return
        self.processes = fresh
        for process in old:
            process.terminate()
        for process in old:
            process.join()

    def handle_ttin(self) -> None:
        self.processes_num += 1
        self.processes.append(self._started())

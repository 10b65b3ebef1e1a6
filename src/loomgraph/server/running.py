"""The server as processes: one that answers, or a supervisor and several, on one address.

SIGTERM and SIGINT end it after what runs is answered; SIGHUP starts fresh processes, with the settings and the code of
now, before the old ones leave. A worker that dies is replaced.
"""

from __future__ import annotations

import logging
import logging.config
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from loomgraph.errors import AddressTaken, InvalidSettings, UnsafeBind
from loomgraph.server import logs
from loomgraph.server.app import Mount, create_app
from loomgraph.server.auth import is_loopback
from loomgraph.server.metrics import FOLDER_VARIABLE
from loomgraph.server.protocol import GuardedConfig, GuardedProtocol
from loomgraph.service import Service
from loomgraph.settings import Settings

logger = logging.getLogger("loomgraph.server")
_GRACE = 30
_LOOK = 0.1  # how often the supervisor looks after its workers, in seconds
SOCKET_VARIABLE = "LOOMGRAPH_SERVE_SOCKET"


def serve(
    settings: Settings, *, only: str = "", insecure: bool = False, level: str = "info", mounts: Sequence[Mount] = ()
) -> int:
    """Serve until told to stop."""
    host, port = settings.server.host, _port(settings)
    service = Service(settings, settings.data_dir)
    if not (insecure or is_loopback(host) or service.keys.needed()):
        raise UnsafeBind(host=host)
    listening = _listen(host, port)
    config = _config(settings, only, level, mounts)
    logging.config.dictConfig(logs.configuration(level))
    shown = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    logger.info("listening", extra={"url": shown, "workers": settings.server.workers, "only": only})
    print(f"loomgraph listens at {shown}  (API: {shown}/docs)", flush=True)
    return _several(config, listening) if settings.server.workers > 1 else _one(config, listening)


def _port(settings: Settings) -> int:
    given = settings.server.port
    if not given.isdigit() or int(given) > 65535:
        origin = settings.source("serve_port")
        raise InvalidSettings(problems=[f"{origin}: must be a port, 0 to 65535, not {given[:40]!r}"])
    return int(given)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except (OSError, OverflowError) as error:
        found.close()
        raise AddressTaken(host=host, port=port, reason=getattr(error, "strerror", "") or str(error)) from None
    found.listen(2048)
    found.set_inheritable(True)
    return found


def _config(settings: Settings, only: str, level: str, mounts: Sequence[Mount]) -> uvicorn.Config:
    app = partial(create_app, settings, only=only, bound=settings.server.host, mounts=mounts)
    config = GuardedConfig(
        app, factory=True, http=GuardedProtocol, ws="none", lifespan="on", log_config=logs.configuration(level),
        access_log=False, server_header=False, proxy_headers=False, timeout_keep_alive=75,
        timeout_graceful_shutdown=_GRACE, workers=settings.server.workers,
    )  # fmt: skip
    config.header_seconds = settings.server.body_timeout
    return config


class _Server(uvicorn.Server):
    """One process that answers; SIGHUP makes it leave with the wish to be started again."""

    again = False

    def reload(self, *_: Any) -> None:
        self.again = True
        self.should_exit = True


def _one(config: uvicorn.Config, listening: socket.socket) -> int:
    server = _Server(config)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, server.reload)
    server.run([listening])
    if server.again:
        os.environ[SOCKET_VARIABLE] = str(listening.fileno())
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    return 0


class _Supervisor(Multiprocess):
    """uvicorn's supervisor, that looks after its workers more often."""

    def run(self) -> None:
        self.init_processes()
        while not self.should_exit.wait(_LOOK):
            self.handle_signals()
            self.replace_dead()
        self.terminate_all()
        self.join_all()

    def replace_dead(self) -> None:
        """A worker that ended is replaced at once; one that does not answer is asked by uvicorn's own check."""
        if any(not process.process.is_alive() for process in self.processes):
            self.keep_subprocess_alive()


def _several(config: uvicorn.Config, listening: socket.socket) -> int:
    folder = tempfile.mkdtemp(prefix="loomgraph-metrics-")
    os.environ[FOLDER_VARIABLE] = folder
    try:
        _Supervisor(config, [listening]).run()
    finally:
        listening.close()
        shutil.rmtree(folder, ignore_errors=True)
    return 0

"""The server as processes: one that answers, or a supervisor and several, on one address.

SIGTERM and SIGINT end it after what runs is answered. SIGHUP makes it begin anew with the settings of then, and nobody
is refused meanwhile: several workers are replaced, a single one starts again on the socket that it leaves open.
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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn

from loomgraph.errors import AddressTaken, InvalidSettings, LoomGraphError, UnsafeBind
from loomgraph.server import logs
from loomgraph.server.app import create_lasting
from loomgraph.server.auth import is_loopback
from loomgraph.server.metrics import FOLDER_VARIABLE
from loomgraph.server.mounting import Mount
from loomgraph.server.protocol import GuardedConfig, GuardedProtocol
from loomgraph.server.workers import Supervisor
from loomgraph.service import Service
from loomgraph.settings import Settings

logger = logging.getLogger("loomgraph.server")
_GRACE = 30
_START = 60  # seconds that a fresh worker may take to come up before a reload is given up
_SOCKET = "--socket"
_FORKABLE = sys.platform == "linux"  # what else numbers are computed with may not live through a fork


@dataclass(frozen=True, slots=True)
class Wish:
    """How to serve: ``only`` one project or "", without keys beyond this machine or not, what else to answer.

    ``preload`` are modules that ``mounts`` import; ``inherited`` is the socket that an earlier process left open.
    """

    only: str = ""
    insecure: bool = False
    level: str = "info"
    mounts: Sequence[Mount] = ()
    preload: Sequence[str] = ()
    inherited: int | None = None


def serve(load: Callable[[], Settings], wish: Wish) -> int:
    """Serve until told to stop. ``load`` reads the settings, again when told to reload."""
    settings = load()
    host, port = settings.server.host, _port(settings)
    service = Service(settings, settings.data_dir)
    if not (wish.insecure or is_loopback(host) or service.keys.needed()):
        raise UnsafeBind(host=host)
    listening = _listen(host, port) if wish.inherited is None else socket.socket(fileno=wish.inherited)
    logging.config.dictConfig(logs.configuration(wish.level))
    shown = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    logger.info("listening", extra={"url": shown, "workers": settings.server.workers, "only": wish.only})
    print(f"loomgraph listens at {shown}  (API: {shown}/docs)", flush=True)
    config = _config(settings, wish)
    if settings.server.workers > 1:
        logs.keep(settings.server)
        return _several(config, listening, partial(_renewed, load, wish, config), _ahead(settings, wish))
    return _one(config, listening)


def _ahead(settings: Settings, wish: Wish) -> list[str]:
    """The modules that are imported before workers are forked."""
    service = ["loomgraph.service.ahead"] if _FORKABLE else []
    database = ["loomgraph.service.ahead_database"] if _FORKABLE and settings.storing.database else []
    return [*service, *database, *wish.preload, "loomgraph.server.app", "loomgraph.server.prepared"]


def _renewed(load: Callable[[], Settings], wish: Wish, last: uvicorn.Config) -> uvicorn.Config:
    """The configuration for the settings of now; the last one, should they be wrong."""
    try:
        return _config(load(), wish)
    except LoomGraphError as error:
        logger.error("the settings cannot be used; those of before stay", extra={"problem": str(error)})
        return last


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


def _config(settings: Settings, wish: Wish) -> uvicorn.Config:
    app = partial(create_lasting, settings, only=wish.only, bound=settings.server.host, mounts=wish.mounts)
    config = GuardedConfig(
        app, factory=True, http=GuardedProtocol, ws="none", lifespan="on", log_config=logs.configuration(wish.level),
        access_log=False, server_header=False, proxy_headers=False, timeout_keep_alive=75,
        timeout_graceful_shutdown=_GRACE, timeout_worker_healthcheck=_START, workers=settings.server.workers,
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
    server.run([listening.dup()])  # a copy, since it closes what it is given
    if server.again:
        os.execv(sys.executable, [sys.executable, *_again(sys.orig_argv[1:], listening.fileno())])
    return 0


def _again(arguments: list[str], descriptor: int) -> list[str]:
    """The command line of this process with the socket that the next one takes over."""
    at = arguments.index(_SOCKET) if _SOCKET in arguments else len(arguments)
    return [*arguments[:at], *arguments[at + 2 :], _SOCKET, str(descriptor)]


def _several(
    config: uvicorn.Config, listening: socket.socket, renewed: Callable[[], uvicorn.Config], ahead: Sequence[str]
) -> int:
    folder = tempfile.mkdtemp(prefix="loomgraph-metrics-")
    os.environ[FOLDER_VARIABLE] = folder
    try:
        Supervisor(config, [listening], renewed, ahead).run()
    finally:
        listening.close()
        shutil.rmtree(folder, ignore_errors=True)
    return 0

"""One process of a deployment: noted in its pid file, started once, ended, and how it is now.

Who holds the lock of its folder starts or ends it, so that two who start it at the same moment start one. This module
must not know how many processes there are.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from loomgraph.deploy import dotenv, logreading, processes
from loomgraph.deploy.asking import Answer, ask, listens
from loomgraph.deploy.plan import Deployment, Instance
from loomgraph.deploy.processes import Process
from loomgraph.errors import InstanceFailed, NotGenerated, PortInUse, ProgramMissing

Condition = Literal["healthy", "unhealthy", "dead", "stopped"]
START_SECONDS = 90.0
_ASK_SECONDS = 3.0
_LOOK = 0.05
_BASE = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")  # of the environment of whoever starts; .env says the rest


@dataclass(frozen=True, slots=True)
class Noted:
    """What a pid file says: which process, and since when."""

    process: Process
    since: float


@dataclass(frozen=True, slots=True)
class State:
    """How a process of a deployment is now. ``note`` says what else to know, ``error`` is the last of its log."""

    name: str
    kind: str
    port: int
    condition: Condition
    pid: int = 0
    uptime: float = 0.0
    memory: int = 0
    note: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What starting or ending came to: whether anything was done, and what else one should know."""

    name: str
    changed: bool
    pid: int = 0
    seconds: float = 0.0
    note: str = ""


def noted(instance: Instance) -> Noted | None:
    """What its pid file says; none when there is none that can be read."""
    try:
        pid, began, since = instance.pid_file.read_text("ascii").splitlines()
        return Noted(Process(int(pid), began), float(since))
    except (OSError, ValueError):
        return None


def state(deployment: Deployment, instance: Instance) -> State:
    """How it is now: asks it, if it runs."""
    known = noted(instance)
    plain = State(
        instance.name, instance.kind, instance.port, "stopped", error=logreading.last_error(instance.log_file)
    )
    if known is None:
        return replace(plain, note=_taken(deployment, instance))
    if not processes.runs(known.process):
        return replace(plain, condition="dead", note=_foreign(known) or _taken(deployment, instance))
    answer = health(deployment, instance)
    return replace(
        plain, condition="healthy" if answer.good else "unhealthy", pid=known.process.pid, note=answer.problem,
        uptime=max(0.0, time.time() - known.since), memory=processes.memory(known.process),
    )  # fmt: skip


def health(deployment: Deployment, instance: Instance) -> Answer:
    """What it answers when asked how it is."""
    return ask(f"{deployment.address(instance)}/health", _ASK_SECONDS)


def _taken(deployment: Deployment, instance: Instance) -> str:
    if not listens(deployment.ports.host, instance.port):
        return ""
    return f"another process listens at port {instance.port}; it is left alone"


def _foreign(known: Noted) -> str:
    """Whether somebody else has the process id now."""
    if processes.find(known.process.pid) is None:
        return ""
    return f"the process id {known.process.pid} belongs to another process now; it is left alone"


def start(deployment: Deployment, instance: Instance, patience: float = START_SECONDS) -> Done:
    """Start it unless it runs, and wait until it is healthy; what could not start leaves nothing behind."""
    began = time.monotonic()
    with alone(instance):
        known = noted(instance)
        changed = known is None or not processes.runs(known.process)
        note = _foreign(known) if known and changed else ""
        if changed:
            known = _spawn(deployment, instance)
    assert known is not None
    problem = _wait(deployment, instance, known.process, began + patience)
    if problem:
        if changed:
            stop(deployment, instance)
        raise InstanceFailed(name=instance.name, reason=problem, log=instance.log_file)
    return Done(instance.name, changed, known.process.pid, time.monotonic() - began, note)


def revive(deployment: Deployment, instance: Instance) -> Noted | None:
    """Start it again if it died, and nobody has stopped or started it meanwhile. It is not waited for."""
    with alone(instance):
        known = noted(instance)
        if known is None or processes.runs(known.process):
            return None
        return _spawn(deployment, instance)


def stop(deployment: Deployment, instance: Instance) -> Done:
    """End it if it runs, and forget it; what is not the process that was noted is left alone."""
    began = time.monotonic()
    with alone(instance):
        known = noted(instance)
        if known is None:
            return Done(instance.name, False, note=_taken(deployment, instance))
        running = processes.runs(known.process)
        note = "" if running else _foreign(known)
        if running and not processes.end(known.process, deployment.run.stop_seconds):
            note = f"it did not end in {deployment.run.stop_seconds:g} seconds and was killed"
        instance.pid_file.unlink(missing_ok=True)
    return Done(instance.name, running, known.process.pid, time.monotonic() - began, note)


@contextlib.contextmanager
def alone(instance: Instance) -> Iterator[None]:
    """Nobody else starts or ends this one meanwhile."""
    if not instance.folder.is_dir():
        raise NotGenerated(path=instance.folder)
    handle = os.open(instance.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _spawn(deployment: Deployment, instance: Instance) -> Noted:
    if listens(deployment.ports.host, instance.port):
        raise PortInUse(name=instance.name, port=instance.port)
    environment, command = environment_of(deployment, instance), _command(deployment, instance)
    log = os.open(instance.log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        child = subprocess.Popen(
            command, cwd=instance.folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise ProgramMissing(program=command[0], reason=error.strerror) from None
    finally:
        os.close(log)
    child.returncode = 0  # it outlives this process, which shall not mind
    process = processes.find(child.pid)
    if process is None:
        processes.reap(child.pid)
        raise InstanceFailed(name=instance.name, reason="it ended at once", log=instance.log_file)
    known = Noted(process, time.time())
    _note(instance.pid_file, known)
    return known


def _note(path: Path, known: Noted) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(f"{known.process.pid}\n{known.process.began}\n{known.since}\n", "ascii")
    os.replace(fresh, path)


def _command(deployment: Deployment, instance: Instance) -> list[str]:
    program, *rest = deployment.command(instance)
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)])
    found = shutil.which(program, path=path)
    if found is None:
        raise ProgramMissing(program=program, reason="it is not there")
    return [found, *rest]


def environment_of(deployment: Deployment, instance: Instance) -> dict[str, str]:
    """What its process gets: the least of ours, its own settings, and where its log is."""
    if not instance.env_file.is_file():
        raise NotGenerated(path=instance.env_file)
    base = {name: os.environ[name] for name in _BASE if name in os.environ}
    log = {
        "LOOMGRAPH_LOG_FILE": str(instance.log_file),
        "LOOMGRAPH_LOG_BYTES": str(deployment.run.log_bytes),
        "LOOMGRAPH_LOG_BACKUPS": str(deployment.run.log_backups),
    }
    return {**base, **dotenv.read_file(instance.env_file), **log}


def _wait(deployment: Deployment, instance: Instance, process: Process, until: float) -> str:
    """Wait until it is healthy: nothing, or what keeps it from it."""
    while True:
        if not processes.runs(process):
            processes.reap(process.pid)
            return logreading.last_words(instance.log_file) or "it ended and said nothing"
        answer = health(deployment, instance)
        if answer.good:
            return ""
        if time.monotonic() > until:
            return f"it was not healthy in time ({answer.problem})"
        time.sleep(_LOOK)

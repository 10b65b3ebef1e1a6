"""A long change to a project in a process of its own: ``python -m loomgraph.server.child``.

The order comes as one line on standard input; what is said goes to standard output, a line each. When standard input
ends, the server is gone and so is this. It must not know routes.
"""

from __future__ import annotations

import base64
import contextlib
import mmap
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from loomgraph.errors import InvalidRequest, LoomGraphError
from loomgraph.server.work import say
from loomgraph.service import Service
from loomgraph.service.delegated import DelegatedService

Task = Callable[..., Any]
_NICER = 5  # others' questions come first


def main() -> int:
    settings, rights, task, arguments = pickle.loads(base64.b64decode(sys.stdin.buffer.readline()))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else prints
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    with contextlib.suppress(OSError, AttributeError):  # where a system has no such thing
        os.nice(_NICER)
    return run(DelegatedService(settings, settings.data_dir).seen_by(rights), task, arguments, out)


def run(service: Service, task: str, arguments: dict[str, Any], out: BinaryIO) -> int:
    """Do one task and say how it went."""

    def tell(kind: str, value: object) -> None:
        out.write(say(kind, value))
        out.flush()

    if arguments.pop("progress", False):
        arguments["progress"] = lambda *values: tell("progress", values)
    try:
        tell("result", TASKS[task](service, **arguments))
    except LoomGraphError as error:
        tell("error", error)
        return 1
    return 0


def _sync_files(service: Service, project: str, body: bytes | Path) -> Any:
    """Files that come whole, in one body: never in memory all at once, but decoded where they lie, one at a time."""
    if isinstance(body, bytes):
        whole: bytes | mmap.mmap = body
    else:
        with open(body, "rb") as file:  # the map lasts as long as anything that lies in it
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        given = msgspec.json.decode(whole, type=_Files)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidRequest(reason=str(error)) from None
    return service.sync_files(project, _Each(given.files), given.delete)


class _Files(msgspec.Struct):
    """The body of a small push, its files as they came."""

    files: list[msgspec.Raw] = []
    delete: list[str] = []


class _Each:
    """Files of a body, each decoded when its turn is."""

    def __init__(self, files: list[msgspec.Raw]) -> None:
        self._files = files

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for number, file in enumerate(self._files, 1):
            try:
                yield msgspec.json.decode(file, type=dict[str, Any])
            except (msgspec.DecodeError, RecursionError) as error:
                raise InvalidRequest(reason=f"file {number}: {error}") from None


TASKS: dict[str, Task] = {
    "insert_custom_kg": Service.insert_custom_kg,
    "sync_commit": Service.sync_commit,
    "sync_content": Service.sync_content,
    "sync_files": _sync_files,
    "sync_plan": Service.sync_plan,
}


def _leave_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(2)


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # somebody waits: what an insert held in memory need not be taken apart first

"""The process that a server starts for one job: it indexes, tells how far it is, and ends with its parent.

The first line of standard input says what to do; the end of it means that the parent is gone. Standard output has one
JSON object a line: progress, then the result or the error. This module must not know the book of jobs.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import signal
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from loomgraph.errors import IndexRefused, LoomGraphError
from loomgraph.service import checkout
from loomgraph.service.answers import plain
from loomgraph.service.delegated import DelegatedService

if TYPE_CHECKING:
    from loomgraph.settings import Settings

_EVERY = 0.2  # seconds between two lines of progress of one phase
_GRACE = 5.0  # seconds to clean up in when the parent is gone
_NICE = 5  # a server's answers come first


class Teller:
    """Writes progress, but not too often."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._phase, self._last = "", 0.0

    def __call__(self, phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        if phase != self._phase or now - self._last >= _EVERY:
            self._phase, self._last = phase, now
            self.tell({"phase": phase, "done": done, "total": total})

    def tell(self, row: dict[str, object]) -> None:
        self._out.write(json.dumps(row) + "\n")
        self._out.flush()


def _end_with_parent() -> None:
    """Stop as if somebody had pressed Ctrl-C when the parent is gone; then, if that takes too long, at once."""
    while sys.stdin.buffer.read(1024):
        pass
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(_GRACE)
    if sys.platform != "win32":
        os.killpg(0, signal.SIGKILL)


def main() -> int:
    """Do what the first line of standard input says."""
    given = json.loads(sys.stdin.buffer.readline())
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a server in the background ignores it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if sys.platform != "win32":
        os.nice(_NICE)
    tell = Teller(sys.stdout)
    settings: Settings = pickle.loads(base64.b64decode(given["settings"]))
    try:
        if given["url"]:
            tell("fetch", 0, 0)
            checkout.fetch(Path(given["path"]), given["url"], given["ref"])
        elif os.path.realpath(given["path"]) != given["path"]:  # a link was put in its place since it was checked
            raise IndexRefused(what=given["path"], setting="index_roots")
        summary = DelegatedService(settings, settings.data_dir).index(
            given["path"], project=given["project"], rebuild=given["rebuild"], progress=tell
        )
    except LoomGraphError as error:
        tell.tell({"error": {"code": error.code, "message": str(error)}})
        return 1
    except KeyboardInterrupt:
        return 130
    tell.tell({"result": plain(summary)})
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # a thread still waits for standard input

"""The process that makes vectors for a server: ``python -m loomgraph.service.filling_child``.

The first line of standard input holds the settings, every further one an order: a project, and for how many seconds.
What is said of each goes to standard output, a JSON object a line: progress, then the outcome. The end of standard
input means that nobody wants any more; what is being made is then left as far as it is. This module must not know who
gives the orders.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pickle
import queue
import sys
import threading
import time
from collections.abc import Iterator
from typing import IO, Any

from loomgraph.errors import EmbeddingUnreachable, GraphBusy, LoomGraphError
from loomgraph.service.job_child import Teller
from loomgraph.service.service import Service

_GRACE = 2.0  # seconds in which what is being made may end
_NICER = 10  # questions and changes come first

NOBODY, BUSY, MODEL, OTHER = "nobody", "busy", "model", "other"  # why something failed


class Orders:
    """What standard input says, line by line; ``over`` once it has ended."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._over = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._stream:
            self._lines.put(line)
        self._over.set()
        self._lines.put(b"")
        time.sleep(_GRACE)
        os._exit(2)  # a model may take longer than anybody waits

    def over(self) -> bool:
        """Whether nobody wants anything any more."""
        return self._over.is_set()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while line := self._lines.get():
            if self.over():
                return
            yield json.loads(line)


def fill(service: Service, order: dict[str, Any], orders: Orders, tell: Teller) -> dict[str, Any]:
    """Do one order; what goes wrong with one project is told, and the next may follow."""
    until = time.monotonic() + order["seconds"]
    try:
        with service.engines.lease(service.catalog.get(order["project"]).name) as engine:
            done = engine.embed(tell, lambda: orders.over() or time.monotonic() > until)
    except LoomGraphError as error:
        kind = BUSY if isinstance(error, GraphBusy) else MODEL if isinstance(error, EmbeddingUnreachable) else OTHER
        return {"error": kind, "why": " ".join(str(error).split())}
    return {"files": done.files, "missing": done.missing}


def main() -> int:
    """Do what standard input says until it ends."""
    first = sys.stdin.buffer.readline()
    if not first:  # whoever started this was gone before it could say a word
        return 0
    settings = pickle.loads(base64.b64decode(first))
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else prints
    with contextlib.suppress(OSError, AttributeError):  # where a system has no such thing
        os.nice(_NICER)
    tell = Teller(out)
    orders = Orders(sys.stdin.buffer)
    with contextlib.closing(Service(settings, settings.data_dir)) as service, contextlib.suppress(BrokenPipeError):
        for order in orders:
            tell.tell({"outcome": fill(service, order, orders, tell)})
    return 0


if __name__ == "__main__":
    code = main()
    os._exit(code)  # a thread may still wait for standard input

"""Makes vectors for the projects of a server that lack some, one after the other, in a process of its own.

Every server process has a filler, and locks decide who fills what. Projects take turns; one that fails is tried again
after a while that grows, a server of models that fails is left alone by all. This module must not know what vectors are
made of.
"""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import os
import pickle
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loomgraph.engines.places import VECTORS
from loomgraph.errors import GraphBusy, GraphMissing, LoomGraphError, UnknownProject
from loomgraph.service.filling_child import BUSY, MODEL, OTHER
from loomgraph.service.wanted import Wanted
from loomgraph.settings.storing import NATIVE

if TYPE_CHECKING:
    from loomgraph.settings import Settings
    from loomgraph.workspaces.catalog import Catalog

_LOG = logging.getLogger(__name__)
_TURN = 20.0  # seconds after which another project has its turn
_LOOK = 10.0  # seconds between two looks at what other processes have noted
_IDLE = 1.0  # seconds that the process waits for more: it takes memory, and half a second to start another
_BUSY = 2.0  # seconds until somebody else's filling is looked at again
_FIRST, _LONGEST = 2.0, 300.0  # seconds until a failure is tried again: twice as many every time


@dataclass(slots=True)
class _Turn:
    """How things stand with one project, or with the server of models."""

    ran: float = 0.0
    until: float = 0.0
    tries: int = 0
    why: str = ""
    left: int = 0

    def rest(self, why: str) -> None:
        """Leave it alone for a while, twice as long as the last time; not all at the same moment."""
        self.why = why
        pause = min(_FIRST * 2**self.tries, _LONGEST) * random.uniform(0.75, 1.25)
        self.until = time.monotonic() + pause
        self.tries += 1

    def well(self) -> None:
        """It did what it should."""
        self.until, self.tries, self.why = 0.0, 0, ""


@dataclass(frozen=True, slots=True)
class FillReport:
    """How many projects lack vectors, how many of them have failed, and how many files, as far as that is known.

    ``models`` is why the server of models is left alone, "" when it is not.
    """

    projects: int = 0
    failing: int = 0
    files: int = 0
    models: str = ""


class Filler:
    """The thread of one server process that sees to vectors."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._catalog = catalog
        self._wanted = Wanted(settings.data_dir)
        self._process = _Process(settings)
        self._turns: dict[str, _Turn] = {}  # of projects that are noted
        self._models = _Turn()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    # -- what others call -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to look at what is noted, and go on with what an earlier process left."""
        with self._guard:
            if self._thread is None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._work, name="vectors", daemon=True)
                self._thread.start()
        self._wake.set()

    def want(self, project: str) -> None:
        """A project lacks vectors."""
        self._wanted.add(project)
        self.start()

    def noticed(self, project: str) -> None:
        """Somebody saw that a project lacks vectors, which need not be news."""
        if project not in self._turns:
            self.want(project)

    def report(self) -> FillReport:
        """How things stand."""
        turns = [*self._turns.values()]
        failing = sum(bool(turn.why) for turn in turns)
        return FillReport(len(turns), failing, sum(turn.left for turn in turns), self._models.why)

    def close(self) -> None:
        """Stop; what is missing is noted, and made another time."""
        with self._guard:
            self._stop.set()
            thread = self._thread
        self._wake.set()
        self._process.leave()
        if thread is not None:
            thread.join()

    # -- turns ------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                self._wake.clear()
                name, pause = self._next()
                if name:
                    self._take_turn(name)
                    continue
                self._wake.wait(min(pause, self._process.rest()))
        finally:
            self._process.end()

    def _next(self) -> tuple[str, float]:
        """The project whose turn it is, or how long to wait for one."""
        names = self._wanted.projects()
        turns = self._turns = {name: self._turns.get(name) or _Turn() for name in names}
        now = time.monotonic()
        rest = self._models.until - now
        if rest > 0:
            return "", min(rest, _LOOK)
        due = [name for name in names if turns[name].until <= now]
        if due:
            return min(due, key=lambda name: turns[name].ran), 0.0
        return "", min([_LOOK, *(turn.until - now for turn in turns.values())])

    def _take_turn(self, name: str) -> None:
        turn = self._turns[name]
        turn.ran = time.monotonic()
        try:
            project = self._catalog.get(name)
            if project.engine != NATIVE:
                return self._wanted.forget(name)
            with project.place.alone(timeout=0.0, what=VECTORS):
                self._wanted.take(name)
                found = self._process.fill(name, _TURN, turn)
                if not found.get("missing", 1):
                    self._wanted.done(name)
            if "error" in found:
                self._catalog.get(name)  # it may have failed because it was deleted
        except (GraphMissing, UnknownProject):
            return self._wanted.forget(name)
        except GraphBusy:
            turn.until = time.monotonic() + _BUSY * random.uniform(0.75, 1.25)
            return None
        except (LoomGraphError, OSError) as error:
            found = {"error": OTHER, "why": " ".join(str(error).split())}
        return self._note(name, turn, found)

    def _note(self, name: str, turn: _Turn, found: dict[str, Any]) -> None:
        """What came of a turn."""
        if self._stop.is_set():
            return
        error, why = found.get("error", ""), found.get("why", "")
        if error == MODEL:
            self._models.rest(why)
            _LOG.warning("vectors must wait for the server of models: %s", why)
        elif error:
            if error != BUSY and why != turn.why:
                _LOG.warning("the vectors of %s cannot be made: %s", name, why)
            turn.rest(why)
        else:
            self._models.well()
            turn.left = found["missing"]
            turn.well()
            if turn.left and not found["files"]:  # others change it as fast as this is
                turn.rest("")


class _Process:
    """The process that does the work: started with the first order, gone when there has been none for a while."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._child: subprocess.Popen[bytes] | None = None
        self._used = 0.0
        self._left = False
        self._guard = threading.Lock()

    def fill(self, project: str, seconds: float, turn: _Turn) -> dict[str, Any]:
        """Have it do one order; gives the outcome, or why there is none."""
        self._used = time.monotonic()
        child = self._started()
        if child is None:
            return {"error": OTHER, "why": "the server is about to stop"}
        assert child.stdin is not None
        assert child.stdout is not None
        with contextlib.suppress(OSError, ValueError):  # it is gone, or not wanted any more
            child.stdin.write(json.dumps({"project": project, "seconds": seconds}).encode() + b"\n")
            child.stdin.flush()
        for line in child.stdout:
            try:
                row = json.loads(line)
            except ValueError:  # it was killed in the middle of a word
                break
            if "outcome" in row:
                self._used = time.monotonic()
                found: dict[str, Any] = row["outcome"]
                return found
            turn.left = row["total"] - row["done"]
        self.end()
        return {"error": OTHER, "why": "the process that made them ended"}

    def _started(self) -> subprocess.Popen[bytes] | None:
        with self._guard:
            if self._child is None and not self._left:
                self._child = subprocess.Popen(
                    [sys.executable, "-m", "loomgraph.service.filling_child"], stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE, start_new_session=os.name != "nt",
                )  # fmt: skip
                assert self._child.stdin is not None
                self._child.stdin.write(base64.b64encode(pickle.dumps(self._settings)) + b"\n")
            return self._child

    def rest(self) -> float:
        """There is nothing to do; gives after how many seconds to say so again."""
        if self._child is None:
            return _LOOK
        left = self._used + _IDLE - time.monotonic()
        if left <= 0:
            self.end()
            return _LOOK
        return left

    def leave(self) -> None:
        """Have it leave with what it has done; to be called by anybody, :meth:`end` by the one who gives orders."""
        with self._guard:
            self._left = True
            if self._child is not None:
                _hang_up(self._child)

    def end(self) -> None:
        """Wait until it is gone; the next order starts another."""
        with self._guard:
            child, self._child = self._child, None
        if child is None:
            return
        _hang_up(child)
        assert child.stdout is not None
        with child.stdout:
            child.wait()


def _hang_up(child: subprocess.Popen[bytes]) -> None:
    """Say that nobody wants any more: a process that hears it leaves within seconds, whatever it does."""
    assert child.stdin is not None
    with contextlib.suppress(OSError):
        child.stdin.close()

"""A process that LightRAG lives in, from outside: started, told what to do, asked for what it asks, ended.

Any number of threads may call; each waits for its own answer. It must not know what is asked of LightRAG.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from pathlib import Path
from typing import Any, Protocol

from loomgraph.errors import LightRagEnded, LightRagFailed, LoomGraphError, MissingExtra

_SCRIPT = Path(__file__).with_name("host.py")
_START = 120.0  # seconds that loading LightRAG may take
_GRACE = 10.0  # seconds that it may take to end
_LAST_WORDS = 1.0  # seconds in which the complaints of one that ended are heard
_TAIL = 20  # lines of what it complained of last
HINT = "pip install 'loomgraph-kg[lightrag]', or name in the setting lightrag_python a Python that has lightrag-hku."


class Helper(Protocol):
    """What a process asks of its parent."""

    def __call__(self, what: str, given: Mapping[str, Any]) -> Any: ...


class HostProcess:
    """One process. ``environment`` is all that it gets; ``folder`` is an empty one for it to stand in."""

    def __init__(self, python: str, environment: Mapping[str, str], folder: Path, helper: Helper) -> None:
        self.open = 0  # instances that somebody counts here
        self.closed = 0
        self.bytes = 0
        self._helper = helper
        self._waiting: dict[int, Future[Any]] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._over = ""  # why nothing can be asked any more
        self._complaints: deque[str] = deque(maxlen=_TAIL)
        ready: Future[Any] = Future()
        self._waiting[0] = ready
        try:
            self._process = subprocess.Popen(
                [python or sys.executable, "-I", str(_SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env=dict(environment), cwd=folder, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise LightRagFailed(what="start", reason=f"{python}: {error.strerror or error}") from error
        self._helpers = ThreadPoolExecutor(4, thread_name_prefix="lightrag-asks")
        self._threads = [
            threading.Thread(target=one, name="lightrag", daemon=True) for one in (self._overhear, self._listen)
        ]
        for thread in self._threads:
            thread.start()
        try:
            self._wait(ready, "start", _START)
        except BaseException:
            self.end()
            raise

    @property
    def alive(self) -> bool:
        """Whether anything can be asked of it."""
        return not self._over

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(self, do: str, timeout: float, **given: Any) -> Any:
        """Have something done. Raises ``LightRagFailed``, ``LightRagEnded``, or what a helper raised for it."""
        number = next(self._numbers)
        future: Future[Any] = Future()
        with self._lock:
            if self._over:
                raise LightRagEnded(what=do, reason=self._over)
            self._waiting[number] = future
        try:
            self._say({"id": number, "do": do, "with": given})
            return self._wait(future, do, timeout)
        finally:
            with self._lock:
                self._waiting.pop(number, None)

    def end(self) -> None:
        """End the process, and wait until it is gone."""
        self._finish("it was told to end")
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join()
        self._helpers.shutdown(wait=False, cancel_futures=True)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    # -- the line ---------------------------------------------------------------------------------------------

    def _say(self, message: Mapping[str, Any]) -> None:
        data = json.dumps(message).encode("ascii") + b"\n"
        assert self._process.stdin is not None
        try:
            with self._lock:
                self._process.stdin.write(data)
                self._process.stdin.flush()
        except (OSError, ValueError) as error:
            self._process.poll()
            raise LightRagEnded(what=str(message.get("do", "go on")), reason=self._reason()) from error

    def _wait(self, future: Future[Any], do: str, timeout: float) -> Any:
        try:
            return future.result(timeout)
        except Late:
            self._process.kill()  # whoever waits for it in there would never let anybody else in
            raise LightRagFailed(what=do, reason=f"no answer for {timeout:g} seconds") from None
        except _Ended as error:
            raise LightRagEnded(what=do, reason=str(error)) from None
        except _Refused as error:
            raise LightRagFailed(what=do, reason=str(error)) from None
        except _Missing as error:
            raise MissingExtra(name=f"LightRAG as an engine ({error})", hint=HINT) from None

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            for line in self._process.stdout:
                self._hear(json.loads(line))
        self._process.wait()
        self._threads[0].join(_LAST_WORDS)
        self._finish(self._reason())

    def _hear(self, message: dict[str, Any]) -> None:
        if "ask" in message:
            self._helpers.submit(self._help, message)
            return
        self.bytes = message.get("bytes", self.bytes)
        with self._lock:
            future = self._waiting.pop(message.get("id", 0), None)
        if future is None:
            return
        if "missing" in message:
            future.set_exception(_Missing(message["missing"]))
        elif "error" in message:
            future.set_exception(_Refused(message["error"]["reason"]))
        else:
            future.set_result(message.get("value", message.get("ready")))

    def _help(self, message: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"answer": message["ask"]}
        try:
            answer["value"] = self._helper(message["what"], message)
        except LoomGraphError as error:
            answer["error"] = str(error)
        with contextlib.suppress(LightRagEnded):
            self._say(answer)

    def _overhear(self) -> None:
        assert self._process.stderr is not None
        with contextlib.suppress(OSError, ValueError):
            for line in self._process.stderr:
                self._complaints.append(line.decode("utf-8", "replace").rstrip())

    def _reason(self) -> str:
        code = self._process.returncode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        last = self._complaints[-1] if self._complaints else ""
        return f"{how}: {last}" if last else how

    def _finish(self, reason: str) -> None:
        """Nobody waits any longer."""
        with self._lock:
            self._over = self._over or reason
            waiting, self._waiting = list(self._waiting.values()), {}
        for future in waiting:
            if not future.done():
                future.set_exception(_Ended(reason))


class _Ended(Exception):
    """The process is gone."""


class _Refused(Exception):
    """LightRAG raised."""


class _Missing(Exception):
    """There is no LightRAG."""

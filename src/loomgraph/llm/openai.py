"""A language model behind any server with OpenAI's chat API, over HTTP.

Each answer has a thread of its own that reads it from a connection of its own. Whoever reads the answer waits for the
thread with a deadline for each step (connection, first word, next word, whole answer), and cancelling shuts the
connection down, so that the server stops, too. A request is repeated only while nothing of its answer has come, and
only when the server said that it did not take it.
"""

from __future__ import annotations

import contextlib
import queue
import random
import socket
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from loomgraph.endpoint import Endpoint, Refused, Unreached
from loomgraph.errors import LlmUnavailable, printable
from loomgraph.llm.base import STOPPED, Message
from loomgraph.llm.events import Delta, Reading, Unreadable

if TYPE_CHECKING:
    import httpx

    from loomgraph.settings import LlmSettings

_AGAIN = (429, 503, 529)  # the server has not taken the request
_TRIES = 3
_PAUSE = 0.5  # seconds before the first repetition, doubled each time
_REST = 5.0
_MAX_TEXT = 4_000_000  # characters of an answer that nobody reads to the end
_CONNECTED, _THOUGHT = object(), object()


class OpenAiChat:
    """The model of the settings. Any number of threads may ask; so many answers as set come at a time."""

    def __init__(self, settings: LlmSettings) -> None:
        self.model = settings.model
        self.settings = settings
        self.endpoint = Endpoint(settings.base_url, settings.api_key)
        self.host = self.endpoint.host
        self.slots = threading.BoundedSemaphore(settings.max_async)
        self._under_way: set[OpenAiPieces] = set()
        self._lock = threading.Lock()
        self._knocked = 0.0  # since when somebody waits to see whether there is a connection at all
        self._resting = 0.0  # until when a server that let somebody wait for a connection is left alone

    def stream(self, messages: Sequence[Message]) -> OpenAiPieces:
        """Ask; returns at once."""
        import httpx  # noqa: F401  # loading it is none of the server's time

        pieces = OpenAiPieces(self, self._body(messages), self._knocked)
        if time.monotonic() < self._resting:
            pieces.refuse(self.unavailable("no connection a moment ago"))
            return pieces
        with self._lock:
            self._under_way.add(pieces)
        pieces.start()
        return pieces

    def knock(self) -> None:
        """Try for a connection in a thread; a server that leaves one waiting is not asked in the next seconds."""
        with self._lock:
            if self._knocked or time.monotonic() < self._resting:
                return
            self._knocked = time.monotonic()
        threading.Thread(target=self._knock, name="loomgraph llm knock", daemon=True).start()

    def _knock(self) -> None:
        try:
            if self.endpoint.is_deaf(self.settings.connect_timeout):
                self.rest()
        finally:
            self._knocked = 0.0

    def rest(self) -> None:
        """The server cannot be reached: who asks in the next seconds shall not wait for it as well."""
        self._resting = time.monotonic() + _REST

    def close(self) -> None:
        """Cancel every answer under way."""
        with self._lock:
            left = list(self._under_way)
        for pieces in left:
            pieces.close()

    def forget(self, pieces: OpenAiPieces) -> None:
        """An answer is over."""
        with self._lock:
            self._under_way.discard(pieces)

    def unavailable(self, reason: str) -> LlmUnavailable:
        """The error for a reason."""
        return LlmUnavailable(model=self.model, host=self.host, reason=reason)

    def _body(self, messages: Sequence[Message]) -> dict[str, Any]:
        given = self.settings
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": one.role, "content": printable(one.content)} for one in messages],
            "stream": True,
        }
        if given.temperature is not None:
            body["temperature"] = given.temperature
        if given.max_tokens:
            body["max_tokens"] = given.max_tokens
        if given.max_completion_tokens:
            body["max_completion_tokens"] = given.max_completion_tokens
        return {**body, **given.extra_body}


class OpenAiPieces:
    """One answer: the pieces, as the thread that reads them from the server puts them into a queue."""

    def __init__(self, chat: OpenAiChat, body: dict[str, Any], waiting: float = 0.0) -> None:
        self._chat = chat
        self._body = body
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._pump, name="loomgraph llm", daemon=True)
        self._start = time.monotonic()
        self._said = 0
        self._step = "connect"
        self._since = waiting or self._start  # what was waited for a connection already counts
        self.finish = ""

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def refuse(self, error: LlmUnavailable) -> None:
        """Do not ask at all."""
        self._queue.put(error)

    # -- whoever reads ----------------------------------------------------------------------------------------

    def __iter__(self) -> OpenAiPieces:
        return self

    def __next__(self) -> str:
        while not self.finish:
            what = self._next()
            if isinstance(what, str):
                return what
            if isinstance(what, Exception):
                self.finish = "error"
                self.close()
                raise what
            if isinstance(what, _End):
                self.finish = self.finish or what.finish or "stop"
        self.close()
        raise StopIteration

    def _next(self) -> Any:
        """What the thread says next; an error when it says nothing in time."""
        given = self._chat.settings
        limits = {
            "connect": (given.connect_timeout, "no connection"),
            "first": (given.first_token_timeout, "no word of an answer"),
            "next": (given.token_timeout, "no further word"),
        }
        seconds, words = limits[self._step]
        deadline, whole = self._since + seconds, self._start + given.timeout
        try:
            what = self._queue.get(timeout=max(0.0, min(deadline, whole) - time.monotonic()))
        except queue.Empty:
            if self._step == "connect":
                self._chat.rest()
            if whole <= deadline:
                seconds, words = given.timeout, "no whole answer"
            return self._chat.unavailable(f"{words} within {seconds:g} s")
        self._since = time.monotonic()
        if what is _CONNECTED:
            self._step = "first"
        elif what is _THOUGHT or isinstance(what, str):
            self._step = "next"
        return what

    def cancel(self) -> None:
        """Stop, from any thread."""
        self._cancelled.set()
        self.finish = self.finish or STOPPED
        self._queue.put(_End())
        with self._lock:
            self._shut()

    def close(self) -> None:
        """Cancel what is still under way; waits a moment for the connection to be closed."""
        self.cancel()
        self._chat.forget(self)
        if self._thread is not threading.current_thread() and self._thread.ident is not None:
            self._thread.join(1.0)

    # -- the thread -------------------------------------------------------------------------------------------

    def _pump(self) -> None:
        last: LlmUnavailable | _End = self._chat.unavailable("reading its answer failed")  # a mistake of ours
        try:
            self._wait_for_slot()
            try:
                self._ask()
            finally:
                self._chat.slots.release()
            last = _End()
        except _Over:
            last = _End(STOPPED)
        except LlmUnavailable as error:
            last = error
        finally:
            self._queue.put(last)

    def _wait_for_slot(self) -> None:
        """Waiting for others is part of waiting for the first word."""
        if not self._chat.slots.acquire(blocking=False):
            self._queue.put(_CONNECTED)
            seconds = self._chat.settings.first_token_timeout
            while not self._chat.slots.acquire(timeout=0.05):
                if self._cancelled.is_set():
                    raise _Over
                if time.monotonic() > self._start + seconds:
                    raise self._chat.unavailable(f"no word of an answer within {seconds:g} s")

    def _ask(self) -> None:
        for tried in range(1, _TRIES + 1):
            try:
                self._request()
                return
            except Refused as refused:
                wait = max(refused.wait, _PAUSE * 2 ** (tried - 1)) * random.uniform(1.0, 1.5)  # not all at once
                late = time.monotonic() + wait > self._start + self._chat.settings.first_token_timeout
                if refused.status not in _AGAIN or tried == _TRIES or late:
                    raise self._chat.unavailable(refused.reason) from None
                if self._cancelled.wait(wait):
                    raise _Over from None
            except (Unreached, Unreadable) as error:
                if self._cancelled.is_set():
                    raise _Over from None
                if isinstance(error, Unreached) and error.unsent and error.late:
                    self._chat.rest()
                raise self._chat.unavailable(self._chat.endpoint.hidden(str(error))) from None

    def _request(self) -> None:
        import httpx

        chat, given = self._chat, self._chat.settings
        timeout = httpx.Timeout(given.timeout, connect=given.connect_timeout)
        try:
            with (
                chat.endpoint.client(timeout, 1, keep=False) as client,
                client.stream(
                    "POST",
                    chat.endpoint.url("chat/completions"),
                    json=self._body,
                    headers={"Accept": "text/event-stream"},
                    extensions={"trace": self._trace},
                ) as response,
            ):
                self._read(response)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            raise chat.endpoint.failure(error, given.connect_timeout) from None

    def _read(self, response: httpx.Response) -> None:
        if response.status_code >= 300:
            body = b"".join(part for part, _ in zip(response.iter_bytes(4096), range(4), strict=False))
            retry = response.headers.get("retry-after", "")
            raise self._chat.endpoint.refusal(response.status_code, body, retry)
        reading = Reading()
        if "json" in response.headers.get("content-type", ""):  # it does not stream
            self._say([reading.whole(response.read())])
        else:
            for data in response.iter_bytes():
                said = self._say(reading.feed(data))
                if reading.done or said > _MAX_TEXT or self._cancelled.is_set():
                    break
            else:
                self._say(reading.feed(b"", final=True))
                if not (reading.done or reading.finish):
                    raise Unreadable("the answer ends in the middle")
        self._queue.put(_End(reading.finish or "stop"))

    def _say(self, deltas: Iterable[Delta]) -> int:
        """Hand on what came; gives how much text there is by now."""
        for delta in deltas:
            self._said += len(delta.text)
            if delta.text:
                self._queue.put(delta.text)
            elif delta.thought:
                self._queue.put(_THOUGHT)
        return self._said

    # -- the connection, which cancelling shuts down ----------------------------------------------------------

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Told by the client of every step: keeps the socket, and says when the request goes out."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            stream = info["return_value"]
            with self._lock:
                self._socket = stream.get_extra_info("socket")
                if self._cancelled.is_set():
                    self._shut()
        elif event.endswith("send_request_headers.started"):
            self._queue.put(_CONNECTED)

    def _shut(self) -> None:
        """End the connection under the reader's hands; the thread that reads closes it."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # not its own method: that of a TLS socket gives up encryption before the reader has noticed
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            self._socket = None


class _Over(Exception):
    """Nobody waits for the answer any more."""


class _End:
    """The last thing in the queue, with why the answer ended."""

    def __init__(self, finish: str = "") -> None:
        self.finish = finish

"""Vectors from any server with OpenAI's ``/v1/embeddings``: text-embeddings-inference, Ollama, vLLM, OpenAI itself.

Passages go in batches bounded by number and size, several at a time; what a server refuses for load, or does not
answer, is asked again after a while; a batch it finds too large is cut in two, a text it finds too long in half. A
question is asked once, and waited for no longer than set. May be used from any number of threads.
"""

from __future__ import annotations

import base64
import random
import re
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from loomgraph.cachefile import CacheFile, key_of
from loomgraph.embed.base import Passage
from loomgraph.embed.registry import model_name
from loomgraph.endpoint import Endpoint, Refused, Unreached
from loomgraph.errors import EmbeddingDimension, EmbeddingUnreachable, printable

if TYPE_CHECKING:
    import httpx
    from numpy.typing import NDArray

    from loomgraph.settings import EmbeddingSettings

_BYTES_A_TOKEN = 4  # of prose; code has shorter tokens
_BYTES_SENT = 3  # a token when a text must not be too long
_SHORTEST = 256  # bytes: what is refused though it is shorter is not refused for its length
_TOO_MUCH = (400, 413, 422)  # what servers answer to batches too large and texts too long
_AGAIN = (408, 425, 429, 500, 502, 503, 504, 529)
_PAUSE, _LONGEST_PAUSE = 0.5, 60.0  # seconds between two tries
_REST = 5.0  # seconds in which a server that let a question wait is not asked another one
_REMEMBERED = 64  # questions
_CONNECT = 2.0  # seconds for a connection
# what text-embeddings-inference says of its limits
_BATCH_LIMIT = re.compile(r"maximum allowed batch size:? (\d+)")
_TOKEN_LIMIT = re.compile(r"less than (\d+) tokens\. Given: (\d+)")


class _Vector(msgspec.Struct):
    embedding: list[float] | str
    index: int = -1


class _Answer(msgspec.Struct):
    data: list[_Vector]


class RemoteEmbedder:
    """The embedding server of the settings. ``dimension`` is 0 until it is known: from the settings, from whoever kept
    vectors of it, or from the first answer."""

    prose = True

    def __init__(self, settings: EmbeddingSettings, dimension: int = 0) -> None:
        self.model = model_name(settings)
        self.dimension = settings.dim or dimension
        self._settings = settings
        self._endpoint = Endpoint(settings.base_url, settings.api_key)
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()
        self._questions: dict[str, NDArray[np.float32]] = {}
        self._resting: tuple[float, str] = (0.0, "")
        self._cache = CacheFile(settings.cache_file, settings.cache_mb * 1_000_000)
        self._most = settings.batch  # texts in a request: fewer as soon as the server says so
        self._encoding = "base64"  # a fifth of the bytes that numbers take, until the server refuses it
        self._cut_short: set[bytes] = set()
        self._answered = False

    @property
    def host(self) -> str:
        """Where the server is."""
        return self._endpoint.host

    @property
    def shortened(self) -> int:
        """How many texts were sent in part, since the model reads no more."""
        return len(self._cut_short)

    # -- what an embedder does --------------------------------------------------------------------------------

    def passages(self, passages: Sequence[Passage]) -> NDArray[np.float32]:
        """One unit vector a passage, from its text; zeros where it has none."""
        return self.texts([passage.text for passage in passages])

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector a text; equal texts are sent once, and what was sent before is not."""
        cut = [self._cut(text) for text in texts]
        wanted = [text for text in dict.fromkeys(cut) if text.strip()]
        found = self._known(wanted)
        missing = [text for text in wanted if text not in found]
        asked = frozenset(missing)
        self._cut_short.update(
            self._key(one) for one, text in zip(cut, texts, strict=True) if len(one) < len(text) and one in asked
        )  # fmt: skip
        found.update(zip(missing, self._all(missing), strict=True))
        empty = np.zeros(self.dimension, np.float32)
        rows = [found.get(text, empty) for text in cut]
        return np.vstack(rows) if rows else np.zeros((0, self.dimension), np.float32)

    def keep(self, rows: Mapping[str, bytes]) -> None:
        """Remember vectors (rows of float16) as those of texts, for whoever asks for these."""
        self._cache.put({self._key(self._cut(text)): row for text, row in rows.items()})

    def _known(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """What is remembered of texts."""
        keys = {self._key(text): text for text in texts}
        found = {}
        for key, data in self._cache.get(list(keys)).items():
            row = np.frombuffer(data, "<f2").astype(np.float32) if len(data) % 2 == 0 else np.zeros(0, np.float32)
            with self._lock:
                self.dimension = self.dimension or len(row)
            if len(row) == self.dimension:
                found[keys[key]] = row
        return found

    def _key(self, text: str) -> bytes:
        return key_of(self.model, str(self._settings.dim), text)

    def questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector a question. Raises ``EmbeddingUnreachable`` when the server is dead or slow."""
        cut = [self._cut(text) for text in texts]
        with self._lock:
            missing = [text for text in dict.fromkeys(cut) if text not in self._questions]
            rest, reason = self._resting
        if missing:
            if time.monotonic() < rest:
                raise self._unreachable(reason)
            self._opened()  # loading what it needs is none of the server's time
            try:
                vectors = self._in_time(missing, self._settings.question_timeout)
            except Unreached as error:
                if error.late:
                    self._resting = (time.monotonic() + _REST, f"{error.reason}, a moment ago")
                raise self._unreachable(error.reason) from None
            except Refused as error:
                raise self._unreachable(error.reason) from None
            with self._lock:
                while len(self._questions) >= _REMEMBERED:
                    del self._questions[next(iter(self._questions))]
                self._questions.update(zip(missing, vectors, strict=True))
        with self._lock:
            found = [self._questions.get(text) for text in cut]
        return np.vstack(
            [self.questions([text])[0] if row is None else row for row, text in zip(found, cut, strict=True)]
        )

    def tokens(self, texts: Sequence[str]) -> list[int]:
        """An estimate: the server alone knows its tokens."""
        return [-(-len(text.encode("utf-8", "replace")) // _BYTES_A_TOKEN) for text in texts]

    def close(self) -> None:
        """Let go of connections; the next call opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    # -- batches ----------------------------------------------------------------------------------------------

    def _cut(self, text: str) -> str:
        """A text as far as it is sent; bytes that are no text are made visible."""
        text = printable(text)
        most = self._settings.max_tokens * _BYTES_SENT
        if not most or len(text) <= most // 4:
            return text
        data = text.encode("utf-8", "replace")
        return text if len(data) <= most else data[:most].decode("utf-8", "ignore")

    def _batches(self, texts: Sequence[str]) -> list[list[str]]:
        """Texts in their order, in lists no longer and no larger than set."""
        found: list[list[str]] = []
        room = 0
        for text, tokens in zip(texts, self.tokens(texts), strict=True):
            if not found or len(found[-1]) >= self._settings.batch or tokens > room:
                found.append([])
                room = self._settings.batch_tokens
            found[-1].append(text)
            room -= tokens
        return found

    def _all(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """The vectors of all texts, several batches at a time; the first that fails ends them all."""
        batches = self._batches(texts)
        if len(batches) <= 1:
            return [row for batch in batches for row in self._kept(batch, threading.Event())]
        failed = threading.Event()

        def one(batch: list[str]) -> list[NDArray[np.float32]]:
            if failed.is_set():
                return []
            try:
                return self._kept(batch, failed)
            except BaseException:
                failed.set()
                raise

        self._opened()  # by one thread
        with ThreadPoolExecutor(min(self._settings.max_async, len(batches)), "loomgraph embed") as pool:
            return [row for rows in pool.map(one, batches) for row in rows]

    def _kept(self, batch: list[str], failed: threading.Event) -> list[NDArray[np.float32]]:
        """The vectors of one batch, remembered at once: what breaks off later has them."""
        rows = self._in_parts(batch, failed)
        self._cache.put(
            {self._key(text): row.astype("<f2").tobytes() for text, row in zip(batch, rows, strict=True)}
        )  # fmt: skip
        return rows

    def _in_parts(
        self, batch: list[str], failed: threading.Event, *, cut: bool = False
    ) -> list[NDArray[np.float32]]:  # fmt: skip
        """As ``_asked``, by as many texts as the server takes, which may be found out meanwhile."""
        rows: list[NDArray[np.float32]] = []
        while len(rows) < len(batch):
            rows += self._asked(batch[len(rows) : len(rows) + self._most], failed, cut=cut)
        return rows

    def _asked(self, batch: list[str], failed: threading.Event, *, cut: bool = False) -> list[NDArray[np.float32]]:
        """The vectors of some texts, asked for until there are some or there is no hope; ``cut``: it is one in part."""
        tried = 0
        while True:
            try:
                return self._request(batch, self._settings.timeout)
            except Refused as refused:
                if refused.status in _TOO_MUCH and self._numbers_only(refused.reason):
                    continue
                if refused.status in _TOO_MUCH and (parts := self._smaller(batch, refused)):
                    shortens = len(batch) == 1
                    if shortens and not cut:
                        self._cut_short.add(self._key(batch[0]))
                    return [row for part in parts for row in self._in_parts(part, failed, cut=shortens)]
                wait, reason = refused.wait, refused.reason
                if refused.status not in _AGAIN:
                    raise self._unreachable(reason) from None
            except Unreached as unreached:
                wait, reason = 0.0, unreached.reason
                if unreached.unsent and not self._answered:  # nobody is there: that is not a moment's trouble
                    raise self._unreachable(reason) from None
            tried += 1
            if tried > self._settings.retries:
                raise self._unreachable(reason)
            pause = max(wait, _PAUSE * 2 ** (tried - 1) * (1 + random.random() / 4))  # not all batches at once
            if failed.wait(min(pause, _LONGEST_PAUSE)):
                raise self._unreachable(reason)

    def _numbers_only(self, reason: str) -> bool:
        """Whether the server has just been found not to know base64."""
        if self._encoding == "base64" and ("encoding_format" in reason or "base64" in reason):
            self._encoding = "float"
            return True
        return False

    def _smaller(self, batch: list[str], refused: Refused) -> list[list[str]]:
        """A batch that was too much, as less: parts, or the beginning of one text; nothing where that is no help."""
        if len(batch) > 1:
            said = _BATCH_LIMIT.search(refused.reason)
            size = int(said[1]) if said else 0
            if not 0 < size < len(batch):
                size = (len(batch) + 1) // 2
            if said or refused.status == 413:  # it is the number, or the size, of what is sent
                self._most = min(self._most, size)
            return [batch[at : at + size] for at in range(0, len(batch), size)]
        (text,) = batch
        if len(text) <= _SHORTEST:
            return []
        said = _TOKEN_LIMIT.search(refused.reason)
        share = int(said[1]) / int(said[2]) * 0.95 if said and 0 < int(said[1]) < int(said[2]) else 0.5
        return [[text[: max(_SHORTEST, int(len(text) * share))]]]

    def _in_time(self, texts: list[str], seconds: float) -> list[NDArray[np.float32]]:
        """As ``_request``, but given up at the second, wherever it hangs (a name that is not resolved, too)."""
        outcome: list[list[NDArray[np.float32]] | Exception] = []
        done = threading.Event()

        def ask() -> None:
            try:
                outcome.append(self._request(texts, seconds))
            except (Refused, Unreached, EmbeddingDimension) as error:  # raised again where it is waited for
                outcome.append(error)
            finally:
                done.set()

        threading.Thread(target=ask, name="loomgraph question", daemon=True).start()
        if not done.wait(seconds):
            raise Unreached(f"no answer within {seconds:g} s", late=True)
        found = outcome[0] if outcome else Unreached("asking it failed")  # a mistake of ours
        if isinstance(found, Exception):
            raise found
        return found

    def _request(self, texts: list[str], seconds: float) -> list[NDArray[np.float32]]:
        """One request. Raises ``Refused``, ``Unreached`` or ``EmbeddingDimension``."""
        import httpx

        body: dict[str, object] = {"model": self._settings.model, "input": texts, "encoding_format": self._encoding}
        if self._settings.send_dim and self._settings.dim:
            body["dimensions"] = self._settings.dim
        try:
            timeout = httpx.Timeout(seconds, connect=min(_CONNECT, seconds))
            response = self._opened().post(self._endpoint.url("embeddings"), json=body, timeout=timeout)
        except httpx.ConnectTimeout as error:
            raise self._endpoint.failure(error, min(_CONNECT, seconds)) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            raise self._endpoint.failure(error, seconds) from None
        if response.status_code >= 300:
            raise self._endpoint.refusal(
                response.status_code, response.content[:4096], response.headers.get("retry-after", "")
            )
        self._answered = True
        return self._vectors(response.content, len(texts))

    def _opened(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                timeout = httpx.Timeout(self._settings.timeout)
                self._client = self._endpoint.client(timeout, self._settings.max_async + 2, keep=True)
            return self._client

    def _vectors(self, body: bytes, wanted: int) -> list[NDArray[np.float32]]:
        """The unit vectors of an answer, in the order of the texts."""
        try:
            rows = msgspec.json.decode(body, type=_Answer).data
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Unreached(f"it answered with something else than vectors ({error})") from None
        if len(rows) != wanted:
            raise Unreached(f"it gave {len(rows)} vectors for {wanted} texts")
        if all(row.index >= 0 for row in rows):
            rows.sort(key=lambda row: row.index)
        matrix = [_numbers(row.embedding) for row in rows]
        for one in matrix:
            self._check_dimension(len(one))
        found = np.vstack(matrix)
        if not np.isfinite(found).all():
            raise Unreached("it gave a vector with something else than numbers")
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        np.divide(found, lengths, out=found, where=lengths > 0)
        return list(found)

    def _check_dimension(self, found: int) -> None:
        with self._lock:
            if not self.dimension:
                self.dimension = found
        if found != self.dimension:
            raise EmbeddingDimension(host=self.host, model=self._settings.model, found=found, wanted=self.dimension)

    def _unreachable(self, reason: str) -> EmbeddingUnreachable:
        return EmbeddingUnreachable(host=self.host, reason=reason)


def _numbers(embedding: list[float] | str) -> NDArray[np.float32]:
    """A vector as it was sent: numbers, or the base64 of little-endian float32."""
    if isinstance(embedding, str):
        try:
            return np.frombuffer(base64.b64decode(embedding, validate=True), "<f4").astype(np.float32)
        except ValueError:
            raise Unreached("it gave a vector that is neither numbers nor base64") from None
    return np.asarray(embedding, np.float32)

"""The processes that the LightRAG projects of this process share: begun when needed, ended when they have grown.

LightRAG keeps some memory of every workspace that it closes, so a process in which many were closed, or that has grown,
takes no more and ends as soon as nothing is open in it. Vectors and words come from the embedding and the language
model of the settings, asked here. This module must not know what is done with an instance.
"""

from __future__ import annotations

import base64
import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loomgraph.embed.registry import embedder_for, model_name
from loomgraph.engines.lightrag.process import HostProcess
from loomgraph.errors import LightRagEnded, LightRagMerged, LightRagNeedsVectors, LoomGraphError
from loomgraph.settings import EmbeddingSettings, LightRagSettings, LlmSettings

if TYPE_CHECKING:
    from loomgraph.embed.base import Embedder
    from loomgraph.llm.base import Chat


class Instance:
    """One workspace, open in a process."""

    def __init__(self, process: HostProcess, workspace: str, timeout: float) -> None:
        self.process = process
        self.workspace = workspace
        self.empty = True  # whether its graph held nothing when it was opened
        self.alone = True  # whether changes of another process show only when it is opened again
        self._timeout = timeout

    def call(self, do: str, **given: Any) -> Any:
        """Have something done in it."""
        return self.process.call(do, self._timeout, workspace=self.workspace, **given)


class Hosts:
    """The processes of some settings. Close it."""

    def __init__(
        self, settings: LightRagSettings, embedding: EmbeddingSettings | None = None, llm: LlmSettings | None = None
    ) -> None:
        self.settings = settings
        self.embedding = embedding or EmbeddingSettings()
        self._llm = llm or LlmSettings()
        self._processes: list[HostProcess] = []
        self._embedder: Embedder | None = None
        self._chat: Chat | None = None
        self._place = ""
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self.recycled = 0

    @property
    def words(self) -> bool:
        """Whether a language model finds a question's keywords."""
        return self._llm.ready

    def open(self, workspace: str, folder: Path) -> Instance:
        """Open a workspace whose own files, if it has any, lie in ``folder``."""
        if merging := self.settings.merging:
            raise LightRagMerged(names=merging)
        dimension = self.dimension()
        with self._lock:
            process = self._process()
            process.open += 1
        instance = Instance(process, workspace, self.settings.timeout)
        try:
            found = instance.call(
                "open", folder=str(folder), dimension=dimension, model=model_name(self.embedding),
                storages=self.settings.storages, words=self.words,
            )  # fmt: skip
        except BaseException:
            self._let_go(process)
            raise
        instance.empty, instance.alone = found["empty"], found["alone"]
        return instance

    def close_instance(self, instance: Instance) -> None:
        """Close a workspace; the process ends if it was to and this was the last in it."""
        try:
            instance.process.closed = instance.call("close")
        except LightRagEnded:
            pass
        finally:
            self._let_go(instance.process)

    def _let_go(self, process: HostProcess) -> None:
        with self._lock:
            process.open -= 1
            done = not process.open and (not process.alive or self._is_old(process))
            if done and process in self._processes:
                self._processes.remove(process)
                self.recycled += 1
        if done:
            process.end()

    def _is_old(self, process: HostProcess) -> bool:
        return process.closed >= self.settings.closings or process.bytes > self.settings.process_bytes

    def _process(self) -> HostProcess:
        """The process with the fewest instances; another one while there may be more and each is in use."""
        young = [one for one in self._processes if one.alive and not self._is_old(one)]
        least = min(young, key=lambda one: one.open, default=None)
        if least is None or (least.open and len(young) < self.settings.processes):
            self._place = self._place or tempfile.mkdtemp(prefix="loomgraph-lightrag-")
            variables = {name: value.reveal() for name, value in self.settings.variables}
            least = HostProcess(self.settings.python, variables, Path(self._place), self._help)
            self._processes.append(least)
        return least

    def memory(self, instance: Instance) -> int:
        """Bytes that closing an instance would free, about: its share of its process."""
        return instance.process.bytes // max(1, instance.process.open)

    def close(self) -> None:
        """End all processes and let go of the models."""
        with self._lock:
            processes, self._processes = self._processes, []
            place, self._place = self._place, ""
        for process in processes:
            process.end()
        with self._asking:
            embedder, self._embedder = self._embedder, None
            chat, self._chat = self._chat, None
        if embedder is not None:
            embedder.close()
        if chat is not None:
            chat.close()
        if place:
            shutil.rmtree(place, ignore_errors=True)

    def __enter__(self) -> Hosts:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # -- what LightRAG asks -----------------------------------------------------------------------------------

    def dimension(self) -> int:
        """How many numbers a vector has. Raises ``LightRagNeedsVectors``."""
        with self._asking:
            embedder = self._opened()
            return embedder.dimension or len(embedder.questions(["dimension"])[0])

    def _opened(self) -> Embedder:
        if self._embedder is None:
            self._embedder = embedder_for(self.embedding)
            if self._embedder is None:
                raise LightRagNeedsVectors()
        return self._embedder

    def _help(self, what: str, given: Mapping[str, Any]) -> Any:
        if what == "embed":
            return self._embedded(given["texts"], given.get("context") == "query")
        return self._worded(given)

    def _embedded(self, texts: list[str], is_question: bool) -> str:
        from loomgraph.embed.base import Passage

        with self._asking:
            embedder = self._opened()
            if embedder.prose and not is_question:
                found = embedder.passages([Passage({}, {}, {}, {}, text) for text in texts])
            else:
                found = embedder.questions(texts)
        return base64.b64encode(found.astype("<f4").tobytes()).decode("ascii")

    def _worded(self, given: Mapping[str, Any]) -> str:
        from loomgraph.llm.base import Message
        from loomgraph.llm.registry import chat_for

        with self._asking:
            self._chat = self._chat or chat_for(self._llm)
            chat = self._chat
        if chat is None:
            raise LoomGraphError(reason="no language model is set")
        told = [Message("system", given["system"])] if given["system"] else []
        told += [Message(one["role"], one["content"]) for one in given["history"]]
        pieces = chat.stream([*told, Message("user", given["prompt"])])
        try:
            return "".join(pieces)
        finally:
            pieces.close()

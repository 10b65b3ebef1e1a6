"""ONNX models of a folder, as sentence-transformers and fastembed keep them: computed here, by the extra ``onnx``.

Texts are cut to what the model reads and go through it in batches of like length; the vectors of their tokens become
one by their mean (or the first one, where the folder says so), as a unit vector. Nothing is ever downloaded.
"""

from __future__ import annotations

import importlib
import multiprocessing
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from loomgraph.embed.base import Passage
from loomgraph.embed.folder import folder_model
from loomgraph.embed.local import unit
from loomgraph.errors import MissingExtra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from loomgraph.embed.folder import ModelFolder
    from loomgraph.settings.embedding import EmbeddingSettings

_HINT = "Install loomgraph-kg[onnx]."
_KNOWN = ("input_ids", "attention_mask", "token_type_ids")
_QUIET = 3  # errors only


class OnnxEmbedder:
    """A model that onnxruntime computes. May be used from any number of threads."""

    prose = True

    def __init__(self, folder: ModelFolder, settings: EmbeddingSettings) -> None:
        self.model = folder_model(settings)
        self._folder = folder
        self._tokenizer = folder.tokenizer()
        self._tokenizer.enable_truncation(folder.most_tokens())
        self._first_alone = folder.pooling() == "cls"
        self._batch, self._batch_tokens = settings.batch, settings.batch_tokens
        self._session, self._failures = _session(folder)
        self._wanted = [one.name for one in self._session.get_inputs()]
        if "input_ids" not in self._wanted or set(self._wanted) - set(_KNOWN):
            raise folder.refused(f"its model wants {', '.join(self._wanted)}; known are {', '.join(_KNOWN)}")
        self.dimension = len(self._run([[0]])[0])

    def passages(self, passages: Sequence[Passage]) -> NDArray[np.float32]:
        """One unit vector a passage, from its text; zeros where it has none."""
        return self.questions([passage.text for passage in passages])

    def questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector a question."""
        found = np.zeros((len(texts), self.dimension), np.float32)
        tokens = [self._encoded(text) if text.strip() else [] for text in texts]
        for rows in self._batches(tokens):
            found[rows] = self._run([tokens[row] for row in rows])
        return unit(found)

    def tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens of the model each text has, as far as it is read."""
        return [len(self._encoded(text)) for text in texts]

    def close(self) -> None:
        """The session goes with this object."""

    def _encoded(self, text: str) -> list[int]:
        # one by one: in batches the tokenizer would start threads, which a later fork does not survive
        return self._tokenizer.encode(text).ids

    def _batches(self, tokens: Sequence[list[int]]) -> Iterator[list[int]]:
        """The numbers of texts that go through the model together: of like length, so that little is filled up."""
        batch: list[int] = []
        for row in sorted((row for row, ids in enumerate(tokens) if ids), key=lambda row: len(tokens[row])):
            if batch and (len(batch) >= self._batch or (len(batch) + 1) * len(tokens[row]) > self._batch_tokens):
                yield batch
                batch = []
            batch.append(row)
        if batch:
            yield batch

    def _run(self, tokens: Sequence[list[int]]) -> NDArray[np.float32]:
        """The vectors of texts, not yet of length one."""
        ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
        mask = np.zeros_like(ids)
        for row, one in enumerate(tokens):
            ids[row, : len(one)] = one
            mask[row, : len(one)] = 1
        given = dict(zip(_KNOWN, (ids, mask, np.zeros_like(ids)), strict=True))
        try:
            states = np.asarray(self._session.run(None, {name: given[name] for name in self._wanted})[0], np.float32)
        except self._failures as error:
            raise self._folder.refused(f"its model failed ({_first_line(error)})") from None
        if states.ndim == 2 and len(states) == len(tokens):
            return states
        if states.ndim != 3 or states.shape[:2] != ids.shape:
            raise self._folder.refused(f"its model gives {states.shape} for {ids.shape} tokens: no vector for each")
        if self._first_alone:
            return states[:, 0]
        weights = mask[:, :, None].astype(np.float32)
        pooled: NDArray[np.float32] = (states * weights).sum(axis=1) / weights.sum(axis=1)
        return pooled


def _session(folder: ModelFolder) -> tuple[Any, tuple[type[Exception], ...]]:
    """The model, ready to run, and the errors that it may raise."""
    try:
        onnxruntime = importlib.import_module("onnxruntime")  # it has no types, and need not be there
    except ImportError:
        raise MissingExtra(name=f"The ONNX model in {folder.path}", hint=_HINT) from None
    own = vars(onnxruntime.capi.onnxruntime_pybind11_state).values()  # an error for each of its codes
    failures: tuple[type[Exception], ...] = (RuntimeError, ValueError)
    failures += tuple(one for one in own if isinstance(one, type) and issubclass(one, Exception))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _QUIET
    if multiprocessing.parent_process() is not None:
        options.intra_op_num_threads = 1  # an index has a process for each processor
    try:
        session = onnxruntime.InferenceSession(str(folder.weights), options, providers=["CPUExecutionProvider"])
    except failures as error:
        raise folder.refused(f"its {folder.weights.name} cannot be loaded ({_first_line(error)})") from None
    return session, failures


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]

"""Static models of a folder (Model2Vec and its like): the vectors of a text's tokens, their mean, as a unit vector.

The folder holds ``tokenizer.json`` and ``model.safetensors`` with one matrix, a row a token; Model2Vec's ``mapping``
(token → row) and ``weights`` (a number a token) are heeded where they are there. Nothing is ever downloaded.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from loomgraph.embed.base import Passage
from loomgraph.embed.folder import MATRIX, folder_model, model_folder
from loomgraph.embed.safetensors import tensors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from loomgraph.embed.base import Embedder
    from loomgraph.embed.folder import ModelFolder
    from loomgraph.settings.embedding import EmbeddingSettings


def local_embedder(settings: EmbeddingSettings) -> Embedder:
    """The model of the folder that is set. Raises ``BadInput``, ``EmbeddingFolder`` and ``MissingExtra``."""
    folder = model_folder(settings)
    found: Embedder
    if folder.kind == "onnx":
        from loomgraph.embed.onnx import OnnxEmbedder

        found = OnnxEmbedder(folder, settings)
    else:
        found = FolderEmbedder(folder, settings)
    if settings.dim and settings.dim != found.dimension:
        found.close()
        raise folder.refused(
            f"its model gives vectors of {found.dimension} numbers, but the setting embedding_dim wants {settings.dim}"
        )
    return found


class FolderEmbedder:
    """Means of token vectors. May be used from any number of threads."""

    prose = True

    def __init__(self, folder: ModelFolder, settings: EmbeddingSettings) -> None:
        self.model = folder_model(settings)
        self._tokenizer = folder.tokenizer()
        self._matrix, self._mapping, self._weights = _read(folder)
        self.dimension = int(self._matrix.shape[1])
        rows = len(self._matrix) if self._mapping is None else len(self._mapping)
        words = self._tokenizer.get_vocab_size()
        if words > rows:
            raise folder.refused(
                f"its tokenizer.json knows {words} tokens, its {folder.weights.name} {rows}: they are not of one model"
            )
        self._unknown = self._tokenizer.token_to_id(_unknown(self._tokenizer.to_str()))

    def passages(self, passages: Sequence[Passage]) -> NDArray[np.float32]:
        """One unit vector a passage, from its text; zeros where it has no token of the model."""
        return self.questions([passage.text for passage in passages])

    def questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector a question."""
        found = np.zeros((len(texts), self.dimension), np.float32)
        for at, text in enumerate(texts):
            ids = [one for one in self._ids(text) if one != self._unknown]
            if ids:
                found[at] = self._mean(ids)
        return unit(found)

    def tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens of the model each text has."""
        return [len(self._ids(text)) for text in texts]

    def close(self) -> None:
        """Nothing is open but the mapped file."""

    def _ids(self, text: str) -> list[int]:
        # one by one: in batches the tokenizer would start threads, which a later fork does not survive
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def _mean(self, ids: list[int]) -> NDArray[np.float32]:
        rows = self._matrix[ids if self._mapping is None else self._mapping[ids]].astype(np.float32)
        if self._weights is not None:
            rows *= self._weights[ids].astype(np.float32)[:, None]
        mean: NDArray[np.float32] = rows.mean(axis=0, dtype=np.float32)
        return mean


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors with length one, in place; what is zero stays so."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    np.divide(vectors, lengths, out=vectors, where=lengths > 0)
    return vectors


def _read(folder: ModelFolder) -> tuple[NDArray[Any], NDArray[Any] | None, NDArray[Any] | None]:
    """The matrix, and which row and weight each token has where the file says so."""
    try:
        found = tensors(folder.weights)
    except (OSError, ValueError) as error:
        raise folder.refused(f"its {folder.weights.name} cannot be read: {error}") from None
    tables = [name for name, one in found.items() if one.ndim == 2]
    name = next((name for name in MATRIX if name in tables), tables[0] if len(tables) == 1 else "")
    if not name or not found[name].size:
        raise folder.refused(
            f"its {folder.weights.name} has no matrix of token vectors ({MATRIX[0]}) but"
            f" {', '.join(found) or 'nothing'}; a model that computes its vectors must be there as model.onnx"
        )
    matrix, mapping, weights = found[name], found.get("mapping"), found.get("weights")
    if mapping is not None and not (mapping.ndim == 1 and mapping.dtype.kind in "iu" and _within(mapping, len(matrix))):
        raise folder.refused(f"the tensor mapping of its {folder.weights.name} names rows that are not there")
    tokens = len(matrix) if mapping is None else len(mapping)
    if weights is not None and weights.shape != (tokens,):
        raise folder.refused(f"its {folder.weights.name} has {weights.shape} weights for {tokens} tokens")
    return matrix, mapping, weights


def _within(mapping: NDArray[Any], rows: int) -> bool:
    return not mapping.size or (int(mapping.min()) >= 0 and int(mapping.max()) < rows)


def _unknown(tokenizer: str) -> str:
    """The token that stands for what the model does not know, as tokenizer.json says it."""
    model = json.loads(tokenizer).get("model") or {}
    return str(model.get("unk_token") or "")

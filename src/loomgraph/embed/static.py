"""The built-in embedding: word vectors that come with an installed wheel, added up. No download, no network.

The vectors are WordLlama's (256 dimensions, MIT licence), read from the wheel's own files; its package is not
imported. A passage is the sum of its words' vectors, each by the logarithm of how often it stands there and by
the weight of its field, as a unit vector. A word is cut into the model's tokens once per run, whatever the number of
passages it stands in: that is what makes tens of thousands of passages a second possible.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from loomgraph.embed.base import Passage
from loomgraph.embed.registry import STATIC_MODEL
from loomgraph.embed.safetensors import tensors
from loomgraph.errors import EmbeddingUnavailable
from loomgraph.lexicon import Lexicon

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
_MOST_WORDS = 16_000  # remembered at a time, a kilobyte each: most words of a large project stand in it once
_FIELDS = np.array(
    (5.0, 5.0, 3.0, 1.0), np.float32
)  # path, names, doc, body: chosen on the developers' sets (docs/retrieval.md)


class StaticEmbedder:
    """Sums of word vectors. Threads that share one wait for each other."""

    model = STATIC_MODEL
    dimension = 256
    prose = False

    def __init__(self) -> None:
        self._folder = _folder()
        self._matrix = _matrix(self._folder / _WEIGHTS)
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        """Begin with no words."""
        self._rows: dict[str, int] = {}
        self._vectors = np.zeros((64, self.dimension), np.float32)
        self._lexicon = Lexicon()

    def passages(self, passages: Sequence[Passage]) -> NDArray[np.float32]:
        """One unit vector a passage."""
        with self._lock:
            return self._passages(passages)

    def _passages(self, passages: Sequence[Passage]) -> NDArray[np.float32]:
        if len(self._rows) > _MOST_WORDS:
            self._forget()
        fields = [field for passage in passages for field in passage[:4]]
        self._learn(dict.fromkeys(chain.from_iterable(fields)))
        lengths = np.fromiter(map(len, fields), np.intp, len(fields))
        ends = lengths.cumsum()
        total = int(ends[-1]) if len(ends) else 0
        rows = np.fromiter(map(self._rows.__getitem__, chain.from_iterable(fields)), np.intp, total)
        counts = np.fromiter(chain.from_iterable([field.values() for field in fields]), np.float32, total)
        weights = (np.log(counts) + np.float32(1)) * np.repeat(np.tile(_FIELDS, len(passages)), lengths)
        out = np.zeros((len(passages), self.dimension), np.float32)
        start = 0
        for at, end in enumerate(ends[3::4].tolist()):
            np.dot(weights[start:end], self._vectors[rows[start:end]], out=out[at])
            start = end
        return _unit(out)

    def questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector a question."""
        with self._lock:
            counts = [self._lexicon.part_counts(text) for text in texts]
        return self.weighted(counts)

    def weighted(self, counts: Sequence[Mapping[str, int]]) -> NDArray[np.float32]:
        """One unit vector for each set of words."""
        empty: dict[str, int] = {}
        return self.passages([Passage(empty, empty, empty, words) for words in counts])

    def tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens of the model each text has."""
        tokenizer = _tokenizer(self._folder / _TOKENIZER)  # in batches it would start threads, which cost more
        return [len(tokenizer.encode(text, add_special_tokens=False).ids) for text in texts]

    def close(self) -> None:
        """Nothing is open."""

    def _learn(self, words: Mapping[str, None]) -> None:
        """Find the vectors of words not met before; row 0 stands for words the model has nothing for."""
        new = [word for word in words if word not in self._rows]
        if not new:
            return
        tokenizer = _tokenizer(self._folder / _TOKENIZER)
        next_row = len(self._rows) + 1
        needed = next_row + len(new)
        if needed > len(self._vectors):
            grown = np.zeros((max(needed, 2 * len(self._vectors)), self.dimension), np.float32)
            grown[: len(self._vectors)] = self._vectors
            self._vectors = grown
        for word in new:  # one by one: in batches the tokenizer would start threads, which cost more than they do
            ids = tokenizer.encode(word, add_special_tokens=False).ids
            self._rows[word] = next_row if ids else 0
            if ids:
                self._vectors[next_row] = self._matrix[ids].sum(axis=0, dtype=np.float32)
            next_row += 1


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    np.divide(vectors, lengths, out=vectors, where=lengths > 0)
    return vectors


def _folder() -> Path:
    """Where the wheel that carries the vectors lies; importing it would load much that is not needed."""
    spec = importlib.util.find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddingUnavailable(reason="the package wordllama is not installed")
    folder = Path(next(iter(spec.submodule_search_locations)))
    for name in (_WEIGHTS, _TOKENIZER):
        if not (folder / name).is_file():
            raise EmbeddingUnavailable(reason=f"the installed wordllama has no {name}")
    return folder


@cache
def _tokenizer(path: Path) -> Tokenizer:
    """The model's tokenizer, loaded once a process: it takes longer than most questions, and never changes."""
    from tokenizers import Tokenizer

    found = Tokenizer.from_file(str(path))
    found.no_padding()
    found.no_truncation()
    return found


@cache
def _matrix(path: Path) -> NDArray[np.float16]:
    """The token vectors, memory-mapped from the file."""
    (matrix,) = tensors(path).values()
    return matrix

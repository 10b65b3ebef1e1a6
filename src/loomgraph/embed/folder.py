"""A folder with a model in it: which files it has, what the model is called, how its texts become tokens.

A model goes by what it is, not by where it lies: its name is made of its files, so that vectors of two models never
mix and a folder may be moved. This module must not know how vectors are made of tokens, and loads nothing for a name.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loomgraph.errors import BadInput, EmbeddingFolder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from loomgraph.settings.embedding import EmbeddingSettings

TOKENIZER = "tokenizer.json"
_STATIC = "model.safetensors"
_ONNX = ("model.onnx", "onnx/model.onnx")
MATRIX = ("embeddings", "embedding.weight")  # token vectors: Model2Vec's, and those of sentence-transformers
_BESIDE = ("mapping", "weights")  # what Model2Vec may keep beside them
_POOLING = "1_Pooling/config.json"
# where models say how many tokens they read
_LIMITS = (
    ("sentence_bert_config.json", "max_seq_length"),
    ("tokenizer_config.json", "model_max_length"),
    ("config.json", "max_position_embeddings"),
)
_USUAL, _ENDLESS = 512, 1_000_000  # tokens: where nothing is said, and from where on a number means no limit
_SAMPLES, _SAMPLE = 64, 65536  # of the weights: all of a file up to 4 MB, evenly spread pieces of a larger one


@dataclass(frozen=True)
class ModelFolder:
    """The folder of a model: ``kind`` is ``static`` or ``onnx``, ``weights`` its file of numbers."""

    path: Path
    kind: str
    weights: Path

    @property
    def tokenizer_file(self) -> Path:
        """What cuts texts into tokens."""
        return self.path / TOKENIZER

    def refused(self, reason: str) -> EmbeddingFolder:
        """The error that says what is wrong with the folder."""
        return EmbeddingFolder(folder=str(self.path), reason=reason)

    def tokenizer(self) -> Tokenizer:
        """What cuts texts into tokens, whole."""
        from tokenizers import Tokenizer

        try:
            found = Tokenizer.from_buffer(self.tokenizer_file.read_bytes())  # from a file, it raises a bare Exception
        except (OSError, ValueError) as error:
            raise self.refused(f"its {TOKENIZER} cannot be read ({error})") from None
        found.no_padding()
        found.no_truncation()
        return found

    def most_tokens(self) -> int:
        """How many tokens of a text the model reads."""
        said = (self._json(name).get(key) for name, key in _LIMITS)
        return min(
            (int(most) for most in said if isinstance(most, (int, float)) and 0 < most < _ENDLESS), default=_USUAL
        )

    def pooling(self) -> str:
        """``mean`` or ``cls``: how the vectors of tokens become one."""
        wanted = [name for name, on in self._json(_POOLING).items() if name.startswith("pooling_mode_") and on is True]
        known = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
        if not wanted:
            return "mean"
        if len(wanted) > 1 or wanted[0] not in known:
            raise self.refused(f"its {_POOLING} wants {', '.join(wanted)}; known are {', '.join(known)}")
        return known[wanted[0]]

    def _json(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads((self.path / name).read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise self.refused(f"its {name} cannot be read ({error})") from None
        return found if isinstance(found, dict) else {}


def model_folder(settings: EmbeddingSettings) -> ModelFolder:
    """The folder of the settings. Raises ``BadInput`` where none is set and ``EmbeddingFolder``."""
    path = settings.folder
    if path is None:
        raise BadInput(reason="The embedding local needs a folder with a model: set LOOMGRAPH_EMBEDDING_FOLDER.")
    if not path.is_dir():
        raise EmbeddingFolder(folder=str(path), reason="there is no such folder")
    there = [name for name in (_STATIC, *_ONNX) if (path / name).is_file()]
    if not there:
        raise EmbeddingFolder(folder=str(path), reason=f"it holds none of {_STATIC}, {', '.join(_ONNX)}")
    # both: a network's numbers beside its ONNX file, or a matrix and a network that looks rows up in it
    name = there[1] if len(there) > 1 and there[0] == _STATIC and not _holds_matrix(path / _STATIC) else there[0]
    found = ModelFolder(path, "static" if name == _STATIC else "onnx", path / name)
    if not found.tokenizer_file.is_file():
        raise found.refused(f"it has {name}, but no {TOKENIZER}: copy that of the model into it")
    return found


def _holds_matrix(path: Path) -> bool:
    from loomgraph.embed.safetensors import header

    try:
        names = set(header(path)[0])
    except (OSError, ValueError):
        return False
    return bool(names) and names <= {*MATRIX, *_BESIDE}


def folder_model(settings: EmbeddingSettings) -> str:
    """What vectors of the folder's model are kept under, without loading it."""
    folder = model_folder(settings)
    try:
        files = sorted(folder.weights.parent.glob(f"{folder.weights.name}*"))  # large ONNX models lie in two files
        files = [folder.tokenizer_file, *files, *folder.path.glob(_POOLING)]
        digest = hashlib.blake2b(digest_size=8)
        for path in files:
            at = path.stat()
            digest.update(_digest(path, at.st_size, at.st_mtime_ns))
    except OSError as error:
        raise folder.refused(f"it cannot be read ({error.strerror})") from None
    return f"local/{folder.kind}-{digest.hexdigest()}"


@lru_cache(maxsize=64)
def _digest(path: Path, size: int, changed: int) -> bytes:
    """What a file says, as far as it is read; ``changed`` is when it was written."""
    found = hashlib.blake2b(str(size).encode(), digest_size=16)
    with open(path, "rb") as file:
        for at in range(_SAMPLES):
            file.seek(max(at * _SAMPLE, (size - _SAMPLE) * at // (_SAMPLES - 1)))
            found.update(file.read(_SAMPLE))
    return found.digest()

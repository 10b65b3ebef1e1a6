"""The contract of an embedding: passages and questions → unit vectors of one model.

Vectors of two models never mix: whoever keeps vectors keeps the model's name and dimension beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Passage(NamedTuple):
    """What is embedded of a chunk: term counts by field, and the text they come from.

    ``path`` the file's path, ``names`` the names defined in it, ``doc`` signatures and documentation, ``body`` all
    of it.
    """

    path: Mapping[str, int]
    names: Mapping[str, int]
    doc: Mapping[str, int]
    body: Mapping[str, int]
    text: str = ""


class Embedder(Protocol):
    """Turns texts into unit vectors, float32, shape (n, dimension). Whoever asked for one closes it.

    ``prose`` says what to ask with: the question as it stands, or its telling words alone.
    """

    model: str
    dimension: int
    prose: bool

    def passages(self, passages: Sequence[Passage]) -> NDArray[np.float32]:
        """One row a passage; a row of zeros where there is nothing to embed."""
        ...

    def questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a question."""
        ...

    def tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has for the model, or a good estimate."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...

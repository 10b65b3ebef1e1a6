"""A project as a question finds it: which signals its graph has, and the searcher that uses them.

It must not know what is asked, nor what is kept from one question to the next (:mod:`loomgraph.retrieve.warm`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.retrieve.modes import Mode
from loomgraph.retrieve.warm import NO_VECTORS, OTHER_TERMS, STATIC, Opened, Place, Warm

if TYPE_CHECKING:
    from loomgraph.settings import EmbeddingSettings
    from loomgraph.store.base import Reader

__all__ = ["NO_VECTORS", "OTHER_TERMS", "Opened", "open_searcher"]


def open_searcher(
    reader: Reader, mode: Mode = Mode.MIX, embedding: EmbeddingSettings = STATIC, place: Place | None = None
) -> Opened:
    """A searcher with every signal that ``reader``'s graph has, for once. Raises ``EmbeddingMismatch``."""
    return Warm(place).open(reader, mode, embedding)

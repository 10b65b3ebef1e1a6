"""Which embedding goes by which name; loaded when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.errors import BadInput

if TYPE_CHECKING:
    from loomgraph.embed.base import Embedder

STATIC = "static"
NONE = ""
STATIC_MODEL = "wordllama-l2-supercat-256/words-1"


def model_name(name: str) -> str:
    """The model behind the embedding called ``name``, without loading it: what vectors are kept under."""
    if name == STATIC:
        return STATIC_MODEL
    return name or "none"


def embedder_for(name: str) -> Embedder | None:
    """The embedding called ``name``: "static" (built in), or None for ""."""
    if name == NONE:
        return None
    if name == STATIC:
        from loomgraph.embed.static import StaticEmbedder

        return StaticEmbedder()
    raise BadInput(reason=f"there is no embedding {name}; known: {STATIC}")

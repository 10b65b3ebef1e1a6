"""Which embedding the settings mean; loaded when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loomgraph.errors import BadInput
from loomgraph.settings.embedding import LOCAL, EmbeddingSettings
from loomgraph.settings.embedding import NONE as NONE
from loomgraph.settings.embedding import STATIC as STATIC

if TYPE_CHECKING:
    from loomgraph.embed.base import Embedder

STATIC_MODEL = "wordllama-l2-supercat-256/words-1"


def named(settings: EmbeddingSettings | str) -> EmbeddingSettings:
    """The settings of an embedding that needs none but its name."""
    return EmbeddingSettings(name=settings) if isinstance(settings, str) else settings


def model_name(settings: EmbeddingSettings | str) -> str:
    """The model behind an embedding, without loading it: what vectors are kept under.

    A server's model goes by its own name, wherever the server is; a folder's by what its files hold.
    """
    settings = named(settings)
    if settings.name == LOCAL:
        from loomgraph.embed.folder import folder_model

        return folder_model(settings)
    if settings.remote:
        return f"openai/{'_'.join(settings.model.split())}"
    return STATIC_MODEL if settings.name == STATIC else "none"


def embedder_for(settings: EmbeddingSettings | str, dimension: int = 0) -> Embedder | None:
    """The embedding of the settings, or None where there is to be none.

    ``dimension`` is that of vectors which are there already; another one of a server's is ``EmbeddingDimension``.
    """
    settings = named(settings)
    if settings.name == NONE:
        return None
    if settings.name == STATIC:
        from loomgraph.embed.static import StaticEmbedder

        return StaticEmbedder()
    if settings.name == LOCAL:
        from loomgraph.embed.local import local_embedder

        return local_embedder(settings)
    if not settings.model:
        raise BadInput(reason=f"The embedding {settings.name} needs a model: set EMBEDDING_MODEL.")
    from loomgraph.embed.remote import RemoteEmbedder

    return RemoteEmbedder(settings, dimension)

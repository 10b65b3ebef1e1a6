"""The models of the settings, one of each for all questions: the language model, and what gives vectors.

This module must not know what is asked of them.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from loomgraph.errors import BadInput
from loomgraph.service.core import Core

if TYPE_CHECKING:
    from loomgraph.embed.base import Embedder
    from loomgraph.llm.base import Chat
    from loomgraph.settings import Settings


class Models:
    """Made when first asked for; each bounds how much is asked of it at a time, so there is one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._chat: Chat | None = None
        self._embedder: Embedder | None = None
        self._lock = threading.Lock()

    @property
    def chat(self) -> Chat | None:
        """The language model; None when none is set."""
        from loomgraph.llm.registry import chat_for

        with self._lock:
            if self._chat is None:
                self._chat = chat_for(self._settings.llm)
            return self._chat

    @property
    def embedder(self) -> Embedder | None:
        """What gives vectors; None when nothing is to."""
        from loomgraph.embed.registry import embedder_for

        with self._lock:
            if self._embedder is None:
                self._embedder = embedder_for(self._settings.embedding)
            return self._embedder

    def close(self) -> None:
        """Cancel every answer under way and let go of connections."""
        with self._lock:
            chat, embedder = self._chat, self._embedder
            self._chat = self._embedder = None
        if chat is not None:
            chat.close()
        if embedder is not None:
            embedder.close()


class Embeddings(Core):
    """Vectors for texts of one's own, as questions of this service's projects get them."""

    @property
    def models(self) -> Models:
        """The models of the settings, whoever asks."""
        return self.shared.once(Models, lambda: Models(self.settings))

    def stop_wording(self) -> None:
        """Cancel every answer that is being worded, and let go of the models' connections."""
        models = self.shared.made(Models)
        if models is not None:
            models.close()

    def embeddings(self, texts: Sequence[str]) -> tuple[str, list[list[float]]]:
        """The model, and the unit vector of each text. Raises ``EmbeddingUnreachable``, ``BadInput``."""
        from loomgraph.embed.base import Passage

        embedder = self._embedder()
        empty: dict[str, int] = {}
        if embedder.prose:
            found = embedder.passages([Passage(empty, empty, empty, empty, text) for text in texts])
        else:
            found = embedder.questions(texts)
        return embedder.model, found.tolist()

    def embedding_model(self) -> tuple[str, int]:
        """The model that gives vectors, and how many numbers they have (0: not known before the first one)."""
        embedder = self._embedder()
        return embedder.model, embedder.dimension

    def _embedder(self) -> Embedder:
        embedder = self.models.embedder
        if embedder is None:
            raise BadInput(reason="There are no vectors here: the setting embedding is none.")
        return embedder

"""Answers of the language model that are asked for again: kept until the graph that they rest on changes.

An answer is known by the project, its graph's generation, the model with its settings, and every word that the model
would be told. Only a whole answer is kept. This module must not know what is asked, nor who shows the words.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from loomgraph.cachefile import CacheFile, key_of

if TYPE_CHECKING:
    from loomgraph.llm.base import Chat, Message, Pieces
    from loomgraph.settings import LlmSettings


class Remembering:
    """A language model that is not asked what it has answered already, about ``project`` as it is at ``generation``."""

    def __init__(self, chat: Chat, settings: LlmSettings, project: str, generation: int) -> None:
        self.model = chat.model
        self.host = chat.host
        self._chat = chat
        self._cache = CacheFile(settings.cache_file, settings.cache_mb * 1_000_000)
        self._about = (project, str(generation), chat.model, repr(settings))

    def stream(self, messages: Sequence[Message]) -> Pieces:
        """Ask, or remember; returns at once."""
        key = key_of(*self._about, json.dumps(messages))
        known = self._cache.get([key]).get(key)
        if known is not None:
            return _Known(known.decode("utf-8", "replace"))
        return _Noting(self._chat.stream(messages), self._cache, key)

    def knock(self) -> None:
        """See whether the model's server can be reached."""
        self._chat.knock()

    def close(self) -> None:
        """The model is its owner's to close."""


class _Known:
    """An answer that is there whole."""

    def __init__(self, text: str) -> None:
        self._left = [text]
        self.finish = ""

    def __iter__(self) -> _Known:
        return self

    def __next__(self) -> str:
        if self._left and not self.finish:
            return self._left.pop()
        self.finish = self.finish or "stop"
        raise StopIteration

    def cancel(self) -> None:
        """Give no more."""
        self.finish = self.finish or "cancelled"

    def close(self) -> None:
        """Nothing is open."""


class _Noting:
    """An answer as it comes, which is kept once it is whole."""

    def __init__(self, pieces: Pieces, cache: CacheFile, key: bytes) -> None:
        self._pieces = pieces
        self._cache = cache
        self._key = key
        self._said: list[str] = []

    @property
    def finish(self) -> str:
        """Why the answer ended."""
        return self._pieces.finish

    def __iter__(self) -> _Noting:
        return self

    def __next__(self) -> str:
        try:
            piece = next(self._pieces)
        except StopIteration:
            if self._pieces.finish == "stop" and self._said:
                self._cache.put({self._key: "".join(self._said).encode("utf-8", "replace")})
                self._said = []
            raise
        self._said.append(piece)
        return piece

    def cancel(self) -> None:
        """Stop, from any thread."""
        self._pieces.cancel()

    def close(self) -> None:
        """Let go of the model."""
        self._pieces.close()

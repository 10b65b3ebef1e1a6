"""Which language model the settings mean; loaded when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loomgraph.llm.base import Chat
    from loomgraph.settings import LlmSettings


def chat_for(settings: LlmSettings) -> Chat | None:
    """The model of the settings; None when none is set."""
    if not settings.ready:
        return None
    from loomgraph.llm.openai import OpenAiChat

    return OpenAiChat(settings)

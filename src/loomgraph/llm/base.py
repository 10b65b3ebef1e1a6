"""The contract of a language model: a conversation in, the pieces of an answer out, stopped at any moment.

Everything is synchronous and may be used from threads: one of them reads an answer while any other cancels it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

STOPPED = "cancelled"


class Message(NamedTuple):
    """What somebody said: ``role`` is system, user or assistant."""

    role: str
    content: str


class Pieces(Protocol):
    """An answer as it comes. Whoever asked for it closes it.

    Iterating raises ``LlmUnavailable`` when the model cannot be used, or stops being usable in the middle.
    """

    @property
    def finish(self) -> str:
        """Why the answer ended, once it has: "stop", "length" (it was cut off), …, or "cancelled"."""

    def __iter__(self) -> Pieces: ...

    def __next__(self) -> str: ...

    def cancel(self) -> None:
        """Stop, from any thread: nothing more is asked of the server, iteration ends at once. Never raises."""

    def close(self) -> None:
        """Cancel what is still under way and let go of the connection."""


class Chat(Protocol):
    """A language model."""

    model: str
    host: str

    def stream(self, messages: Sequence[Message]) -> Pieces:
        """Ask; returns at once."""

    def knock(self) -> None:
        """A question is coming: find out meanwhile whether the server can be reached at all. Returns at once."""

    def close(self) -> None:
        """Let go of everything; answers under way are cancelled."""

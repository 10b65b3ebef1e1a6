"""What comes over the wire while a model answers: server-sent events → pieces of text.

Pure: bytes in, pieces out, wherever the bytes are cut. Thoughts of the model are told apart and never shown: the fields
that servers put them into, and ``<think>…</think>`` at the beginning of the text where a server leaves them there. This
module must not know how bytes get here.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MAX_LINE = 4_000_000  # bytes without a line end that nobody sends in good faith
_OPEN, _CLOSE = "<think>", "</think>"


class Unreadable(Exception):
    """What the server sends is no answer; the text says why."""


@dataclass(slots=True)
class Delta:
    """What one event adds: ``text`` to show, whether there was a thought, why the answer ended."""

    text: str = ""
    thought: bool = False
    finish: str = ""


@dataclass(slots=True)
class Lines:
    """Bytes → the data of server-sent events."""

    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )
    _rest: str = ""
    _data: list[str] = field(default_factory=list)

    def feed(self, data: bytes, final: bool = False) -> Iterator[str]:
        """The events that are whole now; ``final`` ends the last one, too."""
        text = self._rest + self._decoder.decode(data, final)
        if text.endswith("\r") and not final:  # perhaps half of a line end
            text, held = text[:-1], "\r"
        else:
            held = ""
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._rest = lines.pop() + held
        if len(self._rest) > MAX_LINE:
            raise Unreadable("a line without end")
        for line in lines:
            yield from self._line(line)
        if final:
            last, self._rest = self._rest, ""
            yield from self._line(last)
            yield from self._line("")

    def _line(self, line: str) -> Iterator[str]:
        if not line:
            if self._data:
                data, self._data = "\n".join(self._data), []
                yield data
            return
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))


class Reading:
    """The events of one answer, read one after the other."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._thoughts = Thoughts()
        self.finish = ""
        self.done = False

    def feed(self, data: bytes, final: bool = False) -> Iterator[Delta]:
        """What more bytes say. Raises ``Unreadable``."""
        for event in self._lines.feed(data, final):
            if self.done:
                return
            if event.strip() == "[DONE]":
                self.done = True
            else:
                yield self._delta(event)
        if final or self.done:
            rest = self._thoughts.end()
            if rest:
                yield Delta(rest)

    def whole(self, body: bytes) -> Delta:
        """The answer of a server that does not stream."""
        delta = self._delta(body.decode("utf-8", "replace"))
        return Delta(delta.text + self._thoughts.end(), delta.thought, delta.finish)

    def _delta(self, event: str) -> Delta:
        try:
            found: Any = json.loads(event)
        except ValueError:
            raise Unreadable(f"an event that is no JSON: {event[:80]}") from None
        if not isinstance(found, dict):
            raise Unreadable(f"an event that is no object: {event[:80]}")
        if found.get("error"):
            error = found["error"]
            raise Unreadable(str(error.get("message", error) if isinstance(error, dict) else error))
        choices = found.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        said = choice.get("delta") or choice.get("message") or {}
        if not isinstance(said, dict):
            raise Unreadable(f"an event of another shape: {event[:80]}")
        self.finish = str(choice.get("finish_reason") or self.finish)
        text = self._thoughts.feed(_text(said.get("content")))
        thought = any(said.get(name) for name in ("reasoning_content", "reasoning", "thinking"))
        return Delta(text, bool(thought) or self._thoughts.inside, self.finish)


def _text(content: Any) -> str:
    """The text of a content: itself, or the parts of a list."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return ""


class Thoughts:
    """Takes ``<think>…</think>`` away from the beginning of a text that comes in pieces."""

    def __init__(self) -> None:
        self._held = ""
        self._state = "before"

    @property
    def inside(self) -> bool:
        """Whether the model is thinking."""
        return self._state == "inside"

    def feed(self, text: str) -> str:
        """What is to be shown of a piece."""
        if self._state == "after":
            return text
        if self._state == "trim":
            return self._trimmed(text)
        self._held += text
        if self._state == "before":
            start = self._held.lstrip()
            if _OPEN.startswith(start[: len(_OPEN)]) and len(start) < len(_OPEN):
                return ""
            if not start.startswith(_OPEN):
                self._state = "after"
                return self._release(self._held)
            self._state, self._held = "inside", start[len(_OPEN) :]
        _, closed, after = self._held.partition(_CLOSE)
        if not closed:
            self._held = self._held[-len(_CLOSE) :]
            return ""
        self._held = ""
        return self._trimmed(after)

    def end(self) -> str:
        """What is to be shown of what was held back, at the end of the answer."""
        return self._release(self._held) if self._state == "before" else ""

    def _trimmed(self, text: str) -> str:
        """The text behind the thoughts, without the blank lines between them."""
        text = text.lstrip()
        self._state = "after" if text else "trim"
        return text

    def _release(self, text: str) -> str:
        self._held = ""
        return text

"""An answer that is being worded: what it rests on is there at once, the words come from a language model.

When the model cannot be used, the answer without it takes the place of its words, with a note that says why. This
module must not know which surface shows the words.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from loomgraph.errors import LlmUnavailable
from loomgraph.retrieve.citing import Citing
from loomgraph.retrieve.plain import answer_text

if TYPE_CHECKING:
    from loomgraph.llm.base import Chat, Message, Pieces
    from loomgraph.retrieve.answer import Answer

WITHOUT = "answered without the language model"


def in_one_line(error: Exception) -> str:
    """An error's message as a note."""
    return " ".join(str(error).split())


class Telling:
    """The words of one answer. One thread reads them; any may cancel. Whoever asked for it closes it.

    Without ``messages`` no model is asked. ``answer`` is what is known of the answer by now: when the words have ended
    it holds them, with their citations checked. ``must`` raises instead of answering without the model.
    """

    def __init__(
        self, answer: Answer, chat: Chat | None = None, messages: list[Message] | None = None, *, must: bool = False
    ) -> None:
        self.answer = answer
        self.llm = False  # whether the words are the model's; known after ``begin``
        self._must = must
        self._citing = Citing(answer, chat.model if chat else "") if not must else None
        self._first: list[str] = []
        self._begun = False
        self._pieces: Pieces | None = chat.stream(messages) if chat and messages else None
        self._model = chat.model if chat else ""

    def begin(self) -> bool:
        """Wait for the first words; says whether they are the model's."""
        if self._begun:
            return self.llm
        self._begun = True
        if self._pieces is None:
            return False
        try:
            for piece in self._pieces:
                text = self._checked(piece)
                if text:
                    self._first.append(text)
                    self.llm = True
                    return True
        except LlmUnavailable as error:
            if self._must:
                raise
            self._fall_back(f"{WITHOUT}: {in_one_line(error)}")
            return False
        if self._pieces.finish == "cancelled":
            return False
        if self._must:
            self.llm = True
        else:
            self._fall_back(f"{WITHOUT}: it answered with nothing")
        return self.llm

    def __iter__(self) -> Iterator[str]:
        """The words, piece by piece. Raises ``LlmUnavailable`` when the model fails in the middle of them."""
        if not self.begin():
            if not self.cancelled:
                yield answer_text(self.answer)
            return
        assert self._pieces is not None
        yield from self._first
        for piece in self._pieces:
            text = self._checked(piece)
            if text:
                yield text
        if self._citing is not None:
            rest = self._citing.end()
            if rest:
                yield rest
            self.answer = replace(self.answer, worded=self._citing.result(self._pieces.finish))

    def words(self) -> str:
        """All the words; the answer without the model where it breaks off in the middle."""
        try:
            return "".join(self)
        except LlmUnavailable as error:
            if self._must:
                raise
            self._fall_back(f"{WITHOUT}: {in_one_line(error)}")
            return answer_text(self.answer)

    @property
    def finish(self) -> str:
        """Why the words ended."""
        return self._pieces.finish if self._pieces is not None else "stop"

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the words any more."""
        return self.finish == "cancelled"

    def cancel(self) -> None:
        """Stop, from any thread."""
        if self._pieces is not None:
            self._pieces.cancel()

    def close(self) -> None:
        """Let go of the model."""
        if self._pieces is not None:
            self._pieces.close()

    def __enter__(self) -> Telling:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _checked(self, piece: str) -> str:
        return piece if self._citing is None else self._citing.feed(piece)

    def _fall_back(self, note: str) -> None:
        self.llm = False
        self.answer = replace(self.answer, notes=(*self.answer.notes, note))


class Stop:
    """Whether somebody still wants an answer; what words it is cancelled when not."""

    def __init__(self) -> None:
        self._telling: Telling | None = None
        self._over = False
        self._guard = threading.Lock()

    def hold(self, telling: Telling) -> None:
        """This is what words the answer."""
        with self._guard:
            self._telling = telling
            over = self._over
        if over:
            telling.cancel()

    def cancel(self) -> None:
        """Nobody wants it any more; from any thread."""
        with self._guard:
            self._over = True
            telling = self._telling
        if telling is not None:
            telling.cancel()


class Lines:
    """The lines of a streamed answer. One thread reads them; any may cancel. Whoever asked for it closes it."""

    def __init__(self, telling: Telling, make: Callable[[Telling], Iterator[dict[str, Any]]]) -> None:
        self._telling = telling
        self._rows = make(telling)
        self._over = threading.Event()

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> dict[str, Any]:
        if self._over.is_set():
            self.close()
            raise StopIteration
        try:
            return next(self._rows)
        except BaseException:
            self.close()
            raise

    def cancel(self) -> None:
        """Stop, from any thread: the model is asked for nothing more, the lines end."""
        self._over.set()
        self._telling.cancel()

    def close(self) -> None:
        """Let go of the model."""
        self._over.set()
        self._telling.close()

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

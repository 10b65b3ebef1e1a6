"""Answers in words: with a language model where one is set, in our own shape and in LightRAG's.

A question is retrieved first and its graph let go of; only then is the model asked. Where the model cannot be used, the
answer without it is given, with a note. This module must not know how anything is ranked, worded or sent.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from loomgraph.errors import EmptyQuestion, LlmNotSet, LlmUnavailable
from loomgraph.service.models import Embeddings
from loomgraph.service.searching import Searching

if TYPE_CHECKING:
    from loomgraph.llm.base import Chat, Message
    from loomgraph.retrieve.answer import Answer
    from loomgraph.retrieve.lightrag import QueryParams, Row
    from loomgraph.retrieve.prompt import Turn
    from loomgraph.service.retrieval import Retrieval, Wish
    from loomgraph.service.telling import Lines, Stop, Telling


def params(given: Mapping[str, Any]) -> QueryParams:
    """The parameters of a question, from a body with LightRAG's names. Raises ``BadInput``."""
    from loomgraph.retrieve.lightrag import query_params

    return query_params(given)


class Wording(Embeddings, Searching):
    """What is asked for in words and answered in words."""

    # -- our own shape ----------------------------------------------------------------------------------------

    def tell(
        self,
        text: str,
        *,
        projects: Sequence[str] = (),
        every: bool = False,
        wish: Wish | None = None,
        llm: bool = True,
    ) -> Telling:
        """An answer whose words come piece by piece; what it rests on is there at once. Close it.

        Without a model, or with ``llm`` off, the words are those of the answer without one.
        """
        from loomgraph.retrieve.lightrag import QueryParams

        if llm:
            self._knock()
        return self._telling(text, self.ask(text, projects=projects, every=every, wish=wish), QueryParams(), llm)

    def context(
        self, text: str, *, projects: Sequence[str] = (), every: bool = False, wish: Wish | None = None
    ) -> tuple[Answer, str]:
        """What a model would read to answer, as a text."""
        from loomgraph.retrieve.context import context_text

        answer = self.ask(text, projects=projects, every=every, wish=wish)
        return answer, context_text(answer)

    # -- LightRAG's -------------------------------------------------------------------------------------------

    def query(
        self, text: str, params: QueryParams, project: str = "", stop: Stop | None = None
    ) -> dict[str, Any]:  # fmt: skip
        """The answer of ``/query``; ``stop`` ends the model's work on it."""
        from loomgraph.retrieve import lightrag

        start = time.monotonic()
        if params.mode == lightrag.BYPASS:
            with self._bypass(text, params) as telling:
                _held(telling, stop)
                words = telling.words()
            return lightrag.response(words, None, params, seconds=time.monotonic() - start, llm=True)
        answer, shown = self._retrieved(text, params, project)
        if shown:
            return lightrag.response(shown, answer, params, seconds=time.monotonic() - start, llm=False)
        with self._telling(text, answer, params) as telling:
            _held(telling, stop)
            words = telling.words()
            seconds = time.monotonic() - start
            return lightrag.response(words, telling.answer, params, seconds=seconds, llm=telling.llm)

    def query_stream(self, text: str, params: QueryParams, project: str = "") -> Lines:
        """The lines of ``/query/stream``. What is wrong with the question is raised here; close what comes back."""
        from loomgraph.retrieve import lightrag
        from loomgraph.service.telling import Lines, Telling

        start = time.monotonic()
        if params.mode == lightrag.BYPASS:
            return Lines(self._bypass(text, params), lambda telling: _lines(telling, params, start, bypass=True))
        answer, shown = self._retrieved(text, params, project)
        if shown:
            return Lines(Telling(answer), lambda telling: _lines(telling, params, start, shown=shown))
        return Lines(self._telling(text, answer, params), lambda telling: _lines(telling, params, start))

    def query_data(self, text: str, params: QueryParams, project: str = "") -> dict[str, Any]:
        """The answer of ``/query/data``."""
        from loomgraph.retrieve import lightrag
        from loomgraph.service.answers import Document

        if params.mode == lightrag.BYPASS:
            return lightrag.bypassed()
        with self._asked(text, params, project, near=False) as (found, answer):
            whole = lightrag.with_followed(answer)
            kept = lightrag.limited(whole, params, found.count)
            entities, relations = _rows(found, kept)
        data = lightrag.data(kept, params, whole, words=_names(kept), entities=entities, relations=relations)
        return Document(data)

    # -- parts ------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _asked(
        self, text: str, params: QueryParams, project: str, *, near: bool = True
    ) -> Iterator[tuple[Retrieval, Answer]]:
        """What answers, before it is cut to what is wanted and fits, and the open graphs; ``near`` as in a wish."""
        from loomgraph.retrieve.context import UNLIMITED
        from loomgraph.service.retrieval import Wish

        top = max(params.top_k, params.chunk_top_k)
        wish = Wish(  # what does not fit is left out at the end, when it is known what is wanted
            params.mode, top, max_entity_tokens=UNLIMITED, max_relation_tokens=UNLIMITED, max_total_tokens=UNLIMITED,
            near=near,
        )  # fmt: skip
        with self.retrieval([project] if project else (), False, wish) as found:
            yield found, replace(found.ask(params.retrieved_by(text)), question=text.strip())

    def _answer(self, text: str, params: QueryParams, project: str, chat: Chat | None) -> Answer:
        """What answers, as much of it as is wanted and fits."""
        from loomgraph.retrieve import lightrag, prompt
        from loomgraph.retrieve.context import estimate

        reserved = 0
        if chat is not None or params.only_need_context or params.only_need_prompt:
            told = [prompt.system_prompt(params.response_type, params.user_prompt), text]
            reserved = sum(estimate(told + [one.content for one in params.conversation_history]))
        with self._asked(text, params, project) as (found, answer):
            return lightrag.limited(answer, params, found.count, reserved)

    def _retrieved(self, text: str, params: QueryParams, project: str) -> tuple[Answer, str]:
        """What answers, and the text to show instead of an answer in words, if one was asked for."""
        from loomgraph.retrieve.context import context_text
        from loomgraph.retrieve.prompt import NOTHING, shown

        self._knock()
        params = self._with_keywords(text, params)
        answer = self._answer(text, params, project, self.models.chat)
        if params.only_need_prompt:
            return answer, shown(self._conversation(text, answer, params))
        return answer, (context_text(answer) or NOTHING) if params.only_need_context else ""

    def _knock(self) -> None:
        """Where a question waits for a vector, see meanwhile whether the model is there: they may both be gone,
        and nobody shall wait for one after the other."""
        if self.settings.embedding.remote and (chat := self.models.chat) is not None:
            chat.knock()

    def _with_keywords(self, text: str, params: QueryParams) -> QueryParams:
        """With the model's keywords, where that is set and the client gave none."""
        from loomgraph.service.keywording import keywords_of

        chat = self.models.chat if self.settings.llm.keywords and text.strip() else None
        if chat is None or params.hl_keywords or params.ll_keywords:
            return params
        high, low = keywords_of(chat, text)
        return replace(params, hl_keywords=high, ll_keywords=low)

    def _telling(self, text: str, answer: Answer, params: QueryParams, llm: bool = True) -> Telling:
        from loomgraph.service.telling import Telling

        chat = self.models.chat if llm and answer.found else None
        if chat is None:
            return Telling(answer)
        messages = _messages(self._conversation(text, answer, params))
        return Telling(answer, self._remembering(chat, answer.projects), messages)

    def _remembering(self, chat: Chat, projects: Sequence[str]) -> Chat:
        """The model, with what it has said of this one project as it is now."""
        from loomgraph.service.remembering import Remembering

        if len(projects) != 1 or not self.settings.llm.cache_mb:
            return chat
        (project,) = projects
        with self.engines.lease(project) as engine:
            return Remembering(chat, self.settings.llm, project, engine.generation())

    def _bypass(self, text: str, params: QueryParams) -> Telling:
        """The model alone. Raises ``LlmNotSet``."""
        from loomgraph.retrieve.answer import Answer
        from loomgraph.retrieve.prompt import bare_conversation
        from loomgraph.service.telling import Telling

        if not text.strip():
            raise EmptyQuestion()
        chat = self.models.chat
        if chat is None:
            raise LlmNotSet(what="the mode bypass")
        turns = bare_conversation(text, params.conversation_history, params.user_prompt)
        return Telling(Answer(text, params.mode, (), ()), chat, _messages(turns), must=True)

    @staticmethod
    def _conversation(text: str, answer: Answer, params: QueryParams) -> list[Turn]:
        from loomgraph.retrieve.prompt import conversation

        return conversation(text, answer, params.conversation_history, params.response_type, params.user_prompt)


def _held(telling: Telling, stop: Stop | None) -> None:
    if stop is not None:
        stop.hold(telling)


def _messages(turns: Sequence[Turn]) -> list[Message]:
    from loomgraph.llm.base import Message

    return [Message(one.role, one.content) for one in turns]


def _rows(found: Retrieval, answer: Answer) -> tuple[list[Row | None], list[Row | None]]:
    """What was inserted of an answer, as it was given; what is known of nothing but its name is told so, too."""
    from loomgraph.engines.exports import entity_row, relation_row
    from loomgraph.engines.graphs import entity_of
    from loomgraph.knowledge import UNKNOWN_SOURCE, place_of

    def placed(row: Row) -> Row:
        row["file_path"] = place_of(row["source_id"], row["file_path"]).file or UNKNOWN_SOURCE
        return row

    entities, relations = found.rows(answer)
    given = [
        row or (entity_of(one.symbol) if not one.symbol.language else None)
        for one, row in zip(answer.entities, entities, strict=True)
    ]
    return (
        [placed(entity_row(row)) if row is not None else None for row in given],
        [placed(relation_row(row)) if row is not None else None for row in relations],
    )


def _names(answer: Answer) -> list[str]:
    """What a question was searched by, in the words of its best results: names that stand in it."""
    asked = answer.question.lower()
    return list(dict.fromkeys(one.symbol.name for one in answer.entities if one.symbol.name.lower() in asked))


def _lines(
    telling: Telling, params: QueryParams, start: float, *, bypass: bool = False, shown: str = ""
) -> Iterator[dict[str, Any]]:
    """The lines of a stream: references, the words in pieces or whole, and at the end the time if wanted."""
    from loomgraph.retrieve import lightrag

    answer = None if bypass else telling.answer
    whole = params.stream is False
    first = lightrag.references_line(answer, params)
    if params.include_progress:
        yield {"progress": "generating_response"}
    if first is not None and not whole:
        yield first
    try:
        if shown or whole or not telling.begin():
            words = shown or telling.words()
            if not telling.cancelled:
                row = lightrag.whole_line(words, llm=telling.llm)
                yield {**row, **((first or {}) if whole else {}), **_notes(telling)}
        else:
            for piece in telling:
                yield {"response": piece}
    except LlmUnavailable as error:
        yield {"error": str(error)}
    if params.include_progress and not telling.cancelled:
        yield {"response_time": round(time.monotonic() - start, 3)}


def _notes(telling: Telling) -> dict[str, Any]:
    return {"notes": list(telling.answer.notes)} if telling.answer.notes else {}

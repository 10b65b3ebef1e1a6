"""Trying the servers of models: whether the language model answers and streams, and what vectors the other one gives.

For the doctor: what goes wrong is a finding, never an error. This module must not know who reads the findings.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from loomgraph.endpoint import Endpoint, shown_host
from loomgraph.errors import LoomGraphError
from loomgraph.service.answers import Trial
from loomgraph.settings.embedding import LOCAL

if TYPE_CHECKING:
    from loomgraph.settings import EmbeddingSettings, LlmSettings, Settings

_PATIENCE = 60.0  # seconds for an answer that nobody needs
_SAY = "Count from one to ten, in words, and say nothing else."
_ALIKE = ("how are passwords hashed", "def hash_password(secret): return scrypt(secret)")
_MANY = 32  # texts by which the speed is measured
_OTHER = "The museum is closed on Mondays."


def trials(settings: Settings) -> list[Trial]:
    """The servers and the folder of a model that the settings name, each tried."""
    found = []
    llm, embedding = settings.llm, settings.embedding
    if llm.ready:
        found.append(_finding("language model", _llm, llm))
    elif llm.speaks != "none":
        found.append(Trial("language model", False, f"{llm.base_url} is set, but no model: set LLM_MODEL"))
    if embedding.remote:
        found.append(_finding("embedding server", _embedding, embedding))
    elif embedding.name == LOCAL:
        found.append(_finding("embedding folder", _embedding, embedding))
    return found


def _finding(name: str, look: Callable[[Any], tuple[bool, str]], settings: LlmSettings | EmbeddingSettings) -> Trial:
    try:
        ok, detail = look(settings)
    except LoomGraphError as error:
        return Trial(name, False, " ".join(str(error).split()))
    return Trial(name, ok, detail)


def _llm(settings: LlmSettings) -> tuple[bool, str]:
    from loomgraph.llm.base import Message
    from loomgraph.llm.openai import OpenAiChat

    chat = OpenAiChat(replace(settings, timeout=min(settings.timeout, _PATIENCE)))
    start, first, count, said = time.monotonic(), 0.0, 0, 0
    try:
        for piece in chat.stream([Message("user", _SAY)]):
            first = first or time.monotonic() - start
            count, said = count + 1, said + len(piece)
    finally:
        chat.close()
    seconds = time.monotonic() - start
    what = f"{settings.model} at {chat.host}"
    others = _models(settings)
    if others and settings.model not in others:
        what += f" (the server names other models: {', '.join(others[:5])})"
    if not said:
        return False, f"{what}: it answered with nothing; its thoughts may have used up the setting llm_max_tokens"
    streams = f"streams ({count} pieces)" if count > 1 else "does not stream: answers will come in one piece"
    return True, f"{what}: first word after {first:.2f} s, done after {seconds:.2f} s, {streams}"


def _models(settings: LlmSettings) -> list[str]:
    """The models that the server names; none where it names none."""
    import httpx

    endpoint = Endpoint(settings.base_url, settings.api_key)
    try:
        with endpoint.client(httpx.Timeout(settings.connect_timeout), 1, keep=False) as client:
            rows = client.get(endpoint.url("models")).raise_for_status().json()["data"]
            return [str(row["id"]) for row in rows]
    except (httpx.HTTPError, ValueError, KeyError, TypeError, OSError):
        return []


def _embedding(settings: EmbeddingSettings) -> tuple[bool, str]:
    from loomgraph.embed.base import Passage
    from loomgraph.embed.registry import embedder_for

    embedder = embedder_for(replace(settings, retries=0, timeout=min(settings.timeout, _PATIENCE), cache_mb=0))
    assert embedder is not None  # a server or a folder is set
    empty: dict[str, int] = {}
    try:
        vectors = embedder.passages([Passage(empty, empty, empty, empty, text) for text in (*_ALIKE, _OTHER)])
        start = time.monotonic()
        embedder.passages([Passage(empty, empty, empty, empty, "a question")])  # the connection is open now
        seconds = time.monotonic() - start
        start = time.monotonic()
        embedder.passages([Passage(empty, empty, empty, empty, f"{_ALIKE[1]}  # {at}") for at in range(_MANY)])
        speed = _MANY / max(time.monotonic() - start, 1e-6)
    finally:
        embedder.close()
    near, far = float(vectors[0] @ vectors[1]), float(vectors[0] @ vectors[2])
    place = shown_host(settings.base_url) if settings.remote else str(settings.folder)
    what = f"{settings.model if settings.remote else embedder.model} at {place}: {embedder.dimension} numbers"
    what += f", {speed:,.0f} short texts a second, {seconds * 1000:.0f} ms"
    if settings.remote and seconds > settings.question_timeout:
        return False, f"{what} a question: longer than the setting embedding_question_timeout, questions go without it"
    if near <= far:
        return False, f"{what} a question, but a text about museums is as near to one about passwords as code for them"
    return True, f"{what} a question"

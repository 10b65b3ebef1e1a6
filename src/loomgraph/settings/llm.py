"""What can be set about the language model that words answers, by LightRAG's names where it has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loomgraph.settings.declaring import setting
from loomgraph.settings.values import Secret, choice, flag, json_object, number, secret, text, url, whole

HOSTS = {"openai": "https://api.openai.com/v1", "ollama": "http://localhost:11434/v1"}
_BINDINGS = {"openai-ollama": "openai"}  # LightRAG's word for OpenAI's models beside Ollama's embeddings


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """The language model; there is one when ``ready``."""

    binding: str = setting(
        choice("openai", "ollama", "openai-ollama", "none", "", meaning=_BINDINGS),
        "What the server speaks: `openai` is any server with OpenAI's API, `ollama` is Ollama's form of it; `none` uses"
        " no language model whatever else is set.",
        "", shown="openai when `llm_host` is set, else none", aliases=("LLM_BINDING",),
    )  # fmt: skip
    model: str = setting(text, "The model that words answers.", "", shown="none", aliases=("LLM_MODEL",))
    host: str = setting(
        url,
        "The address of the server, up to what stands before `/chat/completions`.",
        "", shown="that of the binding", aliases=("LLM_BINDING_HOST",),
    )  # fmt: skip
    api_key: Secret = setting(
        secret, "The server's key. It is shown nowhere.", Secret(), shown="none", aliases=("LLM_BINDING_API_KEY",)
    )
    temperature: float | None = setting(
        number(0, 2),
        "How freely the model words: 0 to 2.",
        None, shown="the server's", aliases=("OPENAI_LLM_TEMPERATURE",),
    )  # fmt: skip
    max_tokens: int = setting(
        whole(0, 10_000_000),
        "How many tokens an answer may have (`max_tokens` of the request). 0 leaves it to the server.",
        0, aliases=("OPENAI_LLM_MAX_TOKENS",),
    )  # fmt: skip
    max_completion_tokens: int = setting(
        whole(0, 10_000_000),
        "The same by the name that OpenAI's reasoning models ask for, thinking included.",
        0, aliases=("OPENAI_LLM_MAX_COMPLETION_TOKENS",),
    )  # fmt: skip
    extra_body: dict[str, Any] = setting(
        json_object,
        "More fields of every request, as a JSON object (in the file: a table), such as"
        ' `{"chat_template_kwargs": {"enable_thinking": false}}`.',
        {}, shown="none", aliases=("OPENAI_LLM_EXTRA_BODY",),
    )  # fmt: skip
    connect_timeout: float = setting(
        number(0.05, 600), "How many seconds to wait for a connection before answering without the model.", 1.0
    )
    first_token_timeout: float = setting(
        number(0.05, 86400), "How many seconds to wait for the first word (or thought) of an answer.", 30.0
    )
    token_timeout: float = setting(number(0.05, 86400), "How many seconds to wait between two words.", 20.0)
    timeout: float = setting(
        number(0.05, 86400), "How many seconds a whole answer may take.", 180.0, aliases=("LLM_TIMEOUT",)
    )
    max_async: int = setting(
        whole(1, 1000),
        "How many answers one process asks of the model at a time; others wait.",
        4, aliases=("MAX_ASYNC_LLM", "MAX_ASYNC"),
    )  # fmt: skip

    keywords: bool = setting(
        flag,
        "Whether the model is asked for keywords of a question first, as in LightRAG, where the client gives none: more"
        " is searched by, and every answer takes longer by one of the model's.",
        False, shown="false",
    )  # fmt: skip
    cache_mb: int = setting(
        whole(0, 1_000_000),
        "How many megabytes of the model's answers are kept in the data folder: a question that is asked again of a"
        " graph that did not change is answered at once, in the same words. What was used least of late goes first. 0"
        " keeps none.",
        64,
    )  # fmt: skip
    cache_file: str = ""  # where they are kept

    @property
    def speaks(self) -> str:
        """What the server speaks: ``openai``, ``ollama`` or ``none``."""
        return self.binding or ("openai" if self.host else "none")

    @property
    def ready(self) -> bool:
        """Whether there is a model to ask."""
        return self.speaks != "none" and bool(self.model)

    @property
    def base_url(self) -> str:
        """The address that ``/chat/completions`` follows."""
        return api_address(self.speaks, self.host)


def api_address(binding: str, host: str) -> str:
    """Where a server's OpenAI-shaped API begins; LightRAG's settings name Ollama without ``/v1``."""
    address = host or HOSTS.get(binding, "")
    return address if binding != "ollama" or address.endswith("/v1") else address + "/v1"

"""What can be set about the vectors of passages, by LightRAG's names where it has them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from loomgraph.settings.declaring import setting
from loomgraph.settings.llm import api_address
from loomgraph.settings.values import Secret, choice, flag, number, path, secret, text, url, whole

STATIC, LOCAL, OPENAI, OLLAMA, NONE = "static", "local", "openai", "ollama", ""


@dataclass(frozen=True, slots=True)
class EmbeddingSettings:
    """What gives vectors: ``name`` is ``static`` (built in), ``local`` (a folder), ``openai`` or ``ollama`` (a
    server), or "" (nothing)."""

    name: str = setting(
        choice(STATIC, LOCAL, OPENAI, OLLAMA, "none", meaning={"none": NONE}),
        "What gives passages the vectors that `ask` and `search` compare: `static` is built in, `local` is a model in"
        " a folder of this machine, `openai` is any server with OpenAI's `/v1/embeddings`, `ollama` is Ollama's"
        " form of it; with `none` they go by words, names and the graph. A change makes the next"
        " `index` describe every file anew.",
        STATIC, name="embedding", aliases=("EMBEDDING_BINDING",),
    )  # fmt: skip
    model: str = setting(text, "The server's model.", "", shown="none", aliases=("EMBEDDING_MODEL",))
    folder: Path | None = setting(
        path,
        "The folder of the embedding `local`: `tokenizer.json` with `model.safetensors` (a static model, as those of"
        " Model2Vec are) or `model.onnx` (needs `loomgraph-kg[onnx]`). Nothing is ever downloaded into it.",
        None, shown="none",
    )  # fmt: skip
    dim: int = setting(
        whole(0, 65536),
        "How many numbers a vector of the model has. Another answer of the server is an error. 0 takes what the server"
        " gives.",
        0, aliases=("EMBEDDING_DIM",),
    )  # fmt: skip
    send_dim: bool = setting(
        flag, "Whether requests ask for `embedding_dim` numbers (models that can shorten their vectors).", False,
        aliases=("EMBEDDING_SEND_DIM",), shown="false",
    )  # fmt: skip
    host: str = setting(
        url,
        "The address of the server, up to what stands before `/embeddings`.",
        "", shown="that of the binding", aliases=("EMBEDDING_BINDING_HOST",),
    )  # fmt: skip
    api_key: Secret = setting(
        secret, "The server's key. It is shown nowhere.", Secret(), shown="none", aliases=("EMBEDDING_BINDING_API_KEY",)
    )
    batch: int = setting(
        whole(1, 10_000), "How many passages one request holds at most.", 32, aliases=("EMBEDDING_BATCH_NUM",)
    )
    batch_tokens: int = setting(
        whole(16, 10_000_000), "How many tokens one request holds at most, by estimate.", 16_000
    )
    max_tokens: int = setting(
        whole(0, 10_000_000),
        "How many tokens of a passage are sent, by estimate; the rest is left out. 0 sends all.",
        8000, aliases=("EMBEDDING_TOKEN_LIMIT",),
    )  # fmt: skip
    max_async: int = setting(
        whole(1, 1000), "How many requests are under way at a time.", 8, aliases=("EMBEDDING_FUNC_MAX_ASYNC",)
    )
    timeout: float = setting(
        number(0.05, 86400), "How many seconds a request of `index` may take.", 30.0, aliases=("EMBEDDING_TIMEOUT",)
    )
    question_timeout: float = setting(
        number(0.05, 600),
        "How many seconds a question waits for its vector before it goes by words and the graph.",
        1.0,
    )
    retries: int = setting(
        whole(0, 100), "How often `index` repeats a request that was refused for load or was not answered.", 4
    )

    cache_mb: int = setting(
        whole(0, 1_000_000),
        "How many megabytes of a server's vectors are kept in the data folder, for all projects: a text that any of"
        " them has sent is not sent again. What was used least of late goes first. 0 keeps none.",
        512,
    )  # fmt: skip
    cache_file: str = ""  # where they are kept

    @property
    def remote(self) -> bool:
        """Whether a server gives the vectors."""
        return self.name in (OPENAI, OLLAMA)

    @property
    def base_url(self) -> str:
        """The address that ``/embeddings`` follows."""
        return api_address(self.name, self.host)

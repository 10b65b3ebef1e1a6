"""Print the OpenAPI document of LightRAG's server. Runs in LightRAG's environment, not ours; needs no network."""

from __future__ import annotations

import json
import os
import sys
import tempfile


class NoTokens:
    """In place of a tokenizer that would be fetched from the network."""

    def encode(self, text: str, **_: object) -> list[int]:
        return list(text.encode())

    def decode(self, tokens: list[int]) -> str:
        return bytes(tokens).decode()


def main() -> None:
    out = os.dup(1)
    os.dup2(2, 1)  # it greets on standard output
    os.chdir(tempfile.mkdtemp())
    sys.argv = ["lightrag-server", "--llm-binding", "openai", "--embedding-binding", "openai"]
    os.environ.update(OPENAI_API_KEY="none", EMBEDDING_DIM="8", EMBEDDING_MODEL="none", LLM_MODEL="none")
    import tiktoken

    tiktoken.encoding_for_model = lambda _: NoTokens()
    from lightrag.api.config import global_args
    from lightrag.api.lightrag_server import create_app

    os.write(out, json.dumps(create_app(global_args).openapi()).encode())


if __name__ == "__main__":
    main()

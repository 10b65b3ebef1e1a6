"""Fill a folder as LightRAG itself does: FOLDER WORKSPACE, the custom_kg on standard input. Runs in its environment."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from typing import Any


async def embedded(texts: list[str], **_: Any) -> Any:
    import numpy

    return numpy.array([[byte / 255 for byte in hashlib.sha256(text.encode()).digest()[:8]] for text in texts])


async def silent(*_: Any, **__: Any) -> str:
    return ""


class Bytes:
    """In place of a tokenizer that would be fetched from the network."""

    def encode(self, text: str) -> list[int]:
        return list(text.encode())

    def decode(self, tokens: list[int]) -> str:
        return bytes(tokens).decode("utf-8", "replace")


async def main(folder: str, workspace: str) -> None:
    from lightrag import LightRAG
    from lightrag.utils import EmbeddingFunc, Tokenizer

    rag = LightRAG(
        working_dir=folder, workspace=workspace, llm_model_func=silent,
        embedding_func=EmbeddingFunc(8, embedded, 1000), tokenizer=Tokenizer("bytes", Bytes()),
    )  # fmt: skip
    await rag.initialize_storages()
    await rag.ainsert_custom_kg(json.load(sys.stdin))
    await rag.finalize_storages()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))

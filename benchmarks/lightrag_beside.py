"""The same work done by LightRAG 1.5.7, in its own environment, run by ``benchmarks/server.py``.

An embedding that is a hash of the text stands for a model, and there is no language model: its own work is measured.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

_DIMENSION = 256  # that of our built-in model


class NoTokens:
    """In place of a tokenizer that would be fetched from the network."""

    def encode(self, text: str, **_: object) -> list[int]:
        return list(text.encode())

    def decode(self, tokens: list[int]) -> str:
        return bytes(tokens).decode("utf-8", "replace")


async def embed(texts: list[str], **_: object) -> Any:
    import numpy

    seeds = [int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") for text in texts]
    return numpy.array([numpy.random.default_rng(seed).standard_normal(_DIMENSION) for seed in seeds], numpy.float32)


async def no_words(*_: object, **__: object) -> str:
    return "{}"


async def opened(folder: str) -> Any:
    from lightrag import LightRAG
    from lightrag.kg.shared_storage import initialize_pipeline_status
    from lightrag.utils import EmbeddingFunc

    function = EmbeddingFunc(embedding_dim=_DIMENSION, max_token_size=8192, func=embed)
    rag = LightRAG(working_dir=folder, embedding_func=function, llm_model_func=no_words)
    await rag.initialize_storages()
    await initialize_pipeline_status()
    return rag


async def measure(given: dict[str, Any], folder: str) -> dict[str, float]:
    from lightrag import QueryParam

    figures: dict[str, float] = {}
    rag = await opened(folder)
    began = time.perf_counter()
    await rag.ainsert_custom_kg(given["kg"])
    figures["insert_s"] = time.perf_counter() - began
    figures["insert_peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    disk = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    figures["disk_mb"] = disk / 2**20
    began = time.perf_counter()
    await rag.ainsert_custom_kg({"chunks": [], "entities": given["one"]["entities"], "relationships": []})
    figures["one_entity_ms"] = (time.perf_counter() - began) * 1000
    times = []
    for text in given["questions"]:
        words = text.split()
        param = QueryParam(mode="mix", hl_keywords=words[-2:], ll_keywords=words[-2:], enable_rerank=False)
        began = time.perf_counter()
        await rag.aquery_data(text, param)
        times.append(time.perf_counter() - began)
    figures["query_p50_ms"] = sorted(times)[len(times) // 2] * 1000
    figures["queries_per_s"] = len(times) / sum(times)
    await rag.finalize_storages()
    return figures


def main() -> None:
    import tiktoken

    tiktoken.encoding_for_model = lambda _: NoTokens()
    given = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    folder = os.path.join(sys.argv[2], "lightrag")
    os.makedirs(folder)
    print(json.dumps(asyncio.run(measure(given, folder))))


if __name__ == "__main__":
    main()

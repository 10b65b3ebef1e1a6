"""The routes of OpenAI's API that need no language model: the models there are, and vectors of texts."""

from __future__ import annotations

import base64
import struct
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from loomgraph.errors import InvalidRequest
from loomgraph.server.context import parts_of, seen_by
from loomgraph.server.replies import Reply, encode

router = APIRouter(tags=["openai"])
_MOST = 2048
Input = Annotated[str, Field(max_length=1_000_000)]


class EmbeddingRequest(BaseModel):
    """Texts that are to be made vectors."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [{"input": ["parse a url"]}]})
    input: Input | Annotated[list[Input], Field(min_length=1, max_length=_MOST)]
    model: str = Field(default="", max_length=200, description="Any: the server has one.")
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None


@router.get("/v1/models")
async def models(request: Request) -> Reply:
    """The model that gives vectors."""
    parts, service = parts_of(request), seen_by(request)
    name, dimension = await parts.models(llm=False).run(service.embedding_model)
    return Reply({"object": "list", "data": [
        {"id": name, "object": "model", "created": 0, "owned_by": "loomgraph", "dimension": dimension}]})  # fmt: skip


@router.post("/v1/embeddings")
async def embeddings(request: Request, body: EmbeddingRequest) -> Reply:
    """Vectors of texts, by the model of the settings."""
    parts, service = parts_of(request), seen_by(request)
    texts = [body.input] if isinstance(body.input, str) else body.input
    pool = parts.models(llm=False)
    _, dimension = await pool.run(service.embedding_model)
    if body.dimensions not in (None, dimension):
        raise InvalidRequest(reason=f"dimensions: the model has {dimension}")

    def work() -> bytes:
        name, vectors = service.embeddings(texts)
        packed = body.encoding_format == "base64"
        data = [
            {"object": "embedding", "index": at, "embedding": _packed(vector) if packed else vector}
            for at, vector in enumerate(vectors)
        ]
        count = sum(len(text.split()) for text in texts)
        usage = {"prompt_tokens": count, "total_tokens": count}
        return encode({"object": "list", "data": data, "model": name, "usage": usage})

    return Reply(await pool.run(work))


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()

"""What fills a graph and empties it, in LightRAG's words: a custom_kg, deletion by source, clearing.

Small bodies are worked on in a thread, long ones in a process of their own, so that nobody else waits.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter

from loomgraph.errors import NoSources
from loomgraph.server.bodies import spooled
from loomgraph.server.context import Call, Called
from loomgraph.server.models import SourcesRequest
from loomgraph.server.replies import Reply

router = APIRouter(tags=["lightrag"])
MOST_ROWS = 2_000_000  # of a body; one of 200 MB as clients send it has a third of that

_TEXT = {"type": "string"}
_CHUNK = {"type": "object", "required": ["content", "source_id"], "properties": {
    "content": _TEXT, "source_id": _TEXT, "file_path": _TEXT, "chunk_order_index": {"type": "integer"}}}  # fmt: skip
_ENTITY = {"type": "object", "required": ["entity_name"], "properties": {
    "entity_name": {"type": "string", "minLength": 1}, "entity_type": {"type": "string", "default": "UNKNOWN"},
    "description": _TEXT, "source_id": _TEXT, "file_path": _TEXT}}  # fmt: skip
_RELATION = {"type": "object", "required": ["src_id", "tgt_id", "description", "keywords"], "properties": {
    "src_id": {"type": "string", "minLength": 1}, "tgt_id": {"type": "string", "minLength": 1}, "description": _TEXT,
    "keywords": _TEXT, "weight": {"type": "number", "default": 1.0}, "source_id": _TEXT,
    "file_path": _TEXT}}  # fmt: skip
_KG = {"type": "object", "properties": {
    "chunks": {"type": "array", "items": _CHUNK}, "entities": {"type": "array", "items": _ENTITY},
    "relationships": {"type": "array", "items": _RELATION}}}  # fmt: skip
_EXAMPLE = {"custom_kg": {
    "chunks": [{"content": "def total(cart): ...", "source_id": "src/cart.py:1-9", "file_path": "src/cart.py"}],
    "entities": [{"entity_name": "total", "entity_type": "function", "description": "Adds the prices up.",
                  "source_id": "src/cart.py:1-9"}],
    "relationships": [{"src_id": "checkout", "tgt_id": "total", "description": "checkout calls total",
                       "keywords": "calls", "source_id": "src/shop.py:12"}]}}  # fmt: skip
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {"application/json": {
    "schema": {"oneOf": [{"type": "object", "required": ["custom_kg"], "properties": {"custom_kg": _KG}}, _KG]},
    "example": _EXAMPLE}}}}  # fmt: skip


@router.post("/insert_custom_kg", openapi_extra=_BODY)
async def insert_custom_kg(call: Called) -> Reply:
    """Insert chunks, entities and relationships: wrapped in `custom_kg`, or bare. What is named again is replaced.

    A large body is answered before its vectors are there, and `details.notes` says so: it is found by words, names and
    the graph meanwhile.
    """
    limits = call.service.settings.server
    async with spooled(call.request, call.service.settings.data_dir, limits.max_body_bytes) as body:
        found = await _inserted(call, body)
    counts = {"chunks_count": found.chunks, "entities_count": found.entities,
              "relationships_count": found.relationships}  # fmt: skip
    call.parts.metrics.inserted(chunks=found.chunks, entities=found.entities, relationships=found.relationships)
    details: dict[str, Any] = {**counts, "workspace": call.project}
    if found.notes:
        details["notes"] = found.notes
    return Reply({"status": "success", "message": "Custom KG inserted successfully", "details": details})


async def _inserted(call: Call, body: bytes | Path) -> Any:
    if isinstance(body, bytes):
        return await call.write(call.service.insert_custom_kg, call.project, body, most=MOST_ROWS)
    return await call.write_apart("insert_custom_kg", project=call.project, body=body, most=MOST_ROWS)


@router.post("/documents/insert_custom_kg", openapi_extra=_BODY)
async def insert_as_document(call: Called) -> Reply:
    """The same by the name that LightRAG's code-graph fork has for it."""
    return await insert_custom_kg(call)


@router.delete("/graph/clear")
async def clear(call: Called) -> Reply:
    """Take everything out of a project's graph; 409 while it is being updated."""
    cleared = await call.change(call.service.clear_project, call.project)
    return Reply({"status": "success", "workspace": call.project, "storages_cleared": cleared, "errors": None})


@router.delete("/graph/by_source")
async def by_source(call: Called, body: SourcesRequest) -> Reply:
    """Take away what some sources said: files with all their places, or source ids as they were given."""
    if not body.source_ids:
        raise NoSources
    found = await call.write(call.service.delete_by_source, call.project, body.source_ids)
    deleted = {"entities": found.entities, "relations": found.relations, "chunks": found.chunks}
    return Reply({"status": "success", "workspace": call.project, "deleted": deleted})

"""Edits of a graph by hand, in LightRAG's words. What comes from indexed source code is not edited: the source is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from loomgraph.errors import InvalidRequest
from loomgraph.server import models
from loomgraph.server.context import Call, Called
from loomgraph.server.replies import Reply
from loomgraph.server.routes.graph import entity, relation
from loomgraph.service.rows import EntityChange, GivenEntity, GivenRelation, RelationChange

router = APIRouter(tags=["lightrag"])
_ENTITY = {"entity_name": str, "entity_type": str, "description": str, "source_id": str, "file_path": str}
_RELATION = {"description": str, "keywords": str, "weight": (int, float), "source_id": str, "file_path": str}


@router.post("/graph/entity/create")
async def create_entity(call: Called, body: models.EntityCreateRequest) -> Reply:
    """Add an entity; its data nested in `entity_data`, or flat."""
    data = checked(body.entity_data, _ENTITY, "entity_data")
    data.pop("entity_name", None)
    service = call.service
    made = await call.write(service.create_entity, call.project, GivenEntity(body.entity_name, **data))
    return success(f"Entity '{made.entity_name}' created successfully", entity(made))


@router.post("/graph/relation/create")
async def create_relation(call: Called, body: models.RelationCreateRequest) -> Reply:
    """Add a relation between two entities; its data nested in `relation_data`, or flat."""
    data = checked(body.relation_data, _RELATION, "relation_data")
    service = call.service
    given = GivenRelation(
        body.source_entity, body.target_entity, data.pop("description", ""), data.pop("keywords", ""), **data
    )
    made = await call.write(service.create_relation, call.project, given)
    return success(f"Relation created successfully between '{made.src_id}' and '{made.tgt_id}'", relation(made))


@router.post("/graph/entity/edit")
async def edit_entity(call: Called, body: models.EntityUpdateRequest) -> Reply:
    """Change an entity. A new name needs `allow_rename`; that of another one needs `allow_merge`: both become one."""
    data = checked(body.updated_data, _ENTITY, "updated_data")
    name = data.pop("entity_name", None)
    renamed = name is not None and name != body.entity_name
    if renamed and not body.allow_rename:
        raise InvalidRequest(reason="a new entity_name needs allow_rename")
    service = call.service
    there = renamed and body.allow_merge and await call.ask(_there, call, name)
    change = EntityChange(name if renamed else None, **data)
    made = await call.write(service.edit_entity, call.project, body.entity_name, change, merge=body.allow_merge)
    summary = {
        "merged": there, "merge_status": "success" if there else "not_attempted", "merge_error": None,
        "operation_status": "success", "target_entity": name if renamed else None, "final_entity": made.entity_name,
        "renamed": renamed,
    }  # fmt: skip
    said = f"Entity merged successfully into '{made.entity_name}'" if there else "Entity updated successfully"
    return success(said, entity(made), operation_summary=summary)


def _there(call: Call, name: str) -> bool:
    with call.service.graph(call.project) as view:
        found: bool = view.exists(name)
        return found


@router.post("/graph/relation/edit")
async def edit_relation(call: Called, body: models.RelationUpdateRequest) -> Reply:
    """Change the relation between two entities."""
    data = checked(body.updated_data, _RELATION, "updated_data")
    service = call.service
    change = RelationChange(**data)
    made = await call.write(service.edit_relation, call.project, body.source_id, body.target_id, change)
    return success("Relation updated successfully", relation(made))


@router.post("/graph/entities/merge")
async def merge(call: Called, body: models.EntityMergeRequest) -> Reply:
    """Make several entities one, with the relations of all."""
    sources, target = body.entities_to_change, body.entity_to_change_into
    made = await call.write(call.service.merge_entities, call.project, sources, target)
    return success(
        f"Successfully merged {len(sources)} entities into '{target}'", {"merged_entity": target, **entity(made)}
    )


@router.delete("/graph/entity/delete", response_model=models.DeletionResult)
async def delete_entity(call: Called, body: models.DeleteEntityRequest) -> Reply:
    """Delete an entity with its relations."""
    name = body.entity_name
    await call.write(call.service.delete_entity, call.project, name)
    return deleted(name, f"Entity '{name}' and its relationships deleted successfully.")


@router.delete("/graph/relation/delete", response_model=models.DeletionResult)
async def delete_relation(call: Called, body: models.DeleteRelationRequest) -> Reply:
    """Delete the relation between two entities, in the direction that is named."""
    ends = body.source_entity, body.target_entity
    await call.write(call.service.delete_relation, call.project, *ends)
    return deleted(f"{ends[0]}->{ends[1]}", f"Relation from '{ends[0]}' to '{ends[1]}' deleted successfully.")


def checked(data: dict[str, Any], kinds: dict[str, Any], inside: str) -> dict[str, Any]:
    """Data by hand, every wrong item named at once."""
    places = []
    for name, value in data.items():
        where = {"loc": ["body", inside, name]}
        if name not in kinds:
            places.append({**where, "msg": f"There is no such field; there are {', '.join(kinds)}", "type": "extra"})
        elif value is not None and (isinstance(value, bool) or not isinstance(value, kinds[name])):
            places.append({**where, "msg": "The type is wrong", "type": "type"})
    if places:
        raise InvalidRequest(reason="; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in places[:3]), errors=places)
    return {name: value for name, value in data.items() if value is not None}


def success(message: str, data: dict[str, Any], **more: Any) -> Reply:
    """How an edit is answered."""
    return Reply({"status": "success", "message": message, "data": data, **more})


def deleted(what: str, message: str) -> Reply:
    """How a deletion is answered."""
    return Reply({"status": "success", "doc_id": what, "message": message, "status_code": 200, "file_path": None})

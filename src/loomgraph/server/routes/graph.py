"""The graph as entities and relations, in LightRAG's words: lists, neighbourhoods, measures, and edits by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from loomgraph.errors import InvalidRequest
from loomgraph.server.context import Call, Called, several
from loomgraph.server.replies import Reply

router = APIRouter(tags=["lightrag"])
View = Any

Prefix = Annotated[str, Query(max_length=4096, description="Only sources that begin so.", examples=["src/"])]


async def seen(call: Call, look: Callable[[View], object]) -> Reply:
    """What somebody sees in the graph, made JSON in the same thread."""

    def work() -> object:
        with call.service.graph(call.project) as view:
            return look(view)

    return await call.answer(work)


# -- lists and neighbourhoods -------------------------------------------------------------------------------------


@router.get("/graphs")
async def graphs(
    call: Called,
    label: Annotated[str, Query(description="The name of an entity; `*` is the whole graph.", max_length=4096)],
    max_depth: Annotated[int, Query(ge=1, description="How many relations away at most.")] = 3,
    max_nodes: Annotated[int, Query(ge=1, description="At most so many entities.")] = 1000,
) -> Reply:
    """What lies within some relations of an entity, the nearest and most connected first."""
    return await seen(call, lambda view: drawn(view.subgraph(label, max_depth, min(max_nodes, 1_000_000))))


@router.get("/graph")
async def graph(
    call: Called,
    symbol: Annotated[str, Query(max_length=4096, description="The name of an entity; `*` is the whole graph.")] = "*",
    depth: Annotated[int, Query(ge=1, le=100, description="How many relations away at most.")] = 3,
    limit: Annotated[int, Query(ge=1, le=1_000_000, description="At most so many entities.")] = 1000,
) -> Reply:
    """The same as `/graphs`, by LoomGraph's words."""
    return await graphs(call, symbol, depth, limit)


def drawn(found: Any) -> dict[str, Any]:
    """A part of a graph as LightRAG's page draws it."""
    nodes = [
        {"id": one.entity_name, "labels": [one.entity_name], "properties": entity(one, "entity_id")}
        for one in found.entities
    ]
    edges = [
        {
            "id": f"{one.src_id}-{one.keywords}-{one.tgt_id}", "type": "DIRECTED", "source": one.src_id,
            "target": one.tgt_id, "properties": relation(one),
        }
        for one in found.relations
    ]  # fmt: skip
    return {"nodes": nodes, "edges": edges, "is_truncated": found.truncated}


def entity(one: Any, name: str = "entity_name") -> dict[str, Any]:
    """An entity as a dict, no field missing."""
    return {
        name: one.entity_name, "entity_type": one.entity_type or "UNKNOWN", "description": one.description or "",
        "source_id": one.source_id or "", "file_path": one.file_path or "",
    }  # fmt: skip


def relation(one: Any) -> dict[str, Any]:
    """A relation as a dict, no field missing."""
    return {
        "src_id": one.src_id, "tgt_id": one.tgt_id, "description": one.description, "keywords": one.keywords,
        "weight": 1.0 if one.weight is None else one.weight, "source_id": one.source_id or "",
        "file_path": one.file_path or "",
    }  # fmt: skip


@router.get("/graph/label/list")
async def labels(call: Called) -> Reply:
    """The names of all entities."""
    return await seen(call, lambda view: view.labels())


@router.get("/graph/label/popular")
async def popular(
    call: Called, limit: Annotated[int, Query(ge=1, le=1000, description="At most so many names.")] = 300
) -> Reply:
    """Names by how many relations they have, most first."""
    return await seen(call, lambda view: view.popular(limit))


@router.get("/graph/label/search")
async def label_search(
    call: Called,
    q: Annotated[str, Query(max_length=4096, description="A part of a name.", examples=["cart"])],
    limit: Annotated[int, Query(ge=1, le=100, description="At most so many names.")] = 50,
) -> Reply:
    """Names that hold some text, best match first."""
    return await seen(call, lambda view: view.search(q, limit))


@router.get("/graph/entity/exists")
async def exists(
    call: Called,
    name: Annotated[str | None, Query(max_length=4096, description="The whole name.", examples=["total"])] = None,
    entity_name: Annotated[str | None, Query(max_length=4096, description="The same, by its other name.")] = None,
) -> Reply:
    """Whether there is an entity of that name."""
    wanted = name if name is not None else entity_name
    if wanted is None:
        places = [{"loc": ["query", "name"], "msg": "Field required", "type": "missing"}]
        raise InvalidRequest(reason="query.name: Field required", errors=places)
    return await seen(call, lambda view: {"exists": view.exists(wanted)})


@router.get("/graph/entities/all")
async def entities(call: Called) -> Reply:
    """All entities."""
    return await seen(call, lambda view: [entity(one) for one in view.entities()])


@router.get("/graph/relations/all")
async def relations(call: Called) -> Reply:
    """All relations."""
    return await seen(call, lambda view: [relation(one) for one in view.relations()])


# -- measures -----------------------------------------------------------------------------------------------------


@router.get("/graph/orphans")
async def orphans(
    call: Called,
    exclude_types: Annotated[list[str] | None, Query(description="Not entities of these types; repeatable.")] = None,
    source_prefix: Prefix = "",
) -> Reply:
    """Entities without a relation."""
    kinds = several(exclude_types)
    return await seen(call, lambda view: [entity(one) for one in view.orphans(kinds, source_prefix)])


@router.get("/graph/degree")
async def degree(
    call: Called,
    direction: Annotated[Literal["in", "out", "both"], Query(description="Which relations count.")] = "both",
    min_degree: Annotated[int, Query(ge=0, description="Only entities with at least so many.")] = 0,
    source_prefix: Prefix = "",
) -> Reply:
    """Entities by how many relations they have, most first."""

    def look(view: View) -> list[dict[str, Any]]:
        return [_degree(one, direction) for one in view.degrees(direction, min_degree, source_prefix)]

    return await seen(call, look)


def _degree(one: Any, direction: str) -> dict[str, Any]:
    counted = {"in": one.incoming, "out": one.outgoing}.get(direction, one.incoming + one.outgoing)
    return {"entity_name": one.name, "entity_type": one.entity_type, "degree": counted,
            "in_degree": one.incoming, "out_degree": one.outgoing}  # fmt: skip


@router.get("/graph/stats")
async def graph_stats(
    call: Called,
    source_prefix: Prefix = "",
    module_depth: Annotated[int, Query(ge=1, le=100, description="How many folders of a path name its module.")] = 1,
) -> Reply:
    """How much the modules of a graph depend on each other; modules are the first folders of paths."""

    def look(view: View) -> dict[str, Any]:
        found = view.coupling(source_prefix, module_depth)
        return {
            "entity_count": found.entities, "relation_count": found.relations,
            "cross_module_relations": found.across, "intra_module_relations": found.inside,
            "coupling_density": found.density,
            "modules": [{"module": name, "inside": inside, "across": across} for name, inside, across in found.modules],
        }  # fmt: skip

    return await seen(call, look)


@router.get("/graph/source_ids")
async def source_ids(call: Called, source_prefix: Prefix = "") -> Reply:
    """The sources that something in the graph was inserted from."""
    return await seen(call, lambda view: view.source_ids(source_prefix))

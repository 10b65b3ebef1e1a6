"""LightRAG's dialect as its clients speak it: by path, by header, and with a server of one project."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.server.conftest import Running
from tests.server.kgs import SHOP, numbered


@pytest.fixture(scope="module")
def shop(server: Running) -> str:
    """A project that holds the shop, at its own address."""
    url = f"{server.url}/p/shop"
    answer = httpx.post(f"{url}/insert_custom_kg", json={"custom_kg": SHOP}, timeout=60, trust_env=False)
    assert answer.status_code == 200, answer.text
    return url


def test_the_clients_of_the_field_run_unchanged(server: Running, serve: Callable[..., Running]) -> None:
    alone = serve("--project", "alone")
    targets: list[tuple[str, dict[str, str]]] = [
        (f"{server.url}/p/field", {}),
        (f"{server.url}/api/v1/projects/field2", {}),
        (server.url, {"LIGHTRAG-WORKSPACE": "field3"}),
        (server.url, {}),
        (alone.url, {}),
    ]
    for url, headers in targets:
        with httpx.Client(headers=headers, timeout=60, trust_env=False) as client:
            inserted = client.post(f"{url}/insert_custom_kg", json=SHOP)  # bare, as clients send it
            assert inserted.status_code == 200, inserted.text
            plain = inserted.json()
            assert plain["status"] == "success"
            assert plain["message"] == "Custom KG inserted successfully"
            counts = {key: plain["details"][key] for key in plain["details"] if key != "workspace"}
            assert counts == {"chunks_count": 2, "entities_count": 3, "relationships_count": 4}
            found = client.post(f"{url}/query", json={"query": "who calls total", "mode": "hybrid"}).json()
            assert "checkout" in found["response"]
            assert found["llm_generated"] is False
            health = client.get(f"{url}/health").json()
            assert health["status"] == "healthy"
    curl = (
        f"curl -s {server.url}/p/field/health | python3 -c 'import json,sys; print(json.load(sys.stdin)[\"status\"])'"
    )
    assert subprocess.run(curl, shell=True, capture_output=True, text=True, check=True).stdout == "healthy\n"


def test_an_instance_of_one_project_knows_no_other(serve: Callable[..., Running]) -> None:
    alone = serve("--project", "alone")
    with alone.client() as client:
        assert client.post("/p/other/insert_custom_kg", json=SHOP).status_code == 404
        assert client.post("/api/v1/projects", json={"name": "other"}).status_code == 404
        assert client.post("/insert_custom_kg", json=SHOP).json()["details"]["workspace"] == "alone"
        assert client.get("/api/workspaces").json() == {"workspaces": ["alone"], "count": 1}


def test_directions_parallel_edges_recursion_and_whole_paths_stay(shop: str) -> None:
    relations = httpx.get(f"{shop}/graph/relations/all", trust_env=False).json()
    found = {(one["src_id"], one["tgt_id"], one["keywords"]) for one in relations}
    assert ("checkout", "total", "calls") in found
    assert ("total", "checkout", "references") in found
    assert ("walk", "walk", "calls") in found
    entities = {one["entity_name"]: one for one in httpx.get(f"{shop}/graph/entities/all", trust_env=False).json()}
    assert entities["checkout"]["file_path"] == "src/shop/__init__.py"
    assert set(entities) == {"total", "checkout", "walk", "pay"}
    callers = httpx.get(f"{shop}/callers", params={"symbol": "pay"}, trust_env=False).json()
    assert [hop["symbol"]["name"] for hop in callers["hops"]] == ["checkout"]


def test_the_same_body_twice_is_that_of_once(server: Running) -> None:
    with server.client(headers={"LIGHTRAG-WORKSPACE": "twice"}) as client:
        for _ in range(2):
            assert client.post("/documents/insert_custom_kg", json={"custom_kg": SHOP}).status_code == 200
        assert len(client.get("/graph/entities/all").json()) == 4
        counts = client.get("/graph/stats").json()
        assert counts["entity_count"] == 4
        gone = client.request("DELETE", "/graph/by_source", json={"source_ids": ["src/walk.py"]}).json()
        assert gone["workspace"] == "twice"
        assert gone["deleted"]["entities"] == 1
        assert client.get("/graph/entity/exists", params={"entity_name": "walk"}).json() == {"exists": False}
        assert client.get("/graph/entity/exists", params={"name": "total"}).json() == {"exists": True}
        empty = client.request("DELETE", "/graph/by_source", json={"source_ids": []})
        assert empty.status_code == 400
        cleared = client.delete("/graph/clear").json()
        assert cleared["status"] == "success"
        assert cleared["errors"] is None
        assert client.get("/graph/entities/all").json() == []


def test_each_wrong_row_is_named(client: httpx.Client, server: Running) -> None:
    body = {"custom_kg": {"entities": [{"entity_name": "a"}, {"entity_type": "x"}, {"entity_name": 3}],
                          "relationships": [{"src_id": "a", "tgt_id": "b", "description": ""}]}}  # fmt: skip
    answer = client.post("/p/wrong/insert_custom_kg", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "bad_custom_kg"
    places = [".".join(map(str, one["loc"])) for one in answer.json()["detail"]]
    assert len(places) == 3
    assert [place.rpartition("custom_kg.")[2] for place in places] == [
        "entities.1.entity_name", "entities.2.entity_name", "relationships.0.keywords",
    ]  # fmt: skip
    assert not (server.data / "wrong").exists()


def test_numbers_that_no_store_keeps_are_refused(client: httpx.Client) -> None:
    body = {"chunks": [{"content": "x", "source_id": "a", "chunk_order_index": 2**70}]}
    answer = client.post("/p/wrong/insert_custom_kg", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_custom_kg")


def test_a_large_body_goes_to_another_process_with_the_same_answer(client: httpx.Client, server: Running) -> None:
    large = numbered(4000)
    answer = client.post("/p/large/insert_custom_kg", json=large)
    assert answer.status_code == 200, answer.text
    assert answer.json()["details"]["entities_count"] == 4000
    assert client.get("/p/large/graph/stats").json()["relation_count"] == 3999
    large["entities"][2000]["entity_name"] = 7
    wrong = client.post("/p/large/insert_custom_kg", json=large)
    assert wrong.status_code == 422
    assert wrong.json()["detail"][0]["loc"][-3:] == ["entities", 2000, "entity_name"]
    assert list((server.data / ".spool").iterdir()) == []


def test_packed_bodies_and_answers(client: httpx.Client) -> None:
    import gzip
    import json

    packed = gzip.compress(json.dumps(numbered(3000)).encode())
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    assert client.post("/p/packed/insert_custom_kg", content=packed, headers=headers).status_code == 200
    answer = client.get("/p/packed/graph/entities/all")
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.json()) == 3000
    for broken in (packed[:-9], b"no gzip"):
        wrong = client.post("/p/packed/insert_custom_kg", content=broken, headers=headers)
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "invalid_request")


def test_graphs_are_drawn(shop: str) -> None:
    whole = httpx.get(f"{shop}/graphs", params={"label": "*"}, trust_env=False).json()
    assert {node["id"] for node in whole["nodes"]} == {"total", "checkout", "walk", "pay"}
    assert whole["is_truncated"] is False
    assert {"id", "labels", "properties"} == set(whole["nodes"][0])
    assert {"id", "type", "source", "target", "properties"} == set(whole["edges"][0])
    near = httpx.get(f"{shop}/graphs", params={"label": "pay", "max_depth": 1}, trust_env=False).json()
    assert {node["id"] for node in near["nodes"]} == {"pay", "checkout"}
    assert httpx.get(f"{shop}/graphs", trust_env=False).status_code == 422
    popular = httpx.get(f"{shop}/graph/label/popular", params={"limit": 1}, trust_env=False).json()
    assert popular == ["checkout"]
    assert httpx.get(f"{shop}/graph/label/search", params={"q": "TOT"}, trust_env=False).json() == ["total"]


def test_questions_nobody_else_built(shop: str) -> None:
    def get(path: str, **params: Any) -> Any:
        answer = httpx.get(f"{shop}{path}", params=params, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert get("/graph/orphans") == []
    degrees = {one["entity_name"]: one["degree"] for one in get("/graph/degree", direction="in")}
    assert degrees["pay"] >= 1
    stats = get("/graph/stats", module_depth=2)
    assert {
        "entity_count",
        "relation_count",
        "cross_module_relations",
        "intra_module_relations",
        "coupling_density",
    } <= set(stats)
    assert "src/cart.py:1-2" in get("/graph/source_ids", source_prefix="src/cart")


def test_edits_by_hand(server: Running) -> None:
    with server.client(headers={"LIGHTRAG-WORKSPACE": "edits"}) as client:
        nested = client.post("/graph/entity/create", json={"entity_name": "A", "entity_data": {"description": "first"}})
        assert nested.status_code == 200, nested.text
        assert nested.json()["status"] == "success"
        flat = client.post(
            "/graph/entity/create", json={"entity_name": "B", "entity_type": "class", "description": "b"}
        )
        assert flat.json()["data"]["entity_type"] == "class"
        assert client.post("/graph/entity/create", json={"entity_name": "A", "entity_data": {}}).status_code == 409
        data = {"description": "uses", "keywords": "calls"}
        ends = {"source_entity": "A", "target_entity": "B"}
        made = client.post("/graph/relation/create", json={**ends, "relation_data": data})
        assert made.status_code == 200, made.text
        changed = client.post("/graph/entity/edit", json={"entity_name": "A", "updated_data": {"description": "new"}})
        assert changed.json()["data"]["description"] == "new"
        assert changed.json()["operation_summary"]["renamed"] is False
        refused = client.post("/graph/entity/edit", json={"entity_name": "A", "updated_data": {"entity_name": "C"}})
        assert 400 <= refused.status_code < 500
        renamed = client.post("/graph/entity/edit", json={
            "entity_name": "A", "updated_data": {"entity_name": "C"}, "allow_rename": True})  # fmt: skip
        assert renamed.json()["operation_summary"]["final_entity"] == "C"
        weighed = client.post("/graph/relation/edit", json={
            "source_id": "C", "target_id": "B", "updated_data": {"weight": 2.5}})  # fmt: skip
        assert weighed.json()["data"]["weight"] == 2.5
        odd = client.post("/graph/entity/edit", json={"entity_name": "C", "updated_data": {"colour": "red"}})
        assert odd.status_code == 422
        assert odd.json()["detail"][0]["loc"] == ["body", "updated_data", "colour"]
        merged = client.post("/graph/entities/merge", json={"entities_to_change": ["C"], "entity_to_change_into": "B"})
        assert merged.status_code == 200, merged.text
        gone = client.request("DELETE", "/graph/entity/delete", json={"entity_name": "B"})
        assert gone.json()["status"] == "success"
        again = client.request("DELETE", "/graph/entity/delete", json={"entity_name": "B"})
        assert again.status_code == 404
        none = client.request("DELETE", "/graph/relation/delete", json={"source_entity": "C", "target_entity": "B"})
        assert none.status_code == 404


def test_data_has_lightrags_fields(shop: str) -> None:
    found = httpx.post(
        f"{shop}/query/data", json={"query": "how is the total of a cart computed"}, trust_env=False
    ).json()
    assert found["status"] == "success"
    assert set(found["data"]) == {"entities", "relationships", "chunks", "references"}
    assert "total" in [one["entity_name"] for one in found["data"]["entities"]]
    assert set(found["data"]["chunks"][0]) >= {"reference_id", "content", "file_path", "chunk_id"}
    assert found["metadata"]["query_mode"] == "mix"


def test_projects_are_listed_made_renamed_deleted(client: httpx.Client) -> None:
    made = client.post("/api/v1/projects", json={"name": "fresh"})
    assert made.status_code == 201
    assert client.post("/api/v1/projects", json={"name": "Fresh"}).status_code == 409
    assert client.patch("/api/v1/projects/fresh", json={"name": "fresher"}).status_code == 200
    names = client.get("/api/workspaces").json()["workspaces"]
    assert "fresher" in names
    assert "fresh" not in names
    assert client.delete("/api/v1/projects/fresher").status_code == 200
    assert client.get("/api/v1/projects/fresher").status_code == 404

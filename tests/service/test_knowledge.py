"""Inserting, editing and asking through the service: bodies, sources, and answers with the rows that were given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loomgraph import settings
from loomgraph.errors import BadCustomKg, BadInput, EntityExists, UnknownProject
from loomgraph.service import Service, wording
from loomgraph.service.rows import EntityChange, GivenEntity, GivenRelation

KG: dict[str, Any] = {
    "chunks": [{"content": "def sign(cookie): ...", "source_id": "src/auth.py:1-9"}],
    "entities": [
        {
            "entity_name": "sign",
            "entity_type": "Function",
            "description": "signs cookies",
            "source_id": "src/auth.py:1-9",
        },
        {"entity_name": "Alice", "entity_type": "person", "description": "keeps bees"},
    ],
    "relationships": [
        {
            "src_id": "Alice",
            "tgt_id": "sign",
            "description": "wrote it on a train",
            "keywords": "authored",
            "weight": 2.5,
        },
        {"src_id": "sign", "tgt_id": "sign", "description": "again", "keywords": "calls", "source_id": "src/auth.py:4"},
    ],
}


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(settings.load({"HOME": str(tmp_path), "LOOMGRAPH_DATA_DIR": str(tmp_path / "data")}), tmp_path)


def asked(service: Service, question: str, mode: str) -> dict[str, Any]:
    data: dict[str, Any] = service.query_data(question, wording.params({"mode": mode}), project="kg")["data"]
    return data


@pytest.fixture
def filled(service: Service) -> Service:
    service.insert_custom_kg("kg", json.dumps(KG).encode())
    return service


def test_a_body_may_be_bytes_or_a_file_wrapped_or_bare(service: Service, tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_text(json.dumps({"custom_kg": KG}), "utf-8")
    first = service.insert_custom_kg("kg", body)
    assert (first.chunks, first.entities, first.relationships, first.changed) == (1, 2, 2, True)
    assert not service.insert_custom_kg("kg", json.dumps(KG).encode()).changed


def test_a_wrong_body_makes_no_project_and_names_every_error(service: Service, tmp_path: Path) -> None:
    wrong = {"entities": [{"entity_name": ""}, {}], "chunks": [{"content": 1, "source_id": "a"}]}
    empty = tmp_path / "empty.json"
    empty.touch()
    with pytest.raises(BadCustomKg) as caught:
        service.insert_custom_kg("kg", json.dumps(wrong).encode())
    assert [one["loc"] for one in caught.value.errors] == [
        ["chunks", 0, "content"], ["entities", 0, "entity_name"], ["entities", 1, "entity_name"],
    ]  # fmt: skip
    with pytest.raises(BadCustomKg):
        service.insert_custom_kg("kg", empty)
    with pytest.raises(UnknownProject):
        service.project("kg")


def test_sources_are_taken_away(filled: Service) -> None:
    with pytest.raises(BadInput):
        filled.delete_by_source("kg", [""])
    gone = filled.delete_by_source("kg", ["src/auth.py"])
    assert (gone.entities, gone.relations, gone.chunks) == (1, 1, 1)
    with filled.graph("kg") as view:
        assert view.labels() == ["Alice", "sign"]


def test_edits(filled: Service) -> None:
    filled.create_entity("kg", GivenEntity("Bob", "person"))
    filled.create_relation("kg", GivenRelation("Bob", "sign", "reviewed it", "reviewed"))
    with pytest.raises(EntityExists):
        filled.edit_entity("kg", "Bob", EntityChange(name="Alice"))
    assert filled.merge_entities("kg", ["Bob"], "Alice").entity_type == "person"
    with filled.graph("kg") as view:
        assert {row.keywords for row in view.relations(["Alice"])} == {"authored", "reviewed"}
    assert filled.delete_relation("kg", "Alice", "sign", "reviewed").relations == 1
    assert filled.delete_entity("kg", "Alice").entities == 1


@pytest.mark.parametrize("mode", ["local", "global", "hybrid", "mix"])
def test_entities_are_found_by_what_relations_say(filled: Service, mode: str) -> None:
    data = asked(filled, "who was on a train", mode)
    assert data["relationships"][0]["description"] == "wrote it on a train"
    assert (data["relationships"][0]["keywords"], data["relationships"][0]["weight"]) == ("authored", 2.5)
    assert "Alice" in [row["entity_name"] for row in data["entities"]]


@pytest.mark.parametrize("mode", ["local", "hybrid", "mix"])
def test_entities_are_found_by_their_descriptions_and_told_as_given(filled: Service, mode: str) -> None:
    first = asked(filled, "who keeps bees", mode)["entities"][0]
    assert (first["entity_name"], first["entity_type"], first["description"]) == ("Alice", "person", "keeps bees")
    assert first["file_path"] == "unknown_source"


@pytest.mark.parametrize("mode", ["naive", "mix"])
def test_chunks_are_quoted_and_cards_are_not(filled: Service, mode: str) -> None:
    chunks = asked(filled, "where is the cookie signed", mode)["chunks"]
    assert [row["content"] for row in chunks] == ["def sign(cookie): ..."]
    assert [row["file_path"] for row in chunks] == ["src/auth.py"]


def test_structural_questions_see_what_was_inserted(filled: Service) -> None:
    assert [hop.symbol.id for hop in filled.callers("sign", project="kg").hops] == ["sign"]
    found = filled.callers("sign", project="kg", kinds=["authored"])
    assert [hop.symbol.id for hop in found.hops] == ["Alice"]
    assert filled.index_status(project="kg").deleted == 0


def test_no_bucket_is_named(filled: Service) -> None:
    for question in ("who keeps bees", "who was on a train"):
        answer = filled.query_data(question, wording.params({}), project="kg")
        assert "custom_kg/" not in json.dumps(answer)
        assert filled.plain(dict(answer)) == answer
    assert "custom_kg/" not in json.dumps(filled.plain(filled.show("Alice", project="kg")))
    assert "custom_kg/" not in json.dumps(filled.plain(filled.callees("Alice", project="kg", kinds=["authored"])))
    for name in ("edges", "graphml", "custom-kg"):
        with filled.export(name, project="kg") as lines:
            assert "custom_kg/" not in "".join(lines)


def test_a_body_of_too_many_rows_makes_no_project(service: Service) -> None:
    body = json.dumps({"entities": [{"entity_name": f"e{at}"} for at in range(3)]}).encode()
    with pytest.raises(BadCustomKg) as caught:
        service.insert_custom_kg("many", body, most=2)
    assert "3 rows" in str(caught.value.details["errors"])
    with pytest.raises(UnknownProject):
        service.project("many")
    assert service.insert_custom_kg("many", body, most=3).entities == 3

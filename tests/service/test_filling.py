"""Vectors that follow: what a user sees of an embedding server that is not there, and how they are filled in later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from loomgraph import settings
from loomgraph.errors import BadInput, EmbeddingUnreachable
from loomgraph.service import Service
from tests.model_server import ModelServer, refusal

KG = {"custom_kg": {"entities": [{"entity_name": "Cart", "entity_type": "class", "description": "what is bought"}]}}


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def service_of(home: Path, server: ModelServer, **more: str) -> Service:
    (home / "src").mkdir(exist_ok=True)
    (home / "src" / "price.py").write_text("def with_tax(price):\n    return price * 2\n")
    given = {"HOME": str(home), "EMBEDDING_BINDING": "openai", "EMBEDDING_BINDING_HOST": server.url,
             "EMBEDDING_MODEL": "jina", "LOOMGRAPH_EMBEDDING_RETRIES": "0"}  # fmt: skip
    return Service(settings.load({**given, **more}), home / "src")


def test_an_index_and_an_insert_end_well_without_the_server(tmp_path: Path, server: ModelServer) -> None:
    service = service_of(tmp_path, server)
    server.embed = lambda body: refusal(500, "out of order")
    summary = service.index(".")
    assert summary.counts.files == 1
    assert ["vectors are missing" in note and "out of order" in note for note in summary.notes] == [True]
    inserted = service.insert_custom_kg("kg", json.dumps(KG).encode())
    assert (inserted.entities, inserted.changed) == (1, True)
    assert "vectors are missing" in inserted.notes[0]
    assert len(server.asked) == 1  # who has just failed is left alone
    assert [hit.file for hit in service.search("tax", projects=["src"]).results] == ["price.py"]
    with pytest.raises(EmbeddingUnreachable):
        service.embed("src")
    server.embed = server._embeddings
    for project in ("src", "kg"):
        done = service.embed(project)
        assert (done.project, done.files, done.missing) == (project, 1, 0)
        assert service.embed(project).files == 0
    assert not [note for note in service.search("tax", projects=["src"]).notes if "vectors" in note]


def test_without_an_embedding_there_are_no_vectors_to_make(tmp_path: Path, server: ModelServer) -> None:
    service = service_of(tmp_path, server, EMBEDDING_BINDING="none")
    service.index(".")
    with pytest.raises(BadInput, match="No embedding is set"):
        service.embed("src")


def test_what_one_project_was_given_no_other_asks_for(tmp_path: Path, server: ModelServer) -> None:
    service = service_of(tmp_path, server)
    service.insert_custom_kg("one", json.dumps(KG).encode())
    asked = len(server.asked)
    service.insert_custom_kg("two", json.dumps(KG).encode())
    assert asked == len(server.asked) == 1
    assert (tmp_path / ".local/share/loomgraph/.cache/embeddings.db").exists()
    assert [project.name for project in service.projects()] == ["one", "two"]

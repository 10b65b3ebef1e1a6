"""Instances of plain LightRAG become projects: all of their graphs, their keys, and nothing of theirs changed."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from loomgraph import settings
from loomgraph.deploy import dotenv, lightrag_files, migrating, planfile
from loomgraph.deploy.lightrag_files import Counts
from loomgraph.errors import FolderNotFound, NothingToMigrate
from loomgraph.service import Service
from tests.deploy.conftest import LIGHTRAG
from tests.server.kgs import SHOP, numbered

MAKE = Path(__file__).with_name("make_rag.py")
KEY = "sk-of-the-old-instance"
NO_LOOPS = {**SHOP, "relationships": [one for one in SHOP["relationships"] if one["src_id"] != one["tgt_id"]]}
GRAPHML = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="d0" for="node" attr.name="entity_type"/>
<key id="d1" for="node" attr.name="description"/><key id="d2" for="node" attr.name="source_id"/>
<key id="d3" for="node" attr.name="file_path"/>
<graph edgedefault="undirected">
<node id="a &amp; b"><data key="d0">class</data><data key="d1">one&lt;SEP&gt;two&lt;SEP&gt;one</data>
<data key="d2">gone&lt;SEP&gt;chunk-1</data></node>
<node id="till"><data key="d2">UNKNOWN</data><data key="d3">custom_kg&lt;SEP&gt;src/till.py</data></node>
<edge source="a &amp; b" target="till"><data key="d1">till holds a &amp; b</data></edge>
</graph></graphml>
"""


def by_hand(folder: Path, **variables: str) -> Path:
    """An instance as LightRAG leaves it, with two chunks of one source in the same place."""
    files = folder / "rag_storage"
    files.mkdir(parents=True)
    (folder / ".env").write_text(dotenv.render([("", {"PORT": "9641", "LLM_MODEL": "glm", **variables})]))
    (files / lightrag_files.GRAPH).write_text(GRAPHML)
    chunk = {"source_id": "src/a/b.py", "file_path": "b.py", "chunk_order_index": 0}
    chunks = {"chunk-1": {"content": "first", **chunk}, "chunk-2": {"content": "second", **chunk}, "empty": {}}
    (files / "kv_store_text_chunks.json").write_text(json.dumps(chunks))
    return folder


def by_lightrag(folder: Path, workspace: str, kg: dict[str, Any], **variables: str) -> Path:
    """An instance that LightRAG itself has filled."""
    folder.mkdir(parents=True)
    (folder / ".env").write_text(dotenv.render([("", {"WORKSPACE": workspace, "PORT": "9651", **variables})]))
    command = [LIGHTRAG, MAKE, folder / "rag_storage", workspace]
    subprocess.run(command, input=json.dumps(kg), text=True, check=True, capture_output=True, cwd=folder, timeout=120)
    return folder


def state_of(folder: Path) -> dict[str, tuple[str, int]]:
    files = (one for one in folder.rglob("*") if one.is_file())
    return {str(one): (hashlib.sha256(one.read_bytes()).hexdigest(), one.stat().st_mtime_ns) for one in files}


def exported(folder: Path, name: str) -> dict[str, Any]:
    instance = planfile.load(folder).instance(name)
    service = Service(settings.load(dotenv.read_file(instance.env_file)), folder)
    with service.export("custom-kg", project=name) as lines:
        return json.loads("".join(lines))


def test_rows_say_what_the_files_say(tmp_path):
    kg, counts = lightrag_files.rows(by_hand(tmp_path / "till") / "rag_storage")
    assert counts == Counts(2, 1, 2)
    assert kg["entities"][0] == {
        "entity_name": "a & b", "entity_type": "class", "description": "one\ntwo", "source_id": "src/a/b.py",
        "file_path": "src/a/b.py",
    }  # fmt: skip
    assert kg["entities"][1]["file_path"] == "src/till.py"
    assert (kg["relationships"][0]["src_id"], kg["relationships"][0]["tgt_id"]) == ("till", "a & b")
    assert [(one["content"], one["chunk_order_index"]) for one in kg["chunks"]] == [("first", 0), ("second", 1)]


def test_instances_become_projects_and_stay_as_they_are(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    by_hand(old / "till", LLM_BINDING_API_KEY=KEY, OPENAI_LLM_EXTRA_BODY='{"thinking": {"type": "disabled"}}')
    by_hand(old / "remote", LIGHTRAG_GRAPH_STORAGE="Neo4JStorage")
    (old / "empty").mkdir()
    (old / "empty" / ".env").write_text("PORT=1\n")
    before = state_of(old)

    done = {one.name: one for one in migrating.migrate(new, old)}
    assert state_of(old) == before
    assert done["till"].good
    assert done["till"].ours == Counts(2, 1, 2)
    assert "Neo4JStorage" in done["remote"].problem
    assert "no graph_chunk_entity_relation" in done["empty"].problem

    deployment = planfile.load(new)
    assert [one.name for one in deployment.instances] == ["till"]
    assert deployment.llm.model == "glm"
    assert deployment.llm.extra_body == {"thinking": {"type": "disabled"}}
    assert dotenv.read_file(deployment.instances[0].env_file)["LLM_BINDING_API_KEY"] == KEY
    assert KEY not in deployment.plan_file.read_text()
    assert KEY not in repr(done)
    assert oct((deployment.instances[0].folder / "secrets.env").stat().st_mode)[-3:] == "600"


def test_done_twice_it_leaves_what_it_left(tmp_path):
    by_hand(tmp_path / "old" / "till")
    first = migrating.migrate(tmp_path / "new", tmp_path / "old")
    graph = exported(tmp_path / "new", "till")
    assert migrating.migrate(tmp_path / "new", tmp_path / "old") == first
    assert exported(tmp_path / "new", "till") == graph


def test_one_that_is_damaged_keeps_no_other_from_it(tmp_path):
    by_hand(tmp_path / "old" / "good")
    bad = by_hand(tmp_path / "old" / "bad")
    (bad / "rag_storage" / lightrag_files.GRAPH).write_text(GRAPHML[:-40])
    done = {one.name: one.good for one in migrating.migrate(tmp_path / "new", tmp_path / "old")}
    assert done == {"bad": False, "good": True}


def test_ports_may_stay(tmp_path):
    by_hand(tmp_path / "old" / "till", PORT="9741")
    assert migrating.migrate(tmp_path / "new", tmp_path / "old", keep_ports=True)[0].port == 9741


def test_where_nothing_is_nothing_is_made(tmp_path):
    (tmp_path / "old").mkdir()
    with pytest.raises(NothingToMigrate):
        migrating.migrate(tmp_path / "new", tmp_path / "old")
    with pytest.raises(FolderNotFound):
        migrating.migrate(tmp_path / "new", tmp_path / "nowhere")
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_what_lightrag_itself_wrote_comes_over_whole(tmp_path):
    if not LIGHTRAG.exists():
        pytest.skip("no .venv-lightrag: `make lightrag` installs LightRAG")
    old, new = tmp_path / "old", tmp_path / "new"
    by_lightrag(old / "shop", "shop", NO_LOOPS)
    by_lightrag(old / "many", "", numbered(60))
    done = migrating.migrate(new, old)
    assert [(one.name, one.good, one.theirs) for one in done] == [
        ("many", True, Counts(60, 59, 0)), ("shop", True, Counts(4, 2, 2))
    ]  # fmt: skip
    shop = exported(new, "shop")
    said = {one["entity_name"]: (one["description"], one["file_path"]) for one in shop["entities"]}
    assert said["total"] == ("Adds the prices of a cart up.", "src/cart.py")
    assert ("checkout", "pay") in {(one["src_id"], one["tgt_id"]) for one in shop["relationships"]}
    assert sorted(one["content"] for one in shop["chunks"]) == sorted(one["content"] for one in SHOP["chunks"])
    ways = {(one["src_id"], one["tgt_id"]) for one in exported(new, "many")["relationships"]}
    assert ways == {(f"f{number + 1}", f"f{number}") for number in range(59)}

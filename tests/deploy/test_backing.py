"""A backup holds what a project held at one moment, whoever writes meanwhile, and gives it back under any name."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import httpx
import pytest

from loomgraph import settings
from loomgraph.deploy import backing, dotenv, running
from loomgraph.deploy.plan import Deployment, Instance
from loomgraph.errors import ArchiveDamaged, InstanceHolds, InstanceRuns, UnknownProject
from loomgraph.service import Service
from tests.deploy.conftest import LIGHTRAG, write_settings
from tests.model_server import ModelServer
from tests.server.kgs import SHOP, numbered


def exported(instance: Instance) -> bytes:
    """The whole graph, byte by byte."""
    service = Service(settings.load(dotenv.read_file(instance.env_file)), instance.folder)
    with service.export("jsonl", project=instance.name, externals=True) as lines:
        return "".join(lines).encode()


def insert(deployment: Deployment, instance: Instance, kg: dict[str, object]) -> None:
    url = f"{deployment.address(instance)}/insert_custom_kg"
    assert httpx.post(url, json=kg, timeout=60, trust_env=False).status_code == 200


@pytest.fixture
def two(deploy):
    return deploy({"shop": "loomgraph", "till": "loomgraph"})


def test_a_project_comes_back_as_it_was_under_another_name_too(two, tmp_path):
    shop, till = two.instances
    running.start(two, shop)
    insert(two, shop, SHOP)
    shop.inputs.mkdir()
    (shop.inputs / "note.txt").write_text("read me")
    archive = backing.backup(two, shop, tmp_path / "backups")
    before = exported(shop)

    backing.restore(two, archive.path, till)
    assert exported(till) == before
    assert (till.inputs / "note.txt").read_text() == "read me"

    insert(two, shop, numbered(5))
    assert exported(shop) != before
    with pytest.raises(InstanceHolds):
        backing.restore(two, archive.path, shop)
    backing.restore(two, archive.path, shop, replace=True)
    assert exported(shop) == before
    found = httpx.get(f"{two.address(shop)}/graph/label/list", trust_env=False).json()
    assert "total" in found, "the server that runs sees what was restored"
    assert "f1" not in found


def test_a_backup_while_somebody_writes_is_of_one_moment(two, tmp_path):
    shop, till = two.instances
    running.start(two, shop)
    insert(two, shop, numbered(1))
    ended = threading.Event()

    def write() -> None:
        for number in range(1, 1000):
            insert(two, shop, numbered(1, start=number))
            if ended.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        archives = [backing.backup(two, shop, tmp_path / f"backups{number}") for number in range(5)]
    finally:
        ended.set()
        writer.join()
    counts = []
    for archive in archives:
        backing.restore(two, archive.path, till, replace=True)
        names = names_of(till)
        assert names == {f"f{number}" for number in range(len(names))}, "all that was written, until a moment"
        counts.append(len(names))
    assert counts == sorted(counts)
    running.stop(two, shop)
    wanted = rebuilt(two, till, counts[-1])
    backing.restore(two, archives[-1].path, till, replace=True)
    assert exported(till) == wanted


def names_of(instance: Instance) -> set[str]:
    service = Service(settings.load(dotenv.read_file(instance.env_file)), instance.folder)
    with service.export("custom-kg", project=instance.name) as lines:
        return {one["entity_name"] for one in json.loads("".join(lines))["entities"]}


def rebuilt(deployment: Deployment, instance: Instance, count: int) -> bytes:
    """The export of a graph into which the same was written, one after the other."""
    service = Service(settings.load(dotenv.read_file(instance.env_file)), instance.folder)
    service.delete_project(instance.name)
    running.start(deployment, instance)
    for number in range(count):
        insert(deployment, instance, numbered(1, start=number))
    running.stop(deployment, instance)
    return exported(instance)


def test_a_damaged_archive_changes_nothing(two, tmp_path):
    shop, till = two.instances
    for one, kg in ((shop, SHOP), (till, numbered(3))):
        running.start(two, one)
        insert(two, one, kg)
    archive = backing.backup(two, shop, tmp_path / "backups").path
    content = archive.read_bytes()
    archive.write_bytes(content[:-20] + bytes([content[-20] ^ 1]) + content[-19:])
    before = exported(till)
    with pytest.raises(ArchiveDamaged):
        backing.restore(two, archive, till, replace=True)
    assert exported(till) == before
    assert list(till.data.glob(".till-*")) == []


def test_a_project_that_holds_nothing_has_no_backup(two, tmp_path):
    with pytest.raises(UnknownProject):
        backing.backup(two, two.instances[0], tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_project_in_a_database_comes_back_too(deploy, postgres_plain, tmp_path):
    with postgres_plain.database() as url:
        kept = deploy({"shop": "loomgraph", "copy": "loomgraph"}, LOOMGRAPH_STORE=url)
        shop, copy = kept.instances
        service = Service(settings.load(dotenv.read_file(shop.env_file)), tmp_path)
        service.insert_custom_kg("shop", json.dumps(SHOP).encode())
        before = exported(shop)
        archive = backing.backup(kept, shop, tmp_path / "backups")
        service.insert_custom_kg("shop", json.dumps(numbered(3)).encode())
        backing.restore(kept, archive.path, copy)
        assert exported(copy) == before
        with pytest.raises(InstanceHolds):
            backing.restore(kept, archive.path, shop)
        backing.restore(kept, archive.path, shop, replace=True)
        assert exported(shop) == before
    in_files = deploy({"other": "loomgraph"})
    backing.restore(in_files, archive.path, in_files.instances[0])
    assert exported(in_files.instances[0]) == before, "what lay in a database may lie in files"


@pytest.mark.slow
def test_a_project_of_lightrag_comes_back_too(deploy, tmp_path):
    if not LIGHTRAG.exists():
        pytest.skip("no .venv-lightrag: `make lightrag` installs LightRAG")
    deployment = deploy({"old": "lightrag", "new": "lightrag", "native": "loomgraph"})
    old, new, native = (deployment.instance(name) for name in ("old", "new", "native"))
    with ModelServer() as models:
        for one in (old, new):
            write_settings(one, {"EMBEDDING_BINDING_HOST": models.url, "LLM_BINDING_HOST": models.url})
        running.start(deployment, old)
        for name in ("total", "checkout"):
            body = {"entity_name": name, "entity_data": {"description": name, "entity_type": "function"}}
            url = f"{deployment.address(old)}/graph/entity/create"
            assert httpx.post(url, json=body, timeout=60, trust_env=False).status_code == 200
        archive = backing.backup(deployment, old, tmp_path / "backups")
        with pytest.raises(InstanceRuns):
            backing.restore(deployment, archive.path, old, replace=True)
        with pytest.raises(ArchiveDamaged, match="kind"):
            backing.restore(deployment, archive.path, native)
        backing.restore(deployment, archive.path, new)
        running.start(deployment, new)
        found = httpx.get(f"{deployment.address(new)}/graph/label/list", timeout=60, trust_env=False).json()
    assert sorted(found) == ["checkout", "total"]
    kept = {one.name for one in Path(archive.path).parent.iterdir()}
    assert kept == {archive.path.name}

"""A project on LightRAG through kills, other processes, lost storages and any order of changes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loomgraph.engines.base import RelationChange
from loomgraph.engines.lightrag.engine import LightRagEngine
from loomgraph.engines.lightrag.hosts import Hosts
from loomgraph.engines.testing import body, chunk, entity, field, relation
from loomgraph.errors import GraphDamaged, LightRagEnded, LightRagFailed, NotSupported
from loomgraph.indexing.build import IndexOptions
from tests.engines.lightrag.conftest import opened

LOGIN, CHECK = "src/auth.py::login", "src/check.py::check"


def held(engine: LightRagEngine) -> dict[str, dict[str, str]]:
    """LightRAG's own nodes by name and edges by their ends."""
    found = engine._bring().call("held", chunks=[])
    nodes = {row["entity_id"]: row for row in found["nodes"]}
    return nodes | {" ".join(sorted((row["source"], row["target"]))): row for row in found["edges"]}


def test_lightrag_holds_the_rows_folded_with_whole_paths_and_links(tmp_path: Path, hosts: Hosts) -> None:
    engine = opened(hosts, tmp_path)
    told = engine.insert_custom_kg(field())
    assert [note.partition(" ")[0] for note in told.notes] == ["1", "1"]
    found = held(engine)
    assert set(found) == {LOGIN, CHECK, "jwt.decode", f"jwt.decode {LOGIN}", f"{LOGIN} {CHECK}"}
    edge = found[f"{LOGIN} {CHECK}"]
    assert edge["keywords"] == "calls, imports"
    assert edge["description"].splitlines() == [
        f"{LOGIN} → {CHECK} (calls): {LOGIN} to {CHECK}",
        f"{CHECK} → {LOGIN} (imports): {CHECK} to {LOGIN}",
    ]
    assert found[LOGIN]["file_path"] == "src/auth.py"
    assert found[LOGIN]["source_id"].startswith("chunk-")
    assert len(edge["source_id"].split("<SEP>")) == 2
    assert len(engine.health().notes) == 2
    engine.close()


def test_links_to_texts_last_across_requests_and_changed_texts_go(tmp_path: Path, hosts: Hosts) -> None:
    engine = opened(hosts, tmp_path)
    engine.insert_custom_kg(body(chunks=[chunk("def a(): ...", "a.py")]))
    engine.insert_custom_kg(body(entities=[entity("A", source_id="a.py")]))
    first = held(engine)["A"]["source_id"]
    engine.insert_custom_kg(body(entities=[entity("A", description="said again")]))
    assert held(engine)["A"]["source_id"] == first
    engine.insert_custom_kg(body(chunks=[chunk("def a(): return 2", "a.py")]))
    second = held(engine)["A"]["source_id"]
    assert second.startswith("chunk-")
    assert second != first
    assert engine._bring().call("held", chunks=[first, second])["missing"] == [first]
    engine.verify()
    engine.close()


def test_two_projects_of_one_content_know_nothing_of_each_other(tmp_path: Path, hosts: Hosts) -> None:
    one, other = opened(hosts, tmp_path / "one", "shop-a"), opened(hosts, tmp_path / "other", "shop_a")
    for engine in (one, other):
        engine.insert_custom_kg(field())
    (mine,) = one.folder.iterdir()
    (its,) = other.folder.iterdir()
    assert mine.name != its.name
    assert one.clear() > 0
    assert held(one) == {}
    other.verify()
    assert LOGIN in held(other)
    one.close()
    other.close()


def test_a_killed_process_is_replaced_and_loses_nothing(tmp_path: Path, own_hosts: Callable[..., Hosts]) -> None:
    engine = opened(own_hosts(), tmp_path)
    engine.insert_custom_kg(field())
    os.kill(engine._bring().process.pid, signal.SIGSTOP)
    raised: list[BaseException] = []

    def insert() -> None:
        try:
            engine.insert_custom_kg(body(entities=[entity("late", source_id="late.py")]))
        except LightRagEnded as error:
            raised.append(error)

    assert engine._instance is not None
    pid = engine._instance.process.pid
    thread = threading.Thread(target=insert)
    thread.start()
    while not engine.health().missing:
        assert thread.is_alive()
    os.kill(pid, signal.SIGKILL)
    thread.join(60)
    assert "signal 9" in str(raised[0])
    engine.verify()  # the next that asks starts another, and brings what was kept
    assert {LOGIN, "late"} <= held(engine).keys()
    assert engine.health().missing == ()
    engine.close()


def test_what_could_not_be_brought_is_by_the_next(
    tmp_path: Path, hosts: Hosts, own_hosts: Callable[..., Hosts]
) -> None:
    engine = opened(own_hosts(python=str(tmp_path / "nothing")), tmp_path)
    with pytest.raises(LightRagFailed, match="No such file"):
        engine.insert_custom_kg(field())
    assert engine.health().missing
    engine.close()
    again = opened(hosts, tmp_path)
    again.verify()
    assert LOGIN in held(again)
    again.close()


def test_storages_that_are_lost_are_filled_again(tmp_path: Path, hosts: Hosts) -> None:
    engine = opened(hosts, tmp_path)
    engine.insert_custom_kg(field())
    engine.close()
    for path in (tmp_path / "lightrag").rglob("*.*"):
        path.unlink()
    again = opened(hosts, tmp_path)
    again.verify()
    assert len(held(again)) == 5
    again.close()


def test_files_that_are_old_are_filled_again(tmp_path: Path, hosts: Hosts) -> None:
    engine = opened(hosts, tmp_path)
    engine.insert_custom_kg(field())
    engine.close()
    shutil.copytree(tmp_path / "lightrag", tmp_path / "old")
    engine = opened(hosts, tmp_path)
    engine.insert_custom_kg(body(entities=[entity("new", source_id="new.py")]))
    engine.delete_by_source(["src/check.py"])
    engine.close()
    shutil.rmtree(tmp_path / "lightrag")
    (tmp_path / "old").rename(tmp_path / "lightrag")
    again = opened(hosts, tmp_path)
    again.verify()
    assert "new" in held(again)
    again.close()


def test_a_copy_has_a_workspace_of_its_own(tmp_path: Path, hosts: Hosts) -> None:
    first = opened(hosts, tmp_path / "first")
    first.insert_custom_kg(field())
    first.close()
    shutil.copytree(tmp_path / "first", tmp_path / "copy")
    (tmp_path / "first").rename(tmp_path / "renamed")
    copy, renamed = opened(hosts, tmp_path / "copy"), opened(hosts, tmp_path / "renamed")
    assert copy._workspace() != renamed._workspace()
    copy.verify()
    assert copy.clear() > 0
    renamed.verify()
    assert len(held(renamed)) == 5
    assert [path.name for path in renamed.folder.iterdir()] == [renamed._workspace()]
    copy.close()
    renamed.close()


def test_damage_in_lightrag_is_seen(tmp_path: Path, hosts: Hosts) -> None:
    engine = opened(hosts, tmp_path)
    engine.insert_custom_kg(field())
    nothing = {"nodes": [], "edges": [], "chunks": {}, "gone_edges": [], "gone_chunks": []}
    engine._bring().call("apply", **nothing, gone_nodes=["jwt.decode"])
    with pytest.raises(GraphDamaged, match="symbols: 1 missing, 0 too many"):
        engine.verify()
    engine.close()


OTHER = """
import json, sys
from pathlib import Path
from loomgraph.engines.testing import body, entity
from tests.engines.lightrag.conftest import SETTINGS, opened
from loomgraph.engines.lightrag.hosts import Hosts
with Hosts(SETTINGS) as hosts:
    engine = opened(hosts, Path(sys.argv[1]))
    engine.insert_custom_kg(body(entities=[entity(name, source_id="o.py") for name in sys.argv[2:]]))
    engine.verify()
    with engine.view() as view:
        print(json.dumps(view.labels()))
    engine.close()
"""


def test_processes_that_change_one_project_see_each_other(tmp_path: Path, hosts: Hosts) -> None:
    engine = opened(hosts, tmp_path)
    engine.insert_custom_kg(field())
    done = subprocess.run(
        [sys.executable, "-c", OTHER, str(tmp_path), "theirs"], capture_output=True, text=True, timeout=120, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert json.loads(done.stdout) == ["jwt.decode", LOGIN, CHECK, "theirs"]
    engine.insert_custom_kg(body(entities=[entity("mine", source_id="m.py")]))
    engine.verify()
    assert {"mine", "theirs", LOGIN} <= held(engine).keys()
    engine.close()


def test_source_code_is_not_indexed_into_it(tmp_path: Path, hosts: Hosts) -> None:
    engine = opened(hosts, tmp_path)
    with pytest.raises(NotSupported, match="lightrag cannot index source code"):
        engine.update(str(tmp_path), IndexOptions(), lambda *_: None, lambda *_: None)
    with pytest.raises(NotSupported):
        engine.insert([])
    engine.close()


NAMES = st.sampled_from(["a", "b", "c", "d\x00\ud800", "e" * 500])
SOURCES = st.sampled_from(["x.py", "x.py:3", "y/__init__.py:1-9", "z/__init__.py", ""])
ROWS = st.fixed_dictionaries({
    "chunks": st.lists(st.builds(chunk, st.sampled_from(["one", "two\x01"]), SOURCES.filter(bool)), max_size=2),
    "entities": st.lists(st.builds(entity, NAMES, source_id=SOURCES), max_size=3),
    "relationships": st.lists(
        st.builds(relation, NAMES, NAMES, st.sampled_from(["calls", "imports, calls"]), source_id=SOURCES), max_size=4
    ),
})  # fmt: skip
STEPS = st.lists(st.one_of(ROWS, SOURCES.filter(bool), st.just(None), st.tuples(NAMES, NAMES)), min_size=1, max_size=5)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, number=st.uuids())
def test_any_order_of_changes_leaves_what_the_rows_say(
    tmp_path: Path, hosts: Hosts, steps: list[object], number: object
) -> None:
    engine = opened(hosts, tmp_path / str(number))
    for step in steps:
        if isinstance(step, dict):
            engine.insert_custom_kg(body(**step))
        elif isinstance(step, str):
            engine.delete_by_source([step])
        elif step is None:
            engine.clear()
        elif isinstance(step, tuple):
            with engine.view() as view:
                rows = [row for row in view.relations() if (row.src_id, row.tgt_id) == step]
            if rows:
                engine.edit_relation(*step, RelationChange(description="edited"), rows[0].keywords)
    engine.verify()
    with engine.view() as view:
        pairs = {frozenset((row.src_id, row.tgt_id)) for row in view.relations() if row.src_id != row.tgt_id}
        assert len(held(engine)) == len(view.labels()) + len(pairs)
    engine.close()

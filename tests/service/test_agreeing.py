"""Two services on one data folder, as two processes have them: what one does, the other sees at its next question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loomgraph import settings
from loomgraph.errors import UnknownProject
from loomgraph.indexing.lock import exclusive
from loomgraph.service.serving import LongService, serving


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[LongService, LongService]]:
    given = settings.load({"HOME": str(tmp_path), "LOOMGRAPH_DATA_DIR": str(tmp_path / "data"), "LOOMGRAPH_JOBS": "1"})
    with serving(given) as one, serving(given) as other:
        yield one, other


def body(*names: str) -> bytes:
    entities = [{"entity_name": name, "entity_type": "function", "source_id": f"{name}.py"} for name in names]
    chunks = [{"content": f"def {name}(): sort the {name}", "source_id": f"{name}.py"} for name in names]
    return json.dumps({"entities": entities, "chunks": chunks}).encode()


def found(service: LongService, text: str, project: str = "p") -> set[str]:
    return {hit.file for hit in service.search(text, projects=[project]).results}


def test_answers_follow_what_the_other_writes(pair: tuple[LongService, LongService]) -> None:
    one, other = pair
    one.insert_custom_kg("p", body("apple"))
    for service in pair:  # both keep what questions take
        assert found(service, "apple") == {"apple.py"}
    other.insert_custom_kg("p", body("banana"))
    assert "banana.py" in found(one, "banana")
    one.delete_by_source("p", ["apple.py"])
    assert "apple.py" not in found(other, "apple banana")
    other.clear_project("p")
    assert found(one, "banana") == set()
    one.insert_custom_kg("p", body("cherry"))
    assert found(other, "cherry") == {"cherry.py"}


def test_answers_follow_another_project_of_the_same_name(pair: tuple[LongService, LongService]) -> None:
    one, other = pair
    one.insert_custom_kg("p", body("apple"))
    assert found(other, "apple") == {"apple.py"}
    one.delete_project("p")
    with pytest.raises(UnknownProject):
        found(other, "apple")
    one.insert_custom_kg("p", body("banana"))  # the same generation, and maybe the same place on the disk
    assert found(other, "apple banana") == {"banana.py"}
    other.rename_project("p", "q")
    assert found(one, "banana", "q") == {"banana.py"}
    with pytest.raises(UnknownProject):
        found(one, "banana")
    one.create_project("p")
    assert found(other, "banana") == set()
    assert {project.name: project.symbols for project in other.projects()} == {"p": 0, "q": 1}


def test_writers_of_one_project_queue_and_those_of_others_do_not_wait(
    pair: tuple[LongService, LongService], tmp_path: Path
) -> None:
    one, other = pair
    for name in ("busy", "free"):
        one.create_project(name)
    with ThreadPoolExecutor(2) as pool:
        with exclusive(tmp_path / "data" / "busy" / "update.lock"):
            late = [pool.submit(service.insert_custom_kg, "busy", body(f"late{service is one}")) for service in pair]
            other.insert_custom_kg("free", body("apple"))
            assert found(one, "apple", "free") == {"apple.py"}
            assert found(one, "late", "busy") == set()  # who reads does not wait either
            assert not any(insert.done() for insert in late)
        assert all(insert.result(30).entities == 1 for insert in late)
    assert one.project("busy").symbols == 2


def test_answers_follow_a_graph_made_anew(pair: tuple[LongService, LongService], tmp_path: Path) -> None:
    one, other = pair
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.py").write_text("def sort_apples():\n    return 1\n")
    one.index(str(tmp_path / "code"), project="p")
    assert found(other, "sort apples") == {"a.py"}
    (tmp_path / "code" / "a.py").rename(tmp_path / "code" / "b.py")
    one.index(str(tmp_path / "code"), project="p", rebuild=True)  # its generation may be one that was there before
    assert found(other, "sort apples") == {"b.py"}
    graph = tmp_path / "data" / "p" / "graph.db"
    graph.write_bytes(b"damaged")
    Path(f"{graph}-wal").unlink(missing_ok=True)
    one.engines.forget("p")
    one.index(str(tmp_path / "code"), project="p", rebuild=True)  # thrown away and made anew: another file
    assert found(other, "sort apples") == {"b.py"}

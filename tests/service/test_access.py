"""Rights: what a caller may not read is not there, in every use case that names a project."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from loomgraph import settings
from loomgraph.errors import (
    BadInput,
    Forbidden,
    InvalidProjectName,
    NoProjectHere,
    ProjectTaken,
    Unauthorized,
    UnknownProject,
    UnknownSymbol,
    UpdateRunning,
)
from loomgraph.service import Service, wording
from loomgraph.service.rows import EntityChange, GivenEntity, GivenRelation, RelationChange
from loomgraph.service.serving import LongService, serving
from loomgraph.workspaces.rights import ANY, READ, WRITE, Rights


@pytest.fixture
def service(tmp_path: Path) -> Iterator[LongService]:
    """Two projects, mine and theirs, on graphs that stay open."""
    given = {"HOME": str(tmp_path), "LOOMGRAPH_DATA_DIR": str(tmp_path / "data"), "LOOMGRAPH_JOBS": "1"}
    with serving(settings.load(given)) as found:
        for name in ("mine", "theirs"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "a.py").write_text("def f():\n    return g()\n\n\ndef g():\n    return 1\n")
            found.index(str(tmp_path / name), project=name)
        yield found


def holder(service: LongService, **grants: str) -> LongService:
    return service.seen_by(Rights(grants=grants))


ASKED: dict[str, Callable[[Service, str], object]] = {
    "project": lambda service, name: service.project(name),
    "stats": lambda service, name: service.stats(project=name),
    "find": lambda service, name: service.find("f", project=name),
    "show": lambda service, name: service.show("f", project=name),
    "callers": lambda service, name: service.callers("g", project=name),
    "callees": lambda service, name: service.callees("f", project=name),
    "path": lambda service, name: service.path("f", "g", project=name),
    "impact": lambda service, name: service.impact(symbols=["g"], project=name),
    "hierarchy": lambda service, name: service.hierarchy("f", project=name),
    "cycles": lambda service, name: service.cycles(project=name),
    "unused": lambda service, name: service.unused(project=name),
    "names": lambda service, name: service.names("f", project=name),
    "search": lambda service, name: service.search("f", projects=[name]),
    "ask": lambda service, name: service.ask("what is f", projects=[name]),
    "overview": lambda service, name: service.overview(project=name),
    "index_status": lambda service, name: service.index_status(project=name),
    "query": lambda service, name: service.query("what is f", wording.params({}), project=name),
    "query_data": lambda service, name: service.query_data("what is f", wording.params({}), project=name),
    "jobs": lambda service, name: service.jobs(name),
    "query_stream": lambda service, name: list(service.query_stream("what is f", wording.params({}), project=name)),
    "tell": lambda service, name: service.tell("what is f", projects=[name]).close(),
    "context": lambda service, name: service.context("what is f", projects=[name]),
    "source": lambda service, name: service.source("a.py", project=name),
    "export": lambda service, name: exported(service, name),
    "graph": lambda service, name: labels(service, name),
    "health": lambda service, name: service.health(name),
    "retrieval": lambda service, name: asked_once(service, name),
}


def exported(service: Service, name: str) -> list[str]:
    with service.export("jsonl", project=name) as lines:
        return list(lines)


def labels(service: Service, name: str) -> list[str]:
    with service.graph(name) as view:
        return view.labels()


def asked_once(service: Service, name: str) -> object:
    with service.retrieval([name], False, None) as found:
        return found.search("f")


@pytest.mark.parametrize("asked", ASKED)
def test_a_project_of_others_is_as_if_it_were_not_there(service: LongService, asked: str) -> None:
    reader = holder(service, mine=READ)
    ASKED[asked](reader, "mine")
    with pytest.raises(UnknownProject) as theirs:
        ASKED[asked](reader, "theirs")
    with pytest.raises(UnknownProject) as nobodys:
        ASKED[asked](reader, "nobodys")
    assert str(theirs.value).replace("theirs", "nobodys") == str(nobodys.value)


CHANGED: dict[str, Callable[[Service, str], object]] = {
    "delete_project": lambda service, name: service.delete_project(name),
    "clear_project": lambda service, name: service.clear_project(name),
    "start_index": lambda service, name: service.start_index(name),
    "embed": lambda service, name: service.embed(name),
    "for_insert": lambda service, name: service.for_insert(name),
    "make_project": lambda service, name: service.make_project(name),
    "create_project": lambda service, name: service.create_project(name),
    "insert_custom_kg": lambda service, name: service.insert_custom_kg(name, b"{}"),
    "delete_by_source": lambda service, name: service.delete_by_source(name, ["a.py"]),
    "create_entity": lambda service, name: service.create_entity(name, GivenEntity("x")),
    "edit_entity": lambda service, name: service.edit_entity(name, "f", EntityChange()),
    "delete_entity": lambda service, name: service.delete_entity(name, "f"),
    "merge_entities": lambda service, name: service.merge_entities(name, ["f"], "g"),
    "create_relation": lambda service, name: service.create_relation(name, GivenRelation("f", "g", "", "calls")),
    "edit_relation": lambda service, name: service.edit_relation(name, "f", "g", RelationChange()),
    "delete_relation": lambda service, name: service.delete_relation(name, "f", "g"),
    "sync_plan": lambda service, name: service.sync_plan(name, b'{"files": []}'),
    "sync_content": lambda service, name: service.sync_content(name, "0" * 32, b""),
    "sync_commit": lambda service, name: service.sync_commit(name, "0" * 32),
    "sync_files": lambda service, name: service.sync_files(name, [{"path": "a.py", "content": "x = 1"}]),
}


@pytest.mark.parametrize("changed", CHANGED)
def test_who_may_only_read_changes_nothing(service: LongService, changed: str) -> None:
    reader = holder(service, mine=READ)
    before = service.projects()
    with pytest.raises(Forbidden):
        CHANGED[changed](reader, "mine")
    for unknown in ("theirs", "nobodys"):
        with pytest.raises(UnknownProject):
            CHANGED[changed](reader, unknown)
    assert service.projects() == before


def test_every_use_case_that_names_a_project_is_in_a_table(service: LongService) -> None:
    """A new use case must be shown to respect rights: here, or in the tests of its own topic."""
    for_administrators = {
        "copy_project", "doctor", "export_to", "import_graph", "index", "rename_project", "search_batch", "watch",
    }  # fmt: skip
    elsewhere = {"asking", "create_key", "find_project", "may_insert", "reading", "summary", "writable"}
    named = {
        name
        for name, method in inspect.getmembers(Service, inspect.isfunction)
        if not name.startswith("_") and {"project", "projects", "name"} & set(inspect.signature(method).parameters)
    }
    assert named - elsewhere - for_administrators == set(ASKED) | set(CHANGED)


def test_lists_and_questions_to_all_leave_others_out(service: LongService) -> None:
    reader = holder(service, mine=READ)
    assert [project.name for project in reader.projects()] == ["mine"]
    assert [project.name for project in reader.project_names()] == ["mine"]
    assert {hit.project for hit in reader.search("f", every=True).results} == {"mine"}
    assert [project.name for project in holder(service).projects()] == []
    assert {project.name for project in holder(service, **{ANY: READ}).projects()} == {"mine", "theirs"}
    with pytest.raises(UnknownProject):
        reader.search("f", projects=["mine", "theirs"])


def test_the_folder_one_stands_in_tells_nothing_either(service: LongService, tmp_path: Path) -> None:
    reader = holder(service, mine=READ)
    reader.here = tmp_path / "mine"
    assert reader.find_project().name == "mine"
    reader.here = tmp_path / "theirs"
    with pytest.raises(NoProjectHere):
        reader.stats()


def test_what_concerns_the_whole_server_is_for_administrators(service: LongService, tmp_path: Path) -> None:
    writer = holder(service, mine=WRITE, **{ANY: WRITE})
    refused: list[Callable[[], object]] = [
        writer.doctor, writer.list_keys, writer.forget_keys,
        lambda: writer.create_key("x", read=["mine"]), lambda: writer.revoke_key("x"),
        lambda: writer.rename_project("mine", "other"), lambda: writer.index(str(tmp_path / "mine")),
        lambda: next(writer.watch(str(tmp_path / "mine"))), lambda: next(writer.search_batch("x", projects=["mine"])),
        lambda: writer.export_to("x", "jsonl", project="mine"), lambda: writer.import_graph("x", project="mine"),
        lambda: writer.start_index("mine", path="/"), lambda: writer.start_index("mine", url="https://x/y"),
    ]  # fmt: skip
    for one in refused:
        with pytest.raises(Forbidden):
            one()


def test_keys_let_in_what_they_are_for(service: LongService) -> None:
    assert service.admitted("").rights.admin
    made = service.create_key("ci", write=["mine", "new"])
    with pytest.raises(Unauthorized):
        service.admitted("")
    ci = service.admitted(made.token)
    assert ci.rights.key == made.key.id
    assert ci.create_project("new").symbols == 0
    with pytest.raises(UnknownProject):
        ci.create_project("newer")
    service.rename_project("mine", "ours")
    assert [project.name for project in service.admitted(made.token).projects()] == ["new", "ours"]
    with pytest.raises(UnknownProject):
        service.admitted(made.token).stats(project="mine")
    service.revoke_key(made.key.id)
    with pytest.raises(Unauthorized):
        service.admitted(made.token)
    with pytest.raises(BadInput):
        service.create_key("nothing")
    with pytest.raises(InvalidProjectName):
        service.create_key("x", read=["a/b"])


def test_projects_are_made_when_that_is_allowed_and_names_that_look_alike_are_taken(
    service: LongService, tmp_path: Path
) -> None:
    assert service.for_insert("new").name == "new"
    assert service.project("new").symbols == 0
    for look_alike in ("New", "MINE"):
        with pytest.raises(ProjectTaken):
            service.create_project(look_alike)
        with pytest.raises(ProjectTaken):
            service.for_insert(look_alike)
    with pytest.raises(ProjectTaken) as told:
        holder(service, Theirs=WRITE).create_project("Theirs")
    assert str(tmp_path) not in str(told.value)  # nothing of the one that has the name
    given = {"HOME": str(tmp_path), "LOOMGRAPH_DATA_DIR": str(tmp_path / "data"), "LOOMGRAPH_CREATE_PROJECTS": "no"}
    with serving(settings.load(given)) as strict, pytest.raises(UnknownProject):
        strict.for_insert("newer")


def test_a_project_that_is_being_updated_is_neither_cleared_nor_deleted(service: LongService, tmp_path: Path) -> None:
    from loomgraph.indexing.lock import exclusive

    with exclusive(tmp_path / "data" / "mine" / "update.lock"):
        for refused in (service.clear_project, lambda name: service.delete_project(name, wait=0)):
            with pytest.raises(UpdateRunning):
                refused("mine")
    service.clear_project("mine")
    assert service.project("mine").symbols == 0
    service.delete_project("mine", wait=0)
    with pytest.raises(UnknownProject):
        service.clear_project("mine")


def test_callers_elsewhere_learn_nothing_of_this_machines_files(service: LongService, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    told = []
    for name in ("secret", "nothing"):
        with pytest.raises(BadInput) as refused:
            service.impact([str(tmp_path / name)], project="mine")
        told.append(str(refused.value).replace(name, ""))
        with pytest.raises(UnknownSymbol) as refused_symbol:
            service.show(f"{tmp_path / name}::f", project="mine")
        told.append(str(refused_symbol.value).replace(name, ""))
    assert told[:2] == told[2:]


def leased(service: LongService, name: str) -> AbstractContextManager[Any]:
    return service.engines.lease(name)


def test_a_list_of_projects_closes_nothing_that_is_open(service: LongService) -> None:
    with leased(service, "mine"):
        pass
    opened = service.engine_counts().opened
    service.projects()
    assert service.engine_counts().opened == opened

"""Catalogs of projects, in files and in a database, keep one contract: made, found, renamed, deleted."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loomgraph.engines.native import NativeEngine
from loomgraph.errors import (
    GraphChanged,
    GraphMissing,
    InvalidProjectName,
    NoProjectHere,
    ProjectTaken,
    SeveralProjectsHere,
    StoreError,
    UnknownProject,
)
from loomgraph.settings.values import Secret
from loomgraph.store.testing import graph
from loomgraph.workspaces.catalog import Catalog
from loomgraph.workspaces.folders import ProjectFolders
from loomgraph.workspaces.leasing import make_empty


@pytest.fixture(params=["files", "database"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    with contextlib.ExitStack() as stack:
        if request.param == "files":
            found: Catalog = ProjectFolders(tmp_path / "data")
        else:
            from loomgraph.workspaces.postgres import ProjectTable

            server = request.getfixturevalue("postgres_plain")
            found = ProjectTable(Secret(stack.enter_context(server.database())), tmp_path / "data")
        stack.callback(found.close)
        yield found


def made(catalog: Catalog, name: str, root: str) -> None:
    catalog.create(name, root, "2026-01-01T00:00:00+00:00")


def test_reading_makes_nothing(catalog: Catalog, tmp_path: Path) -> None:
    assert catalog.all() == []
    with pytest.raises(UnknownProject):
        catalog.get("none")
    with pytest.raises(NoProjectHere):
        catalog.holding(tmp_path)
    catalog.for_root(tmp_path)
    assert catalog.all() == []


def test_the_nearest_root_holds_a_folder(catalog: Catalog, tmp_path: Path) -> None:
    inner = tmp_path / "code" / "inner"
    inner.mkdir(parents=True)
    made(catalog, "outer", str(tmp_path / "code"))
    made(catalog, "inner", str(inner))
    made(catalog, "imported", "")
    assert catalog.holding(inner).name == "inner"
    assert catalog.holding(inner.parent).name == "outer"
    (tmp_path / "code2").mkdir()
    with pytest.raises(NoProjectHere):
        catalog.holding(tmp_path / "code2")


def test_two_projects_of_one_root_must_be_named(catalog: Catalog, tmp_path: Path) -> None:
    made(catalog, "one", str(tmp_path))
    made(catalog, "two", str(tmp_path))
    with pytest.raises(SeveralProjectsHere, match="one, two"):
        catalog.holding(tmp_path)
    with pytest.raises(SeveralProjectsHere):
        catalog.for_root(tmp_path)
    assert catalog.for_root(tmp_path, "two")[0].name == "two"


def test_a_new_project_is_named_after_its_folder(catalog: Catalog, tmp_path: Path) -> None:
    code = tmp_path / "my site"
    code.mkdir()
    project, new = catalog.for_root(code)
    assert (project.name, project.root, new) == ("my-site", str(code), True)
    made(catalog, project.name, project.root)
    assert catalog.for_root(code)[1] is False
    assert catalog.for_root(code, "other")[1] is True


def test_a_name_belongs_to_one_root(catalog: Catalog, tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "app", tmp_path / "b" / "app"
    made(catalog, "App", str(first))
    with pytest.raises(ProjectTaken, match=str(first)):
        catalog.for_root(second)
    with pytest.raises(ProjectTaken):
        catalog.create("app", str(second), "")
    with pytest.raises(InvalidProjectName):
        catalog.create("../app", str(second), "")


def test_rename_and_delete(catalog: Catalog, tmp_path: Path) -> None:
    made(catalog, "one", str(tmp_path))
    made(catalog, "two", "")
    assert catalog.rename("one", "three").name == "three"
    assert [project.name for project in catalog.all()] == ["three", "two"]
    with pytest.raises(ProjectTaken):
        catalog.rename("three", "two")
    with pytest.raises(UnknownProject):
        catalog.rename("one", "four")
    catalog.delete("three")
    assert [project.name for project in catalog.all()] == ["two"]


def test_a_rename_may_change_only_the_case(catalog: Catalog) -> None:
    made(catalog, "one", "")
    assert catalog.rename("one", "One").name == "One"


def test_a_new_project_of_an_old_name_is_another(catalog: Catalog) -> None:
    made(catalog, "one", "")
    before = catalog.identity("one")
    catalog.delete("one")
    with pytest.raises(UnknownProject), catalog.staying("one", before):
        raise StoreError(path="one", reason="it went away")
    catalog.create("one", "/code", "", engine="lightrag")
    assert catalog.identity("one") != before
    with pytest.raises(GraphChanged), catalog.staying("one", before):
        raise StoreError(path="one", reason="it went away")
    assert (catalog.get("one").engine, catalog.get("one").root) == ("lightrag", "/code")


def test_roots_are_any_path(catalog: Catalog) -> None:
    made(catalog, "one", "/code/\udcff \U0010ffff")
    assert catalog.get("one").root == "/code/\udcff \U0010ffff"


def test_a_graph_goes_with_its_project(catalog: Catalog) -> None:
    project = catalog.create("one", "", "", make_empty)
    other = catalog.create("two", "", "", make_empty)
    assert catalog.extent(project).changed == 0 or catalog.extent(project).size > 0
    for one in (project, other):
        with NativeEngine(one.place) as engine:
            engine.insert([graph("a.py", "f")])
    first = catalog.extent(project)
    with NativeEngine(project.place) as engine:
        engine.insert([graph("b.py", "f", "g")])
    assert catalog.extent(project).stamp != first.stamp
    assert catalog.extent(project).changed >= first.changed > 0
    catalog.delete("one")
    with pytest.raises(GraphMissing), project.place.alone(timeout=5):
        pass
    again = catalog.create("one", "", "", make_empty)
    with NativeEngine(again.place) as engine, NativeEngine(other.place) as beside:
        assert (engine.stats().files, beside.stats().files) == (0, 1)


def test_of_many_who_want_a_name_one_gets_it(catalog: Catalog) -> None:
    ready = threading.Barrier(6)

    def create(name: str) -> str:
        ready.wait()
        try:
            return catalog.create(name, "", "", make_empty).name
        except ProjectTaken:
            return ""

    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(create, ["one", "One", "ONE", "one", "oNe", "onE"]))
    assert [name for name in got if name] == [project.name for project in catalog.all()]
    assert len(catalog.all()) == 1

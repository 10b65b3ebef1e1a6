"""Where projects lie: made, found, renamed, deleted, and never half done."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from loomgraph.errors import (
    DiskFull,
    GraphNewer,
    InvalidProjectName,
    NoProjectHere,
    ProjectTaken,
    SeveralProjectsHere,
    StoreUnwritable,
    UnknownProject,
)
from loomgraph.workspaces.folders import ProjectFolders


@pytest.fixture
def folders(tmp_path: Path) -> ProjectFolders:
    return ProjectFolders(tmp_path / "data")


def made(folders: ProjectFolders, name: str, root: str) -> None:
    folders.create(name, root, "2026-01-01T00:00:00+00:00")


def test_reading_makes_nothing(folders: ProjectFolders, tmp_path: Path) -> None:
    assert folders.all() == []
    with pytest.raises(UnknownProject):
        folders.get("none")
    with pytest.raises(NoProjectHere):
        folders.holding(tmp_path)
    folders.for_root(tmp_path)
    assert not folders.data_dir.exists()


def test_the_nearest_root_holds_a_folder(folders: ProjectFolders, tmp_path: Path) -> None:
    inner = tmp_path / "code" / "inner"
    inner.mkdir(parents=True)
    made(folders, "outer", str(tmp_path / "code"))
    made(folders, "inner", str(inner))
    made(folders, "imported", "")
    assert folders.holding(inner).name == "inner"
    assert folders.holding(inner.parent).name == "outer"
    (tmp_path / "code2").mkdir()
    with pytest.raises(NoProjectHere):
        folders.holding(tmp_path / "code2")


def test_two_projects_of_one_root_must_be_named(folders: ProjectFolders, tmp_path: Path) -> None:
    made(folders, "one", str(tmp_path))
    made(folders, "two", str(tmp_path))
    with pytest.raises(SeveralProjectsHere, match="one, two"):
        folders.holding(tmp_path)
    with pytest.raises(SeveralProjectsHere):
        folders.for_root(tmp_path)
    assert folders.for_root(tmp_path, "two")[0].name == "two"


def test_a_new_project_is_named_after_its_folder(folders: ProjectFolders, tmp_path: Path) -> None:
    code = tmp_path / "my site"
    code.mkdir()
    project, new = folders.for_root(code)
    assert (project.name, project.root, new) == ("my-site", str(code), True)
    made(folders, project.name, project.root)
    assert folders.for_root(code)[1] is False
    assert folders.for_root(code, "other")[1] is True


def test_a_name_belongs_to_one_root(folders: ProjectFolders, tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "app", tmp_path / "b" / "app"
    made(folders, "App", str(first))
    with pytest.raises(ProjectTaken, match=str(first)):
        folders.for_root(second)
    with pytest.raises(ProjectTaken):
        folders.create("app", str(second), "")
    with pytest.raises(InvalidProjectName):
        folders.create("../app", str(second), "")


def test_rename_and_delete(folders: ProjectFolders, tmp_path: Path) -> None:
    made(folders, "one", str(tmp_path))
    made(folders, "two", "")
    assert folders.rename("one", "three").name == "three"
    assert [project.name for project in folders.all()] == ["three", "two"]
    with pytest.raises(ProjectTaken):
        folders.rename("three", "two")
    with pytest.raises(UnknownProject):
        folders.rename("one", "four")
    folders.delete("three")
    assert [project.name for project in folders.all()] == ["two"]
    assert sorted(os.listdir(folders.data_dir)) == [".projects.lock", "two"]


def test_a_rename_may_change_only_the_case(folders: ProjectFolders) -> None:
    made(folders, "one", "")
    assert folders.rename("one", "One").name == "One"


def test_what_a_killed_deletion_left_is_swept(folders: ProjectFolders) -> None:
    made(folders, "one", "")
    (folders.data_dir / ".deleted-0123").mkdir()
    assert [project.name for project in folders.all()] == ["one"]
    assert folders.sweep() == 1
    assert sorted(os.listdir(folders.data_dir)) == [".projects.lock", "one"]


def test_foreign_things_in_the_data_folder_are_no_projects(folders: ProjectFolders, tmp_path: Path) -> None:
    made(folders, "one", "")
    (folders.data_dir / "stray").mkdir()
    (folders.data_dir / "file").write_text("x")
    (folders.data_dir / "link").symlink_to(folders.data_dir / "one")
    assert [project.name for project in folders.all()] == ["one"]
    with pytest.raises(UnknownProject):
        folders.get("link")


def test_a_newer_project_is_refused_and_the_others_work(folders: ProjectFolders, tmp_path: Path) -> None:
    made(folders, "one", str(tmp_path))
    made(folders, "new", "")
    (folders.data_dir / "new" / "project.json").write_text(json.dumps({"format": 99, "root": "/x"}))
    with pytest.raises(GraphNewer, match="99"):
        folders.get("new")
    assert folders.holding(tmp_path).name == "one"


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00\xff"])
def test_a_damaged_description_loses_only_the_root(folders: ProjectFolders, text: str) -> None:
    made(folders, "one", "/code")
    (folders.data_dir / "one" / "project.json").write_bytes(text.encode("latin-1"))
    assert folders.get("one").root == ""


@pytest.mark.parametrize(("number", "error"), [(errno.ENOSPC, DiskFull), (errno.EACCES, StoreUnwritable)])
def test_a_full_disk_leaves_nothing(
    folders: ProjectFolders, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(error):
        folders.create("one", "/code", "")
    assert folders.all() == []
    assert folders.sweep() == 0

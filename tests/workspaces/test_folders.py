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
    NoProjectHere,
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
    with pytest.raises(NoProjectHere):
        folders.holding(tmp_path)
    folders.for_root(tmp_path)
    assert not folders.data_dir.exists()


def test_what_is_deleted_leaves_nothing(folders: ProjectFolders) -> None:
    made(folders, "one", "")
    made(folders, "two", "")
    folders.delete("one")
    assert sorted(os.listdir(folders.data_dir)) == [".projects.lock", "two"]


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

"""The walk takes a project's own files, in one order, and counts what it leaves out."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from loomgraph.indexing.walk import Walker, WalkOptions, WalkResult

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX file systems")


def is_source(name: str) -> bool:
    return name.rpartition("/")[2].endswith((".py", ".js", ".go")) or "." not in name


def make(root: Path, *paths: str, text: str = "x\n") -> None:
    for path in paths:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def walk(root: Path, **options: object) -> WalkResult:
    return Walker(root, is_source, WalkOptions(**options)).walk()  # type: ignore[arg-type]


def found(root: Path, **options: object) -> list[str]:
    return [entry.path for entry in walk(root, **options).entries]


def test_takes_files_of_known_languages_sorted_with_size_and_time(tmp_path: Path) -> None:
    make(tmp_path, "b.py", "a/z.py", "a/b/c.go", "notes.txt", "Makefile")
    result = walk(tmp_path)
    assert [e.path for e in result.entries] == ["Makefile", "a/b/c.go", "a/z.py", "b.py"]
    assert result.entries[0].size == 2
    assert result.entries[0].mtime_ns == (tmp_path / "Makefile").stat().st_mtime_ns
    assert dict(result.skipped) == {"no language": 1}


def test_nested_ignore_files_inner_over_outer_and_ignore_over_gitignore(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "gen.py", "sub/gen.py", "sub/x.py", "sub/deep/x.py", "log/a.py", "kept/log/a.py")
    (tmp_path / ".gitignore").write_text("gen.py\n/log\nx.py\n")
    (tmp_path / "sub" / ".gitignore").write_text("!gen.py\n")
    (tmp_path / "sub" / ".ignore").write_text("!x.py\ndeep/\n")
    assert found(tmp_path) == ["a.py", "kept/log/a.py", "sub/gen.py", "sub/x.py"]
    assert walk(tmp_path).skipped["ignored"] == 3


def test_git_exclude_and_nested_repositories(tmp_path: Path) -> None:
    make(tmp_path, ".git/info/exclude", text="secret.py\n")
    make(tmp_path, "secret.py", "a.py", "module/secret.py", "module/own.py", "module/.git/HEAD", ".git/hook.py")
    make(tmp_path, "module/.git/info/exclude", text="own.py\n!secret.py\n")
    assert found(tmp_path) == ["a.py", "module/secret.py"]


def test_rules_of_the_repository_around_the_root_hold_inside(tmp_path: Path) -> None:
    make(tmp_path, "repo/.git/HEAD", "repo/pkg/a.py", "repo/pkg/tmp.py", "repo/pkg/sub/b.py", "repo/pkg/sub/out.py")
    (tmp_path / "repo" / ".gitignore").write_text("tmp.py\n/pkg/sub/out.py\n")
    assert found(tmp_path / "repo" / "pkg") == ["a.py", "sub/b.py"]


def test_an_ignored_root_that_was_named_is_walked(tmp_path: Path) -> None:
    make(tmp_path, ".git/HEAD", "lib/installed/a.py", "lib/installed/b.py")
    (tmp_path / ".gitignore").write_text("lib/\nb.py\n")
    assert found(tmp_path / "lib" / "installed") == ["a.py", "b.py"]


def test_include_and_exclude(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "a.js", "src/b.py", "src/b.js", "src/old/c.py", "third_party/lib/d.py", "third_party/e.py")
    assert found(tmp_path, include=("*.py",)) == ["a.py", "src/b.py", "src/old/c.py"]
    assert found(tmp_path, include=("src",), exclude=("old", "*.js")) == ["src/b.py"]
    assert found(tmp_path, include=("third_party/lib",)) == ["third_party/lib/d.py"]
    assert found(tmp_path, exclude=("/src",)) == ["a.js", "a.py"]


@pytest.mark.parametrize(
    ("files", "skipped", "reason"),
    [
        (["node_modules/x/i.js"], ["node_modules/x/i.js"], "vendored"),
        (["vendor/x.go", "go.mod"], ["vendor/x.go"], "vendored"),
        (["app/vendor/__init__.py"], [], ""),
        (["env/pyvenv.cfg", "env/lib/a.py"], ["env/lib/a.py"], "vendored"),
        (["target/a.py", "Cargo.toml"], ["target/a.py"], "build output"),
        (["target/a.py"], [], ""),
        (["build/b.py"], [], ""),
        (["build/lib/b.py", "setup.py"], ["build/lib/b.py"], "build output"),
        (["dist/b.js", "package.json"], ["dist/b.js"], "build output"),
        (["pkg.egg-info/b.py"], ["pkg.egg-info/b.py"], "vendored"),
        (["js/jquery.min.js"], ["js/jquery.min.js"], "generated"),
        (["img/logo.png"], ["img/logo.png"], "binary"),
        (["__pycache__/a.py"], ["__pycache__/a.py"], "build output"),
    ],
)
def test_what_is_not_the_projects_own(tmp_path: Path, files: list[str], skipped: list[str], reason: str) -> None:
    make(tmp_path, "own.py", *files)
    result = walk(tmp_path)
    expected = sorted({"own.py", *(f for f in files if is_source(f.rpartition("/")[2]))} - set(skipped))
    assert [e.path for e in result.entries] == expected
    assert (result.skipped[reason] == 1) if reason else not set(result.skipped) - {"no language"}


@posix
def test_symbolic_links_are_never_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    root = tmp_path / "root"
    make(outside, "x.py")
    make(root, "a.py")
    (root / "loop").symlink_to(root)
    (root / "out").symlink_to(outside)
    (root / "b.py").symlink_to(root / "a.py")
    (root / "broken.py").symlink_to(root / "nowhere")
    result = walk(root)
    assert [e.path for e in result.entries] == ["a.py"]
    assert result.skipped["symbolic link"] == 4


@posix
def test_a_linked_root_is_walked(tmp_path: Path) -> None:
    make(tmp_path, "real/a.py")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert found(tmp_path / "link") == ["a.py"]


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_a_problem(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "locked/b.py")
    (tmp_path / "locked").chmod(0)
    try:
        result = walk(tmp_path)
    finally:
        (tmp_path / "locked").chmod(0o755)
    assert [e.path for e in result.entries] == ["a.py"]
    assert result.skipped["unreadable"] == 1
    assert result.problems[0].file == "locked"


def test_a_folder_that_vanishes_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a.py", "gone/b.py")
    scandir = os.scandir

    def vanish(path: str) -> object:
        if str(path).endswith("gone"):
            shutil.rmtree(path, ignore_errors=True)
        return scandir(path)

    monkeypatch.setattr("loomgraph.indexing.walk.os.scandir", vanish)
    result = walk(tmp_path)
    assert [e.path for e in result.entries] == ["a.py"]
    assert result.problems[0].reason.startswith("folder cannot be read")


def test_files_too_large_are_counted_and_said(tmp_path: Path) -> None:
    make(tmp_path, "a.py")
    make(tmp_path, "big.py", text="x" * 100)
    result = walk(tmp_path, max_bytes=50)
    assert [e.path for e in result.entries] == ["a.py"]
    assert result.skipped["too large"] == 1
    assert result.problems[0].file == "big.py"


@posix
def test_pipes_are_no_files(tmp_path: Path) -> None:
    make(tmp_path, "a.py")
    os.mkfifo(tmp_path / "pipe.py")
    assert walk(tmp_path).skipped["not a file"] == 1


@posix
def test_paths_that_look_like_ids_of_symbols_are_problems(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "a.py::C.py", "odd::folder/b.py", "external:x/c.py", "in/external:x.py")
    result = walk(tmp_path)
    assert [entry.path for entry in result.entries] == ["a.py", "in/external:x.py"]
    assert [problem.file for problem in result.problems] == ["a.py::C.py", "external:x/c.py", "odd::folder/b.py"]
    assert result.skipped["unusable name"] == 3


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes")
def test_names_of_any_bytes(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/caf\xe9 \n.py", "w") as file:
        file.write("x\n")
    (name,) = found(tmp_path)
    assert os.fsencode(name) == b"caf\xe9 \n.py"


def test_files_without_extension_are_taken_by_name_or_when_they_name_their_interpreter(tmp_path: Path) -> None:
    make(tmp_path, "LICENSE", "Makefile", ".profile")
    make(tmp_path, "tool", text="#!/bin/sh\n")
    result = Walker(tmp_path, is_source, named=lambda name: name == "Makefile").walk()
    assert [entry.path for entry in result.entries] == ["Makefile", "tool"]
    assert result.skipped["no language"] == 2

"""What changed: unified diffs and git, read without trusting either."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from loomgraph.errors import DiffUnreadable, GitFailed
from loomgraph.service import changes
from loomgraph.service.asking import paths_within
from loomgraph.service.changes import FileChange

DIFF = """\
diff --git a/pkg/a.py b/pkg/a.py
index 1..2 100644
--- a/pkg/a.py
+++ b/pkg/a.py
@@ -1,0 +2,2 @@ def f():
+    x = 1
+    y = 2
@@ -10,2 +12 @@ def g():
-old
---old
+new
@@ -20,2 +21,0 @@ def h():
-gone
-gone
diff --git a/old name.py b/new name.py
similarity index 100%
rename from old name.py
rename to new name.py
diff --git a/dead.py b/dead.py
deleted file mode 100644
--- a/dead.py
+++ /dev/null
@@ -1 +0,0 @@
-x
diff --git "a/\\303\\274.py" "b/\\303\\274.py"
--- "a/\\303\\274.py"
+++ "b/\\303\\274.py"
@@ -3 +3 @@
-a
\\ No newline at end of file
+b
\\ No newline at end of file
"""


def test_a_diff_gives_the_lines_of_the_files_as_they_are_now() -> None:
    assert changes.from_diff(DIFF) == [
        FileChange("dead.py", (), True),
        FileChange("new name.py"),
        FileChange("old name.py", (), True),
        FileChange("pkg/a.py", ((2, 3), (12, 12), (21, 21))),
        FileChange("ü.py", ((3, 3),)),
    ]


def test_context_lines_are_no_changes() -> None:
    diff = "--- a/f.py\t2026\n+++ b/f.py\t2026\n@@ -1,4 +1,4 @@\n a\n-b\n+B\n c\n--- d\n+++ d\n"
    assert changes.from_diff(diff) == [FileChange("f.py", ((2, 2), (4, 4)))]


def test_an_empty_diff_changes_nothing() -> None:
    assert changes.from_diff("") == []


@pytest.mark.parametrize("text", ["hello", "--- a/x\n+++ b/x\n@@ nonsense @@\n"])
def test_what_is_no_diff_is_an_error(text: str) -> None:
    with pytest.raises(DiffUnreadable):
        changes.from_diff(text)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for key, value in {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org", "GIT_COMMITTER_NAME": "t",
                       "GIT_COMMITTER_EMAIL": "t@example.org", "GIT_CONFIG_GLOBAL": os.devnull}.items():  # fmt: skip
        monkeypatch.setenv(key, value)
    root = tmp_path / "repo"
    (root / "sub").mkdir(parents=True)
    (root / "a.py").write_text("one\ntwo\nthree\n")
    (root / "sub" / "b.py").write_text("one\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    return root


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)


def test_since_a_revision(repository: Path) -> None:
    (repository / "a.py").write_text("one\nTWO\nthree\n")
    (repository / "new.py").write_text("x\n")
    assert changes.since(repository, "HEAD") == [FileChange("a.py", ((2, 2),)), FileChange("new.py")]


def test_paths_are_relative_to_the_root_below_the_repository(repository: Path) -> None:
    (repository / "a.py").write_text("")
    (repository / "sub" / "b.py").write_text("two\n")
    assert changes.since(repository / "sub", "HEAD") == [FileChange("b.py", ((1, 1),))]


def test_a_range_leaves_the_working_tree_out(repository: Path) -> None:
    (repository / "a.py").write_text("one\ntwo\nthree\nfour\n")
    git(repository, "commit", "-qam", "second")
    (repository / "a.py").write_text("")
    (repository / "new.py").write_text("")
    assert changes.since(repository, "HEAD~1..HEAD") == [FileChange("a.py", ((4, 4),))]


def test_revisions_are_never_options(repository: Path) -> None:
    canary = repository / "canary"
    with pytest.raises(GitFailed):
        changes.since(repository, f"--output={canary}")
    assert not changes.is_revision(repository, f"--output={canary}")
    assert not canary.exists()


def test_a_repository_cannot_run_commands(repository: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for key in ("core.fsmonitor", "diff.external", "core.pager"):
        git(repository, "config", key, f"touch {canary}")
    git(repository, "config", "diff.x.textconv", f"touch {canary};cat")
    (repository / ".gitattributes").write_text("*.py diff=x\n")
    (repository / "a.py").write_text("changed\n")
    assert FileChange("a.py", ((1, 1),)) in changes.since(repository, "HEAD")
    assert not canary.exists()


def test_unknown_revisions_and_folders_without_git(repository: Path, tmp_path: Path) -> None:
    assert changes.is_revision(repository, "HEAD")
    assert changes.is_revision(repository, "main..HEAD")
    assert not changes.is_revision(repository, "nowhere")
    assert not changes.is_revision(repository, "a..b..c")
    with pytest.raises(GitFailed, match="nowhere"):
        changes.since(repository, "nowhere")
    with pytest.raises(GitFailed):
        changes.since(tmp_path, "HEAD")


def test_files_are_named_from_where_one_stands(tmp_path: Path) -> None:
    root = tmp_path / "code"
    (root / "sub").mkdir(parents=True)
    assert paths_within(root, root / "sub", ["b.py", "../a.py", "../../x.py", str(root / "c.py")]) == [
        "sub/b.py", "a.py", "../../x.py", "c.py",
    ]  # fmt: skip

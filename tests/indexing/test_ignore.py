"""Ignore rules agree with git, pattern by pattern and in combination."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loomgraph.indexing.ignore import IgnoreRules, compile_pattern, parse_line

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="compares with git")


@pytest.mark.parametrize(
    ("pattern", "path", "is_dir", "expected"),
    [
        ("build", "a/build", False, True),
        ("build/", "a/build", False, None),
        ("build/", "a/build", True, True),
        ("/build", "a/build", True, None),
        ("/build", "build", True, True),
        ("*.pyc", "a/b.pyc", False, True),
        ("*.pyc", "a/b.pyc.txt", False, None),
        ("*.tar.gz", "x.tar.gz", False, True),
        ("a/b", "a/b", False, True),
        ("a/b", "x/a/b", False, None),
        ("**/a/b", "x/y/a/b", False, True),
        ("a/**/b", "a/b", False, True),
        ("a/**/b", "a/x/y/b", False, True),
        ("a/**", "a", True, None),
        ("a/**", "a/x", True, True),
        ("a*/b", "ax/b", False, True),
        ("a*/b", "a/x/b", False, None),
        ("[a-c]?.txt", "b1.txt", False, True),
        ("[!a-c].txt", "d.txt", False, True),
        ("[[:digit:]].txt", "7.txt", False, True),
        ("[a", "[a", False, None),
        (r"\#x", "#x", False, True),
        (r"\!x", "!x", False, True),
        ("#x", "#x", False, None),
        ("x ", "x", False, True),
        ("x\\ ", "x ", False, True),
        ("!x", "x", False, False),
        ("", "x", False, None),
        ("/", "x", True, None),
        ("foo\\", "foo", False, None),
        ("caf\udce9*", "caf\udce9s", False, True),
    ],
)
def test_one_pattern(pattern: str, path: str, is_dir: bool, expected: bool | None) -> None:
    rules = IgnoreRules([pattern])
    assert rules.verdict(path, path.rpartition("/")[2], is_dir) is expected


def test_the_last_pattern_that_matches_decides() -> None:
    rules = IgnoreRules(["*.log", "!keep.log", "/keep.log"])
    assert rules.verdict("a/keep.log", "keep.log", False) is False
    assert rules.verdict("keep.log", "keep.log", False) is True
    assert rules.verdict("x.log", "x.log", False) is True


def test_carriage_returns_end_lines() -> None:
    assert parse_line("x\r\n") == ("x", False, False)


def test_no_patterns_are_no_rules() -> None:
    assert not IgnoreRules(["# only a comment\n", "\n"])


def test_a_wildcard_never_crosses_a_slash() -> None:
    assert not compile_pattern("a/*").match("a/b/c")
    assert compile_pattern("a/*").match("a/b")


NAMES = ("a", "b", "ab", "a.py", "b.py", "build", "a b", "[a]", "#a", "!a")
PIECES = (*NAMES, "*", "?", "**", "*.py", "a*", "[ab]", "[!a]", "\\[a\\]", "a\\ b", "[]a]", "[a-]")
paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join)
patterns = st.builds(
    lambda negated, rooted, parts, ending: f"{negated}{rooted}{'/'.join(parts)}{ending}",
    st.sampled_from(["", "", "", "!"]), st.sampled_from(["", "", "/"]),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=3), st.sampled_from(["", "", "/"]),
)  # fmt: skip


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


@needs_git
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(patterns, min_size=1, max_size=5), st.lists(paths, min_size=1, max_size=20, unique=True))
def test_agrees_with_git(repository: Path, lines: list[str], wanted: list[str]) -> None:
    """Every path's fate is git's, when a folder that is ignored takes what is in it along, as the walk does."""
    (repository / ".gitignore").write_text("\n".join(lines) + "\n")
    # Asked about "a/", git lets the star of "a/*" or "*" match the nothing behind the slash; a walk asks about "a".
    starred = any("/*" in line or set(line.strip("!/ ")) <= {"*"} for line in lines)
    folders = [] if starred else [path + "/" for path in wanted]
    asked = list(wanted) + folders
    done = subprocess.run(
        ["git", "-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "-z", "--stdin"],
        cwd=repository, input="\0".join(asked).encode(), capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    ignored = set(done.stdout.decode().split("\0"))
    rules = IgnoreRules(lines)
    for path in asked:
        assert walk_verdict(rules, path) == (path in ignored), (lines, path)


def walk_verdict(rules: IgnoreRules, path: str) -> bool:
    is_dir = path.endswith("/")
    parts = path.rstrip("/").split("/")
    for count in range(1, len(parts) + 1):
        inner = count < len(parts) or is_dir
        if rules.verdict("/".join(parts[:count]), parts[count - 1], inner):
            return True
    return False

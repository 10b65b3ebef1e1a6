"""Names of projects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomgraph.errors import InvalidProjectName
from loomgraph.workspaces import names


@pytest.mark.parametrize("name", ["a", "A9", "my-project", "my_project", "0", "x" * 64, "com", "com10", "console"])
def test_names(name: str) -> None:
    assert names.check(name) == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "a\\b", "-a", "_a", "a b", "a\n", "a.b", "é", "x" * 65, "a\0",
     "CON", "nul", "Com1", "LPT9", "lpt0"],
)  # fmt: skip
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(InvalidProjectName):
        names.check(name)
    assert not names.is_name(name)


@pytest.mark.parametrize(
    ("folder", "name"),
    [("flask", "flask"), ("my.site v2", "my-site-v2"), (".dotfiles", "dotfiles"), ("Ünï", "n"), ("...", "project"),
     ("aux", "aux-project"), ("", "project"), ("a" * 100, "a" * 64)],
)  # fmt: skip
def test_a_folder_gives_a_name(folder: str, name: str) -> None:
    assert names.from_folder(folder) == name


@given(st.text(max_size=200))
def test_whatever_the_folder_the_name_is_one(folder: str) -> None:
    assert names.is_name(names.from_folder(folder))

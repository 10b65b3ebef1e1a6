"""Symbols and files by address: only what a graph holds, never a path outside the project."""

from __future__ import annotations

import os

import pytest
from mcp.shared.exceptions import MCPError


def read(use, address):
    return use(lambda client: client.read_resource(address)).contents[0].text


def test_templates_are_listed(use):
    found = use(lambda client: client.list_resource_templates()).resource_templates
    assert [one.uri_template for one in found] == [
        "loomgraph://{project}/symbol/{+id}",
        "loomgraph://{project}/file/{+path}",
    ]


def test_a_symbol_by_its_id(use):
    assert "class Cart" in read(use, "loomgraph://shop/symbol/shop/cart.py::Cart")


def test_a_file_as_it_was_indexed(use, data):
    assert read(use, "loomgraph://shop/file/shop/cart.py") == (data / "shop/shop/cart.py").read_text()


@pytest.mark.parametrize(
    "path", ["../other/one.py", "/etc/passwd", "shop/../../other/one.py", "%2e%2e/other/one.py", "no.py", "shop%00.py"]
)
def test_what_the_graph_does_not_hold_has_no_address(use, path):
    with pytest.raises(MCPError) as caught:
        read(use, f"loomgraph://shop/file/{path}")
    assert "lonely" not in str(caught.value)


def test_a_file_of_another_project_is_not_there(use):
    with pytest.raises(MCPError, match=r"not_found|unknown_file"):
        read(use, "loomgraph://shop/file/one.py")


def test_a_changed_file_is_given_as_the_graph_quotes_it(fresh, tmp_path):
    root = tmp_path / "shop"
    root.mkdir()
    path = root / "a.py"
    before = "import os\n\n\ndef one():\n    return os.sep\n"
    path.write_text(before)
    fresh.index(str(root), project="shop")
    assert fresh.source("a.py").whole
    path.write_text("def two():\n    return 2\n")
    found = fresh.source("a.py")
    assert not found.whole
    assert "def one" in found.text
    assert "two" not in found.text


def test_a_link_that_leads_outside_is_not_followed(fresh, tmp_path):
    """Even when it leads to the very bytes that were indexed."""
    root = tmp_path / "shop"
    (root / "inner").mkdir(parents=True)
    (root / "inner" / "a.py").write_text("def one():\n    return 1\n")
    fresh.index(str(root), project="shop")
    (root / "inner").rename(tmp_path / "outside")
    os.symlink(tmp_path / "outside", root / "inner")
    assert not fresh.source("inner/a.py").whole

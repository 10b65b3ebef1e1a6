"""Arguments that nobody means well: every call gets an answer or an error of the tree, never a crash."""

from __future__ import annotations

import logging
from typing import Any

import anyio
import pytest
from mcp import Client

from loomgraph.mcp.callers import Local
from loomgraph.mcp.server import make_server

TEXTS = [
    "", " ", "\0", "a\0b", "../../etc/passwd", "/etc/passwd", "::", "a::", "::b", "x:0", "x:99999999999999999999", "*",
    "%", "_", "'; DROP TABLE symbols; --", '" OR "', "(" * 500, "\\", "\u202e", "é" * 3000, "😀", "a" * 100_000,
    "external:", "external:os.path.join", "shop/cart.py:0", "shop/cart.py:-1", "NEAR(a b)", "-x", "~", ".", "a.b.c.d.e",
]  # fmt: skip
CALLS: list[tuple[str, list[str]]] = [
    ("search", ["query", "path"]), ("ask", ["question", "path"]), ("show_symbol", ["symbol"]),
    ("callers", ["symbol"]), ("callees", ["symbol"]), ("path", ["source", "target"]), ("overview", ["project"]),
    ("index_status", ["project"]), ("impact", ["diff"]),
]  # fmt: skip
USUAL = {
    "search": {"query": "cart"}, "ask": {"question": "cart"}, "path": {"source": "checkout", "target": "checkout"},
}  # fmt: skip


@pytest.mark.parametrize(("name", "arguments"), CALLS, ids=[name for name, _ in CALLS])
def test_odd_text_is_answered(service, name, arguments, caplog):
    async def main() -> list[tuple[dict[str, Any], Any]]:
        found = []
        async with Client(make_server(Local(service))) as client:
            for argument in arguments:
                for text in TEXTS:
                    given = {**USUAL.get(name, {}), argument: text}
                    found.append((given, await client.call_tool(name, given)))
        return found

    with caplog.at_level(logging.ERROR):
        for given, result in anyio.run(main):
            assert result.structured_content is not None, (str(given)[:200], result.content[0].text)
            if result.is_error:
                assert result.structured_content["error"]["code"] != "internal"
            assert len(result.content[0].text) < 30_000
    assert not caplog.records  # the SDK logs what it takes for a crash


@pytest.mark.parametrize("what", ["symbols", "files"])
def test_odd_lists_are_answered(service, what):
    async def main() -> list[Any]:
        async with Client(make_server(Local(service))) as client:
            return [await client.call_tool("impact", {what: [text]}) for text in TEXTS]

    for result in anyio.run(main):
        assert result.structured_content is not None, result.content[0].text
        assert "root:" not in result.content[0].text


@pytest.mark.parametrize("arguments", [{"offset": 10**9}, {"depth": 20}, {"max_tokens": 50_000}, {"kinds": []}])
def test_numbers_at_their_ends_are_answered(call, arguments):
    assert not call("callers", symbol="Price.with_tax", **arguments).is_error

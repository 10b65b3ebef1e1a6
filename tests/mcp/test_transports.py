"""The server as clients meet it: a process on standard input and output, an app over HTTP, with the SDK's client."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from starlette.requests import Request

from loomgraph.mcp.callers import Caller
from loomgraph.mcp.server import http_app
from loomgraph.mcp.tools import NAMES

PROGRAM = "from loomgraph.cli import main; main()"


def environment(data):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LOOMGRAPH_")}
    return {**kept, "LOOMGRAPH_DATA_DIR": str(data / "data"), "HOME": str(data)}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_process_answers_on_standard_input_and_output(data, mode):
    started = StdioServerParameters(
        command=sys.executable, args=["-c", PROGRAM, "mcp"], env=environment(data), cwd=data / "shop"
    )

    async def main():
        async with Client(started, mode=mode) as client:
            tools = [tool.name for tool in (await client.list_tools()).tools]
            mine = await client.call_tool("callers", {"symbol": "Price.with_tax"})
            other = await client.call_tool("show_symbol", {"symbol": "lonely", "project": "other"})
            wrong = await client.call_tool("show_symbol", {"symbol": "lonely"})
            return tools, mine, other, wrong

    tools, mine, other, wrong = anyio.run(main)
    assert tools == list(NAMES)
    assert mine.structured_content["total"] > 0
    assert "return 1" in other.content[0].text
    assert wrong.structured_content["error"]["code"] == "unknown_symbol"


def test_nothing_but_the_protocol_is_written_to_standard_output(data):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "mcp", "--project", "shop"], input="", env=environment(data), cwd=data,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")


def test_a_project_that_is_not_there_is_said_at_the_start(data):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "mcp", "--project", "nope"], input="", env=environment(data), cwd=data,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert "nope" in done.stderr


# -- over HTTP ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Readers:
    """Who may read these projects."""

    projects: tuple[str, ...]
    admin: bool = False

    def may_read(self, project: str) -> bool:
        return project in self.projects

    def may_write(self, project: str) -> bool:
        return False


def callers_of(service):
    keys = {"both": ("shop", "other"), "one": ("other",)}

    def find(request: Request):
        rights = Readers(keys.get(request.headers.get("x-api-key", ""), ()))
        return Caller(service.seen_by(rights), request.headers.get("lightrag-workspace", ""), local=False)

    return find


@pytest.fixture
def address(service, serving):
    with serving(http_app(callers_of(service))) as url:
        yield f"{url}/mcp"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_app_answers_over_http(over_http, address, service, mode):
    async def ask(client):
        return await client.call_tool("callers", {"symbol": "Price.with_tax", "project": "shop"})

    found = over_http(address, {"x-api-key": "both"}, ask, mode)
    expected = [hop.symbol.id for hop in service.callers("Price.with_tax").hops]
    assert [item["id"] for item in found.structured_content["items"]] == expected


def test_a_key_sees_its_own_projects_only(over_http, address):
    async def ask(client):
        listed = await client.call_tool("list_projects", {})
        usual = await client.call_tool("show_symbol", {"symbol": "lonely"})
        hidden = await client.call_tool("overview", {"project": "shop"})
        missing = await client.call_tool("overview", {"project": "shoq"})
        return listed, usual, hidden, missing

    listed, usual, hidden, missing = over_http(address, {"x-api-key": "one"}, ask)
    assert [one["name"] for one in listed.structured_content["items"]] == ["other"]
    assert not usual.is_error  # the one project of the key is the one that is meant
    errors = [one.structured_content["error"] for one in (hidden, missing)]
    assert [one["code"] for one in errors] == ["unknown_project"] * 2
    # what is hidden reads, word for word, like what does not exist
    assert errors[0]["message"].replace("shop", "shoq") == errors[1]["message"]
    assert [one["details"]["nearest"] for one in errors] == [["other"], ["other"]]


def test_the_header_names_the_usual_project(over_http, address):
    async def ask(client):
        return await client.call_tool("overview", {})

    several = over_http(address, {"x-api-key": "both"}, ask)
    assert several.structured_content["error"]["code"] == "bad_input"
    named = over_http(address, {"x-api-key": "both", "LIGHTRAG-WORKSPACE": "shop"}, ask)
    assert named.structured_content["project"] == "shop"


def test_many_clients_at_once_get_their_own_answers(over_http, address):
    async def ask(client):
        found = {}

        async def one(symbol, project):
            found[symbol] = await client.call_tool("show_symbol", {"symbol": symbol, "project": project})

        async with anyio.create_task_group() as group:
            for symbol, project in (("lonely", "other"), ("Cart", "shop"), ("Price", "shop"), ("checkout", "shop")):
                group.start_soon(one, symbol, project)
        return {
            symbol: result.structured_content["symbol"]["id"].rpartition("::")[2] for symbol, result in found.items()
        }

    found = over_http(address, {"x-api-key": "both"}, ask)
    assert found == {"lonely": "lonely", "Cart": "Cart", "Price": "Price", "checkout": "checkout"}

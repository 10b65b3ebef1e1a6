"""The route /mcp of the server itself: its keys, its projects, its own refusals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from loomgraph.cli.serving import mcp_routes
from loomgraph.server.app import create_app
from loomgraph.server.mounting import Mount
from loomgraph.service import Service
from loomgraph.settings import Secret


@pytest.fixture(scope="session")
def served(data, service_at, serving) -> Iterator[tuple[str, Service]]:
    """A server that needs keys."""
    service: Service = service_at(data)
    settings = replace(service.settings, server=replace(service.settings.server, api_key=Secret("master")))
    with serving(create_app(settings, bound="127.0.0.1", mounts=[Mount("/mcp", mcp_routes)])) as url:
        yield url, service


@pytest.fixture(scope="session")
def reader(served) -> str:
    """A key that reads one project."""
    return str(served[1].create_key("reader", read=["other"]).token)


async def projects(client):
    return await client.call_tool("list_projects", {})


def names(result):
    return [one["name"] for one in result.structured_content["items"]]


def test_a_key_is_needed(served):
    hello = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    for headers in ({}, {"x-api-key": "wrong"}):
        with httpx.Client(trust_env=False) as http:
            answer = http.post(f"{served[0]}/mcp", json=hello, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "unauthorized"


@pytest.mark.parametrize("header", ["x-api-key", "authorization"])
def test_a_key_sees_what_it_may(served, reader, over_http, header):
    def with_key(key):
        return {header: key if header == "x-api-key" else f"Bearer {key}"}

    assert names(over_http(f"{served[0]}/mcp", with_key("master"), projects)) == ["other", "shop"]
    assert names(over_http(f"{served[0]}/mcp", with_key(reader), projects)) == ["other"]


def test_what_a_key_may_not_read_does_not_exist(served, reader, over_http):
    async def ask(client):
        hidden = await client.call_tool("overview", {"project": "shop"})
        usual = await client.call_tool("overview", {})
        try:
            resource = await client.read_resource("loomgraph://shop/file/shop/cart.py")
        except Exception as error:
            resource = error
        return hidden, usual, resource

    hidden, usual, resource = over_http(f"{served[0]}/mcp", {"x-api-key": reader}, ask)
    assert hidden.structured_content["error"]["code"] == "unknown_project"
    assert usual.structured_content["project"] == "other"
    assert "unknown_project" in str(resource)


def test_a_page_of_another_site_is_refused(served):
    hello = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    with httpx.Client(trust_env=False, headers={"x-api-key": "master"}) as http:
        assert http.post(f"{served[0]}/mcp", json=hello, headers={"origin": "https://evil.example"}).status_code == 403
        assert http.post(f"{served[0]}/mcp", json=hello, headers={"host": "evil.example"}).status_code in (
            200,
            406,
            421,
        )

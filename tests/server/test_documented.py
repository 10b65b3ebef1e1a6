"""Answers are as the OpenAPI document says: for an inserted graph, and for one of source code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import pytest

from tests.server.conftest import running
from tests.server.kgs import SHOP

BELOW = "/api/v1/projects/{project}"
FILES = [
    {"path": "cart.py", "content": "def total(cart):\n    return sum(price(item) for item in cart)\n\n\n"
                                   "def price(item):\n    return item.price\n"},
    {"path": "pay.py", "content": "from cart import total\n\n\ndef checkout(cart):\n    return total(cart)\n"},
]  # fmt: skip
CALLS: list[tuple[str, str, str, Any]] = [
    ("get", "/symbols", "/symbols?q=total", None),
    ("get", "/symbols/{name}", "/symbols/total", None),
    ("get", "/callers", "/callers?symbol=total", None),
    ("get", "/callees", "/callees?symbol=checkout", None),
    ("get", "/path", "/path?source=checkout&target=total", None),
    ("get", "/impact", "/impact?symbol=total", None),
    ("post", "/impact", "/impact", {"symbols": ["total"]}),
    ("get", "/hierarchy", "/hierarchy?symbol=total", None),
    ("get", "/cycles", "/cycles", None),
    ("get", "/unused", "/unused", None),
    ("get", "/stats", "/stats", None),
    ("get", "/overview", "/overview", None),
    ("get", "/status", "/status", None),
    ("get", "/jobs", "/jobs", None),
    ("post", "/search", "/search", {"query": "total of a cart"}),
    ("post", "/ask", "/ask", {"query": "who calls total"}),
    ("post", "/query", "/query", {"query": "total of a cart"}),
    ("post", "/query/data", "/query/data", {"query": "total of a cart"}),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with running(tmp_path_factory.mktemp("documented") / "data") as server, server.client() as found:
        assert found.post("/p/inserted/insert_custom_kg", json=SHOP).status_code == 200
        pushed = found.post("/p/pushed/sync", json={"files": FILES})
        assert pushed.status_code == 200, pushed.text
        yield found


@pytest.fixture(scope="module")
def api(client: httpx.Client) -> Any:
    return client.get("/openapi.json").json()


@pytest.mark.parametrize("project", ["inserted", "pushed"])
@pytest.mark.parametrize(("method", "route", "path", "body"), CALLS, ids=lambda value: str(value)[:30])
def test_answers_are_as_documented(
    client: httpx.Client, api: Any, project: str, method: str, route: str, path: str, body: Any
) -> None:
    answer = client.request(method, f"/p/{project}{path}", json=body)
    assert answer.status_code == 200, answer.text
    schema = api["paths"][BELOW + route][method]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(answer.json(), {**schema, "components": api["components"]})


def operations(api: Any) -> Iterator[tuple[str, str, Any]]:
    """Every operation with the project in the path, and those that have none."""
    for path, methods in api["paths"].items():
        if path.startswith(BELOW) or BELOW + path not in api["paths"]:
            for method, operation in methods.items():
                yield method, path, operation


def examples(api: Any, operation: Any) -> Iterator[tuple[str, Any]]:
    """The bodies that an operation's documentation shows, with their types."""
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        shown = api["components"]["schemas"][name].get("examples", ()) if name else ()
        for one in (*([content["example"]] if "example" in content else ()), *shown):
            yield kind, one


def test_every_parameter_says_what_it_is(api: Any) -> None:
    silent = [
        (method, path, one["name"]) for method, path, operation in operations(api)
        for one in operation.get("parameters", []) if not one.get("description")
    ]  # fmt: skip
    assert not silent


def test_every_body_has_an_example_that_is_understood(client: httpx.Client, api: Any) -> None:
    tried = 0
    assert client.post("/p/examples/sync", json={"files": [{"path": "src/b.py", "content": ""}]}).status_code == 200
    for method, path, operation in operations(api):
        shown = list(examples(api, operation))
        assert bool(shown) == ("requestBody" in operation), (method, path)
        for kind, body in shown:
            place = path.replace("{project}", "examples").replace("{plan_id}", "0" * 32)
            content = body if isinstance(body, str) else json.dumps(body)
            answer = client.request(method, place, content=content, headers={"content-type": kind})
            allowed = (403, 404, 409) if "{" in path else ()
            assert answer.status_code in (200, 201, *allowed), (method, path, answer.text)
            tried += 1
    assert tried > 20


@pytest.mark.parametrize("path", ["/callers", "/callers?symbol=nowhere", "/nothing", "/graphs"])
def test_errors_are_as_documented(client: httpx.Client, api: Any, path: str) -> None:
    answer = client.get(f"/p/pushed{path}")
    assert 400 <= answer.status_code < 500
    failure = {"$ref": "#/components/schemas/Failure", "components": api["components"]}
    jsonschema.validate(answer.json(), failure)


@pytest.mark.parametrize("format_name", ["jsonl", "edges", "custom-kg", "graphml"])
def test_a_graph_is_written_out_whole(client: httpx.Client, format_name: str) -> None:
    answer = client.get("/p/pushed/export", params={"format": format_name})
    assert answer.status_code == 200
    assert "checkout" in answer.text
    if format_name in ("jsonl", "edges"):
        assert all(json.loads(line) for line in answer.text.splitlines())
    assert client.get("/p/nobody/export").status_code == 404

"""What the tools answer: the same symbols as the service, within the budget, and errors of the one tree."""

from __future__ import annotations

import json

import pytest

from loomgraph.mcp.sheet import tokens
from loomgraph.mcp.tools import NAMES

READS = {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False}


def text(result):
    return result.content[0].text


def ids(result):
    return [item["id"] for item in result.structured_content["items"]]


def test_the_tools_say_what_they_are_for(use):
    tools = use(lambda client: client.list_tools()).tools
    assert [tool.name for tool in tools] == list(NAMES)
    for tool in tools:
        plain = tool.model_dump(mode="json", by_alias=True, exclude_none=True)
        assert plain["annotations"] == READS, tool.name
        assert len(tool.description) > 80, tool.name
        arguments = tool.input_schema["properties"]
        assert "max_tokens" in arguments
        assert "ctx" not in arguments
        if tool.name != "list_projects":
            assert "project" in arguments, tool.name
            assert "project" not in tool.input_schema.get("required", ())
    size = len(json.dumps([tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]))
    assert size < 16_000  # every client sends this to a model with every request


def test_projects_are_listed_with_their_size(call):
    found = call("list_projects").structured_content
    assert [one["name"] for one in found["items"]] == ["other", "shop"]
    assert all(one["symbols"] for one in found["items"])


def test_callers_name_the_place_of_each_call(call, service):
    result = call("callers", symbol="Price.with_tax")
    reached = service.callers("Price.with_tax")
    assert ids(result) == [hop.symbol.id for hop in reached.hops]
    assert len(ids(result)) > 0
    for hop in reached.hops:
        assert f"{hop.edges[0].file}:{hop.edges[0].lines[0]}" in text(result)


def test_callees_path_and_impact_agree_with_the_service(call, service):
    assert ids(call("callees", symbol="Cart.total")) == [hop.symbol.id for hop in service.callees("Cart.total").hops]
    route = service.path("checkout", "Price.with_tax")
    assert ids(call("path", source="checkout", target="Price.with_tax")) == [one.id for one in route.symbols]
    impact = service.impact(symbols=["Price.with_tax"])
    result = call("impact", symbols=["Price.with_tax"])
    assert ids(result) == [hop.symbol.id for hop in impact.affected]
    assert result.structured_content["test_files"] == list(impact.test_files)


def test_show_gives_source_members_and_relations(call):
    result = call("show_symbol", symbol="Cart")
    assert "class Cart" in text(result)
    kinds = {key for item in result.structured_content["items"] for key in item}
    assert {"source", "holds", "relation"} <= kinds
    assert "source" not in text(call("show_symbol", symbol="Cart", source=False))


def test_search_and_ask_agree_with_the_service(call, service):
    hits = service.search("total of a cart")
    result = call("search", query="total of a cart")
    assert [(one["file"], one["start_line"]) for one in result.structured_content["items"]] == [
        (hit.file, hit.start_line) for hit in hits.results
    ]
    answer = service.ask("who calls Price.with_tax")
    items = call("ask", question="who calls Price.with_tax").structured_content["items"]
    followed = [item["id"] for item in items if item.get("asks")]
    assert followed == [hop.symbol.id for hop in answer.followed[0].reached.hops]


def test_overview_and_status(call):
    result = call("overview")
    assert result.structured_content["languages"]["python"] > 0
    assert "Price" in text(result)
    status = call("index_status", project="shop").structured_content
    assert (status["checked"], status["fresh"]) == (True, True)


@pytest.mark.parametrize("budget", [200, 300, 500])
def test_answers_keep_to_their_budget_and_give_the_rest(call, budget):
    seen, offset, rounds = [], 0, 0
    while True:
        result = call("impact", symbols=["Price"], depth=5, max_tokens=budget, offset=offset)
        assert tokens(text(result)) <= budget + 20
        seen += ids(result)
        cut = result.structured_content["cut"]
        rounds += 1
        if cut is None:
            break
        assert f"offset={cut['next_offset']}" in text(result)
        offset = cut["next_offset"]
        assert rounds < 100
    assert seen == ids(call("impact", symbols=["Price"], depth=5, max_tokens=50_000))
    assert budget > 200 or rounds > 1


def error(result):
    assert result.is_error
    found = result.structured_content["error"]
    assert text(result).startswith(found["code"])
    return found


def test_a_miss_names_what_is_near(call):
    found = error(call("callers", symbol="with_taxx"))
    assert found["code"] == "unknown_symbol"
    assert any("with_tax" in name for name in found["details"]["nearest"])


def test_an_ambiguous_name_lists_its_candidates(call):
    found = error(call("callers", symbol="with_tax"))
    assert found["code"] == "ambiguous_symbol"
    assert len(found["details"]["candidates"]) > 1


def test_an_unknown_project_names_the_nearest(call):
    result = call("callers", symbol="x", project="shopp")
    assert error(result)["code"] == "unknown_project"
    assert error(result)["details"]["nearest"] == ["shop"]
    assert "shop" in text(result)


@pytest.mark.parametrize("name", ["../shop", "a/b", "", "x" * 65, "shop\0", "СHOP"])
def test_a_name_that_is_none_is_refused(call, name):
    if name:
        assert error(call("stats" if False else "overview", project=name))["code"] in (
            "invalid_project_name",
            "unknown_project",
        )
    else:
        assert not call("overview", project=name).is_error  # the project of the folder


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("callers", {}), ("callers", {"symbol": "x", "depth": "deep"}), ("search", {"query": "x", "mode": "psychic"}),
     ("overview", {"max_tokens": 1})],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_bad_input(call, name, arguments):
    found = error(call(name, **arguments))
    assert found["code"] == "bad_input"
    assert "pydantic" not in found["message"]


def test_arguments_that_came_as_text_are_understood(call):
    """Some clients send lists as JSON in a string."""
    assert not call("impact", symbols='["Price"]').is_error


def test_a_long_documentation_does_not_burst_the_budget(fresh, tmp_path):
    from loomgraph.mcp.callers import Local
    from loomgraph.mcp.tools import Tools

    root = tmp_path / "shop"
    root.mkdir()
    lines = "\n".join(f"    line {n} of a very long text about nothing at all" for n in range(2000))
    (root / "a.py").write_text(f'def one():\n    """Says.\n\n{lines}\n    """\n    return 1\n')
    fresh.index(str(root), project="shop")

    class Context:
        request_context = type("Request", (), {"request": None})

    result = Tools(Local(fresh)).show_symbol(Context(), "one", max_tokens=500)
    assert tokens(text(result)) < 600
    assert result.structured_content["cut"]["left_out"] > 0


def test_without_a_project_of_the_folder_the_others_are_named(service, data):
    import anyio
    from mcp import Client

    from loomgraph.mcp.callers import Local
    from loomgraph.mcp.server import make_server

    service.here = data

    async def main():
        async with Client(make_server(Local(service))) as client:
            return await client.call_tool("overview", {})

    found = error(anyio.run(main))
    assert found["code"] == "no_project_here"
    assert found["details"]["projects"] == ["other", "shop"]

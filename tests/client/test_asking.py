"""Both clients against the real server: typed answers that are those of the service, and errors of the one tree."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import msgspec
import pytest

from loomgraph.client import AsyncGraphs, Graphs, Place, Places
from loomgraph.errors import (
    AmbiguousSymbol,
    BadInput,
    InvalidProjectName,
    NotFound,
    ServerUnreachable,
    UnknownProject,
    UnknownSymbol,
)

KG = {
    "chunks": [{"content": "def pay(): ...", "source_id": "src/pay.py:1", "file_path": "src/pay.py"}],
    "entities": [
        {"entity_name": "pay", "entity_type": "function", "description": "pays", "source_id": "src/pay.py:1"},
        {"entity_name": "bill", "entity_type": "function", "description": "bills", "source_id": "src/pay.py:1"},
    ],
    "relationships": [
        {"src_id": "bill", "tgt_id": "pay", "description": "bill calls pay", "keywords": "calls",
         "source_id": "src/pay.py:1"},
    ],
}  # fmt: skip


def ids(hops):
    return [hop.symbol.id for hop in hops]


def test_structural_answers_are_those_of_the_service(graphs, service):
    shop = graphs["shop"]
    assert ids(shop.callers("Price.with_tax").hops) == ids(service.callers("Price.with_tax").hops)
    assert ids(shop.callees("Cart.total", depth=2).hops) == ids(service.callees("Cart.total", depth=2).hops)
    assert [s.id for s in shop.find("price").symbols] == [s.id for s in service.find("price").symbols]
    route = service.path("checkout", "Price.with_tax")
    assert [s.id for s in shop.path("checkout", "Price.with_tax").symbols] == [s.id for s in route.symbols]
    assert ids(shop.impact(symbols=["Price.with_tax"]).affected) == ids(
        service.impact(symbols=["Price.with_tax"]).affected
    )
    assert ids(shop.hierarchy("Price").derived) == ids(service.hierarchy("Price").derived)
    assert shop.stats().counts.symbols == service.stats().counts.symbols
    shown = shop.show("shop/cart.py::Cart")
    assert shown.symbol.signature == service.show("Cart").symbol.signature
    assert [one.id for one in shown.members] == [one.id for one in service.show("Cart").members]


def test_every_field_of_an_answer_is_one_that_servers_send(graphs, service):
    """A name misspelt here would be empty for ever: nothing may hold its default where the service says more."""
    for call, mine in ((service.callers, graphs["shop"].callers), (service.show, graphs["shop"].show)):
        said = service.plain(call("Price.with_tax"))
        missing = set(msgspec.to_builtins(mine("Price.with_tax"))) - set(said)
        assert not missing


def test_questions_in_words(graphs, service):
    shop = graphs["shop"]
    hits = shop.search("total of a cart")
    assert [(one.file, one.start_line) for one in hits.results] == [
        (one.file, one.start_line) for one in service.search("total of a cart").results
    ]
    answer = shop.query("who calls Price.with_tax", mode="hybrid")
    assert "with_tax" in answer.response
    assert answer.references
    data = shop.data("total of a cart")
    assert data.status == "success"
    assert data.entities
    assert "".join(piece.response for piece in shop.stream("total of a cart"))


def test_a_stream_can_be_left(graphs):
    pieces = graphs["shop"].stream("total of a cart")
    first = next(pieces)
    assert first.references is not None
    pieces.close()
    assert graphs["shop"].health().healthy


def test_a_custom_kg_goes_in_twice_and_is_there_once(graphs):
    kg = graphs["kg"]
    for _ in range(2):
        found = kg.insert_custom_kg(KG)
        assert (found.chunks, found.entities, found.relationships) == (1, 2, 1)
    kg.insert_custom_kg(msgspec.json.encode(KG))
    assert [hop.symbol.name for hop in kg.callers("pay").hops] == ["bill"]
    assert kg.delete_by_source(["src/pay.py:1"]).entities == 2
    kg.delete()
    with pytest.raises(UnknownProject):
        kg.stats()


def test_projects_and_health(graphs):
    assert "shop" in [one.name for one in graphs.projects()]
    assert graphs.health()[""].healthy
    made = graphs.create_project("empty")
    assert (made.name, made.files) == ("empty", 0)
    graphs["empty"].delete()


def test_health_of_all_names_those_that_cannot_be_asked(server):
    places = Places({"mine": Place(server, "shop"), "other": Place(server, "nope"), "dead": "http://127.0.0.1:9"})
    with Graphs(places) as graphs:
        found = graphs.health()
    assert {name: one.healthy for name, one in found.items()} == {"mine": True, "other": False, "dead": False}
    assert "127.0.0.1:9" in found["dead"].error
    assert "nope" in found["other"].error


def test_errors_are_those_of_the_tree_with_their_details(graphs):
    with pytest.raises(UnknownSymbol) as missed:
        graphs["shop"].callers("with_taxx")
    assert any("with_tax" in name for name in missed.value.details["nearest"])
    assert missed.value.spelling == "with_taxx"
    with pytest.raises(AmbiguousSymbol) as several:
        graphs["shop"].callers("with_tax")
    assert len(several.value.details["candidates"]) == 2
    with pytest.raises(UnknownProject, match="nope"):
        graphs["nope"].stats()
    with pytest.raises((InvalidProjectName, NotFound)):
        graphs["../shop"].stats()
    with pytest.raises(BadInput):
        graphs["shop"].callers("Price", depth=0)


def test_nobody_at_the_address_is_said_so():
    with Graphs("http://127.0.0.1:9") as graphs, pytest.raises(ServerUnreachable, match="127.0.0.1:9"):
        graphs.projects()


def test_a_project_of_its_own_address_and_one_by_header(server):
    """The two ways in which clients of LightRAG's servers are set up."""
    with Graphs({"own": f"{server}/api/v1/projects/shop", "head": Place(server, "shop", header=True)}) as graphs:
        assert graphs["own"].stats().project == graphs["head"].stats().project == "shop"
        assert graphs["own"].health().healthy


def test_the_awaited_client_gives_the_same(server, service):
    async def main():
        async with AsyncGraphs(server) as graphs:
            shop = graphs["shop"]
            many = await asyncio.gather(*(shop.callers("Price.with_tax") for _ in range(20)))
            pieces = [piece async for piece in shop.stream("total of a cart")]
            health = await graphs.health()
            with pytest.raises(UnknownSymbol):
                await shop.show("nothing_like_it")
            return many, pieces, health

    many, pieces, health = asyncio.run(main())
    assert all(ids(one.hops) == ids(service.callers("Price.with_tax").hops) for one in many)
    assert "".join(piece.response for piece in pieces)
    assert health[""].healthy


def test_both_clients_can_do_the_same():
    from loomgraph.client import AsyncProject, Project

    def public(kind):
        return {name for name in vars(kind) if not name.startswith("_")}

    assert public(Graphs) == public(AsyncGraphs)
    assert public(Project) == public(AsyncProject)


def test_the_client_needs_httpx_and_msgspec_and_nothing_below_errors():
    loaded = "import loomgraph.client, sys; print(*sorted(m for m in sys.modules if m.startswith('loomgraph.')))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert {name.split(".")[1] for name in done.stdout.split()} == {"client", "errors"}

"""LightRAG's shapes from the typed answer: names of fields, defaults, references, what is cut."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loomgraph.errors import BadInput
from loomgraph.model import Edge, EdgeKind, Resolution, Symbol, SymbolKind
from loomgraph.retrieve import lightrag
from loomgraph.retrieve.answer import Answer, Entity, Followed, Passage, Relation
from loomgraph.retrieve.context import Budget, fit
from loomgraph.retrieve.lightrag import QueryParams, query_params
from loomgraph.retrieve.prompt import Turn
from loomgraph.store.answers import Hop, Reached


def symbol(name: str, file: str = "src/a.py", kind: SymbolKind = SymbolKind.FUNCTION) -> Symbol:
    return Symbol(f"{file}::{name}", kind, name, file, 3, 9, 4, "", "python", f"def {name}()", "What it does.\n\nMore.")


def relation(source: Symbol, target: Symbol, file: str = "src/b.py", count: int = 2) -> Relation:
    return Relation("shop", "CALLS", source.id, target.id, file, 7, count, Resolution.EXACT, 0.5, "")


PAY, CART = symbol("pay"), symbol("cart", "src/b.py")
ANSWER = fit(
    Answer(
        "how is it paid", "mix", ("shop",), ("lexical",),
        entities=(Entity("shop", PAY, "What it does.", 1.0, ""), Entity("shop", CART, "", 0.5, "")),
        relations=(relation(CART, PAY),),
        passages=(Passage("shop", "src/a.py", 3, 9, "def pay(): ...", PAY, 1.0, {}, ""),),
    ),
    Budget(),
)  # fmt: skip


def test_defaults_are_lightrags() -> None:
    params = query_params({"mode": None, "unknown": 1})
    assert params == QueryParams()
    assert (params.mode, params.top_k, params.chunk_top_k) == ("mix", 40, 20)
    assert (params.max_entity_tokens, params.max_relation_tokens, params.max_total_tokens) == (6000, 8000, 30000)
    assert params.include_references
    assert params.stream is None
    given = query_params(
        {"conversation_history": [{"role": "user", "content": "a", "name": "x"}], "ll_keywords": ["b"]}
    )
    assert given.conversation_history == (Turn("user", "a"),)
    assert given.retrieved_by("q") == "q b"
    for mode in ("local", "global", "hybrid", "naive", "mix", "bypass"):
        assert query_params({"mode": mode}).mode == mode
    with pytest.raises(BadInput, match="no mode LOCAL"):
        query_params({"mode": "LOCAL"})


def test_rows_of_data() -> None:
    found = lightrag.data(ANSWER, QueryParams(), words=["paid"])
    assert found["status"] == "success"
    entity, other = found["data"]["entities"]
    assert entity == {
        "entity_name": "src/a.py::pay", "entity_type": "function", "description": "def pay()\nWhat it does.",
        "source_id": "src/a.py:3-9", "file_path": "src/a.py", "reference_id": "1",
    }  # fmt: skip
    assert other["reference_id"] == "2"
    assert found["data"]["relationships"] == [{
        "src_id": "src/b.py::cart", "tgt_id": "src/a.py::pay", "keywords": "calls", "weight": 2.0,
        "description": "src/b.py::cart calls src/a.py::pay (src/b.py:7)",
        "source_id": "src/b.py:7", "file_path": "src/b.py", "reference_id": "2",
    }]  # fmt: skip
    assert found["data"]["chunks"] == [{
        "reference_id": "1", "content": "def pay(): ...", "file_path": "src/a.py", "chunk_id": "src/a.py:3-9",
    }]  # fmt: skip
    assert found["data"]["references"] == [
        {"reference_id": "1", "file_path": "src/a.py"}, {"reference_id": "2", "file_path": "src/b.py"},
    ]  # fmt: skip
    assert found["metadata"]["keywords"] == {"high_level": [], "low_level": ["paid"]}
    assert found["metadata"]["processing_info"]["final_chunks_count"] == 1
    assert set(lightrag.bypassed()["data"]) == set(found["data"])


def test_what_was_given_stands_for_what_is_known() -> None:
    given = {"entity_type": "Service", "description": "Takes money.", "source_id": "wiki"}
    entity = lightrag.entity_row(ANSWER.entities[0], given)
    assert (entity["entity_type"], entity["source_id"], entity["reference_id"]) == ("Service", "wiki", "1")
    outside = ANSWER.entities[0]._replace(symbol=PAY._replace(file="", line=0), reference="")
    assert lightrag.entity_row(outside)["file_path"] == "unknown_source"
    own = lightrag.relation_row(ANSWER.relations[0]._replace(kind="pays for"))
    assert own["keywords"] == "pays for"


def test_references_with_what_they_quote() -> None:
    first, second = lightrag.references(ANSWER, content=True)
    assert first["content"] == ["def pay(): ..."]
    assert "content" not in second
    row = lightrag.response("text", ANSWER, QueryParams(include_references=False), seconds=0.1234, llm=True)
    assert row == {"response": "text", "references": None, "response_time": 0.123, "llm_generated": True}
    assert lightrag.references_line(ANSWER, QueryParams(include_references=False)) is None


def test_what_is_wanted_is_cut_before_it_is_numbered() -> None:
    kept = lightrag.limited(ANSWER, QueryParams(top_k=1, chunk_top_k=1))
    assert len(kept.entities) == len(kept.relations) == 1
    assert [one.id for one in kept.references] == ["1", "2"]
    assert lightrag.limited(ANSWER, QueryParams(max_entity_tokens=15)).entities == kept.entities
    nothing = lightrag.limited(ANSWER, QueryParams(), reserved=30_000)
    assert not nothing.found
    assert lightrag.data(nothing, QueryParams())["metadata"] == {"failure_reason": "no_results", "mode": "mix"}


def test_what_the_graph_says_comes_first() -> None:
    edge = Edge(EdgeKind.CALLS, CART.id, PAY.id, "src/b.py", (7, 9), 2, Resolution.EXACT)
    third = symbol("refund", "src/c.py")
    other = Edge(EdgeKind.CALLS, third.id, PAY.id, "src/c.py", (1,), 1, Resolution.INFERRED)
    hops = (Hop(CART, 1, Resolution.EXACT, (edge,)), Hop(third, 1, Resolution.INFERRED, (other,)))
    answer = replace(ANSWER, followed=(Followed("shop", "callers", Reached(PAY, "in", 1, 2, hops)),))
    found = lightrag.with_followed(answer)
    assert [one.symbol.name for one in found.entities] == ["pay", "cart", "refund"]
    assert [one.source for one in found.relations] == [CART.id, third.id]
    assert found.relations[0].line == 7
    assert lightrag.with_followed(ANSWER) == ANSWER

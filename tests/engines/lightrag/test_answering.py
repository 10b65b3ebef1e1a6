"""Questions that LightRAG retrieves for: every mode, back to the rows as they were given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from loomgraph.engines.lightrag.engine import LightRagEngine
from loomgraph.engines.lightrag.hosts import Hosts
from loomgraph.engines.testing import body, chunk, entity, field, relation
from loomgraph.retrieve.context import Budget
from loomgraph.retrieve.modes import Mode
from loomgraph.retrieve.search import Filter
from loomgraph.settings import EmbeddingSettings, LlmSettings
from tests.engines.lightrag.conftest import SETTINGS, opened
from tests.model_server import ModelServer, refusal, stream

LOGIN, CHECK = "src/auth.py::login", "src/check.py::check"
WITH = EmbeddingSettings()


@pytest.fixture
def engine(tmp_path: Path, hosts: Hosts) -> Iterator[LightRagEngine]:
    engine = opened(hosts, tmp_path)
    engine.insert_custom_kg(field())
    yield engine
    engine.close()


@pytest.mark.parametrize("mode", [Mode.LOCAL, Mode.GLOBAL, Mode.HYBRID, Mode.MIX])
def test_modes_of_the_graph_give_rows_with_directions_and_whole_paths(engine: LightRagEngine, mode: Mode) -> None:
    with engine.answering("shop", mode, WITH) as answerer:
        answer = answerer.ask("who checks a login")
    assert {LOGIN, CHECK} <= {one.symbol.id for one in answer.entities}
    kinds = {(one.source, one.kind.lower(), one.target) for one in answer.relations}
    assert {(LOGIN, "calls", CHECK), (CHECK, "imports", LOGIN)} <= kinds
    assert not any(one.source == one.target for one in answer.relations)
    assert {(one.file, one.start_line) for one in answer.passages} == {("src/auth.py", 1), ("src/check.py", 1)}
    assert [one.file for one in answer.references] == ["src/auth.py", "src/check.py"]
    assert answer.signals == ("lightrag",)


def test_naive_gives_texts_alone(engine: LightRagEngine) -> None:
    with engine.answering("shop", Mode.NAIVE, WITH) as answerer:
        answer = answerer.ask("def check")
        found = answerer.search("def check", top=1)
    assert (answer.entities, answer.relations) == ((), ())
    assert {one.text for one in answer.passages} == {"def login(): return check()", "def check(): ..."}
    assert [one.file for one in found.results] == ["src/check.py"]


def test_search_in_the_graph_gives_symbols(engine: LightRagEngine) -> None:
    with engine.answering("shop", Mode.LOCAL, WITH) as answerer:
        found = answerer.search("login")
        alone = answerer.search("check login", only=Filter(path="check"))
    assert LOGIN in [one.symbol.id for one in found.results if one.symbol]
    assert [one.file for one in alone.results] == ["src/check.py"]


def test_limits_hold(engine: LightRagEngine) -> None:
    with engine.answering("shop", Mode.MIX, WITH) as answerer:
        assert len(answerer.ask("login", top=1).entities) == 1
        assert answerer.ask("login", budget=Budget(0, 0, 0)).entities == ()
        only = answerer.ask("login", only=Filter(path="src/auth.py"))
    assert {one.file for one in only.passages} == {"src/auth.py"}
    assert [one.symbol.id for one in only.entities] == [LOGIN]


def test_nothing_is_found_in_nothing(tmp_path: Path, hosts: Hosts) -> None:
    engine = opened(hosts, tmp_path)
    for mode in Mode:
        with engine.answering("shop", mode, WITH) as answerer:
            assert not answerer.ask("anything at all").found
    engine.close()


def test_texts_of_one_source_and_of_equal_content_stay_apart(tmp_path: Path, hosts: Hosts) -> None:
    engine = opened(hosts, tmp_path)
    engine.insert_custom_kg(body(
        chunks=[chunk("licence text", "a/__init__.py"), chunk("licence text", "b/__init__.py"),
                chunk("second part", "a/__init__.py", chunk_order_index=1)],
        entities=[entity("A", source_id="a/__init__.py")], relationships=[relation("A", "B")],
    ))  # fmt: skip
    with engine.answering("shop", Mode.NAIVE, WITH) as answerer:
        passages = answerer.ask("licence text, second part").passages
    assert sorted((one.file, one.text) for one in passages) == [
        ("a/__init__.py", "licence text"), ("a/__init__.py", "second part"), ("b/__init__.py", "licence text"),
    ]  # fmt: skip
    engine.close()


def hosts_with(server: ModelServer) -> Hosts:
    return Hosts(SETTINGS, llm=LlmSettings(host=server.url, model="m"))


def test_a_language_model_finds_the_keywords_where_one_is_set(tmp_path: Path) -> None:
    words = '{"high_level_keywords": ["security"], "low_level_keywords": ["login"]}'
    with ModelServer(stream(words)) as server, hosts_with(server) as hosts:
        engine = opened(hosts, tmp_path)
        engine.insert_custom_kg(field())
        with engine.answering("shop", Mode.LOCAL, WITH) as answerer:
            answer = answerer.ask("is it safe?")
        engine.close()
    assert LOGIN in [one.symbol.id for one in answer.entities]
    (asked,) = server.asked
    assert "is it safe?" in asked.body["messages"][-1]["content"]
    assert answer.notes == ()


def test_a_language_model_that_fails_leaves_the_questions_own_words(tmp_path: Path) -> None:
    with ModelServer(refusal(400, "out of order")) as server, hosts_with(server) as hosts:
        engine = opened(hosts, tmp_path)
        engine.insert_custom_kg(field())
        with engine.answering("shop", Mode.LOCAL, WITH) as answerer:
            answer = answerer.ask("login")
        engine.close()
    assert LOGIN in [one.symbol.id for one in answer.entities]
    assert "out of order" in answer.notes[0]

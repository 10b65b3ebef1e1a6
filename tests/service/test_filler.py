"""Vectors that a server makes after its answer: those of any other way, whatever breaks off, by turns, by one alone."""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loomgraph import settings
from loomgraph.engines.places import VECTORS
from loomgraph.errors import UpdateRunning
from loomgraph.service import Service
from loomgraph.service.filler import Filler
from loomgraph.service.serving import LongService, open_service
from loomgraph.service.wanted import Wanted
from loomgraph.settings import Settings
from loomgraph.store.base import Update
from tests.model_server import ModelServer, refusal

WORDS = ["parse", "the", "header", "of", "a", "session", "and", "sign", "what", "is", "left", "with", "keys"]


TWICE = 6000  # entities whose vectors are written in more than one update


def body(count: int = 2600, name: str = "one") -> bytes:
    """More rows than an insert makes vectors of before it ends, when others may make them."""
    entities = [
        {"entity_name": f"{name}_{WORDS[at % 13]}_{at}", "entity_type": "function",
         "source_id": f"src/{at % 50}.py:{at}", "description": " ".join(WORDS[at % 7 : at % 11 + 3]) if at % 3 else ""}
        for at in range(count)
    ]  # fmt: skip
    relations = [
        {"src_id": entities[at]["entity_name"], "tgt_id": entities[at * 7 % count]["entity_name"], "keywords": "calls",
         "description": "asks it", "source_id": f"src/{at % 50}.py:{at}"} for at in range(count)
    ]  # fmt: skip
    chunks = [{"content": f"def {WORDS[at % 13]}(): ...", "source_id": f"src/{at}.py"} for at in range(50)]
    kg = {"entities": entities, "relationships": relations, "chunks": chunks}
    return json.dumps({"custom_kg": kg}).encode()


def one(name: str) -> bytes:
    return json.dumps({"custom_kg": {"entities": [{"entity_name": name, "description": "a session"}]}}).encode()


def given(data: Path, **more: str) -> Settings:
    return settings.load({"HOME": str(data), "LOOMGRAPH_DATA_DIR": str(data), **more})


def remote(data: Path, server: ModelServer, **more: str) -> Settings:
    return given(
        data, EMBEDDING_BINDING="openai", EMBEDDING_BINDING_HOST=server.url, EMBEDDING_MODEL="jina",
        LOOMGRAPH_EMBEDDING_RETRIES="0", **more,
    )  # fmt: skip


def fillers() -> set[threading.Thread]:
    """The threads that see to vectors; a server that other tests of this process share may have one."""
    return {thread for thread in threading.enumerate() if thread.name == "vectors"}


@pytest.fixture
def opened() -> Iterator[Callable[[Settings], LongService]]:
    """Opens services as a server does; they end with the test."""
    found: list[LongService] = []
    before = fillers()

    def one_more(settings: Settings) -> LongService:
        found.append(open_service(settings, later=True))
        return found[-1]

    yield one_more
    for service in found:
        service.close()
    assert fillers() <= before


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def missing(service: Service, project: str) -> int:
    return service.health(project).without_vectors


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def held(service: Service, project: str) -> tuple[dict[str, str], dict[str, bytes]]:
    with service.reading(project) as (_, reader):
        return reader.meta(), dict(reader.vectors())


def test_vectors_that_follow_are_those_that_come_with_an_insert(
    tmp_path: Path, opened: Callable[[Settings], LongService]
) -> None:
    at_once = Service(given(tmp_path / "at_once"), tmp_path)
    assert at_once.insert_custom_kg("large", body()).notes == ()
    wanted = held(at_once, "large")
    assert len(wanted[1]) == 50

    service = opened(given(tmp_path / "later"))
    found = service.insert_custom_kg("large", body())
    assert "vectors follow" in found.notes[0]
    assert missing(service, "large") == 50
    assert service.index_status(project="large").without_vectors == 50
    hits = service.search("sign the session", projects=["large"])
    assert len(hits.results) > 5
    assert any("50 files have no vectors yet" in note for note in hits.notes)
    until(lambda: not missing(service, "large"))
    assert held(service, "large") == wanted
    until(lambda: not service.filling().projects)
    assert Wanted(tmp_path / "later").projects() == []
    assert list((tmp_path / "later/large/vectors").glob("base-*.vec"))  # before anybody asks
    assert service.search("sign the session", projects=["large"]).notes == ()


def test_a_small_insert_has_its_vectors_at_once(tmp_path: Path, opened: Callable[[Settings], LongService]) -> None:
    service = opened(given(tmp_path))
    assert service.insert_custom_kg("small", one("Cart")).notes == ()
    assert missing(service, "small") == 0
    assert not (tmp_path / ".filling").exists()


def test_what_changes_nothing_speaks_of_no_vectors(
    tmp_path: Path, server: ModelServer, opened: Callable[[Settings], LongService]
) -> None:
    service = opened(remote(tmp_path / "data", server))
    (tmp_path / "code").mkdir()
    (tmp_path / "code/a.py").write_text("def a(): ...\n")
    assert "vectors follow" in service.index(str(tmp_path / "code"), project="code").notes[0]
    until(lambda: not missing(service, "code"))
    assert service.index(str(tmp_path / "code"), project="code").notes == ()
    assert service.insert_custom_kg("code", one("b")).notes != ()
    until(lambda: not missing(service, "code"))
    assert service.insert_custom_kg("code", one("b")).notes == ()


def test_what_a_server_left_the_next_one_goes_on_with(
    tmp_path: Path, opened: Callable[[Settings], LongService]
) -> None:
    first = open_service(given(tmp_path), later=True)
    first.insert_custom_kg("large", body(TWICE))
    first.close()
    assert Wanted(tmp_path).projects() == ["large"]
    second = opened(given(tmp_path))
    assert missing(second, "large") > 0
    second.fill_vectors()
    until(lambda: not missing(second, "large"))


def test_what_nobody_noted_is_seen_to_after_the_first_question(
    tmp_path: Path, opened: Callable[[Settings], LongService]
) -> None:
    first = open_service(given(tmp_path), later=True)
    first.insert_custom_kg("large", body(TWICE))
    first.close()
    Wanted(tmp_path).forget("large")
    second = opened(given(tmp_path))
    second.fill_vectors()
    assert second.search("session", projects=["large"]).results
    until(lambda: not missing(second, "large"))


def test_the_command_makes_what_a_server_left(tmp_path: Path) -> None:
    service = open_service(given(tmp_path), later=True)
    service.insert_custom_kg("large", body(TWICE))
    service.close()
    alone = Service(given(tmp_path), tmp_path)
    assert missing(alone, "large") > 0
    done = alone.embed("large")
    assert (done.files > 0, done.missing) == (True, 0)
    assert missing(alone, "large") == 0


def test_inserts_into_a_project_that_is_filled_are_kept_and_filled_too(
    tmp_path: Path, opened: Callable[[Settings], LongService]
) -> None:
    service = opened(given(tmp_path))
    service.insert_custom_kg("large", body(TWICE))
    for at in range(10):
        service.insert_custom_kg("large", body(2600, f"more{at}") if at == 5 else one(f"small{at}"))
    until(lambda: not missing(service, "large"))
    with service.graph("large") as graph:
        names = set(graph.labels())
    assert {f"small{at}" for at in range(10) if at != 5} < names
    assert sum(name.startswith("more5_") for name in names) == 2600
    at_once = Service(given(tmp_path / "at_once"), tmp_path)
    at_once.insert_custom_kg("large", body(TWICE))
    for at in range(10):
        at_once.insert_custom_kg("large", body(2600, f"more{at}") if at == 5 else one(f"small{at}"))
    assert held(service, "large")[1] == held(at_once, "large")[1]


def test_no_vector_is_of_what_a_file_said_before(tmp_path: Path, opened: Callable[[Settings], LongService]) -> None:
    """Files change all the time while they are filled: what is there in the end was made of what they say then."""
    dice = random.Random(7)
    service = opened(given(tmp_path))
    for step in range(20):
        kind = dice.choice(["large", "small", "small", "delete", "clear"] if step % 5 else ["large"])
        if kind == "large":
            service.insert_custom_kg("p", body(name=f"x{step}"))
        elif kind == "small":
            row = {"entity_name": f"x{step}", "description": "a step", "source_id": f"src/{dice.randrange(50)}.py"}
            service.insert_custom_kg("p", json.dumps({"custom_kg": {"entities": [row]}}).encode())
        elif kind == "delete":
            service.delete_by_source("p", [f"src/{dice.randrange(50)}.py"])
        else:
            with contextlib.suppress(UpdateRunning):
                service.clear_project("p")
    service.insert_custom_kg("p", body(name="last"))
    until(lambda: not missing(service, "p"))
    until(lambda: not service.filling().projects)
    found = held(service, "p")[1]
    assert len(found) == 50
    with service.engines.lease("p") as engine:
        engine.replace(Update(vectors=dict.fromkeys(found, b"")))
        assert engine.embed(lambda *_: None).files == 50
    assert held(service, "p")[1] == found


def test_several_servers_on_one_folder_ask_for_nothing_twice(
    tmp_path: Path, server: ModelServer, opened: Callable[[Settings], LongService]
) -> None:
    both = [opened(remote(tmp_path, server, LOOMGRAPH_EMBEDDING_CACHE_MB="0")) for _ in range(2)]
    for service in both:
        service.fill_vectors()
    both[0].insert_custom_kg("large", body())
    for at in range(6):
        both[at % 2].insert_custom_kg(f"p{at}", one(f"thing {at}"))
    names = ["large", *(f"p{at}" for at in range(6))]
    until(lambda: not any(missing(both[0], name) for name in names))
    texts = [text for asked in server.asked for text in asked.body["input"]]
    assert len(texts) == len(set(texts)) >= 2656


def test_while_somebody_else_fills_a_project_others_have_their_turn(
    tmp_path: Path, server: ModelServer, opened: Callable[[Settings], LongService]
) -> None:
    service = opened(remote(tmp_path, server))
    service.create_project("busy")
    with service.find_project("busy").place.alone(what=VECTORS):
        service.insert_custom_kg("busy", one("a"))
        service.insert_custom_kg("idle", one("b"))
        until(lambda: not missing(service, "idle"))
        assert missing(service, "busy") == 1
    until(lambda: not missing(service, "busy"))


def test_a_server_of_models_that_is_down_is_left_alone_and_tried_again(
    tmp_path: Path, server: ModelServer, opened: Callable[[Settings], LongService], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.embed = lambda body: refusal(500, "out of order")
    service = opened(remote(tmp_path, server))
    began = time.monotonic()
    assert "vectors follow" in service.insert_custom_kg("one", one("a")).notes[0]
    service.insert_custom_kg("two", one("b"))
    assert time.monotonic() - began < 30  # nobody waits for it
    until(lambda: service.filling().models)
    assert "out of order" in service.filling().models
    assert len(server.asked) == 1
    monkeypatch.setattr("loomgraph.service.filler._FIRST", 0.01)
    server.embed = server._embeddings
    until(lambda: not (missing(service, "one") or missing(service, "two")))
    until(lambda: not service.filling().models)


def test_a_project_that_fails_stops_no_other(
    tmp_path: Path, server: ModelServer, opened: Callable[[Settings], LongService]
) -> None:
    Service(remote(tmp_path, server), tmp_path).insert_custom_kg("broken", one("a"))
    (tmp_path / "broken/graph.db").write_bytes(b"this is no graph" * 1000)
    service = opened(remote(tmp_path, server))
    Wanted(tmp_path).add("broken")
    Wanted(tmp_path).add("gone")
    service.insert_custom_kg("well", one("b"))
    until(lambda: not missing(service, "well"))
    until(lambda: Wanted(tmp_path).projects() == ["broken"])
    until(lambda: service.filling().failing == 1)
    assert service.filling().models == ""


def test_a_project_that_is_deleted_while_it_is_filled_is_forgotten(
    tmp_path: Path, opened: Callable[[Settings], LongService], caplog: pytest.LogCaptureFixture
) -> None:
    service = opened(given(tmp_path))
    service.insert_custom_kg("large", body(3 * TWICE))
    until(lambda: 0 < service.filling().files < 50)  # the first of its vectors are in
    service.delete_project("large")
    until(lambda: Wanted(tmp_path).projects() == [])
    service.insert_custom_kg("large", one("of the same name"))
    assert missing(service, "large") == 0
    assert not [record for record in caplog.records if record.name.startswith("loomgraph")]


def test_a_project_of_another_dimension_holds_up_no_other(
    tmp_path: Path, server: ModelServer, opened: Callable[[Settings], LongService]
) -> None:
    first = Service(remote(tmp_path, server), tmp_path)
    first.insert_custom_kg("old", one("a"))
    server.dimension = 4
    service = opened(remote(tmp_path, server))
    service.insert_custom_kg("old", one("b"))
    until(lambda: service.filling().failing == 1)
    service.insert_custom_kg("new", one("c"))
    until(lambda: not missing(service, "new"))
    assert service.filling().models == ""
    assert missing(service, "old") == 1


def test_a_filler_that_has_nothing_to_do_ends_at_once(tmp_path: Path) -> None:
    before = fillers()
    service = open_service(given(tmp_path), later=True)
    service.fill_vectors()
    filler = Filler(service.settings, service.catalog)
    filler.start()
    began = time.monotonic()
    filler.close()
    filler.close()
    filler.start()  # too late: nobody would end it
    service.close()
    assert time.monotonic() - began < 5
    assert fillers() <= before


def test_a_renamed_project_is_filled_by_its_new_name(tmp_path: Path) -> None:
    service = open_service(given(tmp_path), later=True)
    service.insert_custom_kg("large", body(TWICE))
    service.close()
    Service(given(tmp_path), tmp_path).rename_project("large", "huge")
    assert Wanted(tmp_path).projects() == ["huge"]


def test_what_is_noted_while_it_is_taken_is_looked_at_again(tmp_path: Path) -> None:
    wanted = Wanted(tmp_path)
    assert wanted.projects() == []
    wanted.add("b")
    wanted.add("a")
    wanted.take("a")
    assert wanted.projects() == ["a", "b"]  # no process that dies in the middle forgets it
    wanted.add("a")
    wanted.done("a")
    assert wanted.projects() == ["a", "b"]
    wanted.take("a")
    wanted.done("a")
    wanted.forget("b")
    wanted.forget("c")
    assert wanted.projects() == []

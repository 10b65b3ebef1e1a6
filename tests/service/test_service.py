"""The service: plain data in and out, whoever calls it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from loomgraph import settings
from loomgraph.errors import (
    BadInput,
    IndexInterrupted,
    NoProjectHere,
    NothingIndexed,
    NothingToIndex,
    UnknownProject,
    response_to,
)
from loomgraph.model import Symbol, SymbolKind
from loomgraph.service import Service


@pytest.fixture
def service(tmp_path: Path) -> Service:
    code = tmp_path / "code"
    code.mkdir()
    (code / "a.py").write_text("def f():\n    return g()\n\n\ndef g():\n    return 1\n")
    given = {"HOME": str(tmp_path), "LOOMGRAPH_DATA_DIR": str(tmp_path / "data")}
    return Service(settings.load(given), code)


def test_progress_is_told_phase_by_phase(service: Service) -> None:
    told: list[tuple[str, int, int]] = []
    service.index(".", progress=lambda phase, done, total: told.append((phase, done, total)))
    phases = list(dict.fromkeys(phase for phase, _, _ in told))
    assert phases[0] == "walk"
    assert {"read", "resolve", "store"} <= set(phases)
    assert all(done <= total or not total for _, done, total in told)


def test_every_answer_is_json(service: Service) -> None:
    answers = [
        service.index("."), service.stats(), service.projects(), service.doctor(), service.find("f"), service.show("f"),
        service.callers("g"), service.callees("f"), service.path("f", "g"), service.impact(["a.py"]),
        service.hierarchy("f"), service.cycles(), service.unused(),
    ]  # fmt: skip
    for answer in answers:
        plain = service.plain(answer)
        assert json.loads(json.dumps(plain)) == plain


def test_flags_are_words(service: Service) -> None:
    plain = service.plain(Symbol("t.py::t", SymbolKind.FUNCTION, "t", "t.py", 1, 2, 1, "t.py", "python", flags=1 | 16))
    assert isinstance(plain, dict)
    assert plain["flags"] == ["test", "async"]
    assert plain["kind"] == "function"


def test_a_first_index_that_fails_leaves_no_project(service: Service, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(NothingToIndex):
        service.index(str(empty))

    def stop(phase: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        service.index(".", progress=stop)
    assert service.projects() == []
    assert [path.name for path in (tmp_path / "data").iterdir()] == [".projects.lock"]


def test_an_interrupted_first_index_leaves_what_it_read_and_says_so(service: Service) -> None:
    def stop(phase: str, done: int, total: int) -> None:
        if phase == "resolve":
            raise KeyboardInterrupt

    with pytest.raises(IndexInterrupted, match="1 of 1 files are read and kept") as caught:
        service.index(".", progress=stop)
    assert response_to(caught.value).exit == 130
    for ask in (service.stats, partial(service.callers, "g"), partial(service.search, "g"), service.cycles):
        with pytest.raises(NothingIndexed, match="loomgraph index"):
            ask()
    assert [info.name for info in service.projects()] == ["code"]
    assert service.index(".").added == 1
    assert service.callers("g").total == 1


def test_an_update_that_is_interrupted_leaves_the_graph(service: Service) -> None:
    service.index(".")
    before = service.plain(service.callers("g"))
    (service.here / "a.py").write_text("def g():\n    return 2\n")

    def stop(phase: str, done: int, total: int) -> None:
        if phase == "resolve":
            raise KeyboardInterrupt

    with pytest.raises(IndexInterrupted):
        service.index(".", progress=stop)
    assert service.plain(service.callers("g")) == before


def test_the_setting_names_the_project(service: Service, tmp_path: Path) -> None:
    given = {"HOME": str(tmp_path), "LOOMGRAPH_DATA_DIR": str(tmp_path / "data"), "LOOMGRAPH_PROJECT": "mine"}
    named = Service(settings.load(given), service.here)
    assert named.index(".").project == "mine"
    assert named.index(".").new is False
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.py").write_text("x = 1\n")
    assert named.index(str(other)).project == "other"
    assert named.stats().project == "mine"


def test_imports_need_a_name_and_files_must_be_there(service: Service) -> None:
    with pytest.raises(BadInput, match="--project"):
        service.import_graph("a.json")
    with pytest.raises(BadInput, match="cannot be read"):
        service.import_graph("a.json", project="x")
    with pytest.raises(UnknownProject):
        service.project("x")
    with pytest.raises(NoProjectHere):
        service.stats()


def test_an_imported_project_answers_but_has_no_folder(service: Service, tmp_path: Path) -> None:
    service.index(".", project="first")
    service.export_to(str(tmp_path / "g.jsonl"), "jsonl", project="first")
    service.import_graph(str(tmp_path / "g.jsonl"), project="copy")
    assert service.plain(service.callers("g", project="copy")) == service.plain(service.callers("g", project="first"))
    assert [hop.symbol.name for hop in service.impact(["a.py"], project="copy", depth=1).affected] == []
    with pytest.raises(BadInput, match="imported"):
        service.impact(project="copy")

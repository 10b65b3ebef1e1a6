"""Projects copied between files and databases, there and back: nothing lost, nothing left of what fails."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from loomgraph.engines.testing import field
from loomgraph.errors import BadInput, ProjectTaken, StoreError, UnknownProject
from loomgraph.service import Service
from loomgraph.settings import Settings, StoringSettings
from loomgraph.settings.storing import LIGHTRAG
from loomgraph.settings.values import Address
from loomgraph.store.postgres import PostgresStore

CODE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "shop"
FORMATS = ("jsonl", "edges", "custom-kg", "graphml")
Open = Callable[[str], Service]


@pytest.fixture(params=["postgres_plain", "postgres_vector"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with request.getfixturevalue(request.param).database() as found:
        yield found


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens the service of a data folder, or of a database."""
    with contextlib.ExitStack() as stack:

        def open_service(place: str) -> Service:
            storing = StoringSettings(store=Address(place)) if "://" in place else StoringSettings()
            folder = tmp_path / "files of databases" if "://" in place else Path(place)
            settings = replace(Settings(data_dir=folder), storing=storing)
            service = Service(settings, tmp_path)
            stack.callback(service.close)
            return service

        yield open_service


def exports(service: Service, name: str) -> dict[str, str]:
    """A project in every format, to the last byte."""
    found = {}
    for one in FORMATS:
        with service.export(one, project=name, externals=True) as lines:
            found[one] = "".join(lines)
    return found


def test_there_and_back_loses_nothing(opened: Open, url: str, tmp_path: Path) -> None:
    here = opened(str(tmp_path / "here"))
    here.index(str(CODE), project="shop")
    with here.engines.lease("shop") as engine:
        engine.insert_custom_kg(field())
    copied = here.copy_project("shop", url)
    assert (copied.project, copied.copy) == ("shop", "shop")
    there = opened(url)
    back = there.copy_project("shop", str(tmp_path / "back"), "shop-again")
    assert (back.files, back.symbols, back.edges) == (copied.files, copied.symbols, copied.edges)
    again = opened(str(tmp_path / "back"))
    before = exports(here, "shop")
    assert len(before["jsonl"]) > 10_000
    assert before == exports(there, "shop") == exports(again, "shop-again")
    info = here.project("shop")
    for service, name in ((there, "shop"), (again, "shop-again")):
        assert (service.project(name).root, service.project(name).created) == (info.root, info.created)


def test_a_copy_goes_on_where_the_original_was(opened: Open, url: str, tmp_path: Path) -> None:
    """Facts, the manifest and what files depend on came along: an update reads what changed and nothing else."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "a.py").write_text("from b import g\n\n\ndef f():\n    return g()\n")
    (code / "b.py").write_text("def g():\n    return 1\n")
    here, there = opened(str(tmp_path / "here")), opened(url)
    here.index(str(code), project="shop")
    here.copy_project("shop", url)
    assert there.index(str(code), project="shop").up_to_date
    (code / "b.py").write_text("def h():\n    return 1\n")
    done = [service.index(str(code), project="shop") for service in (here, there)]
    assert [(one.changed, one.unchanged, one.resolved) for one in done] == [(1, 1, 2)] * 2
    assert exports(here, "shop") == exports(there, "shop")


def test_a_name_that_is_taken_is_left_alone(opened: Open, url: str, tmp_path: Path) -> None:
    here, there = opened(str(tmp_path / "here")), opened(url)
    here.index(str(CODE), project="shop")
    there.create_project("Shop")
    with pytest.raises(ProjectTaken):
        here.copy_project("shop", url)
    assert [(one.name, one.symbols) for one in there.projects()] == [("Shop", 0)]
    with pytest.raises(ProjectTaken):
        here.copy_project("shop", str(tmp_path / "here"))
    assert here.copy_project("shop", str(tmp_path / "here"), "twin").copy == "twin"
    assert exports(here, "shop") == exports(here, "twin")


def test_nothing_is_left_of_a_copy_that_fails(
    opened: Open, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = opened(str(tmp_path / "here")), opened(url)
    here.index(str(CODE), project="shop")

    def broken(*_: object) -> int:
        raise StoreError(path="there", reason="the disk is gone")

    monkeypatch.setattr(PostgresStore, "apply", broken)
    with pytest.raises(StoreError, match="the disk is gone"):
        here.copy_project("shop", url)
    assert there.projects() == []


@pytest.mark.parametrize("to", ["", "  ", "mysql://host/db", "postgresql://host:port/db"])
def test_places_that_are_none(opened: Open, tmp_path: Path, to: str) -> None:
    here = opened(str(tmp_path / "here"))
    here.create_project("shop")
    with pytest.raises(BadInput, match="--to"):
        here.copy_project("shop", to)


def test_a_copy_has_the_engine_of_its_original(opened: Open, tmp_path: Path) -> None:
    here = opened(str(tmp_path / "here"))
    with pytest.raises(UnknownProject):
        here.copy_project("none", str(tmp_path / "there"))
    assert not (tmp_path / "there").exists()
    here.create_project("mirror", LIGHTRAG)
    here.copy_project("mirror", str(tmp_path / "there"))
    assert opened(str(tmp_path / "there")).project("mirror").engine == LIGHTRAG


def test_a_password_is_in_no_answer_and_no_error(opened: Open, tmp_path: Path) -> None:
    here = opened(str(tmp_path / "here"))
    here.create_project("shop")
    with pytest.raises(StoreError) as caught:
        here.copy_project("shop", "postgresql://me:hunter2@127.0.0.1:1/nothing?connect_timeout=2")
    assert "hunter2" not in str(caught.value) + repr(vars(caught.value))
    assert "127.0.0.1" in str(caught.value)

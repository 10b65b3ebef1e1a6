"""The manager: one engine a project, kept while useful, never closed while held."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from loomgraph.errors import (
    GraphChanged,
    GraphDamaged,
    GraphMissing,
    InvalidProjectName,
    ServerBusy,
    StoreUnwritable,
    UnknownProject,
    response_to,
)

from .fakes import Clock, Garage, folders_of, manager_of


def test_an_engine_is_opened_once_and_kept(tmp_path: Path) -> None:
    garage = Garage()
    manager = manager_of(folders_of(tmp_path, "a"), garage)
    with manager.lease("a") as first, manager.lease("a") as second:
        assert first is second
    with manager.lease("a") as third:
        assert third is first
    assert not first.closed
    manager.close()
    assert first.closed
    assert manager.report().opened == 1


def test_many_who_ask_at_once_get_one_engine(tmp_path: Path) -> None:
    garage, everybody = Garage(), threading.Barrier(8)
    manager = manager_of(folders_of(tmp_path, "a"), garage)
    arrived = threading.Semaphore(0)

    def slow(_: str) -> None:
        for _ in range(7):  # until the others have asked, too
            assert arrived.acquire(timeout=10)

    garage.before_opening = slow

    def ask() -> object:
        everybody.wait(10)
        with ExitStack() as stack:
            arrived.release()
            return stack.enter_context(manager.lease("a"))

    with ThreadPoolExecutor(8) as pool:
        assert len({id(one.result()) for one in [pool.submit(ask) for _ in range(8)]}) == 1
    assert len(garage.engines) == 1
    manager.close()


def test_those_who_wait_for_an_engine_that_cannot_be_opened_hear_why_and_it_can_be_tried_again(tmp_path: Path) -> None:
    garage, opening, go_on = Garage(), threading.Event(), threading.Event()
    garage.broken.add("a")
    manager = manager_of(folders_of(tmp_path, "a"), garage)

    def wait(_: str) -> None:
        opening.set()
        assert go_on.wait(10)

    garage.before_opening = wait

    def ask() -> None:
        with manager.lease("a"):
            raise AssertionError("it cannot be opened")

    with ThreadPoolExecutor(3) as pool:
        late = [pool.submit(ask)]
        assert opening.wait(10)
        late += [pool.submit(ask) for _ in range(2)]
        go_on.set()
        errors = [one.exception(10) for one in late]
    assert all(isinstance(error, GraphDamaged) for error in errors)
    assert len({id(error) for error in errors}) == 3  # each thread gets an error of its own
    garage.broken.clear()
    with manager.lease("a") as engine:
        assert not engine.closed
    manager.close()


def test_the_least_recently_used_makes_way(tmp_path: Path) -> None:
    garage = Garage()
    manager = manager_of(folders_of(tmp_path, "a", "b", "c"), garage, max_open=2)
    for name in ("a", "b", "a", "c", "a"):
        with manager.lease(name):
            pass
    assert [engine.project.name for engine in garage.engines] == ["a", "b", "c"]
    assert [engine.closed for engine in garage.engines] == [False, True, False]
    assert garage.most == 2
    assert manager.report().evicted_count == 1
    manager.close()


def test_what_somebody_holds_stays_and_who_comes_too_many_is_told_to_come_back(tmp_path: Path) -> None:
    garage = Garage()
    manager = manager_of(folders_of(tmp_path, "a", "b", "c"), garage, max_open=2)
    with manager.lease("a") as a, manager.lease("b") as b:
        with pytest.raises(ServerBusy, match="2 projects") as busy, manager.lease("c"):
            pass
        with manager.lease("a") as again:  # what is open can be had
            assert again is a
        assert not a.closed
        assert not b.closed
    assert response_to(busy.value).http == 503
    assert busy.value.retry_after > 0
    assert manager.report().refused == 1
    with manager.lease("c"):
        pass
    manager.close()


def test_who_comes_too_many_may_wait_a_moment(tmp_path: Path) -> None:
    garage = Garage()
    manager = manager_of(folders_of(tmp_path, "a", "b"), garage, max_open=1, patience=30)

    def ask() -> str:
        with manager.lease("b") as engine:
            return engine.project.name

    with ThreadPoolExecutor(1) as pool:
        with manager.lease("a"):
            waiting = pool.submit(ask)
            with pytest.raises(TimeoutError):
                waiting.result(0.05)
        assert waiting.result(20) == "b"
    assert garage.most == 1
    manager.close()


def test_what_nobody_used_for_long_is_closed(tmp_path: Path) -> None:
    garage, clock = Garage(), Clock()
    manager = manager_of(folders_of(tmp_path, "a", "b", "c"), garage, clock=clock, idle=10_000)
    with manager.lease("a"):
        clock.now = 5_000
        with manager.lease("b"):
            pass
        clock.now = 14_999
        assert manager.sweep() == 0
        clock.now = 15_000
        assert manager.sweep() == 1  # b; somebody holds a
        assert [engine.closed for engine in garage.engines] == [False, True]
    assert manager.sweep() == 0  # a was used until now
    clock.now = 25_000
    assert manager.sweep() == 1
    assert manager.report().evicted_idle == 2
    manager.close()


def test_the_memory_budget_holds_by_what_engines_report(tmp_path: Path) -> None:
    garage = Garage()
    garage.sizes = {"a": 40, "b": 40, "c": 40}
    manager = manager_of(folders_of(tmp_path, "a", "b", "c", "d"), garage, memory_budget=100)
    for name in ("a", "b", "c"):
        with manager.lease(name):
            pass
    assert [engine.closed for engine in garage.engines] == [True, False, False]
    with manager.lease("b") as b:
        b.size = 90  # it grew under questions
    assert [engine.closed for engine in garage.engines] == [True, False, True]
    with manager.lease("b") as b:
        b.size = 200
        assert manager.sweep() == 0  # somebody holds it
    assert b.closed
    garage.sizes["d"] = 300
    with manager.lease("d") as d, pytest.raises(ServerBusy), manager.lease("a"):
        pass
    assert d.closed
    assert manager.report().evicted_memory == 4
    manager.close()


def test_the_systems_word_counts_when_engines_report_too_little(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    garage, grown = Garage(), [0]
    garage.sizes = dict.fromkeys("abc", 20)
    manager = manager_of(folders_of(tmp_path, "a", "b", "c"), garage, memory_budget=100, grown=lambda: grown[0])
    with manager.lease("a"):
        grown[0] = 90
    with caplog.at_level(logging.WARNING), manager.lease("b"):
        grown[0] = 150
        assert garage.engines[0].closed or manager.sweep() == 1
    assert [engine.closed for engine in garage.engines] == [True, False]  # b alone: four times 20 is within 100
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    manager.close()


def test_names_are_checked_and_unknown_projects_make_nothing(tmp_path: Path) -> None:
    garage = Garage()
    folders = folders_of(tmp_path, "a")
    (tmp_path / "plain").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    manager = manager_of(folders, garage)
    for name in ("b", "A", "plain", "link"):
        with pytest.raises(UnknownProject), manager.lease(name, create=True):
            pass
    for name in ("../a", "", "a/b", "NUL", "com1", "a\0", "ａ", ".", ".projects.lock"):
        with pytest.raises(InvalidProjectName), manager.lease(name, create=True):
            pass
    assert not garage.engines
    manager.close()


def test_a_project_that_went_away_is_let_go_of(tmp_path: Path) -> None:
    garage = Garage()
    folders = folders_of(tmp_path, "a")
    manager = manager_of(folders, garage)
    with manager.lease("a"):
        pass
    folders.delete("a")
    with pytest.raises(UnknownProject), manager.lease("a"):
        pass
    assert garage.engines[0].closed
    manager.close()


def test_a_project_that_goes_away_while_it_is_opened_is_unknown_or_the_new_one(tmp_path: Path) -> None:
    garage = Garage()
    folders = folders_of(tmp_path, "a", "b")
    manager = manager_of(folders, garage)
    garage.before_opening = folders.delete
    with pytest.raises(UnknownProject), manager.lease("a"):
        pass

    def replace(name: str) -> None:
        garage.before_opening = lambda _: None
        folders.delete(name)
        raise GraphMissing(path=name)

    def replace_and_make(name: str) -> None:
        try:
            replace(name)
        finally:
            folders.create(name, "", "")

    garage.before_opening = replace_and_make
    with manager.lease("b") as b:
        assert b.made == (tmp_path / "b" / "project.json").stat().st_ino
    manager.close()


def test_a_graph_whose_project_goes_away_during_a_lease_is_unknown_or_changed(tmp_path: Path) -> None:
    folders = folders_of(tmp_path, "a", "b", "c")
    manager = manager_of(folders, Garage())

    def fail_after(*doings: Callable[[], object]) -> None:
        for doing in doings:
            doing()
        raise StoreUnwritable(path="", reason="disk I/O error")

    with pytest.raises(UnknownProject), manager.lease("a"):
        fail_after(lambda: folders.delete("a"))
    with pytest.raises(GraphChanged), manager.lease("b"):
        fail_after(lambda: folders.delete("b"), lambda: folders.create("b", "", ""))
    with pytest.raises(StoreUnwritable), manager.lease("c"):
        fail_after()
    manager.close()


def test_another_project_of_the_same_name_is_another(tmp_path: Path) -> None:
    garage = Garage()
    folders = folders_of(tmp_path, "a", "b")
    manager = manager_of(folders, garage)
    with manager.lease("a") as old:
        folders.delete("a")
        folders.create("a", "", "")
        with manager.lease("a") as new:
            assert new is not old
            assert not old.closed  # somebody holds it
        with manager.lease("b") as b:
            folders.rename("b", "c")
            with manager.lease("c") as c:
                assert c is not b
    assert old.closed
    assert not new.closed
    manager.close()
    assert all(engine.closed for engine in garage.engines)


def test_a_graph_made_anew_is_opened_anew(tmp_path: Path) -> None:
    garage = Garage()
    manager = manager_of(folders_of(tmp_path, "a"), garage)
    with manager.lease("a") as old:
        pass
    with manager.lease("a", rebuild=True) as new:
        assert new is not old
        assert old.closed
    manager.forget("a")
    assert new.closed
    manager.forget("a")  # there is nothing to forget any more
    manager.close()


def test_closing_waits_for_leases_and_refuses_new_ones(tmp_path: Path) -> None:
    garage, held, go_on = Garage(), threading.Event(), threading.Event()
    manager = manager_of(folders_of(tmp_path, "a", "b"), garage, idle=100)

    def hold() -> bool:
        with manager.lease("a") as engine:
            held.set()
            assert go_on.wait(10)
            return engine.closed

    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(hold)
        assert held.wait(10)
        closing = pool.submit(manager.close)
        while True:
            try:
                with manager.lease("b"):
                    pass
            except ServerBusy:
                break
        go_on.set()
        assert holding.result(10) is False
        closing.result(10)
    assert all(engine.closed for engine in garage.engines)


def test_a_lease_that_outlasts_the_closing_closes_its_engine_itself(tmp_path: Path) -> None:
    manager = manager_of(folders_of(tmp_path, "a"), Garage())
    with manager.lease("a") as engine:
        manager.close(grace=0.01)
        assert not engine.closed
    assert engine.closed

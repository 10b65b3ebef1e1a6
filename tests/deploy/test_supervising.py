"""All processes at once, and the watch: what dies begins again, ever later; what was stopped rests."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from dataclasses import replace

import pytest

from loomgraph.deploy import processes, running, supervising
from loomgraph.errors import PortInUse, SomeFailed, UnknownInstance, WatchRuns
from tests.deploy.conftest import SERVES, fake_program


@pytest.fixture
def two(deploy, tmp_path):
    return deploy({"shop": "loomgraph", "till": "loomgraph"}, program=fake_program(tmp_path, SERVES))


def kill(instance) -> None:
    process = running.noted(instance).process
    os.kill(process.pid, signal.SIGKILL)
    processes.end(process, 5)


def watched(deployment, *names):
    told: list[supervising.Told] = []
    return supervising.Watch(lambda: deployment, names, told.append), told


def test_all_start_and_all_end(two):
    seen = []
    done = supervising.start(two, two.processes, seen.append)
    assert seen == done
    assert [one.condition for one in supervising.states(two, two.processes)] == ["healthy", "healthy"]
    supervising.stop(two, two.processes)
    assert [one.condition for one in supervising.states(two, two.processes)] == ["stopped", "stopped"]


def test_one_that_cannot_start_keeps_no_other_from_it(two):
    first, second = two.processes
    with socket.create_server(("127.0.0.1", first.port)), pytest.raises(PortInUse):
        supervising.start(two, two.processes)
    assert running.state(two, second).condition == "healthy"


def test_all_that_failed_are_named(two):
    for one in two.processes:
        one.env_file.unlink()
    with pytest.raises(SomeFailed, match=r"2 failed: .*shop.*till|2 failed: .*till.*shop"):
        supervising.start(two, two.processes)


def test_only_the_chosen_are_meant(two):
    assert [one.name for one in supervising.chosen(two, ["till"])] == ["till"]
    assert len(supervising.chosen(two, [])) == 2
    with pytest.raises(UnknownInstance, match="nobody"):
        supervising.chosen(two, ["till", "nobody"])


def test_what_dies_begins_again_and_the_other_is_not_touched(two):
    supervising.start(two, two.processes)
    first, second = two.processes
    others = running.noted(second)
    watch, told = watched(two)
    watch.look(0.0)
    assert told == []
    kill(first)
    watch.look(1.0)
    assert [(one.name, one.what) for one in told] == [(first.name, "died"), (first.name, "started")]
    assert processes.runs(running.noted(first).process)
    assert running.noted(second) == others


def test_what_dies_again_and_again_waits_longer_and_longer(two):
    first = two.processes[0]
    running.start(two, first)
    watch, told = watched(two, first.name)
    now, waited = 0.0, []
    for _ in range(4):
        kill(first)
        began = now
        count = len(told)
        while not any(one.what == "started" for one in told[count:]):
            watch.look(now)
            now += 0.5
        waited.append(now - began)
    assert waited == [0.5, 2.5, 4.5, 8.5]
    watch.look(now)
    watch.look(now + 61)
    kill(first)
    watch.look(now + 62)
    assert told[-1].what == "started", "what ran for a minute counts as mended"


def test_what_was_stopped_rests(two):
    supervising.start(two, two.processes)
    watch, told = watched(two)
    supervising.stop(two, two.processes[:1])
    kill(two.processes[1])
    supervising.stop(two, two.processes[1:])
    watch.look(0.0)
    assert told == []


def test_what_cannot_begin_again_is_told_and_tried_later(two):
    first = two.processes[0]
    running.start(two, first)
    watch, told = watched(two)
    kill(first)
    with socket.create_server(("127.0.0.1", first.port)):
        watch.look(0.0)
        watch.look(0.5)
    assert [one.what for one in told] == ["died", "failed"]
    watch.look(2.0)
    assert told[-1].what == "started"


def test_a_plan_that_changes_is_taken_and_one_that_is_wrong_is_not(two):
    told: list[supervising.Told] = []
    plans = [replace(two, instances=()), two]
    watch = supervising.Watch(lambda: plans.pop(0), (), told.append)
    first = two.processes[0]
    running.start(two, first)
    kill(first)
    watch.look(0.0)
    assert told == []
    two.plan_file.write_text("changed")
    watch.look(1.0)
    assert [one.what for one in told] == ["died", "started"]


def test_a_deployment_is_watched_once(two):
    ended = threading.Event()
    watch, _ = watched(two)
    thread = threading.Thread(target=watch.run, args=(ended,))
    thread.start()
    second, _ = watched(two)
    try:
        with pytest.raises(WatchRuns):
            looks_until_refused(second)
    finally:
        ended.set()
        thread.join()


def looks_until_refused(watch: supervising.Watch) -> None:
    at_once = threading.Event()
    at_once.set()
    for _ in range(500):
        watch.run(at_once)
        time.sleep(0.01)

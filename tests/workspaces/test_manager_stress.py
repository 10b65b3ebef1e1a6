"""The manager under any order of events, and under many threads."""

from __future__ import annotations

import random
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from loomgraph.errors import GraphDamaged, ProjectTaken, ServerBusy, UnknownProject

from .fakes import Clock, FakeEngine, Garage, folders_of, manager_of

NAMES = ("a", "b", "c", "d", "e")
names = st.sampled_from(NAMES)


class ManagerMachine(RuleBasedStateMachine):
    """Leases, time, sizes, failures and other processes' doings in any order."""

    leases = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.garage, self.clock = Garage(), Clock()
        self.folders = folders_of(Path(self.folder.name) / "data", *NAMES[:3])
        self.manager = manager_of(
            self.folders, self.garage, clock=self.clock, max_open=2, idle=10_000, memory_budget=100
        )
        self.held: list[FakeEngine] = []

    @rule(target=leases, name=names)
    def lease(self, name: str) -> object:
        known = {project.name for project in self.folders.all()}
        stack = ExitStack()
        try:
            engine = stack.enter_context(self.manager.lease(name))
        except UnknownProject:
            assert name not in known
        except GraphDamaged:
            assert name in self.garage.broken
        except ServerBusy:
            assert len({id(one) for one in self.held}) >= 2 or sum(one.size for one in set(self.held)) > 100
        else:
            assert engine.made == (self.folders.data_dir / name / "project.json").stat().st_ino
            engine.holders += 1
            self.held.append(engine)
            return (stack, engine)
        return multiple()

    @rule(lease=consumes(leases), size=st.integers(0, 120))
    def let_go(self, lease: tuple[ExitStack, FakeEngine], size: int) -> None:
        stack, engine = lease
        engine.size = size
        engine.holders -= 1
        self.held.remove(engine)
        stack.close()

    @rule(seconds=st.integers(1, 9_000))
    def time_passes(self, seconds: int) -> None:
        self.clock.now += seconds
        self.manager.sweep()

    @rule(name=names)
    def breaks(self, name: str) -> None:
        self.garage.broken ^= {name}

    @rule(name=names)
    def another_process_deletes(self, name: str) -> None:
        with suppress(UnknownProject):
            self.folders.delete(name)

    @rule(name=names)
    def another_process_makes(self, name: str) -> None:
        with suppress(ProjectTaken):
            self.folders.create(name, "", "")

    @rule(name=names, new=names)
    def another_process_renames(self, name: str, new: str) -> None:
        with suppress(UnknownProject, ProjectTaken):
            self.folders.rename(name, new)

    @rule(name=names)
    def forgets(self, name: str) -> None:
        self.manager.forget(name)

    @invariant()
    def what_is_held_is_open(self) -> None:
        assert not any(engine.closed for engine in self.held)

    @invariant()
    def few_are_open(self) -> None:
        assert self.garage.open <= 2
        idle = [one for one in self.garage.engines if not one.closed and one not in self.held]
        assert (
            not idle or sum(one.size for one in self.garage.engines if not one.closed and one not in self.held) <= 100
        )

    def teardown(self) -> None:
        for engine in self.held:
            engine.holders = 0
        self.manager.close(grace=0)
        self.folder.cleanup()


TestManagerMachine = ManagerMachine.TestCase
TestManagerMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("budget", [0, 60])
def test_many_threads(tmp_path: Path, budget: int) -> None:
    """Eight threads, ten projects, four places; engines that grow, break, and projects that come and go."""
    everything = [f"p{number}" for number in range(10)]
    garage, guard = Garage(), threading.Lock()
    folders = folders_of(tmp_path, *everything)
    manager = manager_of(folders, garage, max_open=4, idle=1e-9, patience=5, memory_budget=budget)
    done = [0, 0]

    def work(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(300):
            name = dice.choice(everything)
            try:
                with manager.lease(name) as engine:
                    with guard:
                        engine.holders += 1
                    assert not engine.closed
                    engine.size = dice.randrange(20)
                    with guard:
                        engine.holders -= 1
                done[0] += 1
            except (UnknownProject, GraphDamaged):
                done[1] += 1
            if dice.random() < 0.05:
                disturb(dice, name)

    def disturb(dice: random.Random, name: str) -> None:
        try:
            if dice.random() < 0.5:
                folders.delete(name)
                folders.create(name, "", "")
            elif garage.broken:
                garage.broken.clear()
            else:
                garage.broken.add(name)
        except (UnknownProject, ProjectTaken):
            pass  # another thread was quicker

    with ThreadPoolExecutor(8) as pool:
        for one in [pool.submit(work, seed) for seed in range(8)]:
            one.result(60)
    manager.close()
    assert garage.open == 0
    assert garage.most <= 4 + 8  # replaced ones close while others open
    assert done[0] > 1000  # of 2,400: most could be opened
    assert manager.report().leases >= done[0]

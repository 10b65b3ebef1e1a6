"""Worker processes: answers, failures, deaths."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable

import pytest

from loomgraph.indexing import pool as pools
from loomgraph.indexing.pool import Lost, Pool


def doubling(offset: int) -> Callable[[int], int]:
    def work(task: int) -> int:
        if task == 13:
            os._exit(1)
        if task == 14:
            raise ValueError("fourteen")
        return 2 * task + offset

    return work


def take_from(tasks: list[int]) -> Callable[[int], int | None]:
    left = list(reversed(tasks))
    return lambda worker: left.pop() if left else None


@pytest.mark.parametrize("forks", [True, False])
def test_every_task_is_answered(forks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "can_fork", lambda: forks and sys.platform == "linux")
    with Pool(2, doubling, 1) as pool:
        assert sorted(pool.answers(take_from([1, 2, 3, 4, 5]))) == [(n, 2 * n + 1) for n in range(1, 6)]
        assert sorted(pool.answers(take_from([6]))) == [(6, 13)]
        assert list(pool.answers(take_from([]))) == []


def test_a_dead_worker_costs_its_task_only() -> None:
    with Pool(2, doubling, 0) as pool:
        answers = dict(pool.answers(take_from([1, 13, 2, 3, 13, 4, 5])))
    assert isinstance(answers.pop(13), Lost)
    assert answers == {n: 2 * n for n in (1, 2, 3, 4, 5)}


def test_a_workers_mistake_is_raised_where_it_is_awaited() -> None:
    with Pool(1, doubling, 0) as pool, pytest.raises(ValueError, match="fourteen"):
        list(pool.answers(take_from([14])))


ORPHAN = textwrap.dedent(
    """
    import os, time
    from loomgraph.indexing.pool import Pool
    def make():
        return lambda task: time.sleep(task)
    if __name__ == "__main__":
        with Pool(2, make) as pool:
            print(*[process.pid for process in pool._workers.values()], flush=True)
            time.sleep(60)
    """
)


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel who is alive")
def test_workers_end_with_a_killed_parent(tmp_path: object) -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 5
    while any(alive(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [pid for pid in workers if alive(pid)]


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False

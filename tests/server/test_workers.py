"""Several workers on one data folder: what one commits every other sees, and none is missed when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.conftest import RUN, Running, environment, running
from tests.server.crowd import WORKERS, crowd, kills
from tests.server.kgs import SHOP


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(
        tmp_path_factory.mktemp("several") / "data", "--workers", str(WORKERS), LOOMGRAPH_EMBEDDING="none"
    ) as found:
        for _ in range(200):
            if len(found.workers()) == WORKERS:
                break
            time.sleep(0.1)
        yield found


def fresh(server: Running, method: str, path: str, body: object = None) -> httpx.Response:
    """A request over a connection of its own: any worker may answer it."""
    return httpx.request(method, f"{server.url}{path}", json=body, timeout=30, trust_env=False)


@pytest.mark.slow
def test_all_at_once_and_every_count_is_exact(several: Running) -> None:
    clients = crowd(several, 8, 25)  # fails where a count is not what its clients were promised
    assert len(clients) == 8


@pytest.mark.slow
def test_nothing_promised_is_lost_when_workers_are_killed(several: Running) -> None:
    found = kills(several, 5)
    assert found["promised"] > 0


def test_made_renamed_and_deleted_is_so_for_all(several: Running) -> None:
    assert fresh(several, "POST", "/p/first/insert_custom_kg", SHOP).status_code == 200
    for _ in range(12):
        assert "total" in fresh(several, "GET", "/p/first/graph/label/list").json()
    assert fresh(several, "PATCH", "/api/v1/projects/first", {"name": "second"}).status_code == 200
    for _ in range(12):
        assert fresh(several, "GET", "/p/first/graph/label/list").status_code == 404
        assert "total" in fresh(several, "GET", "/p/second/graph/label/list").json()
    assert fresh(several, "DELETE", "/api/v1/projects/second").status_code == 200
    for _ in range(12):
        assert fresh(several, "GET", "/p/second/graph/label/list").status_code == 404
    assert (
        fresh(several, "POST", "/p/second/insert_custom_kg", {"entities": [{"entity_name": "new"}]}).status_code == 200
    )
    for _ in range(12):
        assert fresh(several, "GET", "/p/second/graph/label/list").json() == ["new"]


def counted(server: Running, name: str, having: str = "") -> float:
    """The sum of a count, of all workers, of the lines that hold some text."""
    lines = fresh(server, "GET", "/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name) and having in line)


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_counts_are_of_all_workers(several: Running) -> None:
    for _ in range(20):
        fresh(several, "GET", "/api/version")
        fresh(several, "GET", "/p/nobody/stats")
    assert counted(several, "loomgraph_requests_total", "/api/version") >= 20
    assert counted(several, "loomgraph_errors_total", '"unknown_project"') >= 20


def test_how_all_workers_are_is_told_by_any(several: Running) -> None:
    each = [resident(pid) for pid in several.workers()]
    for _ in range(100):  # each says it again after a while
        found = counted(several, "loomgraph_resident_bytes")
        if found > 0.8 * sum(each):
            break
        time.sleep(0.1)
    assert 0.8 * sum(each) < found < 2 * sum(each)
    assert counted(several, "loomgraph_index_jobs_running") == counted(several, "loomgraph_index_jobs_queued") == 0


def test_a_hangup_reloads_and_nobody_is_refused(several: Running) -> None:
    before = set(several.workers())
    several.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and set(several.workers()) & before:
        assert fresh(several, "GET", "/health").status_code == 200
        time.sleep(0.05)
    assert not set(several.workers()) & before


def test_one_process_reloads_on_the_same_address(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        assert fresh(server, "POST", "/p/kept/insert_custom_kg", SHOP).status_code == 200
        server.process.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        assert "total" in fresh(server, "GET", "/p/kept/graph/label/list").json()
        assert server.process.poll() is None
    assert server.process.returncode in (0, -signal.SIGTERM)


def test_it_ends_when_told_to_and_leaves_nothing_running(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--workers", "2") as server:
        workers = server.workers()
        os.kill(server.process.pid, signal.SIGTERM)
        assert server.process.wait(30) == 0
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


def test_the_process_that_forks_workers_may_be_killed(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--workers", "2") as server:
        for _ in range(3):
            before = server.workers()
            os.kill(server.forks(), signal.SIGKILL)
            for _ in range(1000):  # another one imports all anew
                left = [pid for pid in before if Path(f"/proc/{pid}").exists()]
                if len(server.workers()) == 2 and not left:
                    break
                time.sleep(0.05)
            assert (len(server.workers()), left) == (2, [])
            assert fresh(server, "GET", "/health").status_code == 200
        assert server.process.poll() is None


def test_a_taken_port_is_said_so(several: Running, tmp_path: Path) -> None:
    port = several.url.rpartition(":")[2]
    command = [sys.executable, "-c", RUN, "serve", "--port", port]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 7
    assert f":{port} cannot be listened at" in done.stderr

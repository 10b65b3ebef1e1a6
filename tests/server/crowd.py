"""Clients of a server with several workers that do all at once, and a note of everything they were promised.

``python -m tests.server.crowd kills 200`` kills a worker 200 times at random moments while clients insert and read;
``… crowd 8 300`` lets 8 clients do 300 things each with 20 projects. Both run in the suite, shorter.
"""

from __future__ import annotations

import http.client
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.server.conftest import Running, running

WORKERS = 4
_TRIES = 40  # of a request whose worker was killed under it
_PATIENCE = 10.0


def pair(name: str) -> dict[str, Any]:
    """Two functions that call each other: a reader who sees one of the two has seen half an update."""
    ends = f"{name}a", f"{name}b"
    source = f"src/{name}.py"
    entities = [{"entity_name": end, "entity_type": "function", "source_id": source} for end in ends]
    relations = [
        {"src_id": one, "tgt_id": other, "description": "", "keywords": "calls", "source_id": source}
        for one, other in (ends, ends[::-1])
    ]
    return {"entities": entities, "relationships": relations}


@dataclass
class Client:
    """One client: what it has been promised is in ``there``, by project."""

    url: str
    number: int
    projects: list[str]
    there: dict[str, set[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    slowest: float = 0.0
    broken: int = 0

    def run(self, steps: int, stop: threading.Event) -> None:
        dice = random.Random(self.number)
        client = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        try:
            for step in range(steps):
                if stop.is_set():
                    return
                project = dice.choice(self.projects)
                client = self._step(client, dice, project, f"c{self.number}n{step}")
        except AssertionError as error:
            self.problems.append(str(error))
        finally:
            client.close()

    def _step(self, client: httpx.Client, dice: random.Random, project: str, name: str) -> httpx.Client:
        kind = dice.random()
        mine = self.there.setdefault(project, set())
        if kind < 0.5:
            client, answer = self._ask(client, "POST", f"/p/{project}/insert_custom_kg", pair(name))
            assert answer.status_code == 200, answer.text
            mine.add(name)
        elif kind < 0.6 and mine:
            gone = dice.choice(sorted(mine))
            mine.discard(gone)  # from here on it may be there or not, until the answer comes
            client, answer = self._ask(
                client, "DELETE", f"/p/{project}/graph/by_source", {"source_ids": [f"src/{gone}.py"]}
            )
            assert answer.status_code == 200, answer.text
        else:
            client, answer = self._ask(client, "GET", f"/p/{project}/graph/label/list", None)
            assert answer.status_code in (200, 404), answer.text
            if answer.status_code == 200:
                self.check(project, answer.json())
        return client

    def check(self, project: str, names: list[str]) -> None:
        """Every pair whole, and all there that was promised to this client."""
        found = set(names)
        halves = [name for name in found if _other(name) not in found]
        assert not halves, f"{project}: half an update was read: {halves}"
        lost = [name for name in self.there.get(project, ()) if f"{name}a" not in found]
        assert not lost, f"{project}: acknowledged and lost: {lost}"

    def _ask(self, client: httpx.Client, method: str, path: str, body: Any) -> tuple[httpx.Client, httpx.Response]:
        """One request; asked again when its worker died, which every request here may be: it names what it wants."""
        began = time.monotonic()
        for _ in range(_TRIES):
            try:
                answer = client.request(method, path, json=body)
                if answer.status_code != 503:
                    self.slowest = max(self.slowest, time.monotonic() - began)
                    return client, answer
                time.sleep(float(answer.headers.get("retry-after", "1")) / 4)
            except httpx.TransportError:
                self.broken += 1
                client.close()
                client = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
                time.sleep(0.05)
        raise AssertionError(f"no answer to {method} {path}")


def _other(name: str) -> str:
    return name[:-1] + ("b" if name.endswith("a") else "a")


def crowd(server: Running, clients: int, steps: int, meanwhile: Callable[[], None] = lambda: None) -> list[Client]:
    """Let clients loose; what they were promised is then counted by a fresh one."""
    projects = [f"p{number}" for number in range(20)]
    found = [Client(server.url, number, projects) for number in range(clients)]
    stop = threading.Event()
    threads = [threading.Thread(target=one.run, args=(steps, stop)) for one in found]
    for thread in threads:
        thread.start()
    try:
        meanwhile()
    finally:
        for thread in threads:
            thread.join()
    problems = [problem for one in found for problem in one.problems]
    assert not problems, problems[:5]
    with server.client() as client:
        for project in projects:
            promised = {name for one in found for name in one.there.get(project, ())}
            answer = client.get(f"/p/{project}/graph/label/list")
            names = set(answer.json()) if answer.status_code == 200 else set()
            assert names == {name + end for name in promised for end in "ab"}, project
    return found


def kills(server: Running, times: int, clients: int = 4) -> dict[str, Any]:
    """Kill workers at random moments under clients; gives how long it was silent and restarts took, at most."""
    dice = random.Random(7)
    silent: list[float] = []
    restart: list[float] = []
    done = threading.Event()

    def kill() -> None:
        for _ in range(times):
            time.sleep(dice.uniform(0.05, 0.6))
            workers = server.workers()
            if not workers:
                continue
            os.kill(dice.choice(workers), signal.SIGKILL)
            silent.append(_until(lambda: _answers(server)))
            restart.append(_until(lambda: len(server.workers()) == WORKERS))

    projects = [f"p{number}" for number in range(20)]
    found = [Client(server.url, number, projects) for number in range(clients)]
    threads = [threading.Thread(target=one.run, args=(10**9, done)) for one in found]
    for thread in threads:
        thread.start()
    try:
        kill()
    finally:
        done.set()
        for thread in threads:
            thread.join()
    problems = [problem for one in found for problem in one.problems]
    assert not problems, problems[:5]
    with server.client() as client:
        for one in found:
            for project in [name for name, promised in one.there.items() if promised]:
                answer = client.get(f"/p/{project}/graph/label/list")
                assert answer.status_code == 200, answer.text
                one.check(project, answer.json())
    promised = sum(len(names) for one in found for names in one.there.values())
    return {"killed": times, "promised": promised, "broken": sum(one.broken for one in found),
            "silent_s": _largest(silent), "restart_s": _largest(restart)}  # fmt: skip


def _largest(seconds: list[float]) -> list[float]:
    """The three longest, the longest last."""
    return [round(one, 2) for one in sorted(seconds)[-3:]]


def _until(true: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < _PATIENCE, "it took too long"
        time.sleep(0.02)
    return time.monotonic() - began


def _answers(server: Running) -> bool:
    """Asked by the plainest client there is: what another takes to come up is not the server's."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=_PATIENCE)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def main(arguments: list[str]) -> int:
    what, *numbers = arguments or ["kills", "200"]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with running(data, "--workers", str(WORKERS), "--log-level", "warning") as server:
            _until(lambda: len(server.workers()) == WORKERS)
            try:
                _run(server, what, numbers)
            except AssertionError:
                print(server.said()[-5000:], file=sys.stderr)
                raise
    return 0


def _run(server: Running, what: str, numbers: list[str]) -> None:
    if what == "kills":
        print(kills(server, int(numbers[0]) if numbers else 200))
        return
    clients, steps = (int(number) for number in (numbers or ["8", "300"]))
    found = crowd(server, clients, steps)
    promised = sum(len(names) for one in found for names in one.there.values())
    print({"promised": promised, "slowest_s": round(max(one.slowest for one in found), 2)})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Clients of a server with several workers that do all at once, and a note of everything they were promised.

``python -m tests.server.crowd kills 200`` kills a worker 200 times at random moments while clients insert and read;
``… crowd 8 300`` lets 8 clients do 300 things each with 20 projects; ``… outages 20`` kills the database instead. With
``--postgres`` before them, projects lie in a PostgreSQL of their own. All run in the suite, shorter.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.server.conftest import Running, running
from tests.servers.postgres import Postgres, postgres

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
    refused: Counter[str] = field(default_factory=Counter)  # answers that said to come back, by their code

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
                self.refused[answer.json()["error"]["code"]] += 1
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

    def kill() -> None:
        for _ in range(times):
            time.sleep(dice.uniform(0.05, 0.6))
            workers = server.workers()
            if not workers:
                continue
            os.kill(dice.choice(workers), signal.SIGKILL)
            silent.append(_until(lambda: _answers(server)))
            restart.append(_until(lambda: len(server.workers()) == WORKERS))

    found = _under_fire(server, clients, kill)
    return {"killed": times, **_counted(found), "silent_s": _largest(silent), "restart_s": _largest(restart)}


def outages(server: Running, database: Postgres, times: int, clients: int = 4) -> dict[str, Any]:
    """Kill the database at random moments under clients and start it again; gives what it said meanwhile."""
    dice = random.Random(7)
    back: list[float] = []
    meanwhile: Counter[str] = Counter()

    def kill() -> None:
        for _ in range(times):
            time.sleep(dice.uniform(0.3, 1.0))
            database.kill()
            for _ in range(4):
                answer = httpx.get(f"{server.url}/p/p0/graph/label/list", timeout=60, trust_env=False)
                meanwhile[f"{answer.status_code} {answer.json()['error']['code']}"] += 1
                assert answer.headers["retry-after"]
            database.start()
            back.append(_until(lambda: _answers(server, "/p/p0/graph/label/list")))

    with server.client() as client:
        assert client.post("/p/p0/insert_custom_kg", json=pair("first")).status_code == 200
    found = _under_fire(server, clients, kill)
    return {"killed": times, **_counted(found), "meanwhile": dict(meanwhile), "back_s": _largest(back)}


def _under_fire(server: Running, clients: int, fire: Callable[[], None]) -> list[Client]:
    """Clients that go on until ``fire`` is over; then all is looked for that they were promised."""
    done = threading.Event()
    projects = [f"p{number}" for number in range(20)]
    found = [Client(server.url, number, projects) for number in range(clients)]
    threads = [threading.Thread(target=one.run, args=(10**9, done)) for one in found]
    for thread in threads:
        thread.start()
    try:
        fire()
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
    return found


def _counted(found: list[Client]) -> dict[str, Any]:
    promised = sum(len(names) for one in found for names in one.there.values())
    refused = sum((one.refused for one in found), Counter[str]())
    return {"promised": promised, "broken": sum(one.broken for one in found), "refused": dict(refused)}


def _largest(seconds: list[float]) -> list[float]:
    """The three longest, the longest last."""
    return [round(one, 2) for one in sorted(seconds)[-3:]]


def _until(true: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < _PATIENCE, "it took too long"
        time.sleep(0.02)
    return time.monotonic() - began


def _answers(server: Running, path: str = "/health") -> bool:
    """Asked by the plainest client there is: what another takes to come up is not the server's."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=_PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def main(arguments: list[str]) -> int:
    stored = "--postgres" in arguments
    what, *numbers = [one for one in arguments if one != "--postgres"] or ["kills", "200"]
    with contextlib.ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "data"
        database = stack.enter_context(postgres(durable=True)) if stored or what == "outages" else None
        store = {"LOOMGRAPH_STORE": database.url()} if database else {}
        options = ("--workers", str(WORKERS), "--log-level", "warning")
        server = stack.enter_context(running(data, *options, **store))
        _until(lambda: len(server.workers()) == WORKERS)
        try:
            _run(server, database, what, [int(number) for number in numbers])
        except AssertionError:
            print(server.said()[-5000:], file=sys.stderr)
            raise
    return 0


def _run(server: Running, database: Postgres | None, what: str, numbers: list[int]) -> None:
    if what == "kills":
        print(kills(server, *numbers or [200]))
    elif what == "outages":
        assert database is not None
        print(outages(server, database, *numbers or [20]))
    else:
        found = crowd(server, *numbers or [8, 300])
        print({**_counted(found), "slowest_s": round(max(one.slowest for one in found), 2)})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

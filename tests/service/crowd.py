"""Processes that use one data folder at once, and a log of what each was promised.

``python tests/service/crowd.py kills 200`` kills a writer 200 times at random moments; ``… crowd 8 300`` lets eight
processes do 300 things each. Both run in the suite, shorter.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from loomgraph import settings
from loomgraph.errors import GraphBusy, LoomGraphError, ServerBusy, UnknownProject, response_to
from loomgraph.service.serving import LongService, serving

STEADY = [f"p{number}" for number in range(15)]  # never deleted: every promise holds
FLEETING = [f"q{number}" for number in range(5)]  # deleted and renamed by anybody at any time


def settings_of(data: Path) -> settings.Settings:
    given = {"HOME": str(data), "LOOMGRAPH_DATA_DIR": str(data), "LOOMGRAPH_MAX_OPEN": "6", "LOOMGRAPH_OPEN_WAIT": "20",
             "LOOMGRAPH_LOCK_WAIT": "60", "LOOMGRAPH_EMBEDDING": "none"}  # fmt: skip
    return settings.load(given)


def body(name: str) -> bytes:
    """A graph of two entities that call each other, and the passage that says so."""
    ends = f"{name}a", f"{name}b"
    source = f"{name}.py"
    entities = [{"entity_name": end, "entity_type": "function", "source_id": source} for end in ends]
    relation = {"src_id": ends[0], "tgt_id": ends[1], "description": "", "keywords": "calls", "source_id": source}
    chunks = [{"content": f"{ends[0]} calls {ends[1]}", "source_id": source}]
    return json.dumps({"chunks": chunks, "entities": entities, "relationships": [relation]}).encode()


def held(service: LongService, project: str) -> set[str]:
    """The names that a graph holds whole; half of one is an error."""
    with service.reading(project) as (_, reader):
        names = set(reader.names(""))
        edges = {edge.source.rpartition("::")[2] for edge in reader.all_edges(["CALLS"])}
        files = {file.path.removesuffix(".py") for file in reader.files()}
    whole = {name[:-1] for name in names if name.endswith("a")}
    assert {name[:-1] for name in names if name.endswith("b")} == whole, "half an update was read"
    assert len(edges) == len(whole), "half an update was read"
    assert whole <= files, "half an update was read"
    return whole


# -- one process --------------------------------------------------------------------------------------------------


class Member:
    """One process of the crowd. ``log`` gets a line for every promise, with the time it was asked and kept."""

    def __init__(self, service: LongService, number: int, log: Any) -> None:
        self.service, self.number, self.log = service, number, log
        self.dice = random.Random(number)
        self.mine: dict[str, set[str]] = {name: set() for name in STEADY}
        self.count = 0

    def note(self, what: str, project: str, name: str, asked: float) -> None:
        self.log.write(json.dumps([what, project, name, asked, time.monotonic()]) + "\n")
        self.log.flush()

    def insert(self, project: str) -> None:
        self.count += 1
        name, asked = f"m{self.number}x{self.count}", time.monotonic()
        self.service.insert_custom_kg(project, body(name))
        self.note("insert", project, name, asked)
        if project in self.mine:
            self.mine[project].add(name)
            assert name in held(self.service, project), "what was promised is not there"

    def remove(self, project: str) -> None:
        if self.mine[project]:
            name, asked = self.dice.choice(sorted(self.mine[project])), time.monotonic()
            self.service.delete_by_source(project, [f"{name}.py"])
            self.mine[project].remove(name)
            self.note("remove", project, name, asked)
            assert name not in held(self.service, project)

    def read(self, project: str) -> None:
        assert self.mine.get(project, set()) <= held(self.service, project)

    def disturb(self, project: str) -> None:
        asked = time.monotonic()
        if self.dice.random() < 0.5:
            self.service.delete_project(project)
            self.note("delete", project, "", asked)
        else:
            self.service.rename_project(project, f"{project}-{self.number}-{self.count}")
            self.note("delete", project, "", asked)

    def act(self) -> None:
        fleeting = self.dice.random() < 0.3
        project = self.dice.choice(FLEETING if fleeting else STEADY)
        ways = (
            [self.insert, self.insert, self.read, self.disturb] if fleeting else [self.insert, self.read, self.remove]
        )
        try:
            self.dice.choice(ways)(project)
        except UnknownProject:
            assert fleeting or not self.mine[project]
        except (GraphBusy, ServerBusy):
            raise
        except LoomGraphError as error:
            if not fleeting or response_to(error).http not in (404, 409):
                raise


def member(data: str, number: str, actions: str) -> None:
    """What one process does."""
    with (
        open(Path(data).parent / f"log-{number}", "w", encoding="utf-8") as log,
        serving(settings_of(Path(data))) as service,
    ):
        one = Member(service, int(number), log)
        for _ in range(int(actions)):
            one.act()


# -- all of them --------------------------------------------------------------------------------------------------


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True, encoding="utf-8")


def crowd(folder: Path, processes: int, actions: int) -> int:
    """Let processes loose on a data folder, and compare it with what they were promised; gives how many promises."""
    data = folder / "data"
    running = [start("member", str(data), str(number), str(actions)) for number in range(processes)]
    try:
        codes = [one.wait() for one in running]
    finally:
        for one in running:
            one.kill()
            one.communicate()
    assert not any(codes), "a process failed"
    logs = [path.read_text("utf-8").splitlines() for path in folder.glob("log-*")]
    promises = [json.loads(line) for lines in logs for line in lines]
    with serving(settings_of(data)) as service:
        for project in STEADY:
            inserted = {name for what, where, name, *_ in promises if (what, where) == ("insert", project)}
            removed = {name for what, where, name, *_ in promises if (what, where) == ("remove", project)}
            there = held(service, project) if inserted else set()
            assert there == inserted - removed, f"{project} is not what was promised"
        for project in FLEETING:
            check_fleeting(service, project, promises)
        for project in service.project_names():
            held(service, project.name)  # what was renamed away is whole, too
    return len(promises)


def check_fleeting(service: LongService, project: str, promises: list[Any]) -> None:
    """What was promised after the last deletion is there; what was before it is not."""
    inserted = [promise for promise in promises if promise[:2] == ["insert", project]]
    deleted = [promise for promise in promises if promise[:2] == ["delete", project]]
    last_ended = max((ended for *_, ended in deleted), default=0.0)
    last_asked = max((asked for *_, asked, _ in deleted), default=0.0)
    must = {name for _, _, name, asked, _ in inserted if asked > last_ended}
    must_not = {name for _, _, name, _, ended in inserted if ended < last_asked}
    try:
        there = held(service, project)
    except UnknownProject:
        there = set()
    assert must <= there, f"{project} lost what was promised"
    assert not must_not & there, f"{project} is not what was deleted"


# -- one that is killed -------------------------------------------------------------------------------------------


def write(data: str, first: str) -> None:
    """Insert for ever; a line for each promise."""
    with serving(settings_of(Path(data))) as service:
        count = int(first)
        while True:
            service.insert_custom_kg("p0", body(f"k{count}"))
            print(f"k{count}", flush=True)
            count += 1


def kills(folder: Path, times: int, seed: int = 0) -> int:
    """Kill a writer again and again; gives how many promises were kept."""
    data, dice = folder / "data", random.Random(seed)
    promised: set[str] = set()
    with serving(settings_of(data)) as service:
        for turn in range(times):
            with start("write", str(data), str(turn * 1_000_000)) as writer:
                assert writer.stdout is not None
                first = writer.stdout.readline().strip()
                assert first, "the writer failed"
                promised.add(first)
                time.sleep(dice.random() * 0.1)
                writer.send_signal(signal.SIGKILL)
                promised |= {line.strip() for line in writer.stdout if line.endswith("\n")}
            there = held(service, "p0")  # a reader that was there all the time
            assert promised <= there, "what was promised is lost"
            assert len(there - promised) <= turn + 1  # at most one that was killed between its commit and its line
        with service.engines.lease("p0") as engine:
            engine.verify()
    return len(promised)


def main(what: str, *arguments: str) -> None:
    if what in ("member", "write"):
        {"member": member, "write": write}[what](*arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        numbers = map(int, arguments)
        print({"crowd": crowd, "kills": kills}[what](Path(folder), *numbers), "promises kept")


if __name__ == "__main__":
    main(*sys.argv[1:])

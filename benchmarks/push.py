"""How fast a push is: Django 5.2 to a server on this machine, first, with nothing changed, with one file changed.

    python -m benchmarks.push [--keep FOLDER] [--runs 3]

Each figure is that of a whole ``loomgraph push`` process against a server that ``loomgraph serve`` runs: wall time, CPU
time of the client, CPU time of the server with its children, and what travelled. An index of the same files on the same
machine stands beside it: a push costs that, and what the wire adds. Figures go to ``benchmarks/results/push/``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.speed import CHANGES, PROJECT, VERSION, Bench, commit, family, fetch, machine, median

RESULTS = Path(__file__).parent / "results" / "push"
_URL = re.compile(r"listens at (http://[^\s\"]+)")
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
CHANGED = "one file changed"


@contextlib.contextmanager
def serving(data: Path) -> Iterator[tuple[str, int]]:
    """A server on a free port; gives its address and its process id."""
    data.mkdir(parents=True, exist_ok=True)
    log = data / "server.log"
    environment = {**os.environ, "LOOMGRAPH_DATA_DIR": str(data / "graphs")}
    program = str(Path(sys.executable).with_name("loomgraph"))
    with log.open("w") as out:
        process = subprocess.Popen([program, "serve", "--port", "0"], env=environment, stdout=out, stderr=out)
        try:
            while (found := _URL.search(log.read_text())) is None:
                if process.poll() is not None:
                    raise SystemExit(log.read_text())
                time.sleep(0.05)
            yield found[1].rstrip("/"), process.pid
        finally:
            process.terminate()
            process.wait(30)


def cpu_of(pid: int) -> float:
    """CPU seconds of a process, of those it has waited for and of those that run below it."""
    total = 0.0
    for one in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15])) / _TICKS
    return total


def push(bench: Bench, server: tuple[str, int]) -> dict[str, float]:
    """One push: times of both sides."""
    url, pid = server
    before = cpu_of(pid)
    found, _ = bench.timed("push", str(bench.source), "--server", url)
    return {"wall_s": found["wall_s"], "client_cpu_s": found["cpu_s"], "server_cpu_s": round(cpu_of(pid) - before, 3)}


def travels(source: Path, data: Path) -> dict[str, float]:
    """What a first push sends, in MB: the manifest and the contents, as they are packed."""
    from loomgraph.client import Files
    from loomgraph.client.answers import PushPlan
    from loomgraph.client.pushing import Push
    from loomgraph.service import Service
    from loomgraph.settings import load

    service = Service(load({"LOOMGRAPH_DATA_DIR": str(data), "HOME": str(data)}), source)
    local = service.local_files(str(source)).files
    sending = Push(Files(local, lambda path: (source / path).read_bytes()))
    plan = PushPlan("0", len(local), [file.hash for file in local])
    parts = sum(len(call.body or b"") for call in sending.contents(plan))
    return {
        "files_mb": round(sum(file.size for file in local) / 1e6, 2), "contents_mb": round(parts / 1e6, 2),
        "manifest_mb": round(len(sending.plan().body or b"") / 1e6, 2),
    }  # fmt: skip


def measure(source: Path, scratch: Path, runs: int) -> dict[str, dict[str, float]]:
    """All figures."""
    bench = Bench(source, scratch / "index")
    figures: dict[str, dict[str, float]] = {"travels": travels(source, scratch / "none")}
    indexed = []
    for _ in range(runs):
        bench.forget()
        indexed.append(bench.timed("index", str(source))[0])
    figures["index beside it"] = median(indexed)
    first, unchanged, changed = [], [], []
    for number in range(runs):
        with serving(scratch / f"server{number}") as server:
            first.append(push(bench, server))
            unchanged.append(push(bench, server))
            changed.append(one_file(bench, server, number))
    figures["first push"] = median(first)
    figures["nothing changed"] = median(unchanged)
    figures[CHANGED] = median(changed)
    return figures


def one_file(bench: Bench, server: tuple[str, int], number: int) -> dict[str, float]:
    """A push after one file was changed; the file is put back."""
    path, addition = CHANGES[CHANGED]
    target = bench.source / path
    before = target.read_text()
    target.write_text(before + addition.replace("{n}", str(number)))
    try:
        return push(bench, server)
    finally:
        target.write_text(before)


def report(figures: dict[str, dict[str, float]]) -> str:
    lines = [f"{'measure':34} {'figure':>10}"]
    lines += [
        f"{name + ' ' + unit:34} {value:>10}" for name, values in figures.items() for unit, value in values.items()
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keep", type=Path, help="folder for the archive, kept for the next run")
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args(arguments)
    facts: dict[str, Any] = machine()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        figures = measure(fetch(folder), Path(scratch), chosen.runs)
    print(report(figures))
    RESULTS.mkdir(parents=True, exist_ok=True)
    document = {
        "commit": commit(), "input": f"Django {VERSION}", "machine": facts, "runs": chosen.runs, "figures": figures,
        "project": PROJECT,
    }  # fmt: skip
    (RESULTS / f"{document['commit']}.json").write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()

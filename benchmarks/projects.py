"""How much memory many projects take: a thousand visited in turn on one server, and ten thousand openings in a process.

    python -m benchmarks.projects [--projects 1000] [--symbols 2000] [--max-open 64] [--cycles 10000]

Every project is a copy of one synthetic graph. A visit is a question in words and a structural one over HTTP; the
figure is the peak of what the server's processes hold together. A cycle opens a graph, asks it in words and closes it;
the figure is how much the process grew between the first tenth and the end. Figures go to
``benchmarks/results/projects/COMMIT.json``.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.speed import commit, family, machine, proportional_kb
from benchmarks.synthetic import custom_kg
from loomgraph import settings
from loomgraph.service.serving import open_service
from loomgraph.workspaces.growth import private_bytes

TARGETS = {"peak_mb": 600.0, "errors": 0.0, "growth_percent": 5.0}
RESULTS = Path(__file__).parent / "results" / "projects"
QUESTIONS = ("where are tokens verified", "commit the ledger", "who renders the invoice", "schedule a retry")


def environment(data: Path, max_open: int) -> dict[str, str]:
    return {"LOOMGRAPH_DATA_DIR": str(data), "LOOMGRAPH_MAX_OPEN": str(max_open), "HOME": str(data)}


def fill(data: Path, projects: int, symbols: int) -> str:
    """Make the projects; gives the name of a symbol that all of them hold."""
    kg = custom_kg(symbols, symbols * 2, max(symbols // 10, 1))
    service = open_service(settings.load(environment(data, 1)))
    try:
        service.insert_custom_kg("p0", json.dumps(kg).encode())
    finally:
        service.close()
    for number in range(1, projects):
        shutil.copytree(data / "p0", data / f"p{number}")
    return str(kg["relationships"][0]["tgt_id"])


# -- visits over HTTP ---------------------------------------------------------------------------------------------


@contextlib.contextmanager
def serving(data: Path, max_open: int) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from loomgraph.cli import main; main()", "serve", "--port", str(port),
               "--max-open", str(max_open), "--log-level", "error"]  # fmt: skip
    mine = {**os.environ, **environment(data, max_open)}
    with subprocess.Popen(command, env=mine, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + 60
            while server.poll() is None and time.monotonic() < deadline:
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                time.sleep(0.05)
            yield server, port
        finally:
            server.terminate()


def visit(connection: http.client.HTTPConnection, project: str, symbol: str, number: int) -> tuple[float, int]:
    """Ask a project twice; gives the seconds that took and how many answers were none."""
    begin = time.perf_counter()
    question = json.dumps({"query": QUESTIONS[number % len(QUESTIONS)], "mode": "mix"})
    asked = (
        ("POST", f"/api/v1/projects/{project}/query", question),
        ("GET", f"/api/v1/projects/{project}/callers?symbol={symbol}&depth=2".replace(":", "%3A"), None),
    )
    errors = 0
    for method, path, body in asked:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        errors += answer.status != 200
    return time.perf_counter() - begin, errors


def visits(data: Path, projects: int, max_open: int, symbol: str) -> dict[str, float]:
    """Visit every project in turn."""
    peak, errors, times = 0.0, 0, []
    with serving(data, max_open) as (server, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        before = sum(map(proportional_kb, family(server.pid))) / 1000
        for number in range(projects):
            took, failed = visit(connection, f"p{number}", symbol, number)
            times.append(took)
            errors += failed
            if number % 10 == 0 or number == projects - 1:
                peak = max(peak, sum(map(proportional_kb, family(server.pid))) / 1000)
        connection.close()
    return {
        "before_mb": round(before, 1), "peak_mb": round(peak, 1), "errors": errors,
        "visit_p50_ms": round(1000 * statistics.median(times), 1),
        "visit_p99_ms": round(1000 * sorted(times)[int(len(times) * 0.99)], 1),
    }  # fmt: skip


# -- cycles in one process ----------------------------------------------------------------------------------------


def cycles(data: Path, projects: int, count: int) -> dict[str, float]:
    """Open, ask and close: each project makes way for the next."""
    service = open_service(settings.load(environment(data, 1)))
    sizes = []
    try:
        for number in range(count):
            service.search(QUESTIONS[number % len(QUESTIONS)], projects=[f"p{number % projects}"])
            sizes.append(private_bytes())
    finally:
        service.close()
    tenth = max(count // 10, 1)
    early, late = statistics.median(sizes[tenth // 2 : tenth * 2]), statistics.median(sizes[-tenth:])
    return {
        "early_mb": round(early / 1e6, 1), "late_mb": round(late / 1e6, 1), "highest_mb": round(max(sizes) / 1e6, 1),
        "growth_percent": round(100 * (late - early) / early, 2),
    }  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--projects", type=int, default=1000)
    parser.add_argument("--symbols", type=int, default=2000)
    parser.add_argument("--max-open", type=int, default=64)
    parser.add_argument("--cycles", type=int, default=10_000)
    chosen = parser.parse_args(arguments)
    facts = machine()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        symbol = fill(Path(scratch), chosen.projects, chosen.symbols)
        if chosen.max_open:
            figures["visits"] = visits(Path(scratch), chosen.projects, chosen.max_open, symbol)
        if chosen.cycles:
            figures["cycles"] = cycles(Path(scratch), min(chosen.projects, 20), chosen.cycles)
    for name, values in figures.items():
        for unit, value in values.items():
            print(f"{name + ' ' + unit:26} {value:>10} {TARGETS.get(unit, '')!s:>8}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    document = {"commit": commit(), "input": vars(chosen), "machine": facts, "figures": figures}
    (RESULTS / f"{document['commit']}.json").write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()

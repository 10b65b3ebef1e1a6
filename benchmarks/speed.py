"""How fast an index is: Django 5.2 as a cold index, with nothing changed, with one file changed, and asked.

    python -m benchmarks.speed [--keep FOLDER] [--runs 3]

The input is Django's source archive from the package index, pinned by version and hash. Every figure is that of a
whole process (``loomgraph …``), the median of the runs: wall time, CPU time with its children, and the
peak of the memory that all its processes hold together (proportional set size, Linux only; sampled in a run of its
own, since sampling costs time). Figures go to ``benchmarks/results/speed/COMMIT.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

VERSION = "5.2"
SHA256 = "1a47f7a7a3d43ce64570d350e008d2949abe8c7e21737b351b6a1611277c6d89"
TARGETS: dict[str, dict[str, float]] = {
    "cold": {"wall_s": 8.0, "cpu_s": 14.0, "peak_mb": 500.0},
    "cold, embedding": {"wall_s": 12.0, "cpu_s": 20.0, "peak_mb": 600.0},
    "nothing changed": {"wall_s": 0.5},
    "one file changed": {"wall_s": 1.0},
    "callers": {"wall_s": 0.25},
    "index": {"disk_mb": 120.0},
}
# The best of the rivals measured on the same archive and the same kind of machine.
RIVALS: dict[str, dict[str, float]] = {
    "cold": {"wall_s": 27.5, "cpu_s": 31.0, "peak_mb": 1000.0},
    "nothing changed": {"wall_s": 1.0},
    "one file changed": {"wall_s": 3.7},
    "callers": {"wall_s": 0.40},
    "index": {"disk_mb": 162.0},
}
CHANGES = {
    "one file changed": ("django/utils/text.py", "\n\ndef measured_{n}(value):\n    return slugify(value)\n"),
    "widely read file changed": ("django/db/models/query.py", "\n\nclass Measured{n}(QuerySet):\n    pass\n"),
}
RESULTS = Path(__file__).parent / "results" / "speed"
PROJECT = "speed"


def fetch(folder: Path) -> Path:
    """Django's source, unpacked below ``folder`` (kept from an earlier run)."""
    source = folder / f"django-{VERSION}"
    if not source.exists():
        wanted = folder / "requirements.txt"
        wanted.write_text(f"Django=={VERSION} --hash=sha256:{SHA256}\n")
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary=:all:", "--require-hashes",
             "-d", str(folder), "-r", str(wanted)],
            check=True,
        )  # fmt: skip
        (archive,) = folder.glob("[Dd]jango-*.tar.gz")
        unpacked = folder / "unpacking"
        with tarfile.open(archive) as tar:
            tar.extractall(unpacked, filter="data")
        (inside,) = unpacked.iterdir()
        inside.rename(source)
        unpacked.rmdir()
    return source


class Bench:
    """Runs ``loomgraph`` on one project in a data folder of its own."""

    def __init__(self, source: Path, data: Path) -> None:
        self.source = source
        self.data = data
        self.environment = {**os.environ, "LOOMGRAPH_DATA_DIR": str(data)}

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [str(Path(sys.executable).with_name("loomgraph")), *arguments, "--project", PROJECT, "--json"]
        return subprocess.Popen(
            command, env=self.environment, cwd=self.source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def timed(self, *arguments: str) -> tuple[dict[str, float], Any]:
        """Wall and CPU seconds of one whole process with its children, and its answer."""
        begin = time.perf_counter()
        process = self.start(*arguments)
        assert process.stdout is not None
        answer = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"loomgraph {' '.join(arguments)} ended with {process.returncode}")
        return {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime}, json.loads(answer)

    def peak(self, *arguments: str) -> float:
        """The peak of the memory of a process and its children, in MB."""
        process = self.start(*arguments)
        drain = threading.Thread(target=process.stdout.read if process.stdout else int)
        drain.start()
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, sum(map(proportional_kb, family(process.pid))) / 1000)
            time.sleep(0.02)
        drain.join()
        return peak

    def forget(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)

    def disk_mb(self) -> float:
        return sum(path.stat().st_size for path in self.data.rglob("*") if path.is_file()) / 1e6


def family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for parent in found:
        try:
            found += map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def proportional_kb(pid: int) -> int:
    """The memory of a process in kB, pages shared with others counted in parts."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        pass
    return 0


def median(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}


def measure(bench: Bench, runs: int) -> dict[str, dict[str, float]]:
    """All figures."""
    figures: dict[str, dict[str, float]] = {}
    for name, embedding in (("cold", "none"), ("cold, embedding", "static")):
        bench.environment["LOOMGRAPH_EMBEDDING"] = embedding
        cold = []
        for _ in range(runs):
            bench.forget()
            cold.append(bench.timed("index", str(bench.source))[0])
        figures[name] = median(cold)
        if Path("/proc/self/smaps_rollup").exists():
            bench.forget()
            figures[name]["peak_mb"] = round(bench.peak("index", str(bench.source)), 1)
    figures["index"] = {"disk_mb": round(bench.disk_mb(), 1)}
    figures["nothing changed"] = median([bench.timed("index", str(bench.source))[0] for _ in range(runs)])
    for name, (path, addition) in CHANGES.items():
        figures[name] = median([change(bench, path, addition, number) for number in range(runs)])
    callers = ("callers", "django/db/models/query.py::QuerySet.filter")
    figures["callers"] = median([bench.timed(*callers)[0] for _ in range(runs)])
    return figures


def change(bench: Bench, path: str, addition: str, number: int) -> dict[str, float]:
    """An update after ``addition`` was put at the end of one file; the file is put back, and the graph with it."""
    target = bench.source / path
    before = target.read_text()
    target.write_text(before + addition.replace("{n}", str(number)))
    try:
        return bench.timed("index", str(bench.source))[0]
    finally:
        target.write_text(before)
        bench.timed("index", str(bench.source))


def commit() -> str:
    here = Path(__file__).parent

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "../src")
    return (git("rev-parse", "--short=10", "HEAD") or "unknown") + ("-changed" if changed else "")


def machine() -> dict[str, Any]:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cores": usable, "python": platform.python_version(), "sqlite": sqlite3.sqlite_version,
        "system": platform.system(), "date": time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime()),
        "load_before": round(os.getloadavg()[0], 2),
    }  # fmt: skip


def report(figures: dict[str, dict[str, float]]) -> str:
    lines = [f"{'measure':26} {'figure':>10} {'asked':>8} {'rival':>8}"]
    for name, values in figures.items():
        for unit, value in values.items():
            asked, rival = TARGETS.get(name, {}).get(unit, ""), RIVALS.get(name, {}).get(unit, "")
            lines.append(f"{name + ' ' + unit:26} {value:>10} {asked!s:>8} {rival!s:>8}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--keep", type=Path, help="folder for the archive, kept for the next run")
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args(arguments)
    facts = machine()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        figures = measure(Bench(fetch(folder), Path(scratch) / "data"), chosen.runs)
    print(report(figures))
    RESULTS.mkdir(parents=True, exist_ok=True)
    document = {
        "commit": commit(), "input": f"Django {VERSION}", "machine": facts, "runs": chosen.runs, "figures": figures,
    }  # fmt: skip
    (RESULTS / f"{document['commit']}.json").write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""What the server counts, in Prometheus' form.

With several workers every worker writes its counts to files of one folder (``PROMETHEUS_MULTIPROC_DIR``, which
``running`` sets up), and whichever worker is asked adds all of them up: the counts are of the whole server. Counts of a
worker that died stay in the sum; what it held open does not. How things stand with a worker is known as it last said.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_OF_THE_LIVING = re.compile(r"gauge_live\w*_(\d+)\.db")
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_GAUGES: tuple[tuple[Literal["livesum", "livemax", "livemostrecent"], str, str], ...] = (
    ("livesum", "requests_running", "Requests being answered."),
    ("livesum", "open_projects", "Projects whose graphs are open."),
    ("livesum", "evictions", "Projects closed to make room."),
    ("livesum", "engine_bytes", "Memory that open graphs say they take."),
    ("livesum", "resident_bytes", "Memory of the processes."),
    ("livesum", "jobs_running", "Long changes being made."),
    ("livemostrecent", "index_jobs_queued", "Index jobs that wait."),
    ("livemostrecent", "index_jobs_running", "Index jobs that run."),
    ("livemax", "filling_projects", "Projects that lack vectors."),
    ("livemax", "files_without_vectors", "Files that lack vectors, as far as that is known."),
)  # of several workers: the sum, what the one says that knows of most, or what was said last


class Metrics:
    """One process' counts."""

    def __init__(self, shared: bool) -> None:
        self.shared = shared
        self.registry = CollectorRegistry()
        own = self.registry
        self._requests = Counter(
            "loomgraph_requests", "Requests answered.", ["method", "route", "status"], registry=own
        )
        self._seconds = Histogram(
            "loomgraph_request_seconds", "From a request to the end of its answer.", ["method", "route"],
            buckets=_SECONDS, registry=own,
        )  # fmt: skip
        self._failures = Counter("loomgraph_errors", "Answers that were errors, by code.", ["code"], registry=own)
        self._inserted = Counter("loomgraph_inserted", "Items inserted.", ["kind"], registry=own)
        self._gauges = {
            name: Gauge(f"loomgraph_{name}", text, registry=own, multiprocess_mode=mode) for mode, name, text in _GAUGES
        }

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def failure(self, code: str) -> None:
        """An answer was an error."""
        self._failures.labels(code).inc()

    def inserted(self, **counts: int) -> None:
        """Something was inserted."""
        for kind, count in counts.items():
            self._inserted.labels(kind).inc(count)

    def set(self, **values: float) -> None:
        """How things stand now."""
        for name, value in values.items():
            self._gauges[name].set(value)

    def text(self, look: Callable[[], dict[str, float]]) -> bytes:
        """All counts as Prometheus reads them, of every worker."""
        self.set(**look())
        if not self.shared:
            return generate_latest(self.registry)
        _forget_dead(os.environ[FOLDER_VARIABLE])
        whole = CollectorRegistry()
        multiprocess.MultiProcessCollector(whole)  # type: ignore[no-untyped-call]
        return generate_latest(whole)


def _forget_dead(folder: str) -> None:
    """Take away how things stood with workers that are no more; what they counted stays."""
    for name in os.listdir(folder):
        found = _OF_THE_LIVING.fullmatch(name)
        if found and not _lives(int(found[1])):
            multiprocess.mark_process_dead(int(found[1]), folder)  # type: ignore[no-untyped-call]


def _lives(pid: int) -> bool:
    if sys.platform == "win32":  # which has no such question
        return True
    try:
        os.kill(pid, 0)
    except OSError:  # nobody's, or another's by now
        return False
    return True


def resident_bytes() -> int:
    """What this process takes of the machine's memory; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0

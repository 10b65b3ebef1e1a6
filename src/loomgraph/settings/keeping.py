"""What can be set about the graphs that a server keeps open, and about what it may index by itself."""

from __future__ import annotations

from dataclasses import dataclass

from loomgraph.settings.declaring import setting
from loomgraph.settings.values import number, paths, patterns, whole


@dataclass(frozen=True, slots=True)
class KeepingSettings:
    """How many graphs a server process keeps open, and which code it may read when asked to."""

    max_open: int = setting(
        whole(1, 100_000), "How many projects a server process keeps open at most.", 64, name="max_open"
    )
    idle_seconds: float = setting(
        number(0, 1e9), "A project that nobody asked for so many seconds is closed; 0: none is.", 600.0, shown="600",
        name="idle_seconds",
    )  # fmt: skip
    memory_budget: int = setting(
        whole(0, 2**50), "How many bytes open projects may take in a server process, about; 0: no limit.", 512 << 20,
        name="memory_budget",
    )  # fmt: skip
    open_wait: float = setting(
        number(0, 3600),
        "How many seconds a request waits for room when as many projects as may be open are in use, before it is"
        " answered with 503.",
        1.0, shown="1", name="open_wait",
    )  # fmt: skip
    roots: tuple[str, ...] = setting(
        paths,
        "Folders that the server may index, with all below them, when an administrator's key asks; in the environment"
        " separated as in `PATH`.",
        (), shown="none", name="index_roots",
    )  # fmt: skip
    urls: tuple[str, ...] = setting(
        patterns,
        "What the addresses of git repositories that the server may index begin with, such as `https://github.com/acme`"
        " or `ssh://git@example.org/`.",
        (), shown="none", name="index_urls",
    )  # fmt: skip
    jobs: int = setting(whole(1, 64), "How many projects a server indexes at a time.", 1, name="index_jobs")
    job_seconds: float = setting(
        number(1, 1e7), "How many seconds an index that the server runs may take.", 3600.0, shown="3600",
        name="index_seconds",
    )  # fmt: skip

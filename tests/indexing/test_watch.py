"""Batches of changes, with and without help from the operating system."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from loomgraph.indexing.watch import Watcher, can_notify


def is_source(name: str) -> bool:
    return name.endswith(".py")


@pytest.mark.parametrize("notify", [False, True])
def test_each_burst_of_changes_is_one_batch(tmp_path: Path, notify: bool) -> None:
    if notify and not can_notify():
        pytest.skip("watchfiles is not installed")
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "b.py").write_text("1")
    stop = threading.Event()
    watcher = Watcher(tmp_path, is_source, stop=stop, interval=0.02, debounce=0.05, notify=notify)
    (tmp_path / "a.py").write_text("12")
    batches = watcher.batches()
    assert next(batches) == {"a.py"}  # it changed before the first look
    (tmp_path / ".gitignore").write_text("ignored.py\n")

    def edit() -> None:
        (tmp_path / "ignored.py").write_text("1")
        (tmp_path / "b.py").unlink()
        (tmp_path / "c.py").write_text("1")

    timer = threading.Timer(0.2, edit)
    timer.start()
    assert next(batches) == {"b.py", "c.py"}
    timer.join()
    threading.Timer(0.1, stop.set).start()
    assert list(batches) == []

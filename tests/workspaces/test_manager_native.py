"""The manager with real engines: nothing lost under threads, and closing gives memory back."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from loomgraph.engines.base import Engine
from loomgraph.settings import Settings
from loomgraph.store.base import FileGraph, FileRecord
from loomgraph.workspaces.folders import ProjectFolders
from loomgraph.workspaces.leasing import EngineOpener, make_empty
from loomgraph.workspaces.manager import Limits, Manager


def manager_of(data: Path, names: list[str], limits: Limits) -> Manager[Engine]:
    folders = ProjectFolders(data)
    for name in names:
        folders.create(name, "", "", make_empty)
    return Manager(folders, EngineOpener(Settings(data_dir=data), wait=30), limits)


def test_threads_write_and_read_projects_that_make_way_for_each_other(tmp_path: Path) -> None:
    names = ["a", "b", "c"]
    manager = manager_of(tmp_path, names, Limits(max_open=2, idle=1e-6, patience=60))

    def work(number: int) -> None:
        for turn in range(12):
            name = names[(number + turn) % 3]
            with manager.lease(name) as engine:
                path = f"{number}-{turn}.py"
                engine.insert([FileGraph(FileRecord(path, "python", "", 1, 0))])
            with manager.lease(name) as engine, engine.read() as reader:
                assert reader.file(path) is not None

    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(work, number) for number in range(4)]:
            one.result(120)
    found = 0
    for name in names:
        with manager.lease(name) as engine, engine.read() as reader:
            found += len(reader.files())
    manager.close()
    assert found == 4 * 12
    assert manager.report().evicted_count > 0
    assert not list(tmp_path.glob("*/graph.db-wal"))  # closed as it should be


CYCLES = textwrap.dedent(
    """
    import statistics, sys
    from pathlib import Path
    from loomgraph import settings
    from loomgraph.service.serving import serving
    from loomgraph.workspaces.growth import private_bytes
    data = sys.argv[1]
    given = {"HOME": data, "LOOMGRAPH_DATA_DIR": data, "LOOMGRAPH_MAX_OPEN": "1"}
    with serving(settings.load(given)) as service:
        for name in "abc":
            Path(data, "code", name).mkdir(parents=True)
            for number in range(30):
                text = f"def find_{number}(x):\\n    return sort_{number}(x)\\n\\ndef sort_{number}(x): return x\\n"
                Path(data, "code", name, f"m{number}.py").write_text(text)
            service.index(str(Path(data, "code", name)), project=name, jobs=1)
        sizes = []
        for number in range(240):
            assert service.search("sort the order", projects=["abc"[number % 3]]).results
            sizes.append(private_bytes())
        assert service.engine_counts().opened >= 240
    early, late = statistics.median(sizes[60:120]), statistics.median(sizes[-60:])
    print(100 * (late - early) / early)
    """
)  # fmt: skip


def test_opening_and_closing_takes_no_memory(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CYCLES, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert abs(float(done.stdout)) < 5, f"it grew by {done.stdout.strip()} %"

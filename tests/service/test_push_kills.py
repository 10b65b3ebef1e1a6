"""A process killed in the middle of a push leaves the graph of before or of after, and the next push puts it right."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loomgraph.service import Service
from loomgraph.settings import load

PUSH = """
import sys
from pathlib import Path
from loomgraph.service import Service
from loomgraph.settings import load
base, version = Path(sys.argv[1]), sys.argv[2]
service = Service(load({"LOOMGRAPH_DATA_DIR": str(base / "data"), "HOME": str(base), "LOOMGRAPH_JOBS": "1"}), base)
files = [{"path": f"m{n}.py", "content": f"def f{version}_{n}():\\n    return {n}\\n"} for n in range(40)]
print("ready", flush=True)
service.sync_files("shop", files)
print("done", flush=True)
"""


def versions(service: Service) -> set[str]:
    """Of which pushes there are functions in the graph."""
    with service.reading("shop") as (_, reader):
        found = [name for name in reader.names("f") if name.startswith("f")]
    assert len(found) == 40
    return {name[1:].partition("_")[0] for name in found}


@pytest.mark.slow
def test_a_push_that_is_killed_is_whole_or_not_there(tmp_path: Path) -> None:
    service = Service(load({"LOOMGRAPH_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path)}), tmp_path)
    chance = random.Random(4)
    before, killed = "", 0
    for version in map(str, range(10)):
        process = subprocess.Popen(
            [sys.executable, "-c", PUSH, str(tmp_path), version], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None
        process.stdout.readline()
        if version != "0":
            time.sleep(chance.uniform(0, 0.5))
            os.kill(process.pid, signal.SIGKILL)
        said = process.stdout.read()
        process.wait()
        process.stdout.close()
        killed += b"done" not in said
        (now,) = versions(service)
        assert now == version if b"done" in said else now in (before, version)
        before = now
    assert killed > 3
    files = [{"path": f"m{n}.py", "content": f"def flast_{n}(): ...\n"} for n in range(40)]
    service.sync_files("shop", files)
    assert versions(service) == {"last"}
    source = tmp_path / "data" / "shop" / "source"
    assert sorted(os.listdir(source)) == sorted(f"m{n}.py" for n in range(40))

"""Questions to many projects at once: no more of them are open than a process may hold."""

from __future__ import annotations

import resource
import shutil
from pathlib import Path

import pytest

from loomgraph import settings
from loomgraph.service import Service


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """Sixty projects that hold the same."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.py").write_text("def sort_apples():\n    return 1\n")
    given = {"HOME": str(tmp_path), "LOOMGRAPH_DATA_DIR": str(tmp_path / "data"), "LOOMGRAPH_JOBS": "1"}
    found = Service(settings.load(given), tmp_path)
    found.index("code", project="p0")
    for number in range(1, 60):
        shutil.copytree(tmp_path / "data" / "p0", tmp_path / "data" / f"p{number}")
    return found


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")
def test_a_question_to_all_takes_few_open_files(service: Service) -> None:
    one = service.search("sort apples", projects=["p0"])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())) + 110, hard))
    try:
        every = service.search("sort apples", every=True)
        answer = service.ask("sort apples", every=True)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(every.projects) == len(answer.projects) == 60
    assert {hit.symbol.id for hit in every.results if hit.symbol} == {
        hit.symbol.id for hit in one.results if hit.symbol
    }

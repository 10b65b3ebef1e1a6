"""What the command ``serve`` makes of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from loomgraph.cli.serving import served
from loomgraph.service import Service
from loomgraph.settings import load


@pytest.mark.parametrize(("given", "waits"), [({}, 30.0), ({"LOOMGRAPH_LOCK_WAIT": "0.3"}, 0.3)])
def test_a_server_is_more_patient_than_a_command_unless_told(
    tmp_path: Path, given: dict[str, str], waits: float
) -> None:  # fmt: skip
    def make() -> Service:
        return Service(load({"LOOMGRAPH_DATA_DIR": str(tmp_path), "HOME": str(tmp_path), **given}), tmp_path)

    found = served(make, {"port": "0", "workers": 3}, 7)
    assert found.lock_wait == waits
    assert (found.server.workers, found.server.port, found.keeping.max_open) == (3, "0", 7)

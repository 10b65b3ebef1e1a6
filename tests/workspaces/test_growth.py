"""What the process has taken, by the system's word."""

from __future__ import annotations

import mmap
import sys
from pathlib import Path

import pytest

from loomgraph.workspaces.growth import hand_back, private_bytes

_SIZE = 16 << 20


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells")
def test_private_bytes_count_what_was_taken_and_not_what_is_mapped_from_files(tmp_path: Path) -> None:
    hand_back()
    before = private_bytes()
    taken = bytearray(_SIZE)
    assert private_bytes() - before > _SIZE * 0.9
    del taken
    hand_back()
    assert private_bytes() - before < _SIZE * 0.2
    (tmp_path / "file").write_bytes(b"x" * _SIZE)
    before = private_bytes()
    with open(tmp_path / "file", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert sum(mapped[at] for at in range(0, _SIZE, 4096)) > 0
        assert private_bytes() - before < _SIZE * 0.2


def test_where_nobody_says_it_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.open", lambda *_, **__: (_ for _ in ()).throw(FileNotFoundError()))
    assert private_bytes() == 0

"""An archive gives back what went in, or nothing: whatever is missing from it or was changed in it."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loomgraph.deploy import archives
from loomgraph.errors import ArchiveDamaged, NoArchive

FILES = {"a.txt": b"alpha", "deep/er/b.bin": bytes(range(256)) * 40, "empty": b""}


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    for name, content in FILES.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(content)
        os.utime(source / name, ns=(123456789_123456789, 987654321_123456789))
    archives.write(tmp_path / "it.tar.gz", source, {"name": "shop"})
    return tmp_path / "it.tar.gz"


def contents(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_what_went_in_comes_out(packed, tmp_path):
    found = archives.unpack(packed, tmp_path / "out")
    assert contents(tmp_path / "out") == FILES
    assert (tmp_path / "out" / "a.txt").stat().st_mtime_ns == 987654321_123456789
    assert found.facts == {"name": "shop"}
    assert archives.check(packed).files == found.files
    assert oct(packed.stat().st_mode)[-3:] == "600"
    assert not list(tmp_path.glob("*.part"))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_that_was_changed_is_refused_or_still_gives_the_same(packed, tmp_path, data):
    whole = packed.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    kind = data.draw(st.sampled_from(["flip", "cut", "insert"]))
    changed = {
        "flip": whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :],
        "cut": whole[:at],
        "insert": whole[:at] + b"\0" + whole[at:],
    }[kind]
    path = tmp_path / f"changed{len(list(tmp_path.iterdir()))}.tar.gz"
    path.write_bytes(changed)
    target = path.with_suffix(".out")
    try:
        archives.unpack(path, target)
    except ArchiveDamaged:
        assert not target.exists()
    else:
        assert contents(target) == FILES


def made(path: Path, files: dict[str, bytes], listed: dict[str, list[object]], format: int = 1) -> Path:
    """An archive as somebody else may make one."""
    said = json.dumps({"format": format, "facts": {}, "files": listed}).encode()
    with tarfile.open(path, "w:gz") as tar:
        for name, content in {"manifest.json": said, **files}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "a/../../out"])
def test_no_file_lands_outside(tmp_path, name):
    path = made(tmp_path / "evil.tar.gz", {name: b""}, {name: [0, EMPTY_HASH, 0]})
    with pytest.raises(ArchiveDamaged, match="no file"):
        archives.unpack(path, tmp_path / "in")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "in").exists()
    assert not Path("/tmp/out").exists()


def test_what_is_not_listed_or_missing_is_damage(tmp_path):
    more = made(tmp_path / "more.tar.gz", {"a": b""}, {})
    less = made(tmp_path / "less.tar.gz", {}, {"a": [0, EMPTY_HASH, 0]})
    with pytest.raises(ArchiveDamaged):
        archives.check(more)
    with pytest.raises(ArchiveDamaged, match="a among them"):
        archives.check(less)


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", gzip.compress(b"no archive"), gzip.compress(b"\0" * 10240)],
    ids=["empty", "text", "packed text", "packed nothing"],  # bytes that gzip made hold the time
)
def test_what_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "x.tar.gz").write_bytes(content)
    with pytest.raises(ArchiveDamaged):
        archives.check(tmp_path / "x.tar.gz")


def test_one_of_a_later_format_is_refused(tmp_path):
    with pytest.raises(ArchiveDamaged, match="format 2"):
        archives.check(made(tmp_path / "x.tar.gz", {}, {}, format=2))


def test_one_that_is_not_there_is_said(tmp_path):
    with pytest.raises(NoArchive):
        archives.check(tmp_path / "x.tar.gz")

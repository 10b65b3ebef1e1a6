"""The processes that LightRAG lives in: begun, shared, recycled, and what stops them from beginning."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loomgraph.engines.lightrag.hosts import Hosts
from loomgraph.engines.lightrag.process import HostProcess
from loomgraph.engines.testing import field
from loomgraph.errors import LightRagEnded, LightRagFailed, LightRagMerged, LightRagNeedsVectors, MissingExtra
from loomgraph.settings import EmbeddingSettings, LightRagSettings
from loomgraph.settings.embedding import NONE
from loomgraph.settings.lightrag import handed_on
from tests.engines.lightrag.conftest import SETTINGS, opened


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_an_interpreter_without_lightrag_names_the_extra(tmp_path: Path) -> None:
    hosts = Hosts(LightRagSettings(python=sys.executable))
    with hosts, pytest.raises(MissingExtra, match=r"loomgraph-kg\[lightrag\]") as raised:
        hosts.open("w", tmp_path)
    assert "No module named 'lightrag'" in str(raised.value)


@pytest.mark.parametrize(
    "server", ["POSTGRES", "REDIS", "NEO4J", "MILVUS", "QDRANT", "MONGODB", "MEMGRAPH", "OPENSEARCH"]
)
def test_a_variable_that_merges_all_projects_is_refused_by_name(server: str, tmp_path: Path) -> None:
    name = f"{server}_WORKSPACE"
    hosts = Hosts(LightRagSettings(variables=handed_on({name: "one", "PATH": "/bin"})))
    with hosts, pytest.raises(LightRagMerged, match=name):
        hosts.open("w", tmp_path)
    assert LightRagSettings(variables=handed_on({name: ""})).merging == []


def test_it_needs_vectors(tmp_path: Path) -> None:
    with Hosts(SETTINGS, EmbeddingSettings(name=NONE)) as hosts, pytest.raises(LightRagNeedsVectors):
        hosts.open("w", tmp_path)


def test_its_environment_is_what_the_settings_hand_on(tmp_path: Path, own_hosts: Callable[..., Hosts]) -> None:
    hosts = own_hosts()
    instance = hosts.open("w", tmp_path)
    said = Path(f"/proc/{instance.process.pid}/environ").read_bytes().split(b"\0")
    assert sorted(one.partition(b"=")[0].decode() for one in said if one) == ["HOME", "PATH"]
    hosts.close_instance(instance)


def test_files_of_the_folder_that_somebody_stands_in_say_nothing(
    tmp_path: Path, own_hosts: Callable[..., Hosts], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("POSTGRES_WORKSPACE=one\nWORKSPACE=one\n")
    (tmp_path / "config.ini").write_text("[postgres]\nworkspace = one\n")
    monkeypatch.chdir(tmp_path)
    engine = opened(own_hosts(), tmp_path / "p")
    engine.insert_custom_kg(field())
    assert [path.name.startswith("p_shop_") for path in engine.folder.iterdir()] == [True]
    engine.close()


def test_a_process_in_which_many_were_closed_ends_when_nobody_uses_it(
    tmp_path: Path, own_hosts: Callable[..., Hosts]
) -> None:
    hosts = own_hosts(closings=2)
    stays = hosts.open("stays", tmp_path / "s")
    first = stays.process
    for at in range(3):
        instance = hosts.open(f"w{at}", tmp_path / str(at))
        assert (instance.process is first) == (at < 2)
        hosts.close_instance(instance)
    assert not gone(first.pid)
    assert stays.call("held", chunks=[])["nodes"] == []
    hosts.close_instance(stays)
    assert gone(first.pid)
    assert hosts.recycled == 1


def test_a_process_that_has_grown_ends_too(tmp_path: Path, own_hosts: Callable[..., Hosts]) -> None:
    hosts = own_hosts(process_bytes=1)
    instance = hosts.open("w", tmp_path)
    assert instance.process.bytes > 10_000_000
    hosts.close_instance(instance)
    assert gone(instance.process.pid)


def test_projects_are_spread_over_processes(tmp_path: Path, own_hosts: Callable[..., Hosts]) -> None:
    hosts = own_hosts(processes=2)
    opened_now = [hosts.open(f"w{at}", tmp_path / str(at)) for at in range(4)]
    pids = [one.process.pid for one in opened_now]
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [2, 2]
    hosts.close()
    assert all(gone(pid) for pid in pids)
    with pytest.raises(LightRagEnded):
        opened_now[0].call("held", chunks=[])


def test_what_lightrag_raises_comes_with_its_words(tmp_path: Path, own_hosts: Callable[..., Hosts]) -> None:
    hosts = own_hosts(graph_storage="NoSuchStorage")
    with pytest.raises(LightRagFailed, match="NoSuchStorage"):
        hosts.open("w", tmp_path)


def test_a_script_that_dies_says_why(tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho out of luck >&2\nexit 3\n")
    script.chmod(0o755)
    with pytest.raises(LightRagEnded, match="exit code 3: out of luck"):
        HostProcess(str(script), {}, tmp_path, lambda what, given: None)

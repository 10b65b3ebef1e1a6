"""The operations manual: what it tells to type does what it says, on a deployment with real servers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loomgraph.deploy import planfile
from tests.deploy.conftest import end_all
from tests.ports import free_ports
from tests.test_docs import ROOT, SHOP, blocks

PAGE = ROOT / "docs" / "deploy" / "operations.md"
ARCHIVES = "/var/backups/loomgraph"
Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of who types: a command `loomgraph` on the path, code of a customer."""
    place = tmp_path / "home"
    (place / "bin").mkdir(parents=True)
    program = place / "bin" / "loomgraph"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "from loomgraph.cli import main; main()" "$@"\n')
    program.chmod(0o755)
    shutil.copytree(SHOP, place / "src" / "acme", ignore=shutil.ignore_patterns("__pycache__"))
    return place


@pytest.fixture
def shell(home: Path) -> Shell:
    """Types a line as the page has it, but for the folder of the archives."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LOOMGRAPH_", "LIGHTRAG_", "XDG_"))}
    path = f"{home / 'bin'}:{Path(sys.executable).parent}:{kept['PATH']}"
    environment = {**kept, "HOME": str(home), "PATH": path, "NO_COLOR": "1"}

    def type_(line: str, **instead: str) -> subprocess.CompletedProcess[str]:
        for written, meant in {ARCHIVES: str(home / "archives"), **instead}.items():
            line = line.replace(written, meant)
        return subprocess.run(["sh", "-c", line], cwd=home, env=environment, capture_output=True, text=True)

    return type_


@pytest.fixture
def folder(home: Path, shell: Shell) -> Iterator[Path]:
    """A deployment of one project, at ports that nobody has."""
    place = home / "lightrag-projects"
    port, outside = free_ports(2)
    assert shell("loomgraph deploy init").returncode == 0
    added = shell(f"loomgraph deploy add shop --port {port} --outside {outside}")
    assert added.returncode == 0, added.stderr
    yield place
    end_all(planfile.load(place))


def section(title: str) -> list[str]:
    """The lines to type below a heading of the page."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found is not None
    return [line for language, block in blocks(found[1]) if language == "sh" for line in block.splitlines()]


def test_every_day(shell: Shell, folder: Path) -> None:
    assert shell("loomgraph deploy start").returncode == 0
    said = {line.split("  ")[0]: shell(line) for line in section("Every day")}
    assert {line: done.stderr for line, done in said.items() if done.returncode != 0} == {}
    assert "shop  healthy" in said["loomgraph deploy status"].stdout
    assert "shop  good" in said["loomgraph deploy health"].stdout
    assert "shop: stopped" in said["loomgraph deploy stop --all"].stdout
    assert "shop: started" in said["loomgraph deploy start --all"].stdout


def test_a_new_customer(shell: Shell, folder: Path) -> None:
    lines = section("A new customer")
    rest = [line for line in lines if not re.search("deploy nginx|through-proxy|_server|loomgraph push", line)]
    assert len(rest) == len(lines) - 4
    port, outside = free_ports(2)
    for line in rest:
        done = shell(line, **{"deploy add acme": f"deploy add acme --port {port} --outside {outside}"})
        assert done.returncode == 0, f"{line}: {done.stderr}"
    key = re.findall(r"LIGHTRAG_API_KEY=([0-9a-f]{48})\n", (folder / "acme" / "secrets.env").read_text())
    (push,) = [line for line in lines if line.startswith("loomgraph push")]
    here = {"http://127.0.0.1:3011": f"http://127.0.0.1:{port}"}  # without a proxy
    (folder.parent / ".acme.key").write_text("0" * 48)
    assert shell(push, **here).returncode != 0, "nobody comes in with another key"
    (folder.parent / ".acme.key").write_text(key[0])
    done = shell(push, **here)
    assert done.returncode == 0, done.stderr
    assert "symbols" in done.stdout


def test_a_key_in_the_layout_of_one_server(home: Path, shell: Shell) -> None:
    port, outside = free_ports(2)
    made = shell(f"loomgraph deploy init --layout server --port {port} --outside {outside}")
    assert made.returncode == 0, made.stderr
    (line,) = [line for line in section("A new customer") if "_server" in line]
    assert shell(line).returncode == 0
    listed = shell("lightrag-projects/with-env.sh _server loomgraph keys list --json")
    (key,) = json.loads(listed.stdout)["keys"]
    assert (key["label"], key["grants"]) == ("acme", {"acme": "write"})


def test_backup_and_restore(home: Path, shell: Shell, folder: Path) -> None:
    held = shell(f"lightrag-projects/with-env.sh shop loomgraph index {home / 'src' / 'acme'} --project shop")
    assert held.returncode == 0, held.stderr
    backup, restore, nightly = section("Backup and restore")
    assert shell(backup).returncode == 0
    (archive,) = (home / "archives").iterdir()
    example = re.search(r"shop-\w+\.tar\.gz", restore)
    assert example is not None
    restored = shell(restore, **{example[0]: archive.name})
    assert restored.returncode == 0, restored.stderr
    archive = archive.rename(archive.with_name("shop-20260102T030405Z.tar.gz"))
    os.utime(archive, (0, 0))
    done = shell(nightly.removeprefix("0 3 * * *"))
    assert done.returncode == 0, done.stderr
    assert archive.name not in {one.name for one in (home / "archives").iterdir()}, "the old one is gone"
    assert len(list((home / "archives").iterdir())) == 1


def test_cron_calls_for_help_once(home: Path, shell: Shell, folder: Path) -> None:
    (line,) = section("Monitoring")
    mail = home / "bin" / "mail"
    mail.write_text('#!/bin/sh\necho "$2" >> "$HOME/mails"\n')
    mail.chmod(0o755)
    for _ in range(2):
        assert shell(line.removeprefix("*/5 * * * *")).returncode == 1
    mails = (home / "mails").read_text().splitlines()
    assert len(mails) == len(set(mails))
    assert any(mail.startswith("shop: ") for mail in mails)

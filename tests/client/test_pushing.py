"""Pushes through the real server: what `loomgraph push` does, and what travels."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loomgraph.client import Files, Graphs
from loomgraph.client import pushing as wire
from loomgraph.errors import LoomGraphError, PushIncomplete
from loomgraph.service import Service
from loomgraph.settings import load

SHOP = Path(__file__).resolve().parents[2] / "docs" / "examples" / "shop"


@pytest.fixture
def code(tmp_path):
    shutil.copytree(SHOP, tmp_path / "code", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "code"


@pytest.fixture
def local(tmp_path, code):
    """The service of the machine that pushes."""
    return Service(load({"LOOMGRAPH_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path)}), code)


def files_of(local, code):
    return Files(local.local_files(str(code)).files, lambda path: (code / path).read_bytes())


def ids(hops):
    return [hop.symbol.id for hop in hops]


def test_a_push_gives_the_answers_of_an_index(graphs, local, code):
    local.index(str(code), project="pushed")
    project = graphs["pushed"]
    done = project.push(files_of(local, code))
    assert (done.new, done.added) == (True, len(files_of(local, code).files))
    assert ids(project.callers("Price.with_tax").hops) == ids(local.callers("Price.with_tax", project="pushed").hops)
    assert project.push(files_of(local, code)).up_to_date
    (code / "shop" / "prices.py").unlink()
    assert project.push(files_of(local, code)).deleted == 1
    project.delete()


def test_parts_are_bounded_and_hold_only_what_is_lacking(graphs, local, code, monkeypatch):
    monkeypatch.setattr(wire, "_PART", 100)
    sent = []
    project = graphs["parts"]
    project.push(files_of(local, code), lambda phase, done, total: phase == "send" and sent.append((done, total)))
    assert len(sent) > 2
    assert sent[-1][0] == sent[-1][1]
    sent.clear()
    (code / "shop" / "new.py").write_text("def fresh():\n    return 1\n")
    project.push(files_of(local, code), lambda phase, done, total: phase == "send" and sent.append((done, total)))
    size = len("def fresh():\n    return 1\n")
    assert sent == [(size, size)]
    project.delete()


def test_a_file_that_changes_meanwhile_makes_the_push_incomplete_not_wrong(graphs, local, code):
    files = files_of(local, code)
    (code / "shop" / "prices.py").write_text("def changed(): ...\n")
    with pytest.raises(PushIncomplete):
        graphs["racy"].push(files)
    with pytest.raises(LoomGraphError):
        graphs["racy"].stats()
    assert graphs["racy"].push(files_of(local, code)).new
    graphs["racy"].delete()


def test_named_files_are_replaced(graphs):
    project = graphs["named"]
    assert project.sync({"a.py": "def one():\n    return 1\n", "b.py": "def two(): ...\n"}).new
    done = project.sync({"a.py": "def three():\n    return 1\n"}, delete=["b.py"])
    assert (done.changed, done.deleted) == (1, 1)
    assert [symbol.name for symbol in project.find("three").symbols] == ["three"]
    project.delete()


def push(code, server, tmp_path, *options):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LOOMGRAPH_")}
    return subprocess.run(
        [sys.executable, "-c", "from loomgraph.cli import main; main()", "push", *options],
        env={**kept, "LOOMGRAPH_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path),
             "LOOMGRAPH_PUSH_SERVER": server},
        cwd=code, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_command_pushes_the_folder_it_stands_in(code, server, tmp_path):
    (code / ".gitignore").write_text("secret.py\n")
    (code / "secret.py").write_text("KEY = 1\n")
    done = push(code, server, tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["project"], found["new"]) == ("code", True)
    again = push(code, server, tmp_path)
    assert "up to date" in again.stdout
    assert not (tmp_path / "data").exists()  # nothing is kept here
    with Graphs(server) as graphs:
        assert graphs["code"].find("KEY").symbols == []
        graphs["code"].delete()


def test_the_command_says_what_is_wrong(code, tmp_path):
    done = push(code, "http://127.0.0.1:9", tmp_path)
    assert (done.returncode, done.stdout) == (10, "")
    assert "cannot be reached" in done.stderr
    assert push(code, "", tmp_path).returncode == 2
    assert push(code, "ftp://x", tmp_path).returncode == 2

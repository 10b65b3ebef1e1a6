"""``mcp install``: what it prints, and what it writes when told where."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from loomgraph.cli.agents import _CLIENTS
from loomgraph.mcp.clients import CLIENTS


def test_the_command_knows_every_client():
    assert tuple(CLIENTS) == _CLIENTS


def test_it_prints_the_configuration_and_says_where_it_goes(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("mcp", "install", "--client", "claude", "--project", "shop")
    assert done.code == 0
    entry = json.loads(done.out)["mcpServers"]["loomgraph"]
    assert entry["args"] == ["mcp", "--project", "shop"]
    assert Path(entry["command"]).is_absolute()
    assert Path(entry["command"]).parent == Path(sys.executable).parent
    assert entry["env"]["LOOMGRAPH_DATA_DIR"] == str(tmp_path / "data")  # a client starts it without our environment
    assert ".mcp.json" in done.err
    assert list(tmp_path.iterdir()) == []  # nothing is written unless told where


def test_it_writes_where_it_is_told(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(
        "mcp", "install", "--client", "codex", "--url", "http://127.0.0.1:9621/mcp", "--write", "c.toml", "--json"
    )
    assert (done.code, done.json["outcome"]) == (0, "created")
    assert tomllib.loads((tmp_path / "c.toml").read_text())["mcp_servers"]["loomgraph"]["url"].endswith("/mcp")
    again = run("mcp", "install", "--client", "codex", "--write", "c.toml")
    assert "changed; as it was" in again.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--client", "cursor", "--key", "k"], "--url"), (["--client", "claude-desktop", "--url", "http://x"], "--url"),
     (["--client", "nobody"], "nobody")],
)  # fmt: skip
def test_what_makes_no_sense_is_said(run, arguments, says):
    done = run("mcp", "install", *arguments)
    assert (done.code, done.out) == (2, "")
    assert says in done.err


def test_a_folder_that_is_not_there_is_said(run):
    assert run("mcp", "--folder", "/nowhere/at/all").code == 2


WITHOUT = "import sys; sys.modules['mcp'] = sys.modules['mcp_types'] = None; from loomgraph.cli import main; main()"


@pytest.mark.parametrize(("arguments", "code"), [(["install", "--client", "zed"], 0), ([], 8)])
def test_without_the_extra_only_serving_is_missing(tmp_path, arguments, code):
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LOOMGRAPH_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, "mcp", *arguments], env=environment, cwd=tmp_path, input="",
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert ("loomgraph-kg[mcp]" in done.stderr) == (code == 8)

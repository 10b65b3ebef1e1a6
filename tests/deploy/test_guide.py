"""The guide of many projects: its examples do what they show."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from loomgraph.deploy.ports import listening
from tests.test_docs import ROOT, sessions

GUIDE = ROOT / "docs" / "deploy" / "multi-project.md"


def test_the_examples_do_what_they_show(tmp_path: Path) -> None:
    taken = [port for port in (9631, 9700, 3011, 3100) if listening(port)]
    if taken:
        pytest.skip(f"somebody listens at {taken}, which the guide gives to projects")
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("LOOMGRAPH_", "LIGHTRAG_", "XDG_"))}
    environment = {**mine, "HOME": str(tmp_path), "NO_COLOR": "1"}
    examples = sessions(GUIDE)
    assert [command.split()[2] for command, _ in examples] == ["init", "add", "add", "list", "remove", "generate"]
    for command, shown in examples:
        program, *arguments = shlex.split(command)
        assert program == "loomgraph"
        run = [sys.executable, "-c", "from loomgraph.cli import main; main()", *arguments]
        done = subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        said = "".join(f"{line.rstrip()}\n" for line in done.stdout.replace(str(tmp_path), "~").splitlines())
        assert said == shown, command
    assert not (tmp_path / "lightrag-projects" / "bank").exists()

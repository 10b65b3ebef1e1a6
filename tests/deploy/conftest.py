"""Deployments with real processes on free ports, all of which end with the test."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from loomgraph.deploy import dotenv, running
from loomgraph.deploy.plan import Deployment, Instance, Kind, Ports, Run
from tests.ports import free_ports

LIGHTRAG = Path(__file__).parents[2] / ".venv-lightrag" / "bin" / "python"
LIGHTRAG_SETTINGS = {
    "LLM_BINDING": "openai", "LLM_MODEL": "none", "LLM_BINDING_HOST": "http://127.0.0.1:9/v1",
    "LLM_BINDING_API_KEY": "none", "EMBEDDING_BINDING": "openai", "EMBEDDING_MODEL": "none", "EMBEDDING_DIM": "8",
    "EMBEDDING_BINDING_HOST": "http://127.0.0.1:9/v1", "EMBEDDING_BINDING_API_KEY": "none",
    "WORKING_DIR": "./rag_storage", "INPUT_DIR": "./inputs",
}  # fmt: skip


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's own settings reach the processes."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()


def end_all(deployment: Deployment) -> None:
    """End what still runs."""
    quick = replace(deployment, run=replace(deployment.run, stop_seconds=5))
    for one in quick.processes:
        if one.folder.is_dir():
            running.stop(quick, one)


@pytest.fixture
def deploy(tmp_path: Path) -> Iterator[Callable[..., Deployment]]:
    """Makes a deployment of these projects (name → kind), with the files that their processes need."""
    made: list[Deployment] = []

    def make(kinds: Mapping[str, Kind], program: str = "loomgraph", **variables: str) -> Deployment:
        folder = tmp_path / f"deployment{len(made)}"
        ports = free_ports(2 * len(kinds))
        instances = [
            Instance(name, kind, "native", ports.pop(), ports.pop(), folder / name) for name, kind in kinds.items()
        ]
        run = Run(program=program, lightrag_python=str(LIGHTRAG), stop_seconds=20)
        found = Deployment(folder, ports=Ports(), run=run, instances=tuple(instances))
        for one in instances:
            write_settings(one, variables)
        found.plan_file.write_text("")
        made.append(found)
        return found

    yield make
    for one in made:
        end_all(one)


def write_settings(instance: Instance, more: Mapping[str, str]) -> None:
    """The settings of its process."""
    instance.folder.mkdir(parents=True, exist_ok=True)
    mine = {"HOST": "127.0.0.1", "PORT": str(instance.port), "WORKSPACE": instance.name}
    theirs = {"LOOMGRAPH_DATA_DIR": str(instance.data)} if instance.kind == "loomgraph" else LIGHTRAG_SETTINGS
    instance.env_file.write_text(dotenv.render([("", {**mine, **theirs, **more})]))


def fake_program(folder: Path, body: str) -> str:
    """A program that is called as the server is, which does what a test needs."""
    path = folder / "program"
    path.write_text(f"#!{sys.executable} -S\nimport os, signal, sys, time\nPORT = int(os.environ['PORT'])\n{body}")
    os.chmod(path, 0o755)
    return str(path)


SERVES = """
import http.server
class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'{"status":"healthy"}')
    def log_message(self, *_): pass
http.server.HTTPServer.allow_reuse_address = True
server = http.server.HTTPServer(("127.0.0.1", PORT), Healthy)
server.serve_forever()
"""

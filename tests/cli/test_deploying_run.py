"""The commands that run a deployment, as people and cron call them."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from dataclasses import replace

import pytest

from loomgraph.deploy import planfile, planning, running
from tests.deploy.conftest import SERVES, end_all, fake_program
from tests.ports import free_ports


@pytest.fixture
def placed(tmp_path):
    """A deployment of two light processes, planned and generated."""
    folder = tmp_path / "deployment"
    plan = planning.fresh(folder, "development")
    plan = replace(plan, run=replace(plan.run, program=fake_program(tmp_path, SERVES)))
    planning.init(plan)
    ports = free_ports(4)
    for name in ("shop", "till"):
        planning.add(folder, name, port=ports.pop(), outside=ports.pop())
    yield folder
    end_all(planfile.load(folder))


@pytest.fixture
def deploy(run, placed):
    return lambda *arguments: run("deploy", *arguments, "--dir", str(placed))


def conditions(deploy) -> dict[str, str]:
    return {one["name"]: one["condition"] for one in deploy("status", "--json").json["instances"]}


def test_a_day_in_the_life_of_a_deployment(deploy):
    assert conditions(deploy) == {"shop": "stopped", "till": "stopped"}
    started = deploy("start", "shop")
    assert started.code == 0
    assert started.out.startswith("shop: started, pid ")
    assert "shop: runs already" in deploy("start", "--all").out
    assert conditions(deploy) == {"shop": "healthy", "till": "healthy"}
    status = deploy("status")
    assert "healthy" in status.out
    assert "MB" in status.out
    before = deploy("status", "shop", "--json").json["instances"][0]["pid"]
    assert deploy("restart", "shop").code == 0
    assert deploy("status", "shop", "--json").json["instances"][0]["pid"] != before
    assert {line.split(",")[0] for line in deploy("stop").out.splitlines()} == {"shop: stopped", "till: stopped"}
    assert conditions(deploy) == {"shop": "stopped", "till": "stopped"}


def test_json_is_one_document(deploy):
    found = deploy("start", "till", "--json").json["instances"]
    assert [(one["name"], one["changed"]) for one in found] == [("till", True)]
    assert deploy("stop", "till", "--json").json["instances"][0]["changed"] is True


def test_what_is_not_there_is_said(deploy, run, tmp_path):
    assert deploy("start", "nobody").code == 3
    assert run("deploy", "status", "--dir", str(tmp_path / "nowhere")).code == 3


def test_a_stranger_at_a_port_ends_start_with_an_error(deploy, placed):
    port = planfile.load(placed).process("shop").port
    with socket.create_server(("127.0.0.1", port)):
        found = deploy("start")
        assert found.code != 0
        assert "left alone" in found.err
        assert "left alone" in deploy("status", "shop").out


def test_health_ends_as_cron_wants_it_and_tells_once(deploy, tmp_path):
    deploy("start", "shop")
    assert deploy("health", "shop").code == 0
    command = f"echo $LOOMGRAPH_ALERT_NAME $LOOMGRAPH_ALERT_STATE >> {tmp_path}/told"
    for _ in range(2):
        assert deploy("health", "--alert-command", command).code == 1
    assert (tmp_path / "told").read_text() == "till bad\n"
    found = deploy("health", "--json").json
    assert found["good"] is False
    assert {one["name"]: one["good"] for one in found["checks"]} == {"shop": True, "till": False}


def test_logs_say_whose_they_are(deploy, placed):
    for one in planfile.load(placed).processes:
        one.log_file.write_text(f"hello of {one.name}\n\x1b[2J")
    assert "shop: hello of shop\n" in deploy("logs").out
    one = deploy("logs", "shop", "-n", "1").out
    assert one == "\\x1b[2J\n", "what a log says does not steer the terminal"


def test_the_watch_starts_again_what_died(placed):
    script = "from loomgraph.cli import main; main()"
    command = [sys.executable, "-c", script, "deploy", "start", "--watch", "--json", "--dir", str(placed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watch:
        assert watch.stdout is not None
        assert watch.stderr is not None
        try:
            lines = iter(watch.stdout.readline, "")
            shop = planfile.load(placed).process("shop")
            said = watch.stderr.readline()
            assert "watching" in said, said + watch.stderr.read()
            died = running.noted(shop).process.pid
            subprocess.run(["kill", "-9", str(died)], check=True)
            told = [json.loads(line) for line in (next(line for line in lines if "died" in line), next(lines))]
        finally:
            watch.send_signal(signal.SIGTERM)
    assert watch.returncode == 0
    assert [(one["name"], one["what"]) for one in told] == [("shop", "died"), ("shop", "started")]
    assert running.noted(shop).process.pid != died, "and what it started goes on without it"
    assert running.state(planfile.load(placed), shop).condition in ("healthy", "unhealthy")

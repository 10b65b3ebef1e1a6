"""One process of a deployment: started once, known by more than its id, ended and nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from loomgraph.deploy import asking, processes, running
from loomgraph.errors import InstanceFailed, NotGenerated, PortInUse, ProgramMissing
from tests.deploy.conftest import SERVES, fake_program

STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVES


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is none of ours."""
    process = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def one(deploy, tmp_path):
    """A deployment of one light process, and that process."""
    deployment = deploy({"shop": "loomgraph"}, program=fake_program(tmp_path, SERVES))
    return deployment, deployment.processes[0]


def test_a_native_instance_starts_answers_and_ends(deploy):
    deployment = deploy({"shop": "loomgraph"})
    instance = deployment.processes[0]
    done = running.start(deployment, instance)
    now = running.state(deployment, instance)
    assert (now.condition, now.pid, now.error) == ("healthy", done.pid, "")
    assert 10_000_000 < now.memory < 70_000_000
    assert oct(instance.log_file.stat().st_mode)[-3:] == "600"
    assert running.stop(deployment, instance).changed
    assert running.state(deployment, instance).condition == "stopped"
    assert not asking.listens("127.0.0.1", instance.port)
    assert processes.find(done.pid) is None
    assert not instance.pid_file.exists()


def test_what_runs_is_not_started_again(one):
    first, second = running.start(*one), running.start(*one)
    assert (first.changed, second.changed) == (True, False)
    assert first.pid == second.pid


def test_two_who_start_it_at_the_same_moment_start_one(one):
    deployment, instance = one
    script = (
        "import pickle, sys; from loomgraph.deploy import running\n"
        "print(running.start(*pickle.load(sys.stdin.buffer)).changed)"
    )
    import pickle

    def starts(_: int) -> str:
        given = pickle.dumps((deployment, instance))
        return subprocess.run([sys.executable, "-c", script], input=given, capture_output=True, check=True).stdout

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(starts, range(4)))
    assert sorted(answers) == [b"False\n"] * 3 + [b"True\n"]


def test_a_stranger_at_the_port_is_left_alone_and_told_of(one):
    deployment, instance = one
    with socket.create_server(("127.0.0.1", instance.port)) as stranger:
        with pytest.raises(PortInUse, match="left alone"):
            running.start(deployment, instance)
        assert "left alone" in running.state(deployment, instance).note
        assert "left alone" in running.stop(deployment, instance).note
        assert stranger.fileno() > 0
        assert asking.listens("127.0.0.1", instance.port)
    assert not instance.pid_file.exists()


def test_a_stranger_with_its_process_id_is_left_alone(one, stranger):
    deployment, instance = one
    began = processes.find(stranger.pid).began
    instance.pid_file.write_text(f"{stranger.pid}\n{began}0\n{time.time()}\n")
    now = running.state(deployment, instance)
    assert now.condition == "dead"
    assert f"{stranger.pid} belongs to another process" in now.note
    done = running.stop(deployment, instance)
    assert (done.changed, stranger.poll()) == (False, None)
    assert not instance.pid_file.exists()


def test_a_start_over_a_strangers_process_id_starts(one, stranger):
    deployment, instance = one
    instance.pid_file.write_text(f"{stranger.pid}\nlong ago\n{time.time()}\n")
    assert running.start(deployment, instance).changed
    assert stranger.poll() is None


@pytest.mark.parametrize("text", ["", "12\n", "x\ny\nz\n", "\0\0\0"])
def test_a_pid_file_that_says_nothing_is_none(one, text):
    deployment, instance = one
    instance.pid_file.write_text(text)
    assert running.state(deployment, instance).condition == "stopped"
    assert running.start(deployment, instance).changed


def test_one_that_does_not_end_is_killed_with_all_it_started(deploy, tmp_path):
    body = f"child = os.fork()\nif child == 0:\n    time.sleep(600)\nprint('child', child, flush=True)\n{STUBBORN}"
    deployment = deploy({"shop": "loomgraph"}, program=fake_program(tmp_path, body))
    deployment = replace(deployment, run=replace(deployment.run, stop_seconds=0.2))
    instance = deployment.processes[0]
    running.start(deployment, instance)
    child = int(instance.log_file.read_text().split()[1])
    assert "was killed" in running.stop(deployment, instance).note
    for _ in range(100):
        if processes.find(child) is None:
            break
        time.sleep(0.02)
    assert processes.find(child) is None


def test_one_that_ends_at_once_says_why_and_leaves_nothing(deploy, tmp_path):
    program = fake_program(tmp_path, "print('ERROR: no such model', flush=True); sys.exit(3)")
    deployment = deploy({"shop": "loomgraph"}, program=program)
    instance = deployment.processes[0]
    with pytest.raises(InstanceFailed, match="no such model"):
        running.start(deployment, instance)
    assert not instance.pid_file.exists()


def test_one_that_never_answers_is_ended(deploy, tmp_path):
    deployment = deploy({"shop": "loomgraph"}, program=fake_program(tmp_path, "time.sleep(600)"))
    with pytest.raises(InstanceFailed, match="not healthy in time"):
        running.start(deployment, deployment.processes[0], patience=0.3)
    assert not deployment.processes[0].pid_file.exists()


def test_one_that_was_killed_is_dead_until_it_is_revived(one):
    deployment, instance = one
    pid = running.start(deployment, instance).pid
    os.kill(pid, signal.SIGKILL)
    processes.end(running.noted(instance).process, 5)
    assert running.state(deployment, instance).condition == "dead"
    assert running.revive(deployment, instance).process.pid != pid
    assert running.revive(deployment, instance) is None


def test_one_that_was_stopped_is_not_revived(one):
    running.start(*one)
    running.stop(*one)
    assert running.revive(*one) is None


def test_its_environment_is_its_settings_and_little_else(deploy, tmp_path, monkeypatch):
    monkeypatch.setenv("LOOMGRAPH_API_KEY", "of whoever starts")
    monkeypatch.setenv("OPENAI_API_KEY", "of whoever starts")
    value = '{"thinking": {"type": "disabled"}} # $HOME \'x\''
    body = "import json; json.dump(dict(os.environ), open('said', 'w'))\n" + SERVES
    deployment = deploy({"shop": "loomgraph"}, program=fake_program(tmp_path, body), EXTRA=value)
    instance = deployment.processes[0]
    running.start(deployment, instance)
    import json

    said = json.loads((instance.folder / "said").read_text())
    assert said["EXTRA"] == value
    assert not {"LOOMGRAPH_API_KEY", "OPENAI_API_KEY"} & set(said)


def test_what_is_missing_is_named(deploy):
    deployment = deploy({"shop": "loomgraph"}, program="no-such-program")
    instance = deployment.processes[0]
    with pytest.raises(ProgramMissing, match="no-such-program"):
        running.start(deployment, instance)
    instance.env_file.unlink()
    with pytest.raises(NotGenerated, match=r"\.env"):
        running.start(deployment, instance)

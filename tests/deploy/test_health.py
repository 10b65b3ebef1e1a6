"""Whether all is well: every process, what they share, the proxy; and people told once when that changes."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from loomgraph.deploy import alerts, health, processes, running
from loomgraph.deploy.health import Check
from loomgraph.deploy.plan import Embedding, Llm
from loomgraph.errors import AlertFailed
from tests.deploy.conftest import SERVES, fake_program
from tests.ports import free_ports


@pytest.fixture
def two(deploy, tmp_path):
    variables = {"LLM_BINDING_API_KEY": "secret", "EMBEDDING_BINDING_API_KEY": "other"}
    program = fake_program(tmp_path, SERVES)
    return deploy({"shop": "loomgraph", "till": "loomgraph"}, program=program, **variables)


@contextlib.contextmanager
def answering(paths: dict[str, int], key: str = "") -> Iterator[str]:
    """A server that answers these paths with these statuses, to whoever has the key."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            refused = key and self.headers["Authorization"] != f"Bearer {key}"
            self.send_response(401 if refused else paths.get(self.path, 404))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def found(deployment, *names, **options) -> dict[str, Check]:
    return {check.name: check for check in health.checks(deployment, names, **options)}


def test_every_process_is_looked_at(two):
    first, second = two.processes
    running.start(two, first)
    checks = found(two)
    assert (checks[first.name].good, checks[second.name].good) == (True, False)
    assert checks[second.name].detail == "stopped"
    assert list(found(two, second.name)) == [second.name]


def test_one_that_died_is_bad_and_its_last_error_told(two):
    first = two.processes[0]
    pid = running.start(two, first).pid
    first.log_file.write_text("ERROR: no more room\n")
    process = running.noted(first).process
    os.kill(pid, signal.SIGKILL)
    processes.end(process, 5)
    assert found(two)[first.name].detail == "dead; last error: ERROR: no more room"


def test_servers_that_all_share_are_asked_with_their_keys(two):
    with answering({"/v1/models": 200}, "secret") as llm, answering({"/health": 200}) as vectors:
        shared = replace(
            two, llm=Llm(model="glm", url=f"{llm}/v1"), embedding=Embedding(binding="openai", url=f"{vectors}/v1")
        )
        checks = found(shared)
    assert (checks["the LLM"].good, checks["the embedding server"].good) == (True, True)
    gone = found(shared)
    assert not gone["the LLM"].good
    assert "refused" in gone["the LLM"].detail


def test_a_key_that_is_refused_is_bad_and_never_shown(two):
    with answering({"/v1/models": 200}, "another") as llm:
        checks = found(replace(two, llm=Llm(model="glm", url=f"{llm}/v1")))
    assert (checks["the LLM"].good, checks["the LLM"].detail) == (False, "HTTP 401")
    assert "secret" not in repr(checks)


def test_what_is_not_set_is_not_looked_at(two):
    assert set(found(two)) == {"shop", "till"}
    production = found(replace(two, profile="production"))
    assert set(production) == {"shop", "till", "the proxy"}
    assert not production["the proxy"].good


def test_through_the_proxy_each_project_is_asked_where_it_stands_outside(two):
    with answering({"/health": 200}) as good, answering({"/health": 502}) as bad:
        ports = [int(url.rpartition(":")[2]) for url in (good, bad)]
        behind = [replace(one, outside=port) for one, port in zip(two.instances, ports, strict=True)]
        checks = found(replace(two, instances=tuple(behind)), through_proxy=True)
    assert checks["shop through the proxy"].good
    assert (checks["till through the proxy"].good, checks["till through the proxy"].detail) == (False, "HTTP 502")
    assert checks["the proxy"].good, "it answers, whatever stands behind it"


@pytest.fixture
def command(tmp_path) -> str:
    """A command that writes down what it is told."""
    return f'echo "$LOOMGRAPH_ALERT_NAME $LOOMGRAPH_ALERT_STATE" >> {tmp_path}/told; cat >> {tmp_path}/facts'


def checked(**good: bool) -> list[Check]:
    return [Check(name, "http://127.0.0.1", one, "a 'detail'") for name, one in good.items()]


def told(tmp_path) -> list[str]:
    path = tmp_path / "told"
    return path.read_text().splitlines() if path.exists() else []


def test_people_are_told_once_when_it_goes_bad_and_once_when_it_is_good_again(tmp_path, command):
    for shop, till in [(True, True), (True, False), (True, False), (False, False), (True, True), (True, True)]:
        alerts.tell(tmp_path, checked(shop=shop, till=till), command)
    assert told(tmp_path) == ["till bad", "shop bad", "shop good", "till good"]


def test_what_is_bad_at_the_first_look_is_told(tmp_path, command):
    alerts.tell(tmp_path, checked(shop=False), command)
    assert told(tmp_path) == ["shop bad"]
    facts = json.loads((tmp_path / "facts").read_text())
    assert facts["detail"] == "a 'detail'"
    assert facts["deployment"] == str(tmp_path)


def test_a_command_that_fails_has_told_nobody(tmp_path, command):
    with pytest.raises(AlertFailed, match="no route to mail"):
        alerts.tell(tmp_path, checked(shop=False, till=True), "echo no route to mail >&2; exit 3")
    alerts.tell(tmp_path, checked(shop=False, till=True), command)
    assert told(tmp_path) == ["shop bad"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"shop": 1}', '{"shop": {"good": true}}'])
def test_what_was_told_cannot_be_read_and_is_told_again(tmp_path, command, text):
    (tmp_path / alerts.KNOWN_FILE).write_text(text)
    alerts.tell(tmp_path, checked(shop=False), command)
    assert told(tmp_path) == ["shop bad"]


def test_nobody_listens_where_nobody_listens(two):
    port = free_ports(1)[0]
    assert "refused" in health.checks(replace(two, llm=Llm(model="m", url=f"http://127.0.0.1:{port}")))[-1].detail

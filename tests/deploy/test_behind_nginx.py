"""Three projects of both kinds behind a real nginx, asked as clients in the field ask: over HTTP, with httpx."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from loomgraph.deploy import health, nginx, processes, running, supervising
from loomgraph.deploy.plan import Deployment, Instance
from tests.deploy.conftest import LIGHTRAG, write_settings
from tests.model_server import END, ModelServer, Reply, event
from tests.server.kgs import SHOP
from tests.servers.launching import Server, folder_of_a_server, program

pytestmark = pytest.mark.slow
MEGABYTE = 1_000_000


@contextlib.contextmanager
def proxied(deployment: Deployment) -> Iterator[None]:
    """nginx with the configuration that was generated, in its own folder, not as root."""
    command = program("nginx")
    with folder_of_a_server() as folder:
        (folder / nginx.WHOLE).write_text(nginx.whole(deployment))
        (folder / nginx.SITE).write_text(nginx.site(deployment))
        for name in nginx.FOLDERS:
            (folder / name).mkdir()
            (folder / name).chmod(0o777)
        options = ("-p", str(folder), "-c", nginx.WHOLE, "-e", "stderr", "-g", "daemon off;")
        server = Server(folder, deployment.instances[0].outside, [command, *options], refuses_root=True)
        server.start()
        try:
            yield
        finally:
            server.stop()


class Gate(list[bytes]):
    """Parts of an answer; all but the first wait until they are let through."""

    def __init__(self, *parts: bytes) -> None:
        super().__init__(parts)
        self.open = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        for at, part in enumerate(super().__iter__()):
            if at:
                assert self.open.wait(30), "the first part has not arrived"
            yield part


def client(deployment: Deployment, instance: Instance) -> httpx.Client:
    return httpx.Client(base_url=deployment.outside_address(instance), timeout=60, trust_env=False)


def insert(caller: httpx.Client, kind: str, kg: dict[str, Any]) -> None:
    """Put a graph in, by the route that each kind has for it."""
    if kind == "loomgraph":
        answer = caller.post("/insert_custom_kg", json={"custom_kg": kg})
        assert answer.json()["status"] == "success", answer.text
        return
    for one in kg["entities"]:
        data = {key: value for key, value in one.items() if key != "entity_name"}
        answer = caller.post("/graph/entity/create", json={"entity_name": one["entity_name"], "entity_data": data})
        assert answer.status_code == 200, answer.text


def entities(caller: httpx.Client) -> set[str]:
    body = {"query": "how is the total made", "mode": "local", "hl_keywords": ["total"], "ll_keywords": ["total"]}
    found = caller.post("/query/data", json=body).raise_for_status().json()
    return {one["entity_name"] for one in found["data"].get("entities", [])}


def test_projects_of_both_kinds_are_filled_asked_and_lost_one_at_a_time(deploy):
    if not LIGHTRAG.exists():
        pytest.skip("no .venv-lightrag: `make lightrag` installs LightRAG")
    kinds = {"shop": "loomgraph", "till": "loomgraph", "legacy": "lightrag"}
    deployment = deploy(kinds)
    with ModelServer() as models, contextlib.ExitStack() as stack:
        legacy = deployment.instance("legacy")
        write_settings(legacy, {"EMBEDDING_BINDING_HOST": models.url, "LLM_BINDING_HOST": models.url})
        supervising.start(deployment, deployment.processes)
        stack.enter_context(proxied(deployment))
        callers = {one.name: stack.enter_context(client(deployment, one)) for one in deployment.instances}
        for name, kind in kinds.items():
            insert(callers[name], kind, SHOP if name != "till" else {"entities": [{"entity_name": "drawer"}]})
        assert "total" in entities(callers["shop"])
        assert "total" in entities(callers["legacy"])
        assert "total" not in entities(callers["till"])
        assert callers["till"].get("/graph/entity/exists", params={"name": "drawer"}).json() == {"exists": True}
        one_dies_and_comes_back(deployment, callers)


def one_dies_and_comes_back(deployment: Deployment, callers: dict[str, httpx.Client]) -> None:
    told: list[supervising.Told] = []
    watch = supervising.Watch(lambda: deployment, (), told.append)
    shop = deployment.instance("shop")
    assert shop is not None
    assert bad(deployment) == set()
    known = running.noted(shop)
    assert known is not None
    os.kill(known.process.pid, signal.SIGKILL)
    processes.end(known.process, 10)
    assert bad(deployment) == {"shop", "shop through the proxy"}
    assert {name: caller.get("/health").status_code for name, caller in callers.items()} == {
        "shop": 502, "till": 200, "legacy": 200
    }  # fmt: skip
    watch.look(0.0)
    assert [(one.name, one.what) for one in told] == [("shop", "died"), ("shop", "started")]
    running.start(deployment, shop)  # which finds it running, and waits until it is healthy
    assert bad(deployment) == set()
    assert "total" in entities(callers["shop"])


def bad(deployment: Deployment) -> set[str]:
    return {check.name for check in health.checks(deployment, through_proxy=True) if not check.good}


def test_a_stream_arrives_piece_by_piece(deploy):
    gate = Gate(event("Prices "), event("are added."), event(finish="stop"), END)
    answer = Reply(parts=gate, content_type="text/event-stream")
    with ModelServer(answer) as models:
        deployment = deploy(
            {"shop": "loomgraph"}, LLM_BINDING="openai", LLM_MODEL="m", LLM_BINDING_HOST=models.url,
            LLM_BINDING_API_KEY="k",
        )  # fmt: skip
        supervising.start(deployment, deployment.processes)
        with proxied(deployment), client(deployment, deployment.instances[0]) as caller:
            insert(caller, "loomgraph", SHOP)
            with caller.stream("POST", "/query/stream", json={"query": "what does total do?"}) as found:
                said = ""
                for line in found.iter_lines():
                    said += json.loads(line).get("response", "")
                    if said:
                        gate.open.set()
    assert said == "Prices are added."


def body(megabytes: int) -> Iterator[bytes]:
    """A graph of one entity, with so much beside it that nobody reads."""
    yield b'{"custom_kg": {"entities": [{"entity_name": "drawer"}], "chunks": ['
    for number in range(megabytes):
        piece = b'{"content": "drawer", "source_id": "a.py", "full_doc_id": "'
        end = b'"}' if number == megabytes - 1 else b'"},'
        yield piece + b"x" * (MEGABYTE - len(piece) - len(end)) + end
    yield b"]}}"


def send(caller: httpx.Client, megabytes: int) -> httpx.Response:
    length = sum(map(len, body(1))) + (megabytes - 1) * MEGABYTE
    headers = {"Content-Type": "application/json", "Content-Length": str(length)}
    return caller.post("/insert_custom_kg", content=body(megabytes), headers=headers)


def test_a_body_of_150_megabytes_passes_and_one_of_250_does_not(deploy):
    deployment = deploy({"shop": "loomgraph"})
    supervising.start(deployment, deployment.processes)
    with proxied(deployment), client(deployment, deployment.instances[0]) as caller:
        found = send(caller, 150)
        assert found.status_code == 200, found.text
        assert found.json()["details"]["chunks_count"] == 150
        large = send(caller, 250)
        assert (large.status_code, "nginx" in large.text) == (413, True)
        assert caller.get("/graph/entity/exists", params={"name": "drawer"}).json() == {"exists": True}
